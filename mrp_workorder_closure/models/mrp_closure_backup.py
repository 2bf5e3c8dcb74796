import hashlib
import logging
import os
import re
import zipfile
from configparser import RawConfigParser
from datetime import datetime, timedelta
from pathlib import Path

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import config

from .mrp_closure_dossier_zip import FOLDER

SECTION = "mrp_workorder_closure"
# Days between copies, less the hours by which the nightly run may be early.
EVERY = {"day": timedelta(0), "week": timedelta(days=7, hours=-3)}
PART = 500
NAME = re.compile(r"dossiers-(\d+)-(\d+)\.zip")
_logger = logging.getLogger(__name__)


class MrpClosureDossier(models.Model):
    """Copies of the archive outside the database, in a folder that the server's configuration names:

        [mrp_workorder_closure]
        archive_folder = /srv/archive
        archive_every = day

    Each run adds the dossiers that are not there yet; with ``week`` it waits until a week has passed.
    ``tools/check_dossiers.py`` checks the folder.
    """

    _inherit = "mrp.closure.dossier"

    @api.model
    def _cron_back_up(self):
        """Add what is new to the folder; managers and auditors are told when that fails."""
        root = _read_option("archive_folder")
        if not root:
            return
        companies = self._read_group([], ["company_id"])
        for [company] in companies:
            try:
                self._back_up(company, Path(root, self.env.cr.dbname, f"company-{company.id}"), self._get_interval())
            except (OSError, UserError, zipfile.BadZipFile) as error:
                _logger.exception("Dossiers could not be copied to %s", root)
                self.env["mrp.closure.verification"]._notify(
                    company,
                    self.env._("Dossiers could not be copied to the archive folder"),
                    self.env._(
                        "To have dossiers copied to %(folder)s again, have an administrator mend this: %(error)s.",
                        folder=root,
                        error=str(error),
                    ),
                    company,
                )

    @api.model
    def _get_interval(self):
        every = _read_option("archive_every") or "day"
        if every not in EVERY:
            raise UserError(
                self.env._(
                    'To copy dossiers regularly, set archive_every to "day" or "week" in the configuration of the '
                    'server, not to "%(every)s"',
                    every=every,
                )
            )
        return EVERY[every]

    @api.model
    def _back_up(self, company, folder, interval=EVERY["day"]):
        folder.mkdir(parents=True, exist_ok=True)
        found = {int(match[2]): path for path in folder.iterdir() if (match := NAME.fullmatch(path.name))}
        number = max(found, default=0)
        if found:
            if datetime.now() - datetime.fromtimestamp(found[number].stat().st_mtime) < interval:
                return
            self._check_continues(company, number, found[number])
        domain = [("company_id", "=", company.id)]
        while dossiers := self.search([*domain, ("sequence_number", ">", number)], order="sequence_number", limit=PART):
            first, number = dossiers[0].sequence_number, dossiers[-1].sequence_number
            target = folder / f"dossiers-{first:08d}-{number:08d}.zip"
            unfinished = target.with_suffix(".unfinished")
            self._check_is_complete(dossiers._write_zip(unfinished))
            with unfinished.open("rb") as written:
                os.fsync(written.fileno())
            # In place under its name only once it is complete.
            unfinished.rename(target)

    @api.model
    def _check_is_complete(self, left_out):
        """A copy is made once, so it waits for files that cannot be read, until a verification has told of them.

        :param left_out: as ``_write_zip`` returns it
        :raises UserError: naming them
        """
        waiting = [
            f"{dossier.display_name}: {name}"
            for dossier, names in left_out.items()
            if not dossier.with_context(active_test=False).file_ids.has_lost_files
            for name in names
            if name != dossier.pdf_name
        ]
        if left_out and not self.env["ir.attachment"].sudo()._is_store_there():
            self._raise_store_is_out_of_reach()
        if waiting:
            raise UserError(
                self.env._(
                    "these files cannot be read, or were changed: %(files)s. Bring them back, or verify the archive: "
                    "what is told as lost is left out of copies",
                    files=", ".join(waiting[:20]),
                )
            )

    @api.model
    def _check_continues(self, company, number, path):
        """The archive goes on where the folder ends: it was neither cut nor is it that of an older dump.

        :raises UserError: naming where they part
        """
        dossier = self.search([("company_id", "=", company.id), ("sequence_number", "=", number)])
        with zipfile.ZipFile(path) as archive:
            kept = [name for name in archive.namelist() if name.startswith(f"{FOLDER}{number:06d}-")]
            hashes = [hashlib.sha256(archive.read(name)).hexdigest() for name in kept if name.endswith(".json")]
        if hashes != dossier.mapped("sha256"):
            raise UserError(
                self.env._(
                    "%(path)s holds dossier %(number)s, and the archive of %(company)s holds it no more, or another "
                    "one: compare both, then move the folder away, so that all dossiers are copied anew",
                    path=path,
                    number=number,
                    company=company.name,
                )
            )


def _read_option(name):
    """What the server's configuration says, in a section of its own: Odoo warns of options of its section that it
    does not know."""
    parser = RawConfigParser()
    parser.read(config["config"] or [])
    return parser.get(SECTION, name, fallback=None)

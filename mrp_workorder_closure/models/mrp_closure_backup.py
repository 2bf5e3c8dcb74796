import logging
import os
import re
from configparser import RawConfigParser
from pathlib import Path

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import config

SECTION, OPTION = "mrp_workorder_closure", "archive_folder"
PART = 500
NAME = re.compile(r"dossiers-(\d+)-(\d+)\.zip")
_logger = logging.getLogger(__name__)


class MrpClosureDossier(models.Model):
    """Copies of the archive outside the database, in a folder that the server's configuration names:

        [mrp_workorder_closure]
        archive_folder = /srv/archive

    Each run adds the dossiers that are not there yet. ``tools/check_dossiers.py`` checks the folder.
    """

    _inherit = "mrp.closure.dossier"

    @api.model
    def _cron_back_up(self):
        """Add what is new to the folder; managers and auditors are told when that fails."""
        root = _get_folder()
        if not root:
            return
        companies = self._read_group([], ["company_id"])
        for [company] in companies:
            try:
                self._back_up(company, Path(root, self.env.cr.dbname, f"company-{company.id}"))
            except (OSError, UserError) as error:
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
    def _back_up(self, company, folder):
        folder.mkdir(parents=True, exist_ok=True)
        found = [int(match[2]) for path in folder.iterdir() if (match := NAME.fullmatch(path.name))]
        number = max(found, default=0)
        domain = [("company_id", "=", company.id)]
        while dossiers := self.search([*domain, ("sequence_number", ">", number)], order="sequence_number", limit=PART):
            first, number = dossiers[0].sequence_number, dossiers[-1].sequence_number
            target = folder / f"dossiers-{first:08d}-{number:08d}.zip"
            unfinished = target.with_suffix(".unfinished")
            dossiers._write_zip(unfinished)
            with unfinished.open("rb") as written:
                os.fsync(written.fileno())
            # In place under its name only once it is complete.
            unfinished.rename(target)


def _get_folder():
    """The folder that the server's configuration names, in a section of its own: Odoo warns of options of its
    section that it does not know."""
    parser = RawConfigParser()
    parser.read(config["config"] or [])
    return parser.get(SECTION, OPTION, fallback=None)

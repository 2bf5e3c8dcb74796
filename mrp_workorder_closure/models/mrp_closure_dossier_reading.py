from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

READ_EVERY = timedelta(days=7)
BATCH = 20


class MrpClosureDossierFile(models.Model):
    """Files of the archive are read again in turns, each once a week: there may be many, and large ones.

    What the database says of a file is compared every night, see ``mrp_closure_drift.py``.
    """

    _inherit = "mrp.closure.dossier.file"

    files_read_at = fields.Datetime(
        string="Files Read on", readonly=True, help="When the files were last read and compared with their hashes."
    )
    has_lost_files = fields.Boolean(
        string="Files Differ",
        readonly=True,
        help="Files are gone or differ; they are read every night until they do not.",
    )

    @api.model
    def _cron_read_files(self):
        """Read the files of dossiers that were not read for a week, the longest first; each batch is committed."""
        stale = Domain("files_read_at", "=", False) | Domain("files_read_at", "<=", fields.Datetime.now() - READ_EVERY)
        due = self.with_context(active_test=False).search(stale, order="files_read_at NULLS FIRST, id")
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for ids in split_every(BATCH, due.ids):
            self.browse(ids)._read_files()
            if not self.env["ir.cron"]._commit_progress(len(ids)):
                return

    def _read_files(self):
        """Compare the files of these dossiers with their hashes; tell what differs."""
        verification_model = self.env["mrp.closure.verification"]
        for company, files in self.grouped("company_id").items():
            rows = files.dossier_id.read(["manifest", "sequence_number", "order_name"])
            for row, dossier in zip(rows, files.dossier_id, strict=True):
                row["closure_id"] = dossier.closure_id.id
            findings = self.env["mrp.closure.dossier"]._verify_files(company, rows)
            # Those that differ are marked with what was found.
            files._write_evidence({"files_read_at": fields.Datetime.now(), "has_lost_files": False})
            if findings:
                before = verification_model._get_latest(company)
                verification_model._record(company, findings)._alert(before)

    @api.model
    def _mark_lost_files(self, dossier_ids):
        """Have the files of these dossiers read every night, until they are as they were sealed."""
        lost = self.with_context(active_test=False).search([("dossier_id", "in", dossier_ids)])
        lost._write_evidence({"has_lost_files": True})

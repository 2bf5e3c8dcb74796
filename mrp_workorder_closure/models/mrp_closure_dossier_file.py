import base64
import logging
from datetime import timedelta
from io import BytesIO

import qrcode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

REPORT = "mrp_workorder_closure.report_dossier"
TOLD = "mrp_workorder_closure.told_about_wkhtmltopdf"
BATCH = 20
ATTEMPTS = 5
_logger = logging.getLogger(__name__)


class MrpClosureDossierFile(models.Model):
    """What becomes of a dossier after it was sealed: its print, and whether it is archived.

    Apart from the dossier, so that nothing ever changes that one. Printed by a cron, never while an
    order closes: a print that fails is tried again, and keeps no order open.
    """

    _name = "mrp.closure.dossier.file"
    _description = "Printed dossier"
    _inherit = ["mrp.closure.evidence"]
    _order = "id desc"
    _rec_name = "dossier_id"

    active = fields.Boolean(default=True, help="Off for dossiers that are archived by their age.")
    dossier_id = fields.Many2one("mrp.closure.dossier", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    state = fields.Selection(
        [("todo", "To Print"), ("done", "Printed"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="todo",
        index=True,
    )
    pdf = fields.Binary(string="PDF", attachment=True, readonly=True)
    pdf_name = fields.Char(compute="_compute_pdf_name")
    printed_at = fields.Datetime(string="Printed on", readonly=True)
    attempts = fields.Integer(readonly=True)
    retry_at = fields.Datetime(string="Tried Again on", readonly=True)
    error = fields.Char(readonly=True)

    _dossier_uniq = models.Constraint("UNIQUE(dossier_id)", "This dossier has its file already.")

    @api.depends("dossier_id")
    def _compute_pdf_name(self):
        for file in self:
            file.pdf_name = f"{file.dossier_id._get_file_name()}.pdf"

    @api.model
    def _add(self, dossiers):
        """Have dossiers printed soon."""
        self._create_evidence(
            [
                # Sealing has just read the files.
                {"dossier_id": dossier.id, "company_id": dossier.company_id.id, "files_read_at": dossier.sealed_at}
                for dossier in dossiers
            ]
        )
        self.env.ref("mrp_workorder_closure.ir_cron_print_dossiers")._trigger()

    @api.model
    def _cron_print(self):
        """Print what waits; each print is committed, and one that fails stops no other."""
        due = Domain("retry_at", "=", False) | Domain("retry_at", "<=", fields.Datetime.now())
        waiting = Domain("state", "!=", "done") & Domain("attempts", "<", ATTEMPTS) & due
        files = self.with_context(active_test=False).search(waiting, order="id", limit=BATCH)
        if not files or not self._can_print():
            return
        left = self.with_context(active_test=False).search_count(waiting)
        self.env["ir.cron"]._commit_progress(remaining=left)
        for file in files:
            file._try_to_print()
            if not self.env["ir.cron"]._commit_progress(1):
                return

    def _try_to_print(self):
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._print()
        except Exception as error:
            attempts = self.attempts + 1
            self._write_evidence(
                {
                    "state": "failed",
                    "attempts": attempts,
                    "retry_at": fields.Datetime.now() + timedelta(minutes=10 * 2**attempts),
                    "error": str(error)[:200],
                }
            )
            level = logging.ERROR if attempts == ATTEMPTS else logging.INFO
            _logger.log(level, "Dossier %s could not be printed", self.dossier_id.display_name, exc_info=True)

    def _print(self):
        dossier = self.dossier_id.with_context(lang=self.company_id.partner_id.lang)
        content, _kind = dossier.env["ir.actions.report"]._render_qweb_pdf(REPORT, dossier.ids)
        # The file first: once it is printed it is evidence.
        self._write_evidence({"pdf": base64.b64encode(content)})
        self._write_evidence({"state": "done", "printed_at": fields.Datetime.now(), "error": False, "retry_at": False})

    def _read_pdf(self):
        """The print; empty where it is gone."""
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).pdf or b"")

    @api.model
    def _can_print(self):
        """Whether wkhtmltopdf is there; administrators are told once that it is not."""
        parameters = self.env["ir.config_parameter"].sudo()
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() not in ("install", "broken"):
            parameters.set_param(TOLD, False)
            return True
        if not parameters.get_param(TOLD):
            parameters.set_param(TOLD, "1")
            users = self.env.ref("base.group_system").all_user_ids.filtered(lambda user: not user._is_superuser())
            self.env["mail.thread"].message_notify(
                partner_ids=users.partner_id.ids,
                subject=self.env._("Dossiers wait to be printed"),
                body=self.env._(
                    "To have dossiers of closed orders printed, install wkhtmltopdf on the server: it is not there. "
                    "The dossiers themselves are complete, they are printed once it is."
                ),
            )
        return False

    def action_print(self):
        """Print again what has failed; by the cron, soon.

        :raises AccessError: for who may not read the dossiers
        """
        self.check_access("read")
        # In sudo: asking once more proves nothing; whoever reads a dossier may have it printed.
        failed = self.sudo().filtered(lambda file: file.state == "failed")
        failed._write_evidence({"state": "todo", "attempts": 0, "retry_at": False})
        self.env.ref("mrp_workorder_closure.ir_cron_print_dossiers").sudo()._trigger()
        return True

    def _check_files_are_free(self, adding=False):
        """What is printed stays."""
        printed = self.filtered(lambda file: file.state == "done")
        if printed:
            raise UserError(
                self.env._(
                    "To keep the print of %(dossiers)s, leave it as it is: it belongs to the archive.",
                    dossiers=", ".join(printed.dossier_id.mapped("display_name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "To keep the print of %(dossiers)s, leave it as it is: it belongs to the archive.",
                dossiers=", ".join(self.dossier_id.mapped("display_name")),
            )
        )


class MrpClosureDossier(models.Model):
    """The dossier on paper and as a file."""

    _inherit = "mrp.closure.dossier"

    # Also of dossiers that are archived by their age.
    file_ids = fields.One2many(
        "mrp.closure.dossier.file", "dossier_id", string="Prints", readonly=True, context={"active_test": False}
    )
    pdf = fields.Binary(string="PDF", compute="_compute_pdf")
    pdf_name = fields.Char(compute="_compute_file_names")
    print_state = fields.Selection(related="file_ids.state", string="Print")
    json = fields.Binary(string="JSON", compute="_compute_json", help="The text whose SHA-256 is that of the dossier.")
    json_name = fields.Char(compute="_compute_file_names")

    def _compute_pdf(self):
        for dossier in self:
            dossier.pdf = dossier.file_ids.pdf

    def _compute_json(self):
        for dossier in self:
            dossier.json = base64.b64encode(dossier._get_manifest_text().encode())

    def _compute_file_names(self):
        for dossier in self:
            dossier.pdf_name = f"{dossier._get_file_name()}.pdf"
            dossier.json_name = f"{dossier._get_file_name()}.json"

    def _get_file_name(self):
        self.ensure_one()
        order = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in self.order_name or "")
        return f"{self.sequence_number:06d}-{order}-r{self.revision}"

    def _get_qr_text(self):
        """What the printed code says: order, revision and hash."""
        self.ensure_one()
        return f"{self.order_name};{self.revision};{self.sha256}"

    def _get_qr_code(self):
        """The code as an image for a page, without a call to a server."""
        self.ensure_one()
        image = BytesIO()
        # Not core's barcode(): it needs a graphics library that not every server has.
        qrcode.make(self._get_qr_text(), box_size=6, border=2).save(image, "PNG")
        return f"data:image/png;base64,{base64.b64encode(image.getvalue()).decode()}"

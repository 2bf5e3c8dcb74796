import logging
import tempfile
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

PART = {"zip": 500, "xlsx": 5000, "csv": 5000}
# Bytes of files in one ZIP: it is held in memory while it is stored.
PART_BYTES = 64 * 1024 * 1024
KEPT_DAYS = 7
ASKED_FIELDS = frozenset({"company_id", "kind", "date_from", "date_to", "dossier_ids"})
_logger = logging.getLogger(__name__)


class MrpClosureExport(models.Model):
    """An export of dossiers that a person asked for: made in the background, part by part, with progress.

    Holds what its user may read, for a week.
    """

    _name = "mrp.closure.export"
    _description = "Export of dossiers"
    _order = "id desc"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Asked for by",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    kind = fields.Selection(
        [("zip", "ZIP: JSON, PDF, Files"), ("xlsx", "Excel: a Sheet for Each Section"), ("csv", "CSV")],
        string="Format",
        required=True,
        default="zip",
    )
    date_from = fields.Date(string="Sealed from", help="Empty: from the first dossier.")
    date_to = fields.Date(string="Sealed until", help="Empty: until the last dossier.")
    dossier_ids = fields.Many2many("mrp.closure.dossier", string="Chosen Dossiers", help="Empty: all of these dates.")
    state = fields.Selection(
        [("todo", "Waiting"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="todo",
    )
    last_number = fields.Integer(string="Last Dossier", readonly=True, help="The last one that was exported.")
    done_count = fields.Integer(string="Exported", readonly=True)
    total_count = fields.Integer(string="Dossiers", readonly=True)
    progress = fields.Float(compute="_compute_progress", help="Per cent.")
    error = fields.Char(readonly=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Files", readonly=True)

    @api.depends("done_count", "total_count")
    def _compute_progress(self):
        for export in self:
            export.progress = 100.0 * export.done_count / export.total_count if export.total_count else 0.0

    @api.depends("kind", "create_date")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for export in self:
            day = export.create_date and fields.Date.to_string(export.create_date)
            export.display_name = ", ".join(filter(None, [labels.get(export.kind), day]))

    @api.model_create_multi
    def create(self, vals_list):
        """Ask for exports of what the user may read.

        :param vals_list: dicts with ``kind`` and optionally ``date_from``, ``date_to``, ``company_id``,
            ``dossier_ids``; chosen dossiers say by themselves whose company it is
        :raises AccessError: for who may not read dossiers of the company
        :raises UserError: when there is nothing to export, or the chosen dossiers are of several companies
        """
        self.env["mrp.closure.dossier"].check_access("read")
        asked = [{name: value for name, value in vals.items() if name in ASKED_FIELDS} for vals in vals_list]
        exports = super().create([{**vals, "user_id": self.env.uid} for vals in asked])
        for export in exports:
            export._set_company_of_dossiers()
            if export.company_id not in self.env.user.company_ids:
                raise AccessError(self.env._("To export dossiers of a company, ask somebody who works in it."))
        exports.sudo()._start()
        return exports

    def _set_company_of_dossiers(self):
        self.ensure_one()
        # In sudo: reading them as the user would leave out those that the user may not read, and not refuse them.
        dossiers = self.sudo().dossier_ids.with_env(self.env)
        dossiers.check_access("read")
        companies = dossiers.company_id
        if len(companies) > 1:
            raise UserError(self.env._("To export dossiers of several companies, choose those of one at a time."))
        if companies:
            # In sudo: the user asked for this export just now, and may read the dossiers.
            self.sudo().company_id = companies

    def action_start(self):
        """The button of a new export: the client saves it first, and ``create`` starts it."""
        self.check_access("read")
        return True

    def _start(self):
        for export in self:
            model, domain = export._get_dossiers()
            total = model.search_count(domain)
            if not total:
                raise UserError(self.env._("To export dossiers, choose dates on which orders were closed."))
            export.total_count = total
        self.env.ref("mrp_workorder_closure.ir_cron_export")._trigger()

    def _get_dossiers(self):
        """The dossiers, as the user who asked may read them, and which of them are meant."""
        self.ensure_one()
        context = {"allowed_company_ids": self.company_id.ids, "lang": self.user_id.lang}
        domain = Domain("company_id", "=", self.company_id.id)
        if self.dossier_ids:
            domain &= Domain("id", "in", self.dossier_ids.ids)
        if self.date_from:
            domain &= Domain("sealed_at", ">=", self.date_from)
        if self.date_to:
            domain &= Domain("sealed_at", "<", self.date_to + timedelta(days=1))
        return self.env["mrp.closure.dossier"].with_user(self.user_id).with_context(**context), domain

    @api.model
    def _cron_export(self):
        """Make the parts that wait; each part is committed, so that a restart goes on where it stopped."""
        exports = self.search([("state", "in", ("todo", "running"))], order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(exports))
        for export in exports:
            while export.state in ("todo", "running"):
                export._make_part()
                if not self.env["ir.cron"]._commit_progress(export.state in ("done", "failed")):
                    return

    def _make_part(self):
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._export_part()
        except Exception as error:
            _logger.exception("Export %s of dossiers failed", self.id)
            self.write({"state": "failed", "error": str(error)[:200]})

    def _export_part(self):
        model, domain = self._get_dossiers()
        domain &= Domain("sequence_number", ">", self.last_number)
        dossiers = model.search(domain, order="sequence_number", limit=PART[self.kind])
        if self.kind == "zip":
            dossiers = dossiers._take_bytes(PART_BYTES)
        if not dossiers:
            self.state = "done"
            return
        first, last = dossiers[0].sequence_number, dossiers[-1].sequence_number
        with tempfile.TemporaryFile() as target:
            left_out = getattr(dossiers, f"_write_{self.kind}")(target)
            target.seek(0)
            content = target.read()
        suffix = "xlsx" if self.kind == "xlsx" else "zip"
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"dossiers-{first:06d}-{last:06d}.{suffix}",
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        done = self.done_count + len(dossiers)
        self.write(
            {
                "error": self._tell_left_out(left_out),
                "attachment_ids": [fields.Command.link(attachment.id)],
                "last_number": last,
                "done_count": done,
                "state": "done" if done >= self.total_count else "running",
            }
        )

    def _tell_left_out(self, left_out):
        """What an export says of files that it could not take along; the first part that misses any says it."""
        if self.error or not left_out:
            return self.error
        names = ", ".join(f"{name} ({dossier.display_name})" for dossier, names in left_out.items() for name in names)
        return self.env._("Left out, as they cannot be read or were changed: %(files)s", files=names)[:200]

    @api.autovacuum
    def _remove_old(self):
        old = self.sudo().search([("create_date", "<", fields.Datetime.now() - timedelta(days=KEPT_DAYS))])
        old.attachment_ids.unlink()
        old.unlink()


class MrpClosureDossier(models.Model):
    """Exporting what was chosen in a list."""

    _inherit = "mrp.closure.dossier"

    def action_export(self):
        """Choose a format and export these dossiers.

        :return: window action of a new export
        :raises AccessError: for who may not read them
        """
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export Dossiers"),
            "res_model": "mrp.closure.export",
            "views": [(False, "form")],
            "context": {"default_dossier_ids": self.ids},
        }


class MrpClosure(models.Model):
    _inherit = "mrp.closure"

    def action_export_dossiers(self):
        """Choose a format and export the dossiers of these closures.

        :return: window action of a new export
        :raises AccessError: for who may not read them
        :raises UserError: when none of the orders was closed
        """
        self.check_access("read")
        if not self.dossier_ids:
            raise UserError(self.env._("To export dossiers, choose orders that were closed."))
        return self.dossier_ids.action_export()

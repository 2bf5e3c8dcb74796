from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.http import request
from odoo.tools import SQL

# Models whose history is part of the trail, with the column that leads to the closure.
TRAILED = {
    "mrp.closure": "id",
    "mrp.closure.check": "closure_id",
    "mrp.closure.inspection": "closure_id",
    "mrp.closure.nonconformity": "closure_id",
    "mrp.closure.balance": "closure_id",
    "mrp.closure.leftover": "closure_id",
}
# Columns of tracked values, by kind.
VALUES = [f"{age}_value_{kind}" for age in ("old", "new") for kind in ("integer", "float", "char", "text", "datetime")]


class MrpClosureAudit(models.Model):
    """Who changed what of a closure from what to what: the history that its chatter shows, as one list.

    The address is that from which the change was asked for; what the system does by itself has none.
    """

    _name = "mrp.closure.audit"
    _description = "Audit trail"
    _auto = False
    _log_access = False
    _order = "date desc, id desc"
    _rec_name = "record_name"
    _depends = {
        "mail.message": ["date", "model", "res_id", "closure_address"],
        "mail.tracking.value": ["mail_message_id", "field_id", *VALUES],
        **{name: [column] for name, column in TRAILED.items() if column != "id"},
        "mrp.closure": ["company_id"],
    }

    date = fields.Datetime(string="When", readonly=True)
    user_id = fields.Many2one("res.users", string="Who", readonly=True)
    closure_id = fields.Many2one("mrp.closure", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    model = fields.Char(readonly=True)
    res_id = fields.Integer(readonly=True)
    record_name = fields.Char(string="What", compute="_compute_names")
    field_name = fields.Char(string="Technical Name", readonly=True)
    field_label = fields.Char(string="Field", compute="_compute_names")
    old_value = fields.Char(string="From", readonly=True)
    new_value = fields.Char(string="To", readonly=True)
    address = fields.Char(readonly=True, help="From where the change was asked for, where known.")

    @property
    def _table_query(self):
        records = SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s AS model, r.id AS res_id, r.%s AS closure_id FROM %s r",
                name,
                SQL.identifier(column),
                SQL.identifier(self.env[name]._table),
            )
            for name, column in TRAILED.items()
        )
        return SQL(
            """SELECT v.id, m.date, m.create_uid AS user_id, t.closure_id, c.company_id, m.model, m.res_id,
                      f.name AS field_name, %s AS old_value, %s AS new_value,
                      m.closure_address AS address
               FROM mail_tracking_value v
               JOIN mail_message m ON m.id = v.mail_message_id
               JOIN (%s) t ON t.model = m.model AND t.res_id = m.res_id
               JOIN mrp_closure c ON c.id = t.closure_id
               LEFT JOIN ir_model_fields f ON f.id = v.field_id""",
            _tell_tracked("old"),
            _tell_tracked("new"),
            records,
        )

    @api.depends_context("lang")
    @api.depends("model", "res_id", "field_name")
    def _compute_names(self):
        for model, entries in self.grouped("model").items():
            # In sudo: whoever reads the trail may know what it is about.
            records = self.env[model].sudo().browse(entries.mapped("res_id")).exists()
            names = dict(zip(records.ids, records.mapped("display_name"), strict=True))
            for entry in entries:
                field = self.env[model]._fields.get(entry.field_name)
                entry.record_name = names.get(entry.res_id)
                entry.field_label = field._description_string(self.env) if field else entry.field_name


class MailMessage(models.Model):
    """What was noted on evidence keeps the address from which it was asked for."""

    _inherit = "mail.message"

    closure_address = fields.Char(
        string="Address",
        readonly=True,
        copy=False,
        groups="mrp_workorder_closure.group_auditor,mrp_workorder_closure.group_manager",
        help="Technical: from where a change of a closure was asked for.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if any("closure_address" in vals for vals in vals_list):
            vals_list = [{name: vals[name] for name in vals if name != "closure_address"} for vals in vals_list]
        messages = super().create(vals_list)
        if request:
            # In sudo: who acts may not read addresses, nor say where they are.
            noted = messages.sudo().filtered(lambda message: self._is_about_evidence(message.model))
            super(MailMessage, noted).write({"closure_address": request.httprequest.remote_addr})
        return messages

    def write(self, vals):
        if "closure_address" in vals:
            raise AccessError(self.env._("To keep the trail of closures true, leave the address as it was recorded."))
        return super().write(vals)


def _tell_tracked(side):
    """The value on one side of a change, as text."""
    return SQL(
        """COALESCE(v.%s, v.%s, to_char(v.%s, 'YYYY-MM-DD HH24:MI:SS'),
                    NULLIF(v.%s, 0)::text, NULLIF(v.%s, 0)::text)""",
        *(SQL.identifier(f"{side}_value_{kind}") for kind in ("char", "text", "datetime", "float", "integer")),
    )

from odoo import fields, models

from ..models.requests import check_one


class MrpClosureCause(models.TransientModel):
    """One fact found about a balance line, and where it stands."""

    _name = "mrp.closure.cause"
    _description = "Possible Cause"
    _order = "id"

    balance_id = fields.Many2one("mrp.closure.balance", required=True, readonly=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("neighbour", "The other way round in another order"),
            ("unit", "Factor of a unit"),
            ("late", "Recorded after the inspection"),
            ("lot", "Lot of another order"),
        ],
        string="Kind of Fact",
        required=True,
        readonly=True,
    )
    fact = fields.Char(required=True, readonly=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", string="Record", required=True, readonly=True)
    document = fields.Char(compute="_compute_document")

    def _compute_document(self):
        for cause in self:
            # In sudo: the fact names the document already; opening it needs its own rights.
            cause.document = self.env[cause.res_model].browse(cause.res_id).sudo().display_name

    def action_open(self):
        """Open the document; who may not read it is led to the closure of the balance line."""
        check_one(self)
        record = self.env[self.res_model].browse(self.res_id)
        if not record.has_access("read"):
            record = self.balance_id.closure_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

from odoo import api, fields, models

from ..models.requests import check_one


class MrpClosureDeclare(models.TransientModel):
    """Ask how much of a component was issued; the line itself checks who may say it."""

    _name = "mrp.closure.declare"
    _description = "Declare What Was Issued"

    balance_id = fields.Many2one("mrp.closure.balance", required=True, readonly=True)
    quantity = fields.Float(string="Issued", digits="Product Unit", required=True)
    uom_name = fields.Char(related="balance_id.uom_name", string="Unit")

    @api.model
    def _get_dialog(self, balance):
        """Window action of the dialog for one balance line."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Issued: %(component)s", component=balance.display_name),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_balance_id": balance.id, "default_quantity": balance.issued_qty},
        }

    def action_confirm(self):
        """Declare the quantity."""
        check_one(self)
        self.balance_id.action_declare_issued(self.quantity)
        return {"type": "ir.actions.act_window_close"}

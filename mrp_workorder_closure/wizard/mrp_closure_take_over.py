from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.requests import check_one


class MrpClosureTakeOver(models.TransientModel):
    """The dialog that takes what earlier orders left at the line into an order."""

    _name = "mrp.closure.take.over"
    _description = "Take over leftovers"
    _inherit = ["mrp.closure.dialog"]

    closure_id = fields.Many2one("mrp.closure", required=True, readonly=True, ondelete="cascade")
    line_ids = fields.One2many(
        "mrp.closure.take.over.line",
        "wizard_id",
        string="Leftovers",
        compute="_compute_line_ids",
        store=True,
        precompute=True,
        readonly=False,
    )

    @api.depends("closure_id")
    def _compute_line_ids(self):
        for wizard in self:
            closure = wizard.closure_id._origin
            closure.sudo(False).check_access("read")
            # In sudo: what lies at the line of an order is shown to whoever may read the order.
            offered = closure.sudo()._get_offered_leftovers().get(closure.sudo(), [])
            wizard.line_ids = [Command.clear()] + [
                Command.create({"leftover_id": leftover.id, "quantity": leftover.quantity}) for leftover in offered
            ]

    @api.model
    def _get_dialog(self, closure):
        """Window action of the dialog for one order."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Over Leftovers: %(order)s", order=closure.name),
            "res_model": self._name,
            "res_id": self.create({"closure_id": closure.id}).id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_closure_id": closure.id},
        }

    def action_confirm(self):
        """Take over the quantities entered; each leftover checks who may and how much is there."""
        check_one(self)
        chosen = self.line_ids.filtered(lambda line: line.uom_id.compare(line.quantity, 0) != 0)
        if not chosen:
            raise UserError(
                self.env._(
                    "To take over leftovers for %(order)s, enter the quantity of at least one.",
                    order=self.closure_id.name,
                )
            )
        for line in chosen:
            line.leftover_id.action_take_over(self.closure_id.id, line.quantity)
        return {"type": "ir.actions.act_window_close"}


class MrpClosureTakeOverLine(models.TransientModel):
    """One leftover on offer."""

    _name = "mrp.closure.take.over.line"
    _description = "Leftover on offer"
    _inherit = ["mrp.closure.dialog"]

    wizard_id = fields.Many2one("mrp.closure.take.over", required=True, index=True, ondelete="cascade")
    leftover_id = fields.Many2one("mrp.closure.leftover", required=True, readonly=True, ondelete="cascade")
    source_name = fields.Char(related="leftover_id.closure_id.name", string="Left by")
    product_id = fields.Many2one(related="leftover_id.product_id")
    lot_name = fields.Char(related="leftover_id.lot_name")
    available_qty = fields.Float(related="leftover_id.quantity", string="Lying There")
    uom_id = fields.Many2one(related="leftover_id.uom_id")
    reason = fields.Char(related="leftover_id.reason")
    quantity = fields.Float(string="Take", digits="Product Unit")

    @api.constrains("leftover_id")
    def _check_leftover_access(self):
        """What the dialog shows of a leftover is read in sudo: it is for those who may read it."""
        self.leftover_id.sudo(False).check_access("read")

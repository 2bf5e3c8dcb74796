from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.requests import check_one


class MrpClosureSample(models.TransientModel):
    """The dialog in which an inspection takes a sample of a component."""

    _name = "mrp.closure.sample"
    _description = "Take samples"

    inspection_id = fields.Many2one("mrp.closure.inspection", required=True, readonly=True, ondelete="cascade")
    available_product_ids = fields.Many2many("product.product", compute="_compute_choices")
    available_lot_ids = fields.Many2many("stock.lot", compute="_compute_choices")
    product_id = fields.Many2one(
        "product.product", string="Component", domain="[('id', 'in', available_product_ids)]", required=True
    )
    tracking = fields.Selection(related="product_id.tracking")
    lot_id = fields.Many2one("stock.lot", string="Lot/Serial Number", domain="[('id', 'in', available_lot_ids)]")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    quantity = fields.Float(digits="Product Unit", default=1, help="In the unit of the component.")

    @api.depends("inspection_id", "product_id")
    def _compute_choices(self):
        for sample in self:
            inspection = sample.inspection_id._origin
            inspection.sudo(False).check_access("read")
            # In sudo: who may inspect the order may choose among its own components and lots.
            closure = inspection.sudo().closure_id
            figures = closure._compute_balances().get(closure, {})
            sample.available_product_ids = list({product.id for product, _lot in figures})
            sample.available_lot_ids = [lot.id for product, lot in figures if product == sample.product_id and lot]

    @api.model
    def _get_dialog(self, inspection):
        """Window action of the dialog for one inspection."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Samples: %(inspection)s", inspection=inspection.display_name),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_inspection_id": inspection.id},
        }

    def action_take(self):
        """Take the sample.

        :raises AccessError: for who is no operator, or may not read the inspection
        :raises UserError: when the inspection is decided, or for more than lies at the line
        """
        check_one(self)
        self.inspection_id._check_can_take_samples()
        if self.tracking != "none" and not self.lot_id:
            raise UserError(
                self.env._("To take a sample of %(product)s, choose its lot.", product=self.product_id.display_name)
            )
        sample = self.sudo()
        sample.inspection_id._take_sample(sample.product_id, sample.lot_id, sample.quantity)
        return {"type": "ir.actions.act_window_close"}

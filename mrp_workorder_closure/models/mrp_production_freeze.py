from odoo import models
from odoo.exceptions import ValidationError

# What a closed closure has sealed. Free: priority, deadline and whatever other applications add.
FROZEN_FIELDS = frozenset(
    "state product_id product_qty product_uom_id product_uom_qty qty_producing lot_producing_ids company_id "
    "picking_type_id location_src_id location_dest_id location_final_id production_location_id consumption is_locked "
    "extra_cost date_start date_finished move_raw_ids move_finished_ids move_byproduct_ids all_move_ids "
    "all_move_raw_ids finished_move_line_ids workorder_ids never_product_template_attribute_value_ids name "
    "user_id".split()
)


class MrpProduction(models.Model):
    """The freeze: what a closed closure has sealed stays as it is until a manager reopens it."""

    _inherit = "mrp.production"

    def write(self, vals):
        if not FROZEN_FIELDS.isdisjoint(vals):
            self._check_closure_not_closed()
        if vals.get("bom_id"):
            self._get_orders_changed_by_bom(vals["bom_id"])._check_closure_not_closed()
        return super().write(vals)

    def _is_closure_closed(self):
        self.ensure_one()
        return self.closure_door == "sealed" and self.sudo().closure_id.state == "closed"

    def _check_closure_not_closed(self):
        """Refuse changes to orders whose closure is closed.

        :raises ValidationError: naming the orders and who can reopen them
        """
        closed = self.filtered(lambda order: order._is_closure_closed())
        if closed:
            raise ValidationError(
                self.env._(
                    "To change %(orders)s, have a closure manager reopen the closure with a reason: "
                    "the order is closed.",
                    orders=", ".join(closed.sudo().mapped("name")),
                )
            )

    def _get_orders_changed_by_bom(self, bom_id):
        """Orders whose product or operation type core would derive anew from this bill of materials.

        A bill made from a closed order may be linked to it: it is of the same product.
        """
        bom = self.env["mrp.bom"].browse(bom_id)
        return self.filtered(
            lambda order: (
                order.product_id.product_tmpl_id != bom.product_tmpl_id
                or (bom.product_id and bom.product_id != order.product_id)
                or (bom.picking_type_id and bom.picking_type_id != order.picking_type_id)
            )
        )

"""The least that puts the community's tier validation and quality control on manufacturing orders.

Neither has a part for manufacturing in 19.0. Only the benchmark loads this, in a database of its own.
"""

from odoo import api, fields, models


class MrpProduction(models.Model):
    _name = "mrp.production"
    _inherit = ["mrp.production", "tier.validation"]
    _state_from = ["confirmed", "progress", "to_close"]
    _state_to = ["done"]
    _tier_validation_manual_config = False
    _tier_validation_state_field_is_computed = True

    bench_inspection_ids = fields.One2many("qc.inspection", "bench_production_id")

    def _post_inventory(self, cancel_backorder=False):
        """As the community's manufacturing part for 18.0: an inspection of each order, once it is posted."""
        result = super()._post_inventory(cancel_backorder=cancel_backorder)
        # In sudo: whoever closes an order need not be of quality control.
        triggers = self.env["qc.trigger.product_line"].sudo()
        trigger = self.env["qc.trigger"].sudo().search([("name", "=", "Order done")], limit=1)
        for order in self.sudo().filtered(lambda order: order.state == "done" and not order.bench_inspection_ids):
            for line in triggers.get_trigger_line_for_product(trigger, ["after"], order.product_id):
                self.env["qc.inspection"].sudo()._make_inspection(order, line)
        return result


class TierDefinition(models.Model):
    _inherit = "tier.definition"

    @api.model
    def _get_tier_validation_model_names(self):
        return [*super()._get_tier_validation_model_names(), "mrp.production"]


class QcInspection(models.Model):
    _inherit = "qc.inspection"

    bench_production_id = fields.Many2one("mrp.production", index="btree_not_null", readonly=True)

    def object_selection_values(self):
        return [*super().object_selection_values(), ("mrp.production", "Manufacturing Order")]

    @api.depends("object_id")
    def _compute_product_id(self):
        orders = self.filtered(
            lambda inspection: inspection.object_id and inspection.object_id._name != "product.product"
        )
        for inspection in orders:
            inspection.product_id = inspection.bench_production_id.product_id
        return super(QcInspection, self - orders)._compute_product_id()

    def _prepare_inspection_header(self, object_ref, trigger_line):
        header = super()._prepare_inspection_header(object_ref, trigger_line)
        return {**header, "bench_production_id": object_ref.id, "qty": object_ref.product_qty}

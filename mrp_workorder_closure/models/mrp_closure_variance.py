from odoo import api, fields, models
from odoo.exceptions import AccessError

KINDS = [
    ("material_price", "Material Price"),
    ("material_usage", "Material Usage"),
    ("substitution", "Substitution"),
    ("operation_rate", "Operation Rate"),
    ("operation_efficiency", "Operation Efficiency"),
    ("lot_size", "Lot Size"),
    ("rework", "Rework"),
    ("subcontracting", "Subcontracting"),
    ("scrap", "Scrap"),
    ("byproduct", "By-Products"),
    ("other", "Other"),
]


class MrpClosureVariance(models.Model):
    """Planned against actual cost of a closed order, by cause; the lines of a closure add up to its variance.

    Written when the order closes, from what core posted. When a reopened closure closes again, its
    lines of before are archived.
    """

    _name = "mrp.closure.variance"
    _description = "Variance line"
    _inherit = ["mrp.closure.evidence"]
    _order = "closure_id desc, id"

    closure_id = fields.Many2one("mrp.closure", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="closure_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    active = fields.Boolean(default=True, help="Off for the lines of earlier revisions.")
    revision = fields.Integer(required=True, help="Revision of the closure that these figures belong to.")
    kind = fields.Selection(KINDS, string="Cause", required=True)
    name = fields.Char(string="Item", help="Component or operation, as it was called when the order closed.")
    product_id = fields.Many2one("product.product", index="btree_not_null", ondelete="set null")
    workorder_id = fields.Many2one("mrp.workorder", index="btree_not_null", ondelete="set null")
    operation_id = fields.Many2one("mrp.routing.workcenter", index="btree_not_null", ondelete="set null")
    workcenter_id = fields.Many2one("mrp.workcenter", index="btree_not_null", ondelete="set null")
    scrap_reason_id = fields.Many2one("stock.scrap.reason.tag", ondelete="set null", help="The first one of the scrap.")
    uom_id = fields.Many2one("uom.uom", string="Unit", ondelete="set null")
    planned_qty = fields.Float(string="Planned Quantity", digits=(16, 4), help="Units, or hours of work.")
    actual_qty = fields.Float(string="Actual Quantity", digits=(16, 4), help="Units, or hours of work.")
    planned = fields.Monetary(help="What the output was allowed to cost.")
    actual = fields.Monetary(help="What it cost.")
    amount = fields.Monetary(string="Variance", help="Actual less planned: positive is unfavourable.")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._(
                "To correct the cost of %(orders)s, have a closure manager reopen the closure: "
                "variance lines are not deleted.",
                orders=", ".join(self.closure_id.mapped("name")),
            )
        )

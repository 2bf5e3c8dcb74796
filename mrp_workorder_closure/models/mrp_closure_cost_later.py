from odoo import api, fields, models

from .mrp_closure_baseline import COST_GROUPS


class MrpClosure(models.Model):
    """What came after closing: landed costs and bills change the value of the goods, never the variances."""

    _inherit = "mrp.closure"

    posted_value = fields.Monetary(
        string="Value of Goods at Closing",
        groups=COST_GROUPS,
        help="What output and by-products were valued at in stock when the order closed last.",
    )
    goods_value = fields.Monetary(
        string="Value of Goods",
        compute="_compute_later_cost",
        groups=COST_GROUPS,
        help="What output and by-products of the closed order are valued at now, with costs that came after closing.",
    )
    later_cost = fields.Monetary(
        string="Costs After Closing",
        compute="_compute_later_cost",
        groups=COST_GROUPS,
        help="Landed costs, bills and corrections that changed the value of the goods after the order closed. "
        "They are no part of the variances.",
    )

    # Values of moves change often and are read here seldom: no dependency on them.
    @api.depends("state", "posted_value")
    def _compute_later_cost(self):
        # In sudo: figures of the closure are for its readers in finance, who have no rights on stock moves.
        closures = self.sudo()
        closures.production_id.move_finished_ids.mapped("value")
        for closure in closures:
            closure.goods_value = closure.production_id._get_goods_value() if closure.state == "closed" else 0.0
            closure.later_cost = closure.goods_value - closure.posted_value if closure.state == "closed" else 0.0


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _get_goods_value(self):
        """What output and by-products of the order are valued at in stock."""
        self.ensure_one()
        return sum(move.value for move in self.move_finished_ids if move.state == "done")

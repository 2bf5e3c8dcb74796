from odoo import fields, models


class MrpClosure(models.Model):
    """The material balance of closures: figures, drawn from stock moves in one batch."""

    _inherit = "mrp.closure"

    balance_ids = fields.One2many("mrp.closure.balance", "closure_id", string="Material Balance")

    def _compute_balances(self):
        """What each component of each order was issued, and what became of it.

        Pure: nothing is written. The number of queries does not depend on the number of closures.
        Quantities are in the unit of the product, lot by lot where lots are known.

        :return: ``{closure: {(product, lot): BalanceFigures}}``; ``lot`` may be empty
        """
        # In sudo: the figures of the closure are for everybody who may read it.
        closures = self.sudo()
        ledger = closures.production_id._open_material_ledger()
        orders = closures.production_id.browse([order.id for order in ledger.orders])
        baselines = {closure.production_id: closure.cost_baseline for closure in closures}
        baselines.update((order, order.closure_id.cost_baseline) for order in orders if order not in baselines)
        bare = orders.browse([order.id for order, baseline in baselines.items() if not baseline])
        orders._enter_plans(ledger, {**baselines, **bare._prepare_cost_baselines()})
        ledger.share_out()
        return {
            closure: ledger.get_figures(closure.production_id, lambda product: product.uom_id.rounding)
            for closure in closures
        }

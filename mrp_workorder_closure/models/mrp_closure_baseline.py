from collections import defaultdict

from odoo import fields, models


class MrpClosure(models.Model):
    """What an order was planned to take and to cost, as it stood at confirmation.

    Later changes of the bill of materials, routing, prices or rates leave it alone.
    """

    _inherit = "mrp.closure"

    cost_baseline = fields.Json(
        readonly=True,
        help="Components, by-products and operations of the order as planned at confirmation, "
        "with their prices and rates in the currency of the company.",
    )


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _prepare_cost_baselines(self):
        """Plans of these orders as plain data.

        Quantities of products are in the unit of measure of the product, ``product_qty`` in
        that of the order, times in minutes, rates per hour, money in company currency.

        :return: ``{order: {product_qty, uom_id, components, byproducts, operations}}``;
            ``components`` and ``byproducts`` map a product id (as text, as JSON needs it) to
            ``{qty, price}`` and ``{qty, cost_share}``
        """
        planned = self._get_planned_component_quantities()
        product_ids = list({product.id for quantities in planned.values() for product in quantities})
        return {
            order: {
                "product_qty": order.product_qty,
                "uom_id": order.product_uom_id.id,
                "components": {
                    str(product.id): {
                        "qty": quantity,
                        "price": product.with_company(order.company_id).with_prefetch(product_ids).standard_price,
                    }
                    for product, quantity in planned[order].items()
                },
                "byproducts": order._prepare_baseline_byproducts(),
                "operations": [
                    order._prepare_baseline_operation(workorder)
                    for workorder in order.workorder_ids
                    if workorder.state != "cancel"
                ],
            }
            for order in self
        }

    def _get_planned_component_quantities(self):
        """Quantity by product, in its own unit: from the bill of materials, else from the order's lines.

        Orders that are alike are exploded once.
        """
        planned = {}
        for _key, alike in self.grouped(lambda order: order._get_plan_key()).items():
            lines = [
                (vals["product_id"], vals["product_uom_qty"], vals["product_uom"])
                for vals in alike[:1]._get_moves_raw_values()
            ]
            for order in alike:
                planned[order] = order._sum_by_product(
                    lines
                    if order.bom_id
                    else [
                        (move.product_id.id, move.product_uom_qty, move.product_uom.id)
                        for move in order.move_raw_ids
                        if move.state != "cancel"
                    ]
                )
        return planned

    def _get_plan_key(self):
        return (
            self.bom_id,
            self.product_id,
            self.product_qty,
            self.product_uom_id,
            self.never_product_template_attribute_value_ids,
        )

    def _sum_by_product(self, lines):
        totals = defaultdict(float)
        for product_id, quantity, uom_id in lines:
            product, uom = self.env["product.product"].browse(product_id), self.env["uom.uom"].browse(uom_id)
            totals[product] += uom._compute_quantity(quantity, product.uom_id, round=False)
        return totals

    def _prepare_baseline_byproducts(self):
        byproducts = {}
        for move in self.move_byproduct_ids.filtered(lambda move: move.state != "cancel"):
            line = byproducts.setdefault(str(move.product_id.id), {"qty": 0.0, "cost_share": 0.0})
            line["qty"] += move.product_uom._compute_quantity(move.product_uom_qty, move.product_id.uom_id, round=False)
            line["cost_share"] += move.cost_share
        return byproducts

    def _prepare_baseline_operation(self, workorder):
        capacity, setup, cleanup = workorder.workcenter_id._get_capacity(
            self.product_id, self.product_uom_id, self.bom_id.product_qty or 1
        )
        return {
            "operation_id": workorder.operation_id.id,
            "name": workorder.name,
            "workcenter_id": workorder.workcenter_id.id,
            "minutes": workorder.duration_expected,
            "setup_minutes": setup + cleanup,
            "capacity": capacity,
            "rate": workorder.workcenter_id.costs_hour,
        }

from collections import defaultdict

from odoo import models

from .plain_json import PlainJson

# Who sees what orders cost. Accountants are cost controllers; operators are not.
COST_GROUPS = "mrp_workorder_closure.group_cost_controller,mrp_workorder_closure.group_auditor"
# Who sees what orders leave at the line is worth.
LEFTOVER_GROUPS = f"{COST_GROUPS},mrp_workorder_closure.group_warehouse_controller"


class MrpClosure(models.Model):
    """What an order was planned to take and to cost, as it stood at confirmation.

    Later changes of the bill of materials, routing, prices or rates leave it alone.
    """

    _inherit = "mrp.closure"

    cost_baseline = PlainJson(
        readonly=True,
        groups=COST_GROUPS,
        help="Components, by-products and operations of the order as planned at confirmation, "
        "with their prices and rates in the currency of the company.",
    )

    def _get_cost_baseline(self):
        """What was planned at confirmation; for orders without a stored baseline, what is planned now."""
        self.ensure_one()
        return self.cost_baseline or self.production_id._prepare_cost_baselines()[self.production_id]


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _prepare_cost_baselines(self):
        """Plans of these orders as plain data.

        Quantities of products are in the unit of measure of the product, ``product_qty`` and
        ``lot_size`` in that of the order, times in minutes, rates per hour, money in company
        currency: ``product_price``, ``subcontracting_price`` and ``extra_cost`` for one unit of the product.

        :return: ``{order: {product_qty, lot_size, uom_id, product_price, subcontracting_price, extra_cost,
            components, byproducts, operations}}``; ``components`` and ``byproducts`` map a product id
            (as text, as JSON needs it) to ``{qty, price}`` and ``{qty, cost_share}``
        """
        planned = self._get_planned_component_quantities()
        prices = self._get_planned_component_prices(planned)
        return {
            order: {
                "product_qty": order.product_qty,
                "lot_size": order._get_costing_lot_size(),
                "uom_id": order.product_uom_id.id,
                "product_price": order.product_id.with_company(order.company_id).standard_price,
                "subcontracting_price": order._get_planned_subcontracting_price(),
                "extra_cost": order.extra_cost,
                "components": {
                    str(product.id): {"qty": quantity, "price": prices[order.company_id, product]}
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

    def _get_costing_lot_size(self):
        """Output over which setup is spread in the standard cost, in the unit of the order."""
        self.ensure_one()
        return self.product_qty

    def _get_planned_subcontracting_price(self):
        """What the subcontractor is expected to ask for one unit of the product, in company currency."""
        self.ensure_one()
        bom, product = self.bom_id, self.product_id.with_company(self.company_id)
        if bom.type != "subcontract":
            return 0.0
        partners = self.subcontractor_id or bom.subcontractor_ids
        seller = product._select_seller(
            quantity=self.product_qty, uom_id=self.product_uom_id, params={"subcontractor_ids": partners}
        )
        if not seller:
            return 0.0
        price = seller.currency_id._convert(seller.price, self.company_id.currency_id, self.company_id)
        return seller.product_uom_id._compute_price(price, product.uom_id)

    def _get_planned_component_prices(self, planned):
        """Prices of one unit: the cost of the product, or, where it has none yet, that of its bill of materials.

        :return: ``{(company, product): price}``
        """
        prices = {}
        for company, orders in self.grouped("company_id").items():
            products = self.env["product.product"].union(*(product for order in orders for product in planned[order]))
            products = products.with_company(company)
            unpriced = products.filtered(lambda product: not product.standard_price)
            boms = unpriced and self.env["mrp.bom"]._bom_find(unpriced, company_id=company.id, bom_type="normal")
            for product in products:
                bom = product in unpriced and boms.get(product)
                price = product._compute_bom_price(bom) if bom else product.standard_price
                prices[company, product] = price
        return prices

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
            "workorder_id": workorder.id,
            "operation_id": workorder.operation_id.id,
            "name": workorder.name,
            "workcenter_id": workorder.workcenter_id.id,
            "minutes": workorder.duration_expected,
            "setup_minutes": setup + cleanup,
            "capacity": capacity,
            "rate": workorder.workcenter_id.costs_hour,
        }

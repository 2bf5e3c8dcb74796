from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from .common_cost import CostCase

hundredths = st.integers(min_value=0, max_value=4000).map(lambda number: number / 100)
orders = st.fixed_dictionaries(
    {
        "planned": st.integers(min_value=1, max_value=20),
        "made": st.integers(min_value=1, max_value=20),
        "board": st.integers(min_value=0, max_value=30),
        "leg": st.integers(min_value=0, max_value=90),
        "panel": st.integers(min_value=0, max_value=9),
        "minutes": st.integers(min_value=0, max_value=30000).map(lambda number: number / 100),
        "board_price": hundredths,
        "rate": hundredths,
        "extra_cost": hundredths,
        "scrapped_legs": st.integers(min_value=0, max_value=5),
        "share": st.sampled_from([0, 12.5, 33.33]),
        "method": st.sampled_from(["standard", "average", "fifo"]),
        "dozens": st.booleans(),
    }
)
# No shrinking: an order takes half a second, and it is printed as it is.
some = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@tagged("post_install", "-at_install")
class TestVarianceRandomOrders(CostCase):
    """Whatever happened to an order, its causes add up, and what was previewed is what is written."""

    @some
    @given(story=orders)
    def test_the_causes_of_random_orders_add_up(self, story):
        order = self.make_random_order(story)
        closure = order.closure_id.sudo()
        preview = closure._compute_variances()[closure]
        self.close(order, skip_consumption=True)
        lines = closure.variance_ids
        self.assertAlmostEqual(sum(lines.mapped("amount")), closure.actual_cost - closure.standard_cost, 6)
        self.assertEqual(closure.cost_variance, closure.currency_id.round(closure.cost_variance))
        self.assertEqual(
            [(line.kind, float(line.planned), float(line.actual), float(line.amount)) for line in preview.lines],
            [(line.kind, line.planned, line.actual, line.amount) for line in lines],
        )
        overview = self.env["report.mrp.report_mo_overview"]._get_report_data(order.id)["summary"]
        scraps = sum(order.sudo().scrap_ids.move_ids.mapped("value"))
        extra = order.extra_cost * order.product_uom_id._compute_quantity(order.qty_produced, self.table.uom_id)
        share = 1 - story["share"] / 100 if order.move_byproduct_ids else 1
        # Core's overview rounds operations and components one by one.
        self.assertAlmostEqual(overview["real_cost"] + scraps + extra * share, closure.actual_cost, delta=0.03)

    def make_random_order(self, story):
        category = self.env["product.category"].create({"name": "Any", "property_cost_method": story["method"]})
        self.table.categ_id = category
        self.board.standard_price, self.workcenter.costs_hour = 20, 60
        self.bom.byproduct_ids.unlink()
        if story["share"]:
            chips = self.env["product.product"].create({"name": "Chips", "is_storable": True, "categ_id": category.id})
            self.bom.byproduct_ids = [
                Command.create({"product_id": chips.id, "product_qty": 1, "cost_share": story["share"]})
            ]
        unit = self.env.ref("uom.product_uom_dozen") if story["dozens"] else self.table.uom_id
        order = self.make_order(qty=story["planned"], product_uom_id=unit.id)
        self.board.standard_price, self.workcenter.costs_hour = story["board_price"], story["rate"]
        order.extra_cost = story["extra_cost"]
        self.scrap(order, self.leg, story["scrapped_legs"])
        if story["panel"]:
            self.add_component(order, self.panel, story["panel"])
        self.produce(order, story["made"], minutes=story["minutes"], board=story["board"], leg=story["leg"])
        return order

    def scrap(self, order, product, quantity):
        if quantity:
            self.env["stock.scrap"].create(
                {
                    "production_id": order.id,
                    "product_id": product.id,
                    "scrap_qty": quantity,
                    "location_id": self.stock.id,
                }
            ).do_scrap()

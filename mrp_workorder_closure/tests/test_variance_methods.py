from odoo import Command
from odoo.tests import tagged

from .common_cost import CostCase

METHODS = ("standard", "average", "fifo")
# What deviates: values of the order, what is done before its work, what is recorded, and the figures by hand.
STORIES = {
    "nothing": ({}, None, {}, {}),
    "boards at 22 instead of 20": ({}, "make_boards_dearer", {}, {"material_price": 20}),
    "44 legs at 5 instead of 40": ({}, None, {"leg": 44}, {"material_usage": 20}),
    "dearer boards, and 12 of them: 12 x 2, 2 x 20": (
        {},
        "make_boards_dearer",
        {"board": 12},
        {"material_price": 24, "material_usage": 40},
    ),
    "10 panels at 23 for 10 boards at 20": ({}, "replace_boards", {"board": 0}, {"substitution": 30}),
    "101 minutes at 66 an hour instead of 60": ({}, "make_work_dearer", {}, {"operation_rate": 10.1}),
    "121 minutes instead of 101": ({}, None, {"minutes": 121}, {"operation_efficiency": 20}),
    "8 of 10 made: a setup of 1 is covered by 8 tenths": ({}, None, {"qty": 8, "minutes": 81}, {"lot_size": 0.2}),
    "3 legs scrapped": ({}, "scrap_legs", {}, {"scrap": 15}),
    "2 of extra cost a piece": ({}, "add_extra_cost", {}, {"other": 20}),
    "2 of extra cost a piece, as planned": ({"extra_cost": 2}, None, {}, {}),
    "chips that bear a tenth, with 8 legs too many": (
        {},
        "expect_chips",
        {"leg": 48},
        {"material_usage": 40, "byproduct": -4},
    ),
    "all of it: 12 dearer boards, 44 legs, 3 legs lost, 66 an hour for 2 hours, 8 made, 1 extra": (
        {},
        "do_everything",
        {"qty": 8, "minutes": 120, "board": 12, "leg": 44},
        # 12 x 2; 4 x 20 + 12 x 5; 2 x 6; 120 - 81; 2 tenths of 1; 3 x 5; 8 x 1
        {
            "material_price": 24,
            "material_usage": 140,
            "operation_rate": 12,
            "operation_efficiency": 39,
            "lot_size": 0.2,
            "scrap": 15,
            "other": 8,
        },
    ),
}


@tagged("post_install", "-at_install")
class TestVarianceMethods(CostCase):
    """Each cause has the figure computed by hand, whichever way output and components are costed."""

    def use(self, method):
        """Everything is costed this way; boards come from a receipt at 20, so that FIFO has a layer."""
        category = self.env["product.category"].create({"name": method, "property_cost_method": method})
        for name in ("board", "leg", "table", "panel"):
            product = self.env["product.product"].create(
                {"name": name.capitalize(), "is_storable": True, "categ_id": category.id}
            )
            self.patch(type(self), name, product)
        for product, price in ((self.board, 20), (self.leg, 5), (self.panel, 23)):
            product.standard_price = price
            self.receive(product, 12 if product == self.board else 200, price)
        self.table.standard_price = 50
        self.workcenter.costs_hour = 60
        self.patch(type(self), "bom", self.make_bom(self.table))
        self.template.product_ids = self.table

    def make_boards_dearer(self, order):
        """The twelve boards at 20 are gone, others came at 22."""
        gone = self.env["stock.scrap"].create(
            {"product_id": self.board.id, "scrap_qty": 12, "location_id": self.stock.id}
        )
        order.do_unreserve()
        gone.do_scrap()
        self.receive(self.board, 100, 22)
        if self.board.cost_method == "standard":
            self.board.standard_price = 22

    def replace_boards(self, order):
        self.add_component(order, self.panel, 10)

    def make_work_dearer(self, order):
        self.workcenter.costs_hour = 66

    def scrap_legs(self, order):
        self.env["stock.scrap"].create(
            {"production_id": order.id, "product_id": self.leg.id, "scrap_qty": 3, "location_id": self.stock.id}
        ).do_scrap()

    def add_extra_cost(self, order, amount=2):
        order.extra_cost = amount

    def expect_chips(self, order):
        """The order is made anew with a by-product in its bill."""
        chips = self.env["product.product"].create(
            {"name": "Chips", "is_storable": True, "categ_id": self.table.categ_id.id}
        )
        self.bom.byproduct_ids = [Command.create({"product_id": chips.id, "product_qty": 2, "cost_share": 10})]
        return self.make_order()

    def do_everything(self, order):
        self.make_boards_dearer(order)
        self.make_work_dearer(order)
        self.scrap_legs(order)
        self.add_extra_cost(order, 1)

    def test_each_cause_has_its_figure_by_each_costing_method(self):
        for method in METHODS:
            for story, (vals, prepare, recorded, expected) in STORIES.items():
                with self.subTest(method=method, story=story):
                    self.use(method)
                    extra = vals.get("extra_cost", 0) or expected.get("other", 0) / recorded.get("qty", 10)
                    order = self.make_order(confirm=False, **vals)
                    order.action_confirm()
                    order = prepare and getattr(self, prepare)(order) or order
                    self.produce(order, **recorded)
                    preview = order.closure_id.sudo()._compute_variances()[order.closure_id]
                    closure = self.close(order)
                    self.assertVariances(closure, **expected)
                    self.assertEqual(float(preview.actual), closure.actual_cost)
                    self.check_against_core(order, closure, extra, expected.get("scrap", 0))

    def check_against_core(self, order, closure, extra, scrap):
        """Core's overview knows neither extra cost nor scrap; stock knows the extra cost of what is not at standard."""
        overview = self.env["report.mrp.report_mo_overview"]._get_report_data(order.id)["summary"]
        made = order.sudo().move_finished_ids.filtered(lambda move: move.product_id == self.table)
        extra *= made.quantity
        self.assertAlmostEqual(overview["real_cost"] + extra + scrap, closure.actual_cost, 2)
        at_standard = self.table.cost_method == "standard"
        value = 50 * made.quantity if at_standard else closure.actual_cost - scrap
        self.assertAlmostEqual(made.value, value, 2)

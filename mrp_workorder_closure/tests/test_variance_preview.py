from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .common_cost import CostCase


@tagged("post_install", "-at_install")
class TestVariancePreview(CostCase):
    """What closing would post is known before, and agrees with what it posts and with Odoo's own overview."""

    def get_sheet(self, order):
        closure = order.closure_id.sudo()
        return closure._compute_variances()[closure]

    def assertPreviewHolds(self, order):
        """The lines of the preview are those that are written, and core's overview has the same total."""
        preview = self.get_sheet(order)
        closure = self.close(order)
        told = [(line.kind, float(line.planned), float(line.actual), float(line.amount)) for line in preview.lines]
        written = [(line.kind, line.planned, line.actual, line.amount) for line in closure.variance_ids]
        self.assertEqual(told, written)
        self.assertEqual((float(preview.standard), float(preview.actual)), (closure.standard_cost, closure.actual_cost))
        return closure

    def get_overview(self, order):
        return self.env["report.mrp.report_mo_overview"]._get_report_data(order.id)["summary"]

    def test_preview_and_posting_agree_for_each_costing_method(self):
        chips = self.env["product.product"].create({"name": "Chips", "is_storable": True, "categ_id": self.average.id})
        self.bom.byproduct_ids = [Command.create({"product_id": chips.id, "product_qty": 2, "cost_share": 12.5})]
        self.board.standard_price = 19.99
        for method in ("standard", "average", "fifo"):
            for quantity, minutes, legs in ((10, 101, 40), (7, 88.4, 31), (10, 0, 40)):
                with self.subTest(method=method, quantity=quantity):
                    category = self.env["product.category"].create({"name": method, "property_cost_method": method})
                    (self.table | self.leg).categ_id = category
                    order = self.make_order()
                    self.produce(order, quantity, minutes=minutes, leg=legs)
                    closure = self.assertPreviewHolds(order)
                    self.assertAlmostEqual(closure.actual_cost, self.get_overview(order)["real_cost"], 2)
                    if method != "standard":
                        finished = order.sudo().move_finished_ids
                        made = finished.filtered(lambda move: move.product_id == self.table)
                        self.assertAlmostEqual(made.value, closure.actual_cost, 2)

    def test_the_overview_of_core_has_the_same_plan_at_confirmation(self):
        order = self.make_order()
        overview = self.get_overview(order)
        self.assertAlmostEqual(overview["mo_cost"], 501)
        self.produce(order)
        self.assertEqual(float(self.get_sheet(order).standard), overview["mo_cost"])

    def test_work_without_time_is_previewed_with_the_time_that_core_fills_in(self):
        self.bom.operation_ids.time_cycle_manual = 1.27
        order = self.make_order(qty=7)
        order.qty_producing = 7
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        self.assertPreviewHolds(order)

    def test_an_order_that_has_not_begun_has_no_cost(self):
        order = self.make_order()
        order.closure_id.action_refresh()
        closure = order.closure_id.sudo()
        self.assertEqual((closure.actual_cost, closure.standard_cost, closure.cost_variance_pct), (0, 0, 0))
        order.workorder_ids.button_start()
        order.workorder_ids.time_ids.date_start -= timedelta(minutes=30)
        closure.action_refresh()
        # Starting the work enters output and components; the time runs.
        self.assertAlmostEqual(closure.actual_cost, 430, delta=0.2)

    def test_theoretical_time_is_the_cost_of_an_operation_that_asks_for_it(self):
        self.bom.operation_ids.cost_mode = "estimated"
        order = self.make_order()
        self.produce(order, minutes=300)
        closure = self.assertPreviewHolds(order)
        self.assertVariances(closure)

    def test_components_of_an_owner_cost_nothing(self):
        owner = self.env["res.partner"].create({"name": "Customer with boards"})
        order = self.make_order()
        self.produce(order)
        order.sudo().move_raw_ids[0].move_line_ids.owner_id = owner
        closure = self.assertPreviewHolds(order)
        self.assertVariances(closure, material_price=-200)

    def test_a_preview_costs_the_same_queries_for_100_closures_as_for_2(self):
        self.board.categ_id = self.fifo
        orders = self.env["mrp.production"].concat(*(self.make_order() for _number in range(100)))
        for order in orders:
            order.qty_producing = 10
            order.set_qty_producing()
            order.move_raw_ids.picked = True
        counts = []
        for some in (orders[:2], orders[:2], orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.closure_id.sudo()._compute_variances()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 2, counts)

    def test_refresh_stores_what_conditions_of_levels_look_at(self):
        order = self.make_order()
        closure = order.closure_id.sudo()
        self.produce(order, leg=60)
        closure.with_user(self.operator).action_refresh()
        self.assertEqual((closure.cost_variance, closure.actual_cost), (100, 601))
        self.assertAlmostEqual(closure.cost_variance_pct, 100 / 5.01, 2)
        self.assertIn(closure, closure.search([("cost_variance_pct", ">", 19), ("cost_variance", ">", 99)]))
        self.assertTrue(closure.filtered_domain([("cost_variance_pct", ">", 19)]))
        self.assertFalse(closure.filtered_domain([("cost_variance", ">", 100)]))

    def test_a_baseline_of_before_costs_were_reviewed_is_still_read(self):
        order = self.make_order()
        closure = order.closure_id.sudo()
        old = dict(closure.cost_baseline)
        for name in ("lot_size", "product_price", "subcontracting_price", "extra_cost"):
            del old[name]
        old["operations"] = [
            {name: value for name, value in line.items() if name != "workorder_id"} for line in old["operations"]
        ]
        closure._write_evidence({"cost_baseline": old})
        self.produce(order, leg=44)
        self.assertVariances(self.close(order), material_usage=20)


@tagged("post_install", "-at_install")
class TestCostWithinTolerance(CostCase):
    """The check about cost compares with the standard of the output, in per cent."""

    def make_checked(self, tolerance, **vals):
        self.template.point_ids = [
            Command.create({"name": "Cost as planned", "kind": "cost_within_tolerance", "tolerance_pct": tolerance})
        ]
        return self.make_order(**vals)

    def get_reasons(self, order):
        return " ".join(blocker["message"] for blocker in order.get_closure_blockers())

    def test_cost_beyond_the_tolerance_blocks_and_tells_no_money(self):
        order = self.make_checked(5)
        self.produce(order, leg=60)
        reasons = self.get_reasons(order)
        self.assertIn("cost is +19.96 % off its standard (limit 5 %)", reasons)
        self.assertNotIn("601", reasons)
        order.closure_id.action_refresh()
        self.assertEqual(order.closure_id.check_ids.state, "fail")

    def test_cost_on_the_edge_of_the_tolerance_passes(self):
        order = self.make_checked(10)
        self.workcenter.costs_hour = 60
        # 50.10 of 501 is a tenth.
        order.extra_cost = 5.01
        self.produce(order)
        self.assertEqual(self.get_reasons(order), "")
        order.extra_cost = 5.02
        self.assertIn("+10.02 %", self.get_reasons(order))

    def test_too_little_cost_is_beyond_the_tolerance_too(self):
        order = self.make_checked(5)
        self.produce(order, leg=0)
        self.assertIn("-39.92 %", self.get_reasons(order))

    def test_produce_all_is_judged_once_quantities_are_final(self):
        order = self.make_checked(1)
        self.assertEqual(self.get_reasons(order), "")
        order.button_mark_done()
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(order.closure_id.sudo().cost_variance, 0)

    def test_an_order_without_any_plan_and_with_costs_fails(self):
        order = self.make_checked(50)
        closure = order.closure_id.sudo()
        closure._write_evidence({"cost_baseline": {**closure.cost_baseline, "components": {}, "operations": []}})
        self.produce(order)
        self.assertIn("none were planned", self.get_reasons(order))

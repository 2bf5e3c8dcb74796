import doctest

from odoo.tests import tagged

from ..tools import equation
from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestOutputEquation(NonconformityCase):
    """What was planned and what became of it stand in one equation, before and after closing."""

    def make_produced(self, made, qty=10, product=None, **vals):
        order = self.make_order(qty=qty, product=product, **vals)
        order.qty_producing = made
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        order.workorder_ids.button_finish()
        return order

    def assertEquation(self, order, equation, **figures):
        """The equation as shown, its figures, and that it holds."""
        self.env.invalidate_all()
        closure = order.closure_id
        self.assertEqual(closure.with_user(self.auditor).output_equation, equation)
        for name, quantity in figures.items():
            self.assertEqual(closure[f"{name}_qty"], quantity, name)
        produced = ("good", "quarantined", "rework", "scrapped", "regraded")
        self.assertAlmostEqual(closure.produced_qty, sum(closure[f"{name}_qty"] for name in produced))
        rest = ("produced", "short_closed", "backordered", "to_make")
        self.assertAlmostEqual(
            closure.planned_output_qty + closure.excess_qty, sum(closure[f"{name}_qty"] for name in rest)
        )

    def test_the_examples_in_the_documentation_hold(self):
        self.assertFalse(doctest.testmod(equation).failed)

    def test_before_anything_was_made_all_is_still_to_make(self):
        self.assertEquation(self.make_order(), "10 planned = 0 produced + 10 still to make", to_make=10)

    def test_more_than_planned_is_shown(self):
        self.assertEquation(
            self.make_produced(12), "10 planned + 2 more than planned = 12 produced (12 good)", excess=2, good=12
        )

    def test_what_is_left_to_a_backorder_stays_in_the_equation(self):
        order = self.make_produced(6)
        self.assertEquation(order, "10 planned = 6 produced (6 good) + 4 still to make", to_make=4)
        order.closure_id.with_user(self.operator).action_keep_backorder()
        equation = "10 planned = 6 produced (6 good) + 4 backordered"
        self.assertEquation(order, equation, backordered=4)
        action = order.with_user(self.operator).button_mark_done()
        wizard = self.env[action["res_model"]].with_user(self.operator).with_context(**action["context"])
        wizard.create({}).action_backorder()
        self.assertEqual(order.closure_id.state, "closed")
        self.assertEquation(order, equation, backordered=4, planned_output=10)
        backorder = order.production_group_id.production_ids - order
        self.assertEquation(backorder, "4 planned = 0 produced + 4 still to make", to_make=4)

    def test_an_order_closed_short_says_so(self):
        order = self.make_produced(6)
        order.closure_id.with_user(self.operator).action_close_short("No more wood")
        equation = "10 planned = 6 produced (6 good) + 4 closed short"
        self.assertEquation(order, equation, short_closed=4)
        action = order.with_user(self.operator).button_mark_done()
        wizard = self.env[action["res_model"]].with_user(self.operator).with_context(**action["context"])
        wizard.create({}).action_close_mo()
        self.assertEqual(order.closure_id.close_type, "short")
        self.assertEquation(order, equation, short_closed=4)

    def test_what_was_split_off_is_with_the_other_order(self):
        order = self.make_order()
        order._split_productions({order: [7, 3]})
        self.assertEquation(order, "10 planned = 0 produced + 3 backordered + 7 still to make", backordered=3)

    def test_nonconforming_goods_have_their_part(self):
        order = self.make_produced(10)
        nonconformity = self.report(order, 5)
        self.decide(
            nonconformity,
            ("quarantine", 1, {"reason": "Wait"}),
            ("scrap", 2, {"scrap_reason_tag_ids": self.env["stock.scrap.reason.tag"].create({"name": "Bent"}).ids}),
            ("rework", 2, {"workcenter_id": self.workcenter.id, "minutes": 5}),
        )
        self.assertEquation(
            order,
            "10 planned = 10 produced (5 good + 1 quarantined + 2 in rework + 2 scrapped)",
            good=5,
            quarantined=1,
            rework=2,
            scrapped=2,
        )

    def test_scrap_of_output_made_on_the_order_counts(self):
        order = self.make_produced(10)
        self.close(order)
        self.env["stock.scrap"].create(
            {"production_id": order.id, "product_id": self.table.id, "scrap_qty": 3}
        ).do_scrap()
        self.assertEquation(order, "10 planned = 10 produced (7 good + 3 scrapped)", good=7, scrapped=3)

    def test_a_plan_in_dozens_is_told_in_pieces(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.make_produced(1, qty=2, product_uom_id=dozen.id)
        self.assertEquation(order, "24 planned = 12 produced (12 good) + 12 still to make", to_make=12)

    def test_in_three_steps_the_receipt_that_is_pending_is_seen(self):
        self.warehouse.manufacture_steps = "pbm_sam"
        order = self.make_order()
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        order.qty_producing = 10
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        order.workorder_ids.button_finish()
        self.assertEquation(order, "10 planned = 10 produced (10 good)", receipt_pending=0)
        self.close(order)
        self.assertEquation(order, "10 planned = 10 produced (10 good)", receipt_pending=10)
        store = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        store.move_ids.picked = True
        store.button_validate()
        self.assertEquation(order, "10 planned = 10 produced (10 good)", receipt_pending=0)

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_material import MaterialCase


@tagged("post_install", "-at_install")
class TestBalanceRule(MaterialCase):
    """An order closes when its material is accounted for, or what is missing is little and explained."""

    def make_missing(self, used=38, tolerance=10):
        """An order of which 40 legs were issued; its line of legs."""
        self.template.point_ids.tolerance_pct = tolerance
        order = self.make_issued(leg=used)
        order.closure_id.action_refresh()
        return order, order.closure_id.balance_ids.filtered(lambda line: line.product_id == self.leg)

    def get_reasons(self, order):
        self.env.invalidate_all()
        return "\n".join(blocker["message"] for blocker in order.get_closure_blockers())

    def finish_order(self, order):
        order.workorder_ids.button_finish()
        order.with_user(self.operator).button_mark_done()
        return order.state

    def test_an_order_whose_material_is_accounted_for_closes_in_one_click(self):
        order = self.make_issued()
        order.with_user(self.operator).button_mark_done()
        self.assertEqual((order.state, order.closure_id.state), ("done", "closed"))

    def test_nothing_blocks_before_anything_was_produced(self):
        order = self.make_issued()
        self.assertEqual(self.get_reasons(order), "")
        self.assertEqual(order.closure_id.check_ids.state, "todo")

    def test_components_that_were_never_issued_block(self):
        order = self.make_order()
        self.use(order)
        for part in (order.name, "Leg: 0.0 Units issued, 40.0 Units accounted for, 40.0 Units more than there was"):
            self.assertIn(part, self.get_reasons(order))

    def test_what_is_left_blocks_and_is_named_with_both_figures(self):
        screw, lots = self.make_tracked("lot", 20)
        order = self.make_issued(leg=36)
        self.get_move(order, screw).quantity = 9
        reasons = self.get_reasons(order)
        for part in (
            order.name,
            "Leg: 40.0 Units issued, 36.0 Units accounted for, 4.0 Units left",
            f"{screw.name} ({lots.name}): 10.0 Units issued, 9.0 Units accounted for, 1.0 Units left",
        ):
            self.assertIn(part, reasons)
        self.settle(order.closure_id, (self.leg, "return", 4), (screw, "keep", 1))
        self.assertEqual(self.get_reasons(order), "")
        self.assertEqual(self.finish_order(order), "done")

    def test_within_the_tolerance_a_warehouse_controller_explains(self):
        order, line = self.make_missing(used=36)
        self.assertIn("within the tolerance: have a warehouse controller explain it", self.get_reasons(order))
        with self.assertRaisesRegex(AccessError, "Warehouse Controller"):
            line.with_user(self.operator).action_explain("They broke")
        line.with_user(self.controller).action_explain("They broke")
        self.assertRecordValues(
            line, [{"explanation": "They broke", "explained_by_id": self.controller.id, "is_explained": True}]
        )
        self.assertEqual(self.get_reasons(order), "")
        self.assertEqual(self.finish_order(order), "done")
        self.assertEqual(line.unaccounted_qty, 4)

    def test_an_explanation_needs_words_and_something_to_explain(self):
        order, line = self.make_missing()
        with self.assertRaisesRegex(UserError, "give a reason"):
            line.with_user(self.controller).action_explain("  ")
        board = order.closure_id.balance_ids - line
        with self.assertRaisesRegex(UserError, "nothing to explain"):
            board.with_user(self.controller).action_explain("All fine")

    def test_an_explanation_ends_when_the_figure_changes(self):
        order, line = self.make_missing()
        line.with_user(self.controller).action_explain("They broke")
        self.cr.precommit.run()
        self.get_move(order, self.leg).quantity = 37
        self.assertIn("3.0 Units within the tolerance", self.get_reasons(order), "the gate looks at the figure of now")
        with self.assertRaisesRegex(UserError, "figures have changed"):
            line.with_user(self.controller).action_explain("They broke")
        order.closure_id.action_refresh()
        self.assertRecordValues(line, [{"explanation": False, "explained_by_id": False, "unaccounted_qty": 3}])
        self.cr.precommit.run()
        history = line.sudo().message_ids.tracking_value_ids
        self.assertIn("They broke", history.mapped("old_value_char"), "what was said stays in the history")

    def test_beyond_the_tolerance_an_explanation_is_not_enough_but_a_waiver_is(self):
        order, line = self.make_missing(used=30)
        line.with_user(self.controller).action_explain("Stolen")
        self.assertIn("30.0 Units accounted for, 10.0 Units left", self.get_reasons(order))
        order.closure_id.check_ids.with_user(self.manager).action_waive("The police know")
        self.assertEqual(self.get_reasons(order), "")
        self.get_move(order, self.leg).quantity = 29
        self.assertIn("11.0 Units left", self.get_reasons(order), "the waiver was for another figure")

    def test_the_edge_of_the_tolerance_is_inside(self):
        order, line = self.make_missing(used=36, tolerance=10)
        line.with_user(self.controller).action_explain("They broke")
        self.assertEqual(self.get_reasons(order), "")

    def test_the_dialog_keeps_the_explanation(self):
        _order, line = self.make_missing()
        action = line.with_user(self.controller).action_open_explanation()
        model = self.env[action["res_model"]].with_user(self.controller).with_context(**action["context"])
        with Form(model) as dialog:
            dialog.reason = "They broke"
        dialog.record.action_confirm()
        self.assertEqual(line.explanation, "They broke")

    # Declaring

    def make_undeclared(self):
        self.warehouse.manufacture_steps = "mrp_one_step"
        order = self.make_order()
        self.use(order, leg=38)
        order.closure_id.action_refresh()
        return order, order.closure_id.balance_ids.filtered(lambda line: line.product_id == self.leg)

    def test_in_one_step_nothing_is_missing_until_somebody_says_what_was_issued(self):
        order, line = self.make_undeclared()
        self.assertEqual(self.get_reasons(order), "")
        action = line.with_user(self.operator).action_open_declaration()
        model = self.env[action["res_model"]].with_user(self.operator).with_context(**action["context"])
        with Form(model) as dialog:
            self.assertEqual(dialog.quantity, 38)
            dialog.quantity = 40
        dialog.record.action_confirm()
        self.assertRecordValues(
            line, [{"issued_qty": 40, "declared_by_id": self.operator.id, "unaccounted_qty": 2, "is_declared": True}]
        )
        self.assertIn("40.0 Units issued, 38.0 Units accounted for", self.get_reasons(order))

    def test_a_declaration_is_a_quantity_of_an_order_that_picks_nothing(self):
        _order, line = self.make_undeclared()
        for quantity in (-1, float("nan"), float("inf"), "40", None, True):
            with self.subTest(quantity=quantity), self.assertRaisesRegex(UserError, "quantity of 0 or more"):
                line.with_user(self.operator).action_declare_issued(quantity)
        with self.assertRaises(AccessError):
            line.with_user(self.auditor).action_declare_issued(40)
        self.warehouse.manufacture_steps = "pbm"
        _order, line = self.make_missing()
        with self.assertRaisesRegex(UserError, "picked before manufacturing"):
            line.with_user(self.operator).action_declare_issued(40)

    def test_a_closed_order_hears_nothing_more(self):
        order, line = self.make_undeclared()
        self.assertEqual(self.finish_order(order), "done")
        with self.assertRaisesRegex(UserError, "reopen its closure"):
            line.with_user(self.operator).action_declare_issued(40)

    # Evidence

    def test_figures_cannot_be_written(self):
        order, line = self.make_missing()
        for user in (self.operator, self.controller, self.manager, self.env.ref("base.user_admin")):
            for vals in ({"unaccounted_qty": 0}, {"explained_by_id": user.id}, {"tolerance": 100}):
                with self.subTest(user=user.name, vals=vals), self.assertRaises(AccessError):
                    line.with_user(user).write(vals)
        with self.assertRaises(AccessError):
            line.sudo().copy()
        with self.assertRaises(AccessError):
            line.with_user(self.manager).unlink()
        with self.assertRaises(AccessError):
            self.env["mrp.closure.balance"].create({"closure_id": order.closure_id.id, "product_id": self.board.id})

    def test_an_explanation_that_is_written_passes_the_checks_of_the_action(self):
        order, line = self.make_missing()
        for user in (self.operator, self.auditor):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                line.with_user(user).write({"explanation": "None of your business"})
        with self.assertRaises(AccessError):
            line.with_user(self.controller).write({"explanation": "They broke", "unaccounted_qty": 0})
        with self.assertRaisesRegex(UserError, "give a reason"):
            line.with_user(self.controller).write({"explanation": False})
        line.with_user(self.controller).write({"explanation": "They broke"})
        self.assertRecordValues(line, [{"explained_by_id": self.controller.id, "explained_qty": 2}])
        self.assertEqual(self.get_reasons(order), "")

    def test_what_was_issued_is_declared_by_writing_it_too(self):
        _order, line = self.make_undeclared()
        with self.assertRaises(AccessError):
            line.with_user(self.auditor).write({"issued_qty": 40})
        line.with_user(self.operator).write({"issued_qty": 40})
        self.assertRecordValues(line, [{"declared_by_id": self.operator.id, "unaccounted_qty": 2}])

    def test_the_lines_are_there_as_soon_as_the_order_is_confirmed(self):
        self.warehouse.manufacture_steps = "mrp_one_step"
        order = self.make_order()
        self.assertRecordValues(
            order.closure_id.balance_ids,
            [{"product_id": self.board.id, "planned_qty": 10}, {"product_id": self.leg.id, "planned_qty": 40}],
        )
        self.assertTrue(all(order.closure_id.balance_ids.with_user(self.operator).mapped("can_declare")))

    def test_closures_without_the_point_have_no_lines(self):
        self.template.point_ids.unlink()
        order = self.make_issued(leg=30)
        order.closure_id.action_refresh()
        self.assertFalse(order.closure_id.balance_ids)
        self.assertEqual(self.finish_order(order), "done")

    def test_a_component_that_is_gone_loses_its_line(self):
        order = self.make_order()
        order.closure_id.action_refresh()
        self.assertEqual(order.closure_id.balance_ids.product_id, self.board | self.leg)
        glue = self.env["product.product"].create({"name": "Glue", "is_storable": True})
        scrap = self.scrap(order, glue, 1)
        order.closure_id.action_refresh()
        self.assertIn(glue, order.closure_id.balance_ids.product_id)
        scrap.sudo().production_id = False
        order.closure_id.action_refresh()
        self.assertNotIn(glue, order.closure_id.balance_ids.product_id)

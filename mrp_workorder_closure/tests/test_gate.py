from unittest.mock import patch

from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestGate(ClosureCase):
    """Mark as Done is refused until every blocking check is met."""

    def test_an_order_with_open_checks_cannot_be_marked_as_done(self):
        order = self.make_order()
        with self.assertRaises(RedirectWarning) as refusal:
            order.button_mark_done()
        message = refusal.exception.args[0]
        self.assertIn(order.name, message)
        self.assertIn("Area is tidy", message)
        self.assertIn("Tools are back", message)
        self.assertIn("Olga Operator", message)
        self.assertEqual(order.state, "confirmed")
        self.assertEqual(order.closure_state, "open")

    def test_once_the_checks_are_answered_produce_all_closes_the_order_in_one_click(self):
        order = self.make_order()
        self.pass_checks(order)
        self.assertTrue(order.button_mark_done())
        self.assertEqual(order.state, "done")
        self.assertEqual(order.closure_state, "closed")
        closure = order.closure_id
        self.assertEqual(closure.submitted_by_id, self.operator)
        self.assertTrue(closure.submitted_at and closure.approved_at and closure.closed_at)
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(self.table, self.stock), 10)

    def test_complete_figures_submit_themselves_when_the_last_check_is_answered(self):
        order = self.make_order()
        self.make_ready(order)
        order.closure_id.action_refresh()
        self.assertEqual(order.closure_state, "approved")
        order.button_mark_done()
        self.assertEqual(order.closure_state, "closed")

    def test_an_order_without_a_template_is_untouched(self):
        order = self.make_order(product=self.plain_table)
        self.assertFalse(order.closure_id)
        self.assertEqual(order.closure_state, "none")
        self.assertEqual(order.get_closure_blockers(), [])
        self.assertTrue(order.button_mark_done())
        self.assertEqual(order.state, "done")

    def test_an_error_after_the_posting_is_told_as_it_is_and_leaves_the_order_open(self):
        order = self.make_order()
        self.pass_checks(order)
        production = type(self.env["mrp.production"])

        def fail(order, consumed_moves):
            raise UserError("The label printer is on fire")

        # Core computes the price once the components are posted and before the product is.
        with patch.object(production, "_cal_price", fail), self.assertRaises(UserError) as error:
            order.button_mark_done()
        self.assertIn("label printer", str(error.exception))
        self.assertEqual((order.state, order.closure_state, order.closure_door), ("confirmed", "open", False))

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .routes import RouteCase


@tagged("post_install", "-at_install")
class TestCancel(RouteCase):
    """An order may be cancelled while nothing was consumed; afterwards only by a manager, with a reason."""

    def make_consumed(self, consumption="flexible", posted="move_raw_ids", components=True):
        """An order that consumed or produced something before a template covered it, and got its closure then."""
        product = self.env["product.product"].create({"name": "Shelf", "is_storable": True})
        lines = {} if components else {"bom_line_ids": [], "operation_ids": []}
        self.make_bom(product, consumption=consumption, **lines)
        order = self.make_order(product=product)
        moves = order[posted][:1]
        moves.quantity = 4
        moves.picked = True
        moves._action_done()
        self.assertEqual(moves.state, "done")
        self.template.product_ids += product
        self.template.with_user(self.manager).action_apply_to_open_orders()
        self.assertEqual(order.closure_state, "open")
        self.assertNotIn(order.state, ("done", "cancel"))
        return order

    def test_an_untouched_order_is_cancelled_with_its_closure(self):
        """D1"""
        for order in (self.make_order(), self.make_order(product=self.plain_table)):
            self.rpc(order, "action_cancel")
            self.assertEqual(order.state, "cancel")
            self.assertEqual(set((order.move_raw_ids | order.move_finished_ids).mapped("state")), {"cancel"})
        order = self.env["mrp.closure"].search([("template_id", "=", self.template.id)]).production_id
        self.assertEqual(order.closure_state, "cancel")
        self.assertEqual(order.get_closure_blockers(), [])

    def test_a_flexible_order_with_consumption_is_not_cancelled_by_an_operator(self):
        """D2"""
        order = self.make_consumed()
        self.assertRefused(
            order, lambda order: self.rpc(order, "action_cancel"), error=ValidationError, says="To cancel"
        )
        self.assertRefused(order, lambda order: order.sudo().action_cancel(), error=ValidationError, says="To cancel")

    def test_a_strict_order_with_consumption_is_not_cancelled_by_an_operator(self):
        """D3"""
        order = self.make_consumed(consumption="strict")
        self.assertRefused(order, lambda order: self.rpc(order, "action_cancel"), says="To cancel")

    def test_cancelling_moves_one_by_one_is_no_way_around(self):
        """D2, D3, D7"""
        order = self.make_consumed()
        rest = (order.move_raw_ids | order.move_finished_ids).filtered(lambda move: move.state != "done")
        self.assertRefused(order, lambda order: rest._action_cancel())
        self.assertRefused(order, lambda order: self.rpc(rest, "write", {"state": "cancel"}))
        self.assertRefused(order, lambda order: self.rpc(order, "write", {"state": "cancel"}))
        self.assertRefused(order, lambda order: order.sudo().write({"state": "cancel"}))

    def test_a_partly_produced_order_is_not_done_by_cancelling_the_rest(self):
        """D2b"""
        order = self.make_consumed(posted="move_finished_ids")
        self.assertRefused(order, lambda order: self.rpc(order, "action_cancel"))
        self.assertRefused(order, lambda order: order.sudo().action_cancel())

    def test_a_produced_order_without_components_is_not_done_by_cancelling_it(self):
        """D2c"""
        order = self.make_consumed(posted="move_finished_ids", components=False)
        self.assertFalse(order.move_raw_ids)
        self.assertRefused(order, lambda order: self.rpc(order, "action_cancel"))
        self.assertRefused(order, lambda order: order.sudo().action_cancel())

    def test_consumed_orders_close_with_the_button_once_ready(self):
        """D2, D2b"""
        for posted in ("move_raw_ids", "move_finished_ids"):
            with self.subTest(posted=posted):
                order = self.make_consumed(posted=posted)
                self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")
                self.pass_checks(order)
                result = self.rpc(order, "button_mark_done")
                if isinstance(result, dict) and result.get("res_model") == "mrp.production.backorder":
                    self.answer_wizard(result, "action_close_mo")
                self.assertEqual((order.state, order.closure_state), ("done", "closed"))

    def test_a_manager_cancels_a_consumed_order_with_a_reason(self):
        order = self.make_consumed()
        closure = order.closure_id
        cancel = "action_cancel_order"
        self.assertRefused(order, lambda order: self.rpc(closure, cancel, "Customer left"), error=AccessError)
        self.assertRefused(order, lambda order: self.rpc(closure, cancel, "  ", user=self.manager), error=UserError)
        self.assertRefused(order, lambda order: self.rpc(order, "action_cancel", user=self.manager), says="To cancel")
        self.rpc(closure, cancel, "Customer left", user=self.manager)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(closure.state, "cancel")
        self.assertEqual(closure.cancel_reason, "Customer left")
        self.assertEqual(set(order.move_raw_ids.mapped("state")), {"done", "cancel"})

    def test_the_reason_cannot_be_written_beforehand(self):
        order = self.make_consumed()
        for user in (self.operator, self.manager, self.env.ref("base.user_root")):
            self.assertRefused(
                order,
                lambda order, user=user: self.rpc(order.closure_id, "write", {"cancel_reason": "Mine"}, user=user),
                error=AccessError,
            )

    def test_a_manager_does_not_make_a_produced_order_done_by_cancelling_it(self):
        """D2b: what was produced is closed with the button."""
        order = self.make_consumed(posted="move_finished_ids")
        self.assertRefused(
            order, lambda order: self.rpc(order.closure_id, "action_cancel_order", "Enough", user=self.manager)
        )

    def test_a_closed_order_cannot_be_cancelled(self):
        order = self.make_closed()
        self.assertRefused(order, lambda order: self.rpc(order, "action_cancel"), says="")
        self.assertRefused(order, lambda order: self.rpc(order, "write", {"state": "cancel"}), says="reopen")
        self.assertRefused(
            order, lambda order: self.rpc(order.closure_id, "action_cancel_order", "No", user=self.manager), says=""
        )
        self.rpc(order.closure_id, "action_reopen", "Wrong lot", user=self.manager)
        self.assertRefused(order, lambda order: self.rpc(order, "write", {"state": "cancel"}), says="stays done")
        self.assertRefused(
            order, lambda order: self.rpc(order.closure_id, "action_cancel_order", "No", user=self.manager), says=""
        )

    def test_an_untouched_order_is_deleted_with_its_closure(self):
        """D4"""
        order = self.make_order()
        closure = order.closure_id
        manager = self.manager
        manager.group_ids += self.env.ref("mrp.group_mrp_manager")
        self.rpc(order, "unlink", user=manager)
        self.assertFalse(order.exists())
        self.assertFalse(closure.exists())

    def test_a_closed_or_consumed_order_cannot_be_deleted(self):
        """D4"""
        self.manager.group_ids += self.env.ref("mrp.group_mrp_manager")
        for order in (self.make_closed(), self.make_consumed()):
            self.assertRefused(order, lambda order: self.rpc(order, "unlink", user=self.manager), says="")
            self.assertRefused(order, lambda order: order.sudo().unlink(), says="")
            self.assertTrue(order.closure_id.exists())

    def test_cancelling_the_last_component_cancels_the_order_with_its_closure(self):
        """D7"""
        order = self.make_order()
        for move in order.move_raw_ids:
            move._action_cancel()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.closure_state, "cancel")

    def test_a_cancelled_order_does_not_come_back_to_life(self):
        order = self.make_order()
        self.pass_checks(order)
        self.rpc(order, "action_cancel")
        for state in ("confirmed", "progress", "to_close", "done"):
            with self.subTest(state=state):

                def revive(order, state=state):
                    self.rpc(order, "write", {"state": state})
                    self.rpc(order, "button_mark_done")

                self.assertRefused(order, revive)
                self.assertEqual(order.closure_state, "cancel")

    def test_another_order_of_the_same_need_is_gated_again_after_a_cancel(self):
        order = self.make_order()
        self.rpc(order, "action_cancel")
        again = self.env["mrp.production"].browse(self.rpc(order, "copy"))
        self.assertEqual(again.closure_template_id, self.template)
        self.rpc(again, "action_confirm")
        self.assertEqual(again.closure_state, "open")
        self.assertEqual(again.closure_id.check_ids.mapped("state"), ["todo", "todo"])

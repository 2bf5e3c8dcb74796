from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common_material import MaterialCase


@tagged("post_install", "-at_install")
class TestBalanceShared(MaterialCase):
    """Orders that were issued material together: each quantity is exactly one order's."""

    def make_backorder(self, order, made, **used):
        """Close the order with ``made`` pieces and leave the rest to a backorder."""
        order.qty_producing = made
        order.set_qty_producing()
        for name, quantity in used.items():
            self.get_move(order, getattr(self, name)).quantity = quantity
        order.move_raw_ids.picked = True
        order.workorder_ids.button_finish()
        order.closure_id.with_user(self.operator).action_keep_backorder()
        action = order.with_user(self.operator).button_mark_done()
        wizard = self.env[action["res_model"]].with_user(self.operator).with_context(**action["context"])
        wizard.create({}).action_backorder()
        self.env.invalidate_all()
        return order.production_group_id.production_ids.sorted("id")[-1]

    def sum_issued(self, orders):
        return sum(self.get_figures(order, self.leg).issued_qty for order in orders)

    def test_what_a_backorder_will_need_is_not_missing(self):
        order = self.make_issued()
        order.qty_producing = 6
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        self.assertLeg(order, issued=40, consumed=24, unaccounted=16)
        order.closure_id.with_user(self.operator).action_keep_backorder()
        self.assertLeg(order, issued=24, consumed=24, unaccounted=0)

    def test_the_rest_of_an_undecided_order_may_be_left_to_a_backorder(self):
        order = self.make_issued()
        order.qty_producing = 6
        order.set_qty_producing()
        message = order.with_user(self.operator).get_closure_blockers()[0]["message"]
        self.assertIn("16.0 Units left: leave the rest to a backorder on the closure, or return it", message)

    def test_where_the_rest_always_becomes_a_backorder_nobody_has_to_decide_it(self):
        order = self.make_issued()
        order.picking_type_id.sudo().create_backorder = "always"
        order.qty_producing = 6
        order.set_qty_producing()
        order.workorder_ids.button_finish()
        order.with_user(self.operator).button_mark_done()
        backorder = order.production_group_id.production_ids - order
        self.assertEqual((order.state, order.closure_id.state), ("done", "closed"))
        self.assertLeg(order, issued=24, consumed=24, unaccounted=0)
        self.assertLeg(backorder, issued=16, consumed=0)

    def test_a_backorder_gets_what_is_left_of_the_transfer(self):
        order = self.make_issued()
        backorder = self.make_backorder(order, 6)
        self.assertEqual((order.state, order.closure_id.state), ("done", "closed"))
        self.assertLeg(order, planned=24, issued=24, consumed=24, unaccounted=0)
        self.assertLeg(backorder, planned=16, issued=16, consumed=0)
        stored = order.closure_id.balance_ids.filtered(lambda line: line.product_id == self.leg)
        self.assertRecordValues(stored, [{"planned_qty": 24, "issued_qty": 24, "consumed_qty": 24}])
        self.assertEqual(self.sum_issued(order | backorder), 40)

    def test_what_comes_after_closing_is_the_backorders(self):
        order = self.make_issued()
        before = order.name
        backorder = self.make_backorder(order, 6, leg=25)
        self.assertLeg(order, issued=25)
        late = self.make_transfer(self.leg, 7, origin=before)
        late.move_ids.move_line_ids.date = fields.Datetime.now() + timedelta(hours=1)
        self.assertLeg(order, issued=25, unaccounted=0)
        self.assertEqual(self.sum_issued(order | backorder), 47)
        back = self.give_back(late, self.leg, 3)
        back.move_ids.move_line_ids.date = fields.Datetime.now() + timedelta(hours=1)
        self.assertLeg(order, issued=25, returned=0)
        self.assertLeg(backorder, returned=3)

    def test_a_split_order_is_issued_its_half(self):
        order = self.make_issued()
        order._split_productions({order: [5, 5]})
        halves = order.production_group_id.production_ids.sorted("id")
        self.assertEqual(len(halves), 2)
        for half in halves:
            self.assertLeg(half, planned=20, issued=20)
        self.use(halves[1], leg=22)
        self.assertLeg(halves[1], issued=22, consumed=22, unaccounted=0)
        self.assertLeg(halves[0], issued=18)
        self.assertEqual(self.sum_issued(halves), 40)

    def test_a_merged_order_is_issued_what_both_were(self):
        orders = self.make_order(qty=4) | self.make_order(qty=6)
        self.issue(orders[0])
        orders.action_merge()
        merged = self.env["mrp.production"].search([("product_id", "=", self.table.id)], order="id desc", limit=1)
        self.issue(merged)
        self.assertLeg(merged, planned=40, issued=40)

    def test_orders_beside_each_other_do_not_share(self):
        orders = self.make_issued() | self.make_issued(qty=5)
        for order, issued in zip(orders, (40, 20), strict=True):
            self.assertLeg(order, issued=issued)

    def test_one_transfer_for_two_orders_is_shared_by_need(self):
        orders = self.make_order(qty=4) | self.make_order(qty=6)
        first, second = (self.get_move(order, self.leg) for order in orders)
        shared = first.move_orig_ids
        second.move_orig_ids._action_cancel()
        second.move_orig_ids = [Command.set(shared.ids)]
        shared.write({"product_uom_qty": 45, "quantity": 45})
        self.issue(orders[0])
        self.assertLeg(orders[0], issued=16)
        self.assertLeg(orders[1], issued=29)
        alone = orders[0].closure_id._compute_balances()[orders[0].closure_id]
        self.assertEqual(alone[self.leg, self.env["stock.lot"]].issued_qty, 16, "looked at alone, the same")

    def test_a_closed_order_keeps_its_lines(self):
        order = self.make_issued(leg=40)
        order.workorder_ids.button_finish()
        order.with_user(self.operator).button_mark_done()
        self.assertEqual(order.closure_id.state, "closed")
        line = order.closure_id.balance_ids.filtered(lambda line: line.product_id == self.leg)
        self.give_back(order.picking_ids, self.leg, 1)
        order.closure_id.action_refresh()
        self.assertRecordValues(line, [{"issued_qty": 40, "consumed_qty": 40, "returned_qty": 0, "unaccounted_qty": 0}])

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common_leftover import LeftoverCase


@tagged("post_install", "-at_install")
class TestLeftoverKeep(LeftoverCase):
    """Leftovers stay at the line: the next order there is offered them, or another one is handed them."""

    def keep(self, quantity=4, **vals):
        order = self.make_issued(leg=40 - quantity)
        return order, self.settle(order.closure_id, (self.leg, "keep", quantity), **vals)

    def take(self, leftover, order, quantity=None, user=None):
        return leftover.with_user(user or self.operator).action_take_over(order.closure_id.id, quantity)

    def test_kept_goods_stay_where_they_are_and_settle_the_order(self):
        order, leftover = self.keep()
        self.assertEqual((leftover.state, leftover.act, leftover.location_id), ("kept", "keep", self.line))
        self.assertEqual(self.get_stock(self.leg, self.line), 40)
        figures = self.get_figures(order, self.leg)
        self.assertEqual((figures.kept_qty, figures.unaccounted_qty), (4, 0))
        self.assertFalse(leftover.move_id)

    def test_the_next_order_on_the_line_is_offered_them_and_takes_a_part(self):
        order, leftover = self.keep()
        following = self.make_order()
        closure = following.closure_id.with_user(self.operator)
        self.assertEqual((closure.offered_leftover_count, closure.offered_leftover_ids), (1, leftover))
        form = Form(self.open_dialog(closure, method="action_take_over"))
        with form.line_ids.edit(0) as line:
            self.assertEqual((line.product_id, line.available_qty, line.quantity), (self.leg, 4, 4))
            self.assertEqual(line.source_name, order.name)
            line.quantity = 3
        form.save().action_confirm()
        taken = following.closure_id.taken_leftover_ids
        self.assertEqual((taken.quantity, taken.closure_id, taken.state), (3, order.closure_id, "taken"))
        self.assertEqual((leftover.quantity, leftover.state), (1, "kept"))
        self.assertEqual(self.get_figures(following, self.leg).opening_qty, 3)
        self.assertEqual(self.get_figures(order, self.leg).kept_qty, 4, "what the first order kept stays its own")
        self.assertEqual(closure.offered_leftover_ids.quantity, 1)

    def test_taken_goods_can_be_used_by_the_order_that_took_them(self):
        _order, leftover = self.keep()
        following = self.make_issued()
        self.take(leftover, following)
        self.use(following, leg=44)
        self.assertEqual(self.get_figures(following, self.leg).unaccounted_qty, 0)
        following.with_user(self.operator).button_mark_done()
        self.assertEqual((following.state, following.closure_id.state), ("done", "closed"))

    def test_a_closed_order_still_offers_what_it_kept(self):
        order, leftover = self.keep()
        order.with_user(self.operator).button_mark_done()
        self.assertEqual(order.closure_id.state, "closed")
        following = self.make_order()
        self.take(leftover, following, 4)
        self.assertEqual(leftover.taken_closure_id, following.closure_id)
        self.assertEqual(leftover.taken_by_id, self.operator)

    def test_nobody_takes_what_is_gone_or_more_than_there_is(self):
        _order, leftover = self.keep()
        first, second = self.make_order(), self.make_order()
        for quantity in (5, 0, -1):
            with self.subTest(quantity=quantity), self.assertRaisesRegex(UserError, "at most"):
                self.take(leftover, first, quantity)
        self.take(leftover, first)
        with self.assertRaisesRegex(UserError, "somebody took it meanwhile"):
            self.take(leftover, second)

    def test_only_orders_that_need_it_at_the_same_line_are_offered_it(self):
        order, leftover = self.keep()
        glue = self.env["product.product"].create({"name": "Glue", "is_storable": True})
        glued = self.make_bom(glue)
        glued.bom_line_ids.filtered(lambda line: line.product_id == self.leg).unlink()
        self.template.product_ids |= glue
        shelf = self.env["stock.location"].create({"name": "Second line", "location_id": self.stock.location_id.id})
        unneeding = self.make_order(product=glue)
        elsewhere = self.make_order(location_src_id=shelf.id)
        for other in (unneeding, elsewhere, order):
            with self.subTest(order=other.name):
                self.assertFalse(other.closure_id.offered_leftover_count)
                with self.assertRaises(UserError):
                    self.take(leftover, other)

    def test_what_lies_at_a_work_center_is_for_orders_that_work_there(self):
        order, leftover = self.keep(workcenter_id=self.workcenter.id)
        self.assertEqual(leftover.workcenter_id, self.workcenter)
        bench = self.env["mrp.workcenter"].create({"name": "Other Bench"})
        here = self.make_order()
        there = self.make_order()
        there.workorder_ids.workcenter_id = bench
        self.assertEqual(here.closure_id.offered_leftover_ids, leftover)
        self.assertFalse(there.closure_id.offered_leftover_ids)
        with self.assertRaisesRegex(UserError, "another line"):
            self.take(leftover, there)
        other = self.make_issued(leg=39)
        with self.assertRaisesRegex(UserError, "choose one of the order"):
            self.settle(other.closure_id, (self.leg, "keep", 1), workcenter_id=bench.id)

    def test_a_leftover_is_handed_directly_to_another_order(self):
        order, following = self.make_issued(leg=36), self.make_order()
        with self.assertRaisesRegex(UserError, "choose the order that takes them"):
            self.settle(order.closure_id, (self.leg, "transfer", 4))
        self.settle(order.closure_id, (self.leg, "transfer", 4), target_closure_id=following.closure_id.id)
        self.assertEqual(self.get_figures(order, self.leg).transferred_qty, 4)
        self.assertEqual(self.get_figures(order, self.leg).unaccounted_qty, 0)
        self.assertEqual(self.get_figures(following, self.leg).opening_qty, 4)
        self.assertEqual(order.closure_id.leftover_ids.state, "taken")
        third = self.make_issued(leg=36)
        with self.assertRaisesRegex(UserError, "choose another order"):
            self.settle(third.closure_id, (self.leg, "transfer", 4), target_closure_id=third.closure_id.id)

    def test_what_was_kept_can_go_back_to_stock_later(self):
        order, leftover = self.keep()
        self.settle(order.closure_id, (self.leg, "return", 1))
        self.assertEqual((leftover.quantity, leftover.state), (3, "kept"))
        figures = self.get_figures(order, self.leg)
        self.assertEqual((figures.kept_qty, figures.returned_qty, figures.unaccounted_qty), (3, 1, 0))
        self.assertEqual(self.get_stock(self.leg, self.line), 39)
        order.with_user(self.operator).button_mark_done()
        wizard = self.env["mrp.closure.return"].with_user(self.controller)
        wizard = wizard.create({"closure_ids": order.closure_id.ids, "reason": "Cleared the line"})
        wizard.line_ids.act = "return"
        wizard.action_confirm()
        self.assertEqual((leftover.state, leftover.act), ("returned", "keep"))
        self.assertEqual(self.get_figures(order, self.leg).kept_qty, 3, "the closed order's balance stays")
        self.assertEqual(self.get_stock(self.leg, self.line), 0)

    def test_kept_and_handed_goods_are_no_longer_reserved_for_the_order_that_gave_them(self):
        order, following = self.make_issued(), self.make_order()
        self.settle(order.closure_id, (self.leg, "keep", 4))
        self.assertEqual(self.get_move(order, self.leg).quantity, 36)
        self.settle(order.closure_id, (self.board, "transfer", 2), target_closure_id=following.closure_id.id)
        self.assertEqual(self.get_move(order, self.board).quantity, 8)

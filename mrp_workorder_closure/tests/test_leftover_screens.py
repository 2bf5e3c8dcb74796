from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_leftover import LeftoverCase
from .screens import ScreenCase


@tagged("post_install", "-at_install")
class TestLeftoverScreens(LeftoverCase, ScreenCase):
    """One screen for the warehouse controller: what lies at the line, its value and age, and one return for many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env.ref("mrp_workorder_closure.mrp_closure_balance_action_leftovers")
        cls.list_view = cls.env.ref("mrp_workorder_closure.mrp_closure_balance_view_list_leftovers")

    def look(self, user=None):
        """Lines of the screen with its default filter."""
        domain = fields.Domain([("open_qty", ">", 0)])
        domain &= fields.Domain(["|", ("is_in_production", "=", False), ("kept_open_qty", ">", 0)])
        return self.env["mrp.closure.balance"].with_user(user or self.controller).search(domain)

    def make_finished(self, **used):
        order = self.make_issued(**used)
        order.workorder_ids.button_finish()
        order.closure_id.action_refresh()
        return order

    def test_it_lists_what_is_left_with_value_and_age(self):
        order = self.make_finished(leg=36)
        line = self.look()
        self.assertEqual((line.product_id, line.open_qty, line.open_value), (self.leg, 4, 20))
        self.assertEqual(line.closure_id, order.closure_id)
        line.sudo()._write_evidence({"last_move_date": fields.Datetime.now() - timedelta(days=3)})
        self.assertEqual(line.age_days, 3)

    def test_an_order_in_production_is_not_to_be_cleared_yet(self):
        order = self.make_issued()
        order.closure_id.action_refresh()
        self.assertFalse(self.look())
        self.assertEqual(sum(order.closure_id.balance_ids.mapped("open_qty")), 50)

    def test_kept_goods_stay_listed_until_they_are_taken(self):
        order = self.make_finished(leg=36)
        self.settle(order.closure_id, (self.leg, "keep", 4))
        order.with_user(self.operator).button_mark_done()
        line = self.look()
        self.assertEqual((line.kept_open_qty, line.open_qty, line.closure_state), (4, 4, "closed"))
        following = self.make_order()
        order.closure_id.leftover_ids.with_user(self.operator).action_take_over(following.closure_id.id, 1)
        self.assertEqual(line.open_qty, 3)
        kept = order.closure_id.leftover_ids.filtered(lambda leftover: leftover.state == "kept")
        kept.with_user(self.operator).action_take_over(following.closure_id.id)
        self.assertFalse(line & self.look())

    def test_leftovers_of_several_orders_return_by_one_dialog_and_one_transfer_each(self):
        orders = self.make_finished(leg=36, board=9) | self.make_finished(leg=38)
        lines = self.look().filtered(lambda line: line.product_id == self.leg)
        action = lines.action_return()
        wizard = self.env["mrp.closure.return"].with_user(self.controller).with_context(**action["context"])
        wizard = wizard.create({"reason": "Clearing the line"})
        self.assertEqual(wizard.line_ids.product_id, self.leg, "only what was selected")
        wizard.action_confirm()
        self.env.invalidate_all()
        moves = orders.closure_id.leftover_ids.move_id
        self.assertEqual(len(moves.picking_id), 2)
        self.assertEqual(sorted(moves.mapped("quantity")), [2, 4])
        for order in orders:
            self.assertIn(order.closure_id.leftover_ids.move_id.picking_id, order.picking_ids)
        self.assertEqual(self.look().product_id, self.board, "the rest is still there")

    def test_the_mass_return_includes_what_closed_orders_kept(self):
        order = self.make_finished(leg=36)
        self.settle(order.closure_id, (self.leg, "keep", 4))
        order.with_user(self.operator).button_mark_done()
        action = self.look().action_return()
        wizard = self.env["mrp.closure.return"].with_user(self.controller).with_context(**action["context"])
        wizard.create({"reason": "Clearing the line"}).action_confirm()
        self.assertEqual(self.get_stock(self.leg, self.line), 36 - 36)
        self.assertEqual(order.closure_id.leftover_ids.state, "returned")

    def test_everybody_of_ours_opens_it_without_rights_on_stock(self):
        order = self.make_finished(leg=36)
        self.settle(order.closure_id, (self.leg, "keep", 1))
        self.env.invalidate_all()
        cost = new_test_user(
            self.env, "closure_cost", groups="base.group_user,mrp_workorder_closure.group_cost_controller"
        )
        for user in (self.controller, self.operator, self.auditor, cost):
            with self.subTest(user=user.login):
                balances = self.env["mrp.closure.balance"].with_user(user)
                self.assertEqual(len(self.open_list(balances, [("open_qty", ">", 0)], view_id=self.list_view.id)), 1)
                leftovers = self.env["mrp.closure.leftover"].with_user(user)
                for row in self.open_list(leftovers, []):
                    self.open_form(leftovers.browse(row["id"]))
                self.open_form(order.closure_id.with_user(user))
        with self.assertRaises(AccessError):
            self.look(self.auditor).action_return()

    def test_only_warehouse_controllers_see_the_menu(self):
        menu = self.env.ref("mrp_workorder_closure.mrp_closure_leftover_menu")
        for user, sees in ((self.controller, True), (self.manager, True), (self.auditor, False)):
            with self.subTest(user=user.login):
                self.assertEqual(menu.id in self.env["ir.ui.menu"].with_user(user)._visible_menu_ids(), sees)

    def test_a_mass_return_reads_the_same_for_1_and_for_20_orders(self):
        """Figures are read for all orders at once; only making the transfers takes its time for each."""
        orders = self.env["mrp.production"].union(*(self.make_issued(qty=1, leg=3) for _number in range(20)))

        def fill_in(closures):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard = self.env["mrp.closure.return"].with_user(self.controller)
            wizard.create({"reason": "x", "closure_ids": [Command.set(closures.ids)]})
            return self.env.cr.sql_log_count - before

        fill_in(orders.closure_id[:2])
        one, many = fill_in(orders.closure_id[:1]), fill_in(orders.closure_id)
        self.assertLessEqual(many, one + 8)

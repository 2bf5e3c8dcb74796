from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .common_inspection import InspectionCase
from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestNonconformityOfChangedLot(InspectionCase):
    """A lot that is rejected again keeps its one nonconformity: no quantity counts twice."""

    def reject(self, qty=10, defective=3, **vals):
        inspection = self.make_inspection(qty=qty, **vals)
        self.decide(inspection, defective=defective)
        self.assertEqual(inspection.state, "rejected")
        return inspection, inspection.closure_id.nonconformity_ids.with_user(self.inspector)

    def change(self, inspection, qty, defective):
        """Another quantity is produced, inspected and rejected."""
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        self.produce(order, qty)
        self.assertEqual(inspection.state, "todo")
        self.decide(inspection, defective=defective)
        return order

    def close(self, order):
        order.button_mark_done()
        self.assertEqual(order.closure_state, "closed")

    def get_accepted(self):
        return self.env["stock.quant"]._get_available_quantity(self.table, self.stock)

    def test_the_nonconformity_of_a_lot_that_grew_grows_with_it(self):
        inspection, nonconformity = self.reject()
        nonconformity.action_disposition([{"disposition": "scrap", "quantity": 10}])
        order = self.change(inspection, 12, 3)
        self.assertEqual(inspection.closure_id.nonconformity_ids, nonconformity)
        self.assertEqual((nonconformity.quantity, nonconformity.open_quantity), (12, 2))
        self.assertEqual(nonconformity.state, "review")
        summary = nonconformity.sudo().activity_ids.filtered(lambda todo: todo.user_id == self.inspector).summary
        self.assertIn("decide about 2.0 Units", summary)
        nonconformity.action_disposition([{"disposition": "quarantine", "quantity": 2}])
        self.assertFalse(nonconformity.sudo().activity_ids)
        self.close(order)
        self.assertEqual(self.get_accepted(), 0)
        self.assertEqual(order.closure_id.scrapped_qty, 10)
        self.assertEqual(order.closure_id.quarantined_qty, 2)

    def test_of_a_lot_that_shrank_it_is_decided_anew(self):
        inspection, nonconformity = self.reject()
        line = nonconformity.action_disposition([{"disposition": "scrap", "quantity": 10}])
        order = self.change(inspection, 8, 3)
        self.assertEqual(inspection.closure_id.nonconformity_ids, nonconformity)
        self.assertEqual((line.status, line.withdrawn_by_id), ("withdrawn", self.inspector))
        self.assertEqual((nonconformity.quantity, nonconformity.open_quantity), (8, 8))
        with self.assertRaisesRegex(RedirectWarning, nonconformity.name):
            order.button_mark_done()
        nonconformity.action_disposition([{"disposition": "scrap", "quantity": 8}])
        order.with_context(skip_backorder=True).button_mark_done()
        self.assertEqual(order.closure_id.scrapped_qty, 8)

    def test_where_every_piece_was_looked_at_the_new_count_holds(self):
        inspection, nonconformity = self.reject(scope="full")
        nonconformity.action_disposition([{"disposition": "scrap", "quantity": 3}])
        order = self.change(inspection, 12, 4)
        self.assertEqual((nonconformity.quantity, nonconformity.open_quantity), (4, 1))
        nonconformity.action_disposition([{"disposition": "scrap", "quantity": 1}])
        self.close(order)
        self.assertEqual(self.get_accepted(), 8)

    def test_the_same_count_again_leaves_the_decision_as_it_is(self):
        inspection, nonconformity = self.reject(scope="full")
        line = nonconformity.action_disposition([{"disposition": "scrap", "quantity": 3}])
        order = self.change(inspection, 12, 3)
        self.assertEqual((nonconformity.state, line.status), ("dispositioned", "decided"))
        self.close(order)
        self.assertEqual(self.get_accepted(), 9)

    def test_reworked_goods_that_fail_again_are_decided_about_again(self):
        inspection, nonconformity = self.reject(scope="full")
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        line = nonconformity.action_disposition([{"disposition": "rework", "quantity": 3}])
        workorder = line.sudo().workorder_id
        workorder.with_user(self.operator).button_finish()
        self.decide(inspection, defective=2)
        self.assertEqual(inspection.closure_id.nonconformity_ids, nonconformity)
        self.assertEqual((line.status, workorder.state), ("withdrawn", "done"))
        self.assertEqual((nonconformity.state, nonconformity.quantity, nonconformity.open_quantity), ("review", 2, 2))
        with self.assertRaisesRegex(RedirectWarning, nonconformity.name):
            order.button_mark_done()
        nonconformity.action_disposition([{"disposition": "scrap", "quantity": 2}])
        self.close(order)
        self.assertEqual(self.get_accepted(), 8)

    def test_rework_that_fails_leaves_what_else_was_decided(self):
        inspection, nonconformity = self.reject(scope="full", defective=5)
        scrap, rework = nonconformity.action_disposition(
            [{"disposition": "scrap", "quantity": 2}, {"disposition": "rework", "quantity": 3}]
        )
        rework.sudo().workorder_id.with_user(self.operator).button_finish()
        self.decide(inspection, defective=1)
        self.assertEqual((scrap.status, rework.status), ("decided", "withdrawn"))
        self.assertEqual((nonconformity.quantity, nonconformity.open_quantity), (3, 1))

    def test_a_new_nonconformity_after_a_closed_one_says_so(self):
        inspection, nonconformity = self.reject(scope="full")
        nonconformity.with_user(self.manager).action_disposition(
            [{"disposition": "use_as_is", "quantity": 3, "reason": "Hidden side"}]
        )
        nonconformity.action_close()
        self.change(inspection, 12, 1)
        second = inspection.closure_id.nonconformity_ids - nonconformity
        self.assertEqual(second.quantity, 1)
        self.assertIn(f"again after {nonconformity.name}", second.description)


@tagged("post_install", "-at_install")
class TestDecisionsAboutTooMuch(NonconformityCase):
    """When less is produced than was decided about, everybody knows before the order closes."""

    def make_decided(self, quantity=10):
        order = self.make_order()
        self.make_ready(order)
        nonconformity = self.report(order, quantity)
        self.decide(nonconformity, ("scrap", quantity))
        order.closure_id.action_refresh()
        return order, nonconformity

    def produce(self, order, quantity):
        order.qty_producing = quantity
        order.set_qty_producing()
        order.move_raw_ids.picked = True

    def test_the_closure_and_the_nonconformity_say_it_as_soon_as_less_is_produced(self):
        order, nonconformity = self.make_decided()
        self.assertEqual((order.closure_state, nonconformity.is_excessive), ("approved", False))
        self.produce(order, 8)
        self.assertEqual((order.closure_state, nonconformity.is_excessive), ("open", True))
        self.assertIn(f"correct what was decided about {nonconformity.name}", order.closure_id.blocker_message)
        self.assertEqual([blocker["code"] for blocker in order.get_closure_blockers()], ["nonconformity"])
        todo = nonconformity.sudo().activity_ids
        self.assertEqual(todo.user_id, self.inspector)
        self.assertIn("more of Table", todo.summary)
        order.closure_id.action_refresh()
        self.assertEqual(nonconformity.sudo().activity_ids, todo, "told once")
        self.produce(order, 10)
        self.assertFalse(nonconformity.is_excessive)
        self.assertFalse(nonconformity.sudo().activity_ids)
        self.assertFalse(order.get_closure_blockers())

    def test_two_nonconformities_about_the_same_goods_cannot_both_take_them(self):
        order, first = self.make_decided(6)
        second = self.report(order, 6)
        self.decide(second, ("quarantine", 6))
        self.assertTrue(first.is_excessive and second.is_excessive)
        with self.assertRaisesRegex(RedirectWarning, f"{second.name}, {first.name}|{first.name}, {second.name}"):
            self.close(order)
        second.with_user(self.inspector).action_review()
        second.with_user(self.inspector).quantity = 4
        self.decide(second, ("quarantine", 4))
        self.close(order)
        self.assertStock(self.table, quarantined=4, scrapped=6)

    def test_nothing_is_too_much_before_a_quantity_is_entered(self):
        order = self.make_order()
        nonconformity = self.report(order, 3)
        self.decide(nonconformity, ("scrap", 3))
        self.assertFalse(order.get_closure_blockers())
        self.assertFalse(nonconformity.is_excessive)

    def test_a_lot_that_is_not_made_is_noticed_early(self):
        product = self.make_product("serial")
        order = self.make_tracked_order(product, qty=3)
        nonconformity = self.report(order, 1)
        lots = order.lot_producing_ids
        self.decide(nonconformity, ("scrap", 1, {"lot_ids": [Command.set(lots[0].ids)]}))
        self.assertFalse(order.get_closure_blockers())
        order.lot_producing_ids = lots[1:]
        self.assertIn(lots[0].name, order.get_closure_blockers()[0]["message"])

    def test_the_look_costs_the_same_for_any_number_of_orders(self):
        def count(number):
            orders = self.env["mrp.production"]
            for _number in range(number):
                orders |= self.make_decided(3)[0]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders.sudo().closure_id._get_excesses(final=True)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(12))

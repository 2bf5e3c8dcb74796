from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common_rules import RuleCase


@tagged("post_install", "-at_install")
class TestDates(RuleCase):
    """Nothing of an order is dated after its closing: no move, no transfer, no time log."""

    def post_components(self, order, date):
        """Components taken from their warehouse by a transfer that is dated like this."""
        picking = order.picking_ids
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        picking.date_done = date
        picking.move_ids.date = fields.Datetime.now()
        return picking

    def test_a_move_dated_in_the_future_blocks(self):
        order = self.make_rule_order("dates_consistent")
        scrap = self.env["stock.scrap"].create(
            {"product_id": self.leg.id, "scrap_qty": 1, "production_id": order.id, "location_id": self.stock.id}
        )
        scrap.do_scrap()
        self.assertHolds(order)
        scrap.move_ids.date = fields.Datetime.now() + timedelta(hours=1)
        self.assertBlocks(order, "the move of Leg lies in the future")
        scrap.move_ids.date = fields.Datetime.now()
        self.assertHolds(order)

    def test_a_planned_move_may_lie_in_the_future(self):
        order = self.make_rule_order("dates_consistent", date_start=fields.Datetime.now() + timedelta(days=9))
        self.assertGreater(min(order.move_raw_ids.mapped("date")), fields.Datetime.now())
        self.assertHolds(order)

    def test_a_transfer_dated_in_the_future_blocks(self):
        self.warehouse.manufacture_steps = "pbm"
        order = self.make_rule_order("dates_consistent")
        picking = self.post_components(order, fields.Datetime.now() + timedelta(hours=1))
        self.assertBlocks(order, f"transfer {picking.name} lies in the future")
        picking.date_done = fields.Datetime.now()
        self.assertHolds(order)

    def test_a_reopened_closure_is_compared_with_the_day_of_its_second_closing(self):
        order = self.make_rule_order("dates_consistent")
        order.button_mark_done()
        self.assertEqual(order.closure_state, "closed")
        order.closure_id.with_user(self.manager).action_reopen("Count again")
        order.move_raw_ids[0].date = order.date_finished + timedelta(hours=1)
        self.assertBlocks(order, f"the move of {order.move_raw_ids[0].product_id.name} lies in the future")
        order.move_raw_ids[0].date = fields.Datetime.now()
        self.assertHolds(order)
        order.closure_id.with_user(self.operator).action_submit()
        self.assertEqual(order.closure_state, "closed")


@tagged("post_install", "-at_install")
class TestDatesOfThePast(RuleCase):
    """A trial asks what the check would have said on the day the order ended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.manufacture_steps = "pbm_sam"
        cls.trial_template = cls.env["mrp.closure.template"].create(
            {
                "name": "Dates of plain tables",
                "active": False,
                "product_ids": [Command.set(cls.plain_table.ids)],
                "point_ids": [Command.create({"name": "Dates", "kind": "dates_consistent"})],
            }
        )

    def make_stored(self):
        """An order that ended yesterday; its product was stored today."""
        order = self.make_order(product=self.plain_table)
        picking = order.picking_ids
        picking.move_ids.picked = True
        picking.button_validate()
        order.button_mark_done()
        yesterday = fields.Datetime.now() - timedelta(days=1)
        order.date_finished = picking.date_done = yesterday
        (order.all_move_raw_ids | order.all_move_ids | picking.move_ids).date = yesterday
        order.workorder_ids.time_ids.write({"date_start": yesterday, "date_end": yesterday})
        store = order.move_finished_ids.move_dest_ids.picking_id
        store.move_ids.picked = True
        store.button_validate()
        self.assertGreater(store.date_done, order.date_finished)
        return order

    def get_findings(self):
        self.env.flush_all()
        self.env.invalidate_all()
        count, findings = self.trial_template.with_user(self.manager)._try_on_done_orders(5)
        self.assertEqual(count, 1)
        return [finding["finding"] for finding in findings]

    def test_what_was_posted_after_the_end_of_the_order_would_have_held_it_up(self):
        order = self.make_stored()
        move = order.move_raw_ids.filtered(lambda move: move.product_id == self.leg)
        move.date = order.date_finished + timedelta(hours=2)
        self.assertEqual(self.get_findings(), ["the move of Leg lies in the future"])

    def test_a_transfer_of_components_after_the_end_of_the_order_would_have_held_it_up(self):
        order = self.make_stored()
        supply = order.move_raw_ids.move_orig_ids.picking_id
        supply.date_done = order.date_finished + timedelta(hours=2)
        self.assertEqual(self.get_findings(), [f"transfer {supply.name} lies in the future"])

    def test_an_order_that_was_just_closed_has_no_conflict(self):
        self.make_order(product=self.plain_table).button_mark_done()
        self.assertEqual(self.get_findings(), [])

    def test_storing_and_scrapping_the_finished_product_later_is_no_conflict(self):
        order = self.make_stored()
        self.env["stock.scrap"].create(
            {"product_id": self.plain_table.id, "scrap_qty": 1, "production_id": order.id, "location_id": self.stock.id}
        ).do_scrap()
        self.assertGreater(order.scrap_ids.move_ids.date, order.date_finished)
        self.assertEqual(self.get_findings(), [])

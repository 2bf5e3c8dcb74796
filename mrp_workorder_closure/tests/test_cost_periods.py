from ast import literal_eval

from freezegun import freeze_time

from odoo.fields import Domain
from odoo.tests import tagged

from .common_cost import CostCase


@tagged("post_install", "-at_install")
class TestCostPeriods(CostCase):
    """After the end of a period finance finds what was finished by then and was not closed, with the value at stake."""

    def finish(self, at, **recorded):
        with freeze_time(at):
            order = self.make_order()
            self.produce(order, **recorded)
            order.closure_id.action_refresh()
        return order

    def find(self, *leaves, **context):
        action = self.env.ref("mrp_workorder_closure.mrp_closure_action_not_closed").sudo()
        domain = Domain(literal_eval(action.domain)) & Domain("product_id", "=", self.table.id)
        return (
            self.env["mrp.closure"]
            .with_user(self.auditor)
            .with_context(**context)
            .search(domain & Domain(list(leaves)))
        )

    def get_filter(self, name):
        view = self.env.ref("mrp_workorder_closure.mrp_closure_view_search_not_closed")
        arch = self.env["mrp.closure"].with_user(self.auditor).get_view(view.id, "search")["arch"]
        return literal_eval(arch.split(f'name="{name}"')[1].split('domain="')[1].split('"')[0])

    def test_an_order_that_was_closed_since_still_counts_at_the_end_of_its_period(self):
        order = self.finish("2026-03-30 10:00:00", leg=44)
        with freeze_time("2026-04-02 10:00:00"):
            self.close(order)
        self.assertFalse(self.find(("not_closed_on", "=", "2026-03-29")))
        found = self.find(("not_closed_on", "=", "2026-03-31"))
        self.assertEqual(found, order.closure_id)
        self.assertEqual(found.actual_cost, 521)
        self.assertEqual(self.find(("not_closed_on", "=", "2026-04-01")), order.closure_id)
        self.assertFalse(self.find(("not_closed_on", "=", "2026-04-02")))

    def test_the_day_ends_where_the_user_is(self):
        order = self.finish("2026-03-31 20:00:00")
        self.assertFalse(self.find(("not_closed_on", "=", "2026-03-31"), tz="Asia/Shanghai"))
        self.assertEqual(self.find(("not_closed_on", "=", "2026-04-01"), tz="Asia/Shanghai"), order.closure_id)
        self.assertEqual(self.find(("not_closed_on", "=", "2026-03-31"), tz="America/Lima"), order.closure_id)

    def test_filters_are_about_now_the_last_month_and_the_last_year(self):
        old, late = self.finish("2025-12-30 10:00:00"), self.finish("2026-03-30 10:00:00")
        with freeze_time("2026-01-02 10:00:00"):
            self.close(old)
        new = self.finish("2026-04-10 10:00:00")
        with freeze_time("2026-04-15 10:00:00"):
            self.assertEqual(self.find(*self.get_filter("now")), (late | new).closure_id)
            self.assertEqual(self.find(*self.get_filter("last_month")), late.closure_id)
            self.assertEqual(self.find(*self.get_filter("last_year")), old.closure_id)

    def test_a_cancelled_order_is_not_at_stake(self):
        order = self.finish("2026-03-30 10:00:00")
        order.move_raw_ids.picked = False
        order.action_cancel()
        self.assertFalse(self.find(("not_closed_on", "=", "2026-03-31")))

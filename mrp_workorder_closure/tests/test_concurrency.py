from odoo.tests import tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestConcurrency(ClosureCase):
    """Of an answer and a Mark as Done at the same time, one is run again.

    PostgreSQL refuses the second transaction where the first left a new version of the
    closure's row; that it does is looked at here, because a test has one transaction only.
    """

    def get_row_version(self, closure):
        self.env.flush_all()
        self.env.cr.execute("SELECT ctid::text FROM mrp_closure WHERE id = %s", [closure.id])
        return self.env.cr.fetchone()[0]

    def assertTouches(self, closure, act):
        before = self.get_row_version(closure)
        act()
        self.assertNotEqual(self.get_row_version(closure), before)

    def test_an_answer_that_changes_no_count_is_still_seen_by_mark_as_done(self):
        self.template.point_ids[0].write({"kind": "measure", "min_value": 1, "max_value": 9})
        order = self.make_order()
        check = order.closure_id.check_ids[0].with_user(self.operator)
        check.action_measure(5)
        self.assertTouches(order.closure_id, lambda: check.action_measure(6))
        self.assertEqual((check.state, check.value), ("pass", 6))

    def test_mark_as_done_is_seen_by_answers(self):
        order = self.make_order()
        self.pass_checks(order)
        self.assertTouches(order.closure_id, order.button_mark_done)
        self.assertEqual(order.closure_state, "closed")

from odoo.tests import tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestNonconformityBatch(NonconformityCase):
    """Closing many orders costs the same for each of them."""

    def setUp(self):
        super().setUp()
        self.stop_clock()

    def make_orders(self, count, decided):
        orders = self.env["mrp.production"].union(*(self.make_order() for _number in range(count)))
        if decided:
            for order in orders:
                self.decide(self.report(order, 3), ("quarantine", 2), ("scrap", 1))
        orders = orders.with_user(self.operator)
        self.env.flush_all()
        self.env.invalidate_all()
        return orders

    def count_queries(self, count, decided):
        orders = self.make_orders(count, decided)
        before = self.env.cr.sql_log_count
        orders.button_mark_done()
        self.env.flush_all()
        self.assertEqual(set(orders.mapped("state")), {"done"})
        return self.env.cr.sql_log_count - before

    def test_fifty_orders_with_nonconformities_close_with_a_constant_number_of_extra_queries_each(self):
        self.count_queries(2, decided=True)  # warms caches, makes the quarantine
        decided = {count: self.count_queries(count, decided=True) for count in (10, 30, 50)}
        plain = {count: self.count_queries(count, decided=False) for count in (10, 50)}
        first, second = (decided[30] - decided[10]) / 20, (decided[50] - decided[30]) / 20
        self.assertAlmostEqual(first, second, delta=1, msg=f"{plain} {decided}")
        # Each has two dispositions here: goods split off into quarantine, and a scrap posted by core.
        extra = ((decided[50] - decided[10]) - (plain[50] - plain[10])) / 40
        self.assertLessEqual(extra, 50, f"{plain} {decided}")

    def test_orders_without_nonconformity_pay_nothing(self):
        orders = self.make_orders(3, decided=False)
        orders.button_mark_done()
        with self.assertQueryCount(0):
            orders.sudo()._get_closing_nonconformities()

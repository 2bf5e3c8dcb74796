from odoo import Command
from odoo.tests import tagged
from odoo.tools.constants import PREFETCH_MAX

from ..models.mrp_closure_point import AUTOMATIC_KINDS
from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestRefreshQueries(ClosureCase):
    """Looking at many closures costs no more queries than looking at a few."""

    def setUp(self):
        super().setUp()
        self.stop_clock()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids.unlink()
        cls.template.point_ids = [Command.create({"name": label, "kind": kind}) for kind, label in AUTOMATIC_KINDS]
        cls.env["maintenance.equipment"].create({"name": "Press 4", "workcenter_id": cls.workcenter.id})
        cls.orders = cls.make_order()
        for _number in range(99):
            cls.orders |= cls.make_order()
        for order in cls.orders:
            order.qty_producing = 10
            order.set_qty_producing()
            order.workorder_ids.button_start()
        cls.env.flush_all()

    def count_queries(self, act, orders):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act(orders)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def assertSameQueries(self, act, few):
        """Exactly the same for as many orders as Odoo reads the checks of in one statement.

        The ORM reads 1,000 records at a time: beyond that, each further thousand checks takes
        one more statement for each kind of record that is read through them.
        """
        expected = self.count_queries(act, few)
        fitting = self.orders[: PREFETCH_MAX // len(AUTOMATIC_KINDS)]
        self.assertGreater(len(fitting), 10 * len(few))
        self.assertEqual(self.count_queries(act, fitting), expected)
        self.assertLessEqual(self.count_queries(act, self.orders), expected + 8)

    def test_blockers_of_all_automatic_kinds_take_the_same_queries_for_1_and_for_100_orders(self):
        def look(orders):
            orders.with_user(self.operator).get_closure_blockers()

        look(self.orders[:2])
        self.assertSameQueries(look, self.orders[:1])

    def test_refreshing_100_closures_takes_the_same_queries_as_refreshing_5(self):
        def refresh(orders):
            orders.closure_id.with_user(self.operator).action_refresh()

        refresh(self.orders)
        self.assertSameQueries(refresh, self.orders[:5])

    def test_the_first_refresh_stores_all_verdicts_in_few_statements(self):
        def refresh(orders):
            orders.closure_id.with_user(self.operator).action_refresh()

        few, many = self.count_queries(refresh, self.orders[:5]), self.count_queries(refresh, self.orders[5:])
        self.assertLess(many - few, 95, "less than one further statement an order")

    def test_what_a_first_refresh_notes_on_checks_is_written_together(self):
        def refresh(orders):
            closures = orders.closure_id.with_user(self.operator).with_context(tracking_disable=False)
            closures.action_refresh()
            self.env.cr.flush()

        few, many = self.count_queries(refresh, self.orders[:5]), self.count_queries(refresh, self.orders[5:])
        self.assertTrue(self.orders.closure_id.check_ids.message_ids.sudo().tracking_value_ids)
        self.assertLess(many - few, 95, "less than one further statement an order, its notes included")

    def test_each_kind_takes_few_queries_of_its_own(self):
        checks = self.orders.closure_id.check_ids.sudo()
        checks._get_failures()
        for kind, same_kind in checks.grouped("kind").items():
            before = self.env.cr.sql_log_count
            getattr(same_kind, f"_evaluate_{kind}")()
            self.assertLessEqual(self.env.cr.sql_log_count - before, 2, kind)

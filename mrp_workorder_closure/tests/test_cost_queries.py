import json

from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common_cost import CostCase


@tagged("post_install", "-at_install")
class TestCostQueries(CostCase):
    """What finance opens is one statement for any number of orders, and reads by index what it reads of one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env, "closure_accountant", groups="base.group_user,account.group_account_manager"
        )
        cls.report = cls.env["mrp.closure.cost.report"].with_user(cls.accountant)

    def setUp(self):
        super().setUp()
        self.stop_clock()

    def make_closed_orders(self, count):
        orders = self.env["mrp.production"]
        for _number in range(count):
            order = self.make_order()
            self.produce(order, leg=44)
            self.close(order)
            orders |= order
        return orders.closure_id

    def count_queries(self, act):
        counts = []
        for _warm in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            act()
            counts.append(self.env.cr.sql_log_count - before)
        return counts[-1]

    def explain(self, query):
        """Every node of the plan, with sequential scans made as dear as in a big table."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(SQL("EXPLAIN (FORMAT JSON) %s", query))[0][0]
        plan = plan if isinstance(plan, list) else json.loads(plan)
        nodes, left = [], [plan[0]["Plan"]]
        while left:
            node = left.pop()
            nodes.append(node)
            left += node.get("Plans", ())
        return nodes

    def test_the_analysis_takes_the_same_queries_for_one_order_and_for_twenty(self):
        groups, measures = ["product_id", "kind", "closed_at:month"], ["amount:sum"]
        few = self.make_closed_orders(1)
        act = lambda: self.report._read_group([], groups, measures)  # noqa: E731
        first = self.count_queries(act)
        self.make_closed_orders(19)
        self.assertEqual(self.count_queries(act), first)
        self.assertLessEqual(first, 4)
        self.assertIn((self.table, "material_usage"), {row[:2] for row in act()})
        self.assertEqual(few.state, "closed")

    def test_the_list_of_order_costs_takes_the_same_queries_for_one_order_and_for_twenty(self):
        closures = self.make_closed_orders(1)
        names = ["name", "actual_cost", "cost_variance", "unit_cost", "recent_unit_cost", "later_cost"]
        first = self.count_queries(lambda: closures.with_user(self.accountant).read(names))
        closures |= self.make_closed_orders(19)
        self.assertLessEqual(self.count_queries(lambda: closures.with_user(self.accountant).read(names)), first + 1)

    def test_the_analysis_joins_every_table_once_and_asks_nothing_for_each_line(self):
        self.make_closed_orders(2)
        nodes = self.explain(
            SQL("SELECT product_id, kind, SUM(amount) FROM (%s) r GROUP BY 1, 2", self.report._table_query)
        )
        tables = [node["Relation Name"] for node in nodes if "Relation Name" in node]
        self.assertEqual(sorted(tables), ["mrp_closure", "mrp_closure_variance", "product_product", "product_template"])
        self.assertFalse([node for node in nodes if node.get("Parent Relationship") == "SubPlan"])

    def test_lines_of_an_order_and_the_orders_before_are_found_by_index(self):
        closure = self.make_closed_orders(3)[0].sudo()
        self.env.flush_all()
        nodes = self.explain(SQL("SELECT id FROM mrp_closure_variance WHERE closure_id = %s", closure.id))
        self.assertIn("mrp_closure_variance__closure_id_index", [node.get("Index Name") for node in nodes])
        nodes = self.explain(
            SQL("SELECT r.unit_cost FROM mrp_closure c %s WHERE c.id = %s", closure._join_recent_orders(), closure.id)
        )
        self.assertIn("mrp_closure_recent_cost_index", [node.get("Index Name") for node in nodes])

from collections import Counter
from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user, tagged

from .screens import ScreenCase

BUDGET = 4


@tagged("post_install", "-at_install")
class TestScreenQueries(ScreenCase):
    """What our part of core's screens costs: at most four more queries a page."""

    def setUp(self):
        super().setUp()
        self.stop_clock()

    def get_queries(self, model, view_type, read):
        """Queries of reading a view's fields from cold records, with everything else warm."""
        spec = self.get_spec(model, view_type)
        read(spec)
        self.env.flush_all()
        self.env.invalidate_all()
        queries = []
        execute = type(self.env.cr).execute

        def note(cursor, query, *args, **kwargs):
            queries.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", note):
            read(spec)
        return queries

    def get_extra_cost(self, model, view_type, read, *xmlids):
        """Further queries because of our inherited views."""
        views = self.env["ir.ui.view"].union(*(self.env.ref(f"mrp_workorder_closure.{xmlid}") for xmlid in xmlids))
        self.get_queries(model, view_type, read)
        views.active = False
        plain = self.get_queries(model, view_type, read)
        views.active = True
        queries = self.get_queries(model, view_type, read)
        further = Counter(queries) - Counter(plain)
        return len(queries) - len(plain), "\n".join(further.elements())

    def test_opening_an_order_costs_at_most_four_further_queries(self):
        self.operator.group_ids += self.env.ref("mrp.group_mrp_routings")
        self.template.point_ids[0].operation_ids = self.bom.operation_ids
        order = self.make_order()
        self.assertEqual(len(order.closure_id.check_ids), 2)
        self.assertIn("workorder_ids", self.get_spec(order.browse(), "form"))
        extra, queries = self.get_extra_cost(order.browse(), "form", order.web_read, "mrp_production_form_view")
        self.assertGreater(extra, 0)
        self.assertLessEqual(extra, BUDGET, queries)

    def test_names_of_groups_and_persons_cost_the_form_three_more_whatever_their_number(self):
        """One for groups, and two for persons: Odoo keeps their names on their partners."""
        helper = new_test_user(self.env, "closure_helper", groups="mrp.group_mrp_user")
        inspectors = self.env.ref("mrp_workorder_closure.group_inspector")
        self.template.point_ids[0].write({"group_id": inspectors.id, "user_ids": [Command.set(helper.ids)]})
        others = self.env.ref("mrp_workorder_closure.group_warehouse_controller")
        self.template.point_ids[1].write({"group_id": others.id, "user_ids": [Command.set(self.manager.ids)]})
        order = self.make_order()
        extra, queries = self.get_extra_cost(order.browse(), "form", order.web_read, "mrp_production_form_view")
        self.assertLessEqual(extra, BUDGET + 3, queries)

    def test_a_page_of_eighty_orders_costs_at_most_four_further_queries(self):
        for _number in range(80):
            self.make_order(qty=1)
        model = self.env["mrp.production"].with_user(self.operator)
        domain = [("product_id", "=", self.table.id)]
        rows = self.open_list(model, domain)
        self.assertEqual([row["closure_stage"] for row in rows], ["open"] * 80)
        for view_type, xmlid in (("list", "mrp_production_tree_view"), ("kanban", "mrp_production_kanban_view")):
            with self.subTest(view=view_type):
                extra, queries = self.get_extra_cost(
                    model, view_type, lambda spec: model.web_search_read(domain, spec, limit=80), xmlid
                )
                self.assertGreater(extra, 0)
                self.assertLessEqual(extra, BUDGET, queries)

    def test_open_checks_of_work_orders_are_counted_in_one_query(self):
        self.template.point_ids.operation_ids = self.bom.operation_ids
        for _number in range(5):
            self.make_order(qty=1)
        model = self.env["mrp.workorder"].with_user(self.operator)
        domain = [("product_id", "=", self.table.id)]
        rows = self.open_list(model, domain)
        self.assertEqual([row["closure_open_check_count"] for row in rows], [2] * 5)
        extra, queries = self.get_extra_cost(
            model,
            "list",
            lambda spec: model.web_search_read(domain, spec, limit=80),
            "mrp_production_workorder_tree_view",
        )
        self.assertEqual(extra, 1, queries)

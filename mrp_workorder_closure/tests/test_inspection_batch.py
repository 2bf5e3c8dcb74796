from unittest.mock import patch

from odoo import Command
from odoo.sql_db import Cursor
from odoo.tests import tagged

from .common_inspection import InspectionCase


@tagged("post_install", "-at_install")
class TestInspectionBatch(InspectionCase):
    """Inspections cost a number of queries that grows with the batch no more than plain orders do."""

    def setUp(self):
        super().setUp()
        self.stop_clock()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("mrp_workorder_closure.group_manager")

    def make_orders(self, count, inspected):
        """Orders of which everything is produced and inspected, with or without inspections."""
        self.template.point_ids.unlink()
        if inspected:
            self.require([{"name": "Scratches"}, {"name": "Colour"}])
        orders = self.env["mrp.production"].create(
            [{"product_id": self.table.id, "product_qty": 2} for _number in range(count)]
        )
        orders.action_confirm()
        for order in orders:
            self.produce(order, 2)
        orders.workorder_ids.button_finish()
        inspections = orders.closure_id.inspection_ids
        self.assertEqual(len(inspections), count if inspected else 0)
        if inspected:
            inspections.line_ids.write({"inspected": 2, "defective": 0})
            inspections.action_decide()
        self.env.flush_all()
        self.env.invalidate_all()
        return orders

    def count_closing_queries(self, count, inspected):
        """How many statements closing takes that read or write records of closures."""
        orders = self.make_orders(count, inspected)
        statements = []
        execute = Cursor.execute

        def count_and_execute(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", count_and_execute):
            orders.button_mark_done()
            self.env.flush_all()
        self.assertEqual(set(orders.mapped("closure_state")), {"closed"})
        return sum("mrp_closure" in statement for statement in statements)

    def test_fifty_orders_with_inspections_close_with_no_extra_query_per_order(self):
        # Core's own queries vary by one for each order from run to run: those of this addon are counted.
        self.count_closing_queries(2, True)
        extra = {
            count: self.count_closing_queries(count, True) - self.count_closing_queries(count, False)
            for count in (5, 50)
        }
        # The batch reads checks, inspections and plans once: each order adds nothing.
        self.assertLessEqual(extra[50], extra[5] + 2, extra)
        self.assertLessEqual(extra[50], 10, extra)

    def count_planning_queries(self, count):
        self.require([{"name": "Scratches"}, {"name": "Colour"}], scope="operation")
        orders = self.env["mrp.production"].create(
            [{"product_id": self.table.id, "product_qty": 2} for _number in range(count)]
        )
        orders.action_confirm()
        closures = orders.closure_id
        closures.inspection_ids.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        closures = closures.browse(closures.ids)
        before = self.env.cr.sql_log_count
        self.env["mrp.closure.inspection"]._sync_inspections(closures)
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(len(closures.inspection_ids), count)
        return queries

    def test_planning_fifty_inspections_takes_as_many_queries_as_planning_five(self):
        self.count_planning_queries(2)
        few, many = self.count_planning_queries(5), self.count_planning_queries(50)
        self.assertLessEqual(many - few, 5, (few, many))

    def test_looking_whether_fifty_inspections_are_settled_takes_as_many_queries_as_five(self):
        queries = {}
        for count in (5, 50):
            orders = self.make_orders(count, True)
            before = self.env.cr.sql_log_count
            self.assertEqual(orders.get_closure_blockers(), [])
            queries[count] = self.env.cr.sql_log_count - before
        self.assertLessEqual(queries[50] - queries[5], 2, queries)

    def test_a_serial_tracked_batch_is_read_at_once_too(self):
        self.table.tracking = "serial"
        self.require(per_serial=True)
        queries = {}
        for count in (2, 20):
            orders = self.env["mrp.production"].create(
                [{"product_id": self.table.id, "product_qty": 1} for _number in range(count)]
            )
            orders.action_confirm()
            for order in orders:
                lot = self.env["stock.lot"].create({"product_id": self.table.id, "name": f"S-{order.id}"})
                order.write({"lot_producing_ids": [Command.link(lot.id)], "qty_producing": 1})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(orders.get_closure_blockers()), count)
            queries[count] = self.env.cr.sql_log_count - before
        self.assertLessEqual(queries[20] - queries[2], 2, queries)

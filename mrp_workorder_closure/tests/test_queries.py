from collections import Counter
from contextlib import ExitStack, contextmanager
from functools import wraps
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import new_test_user, tagged

from .common import ClosureCase

MODULE = "odoo.addons.mrp_workorder_closure"
# Methods on the way of Confirm and Mark as Done that this addon extends: bypassed to measure plain Odoo.
EXTENDED = {
    "mrp.production": ("write", "create", "action_confirm", "button_mark_done", "pre_button_mark_done"),
    "mrp.workorder": ("write", "create", "button_finish"),
    "mrp.workcenter.productivity": ("write", "create"),
    "stock.move": ("write", "create", "_action_done"),
    "stock.move.line": ("write", "create"),
}


@tagged("post_install", "-at_install")
class TestQueries(ClosureCase):
    """Reasons are found for all orders at once, and orders without a template cost nothing more."""

    def setUp(self):
        super().setUp()
        self.stop_clock()

    def make_blocks(self, number):
        """Orders of something that needs neither components nor work, each with a closure."""
        block = self.env["product.product"].create({"name": "Block", "is_storable": True})
        self.template.product_ids += block
        vals = [{"product_id": block.id, "product_qty": 1} for _number in range(number)]
        orders = self.env["mrp.production"].with_user(self.operator).create(vals)
        orders.action_confirm()
        self.assertEqual(len(orders.closure_id), number)
        return orders

    def make_orders(self, number, product, confirm=True):
        """Orders with components and a work order."""
        vals = [{"product_id": product.id, "product_qty": 1} for _number in range(number)]
        orders = self.env["mrp.production"].with_user(self.operator).create(vals)
        if confirm:
            orders.action_confirm()
        return orders

    @contextmanager
    def counted(self):
        """Count the queries of a block that starts with an empty cache."""
        self.env.cr.flush()
        self.env.invalidate_all()
        queries = []
        execute = type(self.env.cr).execute

        def count(cursor, query, *args, **kwargs):
            queries.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", count):
            yield queries
            # As a commit does: what is logged in the chatter counts too.
            self.env.cr.flush()

    def test_blockers_of_one_order_and_of_a_hundred_take_the_same_queries(self):
        orders = self.make_blocks(100)
        counts = []
        for asked in (orders[0], orders[0], orders):
            with self.counted() as queries:
                self.assertEqual(len(asked.get_closure_blockers()), 2 * len(asked))
            counts.append(len(queries))
        self.assertGreater(counts[2], 0)
        self.assertEqual(counts[1], counts[2])

    def test_the_button_refuses_a_hundred_orders_with_the_queries_of_two(self):
        """What a process reads once, like the ids of views, falls into the first refusal of its kind."""
        orders = self.make_blocks(100)
        counts = []
        for asked in (orders[0], orders[0], orders[:2], orders[:2], orders):
            with self.counted() as queries:
                try:
                    asked.button_mark_done()
                except RedirectWarning as refusal:
                    self.assertEqual(refusal.args[0].count("Area is tidy"), len(asked))
                else:
                    self.fail("Not refused")
            counts.append(len(queries))
        self.assertEqual(counts[3], counts[4])
        self.assertLessEqual(counts[4], counts[1])
        self.assertLessEqual(counts[4], 10)

    @contextmanager
    def plain_odoo(self):
        """Take the overrides of this addon out of the way: each method is the next one in line."""
        with ExitStack() as stack:
            for model_name, methods in EXTENDED.items():
                cls = self.registry[model_name]
                constraints = self.env[model_name]._constraint_methods
                core = [method for method in constraints if not method.__module__.startswith(MODULE)]
                stack.enter_context(patch.object(cls, "_constraint_methods", core))
                for method in methods:
                    owners = [
                        base for base in cls.__mro__ if base.__module__.startswith(MODULE) and method in vars(base)
                    ]
                    self.assertTrue(owners, f"{model_name}.{method} is not extended any more")
                    for base in owners:
                        stack.enter_context(patch.object(base, method, self.make_passage(base, method)))
            yield

    def make_passage(self, base, method):
        @wraps(vars(base)[method])
        def passage(records, *args, **kwargs):
            return getattr(super(base, records), method)(*args, **kwargs)

        return passage

    def test_orders_without_a_template_close_with_the_queries_of_plain_odoo(self):
        counts = []
        for _attempt in range(3):
            first, second = (self.make_orders(3, self.plain_table) for _number in range(2))
            with self.plain_odoo(), self.counted() as plain:
                first.button_mark_done()
            with self.counted() as queries:
                second.button_mark_done()
            self.assertEqual((first | second).mapped("state"), ["done"] * 6)
            self.assertFalse([query for query in queries if 'FROM "mrp_closure' in query])
            counts.append((len(plain), len(queries)))
        # What a process reads once, like registry caches, falls into either half of an attempt and only adds.
        least_plain, least = map(min, zip(*counts, strict=True))
        self.assertLessEqual(least, least_plain, (counts, Counter(queries) - Counter(plain)))

    def test_orders_without_a_template_are_confirmed_with_the_queries_of_plain_odoo(self):
        for _attempt in ("warm", "counted"):
            orders = self.make_orders(3, self.plain_table, confirm=False)
            with self.plain_odoo(), self.counted() as plain:
                orders.action_confirm()
            orders = self.make_orders(3, self.plain_table, confirm=False)
            with self.counted() as queries:
                orders.action_confirm()
        self.assertEqual(len(queries), len(plain), Counter(queries) - Counter(plain))
        self.assertFalse([query for query in queries if 'FROM "mrp_closure' in query])

    def count_confirmation(self, size, product):
        orders = self.make_orders(size, product, confirm=False)
        with self.counted() as queries:
            orders.action_confirm()
        self.assertEqual(set(orders.mapped("state")), {"confirmed"})
        return len(queries)

    def test_confirming_a_batch_takes_few_queries_more_and_the_fewer_the_larger_it_is(self):
        """Half of them write closures, checks and activities, a third explode the bill of materials; rules that
        core would search for each component are searched once."""
        helper = new_test_user(self.env, "closure_helper", groups="mrp.group_mrp_user")
        inspectors = self.env.ref("mrp_workorder_closure.group_inspector")
        self.template.point_ids[0].write({"group_id": inspectors.id, "user_ids": [Command.set(helper.ids)]})
        further = [
            self.count_confirmation(size, self.table) - self.count_confirmation(size, self.plain_table)
            for size in (2, 2, 20)
        ]
        self.assertLessEqual(further[1], 38)
        self.assertLess(further[2], 0)

    def test_ready_orders_take_the_same_few_queries_more_whatever_their_number(self):
        """Sixteen for the batch were measured, dossiers, costs and what the chatter logs included."""
        own = []
        for size in (2, 2, 8):
            ready = self.make_orders(size, self.table).with_context(tracking_disable=False)
            for order in ready:
                self.pass_checks(order)
            with self.counted() as queries:
                ready.button_mark_done()
            self.assertEqual(set(ready.mapped("closure_state")), {"closed"})
            own.append([query for query in queries if "closure_door" in query or '"mrp_closure' in query])
            messages = self.env["mail.message"].search_count(
                [("model", "=", "mrp.closure"), ("res_id", "in", ready.closure_id.ids)]
            )
            self.assertEqual(messages, size)
        _warm, small, large = own
        self.assertEqual(len(small), len(large))
        self.assertLessEqual(len(large), 18)

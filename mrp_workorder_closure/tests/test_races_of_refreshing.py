from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_committed import CommittedCase


@tagged("post_install", "-at_install")
class TestRacesOfRefreshing(CommittedCase):
    """Many closures are brought up to date while other people work on some of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids.unlink()
        cls.template.point_ids = [Command.create({"name": "As many as planned", "kind": "output_quantity"})]
        cls.commit()

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.sql_db", "odoo.service.model"))
        self.enterContext(patch("odoo.service.model.time.sleep"))

    def produce(self, order, quantity):
        order.qty_producing = quantity
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        return True

    def make_stale(self, count):
        """Closures whose check would pass now, and nobody has looked."""

        def make(env):
            orders = env["mrp.production"].create(
                [{"product_id": self.table.id, "product_qty": 10} for _number in range(count)]
            )
            orders.action_confirm()
            for order in orders:
                self.produce(order, 10)
            return orders.closure_id.ids

        return self.env["mrp.closure"].browse(self.as_request(self.operator, make))

    def refresh_beside(self, closures, changed, held):
        """Refresh closures while others change one again and again, and work on another one all the time."""

        def act(env):
            env.cr.execute("SET LOCAL lock_timeout = '1s'")
            # The transaction sees the database as it is from here on.
            mine = closures.with_env(env)
            mine.mapped("state")
            with self.looking(changed) as seen:
                seen._lock()
            with self.looking(held) as seen:
                seen._lock()
                return mine.action_refresh()

        return self.as_request(self.manager, act)

    def get_states(self, closures):
        with self.looking(closures) as seen:
            return [closure.check_ids.state for closure in seen]

    def test_a_refresh_of_many_leaves_to_others_what_they_are_working_on(self):
        closures = self.make_stale(5)
        nobody = closures.browse()
        self.assertEqual(self.get_states(closures), ["todo"] * 5)
        self.assertIs(self.refresh_beside(closures, closures[1], closures[3]), True)
        self.assertEqual(self.get_states(closures), ["pass", "todo", "pass", "todo", "pass"])
        self.assertIs(self.refresh_beside(closures, nobody, nobody), True)
        self.assertEqual(self.get_states(closures), ["pass"] * 5)

    def test_whoever_refreshes_one_closure_waits_for_others_and_sees_what_they_did(self):
        closure = self.make_stale(1)
        with self.looking(closure) as seen:
            order = seen.production_id

        def change():
            self.assertIs(self.as_request(self.operator, lambda env: self.produce(order.with_env(env), 9)), True)
            self.as_request(self.operator, lambda env: closure.with_env(env).sudo()._lock())

        result = self.as_request(self.manager, lambda env: closure.with_env(env).action_refresh(), change)
        self.assertIs(result, True)
        self.assertEqual(self.get_states(closure), ["fail"])

    def test_what_is_reported_on_many_orders_at_once_is_seen_on_each_of_them(self):
        """However many others work on them meanwhile: nothing is left to them here."""
        closures = self.make_stale(3)

        def report(env):
            vals = [{"closure_id": closure.id, "quantity": 1} for closure in closures]
            return len(env["mrp.closure.nonconformity"].create(vals))

        def overtake():
            self.as_request(self.manager, lambda env: closures[1].with_env(env).action_refresh())

        self.assertEqual(self.as_request(self.operator, report, overtake), 3)
        self.assertEqual(self.get_states(closures), ["pass"] * 3)

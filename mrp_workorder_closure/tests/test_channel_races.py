from threading import Barrier, Thread
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import mrp_closure_delivery
from .common_channel_races import ChannelRacesCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelRaces(ChannelRacesCase):
    """Two workers send nothing twice and keep the limits together; nothing leaves before its event is certain."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.sql_db", "odoo.service.model"))

    def deliver_at_once(self, workers, channel):
        """Each worker has a connection of its own, and has looked at the queue before any of them sends."""
        barrier = Barrier(workers)

        def work():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["mrp.closure.message"].search_count([])
                barrier.wait(timeout=30)
                channel.with_env(env)._deliver_due()

        threads = [Thread(target=work) for _number in range(workers)]
        with patch.object(mrp_closure_delivery.time, "sleep"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=60)

    def test_two_workers_at_once_send_each_message_once(self):
        channel = self.make_channel()
        self.queue(channel, 12)
        for _round in range(4):
            self.deliver_at_once(3, channel)
        orders = [request.json["order"] for request in self.server.received]
        self.assertEqual(sorted(orders, key=int), [str(count) for count in range(12)])

    def test_two_workers_at_once_keep_the_limit_of_the_robot_together(self):
        channel = self.make_channel(kind="dingtalk")
        self.queue(channel, 30)
        for _round in range(4):
            self.deliver_at_once(3, channel)
        self.assertEqual(len(self.server.received), 20)

    def test_a_message_that_one_worker_is_sending_is_not_taken_by_another(self):
        channel = self.make_channel()
        self.queue(channel, 1)
        with self.registry.cursor() as cr, self.registry.cursor() as other:
            first = channel.with_env(api.Environment(cr, SUPERUSER_ID, {}))
            second = channel.with_env(api.Environment(other, SUPERUSER_ID, {}))
            message = first._claim_next()
            self.assertTrue(message)
            self.assertFalse(second._claim_next())
            cr.commit()
            other.rollback()
            self.assertFalse(second._claim_next(), "claimed and committed, it is not due any more")
        self.assertFalse(self.server.received)

    def test_nothing_leaves_before_the_event_is_committed_and_nothing_of_one_that_is_not(self):
        channel = self.make_channel()
        order = self.as_request(
            self.operator,
            lambda env: env["mrp.production"].create({"product_id": self.table.id, "product_qty": 1}).id,
        )
        self.as_request(self.operator, lambda env: env["mrp.production"].browse(order).action_confirm())

        def fail(env):
            check = env["mrp.production"].browse(order).closure_id.check_ids[:1]
            check.action_fail("broken")

        def fail_and_break(env):
            fail(env)
            self.as_root(lambda root: channel.with_env(root)._cron_deliver())
            raise ValueError("the server went down")

        self.assertIsInstance(self.as_request(self.operator, fail_and_break), ValueError)
        self.as_root(lambda env: channel.with_env(env)._cron_deliver())
        self.assertFalse(self.server.received)
        self.as_request(self.operator, fail)
        self.as_root(lambda env: channel.with_env(env)._cron_deliver())
        self.assertEqual([request.json["event"] for request in self.server.received], ["failed"])

    def test_an_event_is_not_held_up_by_a_worker_that_sends(self):
        """The worker changes the row of the channel; an event that began before writes its message all the same."""
        channel = self.make_channel()
        self.queue(channel, 1)
        with self.registry.cursor() as cr, self.registry.cursor() as other:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["mrp.closure.message"].search_count([])
            worker = channel.with_env(api.Environment(other, SUPERUSER_ID, {}))
            self.assertTrue(worker._claim_next())
            other.commit()
            vals = {
                "channel_id": channel.id,
                "company_id": self.company.id,
                "closure_id": None,
                "event": "closed",
                "key": "told once",
                "payload": {"event": "closed"},
            }
            env["mrp.closure.message"]._queue([vals, {**vals, "key": "another"}])
            cr.commit()
            other.rollback()
        with self.looking(channel) as seen:
            self.assertEqual(seen.waiting_count, 3)

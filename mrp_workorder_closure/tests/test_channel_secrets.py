import logging
from contextlib import contextmanager

from psycopg2 import Error

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_channel import ChannelCase
from .common_channel_races import ChannelRacesCase

TOKEN, SECRET = "access_token=l0gged-never", "SEC-l0gged-never"
HIDDEN = {"url": f"https://robot.example/send?{TOKEN}", "secret": SECRET}


class SilentLog:
    """What is logged while something fails holds neither address nor secret."""

    @contextmanager
    def assertSilentLog(self):
        logger = logging.getLogger("odoo")
        with self.assertLogs(logger) as logs:
            logger.error("Something is logged in any case")
            yield logs
        for line in logs.output:
            self.assertNotIn("l0gged-never", line)


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelSecrets(SilentLog, ChannelCase):
    """Addresses and secrets reach the database, and no log on the way."""

    def test_address_and_secret_are_saved(self):
        channel = self.make_channel(**HIDDEN)
        channel.invalidate_recordset()
        self.assertEqual((channel.url, channel.secret), (HIDDEN["url"], SECRET))
        channel.write({"url": "https://robot.example/other", "secret": False, "name": "Other"})
        channel.flush_recordset()
        channel.invalidate_recordset()
        self.assertEqual((channel.url, channel.secret, channel.name), ("https://robot.example/other", False, "Other"))

    def test_a_channel_without_what_it_needs_is_refused_before_the_database_is_asked(self):
        channel = self.make_channel(**HIDDEN)
        model = channel.browse()
        for act in (
            lambda: channel.write({"name": False}),
            lambda: channel.write({"company_id": False}),
            lambda: model.create({"kind": "webhook", **HIDDEN}),
            lambda: model.create({"name": "Group", "lang": False, **HIDDEN}),
        ):
            with self.assertSilentLog(), self.assertRaisesRegex(ValidationError, "^To save a notification channel, "):
                act()

    def test_what_the_database_refuses_is_logged_without_them(self):
        channel = self.make_channel(**HIDDEN)
        for act in (
            lambda: channel.write({"sequence": 2**40, **HIDDEN}),
            lambda: channel.create({"name": "Group", "sequence": 2**40, **HIDDEN}),
        ):
            with self.assertSilentLog() as logs, self.assertRaises(Error), self.env.cr.savepoint():
                act()
                self.env.flush_all()
            self.assertIn("bad query", logs.output[-1])
            self.env.invalidate_all(flush=False)


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelSecretRaces(SilentLog, ChannelRacesCase):
    """An administrator and a worker at the same channel at once."""

    def test_a_worker_that_sends_meanwhile_brings_no_secret_into_the_log(self):
        channel = self.make_channel()
        self.queue(channel, 1)
        with self.registry.cursor() as cr, self.registry.cursor() as other:
            mine = channel.with_env(api.Environment(cr, SUPERUSER_ID, {}))
            self.assertTrue(mine.name)
            worker = channel.with_env(api.Environment(other, SUPERUSER_ID, {}))
            self.assertTrue(worker._claim_next())
            other.commit()
            with self.assertSilentLog() as logs, self.assertRaises(Error):
                mine.write(HIDDEN)
                mine.flush_recordset()
            self.assertIn("bad query", logs.output[-1])
            cr.rollback()
            mine.invalidate_recordset()
            mine.write(HIDDEN)
            cr.commit()
        with self.looking(channel) as seen:
            self.assertEqual(seen.secret, SECRET)

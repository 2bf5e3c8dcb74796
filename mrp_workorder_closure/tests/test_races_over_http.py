from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ClosureCase

FAILURE = """DO $$ BEGIN
    RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'could not serialize access';
END $$"""


@tagged("post_install", "-at_install")
class TestRacesOverHttp(ClosureCase, HttpCase):
    """Whoever meets other people in every attempt that Odoo makes is asked to try again, in a sentence."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.http", "odoo.service.model", "odoo.sql_db"))
        self.enterContext(patch("odoo.service.model.time.sleep"))
        self.authenticate(self.operator.login, self.operator.login)

    def meet_somebody(self, model, method):
        """Have a method of a model meet another transaction each time, once it has done its work."""
        original, attempts = getattr(self.registry[model], method), []

        def act(records, *args, **kwargs):
            attempts.append(original(records, *args, **kwargs))
            records.env.cr.execute(FAILURE)

        self.enterContext(patch.object(self.registry[model], method, act))
        return attempts

    def get_error(self, records, method):
        """What the web client is told of a call that fails: the name of the error, and its message."""
        params = {"model": records._name, "method": method, "args": [records.ids], "kwargs": {}}
        answer = self.url_open(f"/web/dataset/call_kw/{records._name}/{method}", json={"params": params}).json()
        return answer["error"]["data"]["name"], answer["error"]["data"]["message"]

    def test_whoever_meets_somebody_in_each_attempt_reads_a_sentence(self):
        order = self.make_order()
        attempts = self.meet_somebody("mrp.closure", "_lock")
        for records, method in (
            (order, "button_mark_done"),
            (order.closure_id, "action_refresh"),
            (order.closure_id.check_ids[:1], "action_pass"),
        ):
            with self.subTest(method=method):
                attempts.clear()
                name, message = self.get_error(records, method)
                self.assertEqual(len(attempts), 5, "as often as Odoo tries")
                self.assertEqual(name, "odoo.exceptions.UserError")
                self.assertRegex(message, "^To go on, try again in a moment")
        self.env.invalidate_all()
        self.assertEqual((order.state, order.closure_id.check_ids[:1].state), ("confirmed", "todo"))

    def test_what_other_requests_meet_is_told_as_odoo_tells_it(self):
        self.meet_somebody("res.users", "action_get")
        name, message = self.get_error(self.operator, "action_get")
        self.assertEqual(name, "psycopg2.errors.SerializationFailure")
        self.assertIn("could not serialize", message)

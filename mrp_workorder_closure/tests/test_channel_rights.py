from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common_channel import ChannelCase
from .common_rpc import RpcCase

SECRETS = ("url", "secret")
TOKEN, SECRET = "t0k3n-of-robot", "SECdemo-secret"
QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models")


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelSecretsOverRpc(RpcCase, ChannelCase):
    """Address and secret of a channel are an administrator's: nobody else gets at them, whatever they call."""

    def setUp(self):
        super().setUp()
        # With the right to export, which Odoo asks for before it looks at fields.
        self.env.ref("base.group_allow_export").user_ids += self.manager | self.auditor
        self.channel = self.make_channel("dingtalk")
        self.message = self.queue(self.channel)
        self.env.flush_all()
        self.enterContext(mute_logger(*QUIET))

    def try_call(self, records, method, *args, **kwargs):
        """What comes back, or the whole refusal, as text."""
        try:
            return str(self.call(records, method, *args, **kwargs))
        except JsonRpcException as refusal:
            return f"REFUSED {refusal}"

    def assertSilent(self, records, method, *args, is_refused=True, **kwargs):
        answer = self.try_call(records, method, *args, **kwargs)
        for text in (TOKEN, SECRET):
            self.assertNotIn(text, answer, (method, args, kwargs))
        if is_refused:
            self.assertIn("AccessError", answer, (method, args, kwargs))
        return answer

    def test_managers_and_auditors_read_the_name_and_nothing_of_address_and_secret(self):
        model = self.channel.browse()
        for user in (self.manager, self.auditor):
            self.login(user)
            with self.subTest(user=user.login):
                self.assertIn("Production Group", self.try_call(self.channel, "read", ["name", "kind"]))
                answer = self.assertSilent(self.channel, "read", [], is_refused=False)
                self.assertIn("Production Group", answer)
                answer = self.assertSilent(model, "fields_get", is_refused=False)
                self.assertNotIn("'secret'", answer)
                self.assertNotIn("'url'", answer)
                self.assertSilent(self.channel, "copy")
                self.assertSilent(self.channel, "write", {"url": "https://robot.example/mine"})
                self.assertSilent(self.channel, "write", {"name": "Mine"})
                self.assertSilent(self.channel, "unlink")
                self.assertSilent(self.channel, "action_send_test")
                self.assertSilent(model, "create", {"name": "Mine", "kind": "webhook"})
                view = self.try_call(model, "get_views", [[False, "form"], [False, "list"]])
                self.assertNotIn('name="url"', view)
                self.assertNotIn('name="secret"', view)
                for field in SECRETS:
                    self.try_every_way_to_read(field)

    def try_every_way_to_read(self, field):
        model, messages = self.channel.browse(), self.message.browse()
        self.assertSilent(self.channel, "read", [field])
        self.assertSilent(self.channel, "web_read", {field: {}})
        self.assertSilent(self.channel, "export_data", [field])
        self.assertSilent(model, "search_read", [], [field])
        self.assertSilent(model, "web_search_read", [], {field: {}})
        self.assertSilent(model, "search", [], order=f"{field} desc")
        self.assertSilent(model, "formatted_read_group", [], [field], ["__count"])
        self.assertSilent(model, "read_group", [], [field], [field], is_refused=False)
        self.assertSilent(model, "web_read_group", [], [field], ["__count"])
        self.assertSilent(self.channel, "onchange", {}, [field], {field: {}}, is_refused=False)
        self.assertSilent(self.message, "web_read", {"channel_id": {"fields": {field: {}}}})
        self.assertSilent(self.message, "export_data", [f"channel_id/{field}"])
        for operator in ("=like", "=ilike", "ilike", "=", "in", ">"):
            value = ["S"] if operator == "in" else "S%"
            self.assertSilent(model, "search_count", [(field, operator, value)])
            self.assertSilent(messages, "search_count", [(f"channel_id.{field}", operator, value)])
            self.assertSilent(messages, "search_count", [("channel_id", "any", [(field, operator, value)])])
        self.assertSilent(model, "name_search", "", [(field, "=like", "S%")])

    def test_an_administrator_reads_and_writes_them(self):
        self.login(self.administrator)
        answer = self.call(self.channel, "read", list(SECRETS))
        self.assertIn(TOKEN, answer[0]["url"])
        self.assertEqual(answer[0]["secret"], SECRET)
        self.call(self.channel, "write", {"secret": "another"})
        copy = self.channel.browse(self.call(self.channel, "copy"))
        self.assertEqual((copy.active, copy.url, copy.secret), (False, False, False))

    def test_nobody_without_a_role_sees_channels_or_messages(self):
        for user in (self.operator, self.paula):
            self.login(user)
            for records in (self.channel, self.message):
                self.assertSilent(records, "read", [])
                self.assertSilent(records, "write", {"state": "sent"})
            self.assertSilent(self.message, "action_send_again")

    def test_nobody_writes_to_the_queue_by_hand(self):
        for user in (self.manager, self.auditor, self.administrator):
            self.login(user)
            with self.subTest(user=user.login):
                self.assertIn("WH/MO/0", self.try_call(self.message, "read", ["text"]))
                self.assertSilent(self.message, "write", {"state": "sent"})
                self.assertSilent(self.message, "unlink")
                vals = {"channel_id": self.channel.id, "event": "closed", "payload": {}}
                self.assertSilent(self.message.browse(), "create", vals)
                for private in ("_deliver", "_queue", "_send", "_try_to_send", "_note_attempt"):
                    self.assertIn("REFUSED", self.try_call(self.message, private))

    def test_an_auditor_sends_nothing_again(self):
        self.message.write({"state": "dead"})
        self.login(self.auditor)
        self.assertSilent(self.message, "action_send_again")
        self.env.invalidate_all()
        self.assertEqual(self.message.state, "dead")
        self.login(self.manager)
        self.call(self.message, "action_send_again")
        self.env.invalidate_all()
        self.assertEqual(self.message.state, "waiting")

    def test_private_methods_that_send_are_not_called_from_outside(self):
        self.login(self.administrator)
        for private in ("_send_test", "_post", "_cron_deliver", "_get_listeners"):
            self.assertIn("REFUSED", self.try_call(self.channel, private))
        self.assertFalse(self.server.received)


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelCompanies(ChannelCase):
    """Channels and their queue belong to a company."""

    def test_nobody_sees_what_another_company_tells(self):
        company = self.env["res.company"].create({"name": "Other Works"})
        channel = self.make_channel(company_id=company.id)
        message = self.queue(channel)
        self.assertEqual(message.company_id, company)
        for user in (self.manager, self.auditor, self.administrator):
            for records in (channel, message):
                self.assertFalse(records.with_user(user).search([("id", "in", records.ids)]))
                with self.assertRaises(AccessError):
                    records.with_user(user).read(["company_id"])
        there = new_test_user(
            self.env,
            "closure_there",
            groups="base.group_user,mrp_workorder_closure.group_auditor",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertEqual(message.with_user(there).text, "WH/MO/0 is closed.")

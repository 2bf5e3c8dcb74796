from odoo import Command
from odoo.tests import new_test_user

from .common_approval import ApprovalCase
from .robot_server import robot_server


class ChannelCase(ApprovalCase):
    """A channel of each kind can be made; robots are played by a real server on this machine.

    Users: ``administrator`` (settings, no right on closures), besides those of ``ApprovalCase``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, "closure_administrator", groups="base.group_system", name="Sally Settings"
        )
        cls.env["mrp.closure.channel"].search([]).active = False

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(robot_server())

    def make_channel(self, kind="webhook", **vals):
        values = {
            "name": "Production Group",
            "kind": kind,
            "url": f"{self.server.url}/hook/abcdef123456?access_token=t0k3n-of-robot",
            "secret": "SECdemo-secret",
            "allow_internal": True,
            "lang": "en_US",
        }
        # Of another company: made by the system, the administrator does not work there.
        model = self.env["mrp.closure.channel"]
        return (model if "company_id" in vals else model.with_user(self.administrator)).create({**values, **vals})

    def make_mail_channel(self, *users, **vals):
        partners = [Command.set([user.partner_id.id for user in users])]
        values = {"url": False, "secret": False, "allow_internal": False, "partner_ids": partners}
        return self.make_channel("mail", **{**values, **vals})

    def get_messages(self, channel, event=None):
        domain = [("channel_id", "=", channel.id)] + ([("event", "=", event)] if event else [])
        return self.env["mrp.closure.message"].search(domain, order="id")

    def get_texts(self, channel, event=None):
        return self.get_messages(channel, event).mapped("text")

    def queue(self, channel, number=1):
        """Messages in the queue, as an event writes them."""
        vals = [
            {
                "channel_id": channel.id,
                "company_id": channel.company_id.id,
                "closure_id": None,
                "event": "closed",
                "key": None,
                "payload": {
                    "event": "closed",
                    "order": f"WH/MO/{count}",
                    "url": "https://odoo.example/1",
                    "written": {"en_US": {"title": f"WH/MO/{count}: Closed", "text": f"WH/MO/{count} is closed."}},
                },
            }
            for count in range(number)
        ]
        self.env["mrp.closure.message"]._queue(vals)
        return self.get_messages(channel)[-number:]

    def deliver(self):
        with self.enter_registry_test_mode():
            self.env.ref("mrp_workorder_closure.ir_cron_deliver").method_direct_trigger()
        self.env.invalidate_all()

    def make_due(self, messages):
        """As if their time had come."""
        messages.write({"next_attempt": "2020-01-01 00:00:00"})
        messages.channel_id.write({"paused_until": False})

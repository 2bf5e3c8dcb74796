from odoo import SUPERUSER_ID, api

from .common_committed import CommittedCase
from .robot_server import robot_server


class ChannelRacesCase(CommittedCase):
    """Channels that several connections see."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(robot_server())

    def make_channel(self, **vals):
        values = {
            "name": "Group",
            "kind": "webhook",
            "url": f"{self.server.url}/hook",
            "allow_internal": True,
            "lang": "en_US",
            "company_id": self.company.id,
        }
        channel = self.as_root(lambda env: env["mrp.closure.channel"].create({**values, **vals}).id)
        self.addCleanup(
            lambda: self.as_root(lambda env: env["mrp.closure.channel"].browse(channel).write({"active": False}))
        )
        return self.env["mrp.closure.channel"].browse(channel)

    def as_root(self, act):
        with self.registry.cursor() as cr:
            return act(api.Environment(cr, SUPERUSER_ID, {}))

    def queue(self, channel, number):
        def write(env):
            payload = {"event": "closed", "written": {"en_US": {"title": "Closed", "text": "Closed."}}}
            env["mrp.closure.message"]._queue(
                [
                    {
                        "channel_id": channel.id,
                        "company_id": self.company.id,
                        "closure_id": None,
                        "event": "closed",
                        "key": None,
                        "payload": {**payload, "order": str(count)},
                    }
                    for count in range(number)
                ]
            )

        self.as_root(write)

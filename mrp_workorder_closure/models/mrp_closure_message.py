from datetime import timedelta

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from .mrp_closure import MANAGER
from .mrp_closure_activity import RUNNING
from .mrp_closure_channel import ADMINISTRATOR, EVENTS

CRON = "mrp_workorder_closure.ir_cron_deliver"
KEPT_DAYS = 60
REMOVED_AT_ONCE = 1000


class MrpClosureMessage(models.Model):
    """The queue of what channels tell: written with the event it tells of, sent after the commit.

    An event that is rolled back leaves none, and one that comes twice leaves one. Nobody writes
    here by hand.
    """

    _name = "mrp.closure.message"
    _description = "Outgoing Message"
    _order = "id desc"
    _rec_names_search = ["closure_id.name", "channel_id.name"]

    channel_id = fields.Many2one("mrp.closure.channel", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    closure_id = fields.Many2one("mrp.closure", readonly=True, index="btree_not_null", ondelete="cascade")
    event = fields.Selection([*EVENTS, ("test", "Test")], required=True, readonly=True)
    key = fields.Char(readonly=True, help="Technical: what the message tells, so that it is told once.")
    payload = fields.Json(required=True, readonly=True, prefetch=False)
    title = fields.Char(compute="_compute_text", help="In the language of the channel.")
    text = fields.Text(string="Message", compute="_compute_text")
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("dead", "Given Up")],
        required=True,
        readonly=True,
        default="waiting",
    )
    attempts = fields.Integer(readonly=True, default=0, aggregator=None)
    attempted_at = fields.Datetime(string="Last Attempt", readonly=True)
    next_attempt = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(string="Sent on", readonly=True)
    error = fields.Char(string="Last Error", readonly=True)

    _key_uniq = models.UniqueIndex("(channel_id, key) WHERE key IS NOT NULL", "This was told already.")
    # Read by the delivery: what is due, and how much went out lately.
    _due = models.Index("(channel_id, next_attempt, id) WHERE state = 'waiting'")
    _lately = models.Index("(channel_id, attempted_at)")

    @api.depends("payload", "channel_id.lang")
    def _compute_text(self):
        for message in self:
            written = message._get_written(message.channel_id.lang)
            message.title, message.text = written.get("title"), written.get("text")

    @api.depends("title", "channel_id.name")
    def _compute_display_name(self):
        for message in self:
            message.display_name = f"{message.channel_id.name}: {message.title}"

    def _get_written(self, lang):
        """Title and text in a language, else in the first one it was written in."""
        self.ensure_one()
        written = (self.payload or {}).get("written") or {}
        return written.get(lang) or next(iter(written.values()), {})

    @api.model
    def _queue(self, vals_list):
        """Write messages for delivery after the commit; what is in the queue already is left out.

        By SQL: of two transactions that tell the same at once, the second is run again by Odoo
        rather than failing on the index.
        """
        if not vals_list:
            return
        now = fields.Datetime.now()
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, 'waiting', 0, %s, %s, %s, %s, %s)",
                vals["channel_id"],
                vals["company_id"],
                vals["closure_id"],
                vals["event"],
                vals["key"],
                Json(vals["payload"]),
                now,
                self.env.uid,
                now,
                self.env.uid,
                now,
            )
            for vals in vals_list
        ]
        made = self.env.execute_query(
            SQL(
                """INSERT INTO mrp_closure_message (channel_id, company_id, closure_id, event, key, payload, state,
                       attempts, next_attempt, create_uid, create_date, write_uid, write_date)
                   VALUES %s ON CONFLICT (channel_id, key) WHERE key IS NOT NULL DO NOTHING RETURNING id""",
                SQL(", ").join(rows),
            )
        )
        if made:
            self._wake_delivery()

    @api.model
    def _get_known(self, pairs):
        """Those of the pairs of channel and key that are in the queue, or were."""
        if not pairs:
            return set()
        channels, keys = ({pair[place] for pair in pairs} for place in (0, 1))
        domain = [("channel_id", "in", [channel.id for channel in channels]), ("key", "in", list(keys))]
        return {(message.channel_id, message.key) for message in self.search(domain)}

    @api.model
    def _wake_delivery(self, at=None):
        """Where somebody deleted the scheduled action, messages wait: what they tell of goes on all the same."""
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            # In sudo: whoever closes an order has no right on scheduled actions; it only sends what is queued.
            cron.sudo()._trigger(at)

    def action_send_again(self):
        """Queue again what was given up.

        :raises AccessError: for who is neither closure manager nor administrator
        """
        if not any(self.env.user.has_group(group) for group in (MANAGER, ADMINISTRATOR)):
            raise AccessError(self.env._("To send messages again, ask a manager of work order closure."))
        self.check_access("read")
        # In sudo: nobody may write to the queue; what was checked is the group and the access to the messages.
        again = self.sudo().filtered(lambda message: message.state == "dead" and message.event != "test")
        again = again.filtered("channel_id.active")
        now = fields.Datetime.now()
        for message in again:
            # Not within the minute of the last attempt: each message counts once in what was sent lately.
            last = message.attempted_at
            again_at = max(now, last + timedelta(minutes=1)) if last else now
            message.write({"state": "waiting", "attempts": 0, "next_attempt": again_at, "error": False})
        if again:
            self._wake_delivery(sorted(set(again.mapped("next_attempt"))))
        return True

    @api.autovacuum
    def _remove_old(self):
        """What was sent long ago; of closures that still run it keeps from telling the same again."""
        # In sudo: the system cleans up after itself.
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = Domain("create_date", "<", limit) & (Domain("state", "=", "sent") | Domain("event", "=", "test"))
        over = Domain("closure_id", "=", False) | Domain("closure_id.state", "not in", RUNNING)
        messages = self.sudo().search(old & over, limit=REMOVED_AT_ONCE)
        messages.unlink()
        return len(messages), int(len(messages) == REMOVED_AT_ONCE)

import logging
import time
from datetime import timedelta

from markupsafe import Markup
from psycopg2 import Error
from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..tools import (
    LIMITS,
    DeliveryError,
    build_dingtalk,
    build_feishu,
    build_webhook,
    get_delay,
    get_free_time,
    post,
    read_answer,
)
from .requests import check_one

ATTEMPTS = 10
# Seconds that the delivery waits itself for a limit to pass; for more than that it comes back later.
PATIENCE = 3
_logger = logging.getLogger(__name__)


class MrpClosureChannel(models.Model):
    """Delivery: what each kind of channel does with a message, and how much it takes.

    A message is claimed and the claim committed before anything leaves: of two workers one gets
    it, what was tried counts also when the server dies meanwhile, and the limits of the other side
    are kept by all workers together, from the times in the queue.
    """

    _inherit = "mrp.closure.channel"

    def action_send_test(self):
        """Send a test message at once, and say what came of it.

        :return: a notification with the result as a sentence
        :raises AccessError: for everybody but administrators
        """
        check_one(self)
        self._check_is_administrator()
        # In sudo: the queue is written by the system only; the right to configure the channel was checked.
        error = self.sudo()._send_test()
        text = error or self.env._("%(channel)s took the test message.", channel=self.name)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "danger" if error else "success", "message": text, "sticky": bool(error)},
        }

    def _send_test(self):
        """:return: why the test message was not taken, or None"""
        now = fields.Datetime.now()
        if not self._lock_destination():
            return self.env._("Messages are being sent to it right now: try again in a minute.")
        free = self._get_free_time(now)
        if free > now:
            return self.env._(
                "The limit of messages is reached: try again at %(time)s.",
                time=format_datetime(self.env, free, dt_format="short"),
            )
        written = {lang: self.with_context(lang=lang)._write_test() for lang in self._get_languages()}
        payload = {
            "event": "test",
            "company": self.company_id.name,
            "at": f"{now.isoformat()}Z",
            "url": self.get_base_url(),
            "written": written,
        }
        message = self.env["mrp.closure.message"].create(
            {"channel_id": self.id, "event": "test", "payload": payload, "next_attempt": now}
        )
        message._note_attempt(now)
        error = message._deliver()
        if error:
            self._pause(error)
        return message.error or None

    def _write_test(self):
        return {
            "title": self.env._("Test message"),
            "text": self.env._(
                'This is a test message of the channel "%(channel)s" of %(company)s.',
                channel=self.name,
                company=self.company_id.name,
            ),
            "link": self.env._("Open Odoo"),
        }

    @api.model
    def _cron_deliver(self):
        """Send what is due, channel by channel, with a commit after each message."""
        cron, messages = self.env["ir.cron"], self.env["mrp.closure.message"]
        due = messages._read_group(
            [
                ("state", "=", "waiting"),
                ("next_attempt", "<=", fields.Datetime.now()),
                ("channel_id.active", "=", True),
            ],
            ["channel_id"],
            ["__count"],
        )
        if due and not cron._commit_progress(remaining=sum(count for _channel, count in due)):
            return
        for channel, _count in due:
            if not channel._deliver_due():
                break
        # What is left waits for its time: another run at once would find nothing to do.
        cron._commit_progress(remaining=0)
        at = self._get_wake_time()
        if at:
            messages._wake_delivery(at)

    def _deliver_due(self):
        """Send until nothing is due, a limit is reached, or a message is not taken.

        :return: False when the time of the scheduled action is over
        """
        self.ensure_one()
        cron = self.env["ir.cron"]
        while message := self._claim_next():
            cron._commit_progress()
            error = message._deliver()
            has_time = cron._commit_progress(1)
            if error:
                # Whoever does not answer now is not asked for each message in turn.
                self._pause(error)
                self._postpone_due()
                cron._commit_progress()
            if error or not has_time:
                return bool(has_time)
        return True

    def _claim_next(self):
        """The message that this worker sends next; an empty one where there is none to send now."""
        nothing = self.env["mrp.closure.message"]
        while True:
            now = fields.Datetime.now()
            if not self._has_due(now):
                return nothing
            try:
                if not self._lock_destination():
                    self.env.cr.rollback()
                    return nothing
                free = self._get_free_time(now)
                if free <= now:
                    return self._claim_at(now)
            except TransactionRollbackError:
                # Another worker was faster; what it sent is not seen in this transaction.
                self.env.cr.rollback()
                return nothing
            if free - now > timedelta(seconds=PATIENCE):
                return nothing
            self.env["ir.cron"]._commit_progress()
            time.sleep((free - now).total_seconds())

    def _has_due(self, now):
        due = [("channel_id", "=", self.id), ("state", "=", "waiting"), ("next_attempt", "<=", now)]
        return bool(self.env["mrp.closure.message"].search(due, limit=1))

    def _claim_at(self, now):
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM mrp_closure_message
                   WHERE channel_id = %s AND state = 'waiting' AND next_attempt <= %s
                   ORDER BY next_attempt, id LIMIT 1 FOR UPDATE SKIP LOCKED""",
                self.id,
                now,
            )
        )
        message = self.env["mrp.closure.message"].browse([row[0] for row in rows])
        message.invalidate_recordset()
        if message:
            message._note_attempt(now)
        return message

    def _lock_destination(self):
        """Keep other workers from the robot: the channel, and all others with the same address.

        The rows get a new version, so that who began earlier does not count with what it saw then.

        :return: False while another worker is at it
        """
        same = self._get_same_destination()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """WITH locked AS (
                       SELECT id FROM mrp_closure_channel WHERE id IN %s ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
                   )
                   UPDATE mrp_closure_channel c SET id = c.id FROM locked WHERE c.id = locked.id RETURNING c.id""",
                tuple(same.ids),
            )
        )
        return len(rows) == len(same)

    def _get_same_destination(self):
        """Channels of all companies that lead to the same robot: its limits hold for all of them together."""
        if self.kind not in LIMITS:
            return self
        # In sudo: addresses are compared, none is shown. Not by SQL, whose text a server may log.
        channels = self.sudo().with_context(active_test=False).search([("kind", "=", self.kind)], order="id")
        return channels.filtered(lambda channel: channel.url == self.sudo().url)

    def _get_free_time(self, now):
        """When the next message may go to the robot."""
        same, limits = self._get_same_destination(), LIMITS.get(self.kind, ())
        times = []
        if limits:
            longest = timedelta(seconds=max(seconds for _count, seconds in limits) + 1)
            lately = [("channel_id", "in", same.ids), ("attempted_at", ">", now - longest)]
            times = self.env["mrp.closure.message"].sudo().search(lately).mapped("attempted_at")
        pauses = [channel.paused_until for channel in same if channel.paused_until]
        return max([get_free_time(times, limits, now), *pauses])

    @api.model
    def _get_wake_time(self):
        """When a channel has something to send again; None where nothing waits."""
        now = fields.Datetime.now()
        rows = self.env["mrp.closure.message"]._read_group(
            [("state", "=", "waiting"), ("channel_id.active", "=", True)], ["channel_id"], ["next_attempt:min"]
        )
        return min((max(first, channel._get_free_time(now)) for channel, first in rows), default=None)

    def _pause(self, error):
        """Keep still for as long as the other side asked for."""
        if error.pause:
            self.paused_until = fields.Datetime.now() + timedelta(seconds=error.pause)

    def _postpone_due(self):
        """What is due waits for a minute, in its order: one message after the other finds out whether it is over."""
        now = fields.Datetime.now()
        self.env.execute_query(
            SQL(
                """UPDATE mrp_closure_message SET next_attempt = %s WHERE id IN (
                       SELECT id FROM mrp_closure_message
                       WHERE channel_id = %s AND state = 'waiting' AND next_attempt <= %s FOR UPDATE SKIP LOCKED
                   ) RETURNING id""",
                now + timedelta(minutes=1),
                self.id,
                now,
            )
        )
        self.env["mrp.closure.message"].invalidate_model(["next_attempt"])

    # One method for each kind

    def _send(self, message):
        """Hand a message over.

        :raises DeliveryError: when it was not taken
        """
        getattr(self, f"_send_{self.kind}")(message)

    def _send_dingtalk(self, message):
        self._post(build_dingtalk(self.url, self.secret, message._get_robot_text(), time.time()))

    def _send_feishu(self, message):
        self._post(build_feishu(self.url, self.secret, message._get_robot_text(), time.time()))

    def _send_webhook(self, message):
        self._post(build_webhook(self.url, self.secret, message._get_webhook_payload(), time.time()))

    def _post(self, request):
        answer = post(request, allow_internal=self.allow_internal)
        read_answer(self.kind, *answer, time.time())

    def _send_mail(self, message):
        """Into Odoo's own queue of mails, to each recipient in their own language.

        Mails of the message that Odoo could not send go there again, and nobody gets it twice.
        """
        failed = self.env["mail.mail"].search([("closure_message_id", "=", message.id), ("state", "=", "exception")])
        if failed:
            failed.mark_outgoing()
            return
        recipients = self._get_recipients().filtered("email")
        if not recipients:
            raise DeliveryError("nobody")
        company = self.company_id
        sender = company.email_formatted or self.env.ref("base.user_root").email_formatted
        self.env["mail.mail"].create(
            [
                {
                    "subject": written.get("title"),
                    "body_html": message._get_mail_body(written),
                    "email_from": sender,
                    "author_id": company.partner_id.id,
                    "recipient_ids": [fields.Command.set(partners.ids)],
                    "auto_delete": True,
                    "closure_message_id": message.id,
                }
                for lang, partners in recipients.grouped("lang").items()
                for written in [message._get_written(lang)]
            ]
        )


class MrpClosureMessage(models.Model):
    """One attempt to deliver a message, and what becomes of it."""

    _inherit = "mrp.closure.message"

    def _note_attempt(self, now):
        """Before anything leaves: it counts whatever happens, and is tried again if the server dies over it."""
        self.write(
            {
                "attempts": self.attempts + 1,
                "attempted_at": now,
                "next_attempt": now + timedelta(seconds=get_delay(self.attempts + 1)),
            }
        )

    def _deliver(self):
        """Send a claimed message, and note what came of it.

        :return: the DeliveryError, or None where there is nothing to complain about
        """
        self.ensure_one()
        if not self.try_lock_for_update() or self.state != "waiting":
            return None
        error = self._try_to_send()
        now = fields.Datetime.now()
        if not error:
            self.write({"state": "sent", "sent_at": now, "error": False})
            return None
        values = {"error": self._describe_failure(error)}
        if self.attempts >= ATTEMPTS or self.event == "test":
            values["state"] = "dead"
        if error.pause:
            values["next_attempt"] = max(self.next_attempt, now + timedelta(seconds=error.pause))
        self.write(values)
        level = logging.WARNING if self.attempts >= ATTEMPTS else logging.INFO
        _logger.log(level, "Message %s of channel %s was not taken: %s", self.id, self.channel_id.id, self.error)
        return error

    def _give_up(self, error):
        """What was handed over did not arrive after all."""
        # In sudo: the queue is written by the system only; this is called with what became of a delivery.
        self.sudo().write({"state": "dead", "sent_at": False, "error": self.sudo()._describe_failure(error)})

    def _try_to_send(self):
        """:return: the DeliveryError, or None when the message was taken"""
        try:
            with self.env.cr.savepoint():
                self.channel_id._send(self)
        except DeliveryError as error:
            return error
        except Error:
            raise
        except Exception as error:
            # Only what it is: its text and its traceback may quote the address.
            _logger.error("Message %s could not be sent: %s", self.id, type(error).__name__)
            return DeliveryError("unexpected", name=type(error).__name__)
        return None

    # What is sent

    def _get_robot_text(self):
        """The sentences and the link, as a group reads them."""
        written = self._get_written(self.channel_id.lang)
        return "\n".join(filter(None, [written.get("text"), self.payload.get("url")]))

    def _get_webhook_payload(self):
        """Plain data for a program; ``id`` stays the same when a message is sent again."""
        data = {name: value for name, value in self.payload.items() if name != "written"}
        return {"id": self.id, **data, "message": self._get_written(self.channel_id.lang).get("text")}

    def _get_mail_body(self, written):
        lines = Markup().join(Markup("<p>%s</p>") % line for line in (written.get("text") or "").splitlines())
        url = self.payload.get("url")
        link = Markup('<p><a href="%s">%s</a></p>') % (url, written.get("link") or url) if url else Markup()
        return lines + link

import base64
import doctest
import hashlib
import hmac
from datetime import datetime, timedelta
from unittest.mock import patch
from urllib.parse import quote_plus

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import mrp_closure_delivery
from ..tools import outbound, robot
from .common_channel import ChannelCase

QUIET = "odoo.addons.mrp_workorder_closure.models.mrp_closure_delivery"


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelDelivery(ChannelCase):
    """What is queued arrives once, signed as the other side expects; what does not is tried again, then given up."""

    def sign(self, key, message):
        """As the vendors describe it, written once more."""
        return hmac.new(key.encode(), message, hashlib.sha256).digest()

    # Signatures

    def test_the_examples_of_the_tools_hold(self):
        for module in (robot, outbound):
            self.assertFalse(doctest.testmod(module).failed, module.__name__)

    def test_dingtalk_gets_text_with_a_signature_in_the_query(self):
        message = self.queue(self.make_channel("dingtalk"))
        self.deliver()
        self.assertEqual(message.state, "sent")
        [request] = self.server.received
        timestamp, secret = request.query["timestamp"], "SECdemo-secret"
        self.assertEqual(len(timestamp), 13)
        expected = base64.b64encode(self.sign(secret, f"{timestamp}\n{secret}".encode())).decode()
        self.assertEqual(request.query["sign"], expected)
        self.assertTrue(request.path.endswith(f"&timestamp={timestamp}&sign={quote_plus(expected)}"))
        self.assertEqual(request.query["access_token"], "t0k3n-of-robot")
        self.assertEqual(
            request.json,
            {
                "msgtype": "text",
                "text": {"content": "WH/MO/0 is closed.\nhttps://odoo.example/1"},
                "at": {"isAtAll": False},
            },
        )

    def test_feishu_gets_text_with_a_signature_in_the_body(self):
        message = self.queue(self.make_channel("feishu"))
        self.deliver()
        self.assertEqual(message.state, "sent")
        [request] = self.server.received
        timestamp = request.json["timestamp"]
        self.assertEqual(len(timestamp), 10)
        key = f"{timestamp}\nSECdemo-secret"
        self.assertEqual(request.json["sign"], base64.b64encode(self.sign(key, b"")).decode())
        self.assertEqual(request.json["content"], {"text": "WH/MO/0 is closed.\nhttps://odoo.example/1"})

    def test_feishu_gets_at_most_20_kb(self):
        message = self.queue(self.make_channel("feishu"))
        message.payload = {**message.payload, "written": {"en_US": {"title": "Long", "text": "螺丝" * 20000}}}
        self.deliver()
        self.assertEqual(message.state, "sent")
        self.assertLessEqual(len(self.server.received[0].body), 20_000)
        self.assertTrue(self.server.received[0].json["content"]["text"].endswith("…"))

    def test_a_webhook_gets_plain_data_with_a_signature_of_what_is_sent(self):
        channel = self.make_channel()
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.deliver()
        submitted, _waiting = self.server.received
        timestamp = submitted.headers["X-Closure-Timestamp"]
        expected = self.sign("SECdemo-secret", f"{timestamp}.".encode() + submitted.body).hex()
        self.assertEqual(submitted.headers["X-Closure-Signature"], f"sha256={expected}")
        self.assertEqual(submitted.headers["X-Closure-Event"], "submitted")
        message = self.get_messages(channel, "submitted")
        data = submitted.json
        self.assertEqual(
            [data[name] for name in ("id", "event", "order", "closure", "company", "message")],
            [message.id, "submitted", closure.name, closure.id, self.company.name, message.text],
        )
        self.assertIn(f"res_id={closure.id}", data["url"])
        self.assertTrue(data["at"].endswith("Z"))

    def test_a_robot_without_a_secret_gets_no_signature(self):
        for kind in ("dingtalk", "feishu", "webhook"):
            self.queue(self.make_channel(kind, secret=False))
        self.deliver()
        self.assertEqual(len(self.server.received), 3)
        for request in self.server.received:
            self.assertNotIn("sign", request.query)
            self.assertNotIn("sign", request.json)
            self.assertNotIn("X-Closure-Signature", request.headers)

    # Failures

    def assertTriedAgain(self, message, says, after=60):
        self.assertEqual((message.state, message.attempts), ("waiting", 1))
        self.assertRegex(message.error, says)
        self.assertEqual(message.next_attempt, message.attempted_at + timedelta(seconds=after))

    def test_what_a_server_does_not_take_is_tried_again_later(self):
        for answer, says in (
            ((500, {}, b"no"), "The server answered with status 500."),
            ((404, {}, b""), "status 404"),
            ((302, {"Location": "http://127.0.0.1:1/"}, b""), "redirect, which is not followed"),
        ):
            message = self.queue(self.make_channel())
            self.server.answer(answer)
            self.deliver()
            self.assertTriedAgain(message, says)
        self.assertEqual(len(self.server.received), 3)

    def test_a_robot_that_answers_200_with_an_error_code_has_not_taken_the_message(self):
        for kind, body, says in (
            ("dingtalk", b'{"errcode":310000,"errmsg":"sign not match"}', "The robot answered 310000: sign not match"),
            ("feishu", b'{"code":19021,"msg":"sign match fail"}', "The robot answered 19021: sign match fail"),
            ("feishu", b"<html>login</html>", "not that of a robot"),
        ):
            message = self.queue(self.make_channel(kind))
            self.server.answer((200, {}, body))
            self.deliver()
            self.assertTriedAgain(message, says)

    def test_a_server_that_hangs_or_drips_is_left_in_time(self):
        def impatient(request, allow_internal=False):
            return outbound.post(request, allow_internal, timeout=0.5, deadline=1)

        for answer in (self.server.HANG, self.server.DRIP):
            message = self.queue(self.make_channel())
            self.server.answer(answer)
            with patch.object(mrp_closure_delivery, "post", impatient):
                self.deliver()
            self.assertTriedAgain(message, "did not answer in time")

    def test_a_huge_answer_is_read_in_part(self):
        huge = (200, {}, b'{"errcode":0,"pad":"' + b"x" * 5_000_000 + b'"}')
        self.server.answer(huge)
        hook, ding = self.queue(self.make_channel()), self.queue(self.make_channel("dingtalk"))
        self.deliver()
        self.assertEqual(hook.state, "sent")
        self.assertTriedAgain(ding, "not that of a robot")

    def test_a_server_that_is_gone_is_a_sentence_in_the_queue(self):
        message = self.queue(self.make_channel(url="http://127.0.0.1:9/x"))
        self.deliver()
        self.assertTriedAgain(message, "did not take the connection")

    def test_a_pause_that_the_server_asks_for_holds_for_the_whole_channel(self):
        channel = self.make_channel()
        first, second = self.queue(channel, 2)
        self.server.answer((429, {"Retry-After": "900"}, b""), self.server.FINE)
        self.deliver()
        self.assertEqual((first.state, second.attempts), ("waiting", 0))
        self.assertIn("asked for a pause", first.error)
        self.assertGreaterEqual(channel.paused_until, fields.Datetime.now() + timedelta(seconds=890))
        self.assertGreaterEqual(first.next_attempt, channel.paused_until - timedelta(seconds=1))
        self.deliver()
        self.assertEqual(len(self.server.received), 1)
        self.make_due(first | second)
        self.deliver()
        self.assertEqual((first | second).mapped("state"), ["sent", "sent"])

    def test_whoever_does_not_answer_is_asked_once_a_run_and_holds_up_nobody(self):
        broken = self.queue(self.make_channel(url="http://127.0.0.1:9/x"), 3)
        fine = self.queue(self.make_channel())
        self.deliver()
        self.assertEqual(sum(broken.mapped("attempts")), 1)
        self.assertGreater(min(broken.mapped("next_attempt")), fields.Datetime.now() + timedelta(seconds=50))
        self.assertEqual(fine.state, "sent")

    @mute_logger(QUIET)
    def test_after_the_last_attempt_a_message_is_given_up_and_can_be_sent_again(self):
        channel = self.make_channel()
        message = self.queue(channel)
        self.server.answer((500, {}, b""))
        delays = []
        for _attempt in range(mrp_closure_delivery.ATTEMPTS):
            self.make_due(message)
            self.deliver()
            delays.append((message.next_attempt - message.attempted_at).total_seconds() // 60)
        self.assertEqual((message.state, message.attempts), ("dead", 10))
        self.assertEqual(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360])
        self.assertEqual((channel.waiting_count, channel.dead_count), (0, 1))
        self.server.answer(self.server.FINE)
        message.with_user(self.manager).action_send_again()
        self.assertEqual((message.state, message.error), ("waiting", False))
        self.make_due(message)
        self.deliver()
        self.assertEqual((message.state, message.attempts), ("sent", 1))
        self.assertTrue(message.sent_at)

    @mute_logger(QUIET)
    def test_an_unforeseen_error_counts_as_an_attempt_and_says_no_more_than_what_it_is(self):
        message = self.queue(self.make_channel())
        with patch.object(mrp_closure_delivery, "post", side_effect=KeyError("t0k3n-of-robot")):
            self.deliver()
        self.assertTriedAgain(message, r"^Something unexpected went wrong: KeyError\.$")

    def test_what_waits_for_a_channel_that_is_archived_is_given_up(self):
        channel = self.make_channel()
        message = self.queue(channel)
        channel.active = False
        self.assertEqual((message.state, message.error), ("dead", "The channel was archived."))
        message.with_user(self.manager).action_send_again()
        self.deliver()
        self.assertFalse(self.server.received)

    # Nothing of an address

    def test_errors_and_logs_hold_nothing_of_address_and_secret(self):
        echo = b'{"errcode":1,"errmsg":"t0k3n-of-robot of /hook/abcdef123456 with SECdemo-secret"}'
        message = self.queue(self.make_channel("dingtalk"))
        self.server.answer((200, {}, echo))
        with self.assertLogs("odoo", "DEBUG") as logs:
            self.deliver()
        self.assertEqual(message.error, "The robot answered 1: *** of /hook/*** with ***")
        for line in logs.output:
            for secret in ("t0k3n-of-robot", "SECdemo-secret", "abcdef123456"):
                self.assertNotIn(secret, line)

    # Limits

    def test_dingtalk_gets_20_messages_a_minute(self):
        with freeze_time("2030-01-01 12:00:00") as clock:
            messages = self.queue(self.make_channel("dingtalk"), 45)
            for wait, sent in ((0, 20), (31, 20), (31, 40), (31, 40), (31, 45)):
                clock.tick(wait)
                self.deliver()
                self.assertEqual(len(messages.filtered(lambda message: message.state == "sent")), sent)
        self.assertEqual(len(self.server.received), 45)

    def test_the_limit_holds_for_all_channels_of_one_robot_together(self):
        with freeze_time("2030-01-01 12:00:00"):
            one, other = self.make_channel("dingtalk"), self.make_channel("dingtalk")
            self.queue(one, 15)
            self.queue(other, 15)
            self.deliver()
        self.assertEqual(len(self.server.received), 20)

    def test_dingtalk_that_is_too_fast_is_left_alone_for_ten_minutes(self):
        channel = self.make_channel("dingtalk")
        self.queue(channel, 2)
        self.server.answer((200, {}, b'{"errcode":130101,"errmsg":"send too fast"}'), self.server.FINE)
        with freeze_time("2030-01-01 12:00:00") as clock:
            self.make_due(self.get_messages(channel))
            self.deliver()
            clock.tick(9 * 60)
            self.deliver()
            self.assertEqual(len(self.server.received), 1)
            clock.tick(2 * 60)
            self.deliver()
        self.assertEqual(len(self.server.received), 3)

    def test_feishu_gets_5_messages_a_second_and_100_a_minute(self):
        with freeze_time("2030-01-01 12:00:00") as clock:
            times = []

            def sleep(seconds):
                times.append((fields.Datetime.now(), len(self.server.received)))
                clock.tick(seconds)

            self.queue(self.make_channel("feishu"), 120)
            with patch.object(mrp_closure_delivery.time, "sleep", sleep):
                # Each run of a scheduled action has ten seconds.
                for _run in range(6):
                    self.deliver()
            self.assertEqual(len(self.server.received), 100)
            self.assertEqual([count for _time, count in times], list(range(5, 100, 5)))
            self.assertLess(fields.Datetime.now(), datetime(2030, 1, 1, 12, 1))

    def test_what_has_to_wait_wakes_the_delivery_when_its_time_comes(self):
        with freeze_time("2030-01-01 12:00:00"):
            self.queue(self.make_channel("dingtalk"), 21)
            self.deliver()
            cron = self.env.ref("mrp_workorder_closure.ir_cron_deliver")
            times = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).mapped("call_at")
        self.assertIn(datetime(2030, 1, 1, 12, 1, 1), times)

    # Mail

    def test_a_mail_goes_to_each_recipient_in_their_own_language_with_a_link(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.paula.email, self.quentin.email = "paula@example.com", "quentin@example.com"
        self.quentin.lang = "zh_CN"
        channel = self.make_mail_channel(self.paula, self.quentin)
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        before = self.env["mail.mail"].search([])
        self.deliver()
        self.assertEqual(set(self.get_messages(channel).mapped("state")), {"sent"})
        mails = self.env["mail.mail"].search([]) - before
        self.assertEqual(len(mails), 4)
        english = mails.filtered(lambda mail: mail.recipient_ids == self.paula.partner_id)
        self.assertIn(f"{closure.name}: Submitted", english.mapped("subject"))
        self.assertIn(f"res_id={closure.id}", english[0].body_html)
        self.assertEqual(set(mails.recipient_ids.mapped("email")), {"paula@example.com", "quentin@example.com"})

    def test_a_group_gets_mail_for_those_who_work_in_the_company(self):
        self.paula.email = self.peter.email = "somebody@example.com"
        company = self.env["res.company"].create({"name": "Other Works"})
        self.peter.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        channel = self.make_mail_channel(group_ids=[(6, 0, self.group.ids)], partner_ids=False)
        self.assertEqual(channel._get_recipients(), self.paula.partner_id)

    def test_recipients_without_an_address_are_a_sentence_in_the_queue(self):
        self.paula.email = False
        message = self.queue(self.make_mail_channel(self.paula))
        self.deliver()
        self.assertTriedAgain(message, "Nobody to write to")

    def fail_to_mail(self, mails):
        with (
            patch.object(self.registry["ir.mail_server"], "_connect__", side_effect=OSError("connection refused")),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            mails.send()

    def test_a_mail_that_no_server_takes_is_given_up_and_sent_again_to_those_who_missed_it(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.paula.email, self.quentin.email = "paula@example.com", "quentin@example.com"
        self.quentin.lang = "zh_CN"
        message = self.queue(self.make_mail_channel(self.paula, self.quentin))
        self.deliver()
        self.assertEqual(message.state, "sent")
        mails = self.env["mail.mail"].search([("closure_message_id", "=", message.id)])
        missed = mails.filtered(lambda mail: mail.recipient_ids == self.quentin.partner_id)
        self.fail_to_mail(missed)
        self.assertEqual((message.state, message.sent_at), ("dead", False))
        self.assertEqual(message.error, "The mail could not be sent: connection refused")
        message.action_send_again()
        self.make_due(message)
        self.deliver()
        self.assertEqual((message.state, message.error), ("sent", False))
        self.assertEqual(missed.state, "outgoing")
        self.assertEqual(self.env["mail.mail"].search([("closure_message_id", "=", message.id)]), mails)

    # The test button

    def test_the_test_button_sends_at_once_and_says_what_came_of_it(self):
        channel = self.make_channel("feishu")
        result = channel.action_send_test()
        self.assertEqual(result["params"]["type"], "success")
        self.assertEqual(result["params"]["message"], "Production Group took the test message.")
        self.assertIn("This is a test message", self.server.received[0].json["content"]["text"])
        self.assertEqual(self.get_messages(channel).state, "sent")

    def test_the_test_button_says_what_is_wrong_and_what_failed_is_not_tried_again(self):
        channel = self.make_channel("feishu")
        self.server.answer((200, {}, b'{"code":19021,"msg":"sign match fail"}'))
        result = channel.action_send_test()
        self.assertEqual(result["params"]["type"], "danger")
        self.assertEqual(result["params"]["message"], "The robot answered 19021: sign match fail")
        self.assertEqual(self.get_messages(channel).state, "dead")

    def test_tests_count_as_messages_and_keep_the_limit(self):
        channel = self.make_channel("dingtalk")
        with freeze_time("2030-01-01 12:00:00"):
            self.queue(channel, 20)
            self.deliver()
            result = channel.action_send_test()
        self.assertIn("The limit of messages is reached", result["params"]["message"])
        self.assertEqual(len(self.server.received), 20)

    # Cleaning up

    def test_what_was_sent_long_ago_is_removed_and_what_keeps_an_event_from_being_told_twice_is_not(self):
        channel = self.make_channel()
        running = self.make_order().closure_id
        old, recent, told, dead = self.queue(channel, 4)
        (old | recent | told).write({"state": "sent"})
        told.closure_id = running
        dead.state = "dead"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mrp_closure_message SET create_date = %s WHERE id IN %s",
            [fields.Datetime.now() - timedelta(days=61), tuple((old | told | dead).ids)],
        )
        self.env.invalidate_all()
        done, remaining = self.env["mrp.closure.message"]._remove_old()
        self.assertEqual((done, remaining), (1, 0))
        self.assertEqual((old | recent | told | dead).exists(), recent | told | dead)

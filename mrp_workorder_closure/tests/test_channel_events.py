from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_channel import ChannelCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelEvents(ChannelCase):
    """Each node of a closure is told once, to the channels that listen, in a clear sentence."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_levels(cls.named(cls.paula, deadline_hours=4), cls.named(cls.quentin))

    def run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"mrp_workorder_closure.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def set_age(self, closure, hours):
        """The order was confirmed so many hours ago, and its checks had four hours."""
        self.env.flush_all()
        made = fields.Datetime.now() - timedelta(hours=hours)
        self.env.cr.execute("UPDATE mrp_closure SET create_date = %s WHERE id = %s", [made, closure.id])
        self.env.invalidate_all()
        closure.check_ids._write_evidence({"deadline": made + timedelta(hours=4)})

    def test_a_closure_is_told_from_its_submission_to_its_end(self):
        channel = self.make_channel()
        closure = self.make_submitted()
        self.approve(closure, self.paula, self.quentin)
        closure.production_id.with_user(self.operator).button_mark_done()
        self.assertEqual(self.get_messages(channel).mapped("event"), ["submitted", "waiting", "waiting", "closed"])
        order = f"{closure.name} (Table)"
        submitted, first, second, closed = self.get_texts(channel)
        self.assertEqual(submitted, f"{order} was submitted for approval by Olga Operator.")
        self.assertRegex(
            first, rf'^{closure.name} \(Table\) waits for Paula to decide at "Level 1", since .+\.\nDecide by '
        )
        self.assertRegex(second, r'waits for Quentin to decide at "Level 2", since [^\n]+\.$')
        self.assertEqual(closed, f"{order} is closed.")

    def test_a_message_holds_the_facts_as_plain_data_and_a_link(self):
        channel = self.make_channel()
        closure = self.make_submitted()
        payload = self.get_messages(channel, "waiting").payload
        self.assertEqual(
            {name: payload[name] for name in ("event", "order", "product", "closure", "company")},
            {
                "event": "waiting",
                "order": closure.name,
                "product": "Table",
                "closure": closure.id,
                "company": self.company.name,
            },
        )
        self.assertTrue(payload["url"].endswith(f"/mail/view?model=mrp.closure&res_id={closure.id}"))
        [level] = payload["subjects"]
        self.assertEqual((level["level"], level["waits_for"]), ("Level 1", "Paula"))
        self.assertRegex(level["deadline"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_a_level_that_turns_down_or_sends_back_is_told_with_its_comment(self):
        channel = self.make_channel()
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        closure.with_user(self.quentin).action_send_back(10, "look at the legs")
        closure.with_user(self.paula).action_reject("two legs are short")
        back, down = self.get_texts(channel, "rejected")
        self.assertIn('was sent back from "Level 2" to "Level 1" by Quentin: look at the legs', back)
        self.assertIn('was turned down at "Level 1" by Paula: two legs are short', down)
        self.assertEqual(len(self.get_messages(channel, "waiting")), 3)

    def test_a_check_that_fails_is_told_and_again_only_when_it_is_answered_again(self):
        channel = self.make_channel()
        closure = self.make_order().closure_id
        check = closure.check_ids[0].with_user(self.operator)
        check.action_fail("oil on the floor")
        closure.with_user(self.operator).action_refresh()
        [text] = self.get_texts(channel, "failed")
        self.assertEqual(
            text,
            f'{closure.name} (Table): "Area is tidy" failed: oil on the floor. It waits for Olga Operator.',
        )
        with patch.object(fields.Datetime, "now", lambda: check.done_at + timedelta(minutes=1)):
            check.action_fail("still oil on the floor")
        self.assertEqual(len(self.get_messages(channel, "failed")), 2)

    def test_a_figure_that_the_system_finds_wrong_is_told_and_work_that_is_not_done_yet_is_not(self):
        self.template.point_ids = [
            Command.clear(),
            Command.create({"name": "Legs as planned", "kind": "consumption", "tolerance_pct": 5}),
            Command.create({"name": "Work is finished", "kind": "workorders_finished"}),
        ]
        channel = self.make_channel()
        order = self.make_order()
        order.qty_producing = order.product_qty
        order.set_qty_producing()
        order.move_raw_ids[0].quantity += 5
        order.move_raw_ids.picked = True
        for _time in range(2):
            order.closure_id.with_user(self.operator).action_refresh()
        self.assertEqual(set(order.closure_id.check_ids.mapped("state")), {"fail"})
        [text] = self.get_texts(channel, "failed")
        self.assertIn('"Legs as planned" failed', text)

    def test_late_checks_of_a_closure_are_told_together_and_told_again_when_managers_are(self):
        self.template.point_ids.deadline_hours = 4
        channel = self.make_channel()
        closure = self.make_order().closure_id
        self.set_age(closure, 5)
        for _time in range(2):
            self.run_cron("ir_cron_remind_late_checks")
        [late] = self.get_texts(channel, "overdue")
        self.assertEqual(len(late.splitlines()), 2)
        self.assertRegex(late, r'is overdue: "Area is tidy" waits for Olga Operator and was due on ')
        self.set_age(closure, 40)
        self.run_cron("ir_cron_remind_late_checks")
        self.assertIn("still not answered", self.get_texts(channel, "overdue")[-1])

    def test_a_late_approval_is_told_once_also_when_it_was_reminded_of_before(self):
        channel = self.make_channel()
        closure = self.make_submitted()
        approval = closure.sudo().approval_ids.filtered(lambda approval: approval.state == "pending")
        now = fields.Datetime.now()
        approval._write_evidence({"remind_at": now - timedelta(hours=1), "deadline": now + timedelta(hours=1)})
        self.run_cron("ir_cron_remind_of_approvals")
        self.assertRegex(self.get_texts(channel, "waiting")[-1], "^Reminder: .* still waits for Paula to decide")
        self.assertFalse(self.get_messages(channel, "overdue"))
        approval._write_evidence({"deadline": now - timedelta(minutes=1)})
        for _time in range(2):
            self.run_cron("ir_cron_remind_of_approvals")
        [text] = self.get_texts(channel, "overdue")
        self.assertIn('is overdue: "Level 1" has waited for Paula since', text)
        self.assertEqual(len(self.get_messages(channel, "waiting")), 2)

    def test_what_was_told_is_not_written_out_again(self):
        self.make_channel()
        closure = self.make_submitted()
        approval = closure.sudo().approval_ids.filtered(lambda approval: approval.state == "pending")
        approval._write_evidence({"deadline": fields.Datetime.now() - timedelta(minutes=1)})
        model = self.registry["mrp.closure"]
        with patch.object(model, "_write_message", autospec=True, side_effect=model._write_message) as write:
            for expected in (1, 1):
                self.run_cron("ir_cron_remind_of_approvals")
                told = [call for call in write.call_args_list if call.args[1] == "overdue"]
                self.assertEqual(len(told), expected)

    def test_a_forced_close_is_told_with_who_and_why(self):
        channel = self.make_channel()
        closure = self.make_submitted()
        closure.with_user(self.manager).action_force_close("the customer is waiting")
        self.assertEqual(closure.state, "closed")
        [forced] = self.get_texts(channel, "forced")
        self.assertEqual(forced, f"Max Manager closes {closure.name} (Table) by force: the customer is waiting")
        [closed] = self.get_texts(channel, "closed")
        self.assertIn("is closed, by force of Max Manager: the customer is waiting", closed)

    def test_an_event_that_is_rolled_back_leaves_no_message(self):
        channel = self.make_channel()
        order = self.make_order()
        self.make_ready(order)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.closure_id.with_user(self.operator).action_submit()
            self.assertTrue(self.get_messages(channel, "submitted"))
            raise UserError("something else failed")
        self.assertFalse(self.get_messages(channel))

    def test_the_same_event_is_told_once(self):
        channel = self.make_channel()
        closure = self.make_submitted()
        closure._notify("submitted")
        self.assertEqual(len(self.get_messages(channel, "submitted")), 1)

    def test_each_channel_tells_what_it_listens_to_about_the_closures_it_is_for(self):
        silent = self.make_channel(on_submitted=False)
        other = self.template.copy({"name": "Others", "product_ids": False})
        elsewhere = self.make_channel(template_ids=[Command.set(other.ids)])
        conditional = self.make_channel(condition="[('product_qty', '>', 50)]")
        archived = self.make_channel()
        archived.active = False
        company = self.env["res.company"].create({"name": "Other Works"})
        foreign = self.make_channel(company_id=company.id)
        closure = self.make_submitted()
        self.assertEqual(set(self.get_messages(silent).mapped("event")), {"waiting"})
        for channel in (elsewhere, conditional, archived, foreign):
            self.assertFalse(self.get_messages(channel))
        large = self.make_submitted(qty=60)
        self.assertEqual(self.get_messages(conditional, "submitted").closure_id, large)
        self.assertNotEqual(closure, large)

    def test_a_condition_that_can_no_longer_be_evaluated_stops_nothing(self):
        channel = self.make_channel()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mrp_closure_channel SET condition = %s WHERE id = %s", ["[('gone', '=', 1)]", channel.id]
        )
        self.env.invalidate_all()
        self.make_submitted()
        self.assertTrue(self.get_messages(channel, "submitted"))

    def test_messages_are_in_the_language_of_the_channel_and_mails_in_that_of_whoever_gets_them(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.quentin.lang = "zh_CN"
        mail = self.make_mail_channel(self.paula, self.quentin)
        robot = self.make_channel(lang="zh_CN")
        self.make_submitted()
        self.assertEqual(set(self.get_messages(mail, "submitted").payload["written"]), {"en_US", "zh_CN"})
        self.assertEqual(set(self.get_messages(robot, "submitted").payload["written"]), {"zh_CN"})

    def test_a_language_that_was_removed_stops_nothing(self):
        lang = self.env["res.lang"]._activate_lang("zh_CN")
        channel = self.make_channel(lang="zh_CN")
        lang.active = False
        self.make_submitted()
        self.assertIn("was submitted", self.get_texts(channel, "submitted")[0])

    def count(self, act):
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def make_ready_closures(self, number):
        self.template.point_ids.unlink()
        block = self.env["product.product"].create({"name": "Block", "is_storable": True})
        self.template.product_ids += block
        orders = self.env["mrp.production"].with_user(self.operator)
        orders = orders.create([{"product_id": block.id, "product_qty": 1} for _count in range(number)])
        orders.action_confirm()
        orders.qty_producing = 1
        return self.env["mrp.closure"].browse(orders.closure_id.ids).with_user(self.operator)

    def test_without_a_channel_an_event_costs_no_query(self):
        closures = self.make_ready_closures(2)
        self.env["mrp.closure.channel"]._get_listeners()
        self.assertEqual(self.count(lambda: closures._notify("submitted")), 0)

    def test_a_channel_costs_the_same_queries_whatever_the_size_of_the_batch(self):
        self.make_channel()
        counts = []
        for number in (2, 2, 20):
            closures = self.make_ready_closures(number)
            counts.append(self.count(lambda closures=closures: closures._notify("closed")))
        self.assertEqual(counts[1], counts[2])

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_approval import ApprovalCase

APPROVAL_TYPE = "mrp_workorder_closure.mail_activity_type_approval"
ALERT_TYPE = "mrp_workorder_closure.mail_activity_type_alert"


@tagged("post_install", "-at_install")
class TestApprovalActivities(ApprovalCase):
    """Whoever is asked finds it in the inbox of activities, is reminded once, and others are told once."""

    def get_activities(self, closure, xmlid=APPROVAL_TYPE):
        return self.env["mail.activity"].search(
            [("res_model", "=", "mrp.closure"), ("res_id", "=", closure.id)]
            + [("activity_type_id", "=", self.env.ref(xmlid).id)],
            order="id",
        )

    def make_old(self, closure, hours):
        """As if the pending level had been asked so many hours ago."""
        for approval in closure.sudo()._get_pending_approvals():
            vals = {
                name: approval[name] - timedelta(hours=hours)
                for name in ("since", "deadline", "remind_at")
                if approval[name]
            }
            approval._write_evidence(vals)

    def run_cron(self):
        cron = self.env.ref("mrp_workorder_closure.ir_cron_remind_of_approvals")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_who_is_asked_has_an_activity_that_goes_with_the_decision(self):
        self.set_levels(self.named(self.paula, self.quentin, min_approvals=0), {"group_id": self.group.id})
        closure = self.make_submitted()
        activities = self.get_activities(closure)
        self.assertEqual(activities.user_id, self.paula | self.quentin)
        self.assertIn("Level 1", activities[0].summary)
        self.assertEqual(activities[0].activity_category, "closure_decision")
        self.approve(closure, self.paula)
        self.assertEqual(self.get_activities(closure).user_id, self.quentin)
        self.approve(closure, self.quentin)
        activity = self.get_activities(closure)
        self.assertEqual((activity.closure_group_id, activity.user_id.id), (self.group, False))
        closure.with_user(self.peter).action_reject("Count again")
        self.assertFalse(self.get_activities(closure))

    def test_the_next_level_gets_the_activity_of_the_level_before_with_nothing_of_its_person(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin, deadline_hours=48))
        closure = self.make_submitted()
        before = self.get_activities(closure)
        before.with_user(self.paula).write({"note": "Ask my wife first", "date_deadline": "2099-01-01"})
        self.approve(closure, self.paula)
        after = self.get_activities(closure)
        self.assertEqual((after, after.user_id, after.note), (before, self.quentin, False))
        self.assertIn("Level 2", after.summary)
        pending = closure.sudo()._get_pending_approvals()
        self.assertEqual(after.date_deadline, pending.deadline.date())
        self.assertEqual(after.closure_figures, str(pending.id))
        self.assertIn(self.quentin.partner_id, closure.message_partner_ids)

    def test_who_comes_back_finds_it_with_the_next_refresh(self):
        self.set_levels(self.named(self.paula, self.quentin))
        closure = self.make_submitted()
        self.paula.active = False
        closure.with_user(self.operator).action_refresh()
        self.assertEqual(self.get_activities(closure).user_id, self.quentin)
        self.paula.active = True
        closure.with_user(self.operator).action_refresh()
        self.assertEqual(self.get_activities(closure).user_id, self.paula | self.quentin)

    def test_an_activity_that_was_done_by_hand_is_not_handed_on(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin))
        closure = self.make_submitted()
        done = self.get_activities(closure)
        done.with_user(self.paula).action_done()
        self.approve(closure, self.paula)
        after = self.get_activities(closure)
        self.assertEqual(after.user_id, self.quentin)
        self.assertNotEqual(after, done)

    def test_a_signer_a_forward_and_a_delegate_have_it_too(self):
        self.set_levels(self.named(self.paula))
        self.env["mrp.closure.delegation"].with_user(self.paula).create(
            {"delegate_id": self.wanda.id, "date_to": "2099-01-01"}
        )
        closure = self.make_submitted()
        self.assertEqual(self.get_activities(closure).user_id, self.paula | self.wanda)
        closure.with_user(self.paula).action_add_signer(self.fiona)
        self.assertEqual(self.get_activities(closure).user_id, self.paula | self.wanda | self.fiona)
        closure.with_user(self.paula).action_forward(self.quentin)
        self.assertEqual(self.get_activities(closure).user_id, self.quentin | self.fiona)

    def test_the_inbox_of_a_member_counts_the_work_of_the_group(self):
        self.set_levels({"group_id": self.group.id})
        self.make_submitted()
        for user, count in ((self.paula, 1), (self.peter, 1), (self.wanda, 0)):
            groups = self.env["res.users"].with_user(user)._get_activity_groups()
            totals = [group["total_count"] for group in groups if group["model"] == "mrp.closure"]
            self.assertEqual(sum(totals), count, user.name)

    def test_it_is_due_with_the_deadline_of_the_level(self):
        self.set_levels(self.named(self.paula, deadline_hours=48))
        closure = self.make_submitted()
        self.assertEqual(self.get_activities(closure).date_deadline, closure.approval_ids.deadline.date())

    def test_a_reminder_comes_once_and_before_it_is_late(self):
        self.set_levels(self.named(self.paula, reminder_hours=2, deadline_hours=8))
        closure = self.make_submitted()
        self.run_cron()
        self.assertFalse(closure.approval_ids.reminded_at)
        self.make_old(closure, 3)
        self.run_cron()
        approval = closure.approval_ids
        self.assertTrue(approval.reminded_at)
        self.assertFalse(approval.escalated_at)
        self.assertEqual(self.get_activities(closure, ALERT_TYPE).user_id, self.paula)
        notes = closure.message_ids.filtered(lambda message: "Reminder" in (message.body or ""))
        self.assertEqual((len(notes), notes.partner_ids), (1, self.paula.partner_id))
        self.run_cron()
        self.assertEqual(len(closure.message_ids.filtered(lambda message: "Reminder" in (message.body or ""))), 1)
        self.approve(closure, self.paula)
        self.assertFalse(self.get_activities(closure, ALERT_TYPE))

    def test_without_a_reminder_time_the_deadline_reminds(self):
        self.set_levels(self.named(self.paula, deadline_hours=8))
        closure = self.make_submitted()
        self.make_old(closure, 9)
        self.run_cron()
        self.assertTrue(closure.approval_ids.reminded_at)

    def test_a_late_level_is_escalated_once_to_its_group(self):
        self.set_levels(self.named(self.fiona, deadline_hours=8, escalation_group_id=self.group.id))
        closure = self.make_submitted()
        self.make_old(closure, 9)
        self.run_cron()
        alerts = self.get_activities(closure, ALERT_TYPE)
        self.assertIn(self.group, alerts.closure_group_id)
        self.assertIn("late", alerts.filtered("closure_group_id").summary)
        stamp = closure.approval_ids.escalated_at
        self.assertTrue(stamp)
        count = len(closure.message_ids)
        self.run_cron()
        self.assertEqual((closure.approval_ids.escalated_at, len(closure.message_ids)), (stamp, count))

    def test_the_group_it_is_escalated_to_reads_it_with_no_other_right(self):
        self.set_levels(self.named(self.fiona, deadline_hours=8, escalation_group_id=self.group.id))
        closure = self.make_submitted()
        as_peter = closure.with_user(self.peter)
        self.assertFalse(as_peter.has_access("read"))
        self.make_old(closure, 9)
        self.run_cron()
        groups = self.env["res.users"].with_user(self.peter)._get_activity_groups()
        self.assertEqual([group["total_count"] for group in groups if group["model"] == "mrp.closure"], [1])
        self.assertEqual(as_peter.approval_ids.escalation_group_id, self.group)
        self.assertTrue(as_peter.action_refresh())
        self.assertRefused(AccessError, "ask Fiona", as_peter.action_approve)
        self.assertFalse(closure.with_user(self.wanda).has_access("read"))

    def test_a_level_without_time_limits_is_never_late(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        approval = closure.sudo().approval_ids
        approval._write_evidence({"since": approval.since - timedelta(days=365)})
        self.run_cron()
        self.assertFalse(approval.reminded_at or approval.escalated_at)

    def test_levels_that_wait_for_their_turn_are_not_late(self):
        self.set_levels(self.named(self.paula, deadline_hours=8), self.named(self.quentin, deadline_hours=1))
        closure = self.make_submitted()
        self.make_old(closure, 9)
        self.run_cron()
        first, second = closure.approval_ids.sorted("sequence")
        self.assertTrue(first.reminded_at)
        self.assertFalse(second.reminded_at)
        self.assertEqual(self.get_activities(closure).user_id, self.paula)

    def test_a_cron_that_is_taken_up_again_repeats_nothing_and_stops_for_no_closure(self):
        self.set_levels(self.named(self.paula, deadline_hours=8))
        closures = self.make_submitted() | self.make_submitted()
        for closure in closures:
            self.make_old(closure, 9)
        broken, model = closures[0].id, self.registry["mrp.closure"]
        original = model._post_approval_reminder

        def fail(closure, reminded, escalated):
            if closure.id == broken:
                raise ValueError("broken")
            return original(closure, reminded, escalated)

        with (
            patch.object(model, "_post_approval_reminder", fail),
            self.assertLogs("odoo.addons.mrp_workorder_closure", "ERROR"),
        ):
            self.run_cron()
        self.assertEqual([bool(closure.approval_ids.reminded_at) for closure in closures], [False, True])
        self.run_cron()
        for closure in closures:
            notes = closure.message_ids.filtered(lambda message: "Reminder" in (message.body or ""))
            self.assertEqual(len(notes), 1)

    def test_the_late_filter_finds_what_is_late(self):
        self.set_levels(self.named(self.paula, deadline_hours=8))
        late, early = self.make_submitted(), self.make_submitted()
        self.make_old(late, 9)
        approvals = self.env["mrp.closure.approval"].with_user(self.paula)
        self.assertEqual(approvals.search([("is_late", "=", True)]), late.approval_ids)
        self.assertEqual(approvals.search([("is_late", "=", False)]), early.approval_ids)
        self.assertEqual(late.approval_ids.is_late, True)
        self.assertAlmostEqual(late.approval_ids.age_hours, 9, places=1)
        self.assertLess(late.approval_ids.deadline, fields.Datetime.now())

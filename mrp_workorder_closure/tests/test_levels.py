from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import tagged

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestLevels(ApprovalCase):
    """Levels are asked in their order; each takes the approvals it needs, of those it names."""

    def test_levels_are_asked_one_after_the_other_and_the_last_one_releases_the_order(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin))
        closure = self.make_submitted()
        self.assertEqual((closure.state, closure.submitted_by_id), ("to_approve", self.operator))
        self.assertEqual(self.get_states(closure), ["pending", "waiting"])
        self.assertRefused(AccessError, "ask Paula", closure.with_user(self.quentin).action_approve)
        self.approve(closure, self.paula)
        self.assertEqual((closure.state, self.get_states(closure)), ("to_approve", ["approved", "pending"]))
        self.approve(closure, self.quentin)
        self.assertEqual((closure.state, self.get_states(closure)), ("approved", ["approved", "approved"]))
        self.assertTrue(closure.approved_at)
        closure.production_id.with_user(self.operator).button_mark_done()
        self.assertEqual((closure.production_id.state, closure.state), ("done", "closed"))

    def test_mark_as_done_names_the_level_that_is_missing(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        order = closure.production_id
        with self.assertRaisesRegex(RedirectWarning, "Level 1.*Paula"):
            order.with_user(self.operator).button_mark_done()
        self.assertEqual([blocker["code"] for blocker in order.get_closure_blockers()], ["approval"])
        self.assertIn("Paula", closure.blocker_message)

    def test_equal_sequences_are_asked_at_the_same_time(self):
        self.set_levels(
            self.named(self.paula, sequence=10), self.named(self.quentin, sequence=10), self.named(self.fiona)
        )
        closure = self.make_submitted()
        self.assertEqual(self.get_states(closure), ["pending", "pending", "waiting"])
        self.approve(closure, self.quentin)
        self.assertEqual(self.get_states(closure), ["pending", "approved", "waiting"])
        self.approve(closure, self.paula)
        self.assertEqual(self.get_states(closure), ["approved", "approved", "pending"])

    def test_a_member_of_the_group_decides_with_no_other_right(self):
        self.set_levels({"group_id": self.group.id})
        closure = self.make_submitted()
        self.assertRefused(AccessError, "Production Leads", closure.sudo().with_user(self.manager).action_approve)
        self.approve(closure, self.peter)
        self.assertEqual(closure.state, "approved")

    def test_the_responsible_of_the_order_decides(self):
        self.set_levels({"is_responsible": True})
        closure = self.make_submitted(user_id=self.paula.id)
        self.assertEqual(closure.approval_ids.user_ids, self.paula)
        self.approve(closure, self.paula)
        self.assertEqual(closure.state, "approved")

    def test_an_order_without_responsible_waits_for_one(self):
        self.set_levels({"is_responsible": True})
        order = self.make_order(user_id=False)
        self.submit(order)
        self.assertEqual(order.closure_id.state, "open")
        self.assertRefused(RedirectWarning, "responsible", order.closure_id.with_user(self.operator).action_submit)

    def test_a_quorum_counts_each_person_once(self):
        self.set_levels({"group_id": self.group.id, "min_approvals": 2})
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.assertEqual(self.get_states(closure), ["pending"])
        self.company.closure_allow_same_person = True
        self.assertRefused(AccessError, "approved it already", closure.with_user(self.paula).action_approve)
        self.approve(closure, self.peter)
        self.assertEqual(closure.state, "approved")

    def test_all_means_every_person_named(self):
        self.set_levels(self.named(self.paula, self.quentin, self.fiona, min_approvals=0))
        closure = self.make_submitted()
        self.approve(closure, self.fiona, self.paula)
        self.assertEqual(closure.state, "to_approve")
        self.approve(closure, self.quentin)
        self.assertEqual(closure.state, "approved")

    def test_a_level_whose_condition_does_not_hold_is_skipped_and_recorded(self):
        self.set_levels(
            self.named(self.paula, condition="[('product_qty', '>=', 100)]"),
            self.named(self.quentin, condition="[('product_qty', '<', 100)]"),
        )
        closure = self.make_submitted(qty=10)
        self.assertEqual(self.get_states(closure), ["skipped", "pending"])
        self.approve(closure, self.quentin)
        self.assertEqual(closure.state, "approved")

    def test_a_closure_of_which_no_condition_holds_needs_nobody(self):
        self.set_levels(self.named(self.paula, condition="[('product_qty', '>=', 100)]"))
        closure = self.make_submitted(qty=10)
        self.assertEqual((closure.state, self.get_states(closure)), ("approved", ["skipped"]))

    def test_a_condition_may_look_at_checks_and_the_rest_of_the_order(self):
        self.set_levels(self.named(self.paula, condition="[('check_ids.state', '=', 'waived')]"))
        order = self.make_order()
        order.closure_id.check_ids[0].with_user(self.operator).action_fail("Sawdust")
        order.closure_id.check_ids[0].with_user(self.manager).action_waive("Swept tomorrow")
        self.submit(order)
        self.assertEqual(self.get_states(order.closure_id), ["pending"])

    def test_levels_that_nobody_could_decide_are_refused_with_a_sentence(self):
        for vals, says in (
            ({}, "name who decides"),
            ({"group_id": self.group.id, "min_approvals": 0}, "name the persons"),
            (self.named(self.paula, min_approvals=2), "1 are named"),
        ):
            self.assertRefused(ValidationError, says, self.set_levels, vals)

    def test_conditions_that_are_no_plain_domain_are_refused_with_a_sentence(self):
        for condition in (
            "[('no_such_field', '=', 1)]",
            "[('product_qty', '>', uid)]",
            "__import__('os').getcwd()",
            "{'a': 1}",
            "[(",
            "[('product_qty', 'nonsense', 1)]",
        ):
            with self.subTest(condition=condition):
                self.assertRefused(
                    ValidationError, "Level 1", self.set_levels, self.named(self.paula, condition=condition)
                )

    def test_a_running_closure_keeps_the_levels_of_its_version(self):
        self.set_levels(self.named(self.paula))
        order = self.make_order()
        self.set_levels(self.named(self.quentin), self.named(self.fiona))
        self.submit(order)
        self.assertEqual(order.closure_id.approval_ids.user_ids, self.paula)
        self.assertEqual(order.closure_id.approval_ids.name, "Level 1")
        self.assertFalse(order.closure_id.approval_ids.level_id)
        self.approve(order.closure_id, self.paula)
        self.assertEqual(order.closure_id.state, "approved")

    def test_a_template_without_levels_keeps_its_version_and_approves_at_once(self):
        self.assertNotIn("levels", self.template._get_current_version().content)
        closure = self.make_submitted()
        self.assertEqual(closure.state, "approved")
        self.assertFalse(closure.fingerprint)

    def test_a_new_level_is_told_when_closures_move_to_the_version(self):
        order = self.make_order()
        old = order.closure_id.template_version_id
        self.set_levels(self.named(self.paula))
        version = self.template._get_current_version()
        changes = old._get_level_changes(version)
        self.assertEqual([(change.kind, change.model) for change in changes], [("added", "mrp.closure.level")])
        order.closure_id.sudo()._move_to_version(version)
        self.assertIn("Level 1", "".join(order.closure_id.message_ids.mapped("body")))
        self.submit(order)
        self.assertEqual(order.closure_id.state, "to_approve")

    def test_a_changed_level_is_told_field_by_field(self):
        self.set_levels(self.named(self.paula))
        old = self.template._get_current_version()
        self.template.level_ids.write({"min_approvals": 2, "user_ids": [Command.link(self.peter.id)]})
        change = old._get_level_changes(self.template._get_current_version())[0]
        text = old._describe_change(change)
        self.assertIn("Approvals Needed: 1 → 2", text)
        self.assertIn("Peter", text)

    def test_the_time_each_level_waited_is_kept(self):
        self.set_levels(self.named(self.paula, deadline_hours=8, reminder_hours=4), self.named(self.quentin))
        closure = self.make_submitted()
        first, second = closure.approval_ids.sorted("sequence")
        self.assertEqual((first.deadline - first.since).total_seconds(), 8 * 3600)
        self.assertEqual((first.remind_at - first.since).total_seconds(), 4 * 3600)
        self.assertFalse(second.since)
        first.sudo()._write_evidence({"since": first.since - timedelta(hours=6)})
        self.approve(closure, self.paula)
        self.assertTrue(first.decided_at)
        self.assertAlmostEqual(first.waited_hours, 6, places=1)
        self.assertTrue(second.since)
        self.assertFalse(second.deadline)

    def test_who_is_not_named_is_told_whom_to_ask(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        for user in (self.operator, self.manager, self.auditor):
            self.assertRefused(AccessError, "ask Paula", closure.with_user(user).action_approve)

    def test_a_closure_that_nobody_submitted_cannot_be_approved(self):
        self.set_levels(self.named(self.operator))
        order = self.make_order()
        self.assertRefused(UserError, "must be To Approve", order.closure_id.with_user(self.operator).action_approve)

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common_approval import ApprovalCase

LOGGER = "odoo.addons.mrp_workorder_closure.models"


@tagged("post_install", "-at_install")
class TestSegregation(ApprovalCase):
    """Who submits does not approve, and one person approves at one level; a delegate gets nobody around it."""

    def delegate(self, absent, delegate, start=0, end=0, user=None):
        today = fields.Date.context_today(absent)
        return (
            self.env["mrp.closure.delegation"]
            .with_user(user or absent)
            .create(
                {
                    "user_id": absent.id,
                    "delegate_id": delegate.id,
                    "date_from": today + timedelta(days=start),
                    "date_to": today + timedelta(days=end),
                    "reason": "Holidays",
                }
            )
        )

    # Duties

    def test_who_submits_cannot_approve(self):
        self.set_levels(self.named(self.operator, self.paula))
        closure = self.make_submitted()
        self.assertRefused(AccessError, "Olga Operator submitted it", closure.with_user(self.operator).action_approve)
        self.assertFalse(closure.with_user(self.operator).can_decide)
        self.approve(closure, self.paula)
        self.assertEqual(closure.state, "approved")

    def test_what_one_submitted_does_not_wait_for_oneself(self):
        """Neither the inbox nor an activity asks for what would be refused, unless the company allows it."""
        self.set_levels(self.named(self.operator, self.paula))
        closure = self.make_submitted()
        inbox = self.env["mrp.closure.approval"].with_user(self.operator)
        waiting = [("is_waiting_for_me", "=", True)]
        self.assertFalse(inbox.search(waiting))
        self.assertFalse(closure.approval_ids.with_user(self.operator).is_waiting_for_me)
        self.assertEqual(inbox.with_user(self.paula).search(waiting), closure.approval_ids)
        asked = self.env.ref("mrp_workorder_closure.mail_activity_type_approval")
        activities = closure.activity_ids.filtered(lambda activity: activity.activity_type_id == asked)
        self.assertEqual(activities.user_id, self.paula)
        self.company.closure_allow_same_person = True
        self.assertEqual(inbox.search(waiting), closure.approval_ids)

    def test_one_person_approves_at_one_level_only(self):
        self.set_levels(self.named(self.paula, self.peter), self.named(self.paula, self.quentin))
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.assertRefused(AccessError, "at another level", closure.with_user(self.paula).action_approve)
        self.approve(closure, self.quentin)
        self.assertEqual(closure.state, "approved")

    def test_a_new_round_begins_with_clean_hands(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin, self.paula))
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        closure.with_user(self.quentin).action_reject("Again")
        closure.with_user(self.operator).action_submit()
        self.approve(closure, self.paula, self.quentin)
        self.assertEqual(closure.state, "approved")

    def test_the_company_may_allow_it_and_each_use_is_logged_and_marked(self):
        self.set_levels(self.named(self.operator), self.named(self.operator))
        self.company.closure_allow_same_person = True
        closure = self.make_submitted()
        with self.assertLogs(LOGGER, "WARNING") as logs:
            self.approve(closure, self.operator)
            self.approve(closure, self.operator)
        self.assertEqual(sum("Duties not separate" in line for line in logs.output), 2)
        self.assertEqual(closure.approval_decision_ids.mapped("is_segregation_override"), [True, True])
        bodies = "".join(closure.message_ids.mapped("body"))
        self.assertEqual(bodies.count("although duties are not separate"), 2)

    def test_each_use_and_each_delegate_is_marked_in_the_dossier(self):
        self.set_levels(self.named(self.operator), self.named(self.paula))
        self.company.closure_allow_same_person = True
        closure = self.make_submitted()
        self.delegate(self.paula, self.wanda)
        self.approve(closure, self.operator, self.wanda)
        closure.production_id.with_user(self.operator).button_mark_done()
        levels = closure.sudo().dossier_ids.manifest["sections"]["approvals"]
        own, absent = [level["decisions"][0] for level in levels]
        self.assertEqual((own["duties_not_separate"], own["on_behalf_of"]), (True, None))
        self.assertEqual((absent["duties_not_separate"], absent["on_behalf_of"]["name"]), (False, "Paula"))
        self.assertEqual(absent["decided_by"]["name"], "Wanda")

    def test_a_decision_with_separate_duties_is_not_marked_where_the_exception_is_allowed(self):
        self.set_levels(self.named(self.paula))
        self.company.closure_allow_same_person = True
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.assertFalse(closure.approval_decision_ids.is_segregation_override)

    def test_a_change_of_the_setting_stays_on_record(self):
        admin = self.env.ref("base.user_admin")
        for name in ("closure_allow_same_person", "closure_force_second_person"):
            with self.assertLogs(LOGGER, "WARNING") as logs:
                self.company.with_user(admin).write({name: True})
            self.assertIn(name, logs.output[0])
            self.assertIn(admin.login, logs.output[0])
            self.assertIn(f"{admin.name}", self.company.partner_id.message_ids[0].body)
        before = len(self.company.partner_id.message_ids)
        self.company.write({"closure_allow_same_person": True, "name": "Same"})
        self.assertEqual(len(self.company.partner_id.message_ids), before)

    # Delegation

    def test_a_delegate_decides_in_their_own_name_on_behalf_of_the_absent_one(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.delegate(self.paula, self.wanda)
        self.assertTrue(closure.with_user(self.wanda).can_decide)
        self.approve(closure, self.wanda)
        decision = closure.approval_decision_ids
        self.assertEqual((decision.user_id, decision.on_behalf_of_id), (self.wanda, self.paula))
        self.assertIn("On behalf of Paula", decision.meaning)

    def test_a_delegate_of_a_member_decides_for_the_group(self):
        self.set_levels({"group_id": self.group.id})
        closure = self.make_submitted()
        self.delegate(self.peter, self.wanda)
        self.approve(closure, self.wanda)
        self.assertEqual(closure.approval_decision_ids.on_behalf_of_id, self.peter)

    def test_a_delegation_holds_on_its_days_only(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.delegate(self.paula, self.wanda, start=1, end=5)
        self.delegate(self.paula, self.wanda, start=-5, end=-1)
        with self.assertRaises(AccessError):
            closure.with_user(self.wanda).action_approve()
        self.delegate(self.paula, self.wanda, start=-5, end=0)
        self.approve(closure, self.wanda)
        self.assertEqual(closure.state, "approved")

    def test_a_delegation_is_not_passed_on(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.delegate(self.paula, self.wanda)
        self.delegate(self.wanda, self.fiona)
        with self.assertRaises(AccessError):
            closure.with_user(self.fiona).action_approve()

    def test_a_delegation_leads_nobody_around_separate_duties(self):
        self.set_levels(self.named(self.operator, self.paula), self.named(self.quentin, self.paula))
        closure = self.make_submitted()
        # The delegate of the submitter: neither may.
        self.delegate(self.operator, self.wanda)
        self.assertRefused(AccessError, "Olga Operator submitted", closure.with_user(self.wanda).action_approve)
        # The submitter as somebody's delegate.
        self.delegate(self.paula, self.operator)
        self.assertRefused(AccessError, "Olga Operator submitted", closure.with_user(self.operator).action_approve)
        # The delegate of somebody who has approved at another level, and a delegate who has.
        self.approve(closure, self.paula)
        self.delegate(self.paula, self.fiona)
        self.assertRefused(AccessError, "Paula approved", closure.with_user(self.fiona).action_approve)
        self.delegate(self.quentin, self.paula)
        self.assertRefused(AccessError, "Paula approved", closure.with_user(self.paula).action_approve)

    def test_a_quorum_does_not_count_a_person_and_their_delegate(self):
        self.set_levels({"group_id": self.group.id, "min_approvals": 2})
        closure = self.make_submitted()
        self.delegate(self.paula, self.wanda)
        self.approve(closure, self.wanda)
        self.delegate(self.peter, self.wanda)
        self.assertRefused(AccessError, "approved it already", closure.with_user(self.wanda).action_approve)
        self.assertRefused(AccessError, "approved it already", closure.with_user(self.paula).action_approve)
        self.approve(closure, self.peter)
        self.assertEqual(closure.state, "approved")

    def test_everybody_delegates_for_themselves_and_a_manager_for_others(self):
        with self.assertRaises(AccessError):
            self.delegate(self.paula, self.wanda, user=self.wanda)
        with self.assertRaises(AccessError):
            self.delegate(self.paula, self.wanda, user=self.operator)
        delegation = self.delegate(self.paula, self.wanda, user=self.manager)
        self.assertTrue(delegation.is_current)

    def test_nobody_takes_the_approvals_of_somebody_else(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        with self.assertRaisesRegex(AccessError, "have them or another manager"), self.env.cr.savepoint():
            self.delegate(self.paula, self.manager, user=self.manager)
        self.assertRefused(AccessError, "ask Paula", closure.with_user(self.manager).action_approve)
        self.delegate(self.paula, self.manager)
        self.approve(closure, self.manager)
        self.assertEqual(closure.approval_decision_ids.on_behalf_of_id, self.paula)

    def test_only_the_days_of_a_delegation_can_be_changed_and_by_whom_it_concerns(self):
        delegation = self.delegate(self.paula, self.wanda)
        today = fields.Date.context_today(self.paula)
        delegation.with_user(self.paula).date_to = today + timedelta(days=9)
        for user, vals in (
            (self.wanda, {"date_to": today + timedelta(days=99)}),
            (self.fiona, {"reason": "Mine"}),
            (self.paula, {"delegate_id": self.fiona.id}),
            (self.paula, {"user_id": self.fiona.id}),
            (self.manager, {"user_id": self.fiona.id}),
        ):
            with self.subTest(user=user.login, vals=vals), self.assertRaises(AccessError):
                delegation.with_user(user).write(vals)
        for user in (self.paula, self.manager):
            with self.assertRaises(AccessError):
                delegation.with_user(user).unlink()

    def test_delegations_are_between_internal_users(self):
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "closure_portal",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        with self.assertRaisesRegex(ValidationError, "internal users"):
            self.delegate(self.paula, portal)

    def test_others_do_not_see_a_delegation(self):
        delegation = self.delegate(self.paula, self.wanda)
        for user, seen in (
            (self.paula, 1),
            (self.wanda, 1),
            (self.fiona, 0),
            (self.operator, 0),
            (self.manager, 1),
            (self.auditor, 1),
        ):
            found = self.env["mrp.closure.delegation"].with_user(user).search_count([("id", "=", delegation.id)])
            self.assertEqual(found, seen, user.login)

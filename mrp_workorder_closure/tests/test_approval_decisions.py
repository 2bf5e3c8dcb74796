from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalDecisions(ApprovalCase):
    """What deciders can do besides approving, and what stays on record of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_levels(cls.named(cls.paula), cls.named(cls.quentin), cls.named(cls.fiona))

    def test_a_decision_says_who_when_what_and_about_which_figures(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula, comment="  Fine  ")
        decision = closure.approval_decision_ids
        self.assertRecordValues(
            decision,
            [
                {
                    "user_id": self.paula.id,
                    "on_behalf_of_id": False,
                    "verdict": "approved",
                    "comment": "Fine",
                    "fingerprint": closure.fingerprint,
                    "round": 1,
                    "is_segregation_override": False,
                    "company_id": closure.company_id.id,
                }
            ],
        )
        self.assertIn(closure.name, decision.meaning)
        self.assertTrue(decision.decided_at)

    def test_turning_down_opens_the_closure_for_its_next_round_and_keeps_the_earlier_one(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        closure.with_user(self.quentin).action_reject("Weld seam is missing")
        self.assertEqual((closure.state, closure.round), ("open", 2))
        self.assertEqual(
            closure.approval_ids.sorted("sequence").mapped("state"), ["superseded", "rejected", "superseded"]
        )
        self.assertEqual(closure.approval_decision_ids.mapped("verdict"), ["approved", "rejected"])
        message = closure.message_ids.filtered(lambda message: "Weld seam" in (message.body or ""))
        self.assertIn(self.operator.partner_id, message.partner_ids)
        closure.with_user(self.operator).action_submit()
        self.assertEqual(self.get_states(closure), ["pending", "waiting", "waiting"])

    def test_turning_down_needs_a_comment(self):
        closure = self.make_submitted()
        for comment in ("", "  ", None, False):
            self.assertRefused(UserError, "give a reason", closure.with_user(self.paula).action_reject, comment)

    def test_sending_back_asks_the_given_level_and_all_after_it_anew(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula, self.quentin)
        closure.with_user(self.fiona).action_send_back(20, "Look at the weld again")
        self.assertEqual((closure.state, closure.round), ("to_approve", 1))
        current = closure._get_current_approvals().sorted("sequence")
        self.assertEqual(current.mapped("state"), ["approved", "pending", "waiting"])
        self.assertEqual(current[1].user_ids, self.quentin)
        self.assertEqual(closure.approval_decision_ids[-1].target_sequence, 20)
        self.approve(closure, self.quentin, self.fiona)
        self.assertEqual(closure.state, "approved")

    def test_it_can_be_sent_back_to_a_level_that_approved_before_only(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        for sequence in (20, 30, 5, "10", None):
            self.assertRefused(
                UserError, "choose a level", closure.with_user(self.quentin).action_send_back, sequence, "Again"
            )
        self.assertRefused(UserError, "give a reason", closure.with_user(self.quentin).action_send_back, 10, "")

    def test_another_person_can_be_asked_to_sign_as_well(self):
        closure = self.make_submitted()
        closure.with_user(self.paula).action_add_signer(self.wanda.id, "Please look at the packing")
        self.assertEqual(self.get_states(closure)[0], "pending")
        self.approve(closure, self.paula)
        self.assertEqual(self.get_states(closure)[0], "pending")
        self.approve(closure, self.wanda)
        self.assertEqual(self.get_states(closure), ["approved", "pending", "waiting"])
        self.assertTrue(closure.approval_decision_ids[-1].is_signer)

    def test_who_signs_as_well_does_not_stand_in_for_the_level(self):
        closure = self.make_submitted()
        closure.with_user(self.paula).action_add_signer(self.wanda)
        self.approve(closure, self.wanda)
        self.assertEqual(self.get_states(closure)[0], "pending")
        self.approve(closure, self.paula)
        self.assertEqual(self.get_states(closure)[0], "approved")

    def test_a_level_can_be_forwarded(self):
        closure = self.make_submitted()
        closure.with_user(self.paula).action_forward(self.wanda.id, "On the road")
        self.assertEqual(closure._get_pending_approvals().user_ids, self.wanda)
        self.assertRefused(AccessError, "ask Wanda", closure.with_user(self.paula).action_approve)
        self.approve(closure, self.wanda)
        self.assertEqual(self.get_states(closure), ["approved", "pending", "waiting"])
        self.assertEqual(closure.approval_decision_ids[0].target_user_id, self.wanda)

    def test_only_somebody_who_may_decide_is_brought_in(self):
        closure = self.make_submitted()
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "closure_portal",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        gone = self.wanda.copy({"login": "closure_gone", "active": False})
        as_paula = closure.with_user(self.paula)
        for act in (as_paula.action_add_signer, as_paula.action_forward):
            for user in (portal.id, gone.id, 0, None, "1", True, 10**9):
                self.assertRefused(UserError, "active internal user", act, user, "Please")
            self.assertRefused(UserError, "submitted it", act, self.operator.id, "Please")
            self.assertRefused(UserError, "asked already", act, self.paula.id, "Please")
        self.approve(closure, self.paula)
        self.assertRefused(
            UserError, "another level", closure.with_user(self.quentin).action_forward, self.paula.id, "Please"
        )

    def test_a_level_may_need_a_comment(self):
        self.set_levels(self.named(self.paula, comment_required=True))
        closure = self.make_submitted()
        self.assertRefused(UserError, "give a reason", closure.with_user(self.paula).action_approve)
        self.approve(closure, self.paula, comment="Seen")
        self.assertEqual(closure.state, "approved")

    def test_a_second_click_decides_no_other_level(self):
        self.company.closure_allow_same_person = True
        self.set_levels(self.named(self.paula), self.named(self.paula))
        closure = self.make_submitted()
        shown = closure._get_pending_approvals().ids
        closure.with_user(self.paula)._decide_signed("approved", None, approval_ids=shown)
        self.assertRefused(
            UserError,
            "decided already",
            closure.with_user(self.paula)._decide_signed,
            "approved",
            None,
            approval_ids=shown,
        )
        self.assertEqual(self.get_states(closure), ["approved", "pending"])

    def test_many_closures_are_approved_at_once_or_none(self):
        closures = self.make_submitted() | self.make_submitted()
        self.approve(closures, self.paula)
        self.assertEqual([self.get_states(closure)[0] for closure in closures], ["approved", "approved"])
        closures[0].with_user(self.quentin).action_approve()
        self.assertRefused(AccessError, "ask Fiona", closures.with_user(self.quentin).action_approve)
        self.assertEqual(self.get_states(closures[1])[1], "pending")

    def test_a_reopened_closure_closes_with_its_last_approval(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula, self.quentin, self.fiona)
        order = closure.production_id
        order.with_user(self.operator).button_mark_done()
        closure.with_user(self.manager).action_reopen("Wrong time")
        order.workorder_ids.with_user(self.operator).duration = 33
        closure.with_user(self.operator).action_submit()
        self.assertEqual((closure.state, closure.revision), ("to_approve", 2))
        self.approve(closure, self.paula, self.quentin)
        self.assertEqual(closure.state, "to_approve")
        self.approve(closure, self.fiona)
        self.assertEqual((closure.state, order.state), ("closed", "done"))
        self.assertEqual(closure.close_type, "normal")

    def test_a_failed_check_takes_the_closure_out_of_approval(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        closure.check_ids[0].with_user(self.operator).action_reset()
        self.assertEqual(closure.state, "open")
        self.assertNotIn("approved", closure.approval_ids.mapped("state"))

    def test_a_cancelled_order_takes_its_approvals_along(self):
        closure = self.make_submitted()
        closure.production_id.with_user(self.operator).action_cancel()
        self.assertEqual(closure.state, "cancel")
        self.assertRefused(UserError, "To Approve", closure.with_user(self.paula).action_approve)
        approvals = self.env["mrp.closure.approval"].with_user(self.paula)
        self.assertFalse(approvals.search([("is_waiting_for_me", "=", True)]))
        self.assertEqual(set(closure.approval_ids.mapped("state")), {"superseded"})

    def test_what_waits_for_me_can_be_searched(self):
        closure = self.make_submitted()
        approvals = self.env["mrp.closure.approval"]
        waiting = [("is_waiting_for_me", "=", True)]
        self.assertEqual(approvals.with_user(self.paula).search(waiting).closure_id, closure)
        self.assertFalse(approvals.with_user(self.quentin).search(waiting))
        self.assertTrue(closure.with_user(self.paula).can_decide)
        self.assertFalse(closure.with_user(self.quentin).can_decide)
        self.approve(closure, self.paula)
        self.assertFalse(approvals.with_user(self.paula).search(waiting))
        self.assertEqual(approvals.with_user(self.quentin).search(waiting).closure_id, closure)

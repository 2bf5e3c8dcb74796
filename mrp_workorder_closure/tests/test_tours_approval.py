from odoo.tests import HttpCase, tagged

from .common_approval import ApprovalCase

INBOX = "/odoo/closure-inbox"


class ApprovalTourCase(ApprovalCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([("share", "=", False)]).tour_enabled = False

    def make_conceded(self):
        """A submitted closure with a check that was conceded."""
        order = self.make_order()
        check = order.closure_id.check_ids[0]
        check.with_user(self.operator).action_fail("Sawdust")
        check.with_user(self.manager).action_waive("Swept tomorrow")
        return self.submit(order)

    def run_tour(self, tour, user, closure=None):
        url = f"/odoo/closures/{closure.id}" if closure else INBOX
        self.start_tour(url, tour, login=user.login, timeout=120)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestToursApproval(ApprovalTourCase):
    """People decide in a real browser, with no right but that a level names them."""

    def test_a_named_person_signs_from_the_inbox(self):
        self.set_levels(self.named(self.paula, signature_required=True))
        closure = self.make_conceded()
        self.run_tour("mrp_closure_approve", self.paula)
        self.assertEqual((closure.state, closure.approval_decision_ids.signed_name), ("approved", "Paula"))

    def test_somebody_turns_it_down_with_a_reason(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.run_tour("mrp_closure_turn_down", self.paula, closure)
        self.assertEqual((closure.state, closure.approval_decision_ids.verdict), ("open", "rejected"))

    def test_many_are_approved_at_once_after_a_look_at_what_deviates(self):
        self.set_levels(self.named(self.paula))
        closures = self.make_submitted() | self.make_submitted() | self.make_conceded()
        self.run_tour("mrp_closure_approve_many", self.paula)
        self.assertEqual(closures.mapped("state"), ["approved"] * 3)

    def test_the_activity_leads_to_the_dialog(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.run_tour("mrp_closure_approve_from_activity", self.paula, closure)
        self.assertEqual(closure.state, "approved")

    def test_a_manager_closes_by_force(self):
        order = self.make_order()
        self.run_tour("mrp_closure_force", self.manager, order.closure_id)
        self.assertEqual((order.state, order.closure_id.close_type), ("done", "forced"))


@tagged("post_install", "-at_install")
class TestToursApprovalPhone(ApprovalTourCase):
    """On a phone: 390 by 844, touch."""

    browser_size = "390x844"
    touch_enabled = True

    def test_somebody_approves_on_a_phone(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_conceded()
        self.run_tour("mrp_closure_approve_phone", self.paula)
        self.assertEqual(closure.state, "approved")

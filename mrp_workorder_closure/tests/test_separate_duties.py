from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestSeparateDuties(ClosureCase):
    """Nobody concedes what they found themselves, unless the company allows it."""

    def make_check(self, user):
        self.template.point_ids = [Command.clear(), Command.create({"name": "Oven"})]
        return self.make_order().closure_id.check_ids.with_user(user)

    def test_who_answered_a_check_does_not_set_it_aside(self):
        check = self.make_check(user=self.manager)
        check.action_fail("Bent")
        with self.assertRaisesRegex(AccessError, "answered it yourself"):
            check.action_not_applicable("No oven here")
        self.company.closure_allow_same_person = True
        check.action_not_applicable("No oven here")
        self.assertEqual((check.state, check.message), ("not_applicable", "No oven here"))

    def test_who_took_an_answer_back_does_not_set_the_check_aside_either(self):
        check = self.make_check(user=self.manager)
        check.action_fail("Bent")
        check.action_reset()
        self.assertEqual((check.done_by_id.id, check.last_answered_by_id), (False, self.manager))
        with self.assertRaisesRegex(AccessError, "answered it yourself"):
            check.action_not_applicable("No oven here")
        check.with_user(self.operator).action_fail("Still bent")
        check.action_waive("Holds all the same")
        self.assertEqual((check.last_answered_by_id, check.waived_by_id), (self.operator, self.manager))

    def test_an_answer_stays_with_its_giver_whoever_set_the_check_aside_meanwhile(self):
        other = new_test_user(
            self.env, "closure_manager_2", groups="mrp.group_mrp_user,mrp_workorder_closure.group_manager"
        )
        check = self.make_check(user=self.manager)
        check.action_fail("Bent")
        check.with_user(other).action_not_applicable("No oven here")
        check.action_reset()
        with self.assertRaisesRegex(AccessError, "answered it yourself"):
            check.action_not_applicable("No oven here")

    def test_who_set_a_check_aside_without_having_answered_it_may_word_the_reason_anew(self):
        check = self.make_check(self.manager)
        check.action_not_applicable("No oven here")
        check.action_not_applicable("No oven in this hall")
        self.assertEqual((check.state, check.message), ("not_applicable", "No oven in this hall"))
        self.assertFalse(check.last_answered_by_id)

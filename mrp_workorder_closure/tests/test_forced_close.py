from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import new_test_user, tagged

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestForcedClose(ApprovalCase):
    """Forced close: own right, reason, second person where the company wants one, and a mark for good."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "mrp.group_mrp_user,account.group_account_readonly,analytic.group_analytic_accounting"
        cls.forcer = new_test_user(
            cls.env, "closure_forcer", groups=f"{groups},mrp_workorder_closure.group_force_close", name="Frank"
        )

    def force(self, closure, user=None, reason="The customer waits"):
        return closure.with_user(user or self.manager).action_force_close(reason)

    def test_an_order_with_open_checks_is_closed_and_they_stay_as_they_are(self):
        order = self.make_order()
        closure = order.closure_id
        closure.check_ids[0].with_user(self.operator).action_fail("Sawdust")
        self.assertIs(self.force(closure), True)
        self.assertEqual((order.state, closure.state, closure.close_type), ("done", "closed", "forced"))
        self.assertEqual(closure.check_ids.mapped("state"), ["fail", "todo"])
        self.assertEqual(closure.check_blocking_count, 2)
        self.assertEqual((closure.forced_by_id, closure.force_reason), (self.manager, "The customer waits"))
        self.assertEqual(closure.figures["output"], {str(self.table.id): {"quantity": "10"}})
        self.assertEqual(closure.fingerprint, closure._get_fingerprint(closure.figures))

    def test_it_leads_past_levels_that_have_not_approved(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin))
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.force(closure)
        self.assertEqual((closure.state, closure.close_type), ("closed", "forced"))
        self.assertEqual(closure.approval_ids.mapped("state"), ["superseded", "superseded"])

    def test_work_orders_with_open_checks_are_finished_by_force(self):
        self.template.point_ids[0].operation_ids = self.bom.operation_ids
        order = self.make_order()
        self.force(order.closure_id)
        self.assertEqual((order.state, order.workorder_ids.state), ("done", "done"))

    def test_it_needs_its_own_right_and_a_reason(self):
        closure = self.make_order().closure_id
        for user in (self.operator, self.auditor):
            self.assertRefused(AccessError, "right to force", self.force, closure, user)
        for reason in ("", "  ", None, False, 5):
            self.assertRefused(UserError, "give a reason", self.force, closure, self.manager, reason)
        self.force(closure, self.forcer)
        self.assertEqual(closure.close_type, "forced")

    def test_an_approved_closure_can_be_forced_and_a_closed_one_cannot(self):
        """Marking as done may be refused after the approval: a file of the evidence may be gone."""
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.assertEqual(closure.state, "approved")
        self.force(closure)
        self.assertEqual((closure.state, closure.close_type, closure.round), ("closed", "forced", 2))
        self.assertEqual(closure.approval_ids.state, "superseded")
        self.assertRefused(UserError, "open, to approve or approved", self.force, closure)

    def test_what_was_forced_already_is_not_forced_once_more(self):
        self.company.closure_force_second_person = True
        closure = self.make_order().closure_id
        closure.production_id.qty_producing = 10
        closure.production_id.set_qty_producing()
        self.force(closure)
        self.approve(closure, self.forcer)
        self.assertEqual((closure.state, closure.close_type), ("approved", "forced"))
        self.assertRefused(UserError, "not forced already", self.force, closure)

    def test_a_question_of_core_comes_back_and_the_closure_stays_released(self):
        order = self.make_order()
        order.qty_producing = 6
        order.set_qty_producing()
        closure = order.closure_id
        action = self.force(closure)
        self.assertEqual(action["res_model"], "mrp.production.backorder")
        self.assertEqual((order.state, closure.state), ("progress", "approved"))
        closure.with_user(self.operator).action_refresh()
        self.assertEqual((closure.state, closure.close_type), ("approved", "forced"))
        order.with_user(self.operator).with_context(skip_backorder=True).button_mark_done()
        self.assertEqual((order.state, closure.close_type), ("done", "forced"))

    def test_other_figures_than_were_forced_are_refused(self):
        order = self.make_order()
        order.qty_producing = 6
        order.set_qty_producing()
        self.force(order.closure_id)
        order.qty_producing = 7
        with self.assertRaisesRegex(RedirectWarning, "6 Units → 7 Units"), self.env.cr.savepoint():
            order.with_user(self.operator).with_context(skip_backorder=True).button_mark_done()
        order.closure_id.with_user(self.operator).action_refresh()
        self.assertEqual((order.closure_id.state, order.closure_id.close_type), ("open", False))

    def test_a_second_person_approves_first(self):
        self.company.closure_force_second_person = True
        closure = self.make_order().closure_id
        self.assertRefused(UserError, "enter the quantity", self.force, closure)
        order = closure.production_id
        order.qty_producing = 10
        order.set_qty_producing()
        self.assertIs(self.force(closure), True)
        self.assertEqual((closure.state, order.state), ("to_approve", "progress"))
        self.assertEqual(self.get_states(closure), ["pending"])
        self.company.closure_allow_same_person = True
        self.assertRefused(AccessError, "submitted it", closure.with_user(self.manager).action_approve)
        self.assertRefused(AccessError, "Forced Close", closure.with_user(self.operator).action_approve)
        self.approve(closure, self.forcer)
        self.assertEqual((closure.state, closure.close_type), ("approved", "forced"))
        order.with_user(self.operator).button_mark_done()
        self.assertEqual((order.state, closure.state, closure.close_type), ("done", "closed", "forced"))
        self.assertEqual(closure.approval_decision_ids.user_id, self.forcer)

    def test_the_second_person_reads_what_is_asked_in_their_language(self):
        self.env["res.lang"]._activate_lang("zh_TW")
        self.company.closure_force_second_person = True
        order = self.make_order()
        order.qty_producing = 10
        order.set_qty_producing()
        self.force(order.closure_id)
        approval = order.closure_id.approval_ids
        self.assertEqual((approval.name, approval.with_context(lang="zh_TW").name), ("Forced close", "強制結案"))

    def test_a_second_person_may_turn_it_down(self):
        self.company.closure_force_second_person = True
        order = self.make_order()
        order.qty_producing = 10
        order.set_qty_producing()
        self.force(order.closure_id)
        order.closure_id.with_user(self.forcer).action_reject("Sweep the floor first")
        self.assertEqual((order.closure_id.state, order.closure_id.forced_by_id.id), ("open", False))
        self.assertFalse(order.closure_id.close_type)

    def test_it_is_marked_in_the_dossier_with_who_and_why(self):
        order = self.make_order()
        order.closure_id.with_user(self.manager).action_force_close("The customer waits")
        dossier = order.closure_id.sudo().dossier_ids
        about = dossier.manifest["sections"]["order"]
        self.assertEqual((about["close_type"], about["force_reason"]), ("forced", "The customer waits"))
        self.assertEqual(about["forced_by"]["name"], "Max Manager")
        self.assertFalse({"forced_by", "force_reason"} - dossier._get_entry_labels().keys())
        self.assertEqual([check["state"] for check in dossier.manifest["sections"]["checks"]], ["todo", "todo"])
        [clean] = self.make_closed().closure_id.sudo().dossier_ids
        self.assertNotIn("forced_by", clean.manifest["sections"]["order"])

    def test_a_reopened_forced_closure_closes_as_any_other_once_it_is_mended(self):
        closure = self.make_order().closure_id
        self.force(closure)
        closure.with_user(self.manager).action_reopen("Check again")
        self.assertFalse(closure.close_type)
        with self.assertRaisesRegex(RedirectWarning, "Area is tidy"), self.env.cr.savepoint():
            closure.with_user(self.operator).action_submit()
        closure.check_ids.with_user(self.operator).action_pass()
        closure.with_user(self.operator).action_submit()
        self.assertEqual((closure.state, closure.close_type), ("closed", "normal"))


@tagged("post_install", "-at_install")
class TestAutoClose(ApprovalCase):
    """The last approval marks the order as done where the template says so, or says why not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_levels(cls.named(cls.paula))
        cls.template.auto_close = True

    def test_the_last_approval_closes_the_order_as_the_act_of_the_approver(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.assertEqual((closure.production_id.state, closure.state), ("done", "closed"))
        message = closure.message_ids.filtered(lambda message: "by Paula" in (message.body or ""))
        self.assertTrue(message)
        self.assertEqual(message.author_id, self.paula.partner_id)

    def make_below_plan(self):
        order = self.make_order()
        self.make_ready(order)
        order.qty_producing = 8
        return order

    def test_the_rest_goes_the_way_that_was_approved(self):
        """What happens to the rest was decided and approved: core's question about it is answered."""
        kept, short = self.make_below_plan(), self.make_below_plan()
        kept.closure_id.with_user(self.operator).action_keep_backorder()
        short.closure_id.with_user(self.operator).action_close_short("No boards left")
        for order in (kept, short):
            self.assertEqual((order.closure_id.state, order.state), ("to_approve", "to_close"))
            self.approve(order.closure_id, self.paula)
            self.assertEqual((order.state, order.closure_id.state, order.qty_produced), ("done", "closed", 8))
        backorder = kept.production_group_id.production_ids - kept
        self.assertEqual((backorder.product_qty, backorder.closure_id.state), (2, "open"))
        self.assertEqual(kept.closure_id.close_type, "normal")
        self.assertEqual(short.production_group_id.production_ids, short)
        self.assertEqual((short.closure_id.close_type, short.closure_id.short_reason), ("short", "No boards left"))

    def test_a_question_of_core_about_a_shortage_leaves_a_notice_and_no_trace(self):
        self.bom.consumption = "warning"
        order = self.make_order()
        self.make_ready(order)
        order.move_raw_ids[0].quantity = 7
        closure = order.closure_id
        closure.with_user(self.operator).action_refresh()
        self.assertEqual(closure.state, "to_approve")
        self.approve(closure, self.paula)
        self.assertEqual((order.state, closure.state, order.closure_door), ("to_close", "approved", False))
        message = closure.message_ids.filtered(lambda message: "not marked as done" in (message.body or ""))
        self.assertIn("question", message.body)
        self.assertIn(self.operator.partner_id, message.partner_ids)

    def test_a_refusal_leaves_a_notice_with_its_reason(self):
        closure = self.make_submitted()

        def refuse(orders):
            raise UserError("To post this, count the stock first.")

        self.patch(type(self.env["mrp.production"]), "_button_mark_done_sanity_checks", refuse)
        self.approve(closure, self.paula)
        self.assertEqual((closure.production_id.state, closure.state), ("to_close", "approved"))
        self.assertIn("count the stock first", "".join(closure.message_ids.mapped("body")))

    def test_without_the_setting_the_order_waits_for_the_button(self):
        self.template.auto_close = False
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.assertEqual((closure.production_id.state, closure.state), ("to_close", "approved"))

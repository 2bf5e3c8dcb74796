from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common_approval import ApprovalCase
from .screens import ScreenCase


@tagged("post_install", "-at_install")
class TestApprovalScreens(ApprovalCase, ScreenCase):
    """Levels, delegations, settings and forced close can be reached and filled in by those they are for."""

    def test_a_manager_adds_four_levels_with_one_button_and_edits_one(self):
        template = self.template.with_user(self.manager)
        template.action_add_standard_levels()
        values = self.open_form(template)
        self.assertEqual(len(values["level_ids"]), 4)
        with Form(template.level_ids[0]) as level:
            level.condition = "[('check_count', '>', 1)]"
            level.reminder_hours = 4
        self.assertEqual(template.level_ids[0].reminder_hours, 4)

    def test_everybody_delegates_their_own_approvals_in_a_form(self):
        delegations = self.env["mrp.closure.delegation"].with_user(self.paula)
        with Form(delegations) as form:
            form.delegate_id = self.wanda
            form.date_to = fields.Date.today()
        delegation = form.record
        self.assertEqual((delegation.user_id, delegation.is_current), (self.paula, True))
        self.assertEqual(delegation.display_name, "Paula → Wanda")
        self.open_form(delegation)
        self.assertEqual(len(self.open_list(delegations, [])), 1)
        self.assertFalse(self.open_list(delegations.with_user(self.quentin), []))
        for user in (self.wanda, self.quentin):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                delegation.with_user(user).write({"date_to": "2099-01-01"})

    def test_a_manager_delegates_for_somebody_who_is_ill(self):
        with Form(self.env["mrp.closure.delegation"].with_user(self.manager)) as form:
            form.user_id = self.paula
            form.delegate_id = self.wanda
            form.date_to = fields.Date.today()
        self.assertEqual(form.record.user_id, self.paula)

    def test_one_finds_the_delegations_in_the_own_preferences(self):
        view = self.env.ref("base.view_users_form_simple_modif")
        arch = self.env["res.users"].with_user(self.paula).get_view(view.id, "form")["arch"]
        self.assertIn("Delegate While Absent", arch)

    def test_the_settings_show_what_keeps_duties_apart(self):
        admin = new_test_user(
            self.env, "closure_settings", groups="base.group_system,mrp.group_mrp_manager", name="Sina Settings"
        )
        with Form(self.env["res.config.settings"].with_user(admin)) as settings:
            settings.closure_force_second_person = True
            settings.closure_allow_same_person = True
        settings.record.execute()
        self.assertTrue(self.company.closure_force_second_person and self.company.closure_allow_same_person)

    def test_the_dialog_of_a_forced_close_says_what_is_missing_and_hands_on_the_question_of_core(self):
        order = self.make_order()
        order.qty_producing = 6
        order.set_qty_producing()
        closure = order.closure_id.with_user(self.manager)
        action = closure.with_context(closure_act="force").action_open_reason()
        dialog = Form(self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"]))
        self.assertIn("Area is tidy", dialog.missing)
        dialog.reason = "The customer waits"
        result = dialog.save().action_confirm()
        self.assertEqual(result["res_model"], "mrp.production.backorder")
        self.assertEqual(closure.forced_by_id, self.manager)
        dialog = closure.with_user(self.operator).with_context(closure_act="force").action_open_reason()
        reason = self.env["mrp.closure.reason"].with_user(self.operator).with_context(**dialog["context"])
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            reason.create({"reason": "Me too"}).action_confirm()

    def test_a_forced_close_waits_in_the_inbox_of_the_second_person_with_what_is_missing(self):
        self.company.closure_force_second_person = True
        second = new_test_user(
            self.env, "closure_second", groups="base.group_user,mrp_workorder_closure.group_force_close", name="Sam"
        )
        order = self.make_order()
        order.qty_producing = 10
        order.set_qty_producing()
        order.closure_id.with_user(self.manager).action_force_close("The customer waits")
        inbox = self.env["mrp.closure.approval"].with_user(second)
        self.assertEqual(inbox.get_waiting_count(), 1)
        action = inbox.search([("is_waiting_for_me", "=", True)]).action_open_decision()
        dialog = Form(self.env[action["res_model"]].with_user(second).with_context(**action["context"]))
        for expected in ("Max Manager closes by force: The customer waits", "Area is tidy: To Do"):
            self.assertIn(expected, dialog.deviations)
        dialog.save().action_decide()
        self.assertEqual((order.closure_id.state, order.closure_id.close_type), ("approved", "forced"))

    def test_orders_that_were_closed_by_force_are_marked_and_found(self):
        order = self.make_order()
        order.closure_id.with_user(self.manager).action_force_close("The customer waits")
        orders = self.env["mrp.production"].with_user(self.operator)
        self.assertEqual(orders.search([("closure_id.close_type", "=", "forced")]), order)
        self.assertEqual(order.with_user(self.operator).closure_close_type, "forced")
        row = self.open_list(self.env["mrp.closure"].with_user(self.operator), [("id", "=", order.closure_id.id)])[0]
        self.assertEqual(row["close_type"], "forced")

    def test_orders_are_for_users_who_may_not_read_closures(self):
        stock_user = new_test_user(self.env, "closure_stock", groups="stock.group_stock_user", name="Stella")
        self.set_levels(self.named(self.paula))
        order = self.make_submitted().production_id
        self.env.invalidate_all()
        self.assertFalse(order.with_user(stock_user).closure_can_decide)

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_approval import ApprovalCase
from .screens import ScreenCase


@tagged("post_install", "-at_install")
class TestApproveDialog(ApprovalCase, ScreenCase):
    """One dialog to decide: it shows what deviates, and whoever a level names needs no other right."""

    def open_dialog(self, closures, user):
        action = closures.with_user(user).action_open_decision()
        return Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"]))

    def decide(self, closures, user, verdict="approved", password=None, **vals):
        with self.open_dialog(closures, user) as dialog:
            dialog.verdict = verdict
            for name, value in vals.items():
                setattr(dialog, name, value)
        return dialog.record.with_context(closure_password=password).action_decide()

    def test_a_clean_closure_is_approved_with_nothing_on_the_dialog(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        dialog = self.open_dialog(closure, self.paula)
        self.assertTrue(dialog.is_clean)
        self.assertFalse(dialog.deviations)
        self.assertIn("Table: 10 Units", dialog.all_figures)
        self.assertIn("submitted by Olga Operator", dialog.headline)
        dialog.save().action_decide()
        self.assertEqual(closure.state, "approved")
        self.assertEqual(closure.approval_decision_ids.user_id, self.paula)

    def test_what_deviates_is_on_the_dialog(self):
        self.template.point_ids = [Command.create({"name": "Oven", "kind": "measure", "max_value": 200})]
        self.set_levels(self.named(self.paula))
        order = self.make_order()
        checks = order.closure_id.check_ids.with_user(self.operator)
        checks[0].action_fail("Sawdust")
        checks[0].with_user(self.manager).action_waive("Swept tomorrow")
        checks[2].action_measure(180)
        order.qty_producing = 8
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        checks[1].action_pass()
        order.workorder_ids.button_finish()
        order.closure_id.with_user(self.operator).action_close_short("Board broke")
        order.closure_id.with_user(self.operator).action_refresh()
        self.assertEqual(order.closure_id.state, "to_approve")
        deviations = self.open_dialog(order.closure_id, self.paula).deviations
        for expected in ("Area is tidy: Waived", "Sawdust", "Max Manager: Swept tomorrow", "8 of 10", "Board broke"):
            self.assertIn(expected, deviations)
        for clean in ("Tools are back", "Oven"):
            self.assertNotIn(clean, deviations)

    def test_consumption_other_than_planned_deviates_beyond_the_limit_of_its_check(self):
        self.set_levels(self.named(self.paula))
        for vals, quantity, deviates in (
            (None, 41, "41.0 Units used, 40.0 Units planned"),
            ({"tolerance_pct": 5}, 41, None),
            ({"tolerance_pct": 5}, 50, "50.0 Units used, 40.0 Units planned"),
        ):
            with self.subTest(check=vals, quantity=quantity):
                self.template.point_ids.unlink()
                if vals:
                    self.template.point_ids = [
                        Command.create({"name": "Use", "kind": "consumption", "severity": "warning", **vals})
                    ]
                order = self.make_order()
                order.qty_producing = 10
                order.set_qty_producing()
                order.move_raw_ids.picked = True
                order.workorder_ids.button_finish()
                order.move_raw_ids.filtered(lambda move: move.product_id == self.leg).quantity = quantity
                order.closure_id.with_user(self.operator).action_refresh()
                deviations = self.open_dialog(order.closure_id, self.paula).deviations or ""
                self.assertEqual(deviations.count("used"), int(bool(deviates)))
                self.assertIn(deviates or "", deviations)

    def test_the_next_round_shows_what_changed_since_the_last_one(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin))
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        closure.with_user(self.quentin).action_reject("Count again")
        closure.with_user(self.operator).action_submit()
        self.assertIn("the same figures", self.open_dialog(closure, self.paula).deviations)
        closure.with_user(self.paula).action_reject("One leg is missing")
        closure.production_id.move_raw_ids.filtered(lambda move: move.product_id == self.leg).quantity = 41
        closure.with_user(self.operator).action_submit()
        deviations = self.open_dialog(closure, self.paula).deviations
        self.assertIn("Leg: 40 Units → 41 Units", deviations)
        self.assertNotIn("Board", deviations)

    def test_many_clean_closures_are_approved_at_once_and_the_others_after_a_look_each(self):
        self.set_levels(self.named(self.paula))
        closures = self.make_submitted() | self.make_submitted()
        odd = self.make_order()
        odd.closure_id.check_ids[0].with_user(self.operator).action_fail("Sawdust")
        odd.closure_id.check_ids[0].with_user(self.manager).action_waive("Swept tomorrow")
        closures |= self.submit(odd)
        dialog = self.open_dialog(closures, self.paula)
        self.assertIn("On 1 of them", dialog.headline)
        record = dialog.save()
        self.assertRefused(UserError, "look at what deviates", record.action_decide)
        with Form(record) as dialog, dialog.line_ids.edit(2) as line:
            self.assertIn("Sawdust", line.deviations)
            line.is_seen = True
        record.action_decide()
        self.assertEqual(closures.mapped("state"), ["approved"] * 3)

    def test_closures_that_wait_for_others_are_left_out_and_named(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin))
        mine, other = self.make_submitted(), self.make_submitted()
        self.approve(other, self.paula)
        dialog = self.open_dialog(mine | other, self.paula)
        self.assertIn(other.name, dialog.left_out)
        dialog.save().action_decide()
        self.assertEqual(self.get_states(mine), ["approved", "pending"])
        self.assertEqual(self.get_states(other), ["approved", "pending"])
        self.assertRefused(AccessError, "Quentin", other.with_user(self.paula).action_open_decision)

    def test_turning_down_needs_a_reason_and_opens_the_closure(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        dialog = self.open_dialog(closure, self.paula)
        dialog.verdict = "rejected"
        with self.assertRaisesRegex(AssertionError, "comment is a required field"):
            dialog.save()
        self.decide(closure, self.paula, "rejected", comment="Count again")
        self.assertEqual((closure.state, closure.approval_decision_ids.comment), ("open", "Count again"))

    def test_sending_back_offers_the_levels_that_approved_before(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin), self.named(self.fiona))
        closure = self.make_submitted()
        self.approve(closure, self.paula, self.quentin)
        first, second = closure.approval_ids.sorted("sequence")[:2]
        dialog = self.open_dialog(closure, self.fiona)
        self.assertEqual(dialog.earlier_level_ids.ids, (first | second).ids)
        self.decide(closure, self.fiona, "sent_back", comment="Look again", level_id=second)
        self.assertEqual(self.get_states(closure.with_context(active_test=False)).count("pending"), 1)
        self.assertEqual(closure._get_pending_approvals().user_ids, self.quentin)

    def test_another_person_is_asked_to_sign_or_to_decide(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.decide(closure, self.paula, "signer_added", user_id=self.wanda)
        self.assertEqual(closure.approval_ids.signer_ids, self.wanda)
        self.decide(closure, self.paula, "forwarded", user_id=self.fiona)
        self.assertEqual(closure.approval_ids.user_ids, self.fiona)
        record = self.open_dialog(closure, self.fiona).save()
        record.verdict = "forwarded"
        self.assertRefused(UserError, "choose a person", record.action_decide)

    def test_a_signature_takes_the_own_password_and_keeps_it_nowhere(self):
        self.set_levels(self.named(self.paula, signature_required=True))
        closure = self.make_submitted()
        dialog = self.open_dialog(closure, self.paula)
        self.assertTrue(dialog.signature_required)
        with self.assertRaisesRegex(AssertionError, "password is a required field"):
            dialog.save()
        dialog.password = "closure_paula"
        record = dialog.save()
        for password in (None, "", "wrong", 5):
            signing = record.with_context(closure_password=password)
            self.assertRefused(UserError, "password", signing.action_decide)
        record.with_context(closure_password="closure_paula").action_decide()
        self.assertEqual((closure.state, closure.approval_decision_ids.signed_name), ("approved", "Paula"))
        self.env.invalidate_all()
        self.assertNotIn("closure_paula", str(record.read()))

    def test_a_second_click_decides_no_other_level(self):
        self.company.closure_allow_same_person = True
        self.set_levels(self.named(self.paula), self.named(self.paula))
        closure = self.make_submitted()
        record = self.open_dialog(closure, self.paula).save()
        record.action_decide()
        self.assertRefused(UserError, "decided already", record.action_decide)
        self.assertEqual(self.get_states(closure), ["approved", "pending"])

    def test_changed_figures_send_the_closure_back_and_are_named_instead_of_the_dialog(self):
        self.set_levels(self.named(self.paula))
        closure, untouched = self.make_submitted(), self.make_submitted()
        record = self.open_dialog(closure, self.paula).save()
        closure.production_id.qty_producing = 9
        action = record.action_decide()
        self.assertEqual((action["tag"], closure.state), ("display_notification", "open"))
        self.assertIn("10 Units → 9 Units", action["params"]["message"])
        self.assertFalse(closure.approval_decision_ids)
        untouched.production_id.qty_producing = 9
        action = untouched.with_user(self.paula).action_open_decision()
        self.assertEqual((action["tag"], untouched.state), ("display_notification", "open"))

    def test_it_says_for_whom_one_stands_in_and_where_duties_are_not_separate(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.env["mrp.closure.delegation"].with_user(self.paula).create(
            {"delegate_id": self.wanda.id, "date_to": "2099-01-01"}
        )
        self.assertIn("on behalf of Paula", self.open_dialog(closure, self.wanda).note)
        self.company.closure_allow_same_person = True
        self.set_levels(self.named(self.operator))
        self.assertIn("logged", self.open_dialog(self.make_submitted(), self.operator).note)

    def test_nobody_else_sees_a_closure_through_the_dialog(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        line = {"closure_id": closure.id, "approval_id": closure.approval_ids.id}
        dialogs = self.env["mrp.closure.approve"].with_user(self.wanda)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            dialogs.create({"line_ids": [Command.create(line)]}).line_ids.read(["deviations"])
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            dialogs.onchange({"line_ids": [Command.create(line)]}, [], {"line_ids": {"fields": {"deviations": {}}}})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            closure.with_user(self.wanda).action_open_decision()

    def test_it_opens_from_the_order_and_from_the_inbox(self):
        self.set_levels(self.named(self.paula, self.manager))
        closure = self.make_submitted()
        order = closure.production_id
        self.assertTrue(order.with_user(self.manager).closure_can_decide)
        self.assertFalse(order.with_user(self.operator).closure_can_decide)
        action = order.with_user(self.manager).action_open_closure_decision()
        self.assertEqual(action["res_model"], "mrp.closure.approve")
        inbox = self.env["mrp.closure.approval"].with_user(self.paula)
        self.assertEqual(inbox.get_waiting_count(), 1)
        mine = inbox.search([("is_waiting_for_me", "=", True)])
        self.assertEqual(mine.action_open_decision()["res_model"], "mrp.closure.approve")
        self.assertEqual(mine.action_open_closure()["res_id"], closure.id)
        self.approve(closure, self.paula)
        self.assertEqual(inbox.get_waiting_count(), 0)

    def test_whoever_a_level_names_opens_every_page_about_it_with_no_other_right(self):
        self.set_levels(self.named(self.paula), self.named(self.quentin))
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        for user in (self.paula, self.quentin):
            with self.subTest(user=user.name):
                self.env.invalidate_all()
                values = self.open_form(closure.with_user(user))
                self.assertEqual(len(values["approval_ids"]), 2)
                self.assertEqual(len(values["approval_decision_ids"]), 1)
                for view in ("list_inbox", "kanban_inbox"):
                    view_id = self.env.ref(f"mrp_workorder_closure.mrp_closure_approval_view_{view}").id
                    rows = self.open_list(
                        self.env["mrp.closure.approval"].with_user(user),
                        [("is_waiting_for_me", "=", True)],
                        view.split("_")[0],
                        view_id,
                    )
                    self.assertEqual(len(rows), int(user == self.quentin))
        visible = self.env["ir.ui.menu"].with_user(self.quentin)._visible_menu_ids()
        for menu, seen in (
            ("mrp_closure_approval_menu_inbox", True),
            ("mrp_closure_delegation_menu", True),
            ("mrp_closure_menu", False),
            ("mrp_closure_check_menu", False),
            ("mrp_closure_inspection_menu", False),
            ("mrp_closure_reporting_menu", False),
        ):
            self.assertEqual(self.env.ref(f"mrp_workorder_closure.{menu}").id in visible, seen, menu)

    def test_cost_against_plan_is_told_in_per_cents_and_to_finance_in_amounts(self):
        self.set_levels(self.named(self.paula, self.quentin))
        self.quentin.group_ids += self.env.ref("mrp_workorder_closure.group_cost_controller")
        order = self.make_order()
        order.qty_producing = 10
        order.set_qty_producing()
        self.board.standard_price = 30
        closure = self.submit(order)
        self.assertGreater(closure.sudo().cost_variance, 0)
        told = self.open_dialog(closure, self.paula).cost
        self.assertRegex(told, r"^Cost against plan: \+\d+\.\d %$")
        told = self.open_dialog(closure, self.quentin).cost
        self.assertRegex(told, r"\+.* %.* of ")

    def test_opening_it_takes_the_same_queries_for_few_closures_and_for_many(self):
        self.set_levels(self.named(self.paula))
        closures = self.env["mrp.closure"].union(*(self.make_submitted() for _number in range(8)))
        self.env["mrp.closure.approval"].with_user(self.paula).search_count([])
        counts = []
        for asked in (closures[:2], closures[:2], closures):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.open_dialog(self.env["mrp.closure"].browse(asked.ids), self.paula)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 2, counts)

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common_approval import ApprovalCase

ALERT_TYPE = "mrp_workorder_closure.mail_activity_type_alert"


@tagged("post_install", "-at_install")
class TestAppointments(ApprovalCase):
    """Where nobody whom a level names can decide, managers are told, and name somebody: guarded and on record."""

    def appoint(self, closure, person, user=None, reason="Paula has left"):
        return closure.stuck_approval_id.with_user(user or self.manager).action_appoint(person.id, reason)

    def get_alerts(self, closure):
        self.env["mrp.closure"].browse(closure.id).action_refresh()
        return self.env["mail.activity"].search(
            [("res_model", "=", "mrp.closure"), ("res_id", "=", closure.id)]
            + [("activity_type_id", "=", self.env.ref(ALERT_TYPE).id)]
        )

    def test_a_person_who_left_is_replaced_by_whom_a_manager_names(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.assertFalse(closure.stuck_approval_id)
        self.paula.active = False
        self.assertEqual(closure.stuck_approval_id, closure.approval_ids)
        self.appoint(closure, self.wanda)
        self.assertFalse(closure.stuck_approval_id)
        decision = closure.approval_decision_ids
        self.assertEqual(
            (decision.user_id, decision.verdict, decision.target_user_id), (self.manager, "appointed", self.wanda)
        )
        self.assertEqual((decision.comment, decision.fingerprint), ("Paula has left", closure.fingerprint))
        self.approve(closure, self.wanda)
        self.assertEqual(closure.state, "approved")

    def test_the_blocker_and_the_managers_are_told(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.assertFalse(self.get_alerts(closure))
        self.paula.active = False
        blocker = closure.production_id.with_user(self.operator).get_closure_blockers()[0]
        self.assertIn("have a manager name who approves", blocker["message"])
        managers = self.env.ref("mrp_workorder_closure.group_manager")
        self.assertEqual((blocker["code"], blocker["owner"]), ("approval", managers.name))
        alert = self.get_alerts(closure)
        self.assertEqual(alert.closure_group_id, managers)
        self.assertIn("Nobody can decide", alert.summary)
        self.appoint(closure, self.wanda)
        self.assertFalse(self.get_alerts(closure))

    def test_a_level_of_which_everybody_left_before_the_submission_is_stuck_at_once(self):
        self.set_levels(self.named(self.paula, self.peter, min_approvals=0))
        order = self.make_order()
        (self.paula | self.peter).active = False
        closure = self.submit(order)
        self.assertTrue(closure.stuck_approval_id)
        self.appoint(closure, self.wanda)
        self.approve(closure, self.wanda)
        self.assertEqual(closure.state, "approved")

    def test_whoever_submitted_or_approved_before_cannot_be_waited_for(self):
        self.set_levels(self.named(self.operator), self.named(self.wanda))
        closure = self.make_submitted()
        self.assertTrue(closure.stuck_approval_id)
        self.assertRefused(UserError, "Olga Operator is asked already", self.appoint, closure, self.operator)
        self.appoint(closure, self.wanda, reason="Olga submitted it herself")
        self.assertNotIn(self.operator, closure.approval_ids.user_ids)
        self.approve(closure, self.wanda)
        self.assertTrue(closure.stuck_approval_id)
        self.company.closure_allow_same_person = True
        self.assertFalse(closure.stuck_approval_id)

    def test_a_quorum_that_can_no_longer_be_reached_is_stuck(self):
        self.set_levels({"group_id": self.group.id, "min_approvals": 2})
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.peter.active = False
        self.assertTrue(closure.stuck_approval_id)
        self.appoint(closure, self.wanda)
        self.approve(closure, self.wanda)
        self.assertEqual(closure.state, "approved")

    def test_a_signer_who_left_holds_nothing_up_for_good(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        closure.with_user(self.paula).action_add_signer(self.fiona)
        self.approve(closure, self.paula)
        self.assertEqual(closure.state, "to_approve")
        self.fiona.active = False
        self.appoint(closure, self.wanda, reason="Fiona has left")
        self.approve(closure, self.wanda)
        self.assertEqual(closure.state, "approved")

    def test_while_somebody_can_decide_a_manager_names_nobody(self):
        self.set_levels(self.named(self.paula, self.peter))
        closure = self.make_submitted()
        self.paula.active = False
        approval = closure.approval_ids.with_user(self.manager)
        self.assertRefused(UserError, "they can decide", approval.action_appoint, self.wanda.id, "Quicker")
        self.assertRefused(UserError, "they can decide", closure.with_user(self.manager).action_open_appointment)

    def test_only_a_manager_names_somebody_else_with_a_reason_and_who_may_take_part(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.paula.active = False
        approver = new_test_user(
            self.env, "closure_approver", groups="base.group_user,mrp_workorder_closure.group_approver", name="Ann"
        )
        for user in (self.operator, self.auditor, approver):
            self.assertRefused(AccessError, "ask a manager", self.appoint, closure, self.wanda, user)
            self.assertRefused(AccessError, "ask a manager", closure.with_user(user).action_open_appointment)
        for person, says in (
            (self.manager, "another person than yourself"),
            (self.operator, "submitted it"),
            (self.paula, "active internal user"),
            (self.wanda.browse(), "active internal user"),
        ):
            self.assertRefused(UserError, says, self.appoint, closure, person)
        self.assertRefused(UserError, "give a reason", self.appoint, closure, self.wanda, reason=" ")
        self.assertRefused(
            AccessError, "buttons on the closure", closure.approval_ids.with_user(self.manager).write, {"user_ids": []}
        )

    def test_the_second_person_of_a_forced_close_is_never_named(self):
        self.company.closure_force_second_person = True
        order = self.make_order()
        order.qty_producing = 10
        order.closure_id.with_user(self.manager).action_force_close("The customer waits")
        approval = order.closure_id.approval_ids
        self.assertFalse(approval.is_stuck)
        with self.assertRaises(UserError):
            approval.with_user(self.manager).action_appoint(self.wanda.id, "Quicker")

    def test_a_manager_names_somebody_in_a_dialog(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.paula.active = False
        action = closure.with_user(self.manager).action_open_appointment()
        dialog = Form(self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"]))
        dialog.user_id = self.wanda
        dialog.reason = "Paula has left"
        dialog.save().action_confirm()
        self.assertTrue(closure.with_user(self.wanda).can_decide)

    def test_blockers_of_stuck_levels_take_the_same_queries_for_one_order_and_for_many(self):
        self.set_levels({"group_id": self.group.id, "min_approvals": 2})
        closures = self.env["mrp.closure"].union(*(self.make_submitted() for _number in range(8)))
        self.peter.active = False
        orders = self.env["mrp.production"].with_user(self.operator).browse(closures.production_id.ids)
        counts = []
        for asked in (orders[0], orders[0], orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(asked.get_closure_blockers()), len(asked))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

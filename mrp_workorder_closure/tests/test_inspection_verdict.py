from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_inspection import InspectionCase


@tagged("post_install", "-at_install")
class TestInspectionVerdict(InspectionCase):
    """Accepted or rejected by the acceptance number, by an inspector, with who and when."""

    def test_as_many_defective_units_as_the_acceptance_number_are_accepted(self):
        inspection = self.make_inspection(qty=500)
        self.decide(inspection, defective=1)
        self.assertEqual((inspection.acceptance_number, inspection.state), (1, "accepted"))
        self.assertEqual(inspection.decided_by_id, self.inspector)
        self.assertTrue(inspection.decided_at)

    def test_one_defective_unit_more_is_rejected(self):
        inspection = self.make_inspection(qty=500)
        self.decide(inspection, defective=2)
        self.assertEqual((inspection.rejection_number, inspection.state), (2, "rejected"))

    def test_defective_units_of_all_characteristics_are_added_up(self):
        inspection = self.make_inspection(qty=500, characteristics=[{"name": "Scratches"}, {"name": "Colour"}])
        self.enter(inspection)
        inspection.line_ids.write({"defective": 1})
        inspection.action_decide()
        self.assertEqual((inspection.defective_count, inspection.state), (2, "rejected"))

    def test_without_complete_results_there_is_no_verdict(self):
        inspection = self.make_inspection(qty=500)
        with self.assertRaisesRegex(UserError, "inspect all 50 units"):
            inspection.action_decide()
        inspection.line_ids.inspected = 49
        with self.assertRaisesRegex(UserError, "49 are entered"):
            inspection.action_decide()
        self.assertEqual(inspection.state, "todo")

    def test_only_inspectors_decide(self):
        inspection = self.make_inspection()
        self.enter(inspection)
        for user in (self.operator, self.auditor):
            with self.assertRaisesRegex(AccessError, "ask Inspector"):
                inspection.with_user(user).action_decide()
            self.assertFalse(inspection.with_user(user).can_decide)
        inspection.with_user(self.manager).action_decide()
        self.assertEqual(inspection.decided_by_id, self.manager)

    def test_who_the_control_point_names_decides(self):
        inspection = self.make_inspection(user_ids=self.manager.ids)
        self.enter(inspection)
        with self.assertRaisesRegex(AccessError, "ask Max Manager"):
            inspection.action_decide()
        inspection.with_user(self.manager).action_decide()
        self.assertEqual(inspection.state, "accepted")

    def test_a_decided_inspection_is_not_decided_again(self):
        inspection = self.make_inspection()
        self.decide(inspection)
        with self.assertRaisesRegex(UserError, "withdraw its verdict first"):
            inspection.action_decide()

    def test_a_manager_withdraws_a_verdict_with_a_reason(self):
        inspection = self.make_inspection(qty=500)
        self.decide(inspection, defective=2)
        with self.assertRaises(AccessError):
            inspection.action_withdraw("Wrong table")
        with self.assertRaises(UserError):
            inspection.with_user(self.manager).action_withdraw(" ")
        inspection.with_user(self.manager).action_withdraw("Wrong table was inspected")
        self.assertEqual((inspection.state, inspection.first_verdict), ("todo", "rejected"))
        history = self.get_history(inspection)
        self.assertIn("Wrong table was inspected", history)
        self.assertIn("Rejected by Ivy Inspector", history)
        inspection.line_ids.defective = 0
        inspection.action_decide()
        self.assertEqual((inspection.state, inspection.first_verdict), ("accepted", "rejected"))

    def test_the_dialog_for_a_reason_withdraws(self):
        inspection = self.make_inspection()
        self.decide(inspection)
        action = inspection.with_user(self.manager).action_open_reason()
        dialog = self.env["mrp.closure.reason"].with_user(self.manager).with_context(action["context"])
        dialog.create({"reason": "Wrong table"}).action_confirm()
        self.assertEqual(inspection.state, "todo")

    def test_a_verdict_that_wants_a_signature_takes_the_inspectors_own_password(self):
        inspection = self.make_inspection(signature_required=True)
        self.enter(inspection)
        with self.assertRaisesRegex(UserError, "Sign and Decide"):
            inspection.action_decide()
        action = inspection.action_open_decision()
        dialog = self.env["mrp.closure.decision"].with_user(self.inspector).with_context(action["context"]).create({})
        for password in (None, "wrong"):
            with self.assertRaises(UserError):
                dialog.with_context(closure_password=password).action_decide()
        self.assertEqual(inspection.state, "todo")
        dialog.with_context(closure_password="closure_inspector").action_decide()
        self.assertEqual((inspection.state, inspection.signed_name), ("accepted", "Ivy Inspector"))

    def test_a_lot_that_changed_unseen_is_not_decided(self):
        inspection = self.make_inspection(qty=10)
        self.enter(inspection)
        order = inspection.sudo().closure_id.production_id
        self.env.flush_all()
        self.env.cr.execute("UPDATE mrp_production SET qty_producing = 12 WHERE id = %s", (order.id,))
        order.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "the quantity changed"):
            inspection.action_decide()


@tagged("post_install", "-at_install")
class TestInspectionGate(InspectionCase):
    """An order does not close while an inspection is open, or rejected and not settled."""

    def assertRefused(self, order, *parts):
        with self.assertRaises(Exception) as refusal:
            order.button_mark_done()
        for part in (order.name, *parts):
            self.assertIn(part, refusal.exception.args[0])
        self.assertNotEqual(order.state, "done")

    def test_produce_all_without_a_quantity_asks_to_enter_it_and_to_inspect(self):
        self.require()
        order = self.make_order()
        self.assertRefused(order, "enter the quantity produced, then inspect", "Final inspection", "Inspector")
        self.assertFalse(order.closure_id.inspection_ids)

    def test_an_open_inspection_blocks_with_what_is_to_be_inspected(self):
        inspection = self.make_inspection(qty=500)
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        self.assertRefused(order, "inspect 50 of 500", "Inspector")
        order.closure_id.action_refresh()
        self.assertEqual(order.closure_id.check_ids.state, "todo")
        self.assertEqual([blocker["code"] for blocker in order.get_closure_blockers()], ["check_todo"])

    def test_an_accepted_inspection_lets_the_order_close(self):
        inspection = self.make_inspection(qty=10)
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        self.decide(inspection)
        order.button_mark_done()
        self.assertEqual((order.state, order.closure_state), ("done", "closed"))
        with self.assertRaisesRegex(UserError, "while the closure runs"):
            inspection.line_ids.defective = 1
        with self.assertRaisesRegex(UserError, "reopen its closure"):
            inspection.with_user(self.manager).action_withdraw("Too late")

    def test_a_rejected_inspection_blocks_with_its_figures(self):
        inspection = self.make_inspection(qty=500)
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        self.decide(inspection, defective=3)
        self.assertRefused(order, "3 defective, 1 allowed in a sample of 50 of 500")
        self.assertEqual(order.closure_id.check_ids.state, "fail")

    def test_a_waiver_of_a_rejected_inspection_covers_that_verdict_only(self):
        inspection = self.make_inspection(qty=500)
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        self.decide(inspection, defective=3)
        check = order.closure_id.check_ids.with_user(self.manager)
        check.action_waive("Customer accepts scratches")
        reasons = self.get_reasons(order)
        self.assertNotIn("3 defective", reasons)
        self.assertIn("decide about 500.0 Units", reasons, "the goods themselves are decided about all the same")
        inspection.with_user(self.manager).action_withdraw("Look again")
        self.enter(inspection, defective=5)
        inspection.action_decide()
        self.assertIn("5 defective", self.get_reasons(order))

    def test_an_open_inspection_cannot_be_waived(self):
        inspection = self.make_inspection(qty=500)
        check = inspection.sudo().check_id.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "have it fail first"):
            check.action_waive("No time")

    def test_a_warning_inspection_does_not_block(self):
        inspection = self.make_inspection(severity="warning")
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        order.button_mark_done()
        self.assertEqual(order.state, "done")

    def test_an_operation_inspection_gates_its_work_order(self):
        self.require(scope="operation")
        order = self.make_order()
        with self.assertRaises(Exception) as refusal:
            order.workorder_ids.button_finish()
        self.assertIn(f"{order.name} / Assemble", refusal.exception.args[0])
        self.decide(order.closure_id.inspection_ids)
        order.workorder_ids.button_finish()
        self.assertEqual(order.workorder_ids.state, "done")

    def test_the_posting_makes_no_inspection(self):
        self.require(severity="warning")
        order = self.make_order()
        order.button_mark_done()
        self.assertEqual(order.state, "done")
        self.assertFalse(order.closure_id.inspection_ids)

    def test_an_operator_can_inspect_what_is_shown_on_the_check(self):
        inspection = self.make_inspection()
        action = inspection.sudo().check_id.with_user(self.operator).action_open_inspections()
        self.assertEqual((action["res_model"], action["res_id"]), ("mrp.closure.inspection", inspection.id))
        action = inspection.closure_id.action_open_inspections()
        self.assertEqual(action["res_id"], inspection.id)

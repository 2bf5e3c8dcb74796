from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestNonconformityRework(NonconformityCase):
    """Rework and repair are work of the same order, finished and inspected again before it closes."""

    def make_rework(self, disposition="rework"):
        order = self.make_order()
        self.make_ready(order)
        nonconformity = self.report(order, 3, workorder_id=order.workorder_ids.id)
        line = self.decide(nonconformity, (disposition, 3, {"minutes": 45}))
        return order, nonconformity, line

    def test_rework_adds_a_work_order_where_the_problem_was_found(self):
        order, nonconformity, line = self.make_rework()
        added = order.workorder_ids - order.workorder_ids[0]
        self.assertEqual(line.sudo().workorder_id, added)
        self.assertEqual(added.name, f"Rework: {nonconformity.name}")
        self.assertEqual((added.workcenter_id, added.duration_expected), (self.workcenter, 45))
        self.assertNotIn(added.state, ("done", "cancel"))
        self.assertEqual(order.closure_state, "open")

    def test_rework_is_done_where_the_inspector_says(self):
        paint = self.env["mrp.workcenter"].create({"name": "Paint Shop"})
        order = self.make_order()
        nonconformity = self.report(order, 3)
        line = self.decide(nonconformity, ("repair", 3, {"workcenter_id": paint.id}))
        self.assertEqual(line.sudo().workorder_id.workcenter_id, paint)
        self.assertEqual(line.sudo().workorder_id.name, f"Repair: {nonconformity.name}")

    def test_the_order_waits_until_rework_is_finished_and_inspected_again(self):
        order, nonconformity, line = self.make_rework()
        with self.assertRaisesRegex(RedirectWarning, "have it inspected again"):
            self.close(order)
        with self.assertRaisesRegex(UserError, "finish its work order first"):
            line.with_user(self.inspector).action_verify()
        line.sudo().workorder_id.with_user(self.operator).button_finish()
        with self.assertRaisesRegex(RedirectWarning, "have it inspected again"):
            self.close(order)
        self.assertTrue(line.with_user(self.inspector).can_verify)
        with self.assertRaisesRegex(AccessError, "ask Inspector"):
            line.with_user(self.operator).action_verify()
        line.with_user(self.inspector).action_verify()
        self.assertEqual(line.verified_by_id, self.inspector)
        self.close(order)
        self.assertEqual((order.closure_state, nonconformity.state, line.status), ("closed", "closed", "done"))
        self.assertStock(self.table, accepted=10)

    def test_rework_that_did_not_help_is_decided_about_anew(self):
        order, nonconformity, line = self.make_rework()
        with self.assertRaisesRegex(UserError, "finish its work order first"):
            line.with_user(self.inspector).action_reject("Still scratched")
        line.sudo().workorder_id.with_user(self.operator).button_finish()
        with self.assertRaisesRegex(UserError, "report a new problem"):
            nonconformity.with_user(self.inspector).action_review()
        with self.assertRaisesRegex(AccessError, "ask Inspector"):
            line.with_user(self.operator).action_reject("Still scratched")
        with self.assertRaisesRegex(UserError, "give a reason"):
            line.with_user(self.inspector).action_reject(" ")
        dialog = line.with_user(self.inspector).action_open_reason()
        wizard = self.env["mrp.closure.reason"].with_user(self.inspector).with_context(**dialog["context"])
        wizard.create({"reason": "Still scratched"}).action_confirm()
        self.assertEqual((line.status, line.withdraw_reason), ("withdrawn", "Still scratched"))
        self.assertEqual((nonconformity.state, nonconformity.open_quantity), ("review", 3))
        with self.assertRaisesRegex(RedirectWarning, nonconformity.name):
            self.close(order)
        nonconformity.with_user(self.inspector).quantity = 1
        self.decide(nonconformity, ("scrap", 1))
        self.close(order)
        self.assertStock(self.table, accepted=9, scrapped=1)

    def test_taking_rework_back_cancels_its_work_order(self):
        order, nonconformity, line = self.make_rework()
        nonconformity.with_user(self.inspector).action_review()
        self.assertEqual(line.sudo().workorder_id.state, "cancel")
        self.decide(nonconformity, ("scrap", 3))
        self.close(order)
        self.assertStock(self.table, accepted=7, scrapped=3)

    def test_a_finished_rework_can_be_closed_before_the_order(self):
        _order, nonconformity, line = self.make_rework()
        with self.assertRaisesRegex(UserError, "inspected again"):
            nonconformity.with_user(self.inspector).action_close()
        line.sudo().workorder_id.with_user(self.operator).button_finish()
        line.with_user(self.inspector).action_verify()
        nonconformity.with_user(self.inspector).action_close()
        self.assertEqual((nonconformity.state, line.status), ("closed", "done"))

    def test_rework_goes_to_the_only_work_center_where_the_order_has_none(self):
        self.env["mrp.workcenter"].search([("id", "!=", self.workcenter.id)]).action_archive()
        self.make_bom(self.table, operations=(), sequence=-1)
        order = self.make_order()
        self.assertFalse(order.workorder_ids)
        line = self.decide(self.report(order, 3), ("rework", 3))
        self.assertEqual(line.sudo().workorder_id.workcenter_id, self.workcenter)

    def test_rework_waits_for_a_choice_where_the_order_has_no_work_center_and_the_company_two(self):
        self.env["mrp.workcenter"].create({"name": "Paint Shop"})
        self.make_bom(self.table, operations=(), sequence=-1)
        nonconformity = self.report(self.make_order(), 3)
        with self.assertRaisesRegex(UserError, "choose the work center"):
            self.decide(nonconformity, ("rework", 3))

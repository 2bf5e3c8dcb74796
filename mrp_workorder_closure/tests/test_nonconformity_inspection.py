from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from .common_inspection import InspectionCase


@tagged("post_install", "-at_install")
class TestNonconformityOfInspection(InspectionCase):
    """A rejected inspection opens a nonconformity, which settles it."""

    def reject(self, **vals):
        """Ten made, three of the sample are defective: the nonconformity of the rejection."""
        inspection = self.make_inspection(**vals)
        self.decide(inspection, defective=3)
        self.assertEqual(inspection.state, "rejected")
        return inspection, inspection.closure_id.nonconformity_ids.with_user(self.inspector)

    def test_a_rejected_sample_condemns_its_lot(self):
        inspection, nonconformity = self.reject()
        self.assertEqual((nonconformity.quantity, nonconformity.inspection_id), (10, inspection))
        self.assertEqual((nonconformity.severity, nonconformity.state), ("major", "open"))
        self.assertEqual(nonconformity.reported_by_id, self.inspector)

    def test_where_every_piece_was_looked_at_the_defective_ones_are_meant(self):
        _inspection, nonconformity = self.reject(scope="full")
        self.assertEqual(nonconformity.quantity, 3)

    def test_a_rejected_sample_at_an_operation_condemns_its_lot_too(self):
        self.require(scope="operation")
        inspection = self.make_order(qty=500).closure_id.inspection_ids[:1].with_user(self.inspector)
        self.assertLess(inspection.sample_size, inspection.lot_size)
        self.decide(inspection, defective=5)
        self.assertEqual(inspection.closure_id.nonconformity_ids.quantity, 500)

    def test_the_problem_is_on_record_before_the_order_goes_on(self):
        inspection = self.make_inspection()
        seen = []

        def look(closures):
            seen.append((inspection.state, len(closures.nonconformity_ids)))

        self.patch(type(self.env["mrp.closure"]), "action_refresh", look)
        self.decide(inspection, defective=3)
        self.assertIn(("rejected", 1), seen)
        self.assertNotIn(("rejected", 0), seen)

    def test_an_accepted_inspection_opens_nothing(self):
        inspection = self.make_inspection()
        self.decide(inspection)
        self.assertEqual(inspection.state, "accepted")
        self.assertFalse(inspection.closure_id.nonconformity_ids)

    def test_the_order_waits_until_the_rejected_goods_are_decided_about(self):
        inspection, nonconformity = self.reject(scope="full")
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        with self.assertRaisesRegex(RedirectWarning, nonconformity.name):
            order.button_mark_done()
        nonconformity.action_disposition([{"disposition": "scrap", "quantity": 3}])
        order.button_mark_done()
        self.assertEqual((order.state, order.closure_state), ("done", "closed"))
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(self.table, self.stock), 7)

    def test_reworked_goods_are_inspected_again(self):
        inspection, nonconformity = self.reject(scope="full")
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        line = nonconformity.action_disposition([{"disposition": "rework", "quantity": 3}])
        self.assertEqual(inspection.state, "todo")
        line.sudo().workorder_id.with_user(self.operator).button_finish()
        with self.assertRaisesRegex(UserError, "accept its inspection"):
            line.action_verify()
        with self.assertRaisesRegex(UserError, "decide its inspection"):
            line.action_reject("Still scratched")
        self.decide(inspection)
        self.assertEqual(inspection.state, "accepted")
        self.assertEqual(line.verified_by_id, self.inspector)
        order.button_mark_done()
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(self.table, self.stock), 10)

    def test_goods_are_inspected_again_when_their_rework_is_finished_and_not_before(self):
        inspection, nonconformity = self.reject(scope="full")
        line = nonconformity.action_disposition([{"disposition": "rework", "quantity": 3}])
        self.enter(inspection)
        with self.assertRaisesRegex(UserError, "finish Rework: "):
            inspection.action_decide()
        line.sudo().workorder_id.with_user(self.operator).button_finish()
        inspection.action_decide()
        self.assertEqual(inspection.state, "accepted")

    def test_what_was_found_before_the_rework_is_no_result_of_the_inspection_after_it(self):
        inspection, nonconformity = self.reject(scope="full")
        line = nonconformity.action_disposition([{"disposition": "rework", "quantity": 3}])
        line.sudo().workorder_id.with_user(self.operator).button_finish()
        self.assertEqual((inspection.line_ids.inspected, inspection.line_ids.defective), (0, 0))
        self.assertIn("3 of 10 defective", self.get_history(inspection))
        with self.assertRaisesRegex(UserError, "inspect all 10 units"):
            inspection.action_decide()

    def test_rework_is_confirmed_only_as_long_as_the_verdict_stands(self):
        inspection, nonconformity = self.reject(scope="full")
        line = nonconformity.action_disposition([{"disposition": "rework", "quantity": 3}])
        line.sudo().workorder_id.with_user(self.operator).button_finish()
        self.decide(inspection)
        inspection.with_user(self.manager).action_withdraw("Looked at the wrong pallet")
        self.assertFalse(line.verified_at)
        self.decide(inspection, defective=2)
        self.assertEqual((line.status, nonconformity.state, nonconformity.quantity), ("withdrawn", "review", 2))

    def test_rework_of_a_critical_problem_is_confirmed_by_a_manager(self):
        inspection, nonconformity = self.reject(scope="full")
        nonconformity.severity = "critical"
        line = nonconformity.with_user(self.manager).action_disposition([{"disposition": "rework", "quantity": 3}])
        line.sudo().workorder_id.with_user(self.operator).button_finish()
        self.decide(inspection)
        self.assertEqual((inspection.state, bool(line.verified_at)), ("accepted", False))
        line.with_user(self.manager).action_verify()
        self.assertEqual(line.verified_by_id, self.manager)

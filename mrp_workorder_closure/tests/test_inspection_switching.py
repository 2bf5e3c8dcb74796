from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_inspection import InspectionCase


@tagged("post_install", "-at_install")
class TestInspectionSwitching(InspectionCase):
    """How strictly a lot is inspected follows from the verdicts on the lots before it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require()

    def make_lot(self, defective=None, qty=500, user=None):
        """The inspection of one more lot, decided where ``defective`` is given."""
        order = self.make_order(qty=qty)
        order.qty_producing = qty
        inspection = order.closure_id.inspection_ids.with_user(self.inspector)
        if defective is not None:
            self.decide(inspection, defective)
        return inspection

    def make_stopped(self):
        for _lot in range(7):
            self.make_lot(defective=9)
        return self.env["mrp.closure.sampling"].search([("product_id", "=", self.table.id)])

    def test_two_rejected_lots_tighten_the_next_plan(self):
        self.make_lot(defective=9)
        last = self.make_lot(defective=9)
        self.assertEqual((last.strictness, last.sampling_state), ("normal", "tightened"))
        following = self.make_lot()
        self.assertEqual(following.strictness, "tightened")
        self.assertEqual((following.sample_size, following.acceptance_number), (80, 1))

    def test_five_accepted_lots_lead_back_to_normal(self):
        for defective in (9, 9, 0, 0, 0, 0, 0):
            last = self.make_lot(defective)
        self.assertEqual((last.strictness, last.sampling_state), ("tightened", "normal"))
        self.assertEqual(self.make_lot().sample_size, 50)

    def test_fifteen_good_lots_reduce_inspection_and_a_rejected_one_ends_it(self):
        for _lot in range(15):
            last = self.make_lot(defective=0)
        self.assertEqual(last.sampling_state, "reduced")
        following = self.make_lot(defective=9)
        self.assertEqual((following.strictness, following.sampling_state), ("reduced", "normal"))

    def test_reduced_inspection_keeps_the_normal_plan_and_says_so(self):
        normal = self.make_lot(defective=0)
        normal.sampling_id.sudo()._write_evidence({"state": "reduced"})
        reduced = self.make_lot()
        plan = ("sample_size", "acceptance_number")
        self.assertEqual([reduced[name] for name in plan], [normal[name] for name in plan])
        for record, name in ((reduced, "strictness"), (reduced, "sampling_state"), (reduced.sampling_id, "state")):
            label = dict(record._fields[name]._description_selection(self.env))["reduced"]
            self.assertEqual(label, "Reduced (normal plan)")

    def test_a_lot_that_is_inspected_again_does_not_count(self):
        first = self.make_lot(defective=9)
        first.with_user(self.manager).action_withdraw("Inspect again after sorting")
        first.action_decide()
        self.assertEqual((first.state, first.sampling_state), ("rejected", "normal"))
        self.assertEqual(first.sampling_id.recent, "R")

    def test_a_verdict_that_was_a_mistake_does_not_count_and_the_next_one_does(self):
        self.make_lot(defective=9)
        wrong = self.make_lot(defective=9)
        sampling = wrong.sampling_id
        self.make_lot(defective=0)
        self.assertEqual((sampling.state, sampling.accepted_run), ("tightened", 1))
        wrong.with_user(self.manager).action_withdraw("Gauge was not calibrated", mistaken=True)
        self.assertEqual((sampling.state, sampling.recent, wrong.first_verdict), ("normal", "RA", False))
        self.decide(wrong, defective=0)
        self.assertEqual((sampling.state, sampling.recent), ("normal", "RAA"))
        self.assertEqual((wrong.first_verdict, wrong.first_pass_yield), ("accepted", 100.0))
        self.assertIn("Before: Rejected", self.get_history(wrong))

    def test_a_rejection_by_mistake_that_stopped_inspection_lets_it_go_on(self):
        sampling = self.make_stopped()
        last = self.env["mrp.closure.inspection"].search([("counted_in_id", "=", sampling.id)], limit=1)
        self.make_reason(last, mistaken=True).action_confirm()
        self.assertEqual((sampling.state, sampling.rejected_total), ("tightened", 4))

    def test_mistakes_from_before_the_corrective_action_do_not_undo_it(self):
        sampling = self.make_stopped()
        early = self.env["mrp.closure.inspection"].search([("counted_in_id", "=", sampling.id)], limit=1)
        sampling.with_user(self.manager).action_resume("New drilling fixture")
        self.make_lot(defective=9)
        self.make_reason(early, mistaken=True).action_confirm()
        self.assertEqual((sampling.state, sampling.rejected_total), ("tightened", 1))

    def make_reason(self, inspection, **vals):
        """The dialog that withdraws a verdict, filled in by the manager."""
        action = inspection.with_user(self.manager).action_open_reason()
        dialog = self.env["mrp.closure.reason"].with_user(self.manager).with_context(action["context"])
        return dialog.create({"reason": "Wrong drawing", **vals})

    def test_an_inspection_planned_before_the_first_verdict_is_stopped_too(self):
        waiting = self.make_lot()
        self.assertFalse(waiting.sampling_state)
        self.make_stopped()
        self.assertEqual(waiting.sampling_state, "stopped")
        order = waiting.sudo().closure_id.production_id
        self.assertIn("have a manager record the corrective action for Table", self.get_reasons(order))
        self.enter(waiting)
        with self.assertRaisesRegex(UserError, "inspection is stopped after five rejected lots"):
            waiting.action_decide()

    def test_another_product_and_another_plan_have_states_of_their_own(self):
        self.make_lot(defective=9)
        self.make_lot(defective=9)
        self.template.point_ids.aql = 2.5
        self.assertEqual(self.make_lot().strictness, "normal")
        self.template.point_ids.aql = 1.0
        self.assertEqual(self.make_lot().strictness, "tightened")
        self.template.product_ids |= self.plain_table
        other = self.make_order(qty=500, product=self.plain_table)
        other.qty_producing = 500
        self.assertEqual(other.closure_id.inspection_ids.strictness, "normal")

    def test_an_open_inspection_takes_the_rule_in_force_when_it_is_refreshed(self):
        waiting = self.make_lot()
        self.make_lot(defective=9)
        self.make_lot(defective=9)
        self.assertEqual(waiting.strictness, "normal")
        waiting.closure_id.action_refresh()
        self.assertEqual((waiting.strictness, waiting.sample_size), ("tightened", 80))
        text = "Planned again: 50 of 500, at most 1 defective → 80 of 500, at most 1 defective."
        self.assertEqual(self.get_history(waiting).count("Planned again"), 1)
        self.assertIn(text, self.get_history(waiting))

    def test_inspections_without_the_tables_count_for_no_rule(self):
        self.template.point_ids.write({"sampling": "fixed", "sample_value": 5})
        self.make_lot(defective=1)
        self.make_lot(defective=1)
        self.assertFalse(self.env["mrp.closure.sampling"].search([("product_id", "=", self.table.id)]))

    def test_inspection_that_is_stopped_blocks_until_a_manager_records_the_corrective_action(self):
        sampling = self.make_stopped()
        self.assertEqual(sampling.state, "stopped")
        inspection = self.make_lot()
        order = inspection.sudo().closure_id.production_id
        self.assertIn("have a manager record the corrective action for Table", self.get_reasons(order))
        self.enter(inspection)
        with self.assertRaisesRegex(UserError, "inspection is stopped after five rejected lots"):
            inspection.action_decide()
        with self.assertRaises(AccessError):
            sampling.with_user(self.inspector).action_resume("New fixture")
        with self.assertRaisesRegex(UserError, "record the corrective action"):
            sampling.with_user(self.manager).action_resume("")
        action = sampling.with_user(self.manager).action_open_reason()
        dialog = self.env["mrp.closure.reason"].with_user(self.manager).with_context(action["context"])
        dialog.create({"reason": "New drilling fixture"}).action_confirm()
        self.assertEqual((sampling.state, sampling.corrective_action), ("tightened", "New drilling fixture"))
        self.assertEqual(sampling.resumed_by_id, self.manager)
        inspection.action_decide()
        self.assertEqual(inspection.state, "accepted")

    def test_inspection_that_goes_on_cannot_be_resumed(self):
        self.make_lot(defective=0)
        sampling = self.env["mrp.closure.sampling"].search([("product_id", "=", self.table.id)])
        with self.assertRaisesRegex(UserError, "wait until it is stopped"):
            sampling.with_user(self.manager).action_resume("Just in case")

    def test_nobody_writes_the_switching_state(self):
        self.make_lot(defective=0)
        sampling = self.env["mrp.closure.sampling"].search([("product_id", "=", self.table.id)])
        for user in (self.inspector, self.manager, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                sampling.with_user(user).write({"state": "normal"})

from odoo import Command
from odoo.tests import tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestVarianceNonconformity(NonconformityCase):
    """What was done again and what was thrown away are causes of their own."""

    def get_amounts(self, closure):
        totals = {}
        for line in closure.sudo().variance_ids:
            totals[line.kind] = round(totals.get(line.kind, 0) + line.amount, 2)
        self.assertAlmostEqual(sum(totals.values()), closure.sudo().cost_variance)
        return {kind: amount for kind, amount in totals.items() if amount}

    def make_finished(self, **vals):
        order = self.make_order(**vals)
        order.qty_producing = order.product_qty
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        order.workorder_ids.duration = 100
        order.workorder_ids.button_finish()
        return order

    def test_rework_is_its_time_and_its_material(self):
        order = self.make_finished()
        line = self.decide(self.report(order, 3, workorder_id=order.workorder_ids.id), ("rework", 3, {"minutes": 45}))
        rework = line.sudo().workorder_id
        order.move_raw_ids = [
            Command.create(
                {
                    "product_id": self.leg.id,
                    "product_uom_qty": 2,
                    "product_uom": self.leg.uom_id.id,
                    "location_id": order.location_src_id.id,
                    "location_dest_id": order.production_location_id.id,
                    "workorder_id": rework.id,
                }
            )
        ]
        added = order.move_raw_ids.filtered(lambda move: move.workorder_id == rework)
        added.quantity = 2
        added.picked = True
        rework.duration = 30
        rework.button_finish()
        line.with_user(self.inspector).action_verify()
        closure = order.closure_id.sudo()
        preview = closure._compute_variances()[closure]
        self.close(order)
        # Half an hour at 60, and two legs at 5.
        self.assertEqual(self.get_amounts(closure), {"rework": 40})
        self.assertEqual(float(preview.variance), 40)
        lines = closure.variance_ids.filtered(lambda kept: kept.kind == "rework")
        self.assertEqual(lines.workorder_id, rework)
        self.assertEqual(lines.product_id, self.leg)

    def test_scrapped_output_is_scrap_at_its_standard(self):
        order = self.make_finished()
        self.decide(self.report(order, 2), ("scrap", 2))
        closure = order.closure_id.sudo()
        preview = closure._compute_variances()[closure]
        self.close(order)
        self.assertEqual(self.get_amounts(closure), {"scrap": 100})
        self.assertEqual((float(preview.standard), float(preview.actual)), (400, 500))
        self.assertEqual((closure.costed_qty, closure.standard_cost, closure.unit_cost), (8, 400, 62.5))

    def test_scrapped_output_is_told_by_the_reason_of_its_disposition(self):
        bent, scratched = self.env["stock.scrap.reason.tag"].create([{"name": "Bent"}, {"name": "Scratched"}])
        order = self.make_finished()
        self.decide(self.report(order, 2), ("scrap", 2, {"scrap_reason_tag_ids": bent.ids}))
        self.decide(self.report(order, 1), ("scrap", 1, {"scrap_reason_tag_ids": scratched.ids}))
        self.decide(self.report(order, 3), ("scrap", 3))
        self.close(order)
        lines = order.closure_id.sudo().variance_ids.filtered(lambda line: line.kind == "scrap")
        unnamed = self.env.ref("mrp_workorder_closure.scrap_reason_tag_nonconformity")
        amounts = {line.scrap_reason_id: line.amount for line in lines}
        self.assertEqual(amounts, {unnamed: 150, bent: 100, scratched: 50})
        self.assertEqual(lines.product_id, self.table)

    def test_output_that_was_scrapped_on_the_order_without_a_disposition_counts_too(self):
        order = self.make_finished()
        self.close(order)
        closure = order.closure_id.sudo()
        self.env["stock.scrap"].create(
            {"production_id": order.id, "product_id": self.table.id, "scrap_qty": 1, "location_id": self.stock.id}
        ).do_scrap()
        self.assertEqual(self.get_amounts(closure), {})
        manager = closure.with_user(self.manager)
        manager.action_reopen("One was broken")
        manager.action_submit()
        self.assertEqual(self.get_amounts(closure), {"scrap": 50})
        self.assertEqual((closure.costed_qty, closure.standard_cost), (9, 450))

    def test_when_everything_is_scrapped_all_of_the_cost_is_scrap(self):
        self.workcenter.time_start = 10
        order = self.make_order()
        order.workorder_ids.duration = 110
        order.qty_producing = 10
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        order.workorder_ids.button_finish()
        self.decide(self.report(order, 10), ("scrap", 10))
        self.close(order)
        closure = order.closure_id.sudo()
        self.assertEqual(self.get_amounts(closure), {"scrap": 500, "lot_size": 10})
        self.assertEqual((closure.costed_qty, closure.standard_cost, closure.unit_cost), (0, 0, 0))

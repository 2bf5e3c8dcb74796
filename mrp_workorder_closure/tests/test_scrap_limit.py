from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_rules import RuleCase


@tagged("post_install", "-at_install")
class TestScrapLimit(RuleCase):
    """Scrap has a reason, says where it comes from, and together keeps to the limit of the template."""

    def scrap(self, order, product, quantity, reason=True, **vals):
        tags = self.env.ref("mrp_workorder_closure.scrap_reason_tag_nonconformity") if reason else []
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": product.id,
                "scrap_qty": quantity,
                "production_id": order.id,
                "scrap_reason_tag_ids": [Command.set(tags.ids if reason else [])],
                **vals,
            }
        )
        scrap.do_scrap()
        order.invalidate_recordset()
        return scrap

    def make_limited(self, limit):
        order = self.make_rule_order("scrap_explained", {"tolerance_pct": limit})
        self.produce(order, 10)
        return order

    def test_without_a_limit_any_explained_scrap_is_accepted(self):
        order = self.make_limited(0)
        self.scrap(order, self.leg, 39)
        self.assertHolds(order)

    def test_scrap_without_reason_blocks_with_or_without_a_limit(self):
        for limit in (0, 50):
            with self.subTest(limit=limit):
                order = self.make_limited(limit)
                scrap = self.scrap(order, self.leg, 1, reason=False)
                self.assertBlocks(order, scrap.name, "has no reason")

    def test_scrap_up_to_the_limit_holds_and_above_it_blocks_with_its_figures(self):
        order = self.make_limited(5)
        self.scrap(order, self.leg, 1)
        self.scrap(order, self.leg, 1)
        self.assertHolds(order)
        self.scrap(order, self.leg, 1)
        self.assertBlocks(order, "Leg: 3.0 Units scrapped, 40.0 Units planned (limit 5 %)")

    def test_quantities_in_other_units_are_summed_up(self):
        order = self.make_limited(50)
        self.scrap(order, self.leg, 1)
        self.scrap(order, self.leg, 1, product_uom_id=self.env.ref("uom.product_uom_dozen").id)
        self.assertHolds(order)
        self.scrap(order, self.leg, 8)
        self.assertBlocks(order, "21.0 Units scrapped, 40.0 Units planned")

    def test_scrap_of_the_output_counts_against_the_planned_output(self):
        order = self.make_limited(10)
        nonconformity = (
            self.env["mrp.closure.nonconformity"]
            .with_user(self.operator)
            .create({"closure_id": order.closure_id.id, "quantity": 2, "description": "Split"})
        )
        nonconformity.with_user(self.manager).action_disposition(
            [{"disposition": "scrap", "quantity": 2, "reason": "Beyond repair"}]
        )
        self.assertBlocks(order, "Table: 2.0 Units scrapped, 10.0 Units planned (limit 10 %)")

    def test_an_unplanned_product_has_no_allowance(self):
        order = self.make_limited(50)
        glue = self.env["product.product"].create({"name": "Glue", "is_storable": True})
        self.scrap(order, glue, 1)
        self.assertBlocks(order, "Glue: 1.0 Units scrapped, 0.0 Units planned")

    def test_a_scrap_names_the_problem_and_the_operation_of_its_own_order(self):
        order, other = self.make_limited(0), self.make_order()
        report = self.env["mrp.closure.nonconformity"].with_user(self.operator)
        mine, foreign = report.create(
            [{"closure_id": each.closure_id.id, "quantity": 1, "description": "Split"} for each in (order, other)]
        )
        scrap = self.scrap(
            order, self.leg, 1, closure_nonconformity_id=mine.id, workorder_id=order.workorder_ids[:1].id
        )
        self.assertEqual(scrap.closure_nonconformity_id, mine)
        with self.assertRaisesRegex(ValidationError, "a problem of the same order"):
            scrap.closure_nonconformity_id = foreign
        with self.assertRaisesRegex(ValidationError, "an operation of the same order"):
            self.scrap(order, self.leg, 1, workorder_id=other.workorder_ids[:1].id)

    def test_scraps_of_a_disposition_lead_to_their_nonconformity(self):
        order = self.make_limited(0)
        nonconformity = (
            self.env["mrp.closure.nonconformity"]
            .with_user(self.operator)
            .create({"closure_id": order.closure_id.id, "quantity": 2, "description": "Split"})
        )
        nonconformity.with_user(self.manager).action_disposition(
            [{"disposition": "scrap", "quantity": 2, "reason": "Beyond repair"}]
        )
        order.with_user(self.operator).button_mark_done()
        self.assertEqual(order.scrap_ids.closure_nonconformity_id, nonconformity)

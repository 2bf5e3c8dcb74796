from odoo import Command
from odoo.tests import tagged

from .test_subcontract_receipt_closes_only_ready_orders import SubcontractCase


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestSubcontractingPrice(SubcontractCase):
    """What the subcontractor asks is compared with what the price list said when the order was confirmed."""

    applications = (*SubcontractCase.applications, "mrp_subcontracting_purchase")

    def make_purchase(self, price):
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.subcontractor.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.chair.id, "product_qty": 10, "price_unit": price, "tax_ids": False}
                    )
                ],
            }
        )
        purchase.button_confirm()
        return purchase.picking_ids

    def test_the_price_of_the_order_is_compared_with_the_price_list(self):
        self.chair.categ_id = self.env["product.category"].create(
            {"name": "Average", "property_cost_method": "average"}
        )
        self.chair.seller_ids = [Command.create({"partner_id": self.subcontractor.id, "price": 7})]
        receipt = self.make_purchase(9)
        order = self.get_order(receipt)
        closure = order.closure_id.sudo()
        self.assertEqual(closure.cost_baseline["subcontracting_price"], 7)
        self.pass_checks(order)
        order.sudo().qty_producing = 10
        order.sudo().set_qty_producing()
        order.sudo().move_raw_ids.picked = True
        preview = closure._compute_variances()[closure]
        receipt.button_validate()
        self.assertEqual(closure.state, "closed")
        lines = closure.variance_ids.filtered(lambda line: line.kind == "subcontracting")
        self.assertEqual((lines.planned, lines.actual, lines.amount), (70, 90, 20))
        self.assertEqual((closure.cost_variance, closure.actual_cost), (20, 490))
        self.assertEqual((float(preview.variance), float(preview.actual)), (20, 490))
        self.assertEqual(order.sudo().move_finished_ids.value, 490)

    def test_a_receipt_without_purchase_order_costs_its_own_price(self):
        receipt = self.make_receipt(self.chair)
        order = self.get_order(receipt)
        self.pass_checks(order)
        receipt.button_validate()
        closure = order.closure_id.sudo()
        self.assertEqual(closure.state, "closed")
        lines = closure.variance_ids.filtered(lambda line: line.kind == "subcontracting")
        self.assertEqual((lines.planned, lines.actual), (0, 70))

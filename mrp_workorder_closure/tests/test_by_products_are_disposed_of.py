from odoo import Command
from odoo.tests import tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestByProductsAreDisposedOf(NonconformityCase):
    """What is wrong with a by-product is kept out of stock as it is with the product."""

    def make_sawdust_order(self, tracking, steps):
        self.sawdust = self.env["product.product"].create(
            {"name": "Sawdust", "is_storable": True, "tracking": tracking}
        )
        product = self.make_product()
        # Valued at actual cost, as the product is: its share of the cost is its value.
        self.sawdust.categ_id = product.categ_id
        product.bom_ids.byproduct_ids = [
            Command.create({"product_id": self.sawdust.id, "product_qty": 3, "cost_share": 10})
        ]
        order = self.make_tracked_order(product, steps=steps)
        if tracking == "lot":
            order.move_byproduct_ids.lot_ids = self.env["stock.lot"].create(
                {"product_id": self.sawdust.id, "name": "SD1"}
            )
        order.move_byproduct_ids.quantity = 30
        return order

    def check_by_product(self, tracking, steps):
        order = self.make_sawdust_order(tracking, steps)
        lot = order.move_byproduct_ids.lot_ids
        nonconformity = self.report(order, 8, product_id=self.sawdust.id)
        self.decide(nonconformity, ("quarantine", 4), ("scrap", 2), ("regrade", 2))
        self.close(order)
        self.assertStock(self.sawdust, accepted=22, quarantined=4, scrapped=2, regraded=2)
        self.assertStock(order.product_id, accepted=10)
        self.assertEqual(order.scrap_ids.lot_id, lot)
        self.assertEqual(len(order.move_byproduct_ids), 1)
        self.assertEqual(
            order.closure_id._get_output_split()[self.sawdust],
            {"produced": 30, "good": 22, "quarantined": 4, "scrapped": 2, "regraded": 2},
        )
        made = order.move_finished_ids.mapped("value")
        self.assertAlmostEqual(sum(made), 10 * (20 + 4 * 5) + order.workorder_ids._cal_cost(), places=2)
        self.assertAlmostEqual(order.move_byproduct_ids.value, sum(made) / 10, places=2)
        if steps == "pbm_sam":
            store = order.picking_ids.filtered(lambda kept: kept.picking_type_id == self.warehouse.sam_type_id)
            quantities = {move.product_id: move.quantity for move in store.move_ids}
            self.assertEqual(quantities, {order.product_id: 10, self.sawdust: 22})
            store.move_ids.picked = True
            store.button_validate()
            self.assertEqual(self.get_stock(self.sawdust, self.stock), 22)

    def test_in_one_step(self):
        self.check_by_product("none", "mrp_one_step")

    def test_in_two_steps(self):
        self.check_by_product("none", "pbm")

    def test_in_three_steps(self):
        self.check_by_product("none", "pbm_sam")

    def test_in_lots_in_one_step(self):
        self.check_by_product("lot", "mrp_one_step")

    def test_in_lots_in_two_steps(self):
        self.check_by_product("lot", "pbm")

    def test_in_lots_in_three_steps(self):
        self.check_by_product("lot", "pbm_sam")

from odoo.tests import tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestValuesOfDispositions(NonconformityCase):
    """Quants and values before and after, for each disposition."""

    def check_accepted(self, disposition):
        """Goods that are accepted in the end have cost what the order has cost."""
        product = self.make_product()
        order = self.make_tracked_order(product)
        nonconformity = self.report(order, 3)
        self.assertEqual((self.get_value(product), self.get_stock(product, self.stock)), (0, 0))
        line = self.decide(nonconformity, (disposition, 3, {"reason": "Fine"}), user=self.manager)
        if line._is_rework():
            line.sudo().workorder_id.duration = 30
            order.workorder_ids.button_finish()
            line.with_user(self.manager).action_verify()
        self.assertStock(product)
        self.close(order)
        self.assertStock(product, accepted=10)
        made = order.move_finished_ids.value
        self.assertEqual(len(order.move_finished_ids), 1)
        self.assertAlmostEqual(made, 10 * (20 + 4 * 5) + order.workorder_ids._cal_cost(), places=2)
        self.assertAlmostEqual(self.get_value(product), made, places=2)
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        )
        self.assertAlmostEqual(sum(quants.mapped("value")), made, places=2)
        return order, line

    def test_used_as_it_is(self):
        self.check_accepted("use_as_is")

    def test_reworked_goods_cost_their_rework_too(self):
        order, line = self.check_accepted("rework")
        self.assertAlmostEqual(line.sudo().workorder_id._cal_cost(), 30, places=2)
        self.assertGreaterEqual(order.move_finished_ids.value, 10 * 40 + 30)

    def test_repaired_goods_cost_their_repair_too(self):
        order, line = self.check_accepted("repair")
        self.assertAlmostEqual(line.sudo().workorder_id._cal_cost(), 30, places=2)
        self.assertGreaterEqual(order.move_finished_ids.value, 10 * 40 + 30)

    def test_goods_for_the_supplier_keep_their_value_until_they_ship(self):
        product = self.make_product("lot")
        order = self.make_tracked_order(product)
        supplier = self.env["res.partner"].create({"name": "Glue Works"})
        line = self.decide(self.report(order, 3), ("return_to_supplier", 3, {"partner_id": supplier.id}))
        self.close(order)
        made = order.move_finished_ids.value
        self.assertStock(product, accepted=7, quarantined=3)
        self.assertAlmostEqual(self.get_value(product), made, places=2)
        picking = line.sudo().move_ids.picking_id
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertStock(product, accepted=7)
        self.assertEqual(self.get_stock(product, self.supplier_location), 3)
        self.assertAlmostEqual(picking.move_ids.value, made * 3 / 10, places=2)
        self.assertAlmostEqual(self.get_value(product), made * 7 / 10, places=2)

    def test_goods_regraded_as_the_same_product_keep_their_value(self):
        product = self.make_product()
        order = self.make_tracked_order(product)
        self.decide(self.report(order, 3), ("regrade", 3))
        self.close(order)
        self.assertStock(product, accepted=7, regraded=3)
        self.assertAlmostEqual(self.get_value(product), order.move_finished_ids.value, places=2)

    def test_regraded_goods_stay_whose_they_are(self):
        product = self.make_product()
        second = self.make_product(name="Chair, second choice")
        order = self.make_tracked_order(product)
        owner = self.env["res.partner"].create({"name": "Furniture Owner"})
        order.move_finished_ids.move_line_ids.owner_id = owner
        self.decide(self.report(order, 3), ("regrade", 3, {"regrade_product_id": second.id}))
        self.close(order)
        quants = self.env["stock.quant"].search(
            [("product_id", "in", (product | second).ids), ("location_id", "=", self.stock.id)]
        )
        self.assertEqual(
            {quant.product_id: (quant.quantity, quant.owner_id) for quant in quants},
            {product: (7, owner), second: (3, owner)},
        )

    def check_value(self, method):
        product = self.make_product(method=method)
        order = self.make_tracked_order(product)
        nonconformity = self.report(order, 3)
        self.decide(nonconformity, ("quarantine", 2), ("scrap", 1))
        self.close(order)
        move, unit = order.move_finished_ids, order.move_finished_ids.value / 10
        self.assertEqual(len(move), 1)
        self.assertAlmostEqual(order.scrap_ids.move_ids.value, unit, places=2)
        self.assertAlmostEqual(self.get_value(product), unit * 9, places=2)
        return unit

    def test_at_standard_cost_goods_in_quarantine_keep_their_value_and_scrap_loses_it(self):
        self.assertEqual(self.check_value("standard"), 45)

    def test_at_average_cost_goods_in_quarantine_keep_their_value_and_scrap_loses_it(self):
        self.assertGreaterEqual(self.check_value("average"), 40)

    def test_in_first_in_first_out_goods_in_quarantine_keep_their_value_and_scrap_loses_it(self):
        self.assertGreaterEqual(self.check_value("fifo"), 40)

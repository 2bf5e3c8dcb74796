from odoo import Command
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestDispositionsDownstream(NonconformityCase):
    """What waits for the goods gets what was accepted; by-products, units, costs and regrading."""

    def make_delivery_for_order(self, product, quantity):
        """A delivery that is made to order; its manufacturing order is returned with it."""
        route = self.env.ref("stock.route_warehouse0_mto")
        route.active = True
        product.route_ids = [Command.link(route.id), Command.link(self.warehouse.manufacture_pull_id.route_id.id)]
        customers = self.env.ref("stock.stock_location_customers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": customers.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.stock.id,
                            "location_dest_id": customers.id,
                            "procure_method": "make_to_order",
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        order = self.env["mrp.production"].search([("product_id", "=", product.id)])
        return picking, order

    def close_with_two_in_quarantine(self, order):
        order.action_confirm()
        picks = order.picking_ids.filtered(lambda picking: picking.picking_type_id == self.warehouse.pbm_type_id)
        picks.move_ids.picked = True
        picks.button_validate()
        order.qty_producing = order.product_qty
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        nonconformity = self.report(order, 2)
        self.decide(nonconformity, ("quarantine", 1), ("scrap", 1))
        self.close(order)
        self.assertEqual(order.state, "done")
        return nonconformity

    def test_a_made_to_order_delivery_is_cut_to_what_was_accepted(self):
        product = self.make_product()
        picking, order = self.make_delivery_for_order(product, 10)
        self.close_with_two_in_quarantine(order)
        self.assertEqual((picking.move_ids.product_uom_qty, picking.move_ids.quantity), (8, 8))
        self.assertEqual(picking.state, "assigned")
        picking.do_unreserve()
        picking.action_assign()
        self.assertEqual(picking.move_line_ids.location_id, self.stock)
        self.assertEqual(picking.move_ids.quantity, 8)

    def test_a_made_to_order_delivery_behind_three_steps_is_cut_too(self):
        self.warehouse.manufacture_steps = "pbm_sam"
        product = self.make_product()
        picking, order = self.make_delivery_for_order(product, 10)
        self.close_with_two_in_quarantine(order)
        store = order.picking_ids.filtered(lambda kept: kept.picking_type_id == self.warehouse.sam_type_id)
        self.assertEqual((store.move_ids.product_uom_qty, store.move_ids.quantity), (8, 8))
        self.assertEqual(picking.move_ids.product_uom_qty, 8)
        store.move_ids.picked = True
        store.button_validate()
        self.assertEqual(picking.move_ids.quantity, 8)
        self.assertEqual(picking.move_line_ids.location_id, self.stock)

    def release(self, nonconformity):
        self.decide(nonconformity, ("use_as_is", 1, {"reason": "Customer agreed"}), user=self.manager)
        self.assertEqual(nonconformity.state, "closed")

    def test_released_goods_go_to_the_delivery_that_was_cut(self):
        product = self.make_product()
        picking, order = self.make_delivery_for_order(product, 10)
        nonconformity = self.close_with_two_in_quarantine(order)
        self.release(nonconformity)
        self.assertEqual((picking.move_ids.product_uom_qty, picking.move_ids.quantity), (9, 9))
        self.assertEqual(picking.state, "assigned")
        self.assertIn(picking.name, "".join(nonconformity.sudo().message_ids.mapped("body")))
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertStock(product, scrapped=1)

    def test_released_goods_go_to_the_delivery_behind_three_steps_too(self):
        self.warehouse.manufacture_steps = "pbm_sam"
        product = self.make_product()
        picking, order = self.make_delivery_for_order(product, 10)
        nonconformity = self.close_with_two_in_quarantine(order)
        self.release(nonconformity)
        store = order.picking_ids.filtered(lambda kept: kept.picking_type_id == self.warehouse.sam_type_id)
        self.assertEqual(store.move_ids.product_uom_qty, 8)
        store.move_ids.picked = True
        store.button_validate()
        self.assertEqual((picking.move_ids.product_uom_qty, picking.move_ids.quantity), (9, 9))

    def test_of_a_delivery_in_parts_the_part_that_waits_gets_the_released_goods(self):
        product = self.make_product()
        picking, order = self.make_delivery_for_order(product, 10)
        nonconformity = self.close_with_two_in_quarantine(order)
        picking.move_ids.quantity = 5
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.release(nonconformity)
        self.assertEqual(picking.move_ids.product_uom_qty, 5)
        rest = picking.backorder_ids.move_ids
        self.assertEqual((rest.product_uom_qty, rest.quantity), (4, 4))

    def test_goods_released_after_the_delivery_left_are_in_stock_and_the_note_says_so(self):
        product = self.make_product()
        picking, order = self.make_delivery_for_order(product, 10)
        nonconformity = self.close_with_two_in_quarantine(order)
        picking.move_ids.picked = True
        picking.button_validate()
        self.release(nonconformity)
        self.assertStock(product, accepted=1, scrapped=1)
        notes = "".join(nonconformity.sudo().message_ids.mapped("body"))
        self.assertIn(f"{picking.name} left without the goods", notes)

    def test_a_delivery_for_fewer_than_were_accepted_is_left_alone(self):
        product = self.make_product()
        picking, order = self.make_delivery_for_order(product, 6)
        order.action_confirm()
        self.env["change.production.qty"].create({"mo_id": order.id, "product_qty": 10}).change_prod_qty()
        self.close_with_two_in_quarantine(order)
        self.assertEqual((picking.move_ids.product_uom_qty, picking.move_ids.quantity), (6, 6))

    def test_when_nothing_is_accepted_nothing_is_stored_or_delivered(self):
        self.warehouse.manufacture_steps = "pbm_sam"
        product = self.make_product()
        picking, order = self.make_delivery_for_order(product, 2)
        self.close_with_two_in_quarantine(order)
        store = order.picking_ids.filtered(lambda kept: kept.picking_type_id == self.warehouse.sam_type_id)
        self.assertFalse(store)
        self.assertEqual(picking.state, "cancel")
        self.assertStock(product, quarantined=1, scrapped=1)

    def test_single_pieces_of_an_order_in_dozens_are_kept_apart(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        product = self.make_product()
        self.warehouse.manufacture_steps = "pbm_sam"
        order = self.make_order(qty=2, product=product, product_uom_id=dozen.id)
        picks = order.picking_ids
        picks.move_ids.picked = True
        picks.button_validate()
        order.qty_producing = 2
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        nonconformity = self.report(order, 5)
        self.decide(nonconformity, ("quarantine", 3), ("scrap", 2))
        self.close(order)
        self.assertStock(product, accepted=19, quarantined=3, scrapped=2)
        self.assertEqual(order.move_finished_ids.quantity, 2)
        store = order.picking_ids.filtered(lambda kept: kept.picking_type_id == self.warehouse.sam_type_id)
        self.assertEqual(sum(store.move_line_ids.mapped("quantity_product_uom")), 19)

    def test_regraded_goods_become_stock_of_the_other_product_at_their_own_cost(self):
        product = self.make_product("lot")
        second = self.make_product("lot", name="Chair, second choice")
        order = self.make_tracked_order(product)
        nonconformity = self.report(order, 3)
        self.decide(nonconformity, ("regrade", 3, {"regrade_product_id": second.id}))
        self.close(order)
        unit = order.move_finished_ids.value / 10
        self.assertStock(product, accepted=7)
        self.assertEqual(self.get_stock(second, self.stock), 3)
        self.assertAlmostEqual(self.get_value(product), unit * 7, places=2)
        self.assertAlmostEqual(self.get_value(second), unit * 3, places=2)
        quant = self.env["stock.quant"].search([("product_id", "=", second.id), ("location_id", "=", self.stock.id)])
        self.assertEqual(quant.lot_id.name, order.lot_producing_ids.name)
        self.assertEqual(nonconformity.state, "closed")
        self.assertEqual((order.closure_id.good_qty, order.closure_id.regraded_qty), (7, 3))

    def test_pieces_regraded_to_a_product_in_dozens_are_counted_in_dozens(self):
        product = self.make_product()
        dozen = self.make_product(name="Chairs, by the dozen", uom_id=self.env.ref("uom.product_uom_dozen").id)
        order = self.make_tracked_order(product, qty=24)
        self.decide(self.report(order, 12), ("regrade", 12, {"regrade_product_id": dozen.id}))
        self.close(order)
        self.assertEqual((self.get_stock(product, self.stock), self.get_stock(dozen, self.stock)), (12, 1))
        moves = self.env["stock.move"].search([("product_id", "=", dozen.id)])
        self.assertEqual(moves.mapped(lambda move: (move.state, move.quantity)), [("done", 1)])

    def test_goods_are_regraded_to_what_they_can_become_only(self):
        product = self.make_product()
        nonconformity = self.report(self.make_tracked_order(product), 2)
        service = self.env["product.product"].create({"name": "Varnishing", "type": "service"})
        kilos = self.make_product(name="Firewood", uom_id=self.env.ref("uom.product_uom_kgm").id)
        for other, reason in (
            (product, "choose another product"),
            (service, "choose a product that is kept in stock"),
            (self.make_product("serial"), "choose a product without serial numbers"),
            (kilos, "counted in the same kind of unit"),
        ):
            with self.assertRaisesRegex(UserError, reason):
                self.decide(nonconformity, ("regrade", 2, {"regrade_product_id": other.id}))

    def test_return_to_the_supplier_waits_in_quarantine_for_its_delivery(self):
        product = self.make_product()
        order = self.make_tracked_order(product)
        supplier = self.env["res.partner"].create({"name": "Glue Works"})
        nonconformity = self.report(order, 3)
        line = self.decide(nonconformity, ("return_to_supplier", 3, {"partner_id": supplier.id}))
        self.close(order)
        self.assertStock(product, accepted=7, quarantined=3)
        picking = line.sudo().move_ids.picking_id
        self.assertEqual((picking.state, picking.location_dest_id.usage), ("assigned", "supplier"))
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertStock(product, accepted=7)

    def test_more_than_was_produced_cannot_be_kept_out_of_stock(self):
        product = self.make_product()
        order = self.make_tracked_order(product)
        nonconformity = self.report(order, 12)
        self.decide(nonconformity, ("scrap", 12))
        with self.assertRaisesRegex(RedirectWarning, f"correct what was decided about {nonconformity.name}"):
            self.close(order)
        self.assertNotEqual(order.state, "done")
        self.assertStock(product)

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestQuarantine(NonconformityCase):
    """Nothing takes goods out of quarantine but a final disposition."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.storekeeper = new_test_user(cls.env, "closure_storekeeper", groups="stock.group_stock_manager")
        cls.customers = cls.env.ref("stock.stock_location_customers")

    def make_quarantined(self, quantity=4, tracking="none", **vals):
        """Ten made, some of them in quarantine."""
        product = self.make_product(tracking, **vals)
        order = self.make_tracked_order(product)
        nonconformity = self.report(order, quantity)
        lots = order.lot_producing_ids[:quantity] if tracking == "serial" else order.lot_producing_ids
        self.decide(nonconformity, ("quarantine", quantity, {"lot_ids": [Command.set(lots.ids)]}))
        self.close(order)
        self.assertStock(product, accepted=10 - quantity, quarantined=quantity)
        self.assertEqual((nonconformity.state, nonconformity.open_quantity), ("review", quantity))
        return product, order, nonconformity

    def make_delivery(self, product, quantity, source=None, user=None):
        source = source or self.stock
        picking = (
            self.env["stock.picking"]
            .with_user(user or self.storekeeper)
            .create(
                {
                    "picking_type_id": self.warehouse.out_type_id.id,
                    "location_id": source.id,
                    "location_dest_id": self.customers.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": quantity,
                                "location_id": source.id,
                                "location_dest_id": self.customers.id,
                            }
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        picking.action_assign()
        return picking

    def test_a_later_picking_reserves_accepted_goods_only(self):
        product, _order, _nonconformity = self.make_quarantined()
        picking = self.make_delivery(product, 10)
        self.assertEqual(picking.move_ids.quantity, 6)
        self.assertEqual(picking.move_line_ids.location_id, self.stock)

    def test_a_picking_from_the_whole_warehouse_does_not_find_the_quarantine(self):
        product, _order, _nonconformity = self.make_quarantined(tracking="lot")
        picking = self.make_delivery(product, 10, source=self.warehouse.view_location_id)
        self.assertEqual(picking.move_ids.quantity, 6)
        self.assertEqual(picking.move_line_ids.location_id, self.stock)

    def test_a_picking_from_the_quarantine_itself_reserves_nothing(self):
        product, _order, _nonconformity = self.make_quarantined()
        picking = self.make_delivery(product, 2, source=self.get_place("quarantine"))
        self.assertEqual(picking.move_ids.quantity, 0)

    def test_lines_typed_in_by_hand_cannot_take_goods_out_of_quarantine(self):
        product, _order, _nonconformity = self.make_quarantined()
        picking = self.make_delivery(product, 2, source=self.get_place("quarantine"))
        picking.move_ids.quantity = 2
        picking.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "out of quarantine"):
            picking.button_validate()
        self.assertEqual(self.get_stock(product, self.get_place("quarantine")), 4)

    def test_quarantined_goods_can_be_counted(self):
        product, _order, _nonconformity = self.make_quarantined()
        quant = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "=", self.get_place("quarantine").id)]
        )
        quant.with_user(self.storekeeper).inventory_quantity = 3
        quant.with_user(self.storekeeper).action_apply_inventory()
        self.assertEqual(self.get_stock(product, self.get_place("quarantine")), 3)

    def test_relocating_is_no_way_out_of_quarantine(self):
        product, _order, _nonconformity = self.make_quarantined()
        place = self.get_place("quarantine")
        quant = self.env["stock.quant"].search([("product_id", "=", product.id), ("location_id", "=", place.id)])
        with self.assertRaisesRegex(UserError, "have an inspector decide"):
            quant.with_user(self.storekeeper).move_quants(location_dest_id=self.stock)
        with self.assertRaisesRegex(UserError, "have an inspector decide"):
            place.with_user(self.storekeeper).closure_hold = False

    def test_released_goods_go_into_stock(self):
        product, order, nonconformity = self.make_quarantined()
        before = self.get_value(product)
        line = self.decide(nonconformity, ("use_as_is", 4, {"reason": "Customer agreed"}), user=self.manager)
        self.assertStock(product, accepted=10)
        self.assertEqual((nonconformity.state, line.status, line.is_final), ("closed", "done", True))
        self.assertAlmostEqual(self.get_value(product), before)
        self.assertEqual(order.closure_id.good_qty, 10)
        self.assertEqual(line.sudo().move_ids.picking_id.state, "done")

    def test_a_final_disposition_after_closing_is_added_to_the_record_and_stays(self):
        _product, order, nonconformity = self.make_quarantined()
        interim = nonconformity.disposition_ids
        first = interim.read(["disposition", "quantity", "status", "decided_by_id", "decided_at", "done_at"])
        line = self.decide(nonconformity, ("scrap", 4, {"reason": "Split"}))
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(nonconformity.disposition_ids, interim | line)
        self.assertEqual(interim.read(list(first[0])), first)
        self.assertEqual((line.decided_by_id, line.is_final, line.disposition), (self.inspector, True, "scrap"))
        self.assertTrue(line.decided_at and line.done_at)
        move = line.sudo().scrap_ids.move_ids
        self.assertEqual(move.location_id, self.get_place("quarantine"))
        self.assertEqual(move.location_dest_id.usage, "inventory")
        self.assertEqual((nonconformity.closed_by_id, nonconformity.state), (self.inspector, "closed"))
        notes = nonconformity.sudo().message_ids.filtered(lambda note: "Out of quarantine: Scrap" in note.body)
        self.assertEqual(notes.author_id, self.inspector.partner_id)
        for user in (self.inspector, self.manager):
            with self.assertRaises(AccessError):
                line.with_user(user).write({"quantity": 3})
            with self.assertRaises(AccessError):
                line.with_user(user).unlink()
            with self.assertRaises(AccessError):
                notes.with_user(user).write({"body": "Nothing"})

    def test_scrapping_from_quarantine_writes_off_its_value(self):
        product, order, nonconformity = self.make_quarantined(tracking="serial")
        before = self.get_value(product)
        lot = order.lot_producing_ids[1]
        self.decide(nonconformity, ("scrap", 1, {"lot_ids": [Command.set(lot.ids)], "reason": "Split"}))
        self.assertStock(product, accepted=6, quarantined=3, scrapped=1)
        self.assertEqual(nonconformity.state, "review")
        self.assertEqual(order.scrap_ids.lot_id, lot)
        self.assertAlmostEqual(self.get_value(product), before * 9 / 10, places=2)
        with self.assertRaisesRegex(UserError, "serial numbers about which nothing was decided"):
            self.decide(nonconformity, ("scrap", 1, {"lot_ids": [Command.set(lot.ids)]}))
        self.decide(nonconformity, ("scrap", 3))
        self.assertStock(product, accepted=6, scrapped=4)
        self.assertEqual(nonconformity.state, "closed")

    def test_goods_returned_to_the_supplier_leave_by_a_delivery_of_the_warehouse(self):
        product, _order, nonconformity = self.make_quarantined()
        supplier = self.env["res.partner"].create({"name": "Glue Works"})
        line = self.decide(nonconformity, ("return_to_supplier", 4, {"partner_id": supplier.id}))
        picking = line.sudo().move_ids.picking_id
        self.assertEqual((picking.state, picking.partner_id, picking.move_ids.quantity), ("assigned", supplier, 4))
        picking = picking.with_user(self.storekeeper)
        picking.move_ids.quantity = 3
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        backorder = picking.backorder_ids
        self.assertEqual(backorder.move_ids.product_uom_qty, 1)
        backorder.action_assign()
        backorder.move_ids.picked = True
        backorder.button_validate()
        self.assertStock(product, accepted=6)
        self.assertEqual(self.get_stock(product, self.supplier_location), 4)

    def test_what_cannot_be_done_to_finished_goods_is_refused(self):
        _product, _order, nonconformity = self.make_quarantined()
        with self.assertRaisesRegex(UserError, "make an order for it"):
            self.decide(nonconformity, ("rework", 4))
        with self.assertRaisesRegex(UserError, "in quarantine already"):
            self.decide(nonconformity, ("quarantine", 4))
        with self.assertRaisesRegex(UserError, "1.0 too many"):
            self.decide(nonconformity, ("scrap", 5))

    def test_goods_that_are_no_longer_in_quarantine_cannot_be_decided_about(self):
        product, _order, nonconformity = self.make_quarantined()
        self.env["stock.quant"]._update_available_quantity(product, self.get_place("quarantine"), -3)
        with self.assertRaisesRegex(UserError, "bring 3.0 Units of .* first"):
            self.decide(nonconformity, ("scrap", 4))

    def test_the_quarantine_of_a_warehouse_is_made_once_beside_its_stock(self):
        place = self.get_place("quarantine")
        self.assertEqual(place, self.get_place("quarantine"))
        self.assertEqual(place.location_id, self.warehouse.view_location_id)
        self.assertFalse(place._child_of(self.stock))
        self.assertEqual(place.usage, "internal")

    def test_a_quarantine_that_was_rolled_back_is_made_again(self):
        self.env["stock.location"].search([("closure_hold", "!=", False)]).active = False
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.assertEqual(self.get_place("quarantine"), self.get_place("quarantine"))
            raise UserError("The order cannot close for another reason.")
        self.assertTrue(self.get_place("quarantine").exists())

    def test_a_problem_found_on_a_reopened_order_moves_the_goods_at_once(self):
        product = self.make_product()
        order = self.make_tracked_order(product)
        self.close(order)
        with self.assertRaisesRegex(UserError, "reopen its closure"):
            self.report(order, 2)
        order.closure_id.with_user(self.manager).action_reopen("Customer called")
        nonconformity = self.report(order, 3)
        self.decide(nonconformity, ("quarantine", 2), ("scrap", 1))
        self.assertStock(product, accepted=7, quarantined=2, scrapped=1)
        self.assertEqual(nonconformity.state, "review")
        order.closure_id.with_user(self.operator).action_submit()
        self.assertEqual(order.closure_state, "closed")

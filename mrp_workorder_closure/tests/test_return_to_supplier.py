from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestReturnToSupplier(NonconformityCase):
    """Goods go back to their supplier when their delivery leaves, and not before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.storekeeper = new_test_user(cls.env, "closure_storekeeper", groups="stock.group_stock_user")
        cls.supplier = cls.env["res.partner"].create({"name": "Glue Works"})

    def make_return(self, quantity=3, tracking="none", more=()):
        """Ten made, some of them to be returned; the delivery as the storekeeper sees it."""
        product = self.make_product(tracking)
        order = self.make_tracked_order(product)
        nonconformity = self.report(order, quantity + sum(amount for _kind, amount in more))
        lots = order.lot_producing_ids[:quantity] if tracking == "serial" else order.lot_producing_ids
        returned = {"partner_id": self.supplier.id, "lot_ids": [Command.set(lots.ids)]}
        lines = self.decide(nonconformity, ("return_to_supplier", quantity, returned), *more)
        self.close(order)
        return order, nonconformity, lines[0], lines[0].sudo().move_ids.picking_id.with_user(self.storekeeper)

    def ship(self, picking, quantity=None, **context):
        if quantity is not None:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(**context).button_validate()

    def get_activities(self, nonconformity, user):
        return nonconformity.sudo().activity_ids.filtered(lambda activity: activity.user_id == user)

    def test_the_decision_is_done_when_the_delivery_has_left(self):
        order, nonconformity, line, picking = self.make_return()
        product = nonconformity.product_id
        self.assertStock(product, accepted=7, quarantined=3)
        self.assertEqual(
            (line.status, nonconformity.state, order.closure_state), ("decided", "dispositioned", "closed")
        )
        with self.assertRaisesRegex(UserError, f"have the warehouse ship .*{picking.name}"):
            nonconformity.with_user(self.inspector).action_close()
        self.ship(picking)
        self.assertStock(product, accepted=7)
        self.assertEqual((line.status, nonconformity.state), ("done", "closed"))
        self.assertTrue(line.done_at and nonconformity.closed_at)

    def test_a_delivery_in_two_parts_is_done_with_the_second(self):
        _order, nonconformity, line, picking = self.make_return()
        self.ship(picking, 2, skip_backorder=True)
        self.assertEqual((line.status, nonconformity.state), ("decided", "dispositioned"))
        self.ship(picking.backorder_ids)
        self.assertEqual((line.status, nonconformity.state), ("done", "closed"))
        self.assertEqual(sum(line.sudo().move_ids.mapped("quantity")), 3)

    def test_a_cancelled_delivery_leaves_the_goods_in_quarantine(self):
        _order, nonconformity, line, picking = self.make_return()
        picking.action_cancel()
        self.assertEqual((line.status, nonconformity.state), ("withdrawn", "review"))
        self.assertEqual((line.withdrawn_by_id, nonconformity.open_quantity), (self.storekeeper, 3))
        self.assertIn(picking.name, line.withdraw_reason)
        self.assertStock(nonconformity.product_id, accepted=7, quarantined=3)
        self.assertIn(picking.name, self.get_activities(nonconformity, self.inspector).summary)
        self.assertIn(picking.name, "".join(nonconformity.sudo().message_ids.mapped("body")))
        self.decide(nonconformity, ("scrap", 3))
        self.assertStock(nonconformity.product_id, accepted=7, scrapped=3)
        self.assertEqual(nonconformity.state, "closed")
        self.assertFalse(self.get_activities(nonconformity, self.inspector))

    def test_a_final_return_that_is_cancelled_leaves_the_goods_in_quarantine_too(self):
        product = self.make_product()
        order = self.make_tracked_order(product)
        nonconformity = self.report(order, 3)
        self.decide(nonconformity, ("quarantine", 3))
        self.close(order)
        line = self.decide(nonconformity, ("return_to_supplier", 3, {"partner_id": self.supplier.id}))
        self.assertEqual((line.is_final, line.status, nonconformity.state), (True, "decided", "dispositioned"))
        line.sudo().move_ids.picking_id.with_user(self.storekeeper).action_cancel()
        self.assertEqual((line.status, nonconformity.state), ("withdrawn", "review"))
        self.assertEqual(nonconformity.open_quantity, 3)
        line = self.decide(nonconformity, ("return_to_supplier", 3, {"partner_id": self.supplier.id}))
        self.ship(line.sudo().move_ids.picking_id.with_user(self.storekeeper))
        self.assertStock(product, accepted=7)
        self.assertEqual((line.status, nonconformity.state), ("done", "closed"))

    def test_what_a_delivery_leaves_behind_is_in_quarantine_again(self):
        order, nonconformity, line, picking = self.make_return(tracking="serial")
        self.ship(picking.with_context(skip_backorder=True), 2, picking_ids_not_to_backorder=picking.ids)
        self.assertEqual((line.status, nonconformity.state), ("withdrawn", "review"))
        shipped, held = (nonconformity.disposition_ids - line).sorted("disposition", reverse=True)
        self.assertEqual((shipped.disposition, shipped.quantity, shipped.status), ("return_to_supplier", 2, "done"))
        self.assertEqual((held.disposition, held.quantity, held.status), ("quarantine", 1, "done"))
        self.assertEqual(shipped.lot_ids | held.lot_ids, line.lot_ids)
        self.assertEqual(nonconformity.open_quantity, 1)
        self.assertStock(nonconformity.product_id, accepted=7, quarantined=1)
        self.decide(nonconformity, ("scrap", 1))
        self.assertEqual(nonconformity.state, "closed")
        self.assertEqual(order.scrap_ids.lot_id, held.lot_ids)

    def test_a_return_does_not_hurry_what_else_was_decided(self):
        _order, nonconformity, line, picking = self.make_return(more=(("quarantine", 2),))
        self.assertEqual((nonconformity.state, nonconformity.open_quantity), ("review", 2))
        self.decide(nonconformity, ("scrap", 2))
        self.assertEqual((nonconformity.state, line.status), ("dispositioned", "decided"))
        self.ship(picking)
        self.assertEqual((nonconformity.state, line.status), ("closed", "done"))

    def test_a_delivery_that_waits_is_cancelled_before_something_else_is_decided(self):
        _order, nonconformity, line, picking = self.make_return()
        with self.assertRaisesRegex(UserError, f"cancel its delivery {picking.name}"):
            nonconformity.with_user(self.inspector).action_review()
        self.assertEqual(line.status, "decided")

    def test_no_more_leaves_than_was_decided(self):
        _order, nonconformity, line, picking = self.make_return(more=(("quarantine", 4),))
        with self.assertRaisesRegex(UserError, "more than was decided"):
            self.ship(picking, 5)
        self.assertEqual(line.status, "decided")
        self.assertStock(nonconformity.product_id, accepted=3, quarantined=7)

    def test_a_return_leads_to_the_supplier_and_nowhere_else(self):
        _order, nonconformity, _line, picking = self.make_return()
        picking.move_ids.move_line_ids.location_dest_id = self.stock
        with self.assertRaisesRegex(UserError, "back to the supplier"):
            self.ship(picking)
        self.assertStock(nonconformity.product_id, accepted=7, quarantined=3)

    def test_the_returned_goods_leave_the_value_of_stock_when_they_ship(self):
        order, nonconformity, _line, picking = self.make_return()
        product, made = nonconformity.product_id, order.move_finished_ids.value
        self.assertAlmostEqual(self.get_value(product), made, places=2)
        self.ship(picking)
        self.assertAlmostEqual(self.get_value(product), made * 7 / 10, places=2)

    def test_goods_go_to_the_vendor_of_the_product_where_nobody_names_another(self):
        product = self.make_product(seller_ids=[Command.create({"partner_id": self.supplier.id})])
        order = self.make_tracked_order(product)
        line = self.decide(self.report(order, 3), ("return_to_supplier", 3, {"reason": "Cracked"}))
        self.assertEqual(line.partner_id, self.supplier)

    def test_a_delivery_without_a_supplier_leads_to_where_suppliers_are(self):
        product = self.make_product()
        order = self.make_tracked_order(product)
        line = self.decide(self.report(order, 3), ("return_to_supplier", 3, {"reason": "Cracked"}))
        self.close(order)
        self.ship(line.sudo().move_ids.picking_id.with_user(self.storekeeper))
        self.assertStock(product, accepted=7)
        self.assertEqual(self.get_stock(product, self.supplier_location), 3)
        self.assertEqual(line.status, "done")

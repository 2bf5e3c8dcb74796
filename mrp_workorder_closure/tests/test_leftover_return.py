import base64

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_leftover import LeftoverCase

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestLeftoverReturn(LeftoverCase):
    """Return to stock: one real transfer of exactly what is left, and nobody loses what is reserved."""

    def test_an_operator_returns_what_is_left_of_two_components(self):
        order = self.make_issued(board=9, leg=36)
        self.assertEqual((self.get_stock(self.board, self.line), self.get_stock(self.leg, self.line)), (10, 40))
        self.settle(order.closure_id, (self.board, "return", 1), (self.leg, "return", 4))
        self.assertEqual((self.get_stock(self.board, self.line), self.get_stock(self.leg, self.line)), (9, 36))
        self.assertEqual((self.get_stock(self.board, self.stock), self.get_stock(self.leg, self.stock)), (991, 3964))
        leftovers = order.closure_id.leftover_ids
        picking = leftovers.move_id.picking_id
        self.assertEqual((len(picking), picking.state, len(picking.move_ids)), (1, "done", 2))
        self.assertIn(picking, order.picking_ids)
        self.assertEqual(set(leftovers.mapped("state")), {"returned"})
        self.assertEqual(set(leftovers.mapped("reason")), {"Two too many"})
        self.assertEqual(leftovers.kept_by_id, self.operator)
        figures = self.get_figures(order, self.leg)
        self.assertEqual((figures.issued_qty, figures.returned_qty, figures.unaccounted_qty), (40, 4, 0))

    def test_the_dialog_is_filled_in_with_what_is_left(self):
        order = self.make_issued(leg=36)
        form = self.fill_in(order.closure_id)
        with form.line_ids.edit(0) as line:
            self.assertEqual((line.product_id, line.leftover_qty, line.quantity), (self.leg, 4, 4))
            self.assertEqual(line.act, "return")
            line.quantity = 3
        self.assertEqual(len(form.line_ids), 1)
        self.assertEqual(form.location_dest_id, self.stock)
        form.reason = "Wrong count"
        form.save().action_confirm()
        self.assertEqual(self.get_stock(self.leg, self.line), 37)
        self.assertEqual(order.closure_id.leftover_ids.quantity, 3)

    def test_what_the_order_may_still_use_is_shown_but_not_proposed(self):
        order = self.make_issued()
        form = self.fill_in(order.closure_id)
        with form.line_ids.edit(1) as line:
            self.assertEqual((line.product_id, line.leftover_qty, line.quantity, line.act), (self.leg, 40, 0, "leave"))
            line.quantity = 4
            self.assertEqual(line.act, "return")
        form.reason = "Other legs are used"
        form.save().action_confirm()
        self.assertEqual(self.get_stock(self.leg, self.line), 36)
        self.assertEqual(self.get_move(order, self.leg).quantity, 36, "the rest stays reserved")

    def test_other_components_and_other_orders_keep_their_reservations(self):
        """Core's return unreserves the whole component: odoo#283345."""
        order, other = self.make_issued(), self.make_issued()
        waiting = self.make_order()
        before = self.get_reservations()
        self.settle(order.closure_id, (self.leg, "return", 5))
        after = self.get_reservations()
        move = self.get_move(order, self.leg)
        self.assertEqual(after.pop((move, self.env["stock.lot"])), 35)
        self.assertEqual(before.pop((move, self.env["stock.lot"])), 40)
        self.assertEqual(after, before)
        self.assertEqual(self.get_move(other, self.leg).quantity, 40)
        self.assertTrue(all(move.move_orig_ids for move in order.move_raw_ids | other.move_raw_ids))
        self.assertEqual(waiting.picking_ids.move_ids.mapped("quantity"), [10, 40])
        order.with_user(self.operator).action_assign()
        self.assertEqual(self.get_move(order, self.leg).quantity, 35, "it does not take what is not there for it")

    def test_what_is_consumed_stays_reserved(self):
        order, other = self.make_issued(leg=36), self.make_issued()
        before = self.get_reservations()
        self.settle(order.closure_id, (self.leg, "return", 4))
        self.assertEqual(self.get_reservations(), before)
        self.use(other, leg=40)
        for each in order | other:
            each.with_user(self.operator).button_mark_done()
        self.assertEqual(set((order | other).mapped("state")), {"done"})
        self.assertEqual(self.get_stock(self.leg, self.line), 0)

    def test_no_more_is_returned_than_is_left(self):
        order = self.make_issued(leg=36)
        other = self.make_issued()
        for quantity in (5, 40, -1):
            with self.subTest(quantity=quantity), self.assertRaisesRegex(UserError, order.name):
                self.settle(order.closure_id, (self.leg, "return", quantity))
        self.settle(order.closure_id, (self.leg, "return", 3))
        self.settle(order.closure_id, (self.leg, "return", 1))
        with self.assertRaisesRegex(UserError, "0.0 Units are left"):
            wizard = self.open_dialog(order.closure_id).create(
                {
                    "reason": "Again",
                    "line_ids": [
                        Command.create({"closure_id": order.closure_id.id, "product_id": self.leg.id, "quantity": 1})
                    ],
                }
            )
            wizard.action_confirm()
        self.assertEqual(self.get_move(other, self.leg).quantity, 40)

    def test_a_reason_and_a_quantity_are_needed(self):
        order = self.make_issued(leg=36)
        with self.assertRaisesRegex(UserError, "give a reason"):
            self.settle(order.closure_id, (self.leg, "return", 4), reason="  ")
        with self.assertRaisesRegex(UserError, "enter the quantity"):
            self.settle(order.closure_id)
        self.assertFalse(order.closure_id.leftover_ids)

    def test_lots_are_returned_lot_by_lot(self):
        screw, lots = self.make_tracked("lot", 6, 20)
        order = self.make_issued()
        self.use(order)
        line = self.get_move(order, screw).move_line_ids.filtered(lambda line: line.lot_id == lots[1])
        line.quantity = 2
        self.settle(order.closure_id, (screw, "return", 2, lots[1]))
        self.assertEqual(self.get_stock(screw, self.stock, lots[1]), 18)
        self.assertEqual((self.get_stock(screw, self.line, lots[0]), self.get_stock(screw, self.line, lots[1])), (6, 2))
        self.assertEqual(order.closure_id.leftover_ids.lot_id, lots[1])
        self.assertEqual(self.get_figures(order, screw, lots[1]).returned_qty, 2)
        self.assertEqual(self.get_figures(order, screw, lots[0]).returned_qty, 0)

    def test_serial_numbers_are_returned_one_by_one(self):
        screw, serials = self.make_tracked("serial", 1, 1, 1)
        order = self.make_issued(qty=3)
        self.use(order)
        gone = self.get_move(order, screw).move_line_ids.filtered(lambda line: line.lot_id != serials[0])
        gone.unlink()
        form = self.fill_in(order.closure_id)
        self.assertEqual(len(form.line_ids), 2)
        with self.assertRaisesRegex(UserError, "1 for each serial number"):
            self.settle(order.closure_id, (screw, "return", 0.5, serials[1]))
        self.settle(order.closure_id, (screw, "return", 1, serials[1]), (screw, "return", 1, serials[2]))
        self.assertEqual(self.get_stock(screw, self.line), 1)
        self.assertEqual(len(order.closure_id.leftover_ids.move_id), 1, "one move of two lines")
        self.assertEqual(order.closure_id.leftover_ids.lot_id, serials[1:])

    def test_a_component_planned_in_dozens_is_returned_in_pieces(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.bom.bom_line_ids.filtered(lambda line: line.product_id == self.leg).write(
            {"product_uom_id": dozen.id, "product_qty": 1}
        )
        order = self.make_issued()
        self.assertEqual(self.get_stock(self.leg, self.line), 120)
        self.settle(order.closure_id, (self.leg, "return", 5))
        self.assertEqual(self.get_stock(self.leg, self.line), 115)
        lines = self.get_move(order, self.leg).move_line_ids
        self.assertEqual(sum(lines.mapped("quantity_product_uom")), 115)
        self.assertEqual(self.get_figures(order, self.leg).leftover_qty, 115)

    def test_in_one_step_a_document_is_made_though_the_goods_stay_where_they_are(self):
        self.warehouse.manufacture_steps = "mrp_one_step"
        order = self.make_order()
        self.use(order, leg=36)
        before = self.get_stock(self.leg, self.stock)
        self.settle(order.closure_id, (self.leg, "return", 4))
        picking = order.closure_id.leftover_ids.move_id.picking_id
        self.assertEqual(
            (picking.state, picking.location_id, picking.location_dest_id), ("done", self.stock, self.stock)
        )
        self.assertIn(picking, order.picking_ids)
        self.assertEqual(self.get_stock(self.leg, self.stock), before)
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        self.settle(order.closure_id, (self.leg, "return", 2), location_dest_id=shelf.id)
        self.assertEqual(self.get_stock(self.leg, shelf), 2)
        self.assertEqual(self.get_stock(self.leg, self.stock), before)
        self.assertEqual(self.get_figures(order, self.leg).returned_qty, 6)

    def test_in_one_step_what_was_declared_is_the_limit(self):
        self.warehouse.manufacture_steps = "mrp_one_step"
        order = self.make_order()
        order.closure_id.action_refresh()
        balance = order.closure_id.balance_ids.filtered(lambda line: line.product_id == self.leg)
        balance.with_user(self.operator).action_declare_issued(44)
        form = self.fill_in(order.closure_id)
        lines = [form.line_ids.edit(number) for number in range(len(form.line_ids))]
        self.assertIn((self.leg, 44, 4), [(line.product_id, line.leftover_qty, line.quantity) for line in lines])
        self.use(order, leg=36)
        with self.assertRaisesRegex(UserError, "only 8.0 Units are left"):
            self.settle(order.closure_id, (self.leg, "return", 9))
        self.settle(order.closure_id, (self.leg, "return", 8))
        self.assertEqual(self.get_figures(order, self.leg).unaccounted_qty, 0)
        self.assertEqual(self.get_move(order, self.leg).quantity, 36)

    def test_in_three_steps_components_return_the_same_way(self):
        self.warehouse.manufacture_steps = "pbm_sam"
        order = self.make_issued(leg=36)
        self.settle(order.closure_id, (self.leg, "return", 4))
        self.assertEqual((self.get_stock(self.leg, self.line), self.get_stock(self.leg, self.stock)), (36, 3964))

    def test_goods_return_only_to_places_for_good_stock_of_the_company(self):
        order = self.make_issued(leg=36)
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1).lot_stock_id
        self.operator.company_ids = [Command.link(company.id)]
        for place in (
            self.env.ref("stock.stock_location_customers"),
            self.env["stock.scrap"].new({"company_id": self.company.id}).scrap_location_id,
            self.warehouse._get_closure_location("quarantine"),
            foreign,
        ):
            with self.subTest(place=place.display_name), self.assertRaises(UserError):
                self.settle(order.closure_id, (self.leg, "return", 4), location_dest_id=place.id)
        self.assertEqual(self.get_stock(self.leg, self.line), 40)

    def test_what_others_reserved_is_not_returned(self):
        """The figures say it is left, but somebody took it from the line."""
        order, other = self.make_issued(leg=36), self.make_issued()
        self.env["stock.quant"]._update_available_quantity(self.leg, self.line, -4)
        before = self.get_reservations()
        with self.assertRaisesRegex(UserError, "not there, or reserved for other orders"):
            self.settle(order.closure_id, (self.leg, "return", 4))
        self.assertEqual(self.get_reservations(), before)
        self.assertEqual(self.get_move(other, self.leg).quantity, 40)

    def test_a_closed_order_returns_nothing_until_it_is_reopened(self):
        order = self.make_issued(leg=36)
        self.settle(order.closure_id, (self.leg, "return", 4))
        order.with_user(self.operator).button_mark_done()
        self.assertEqual(order.closure_id.state, "closed")
        with self.assertRaisesRegex(UserError, "reopen the closure"):
            order.closure_id.with_user(self.operator).action_return()
        order.closure_id.with_user(self.manager).action_reopen("Found two more")
        order.with_user(self.operator).action_return_leftovers()

    def test_an_order_whose_template_asks_for_no_balance_returns_its_leftovers_too(self):
        self.template.point_ids.unlink()
        self.template.point_ids = [Command.create({"name": "Area is tidy"})]
        order = self.make_issued(leg=36)
        self.assertFalse(order.closure_id.balance_ids)
        self.settle(order.closure_id, (self.leg, "return", 4))
        self.assertEqual(self.get_stock(self.leg, self.line), 36)

    def test_what_a_cancelled_order_was_issued_goes_back(self):
        order, other = self.make_issued(), self.make_issued()
        order.with_user(self.operator).action_cancel()
        self.assertEqual(order.closure_id.state, "cancel")
        balance = order.closure_id.balance_ids.filtered(lambda line: line.product_id == self.leg)
        self.assertEqual((balance.open_qty, balance.is_in_production), (40, False))
        self.settle(order.closure_id, (self.leg, "return", 40), (self.board, "return", 10))
        self.assertEqual((self.get_stock(self.leg, self.line), self.get_stock(self.board, self.line)), (40, 10))
        self.assertEqual(self.get_move(other, self.leg).quantity, 40)
        self.assertEqual(balance.open_qty, 0)

    def test_photos_are_kept_with_the_leftover_and_stay(self):
        order = self.make_issued(leg=36)
        make = self.env["ir.attachment"].with_user(self.operator).create
        text = make({"name": "photo.jpg", "raw": b"no picture"})
        with self.assertRaisesRegex(UserError, "choose a picture"):
            self.settle(order.closure_id, (self.leg, "return", 1), photo_ids=[Command.set(text.ids)])
        photo = make({"name": "box.png", "raw": PIXEL})
        leftover = self.settle(order.closure_id, (self.leg, "return", 4), photo_ids=[Command.set(photo.ids)])
        self.assertEqual((photo.res_model, photo.res_id), ("mrp.closure.leftover", leftover.id))
        with self.assertRaisesRegex(UserError, "leave its photos as they are"):
            photo.sudo().unlink()
        self.assertTrue(photo.with_user(self.auditor).read(["name"]))

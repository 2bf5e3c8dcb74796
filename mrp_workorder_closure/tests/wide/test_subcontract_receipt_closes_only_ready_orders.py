from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import WideCase


class SubcontractCase(WideCase):
    """A subcontractor who makes three kinds of chair: gated, not included by its template, without template."""

    applications = ("mrp_subcontracting", "mrp_subcontracting_account", "stock_picking_batch")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Receiving a part, receiving by lots and cancelling change the order itself, in core as here,
        # with the rights of the user: that takes a manufacturing user who may also receive.
        cls.receiver = new_test_user(
            cls.env,
            "closure_receiver",
            groups="stock.group_stock_user,mrp.group_mrp_user,account.group_account_readonly,"
            "analytic.group_analytic_accounting",
            name="Rita Receiver",
        )
        cls.subcontractor = cls.env["res.partner"].create({"name": "Chair Makers"})
        outside = cls.company.subcontracting_location_id
        for component in cls.board | cls.leg:
            cls.env["stock.quant"]._update_available_quantity(component, outside, 1000)
        cls.chair, cls.stool, cls.plain_chair = (cls.make_subcontracted(name) for name in ("Chair", "Stool", "Bench"))
        cls.make_template(cls.chair, include_subcontracting=True)
        cls.make_template(cls.stool)

    @classmethod
    def make_subcontracted(cls, name, **vals):
        product = cls.make_goods(name, **vals)
        cls.make_bom(product, (), type="subcontract", subcontractor_ids=[Command.set(cls.subcontractor.ids)])
        # A receipt dates its production a second back: on a quick machine that is before the
        # product's first price, which core then takes for a later revaluation.
        prices = cls.env["product.value"].search([("product_id", "=", product.id)])
        prices.date = fields.Datetime.now() - timedelta(hours=1)
        return product

    @classmethod
    def make_receipt(cls, product, qty=10, user=None, dropship=False):
        """A confirmed receipt from the subcontractor, in the hands of the stock user or of another one."""
        suppliers = cls.env.ref("stock.stock_location_suppliers")
        picking_type, destination = cls.warehouse.in_type_id, cls.stock
        if dropship:
            picking_type = cls.env["stock.picking.type"].search([("code", "=", "dropship")], limit=1)
            destination = cls.env.ref("stock.stock_location_customers")
        receipt = cls.env["stock.picking"].create(
            {
                "partner_id": cls.subcontractor.id,
                "picking_type_id": picking_type.id,
                "location_id": suppliers.id,
                "location_dest_id": destination.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": qty,
                            "price_unit": 7,
                            "location_id": suppliers.id,
                            "location_dest_id": destination.id,
                        }
                    )
                ],
            }
        )
        receipt.action_confirm()
        return receipt.with_user(user or cls.stock_user)

    @classmethod
    def get_order(cls, receipt):
        return receipt.sudo().move_ids._get_subcontract_production().with_user(cls.operator)

    @classmethod
    def receive(cls, receipt, qty):
        """Receive part of it and leave the rest for a second receipt."""
        receipt.move_ids.quantity = qty
        receipt.move_ids.picked = True
        action = receipt.button_validate()
        Form.from_action(receipt.env, action).save().process()
        return receipt.search([("backorder_id", "=", receipt.id)])


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestSubcontractReceipt(SubcontractCase):
    """A receipt closes the subcontracted order behind it only when the order's closure is ready."""

    def test_a_template_covers_subcontracted_orders_only_when_it_includes_them(self):
        self.assertEqual(self.get_order(self.make_receipt(self.chair)).closure_state, "open")
        stool = self.get_order(self.make_receipt(self.stool))
        self.assertEqual(stool.state, "confirmed")
        self.assertEqual(stool.closure_state, "none")
        self.assertFalse(stool.closure_template_id)

    def test_a_receipt_of_an_order_that_is_not_ready_is_refused_with_a_sentence_for_a_stock_user(self):
        receipt = self.make_receipt(self.chair)
        order = self.get_order(receipt)
        self.assertFalse(order.closure_id.with_user(self.stock_user).has_access("read"))
        with self.assert_nothing_posted(), self.assertRaises(UserError) as refusal:
            receipt.button_validate()
        self.assertIs(type(refusal.exception), UserError)
        self.assertIn(order.name, str(refusal.exception))
        self.assertIn("Papers are in", str(refusal.exception))
        self.assertEqual(receipt.state, "assigned")
        self.assertNotIn(order.state, ("done", "cancel"))
        self.assertFalse(order.closure_door)

    def test_a_ready_order_is_closed_by_its_receipt_as_in_plain_odoo(self):
        receipt, plain = self.make_receipt(self.chair), self.make_receipt(self.plain_chair)
        order, plain_order = self.get_order(receipt), self.get_order(plain)
        self.pass_checks(order)
        self.assertTrue(receipt.button_validate())
        self.assertTrue(plain.button_validate())
        self.assertEqual(receipt.state, "done")
        self.assert_like_plain(order, plain_order)
        self.assertEqual(order.closure_id.submitted_by_id, self.stock_user)
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(self.chair, self.stock), 10)

    def test_the_dates_of_the_closed_order_follow_the_receipt(self):
        receipt = self.make_receipt(self.chair)
        order = self.get_order(receipt)
        self.pass_checks(order)
        receipt.button_validate()
        received = min(receipt.move_line_ids.mapped("date"))
        moves = order.sudo().move_raw_ids | order.sudo().move_finished_ids
        self.assertTrue(all(move.date < received for move in moves))
        self.assertTrue(all(line.date < received for line in moves.move_line_ids))

    def test_an_order_that_no_template_includes_is_closed_by_its_receipt(self):
        receipt = self.make_receipt(self.stool)
        order = self.get_order(receipt)
        receipt.button_validate()
        self.assertEqual(order.state, "done")
        self.assertEqual(order.closure_state, "none")

    def test_a_batch_with_one_order_that_is_not_ready_is_refused_as_a_whole(self):
        ready, blocked, plain = (self.make_receipt(product) for product in (self.chair, self.chair, self.stool))
        self.pass_checks(self.get_order(ready))
        receipts = ready | blocked | plain
        batch = (
            self.env["stock.picking.batch"]
            .with_user(self.stock_user)
            .create({"picking_ids": [Command.set(receipts.ids)], "picking_type_id": self.warehouse.in_type_id.id})
        )
        batch.action_confirm()
        with self.assert_nothing_posted(), self.assertRaises(UserError) as refusal:
            batch.action_done()
        self.assertIn(self.get_order(blocked).name, str(refusal.exception))
        self.assertEqual(set(receipts.mapped("state")), {"assigned"})
        self.pass_checks(self.get_order(blocked))
        batch.action_done()
        self.assertEqual(set(receipts.mapped("state")), {"done"})
        orders = [self.get_order(receipt) for receipt in receipts]
        self.assertEqual([order.state for order in orders], ["done"] * 3)
        self.assertEqual([order.closure_state for order in orders], ["closed", "closed", "none"])

    def test_a_partial_receipt_of_an_order_that_is_not_ready_is_refused(self):
        receipt = self.make_receipt(self.chair, user=self.receiver)
        order = self.get_order(receipt)
        with self.assert_nothing_posted(), self.assertRaises(RedirectWarning) as refusal:
            self.receive(receipt, 4)
        self.assertIn("Papers are in", str(refusal.exception))
        self.assertEqual(order.product_qty, 10)
        self.assertFalse(receipt.search([("backorder_id", "=", receipt.id)]))

    def test_a_partial_receipt_closes_its_part_and_the_rest_has_a_closure_of_its_own(self):
        receipt, plain = (
            self.make_receipt(self.chair, user=self.receiver),
            self.make_receipt(self.plain_chair, user=self.receiver),
        )
        order, plain_order = self.get_order(receipt), self.get_order(plain)
        self.pass_checks(order)
        rest, plain_rest = self.receive(receipt, 4), self.receive(plain, 4)
        self.assert_like_plain(order, plain_order)
        self.assertEqual(order.product_qty, 4)
        rest_order = self.get_order(rest)
        self.assertEqual(rest_order.product_qty, 6)
        self.assertEqual(rest_order.closure_state, "open")
        self.assertNotEqual(rest_order.closure_id, order.closure_id)
        with self.assert_nothing_posted(), self.assertRaises(RedirectWarning):
            rest.button_validate()
        self.pass_checks(rest_order)
        rest.button_validate()
        plain_rest.button_validate()
        self.assert_like_plain(rest_order, self.get_order(plain_rest))

    def test_a_receipt_by_lots_splits_the_order_and_every_piece_has_a_closure(self):
        product = self.make_subcontracted("Numbered Chair", tracking="lot")
        self.make_template(product, include_subcontracting=True)
        receipt = self.make_receipt(product, user=self.receiver)
        lots = self.env["stock.lot"].create([{"name": name, "product_id": product.id} for name in ("C1", "C2")])
        receipt.move_ids.move_line_ids.unlink()
        for lot, qty in zip(lots, (4, 6), strict=True):
            self.env["stock.move.line"].with_user(self.receiver).create(
                {
                    "move_id": receipt.move_ids.id,
                    "picking_id": receipt.id,
                    "product_id": product.id,
                    "lot_id": lot.id,
                    "quantity": qty,
                }
            )
        orders = self.get_order(receipt)
        self.assertEqual(sorted(orders.mapped("product_qty")), [4, 6])
        self.assertEqual(orders.mapped("closure_state"), ["open", "open"])
        self.assertEqual(len(orders.closure_id), 2)
        self.pass_checks(orders[0])
        with self.assert_nothing_posted(), self.assertRaises(RedirectWarning) as refusal:
            receipt.button_validate()
        self.assertIn(orders[1].name, str(refusal.exception))
        self.assertNotIn(orders[0].name, str(refusal.exception))
        self.assertEqual(refusal.exception.args[1]["res_id"], orders[1].closure_id.id)
        self.pass_checks(orders[1])
        receipt.button_validate()
        self.assertEqual(orders.mapped("state"), ["done", "done"])
        self.assertEqual(orders.mapped("closure_state"), ["closed", "closed"])

    def test_a_cancelled_receipt_cancels_order_and_closure(self):
        receipt = self.make_receipt(self.chair, user=self.receiver)
        order = self.get_order(receipt)
        receipt.action_cancel()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.closure_state, "cancel")

    def test_the_quantity_of_a_receipt_behind_a_closed_order_cannot_be_changed(self):
        receipt = self.make_receipt(self.chair)
        order = self.get_order(receipt)
        self.pass_checks(order)
        receipt.button_validate()
        with self.assert_nothing_posted(), self.assertRaises(UserError) as refusal:
            receipt.move_ids.quantity = 12
        self.assertIn(order.name, str(refusal.exception))
        self.assertEqual(order.qty_producing, 10)

    def test_returning_what_a_closed_order_delivered_is_not_refused(self):
        receipt = self.make_receipt(self.chair)
        self.pass_checks(self.get_order(receipt))
        receipt.button_validate()
        wizard = self.env["stock.return.picking"].with_user(self.stock_user)
        wizard = wizard.with_context(active_model="stock.picking", active_id=receipt.id).create(
            {"picking_id": receipt.id}
        )
        wizard.product_return_moves.quantity = 3
        returned = wizard._create_return()
        returned.button_validate()
        self.assertEqual(returned.state, "done")
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(self.chair, self.stock), 7)
        self.assertEqual(self.get_order(receipt).closure_state, "closed")


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestDropship(SubcontractCase):
    """What the subcontractor ships straight to the customer stands behind the same gate."""

    applications = (*SubcontractCase.applications, "mrp_subcontracting_dropshipping")

    def test_a_dropshipped_order_that_is_not_ready_is_refused_and_a_ready_one_closes_as_in_plain_odoo(self):
        # With landed costs installed, core refuses dropshipping to those who are not stock managers.
        keeper = new_test_user(self.env, "closure_keeper", groups="stock.group_stock_manager")
        shipment, plain = (
            self.make_receipt(product, user=keeper, dropship=True) for product in (self.chair, self.plain_chair)
        )
        order, plain_order = self.get_order(shipment), self.get_order(plain)
        self.assertEqual(order.closure_state, "open")
        with self.assert_nothing_posted(), self.assertRaises(UserError) as refusal:
            shipment.button_validate()
        self.assertIn("Papers are in", str(refusal.exception))
        self.pass_checks(order)
        shipment.button_validate()
        plain.button_validate()
        self.assertEqual((shipment.state, plain.state), ("done", "done"))
        self.assert_like_plain(order, plain_order)

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .routes import RouteCase, set_producing


@tagged("post_install", "-at_install")
class TestRoutesStock(RouteCase):
    """Components and products of an order are posted by its own button, not by transfers; scraps stay possible."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order()
        cls.loss = cls.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", cls.company.id)], limit=1
        )

    def post_in_transfer(self, moves, **vals):
        """Put moves into an internal transfer and validate it, as a client does."""
        picking = self.env["stock.picking"].browse(
            self.rpc(
                self.env["stock.picking"],
                "create",
                {
                    "picking_type_id": self.warehouse.int_type_id.id,
                    "location_id": self.stock.id,
                    "location_dest_id": self.stock.id,
                },
            )
        )
        self.rpc(moves, "write", {"picking_id": picking.id, **vals})
        for move in moves:
            self.rpc(move, "write", {"quantity": move.product_uom_qty, "picked": True})
        self.rpc(picking, "button_validate", context={"skip_backorder": True})

    def test_the_product_in_a_transfer(self):
        """C9"""
        self.assertRefused(
            self.order, lambda order: self.post_in_transfer(order.move_finished_ids), error=ValidationError
        )

    def test_product_and_components_in_a_transfer(self):
        """C10"""
        self.assertRefused(
            self.order, lambda order: self.post_in_transfer(order.move_finished_ids | order.move_raw_ids)
        )

    def test_components_in_a_transfer(self):
        """C10b"""
        self.assertRefused(self.order, lambda order: self.post_in_transfer(order.move_raw_ids))

    def test_a_ready_order_is_not_posted_by_a_transfer_either(self):
        """C9, C10, C10b"""
        self.make_ready(self.order)
        for moves in (
            self.order.move_finished_ids,
            self.order.move_raw_ids,
            self.order.move_finished_ids | self.order.move_raw_ids,
        ):
            self.assertRefused(self.order, lambda order, moves=moves: self.post_in_transfer(moves))

    def test_the_superuser_posts_no_move_of_an_order(self):
        for moves in (self.order.move_finished_ids, self.order.move_raw_ids):
            self.assertRefused(
                self.order,
                lambda order, moves=moves: (
                    moves.sudo().write({"quantity": 1, "picked": True}),
                    moves.sudo()._action_done(),
                ),
            )

    def test_a_product_taken_out_of_the_order_is_refused(self):
        """C13"""
        other = self.make_order(product=self.plain_table)
        for target in (False, other.id):
            self.assertRefused(
                self.order,
                lambda order, target=target: self.rpc(order.move_finished_ids, "write", {"production_id": target}),
                says="cannot be handed to or taken from",
            )
            self.assertRefused(
                self.order,
                lambda order, target=target: self.rpc(
                    order.move_raw_ids, "write", {"raw_material_production_id": target}
                ),
                says="cannot be handed to or taken from",
            )
            self.assertRefused(
                self.order,
                lambda order, target=target: order.move_finished_ids.sudo().write({"production_id": target}),
            )
        self.assertRefused(
            self.order, lambda order: self.rpc(other.move_finished_ids, "write", {"production_id": order.id})
        )

    def test_an_order_without_its_product_move_does_not_close(self):
        """C13"""
        self.rpc(self.order.move_finished_ids, "unlink")
        self.pass_checks(self.order)
        self.assertRefused(self.order, lambda order: self.rpc(order, "button_mark_done"), says="give it back the move")

    def test_writing_the_same_order_again_is_no_change(self):
        move = self.order.move_finished_ids
        self.rpc(move, "write", {"production_id": self.order.id})
        self.assertEqual(move.production_id, self.order)

    def test_a_product_dressed_up_as_a_scrap(self):
        """C9: core counts what goes to a loss location as scrap, but stock follows the lines."""

        def route(order):
            move = order.move_finished_ids
            self.rpc(move, "write", {"location_dest_id": self.loss.id, "quantity": 10})
            self.rpc(move.move_line_ids, "write", {"location_dest_id": self.stock.id})
            self.post_in_transfer(move)

        self.assertRefused(self.order, route)

    def test_a_product_posted_as_a_scrap_cannot_be_sent_into_stock_afterwards(self):
        """C9"""
        move = self.order.move_finished_ids
        self.rpc(move, "write", {"location_dest_id": self.loss.id, "quantity": 10, "picked": True})
        self.rpc(move.move_line_ids, "write", {"location_dest_id": self.loss.id})
        move._action_done()
        self.assertEqual(move.state, "done")
        self.assertFalse(self.get_stock(self.table))
        for record in (move, move.move_line_ids):
            self.assertRefused(
                self.order, lambda order, record=record: self.rpc(record, "write", {"location_dest_id": self.stock.id})
            )
        self.pass_checks(self.order)
        self.assertRefused(self.order, lambda order: self.rpc(order, "button_mark_done"), says="give it back the move")

    def test_a_scrap_linked_to_a_product_move_does_not_free_it(self):
        """C9"""
        scrap = self.rpc(
            self.env["stock.scrap"],
            "create",
            {"product_id": self.board.id, "scrap_qty": 1, "production_id": self.order.id},
        )
        self.assertRefused(self.order, lambda order: self.post_in_transfer(order.move_finished_ids, scrap_id=scrap))

    def test_by_products_pass_with_the_button_only(self):
        """H1, H2"""
        bom = {"byproduct_ids": [Command.create({"product_id": self.leg.id, "product_qty": 1, "cost_share": 10})]}
        with self.debug_byproducts():
            twins = self.make_twins(bom=bom)
            order = self.make_order(product=twins[0])
            byproduct = order.move_byproduct_ids
            self.assertEqual(byproduct.product_id, self.leg)
            self.assertRefused(order, lambda order: self.rpc(byproduct, "write", {"state": "done", "quantity": 3}))
            self.assertRefused(order, lambda order: self.post_in_transfer(byproduct))
            self.assertRefused(
                order,
                lambda order: self.rpc(
                    order, "write", {"move_byproduct_ids": [[1, byproduct.id, {"state": "done", "quantity": 3}]]}
                ),
            )
            order = self.assertGated(lambda order: self.rpc(order, "button_mark_done"), twins=twins)
            self.assertEqual(order.move_byproduct_ids.state, "done")
            self.assertEqual(order.move_byproduct_ids.quantity, 10)

    def debug_byproducts(self):
        """By-products need their group, as in the settings of Manufacturing."""
        self.operator.group_ids += self.env.ref("mrp.group_mrp_byproducts")
        return self.env.cr.savepoint()

    def test_components_of_an_open_order_can_be_scrapped(self):
        """H3"""
        for order in (self.order, self.make_order(product=self.plain_table)):
            before = self.get_stock(self.board)[self.board]
            self.rpc_wizard(
                "stock.scrap",
                "action_validate",
                {"product_id": self.board.id, "scrap_qty": 2, "production_id": order.id},
            )
            self.assertEqual(order.scrap_ids.state, "done")
            self.assertEqual(self.get_stock(self.board)[self.board], before - 2)
            self.assertEqual(order.state, "confirmed")
        self.assertEqual(self.order.closure_state, "open")

    def test_an_open_order_cannot_be_unbuilt(self):
        """H4"""
        with self.assertRaises(UserError):
            self.rpc_wizard(
                "mrp.unbuild",
                "action_unbuild",
                {
                    "mo_id": self.order.id,
                    "product_id": self.table.id,
                    "product_qty": 1,
                    "product_uom_id": self.table.uom_id.id,
                },
            )
        self.assertEqual(self.order.state, "confirmed")


class StepsCase(RouteCase):
    """Transfers around the production, and the order still closes with its button only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["stock.quant"]._update_available_quantity(cls.board, cls.stock, 100)
        cls.env["stock.quant"]._update_available_quantity(cls.leg, cls.stock, 400)

    def validate(self, picking):
        for move in picking.move_ids:
            self.rpc(move, "write", {"quantity": move.product_uom_qty, "picked": True})
        return self.rpc(picking, "button_validate")

    def mark_done_after_picking(self, order):
        self.validate(order.picking_ids)
        self.rpc(order, "button_mark_done")

    def assertPickedComponentsLeaveItOpen(self):
        order = self.make_order()
        picking = order.picking_ids
        self.assertEqual(len(picking), 1)
        self.validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertEqual(order.state, "confirmed")
        self.assertEqual(order.closure_state, "open")
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")

    def assertCancelledPickingLeavesItOpen(self):
        order = self.make_order()
        self.rpc(order.picking_ids, "action_cancel")
        self.assertEqual(order.state, "confirmed")
        self.assertEqual(order.closure_state, "open")

    def assertBackorderWaitsForItsOwnClosure(self):
        order = self.make_order()
        self.validate(order.picking_ids)
        set_producing(order, 4)
        self.pass_checks(order)
        self.answer_wizard(self.rpc(order, "button_mark_done"), "action_backorder")
        backorder = order.production_group_id.production_ids - order
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(backorder.closure_state, "open")
        self.pass_checks(backorder)
        self.rpc(backorder, "button_mark_done")
        self.assertEqual(backorder.closure_state, "closed")


@tagged("post_install", "-at_install")
class TestRoutesTwoSteps(StepsCase):
    """Components are picked first; what is made goes straight into stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.manufacture_steps = "pbm"

    def test_picked_components_do_not_close_the_order(self):
        """E1"""
        self.assertPickedComponentsLeaveItOpen()

    def test_the_order_closes_and_its_product_is_in_stock_at_once(self):
        """E2, E3"""
        order = self.assertGated(self.mark_done_after_picking)
        self.assertFalse(order.move_finished_ids.move_dest_ids)
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(self.table, self.stock), 10)

    def test_cancelling_the_picking_of_components_leaves_the_order_open(self):
        """E4"""
        self.assertCancelledPickingLeavesItOpen()

    def test_a_backorder_of_two_steps_waits_for_its_own_closure(self):
        self.assertBackorderWaitsForItsOwnClosure()


@tagged("post_install", "-at_install")
class TestRoutesThreeSteps(StepsCase):
    """Components are picked first, and what is made is stored by a transfer of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse.manufacture_steps = "pbm_sam"

    def test_picked_components_do_not_close_the_order(self):
        """E1"""
        self.assertPickedComponentsLeaveItOpen()

    def test_the_order_closes_and_its_product_is_stored(self):
        """E2, E3"""
        order = self.assertGated(self.mark_done_after_picking)
        store = order.move_finished_ids.move_dest_ids.picking_id
        self.assertEqual(len(store), 1)
        self.validate(store)
        self.assertEqual(store.state, "done")
        self.assertEqual(self.env["stock.quant"]._get_available_quantity(self.table, self.stock), 10)
        self.assertEqual(order.closure_state, "closed")

    def test_cancelling_the_picking_of_components_leaves_the_order_open(self):
        """E4"""
        self.assertCancelledPickingLeavesItOpen()

    def test_a_backorder_of_three_steps_waits_for_its_own_closure(self):
        self.assertBackorderWaitsForItsOwnClosure()

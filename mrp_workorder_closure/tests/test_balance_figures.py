import doctest

from odoo import Command
from odoo.tests import tagged

from ..tools import balance, material_ledger
from .common_material import MaterialCase


@tagged("post_install", "-at_install")
class TestBalanceFigures(MaterialCase):
    """What a component was issued and what became of it, from the real moves, each quantity once."""

    def test_the_examples_in_the_documentation_hold(self):
        for module in (balance, material_ledger):
            self.assertFalse(doctest.testmod(module).failed, module.__name__)

    def test_issued_is_what_was_brought_to_the_line(self):
        order = self.make_order()
        self.assertLeg(order, planned=40, issued=0, consumed=0, unaccounted=0)
        self.issue(order)
        self.assertLeg(order, planned=40, issued=40, consumed=0, unaccounted=40, leftover=40)
        self.use(order, leg=36)
        self.assertLeg(order, planned=40, issued=40, consumed=36, unaccounted=4, leftover=4)

    def test_more_used_than_issued_is_negative_and_no_leftover(self):
        order = self.make_issued(leg=42)
        self.assertLeg(order, issued=40, consumed=42, unaccounted=-2, leftover=0)

    def test_a_transfer_in_two_parts_counts_once(self):
        order = self.make_order()
        picking = order.picking_ids
        picking.move_ids.filtered(lambda move: move.product_id == self.leg).quantity = 15
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.assertLeg(order, issued=15)
        self.issue(order)
        self.assertLeg(order, issued=40)

    def test_supplements_count_however_they_were_made(self):
        order = self.make_issued()
        copy = order.picking_ids.copy()
        copy.move_ids.filtered(lambda move: move.product_id != self.leg).unlink()
        copy.move_ids.product_uom_qty = 3
        self.finish(copy)
        self.assertLeg(order, issued=43)
        self.make_transfer(self.leg, 2, origin=order.name)
        self.assertLeg(order, issued=45)
        self.make_transfer(self.leg, 100, origin="for somebody else")
        self.assertLeg(order, issued=45)

    def test_a_line_added_to_the_transfer_counts(self):
        order = self.make_order()
        picking = order.picking_ids
        picking.move_ids = [
            Command.create(
                {
                    "product_id": self.leg.id,
                    "product_uom_qty": 5,
                    "location_id": self.stock.id,
                    "location_dest_id": self.line.id,
                    "description_picking": "five more",
                }
            )
        ]
        self.issue(order)
        self.assertLeg(order, issued=45)

    def test_more_demand_later_brings_a_supplement(self):
        order = self.make_issued()
        self.get_move(order, self.leg).product_uom_qty = 50
        self.issue(order)
        self.assertLeg(order, issued=50)

    def test_returns_and_their_returns_count(self):
        order = self.make_issued()
        back = self.give_back(order.picking_ids, self.leg, 6)
        self.assertLeg(order, issued=40, returned=6, unaccounted=34)
        self.give_back(back, self.leg, 2)
        self.assertLeg(order, issued=42, returned=6, unaccounted=36)

    def test_scrap_counts_in_the_unit_of_the_product(self):
        order = self.make_issued()
        dozen = self.env.ref("uom.product_uom_dozen")
        self.scrap(order, self.leg, 1, product_uom_id=dozen.id)
        self.scrap(order, self.leg, 2)
        self.assertLeg(order, issued=40, scrapped=14, unaccounted=26)

    def test_scrap_of_output_is_not_scrap_of_components(self):
        order = self.make_issued(leg=40)
        self.scrap(order, self.table, 1)
        products = {product for product, _lot in order.closure_id._compute_balances()[order.closure_id]}
        self.assertEqual(products, {self.board, self.leg})

    def test_a_scrap_made_on_the_transfer_counts_for_the_order(self):
        order = self.make_issued()
        self.env["stock.scrap"].create(
            {"picking_id": order.picking_ids.id, "product_id": self.leg.id, "scrap_qty": 3}
        ).do_scrap()
        self.assertLeg(order, issued=40, scrapped=3, unaccounted=37)

    def test_what_was_scrapped_straight_from_stock_was_issued_and_scrapped(self):
        order = self.make_issued()
        self.scrap(order, self.leg, 3, location_id=self.stock.id)
        self.assertLeg(order, issued=43, scrapped=3, unaccounted=40)

    def test_a_component_that_nobody_planned_has_its_line(self):
        order = self.make_issued()
        glue = self.env["product.product"].create({"name": "Glue", "is_storable": True})
        order.move_raw_ids = [
            Command.create({"product_id": glue.id, "product_uom_qty": 2, "quantity": 2, "location_id": self.line.id})
        ]
        self.use(order)
        figures = self.get_figures(order, glue)
        self.assertEqual((figures.planned_qty, figures.consumed_qty, figures.unaccounted_qty), (0, 2, -2))

    def test_a_component_used_in_dozens_counts_in_pieces(self):
        self.bom.bom_line_ids.filtered(lambda line: line.product_id == self.leg).write(
            {"product_uom_id": self.env.ref("uom.product_uom_dozen").id, "product_qty": 1}
        )
        order = self.make_issued(qty=3)
        self.use(order)
        self.assertLeg(order, planned=36, issued=36, consumed=36, unaccounted=0)

    def test_each_lot_has_its_line(self):
        screw, lots = self.make_tracked("lot", 6, 20)
        order = self.make_issued()
        self.use(order)
        first, second = (self.get_figures(order, screw, lot) for lot in lots)
        self.assertEqual((first.planned_qty, first.issued_qty, first.consumed_qty), (6, 6, 6))
        self.assertEqual((second.planned_qty, second.issued_qty, second.consumed_qty), (4, 4, 4))
        line = self.get_move(order, screw).move_line_ids.filtered(lambda line: line.lot_id == lots[0])
        line.lot_id = lots[1]
        first, second = (self.get_figures(order, screw, lot) for lot in lots)
        self.assertEqual((first.unaccounted_qty, second.unaccounted_qty), (6, -6), "a swap of lots is seen")

    def test_serial_numbers_count_one_by_one(self):
        screw, lots = self.make_tracked("serial", *[1] * 4)
        order = self.make_issued(qty=4)
        self.use(order)
        self.assertEqual({self.get_figures(order, screw, lot)[1:4] for lot in lots}, {(0, 1, 1)})

    # One step

    def test_in_one_step_issued_is_what_was_used_until_somebody_declares_it(self):
        order = self.make_one_step()
        self.use(order, leg=38)
        self.assertLeg(order, issued=38, consumed=38, unaccounted=0)
        self.assertTrue(self.get_figures(order, self.leg).is_open_ended)
        order.closure_id.action_refresh()
        line = order.closure_id.balance_ids.filtered(lambda line: line.product_id == self.leg)
        line.with_user(self.operator).action_declare_issued(40)
        self.assertLeg(order, issued=40, consumed=38, unaccounted=2, declared=40)
        self.assertFalse(self.get_figures(order, self.leg).is_open_ended)

    def test_in_one_step_a_declaration_without_lot_covers_the_lots_that_come_up(self):
        screw, lots = self.make_tracked("lot", 6, 20)
        order = self.make_one_step()
        order.closure_id.action_refresh()
        line = order.closure_id.balance_ids.filtered(lambda line: line.product_id == screw)
        line.with_user(self.operator).action_declare_issued(12)
        self.use(order)
        self.assertEqual([self.get_figures(order, screw, lot).issued_qty for lot in lots], [6, 4])
        self.assertEqual(self.get_figures(order, screw).unaccounted_qty, 2)

    def test_a_receipt_into_stock_is_not_an_issue(self):
        order = self.make_one_step()
        self.make_transfer(self.leg, 7, source=self.line, target=self.stock, origin=order.name)
        self.assertLeg(order, issued=0, returned=0)

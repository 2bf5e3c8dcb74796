from unittest.mock import patch

from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestSecondLook(ClosureCase):
    """Whatever is filled in after the gate has looked is looked at again, before anything is posted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids.unlink()
        cls.template.point_ids = [
            Command.create({"name": "Output", "kind": "output_quantity"}),
            Command.create({"name": "Consumption", "kind": "consumption"}),
            Command.create({"name": "Lots", "kind": "lots_assigned"}),
        ]
        cls.first, cls.second = (cls.make_order() for _number in range(2))
        for order in (cls.first, cls.second):
            order.qty_producing = order.product_qty
            order.set_qty_producing()
            order.workorder_ids.button_finish()
        cls.orders = cls.first | cls.second
        cls.orders.move_raw_ids.picked = True

    def close(self, orders, meanwhile):
        """Mark as done, where ``meanwhile`` runs between the looks; returns the orders of the second look."""
        looked = []
        cls = self.registry["mrp.production"]
        sanity, look = cls._button_mark_done_sanity_checks, cls._get_closure_gate_blockers

        def check(records):
            meanwhile()
            return sanity(records)

        def get_blockers(records, final=False):
            if final:
                looked.append(records)
            return look(records, final=final)

        with (
            patch.object(cls, "_button_mark_done_sanity_checks", check),
            patch.object(cls, "_get_closure_gate_blockers", get_blockers),
        ):
            orders.button_mark_done()
        return self.env["mrp.production"].union(*looked)

    def assertSeen(self, meanwhile, sentence):
        with self.assertRaisesRegex(RedirectWarning, sentence):
            self.close(self.orders, meanwhile)
        self.assertNotIn("done", self.orders.move_raw_ids.mapped("state"))

    def test_what_has_not_changed_is_looked_at_once(self):
        self.assertFalse(self.close(self.orders, lambda: None))
        self.assertEqual(set(self.orders.mapped("closure_state")), {"closed"})

    def test_only_the_order_that_changed_is_looked_at_again(self):
        def mend():
            self.second.move_raw_ids[0].quantity -= 0.001
            self.second.move_raw_ids[0].quantity += 0.001
            self.second.move_raw_ids[0].move_line_ids.lot_name = "L1"

        self.assertEqual(self.close(self.orders, mend), self.second)

    def test_another_output_is_seen(self):
        self.assertSeen(lambda: self.second.write({"qty_producing": 13}), self.second.name)

    def test_another_consumption_is_seen(self):
        self.assertSeen(lambda: self.first.move_raw_ids[0].write({"quantity": 3}), self.first.name)

    def test_a_component_that_is_no_longer_picked_is_seen(self):
        self.assertSeen(lambda: self.first.move_raw_ids[0].write({"picked": False}), self.first.name)

    def test_what_the_first_write_of_the_gate_sets_off_is_seen(self):
        cls = self.registry["mrp.production"]
        write_gate = cls._write_gate

        def write(records, vals):
            result = write_gate(records, vals)
            if vals.get("closure_door") == "open":
                self.second.move_raw_ids[0].quantity = 3
            return result

        with patch.object(cls, "_write_gate", write):
            self.assertSeen(lambda: None, self.second.name)

    def test_a_scrap_without_a_reason_is_seen(self):
        self.template.point_ids = [Command.create({"name": "Scrap", "kind": "scrap_explained"})]
        order = self.make_order(qty=2)
        order.qty_producing = 2
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        order.workorder_ids.button_finish()

        def scrap():
            vals = {"product_id": self.board.id, "scrap_qty": 1, "production_id": order.id}
            self.env["stock.scrap"].create(vals).action_validate()

        with self.assertRaisesRegex(RedirectWarning, "crap"):
            self.close(order, scrap)

    def test_an_order_with_a_nonconformity_is_always_looked_at_again(self):
        self.env["mrp.closure.nonconformity"].with_user(self.operator).create(
            {"closure_id": self.first.closure_id.id, "description": "Scratched", "quantity": 1}
        )
        self.assertTrue(self.first.closure_id.nonconformity_count)
        self.assertIsNone(self.first.sudo()._get_seen())

    def test_an_order_that_always_leaves_a_backorder_is_looked_at_before_it_is_posted(self):
        self.first.picking_type_id.sudo().create_backorder = "always"
        self.first.qty_producing = 6
        self.first.set_qty_producing()
        self.first.move_raw_ids.picked = True
        with self.assertRaisesRegex(RedirectWarning, self.first.name):
            self.close(self.first, lambda: self.first.move_raw_ids[0].write({"quantity": 1}))
        self.assertNotIn("done", self.first.move_raw_ids.mapped("state"))

    def test_another_lot_is_seen(self):
        self.board.tracking = "lot"
        lot = self.env["stock.lot"].create({"name": "A", "product_id": self.board.id})
        lines = self.orders.move_raw_ids.move_line_ids.filtered(lambda line: line.product_id == self.board)
        lines.lot_id = lot

        def lose():
            lines[:1].lot_id = False

        self.assertSeen(lose, "Lots|lot")

    def test_an_order_with_quantities_left_open_is_always_looked_at_again(self):
        self.first.move_raw_ids[0].picked = False
        with self.assertRaisesRegex(RedirectWarning, self.first.name):
            self.close(self.orders, lambda: None)

    def test_orders_are_forgotten_when_the_button_ends(self):
        self.close(self.first, lambda: None)
        self.assertEqual(self.second._filter_changed_since_seen(), self.second)

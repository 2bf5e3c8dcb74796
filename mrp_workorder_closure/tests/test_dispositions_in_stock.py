from odoo import Command
from odoo.tests import tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestDispositionsInStock(NonconformityCase):
    """Stock after closing is what was decided: each disposition, tracking and number of steps."""

    def assertStored(self, product, order, quantity):
        """In three steps, the store transfer brings in what was accepted and nothing else."""
        picking = order.picking_ids.filtered(lambda picking: picking.picking_type_id == self.warehouse.sam_type_id)
        self.assertEqual(picking.move_ids.product_uom_qty, quantity)
        self.assertEqual(picking.move_ids.quantity, quantity)
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(picking.move_line_ids.location_id, self.warehouse.sam_loc_id)
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(self.get_stock(product, self.stock), quantity)

    def check_tracked(self, tracking, steps):
        product = self.make_product(tracking)
        order = self.make_tracked_order(product, steps=steps)
        lots = order.lot_producing_ids
        nonconformity = self.report(order, 5)

        def pick(first, last):
            return {"lot_ids": [Command.set(lots[first:last].ids)]} if tracking == "serial" else {}

        self.decide(
            nonconformity,
            ("quarantine", 2, pick(0, 2)),
            ("scrap", 1, {**pick(2, 3), "reason": "Leg split"}),
            ("regrade", 1, pick(3, 4)),
        )
        self.decide(nonconformity, ("use_as_is", 1, {**pick(4, 5), "reason": "Hidden side"}), user=self.manager)
        self.assertEqual(nonconformity.state, "dispositioned")
        self.assertStock(product)
        self.close(order)
        self.assertEqual((order.state, order.closure_state), ("done", "closed"))
        self.assertStock(product, accepted=6, quarantined=2, scrapped=1, regraded=1)
        finished = order.move_finished_ids
        self.assertEqual(len(finished), 1, "core's cost roll-up needs one finished move")
        self.assertEqual(finished.quantity, 10)
        made = finished.value
        labour = order.workorder_ids._cal_cost()
        self.assertAlmostEqual(made, 10 * (20 + 4 * 5) + labour, places=2)
        scrap = order.scrap_ids
        self.assertEqual(scrap.scrap_reason_tag_ids.name, "Nonconformity")
        self.assertIn("Leg split", scrap.origin)
        self.assertAlmostEqual(scrap.move_ids.value, made / 10, places=2)
        self.assertAlmostEqual(self.get_value(product), made * 9 / 10, places=2)
        if tracking == "serial":
            quants = self.env["stock.quant"].search(
                [
                    ("product_id", "=", product.id),
                    ("location_id", "=", self.get_place("quarantine").id),
                    ("quantity", ">", 0),
                ]
            )
            self.assertEqual(quants.lot_id, lots[0:2])
            self.assertEqual(scrap.lot_id, lots[2])
        if steps == "pbm_sam":
            self.assertStored(product, order, 6)
        closure = order.closure_id
        self.assertEqual(
            (
                closure.produced_qty,
                closure.good_qty,
                closure.quarantined_qty,
                closure.scrapped_qty,
                closure.regraded_qty,
            ),
            (10, 6, 2, 1, 1),
        )
        self.assertEqual(nonconformity.state, "review")

    def test_untracked_goods_in_one_step_go_where_it_was_decided(self):
        self.check_tracked("none", "mrp_one_step")

    def test_untracked_goods_in_two_steps_go_where_it_was_decided(self):
        self.check_tracked("none", "pbm")

    def test_untracked_goods_in_three_steps_go_where_it_was_decided(self):
        self.check_tracked("none", "pbm_sam")

    def test_lots_in_one_step_go_where_it_was_decided(self):
        self.check_tracked("lot", "mrp_one_step")

    def test_lots_in_two_steps_go_where_it_was_decided(self):
        self.check_tracked("lot", "pbm")

    def test_lots_in_three_steps_go_where_it_was_decided(self):
        self.check_tracked("lot", "pbm_sam")

    def test_serial_numbers_in_one_step_go_where_it_was_decided(self):
        self.check_tracked("serial", "mrp_one_step")

    def test_serial_numbers_in_two_steps_go_where_it_was_decided(self):
        self.check_tracked("serial", "pbm")

    def test_serial_numbers_in_three_steps_go_where_it_was_decided(self):
        self.check_tracked("serial", "pbm_sam")

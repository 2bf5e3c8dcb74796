from odoo.tests import HttpCase, tagged

from .common_leftover import LeftoverCase


@tagged("post_install", "-at_install")
class TestToursMaterial(LeftoverCase, HttpCase):
    """What people do about material, as they do it."""

    def test_an_operator_returns_a_part_and_keeps_the_rest(self):
        order = self.make_issued(leg=36)
        self.start_tour(
            f"/odoo/action-mrp.mrp_production_action/{order.id}",
            "mrp_workorder_closure_return",
            login="closure_operator",
            timeout=120,
        )
        returned, kept = order.closure_id.leftover_ids.sorted("id")
        self.assertEqual((returned.act, returned.quantity, returned.reason), ("return", 3, "Counted twice"))
        self.assertEqual((returned.move_id.picking_id.state, returned.kept_by_id), ("done", self.operator))
        self.assertEqual((kept.act, kept.quantity, kept.state), ("keep", 1, "kept"))
        self.assertEqual((self.get_stock(self.leg, self.line), self.get_stock(self.board, self.line)), (37, 10))

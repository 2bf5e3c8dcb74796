from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import new_test_user, tagged

from .common_leftover import LeftoverCase


@tagged("post_install", "-at_install")
class TestMaterialIsApproved(LeftoverCase):
    """What became of the material is part of the figures that somebody approves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.paula = new_test_user(cls.env, "closure_paula", groups="base.group_user", name="Paula")
        cls.template.point_ids.tolerance_pct = 10
        cls.template.level_ids = [Command.create({"name": "Production", "user_ids": [Command.set(cls.paula.ids)]})]

    def make_approved(self):
        """Two legs of forty are left; the controller explained them, Paula approved."""
        order = self.make_issued(leg=38, board=10)
        order.workorder_ids.button_finish()
        closure = order.closure_id
        closure.with_user(self.operator).action_refresh()
        legs = closure.balance_ids.filtered(lambda line: line.product_id == self.leg)
        legs.with_user(self.controller).action_explain("Fell into the drain")
        closure.with_user(self.operator).action_refresh()
        self.assertEqual(closure.state, "to_approve")
        closure.with_user(self.paula).action_approve()
        self.assertEqual(closure.state, "approved")
        return closure

    def test_the_explanation_is_part_of_what_is_approved(self):
        figures = self.make_approved().figures["material"][str(self.leg.id)]
        self.assertEqual(figures["explanation"], "Fell into the drain")
        self.assertEqual(float(figures["unaccounted_qty"]), 2)

    def test_a_return_after_the_approval_asks_again_and_says_what_changed(self):
        closure = self.make_approved()
        self.assertFalse(closure._get_changed_figures())
        self.settle(closure, (self.leg, "return", 2))
        self.assertEqual(closure.state, "open")
        said = closure.sudo().message_ids.mapped("body")
        self.assertTrue([body for body in said if "Leg" in body and "2 unaccounted" in body and "2 returned" in body])

    def test_a_supplement_after_the_approval_asks_for_an_explanation_of_its_own(self):
        closure = self.make_approved()
        order = closure.production_id
        legs = self.get_move(order, self.leg)
        supplement = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.pbm_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.line.id,
                "production_group_id": order.production_group_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.leg.id,
                            "product_uom_qty": 5,
                            "quantity": 5,
                            "picked": True,
                            "location_id": self.stock.id,
                            "location_dest_id": self.line.id,
                            "production_group_id": order.production_group_id.id,
                        }
                    )
                ],
            }
        )
        supplement.button_validate()
        self.assertEqual(legs.quantity, 38)
        with self.assertRaises(RedirectWarning) as refusal:
            order.with_user(self.operator).button_mark_done()
        self.assertIn("Leg: 45.0 Units issued, 38.0 Units accounted for", refusal.exception.args[0])
        self.assertIn("45 issued, 7 unaccounted", closure._get_changed_figures()[closure][0])

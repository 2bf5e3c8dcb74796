from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import RedirectWarning
from odoo.tests import Form, tagged

from .common import WideCase


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestExpiredComponents(WideCase):
    """The question about expired components is no way around the gate, and works as ever behind it."""

    applications = ("mrp_product_expiry",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.glue = cls.make_goods("Glue", tracking="lot", use_expiration_date=True, standard_price=3)
        cls.lot = cls.env["stock.lot"].create(
            {
                "name": "G1",
                "product_id": cls.glue.id,
                "expiration_date": fields.Datetime.now() - timedelta(days=1),
                "alert_date": fields.Datetime.now() - timedelta(days=2),
            }
        )
        cls.env["stock.quant"]._update_available_quantity(cls.glue, cls.stock, 100, lot_id=cls.lot)
        for bom in cls.bom | cls.plain_bom:
            bom.bom_line_ids = [Command.create({"product_id": cls.glue.id, "product_qty": 1})]

    def make_glued(self, product=None):
        order = self.make_order(product=product)
        glued = order.move_raw_ids.filtered(lambda move: move.product_id == self.glue)
        glued.move_line_ids.unlink()
        self.env["stock.move.line"].with_user(self.operator).create(
            {"move_id": glued.id, "product_id": self.glue.id, "lot_id": self.lot.id, "quantity": 10}
        )
        glued.picked = True
        return order

    def confirm(self, orders):
        """The confirmation of the wizard, made by hand as a client can make it over RPC."""
        context = {"default_lot_ids": [Command.set(self.lot.ids)], "default_production_ids": orders.ids}
        wizard = self.env["expiry.picking.confirmation"].with_user(self.operator).with_context(**context)
        return wizard.create({}).confirm_produce()

    def test_the_gate_refuses_before_the_question_is_asked(self):
        order = self.make_glued()
        with self.assert_nothing_posted(), self.assertRaises(RedirectWarning):
            order.button_mark_done()
        self.assertEqual(order.closure_state, "open")

    def test_a_confirmation_made_by_hand_is_refused(self):
        order = self.make_glued()
        with self.assert_nothing_posted(), self.assertRaises(RedirectWarning) as refusal:
            self.confirm(order)
        self.assertIn("Area is tidy", refusal.exception.args[0])
        self.assertNotEqual(order.state, "done")
        self.assertFalse(order.closure_door)

    def test_while_the_question_is_open_the_door_is_shut_and_the_answer_closes_the_order(self):
        order, plain = self.make_glued(), self.make_glued(product=self.plain_table)
        self.pass_checks(order)
        with self.assert_nothing_posted():
            action, plain_action = order.button_mark_done(), plain.button_mark_done()
        self.assertEqual(action["res_model"], "expiry.picking.confirmation")
        self.assertEqual(plain_action["res_model"], "expiry.picking.confirmation")
        self.assertFalse(order.closure_door)
        for answered in (action, plain_action):
            Form.from_action(order.env, answered).save().confirm_produce()
        self.assert_like_plain(order, plain)

    def test_a_check_taken_back_while_the_question_is_open_is_found(self):
        order = self.make_glued()
        self.pass_checks(order)
        action = order.button_mark_done()
        order.closure_id.check_ids[0].with_user(self.operator).action_reset()
        wizard = Form.from_action(order.env, action).save()
        with self.assert_nothing_posted(), self.assertRaises(RedirectWarning):
            wizard.confirm_produce()
        self.assertNotEqual(order.state, "done")

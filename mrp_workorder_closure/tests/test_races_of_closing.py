from odoo import Command
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_committed import CommittedCase


@tagged("post_install", "-at_install")
class TestRacesOfClosing(CommittedCase):
    """The last approvals and the button at the same moment, on orders that then really close: each closes once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.paula, cls.quentin = (
            new_test_user(cls.env, f"closure_{name}", groups="base.group_user", name=name.capitalize())
            for name in ("paula", "quentin")
        )
        cls.template.level_ids = [
            Command.create({"name": name, "sequence": 10, "user_ids": [Command.set(user.ids)]})
            for name, user in (("Production", cls.paula), ("Quality", cls.quentin))
        ]
        cls.commit()

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.sql_db", "odoo.service.model"))

    def make_submitted(self, auto_close):
        def make(env):
            self.template.with_env(env).sudo().auto_close = auto_close
            order = env["mrp.production"].create({"product_id": self.table.id, "product_qty": 10})
            order.action_confirm()
            self.make_ready(order)
            order.closure_id.action_refresh()
            return order.id

        return self.env["mrp.production"].browse(self.as_request(self.operator, make))

    def approve(self, order):
        # In sudo: whoever a level names has no right on orders.
        return lambda env: order.with_env(env).sudo().closure_id.sudo(False).action_approve()

    def assertClosedOnce(self, order):
        self.assertEqual((order.state, order.closure_id.state, order.closure_door), ("done", "closed", "sealed"))
        self.assertEqual(order.move_finished_ids.mapped("quantity"), [10])
        self.assertEqual(len(order.closure_id.dossier_ids), 1)

    def test_the_last_two_approvals_at_once_close_the_order_once(self):
        order = self.make_submitted(auto_close=True)
        results = self.at_once((self.paula, self.approve(order)), (self.quentin, self.approve(order)))
        self.assertEqual(results, [True, True])
        with self.looking(order) as seen:
            self.assertClosedOnce(seen)
            self.assertEqual(len(seen.closure_id.approval_decision_ids), 2)

    def test_the_button_beside_the_last_approval_closes_the_order_or_is_refused_with_a_sentence(self):
        order = self.make_submitted(auto_close=False)
        self.assertIs(self.as_request(self.paula, self.approve(order)), True)
        approved, pressed = self.at_once(
            (self.quentin, self.approve(order)),
            (self.operator, lambda env: order.with_env(env).button_mark_done()),
        )
        self.assertIs(approved, True)
        if pressed is not True:
            self.assertIsInstance(pressed, (RedirectWarning, UserError))
            self.assertRegex(pressed.args[0], "approved at")
            with self.looking(order) as seen:
                self.assertEqual((seen.closure_id.state, seen.closure_door), ("approved", False))
            self.as_request(self.operator, lambda env: order.with_env(env).button_mark_done())
        with self.looking(order) as seen:
            self.assertClosedOnce(seen)

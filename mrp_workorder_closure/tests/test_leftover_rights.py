from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged

from .common_leftover import LeftoverCase


@tagged("post_install", "-at_install")
class TestLeftoverRights(LeftoverCase, HttpCase):
    """Operators and warehouse controllers settle leftovers, of orders they may read, through the dialogs only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_issued(leg=36)
        cls.following = cls.make_order()
        cls.approver = new_test_user(
            cls.env, "closure_approver", groups="base.group_user,mrp_workorder_closure.group_approver"
        )

    def call(self, user, model, method, *args, **kwargs):
        """Call a method through the web client's endpoint."""
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
            timeout=60,
        )

    def assertDenied(self, *call, error="odoo.exceptions.AccessError", **kwargs):
        with self.assertRaises(JsonRpcException) as refusal:
            self.call(*call, **kwargs)
        self.assertIn(error, str(refusal.exception))
        self.env.invalidate_all()

    def make_kept(self):
        return self.settle(self.order.closure_id, (self.leg, "keep", 4))

    def test_a_warehouse_controller_without_rights_on_stock_returns_leftovers(self):
        with self.assertRaises(AccessError):
            self.env["stock.picking"].with_user(self.controller).check_access("create")
        self.settle(self.order.closure_id, (self.leg, "return", 4), user=self.controller)
        self.assertEqual(self.order.closure_id.leftover_ids.kept_by_id, self.controller)
        self.assertEqual(self.get_stock(self.leg, self.line), 36)

    def test_who_only_reads_settles_nothing(self):
        leftover = self.make_kept()
        for user in (self.auditor, self.approver):
            closure = self.order.closure_id
            with self.subTest(user=user.login):
                self.assertDenied(user, "mrp.closure", "action_return", closure.ids)
                self.assertDenied(user, "mrp.closure", "action_take_over", self.following.closure_id.ids)
                self.assertDenied(
                    user, "mrp.closure.leftover", "action_take_over", leftover.ids, self.following.closure_id.id
                )
                self.assertDenied(user, "mrp.closure.return", "create", [{"closure_ids": closure.ids, "reason": "x"}])
                self.assertEqual(
                    self.call(user, "mrp.closure.leftover", "read", leftover.ids, ["quantity", "lot_name", "state"])[0][
                        "quantity"
                    ],
                    4,
                )
        self.assertEqual(leftover.state, "kept")

    def test_leftovers_cannot_be_made_changed_or_deleted_by_hand(self):
        leftover = self.make_kept()
        vals = {
            "closure_id": self.order.closure_id.id,
            "product_id": self.board.id,
            "quantity": 5,
            "location_id": self.line.id,
            "act": "keep",
            "state": "kept",
            "reason": "Mine",
        }
        for user in (self.operator, self.controller, self.manager):
            with self.subTest(user=user.login):
                self.assertDenied(user, "mrp.closure.leftover", "create", [vals])
                self.assertDenied(user, "mrp.closure.leftover", "write", leftover.ids, {"quantity": 40})
                self.assertDenied(user, "mrp.closure.leftover", "write", leftover.ids, {"state": "returned"})
                self.assertDenied(user, "mrp.closure.leftover", "unlink", leftover.ids)
                self.assertDenied(
                    user,
                    "mrp.closure",
                    "write",
                    self.order.closure_id.ids,
                    {"leftover_ids": [[0, 0, vals]]},
                )
        self.assertEqual((leftover.quantity, leftover.state), (4, "kept"))
        with self.assertRaises(AccessError):
            leftover.sudo().write({"quantity": 40})

    def test_lines_that_the_client_makes_up_are_looked_at_again(self):
        """Quantities, orders and leftovers of the dialog are what the client sends."""
        closure = self.order.closure_id
        line = {"closure_id": closure.id, "product_id": self.leg.id, "act": "return", "leftover_qty": 400}
        for quantity in (5, 400, -4):
            wizard = self.call(
                self.operator,
                "mrp.closure.return",
                "create",
                [{"closure_ids": closure.ids, "reason": "x", "line_ids": [[0, 0, {**line, "quantity": quantity}]]}],
            )
            with self.subTest(quantity=quantity):
                self.assertDenied(
                    self.operator, "mrp.closure.return", "action_confirm", wizard, error="odoo.exceptions.UserError"
                )
        leftover = self.make_kept()
        wizard = self.call(
            self.operator,
            "mrp.closure.return",
            "create",
            [
                {
                    "closure_ids": self.following.closure_id.ids,
                    "reason": "x",
                    "line_ids": [
                        [
                            0,
                            0,
                            {
                                "closure_id": self.following.closure_id.id,
                                "product_id": self.board.id,
                                "leftover_id": leftover.id,
                                "act": "return",
                                "quantity": 4,
                            },
                        ]
                    ],
                }
            ],
        )
        self.assertDenied(
            self.operator, "mrp.closure.return", "action_confirm", wizard, error="odoo.exceptions.UserError"
        )
        self.assertEqual(self.get_stock(self.leg, self.line), 40)

    def test_orders_of_other_companies_are_out_of_reach(self):
        company = self.env["res.company"].create({"name": "Other factory"})
        stranger = new_test_user(
            self.env,
            "closure_stranger",
            groups="base.group_user,mrp_workorder_closure.group_warehouse_controller",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        leftover = self.make_kept()
        closure = self.order.closure_id
        self.assertDenied(stranger, "mrp.closure", "action_return", closure.ids)
        self.assertDenied(stranger, "mrp.closure.leftover", "read", leftover.ids, ["quantity"])
        self.assertDenied(stranger, "mrp.closure.return", "create", [{"closure_ids": closure.ids, "reason": "x"}])
        self.assertDenied(
            stranger,
            "mrp.closure.leftover",
            "action_take_over",
            leftover.ids,
            self.following.closure_id.id,
        )
        self.assertDenied(
            stranger,
            "mrp.closure.take.over",
            "create",
            [{"line_ids": [[0, 0, {"leftover_id": leftover.id}]], "closure_id": self.following.closure_id.id}],
        )
        self.assertEqual(leftover.state, "kept")

    def test_private_parts_cannot_be_called(self):
        for method in ("_settle_leftovers", "_return_to_stock", "_cut_reservation"):
            with self.subTest(method=method):
                self.assertDenied(self.operator, "mrp.closure", method, self.order.closure_id.ids, [])

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .routes import REFUSALS, RouteCase, set_producing


@tagged("post_install", "-at_install")
class TestTampering(RouteCase):
    """What stands behind the gate cannot be forged, emptied, swallowed or taken away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.blocked = cls.make_order()
        cls.root = cls.env.ref("base.user_root")

    def test_defaults_of_users_do_not_answer_checks(self):
        for name, value in (
            ("state", "pass"),
            ("severity", "warning"),
            ("done_by_id", self.manager.id),
            ("kind", "manual"),
        ):
            self.rpc(self.env["ir.default"], "set", "mrp.closure.check", name, value, user_id=True)
        self.rpc(self.env["ir.default"], "set", "mrp.closure", "state", "approved", user_id=True)
        context = {"default_state": "pass", "default_severity": "warning", "default_check_ids": [], "default_kind": "x"}
        order = self.make_order(confirm=False)
        self.rpc(order, "action_confirm", context=context)
        self.assertEqual(order.closure_state, "open")
        self.assertEqual(order.closure_id.check_ids.mapped("state"), ["todo", "todo"])
        self.assertEqual(order.closure_id.check_ids.mapped("severity"), ["blocking", "blocking"])
        self.assertFalse(order.closure_id.check_ids.done_by_id)
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"))

    def test_an_order_forged_into_confirmation_still_needs_a_closure(self):
        order = self.make_order(confirm=False)
        self.rpc(order, "write", {"state": "confirmed"})
        self.assertFalse(order.closure_id)
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="open its closure first")
        self.rpc(order, "action_open_closure")
        self.assertEqual(order.closure_state, "open")
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")

    def test_an_order_forged_back_into_a_draft_keeps_its_gate(self):
        order = self.make_order()
        closure = order.closure_id
        self.rpc(order, "write", {"state": "draft"})
        self.assertRefused(order, lambda order: self.rpc(order.move_finished_ids, "write", {"production_id": False}))
        self.rpc(order, "write", {"product_id": self.plain_table.id})
        self.rpc(order, "action_confirm")
        self.assertEqual(order.closure_id, closure)
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")
        self.assertRefused(order, lambda order: self.rpc(order, "write", {"state": "done"}))

    def test_another_product_on_the_finished_move_does_not_pass(self):
        order = self.make_order()
        self.rpc(order.move_finished_ids, "write", {"product_id": self.plain_table.id})
        self.pass_checks(order)
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="give it back the move")

    def test_a_caller_that_swallows_the_refusal_posts_nothing(self):
        order = self.make_order()
        set_producing(order, 10)
        before = self.get_traces(order)
        attempts = (
            order.button_mark_done,
            order.move_finished_ids._action_done,
            order.move_raw_ids._action_done,
            lambda: order.move_finished_ids.write({"state": "done"}),
            lambda: order.move_raw_ids.move_line_ids.write({"state": "done"}),
        )
        for attempt in attempts:
            with self.subTest(attempt=attempt):
                try:
                    attempt()
                except REFUSALS:
                    self.env.flush_all()
                else:
                    self.fail("Not refused")
                after = self.get_traces(order)
                self.assertEqual(after["moves"], before["moves"])
                self.assertEqual(after["stock"], before["stock"])
                self.assertEqual(after["state"], before["state"])
                self.assertFalse(order.closure_door)

    def test_a_swallowed_write_of_the_state_never_reaches_the_database(self):
        order = self.make_order()
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                try:
                    order.write({"state": "done"})
                except ValidationError:
                    self.env.flush_all()
        except psycopg2.errors.CheckViolation:
            pass
        else:
            self.fail("The database took it")
        self.assertEqual(order.state, "confirmed")

    def test_the_closure_cannot_be_taken_away(self):
        order = self.make_order()
        closure, check = order.closure_id, order.closure_id.check_ids[0]
        for record in (closure, check):
            with self.subTest(record=record._name):
                self.assertRefused(order, lambda order, record=record: self.rpc(record, "unlink"), says="")
        self.assertRefused(order, lambda order: check.sudo().unlink())
        self.assertRefused(order, lambda order: self.rpc(self.template, "unlink", user=self.manager), error=UserError)
        self.assertRefused(order, lambda order: self.template.sudo().unlink(), error=UserError)
        closure.sudo().unlink()
        self.assertFalse(order.closure_id)
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="open its closure first")
        self.assertRefused(order, lambda order: self.rpc(order, "write", {"state": "done"}))

    def test_archiving_or_emptying_the_template_changes_no_running_closure(self):
        order = self.make_order()
        self.template.with_user(self.manager).active = False
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")
        self.template.with_user(self.manager).point_ids.unlink()
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Tools are back")
        self.assertEqual(len(order.closure_id.check_ids), 2)

    def test_another_company_does_not_lift_the_gate(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        (self.operator | self.root).company_ids += other
        order = self.make_order()
        try:
            with self.env.cr.savepoint():
                order.sudo().write({"company_id": other.id})
                self.env.flush_all()
        except UserError:
            self.assertEqual(order.company_id, self.company)
        self.assertTrue(order.closure_id)
        self.assertRefused(order, lambda order: order.sudo().write({"state": "done"}))
        self.assertRefused(order, lambda order: order.sudo().button_mark_done())

    def test_nested_commands_do_not_reach_the_checks(self):
        check = self.blocked.closure_id.check_ids[0]
        commands = ([[1, check.id, {"state": "pass"}]], [[0, 0, {"name": "Nothing"}]], [[2, check.id, 0]], [[5, 0, 0]])
        for command in commands:
            for name in ("closure_check_ids",):
                with self.subTest(command=command):
                    try:
                        with self.env.cr.savepoint():
                            self.rpc(self.blocked, "web_save", {name: command}, {})
                    except (AccessError, UserError):
                        self.env.invalidate_all()
                    self.assertEqual(len(self.blocked.closure_id.check_ids), 2)
                    self.assertEqual(check.state, "todo")
            self.assertRefused(
                self.blocked,
                lambda order, command=command: order.sudo().closure_id.write({"check_ids": command}),
                error=AccessError,
            )

    def test_the_operator_changes_no_requirement_by_translating_it(self):
        check = self.blocked.closure_id.check_ids[0]
        self.assertEqual(check.name, "Area is tidy")
        for method, args in (
            ("update_field_translations", ("name", {"en_US": "Nothing at all"})),
            ("web_override_translations", ({"name": "Nothing at all"},)),
        ):
            self.assertRefused(
                self.blocked, lambda order, method=method, args=args: self.rpc(check, method, *args), error=AccessError
            )
        self.env.invalidate_all()
        self.assertEqual(check.name, "Area is tidy")

    def test_the_point_of_a_running_check_does_not_change_the_check(self):
        point = self.template.point_ids[0]
        point.with_user(self.manager).write(
            {"severity": "warning", "operation_ids": [Command.set(self.bom.operation_ids.ids)]}
        )
        order = self.blocked
        self.assertEqual(set(order.closure_id.check_ids.mapped("severity")), {"blocking"})
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")

    def test_the_history_of_an_answer_cannot_be_deleted_or_rewritten(self):
        order = self.make_order()
        check = order.closure_id.check_ids[0]
        self.env.cr.flush()
        self.rpc(check, "action_fail", "Sawdust")
        self.env.cr.flush()
        self.env.invalidate_all()
        history = check.sudo().message_ids.filtered("tracking_value_ids")
        self.assertTrue(history)
        for user in (self.operator, self.manager):
            # An author may word a note of their own differently: what was tracked is not in its text.
            rewrite = [("write", [{"body": "Fine"}])] if user == self.manager else []
            for method, args in [("unlink", []), ("write", [{"res_id": 0}]), *rewrite]:
                with self.subTest(user=user.login, method=method, args=args):
                    self.assertRefused(
                        order,
                        lambda order, method=method, args=args, user=user: self.rpc(history, method, *args, user=user),
                        says="",
                    )
            self.assertRefused(
                order,
                lambda order, user=user: self.rpc(check, "write", {"message_ids": [[2, history[0].id, 0]]}, user=user),
                says="",
            )
        self.assertTrue(history.exists())
        self.rpc(check, "message_post", body="Swept again")
        self.assertIn("Swept again", check.message_ids[0].body)

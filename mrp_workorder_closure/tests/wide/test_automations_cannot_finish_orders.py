from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import WideCase


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestAutomations(WideCase):
    """Server actions and automation rules finish no order with a closure, and still serve all others."""

    applications = ("base_automation",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.model = cls.env["ir.model"]._get("mrp.production")

    def setUp(self):
        super().setUp()
        # A rule patches the classes of the registry, which outlive the transaction.
        self.addCleanup(setattr, self.registry, "registry_invalidated", self.registry.registry_invalidated)
        self.addCleanup(self.env["base.automation"]._unregister_hook)

    def make_action(self, **vals):
        return self.env["ir.actions.server"].create({"name": "Finish", "model_id": self.model.id, **vals})

    def make_write_action(self, **vals):
        done = self.env["ir.model.fields.selection"].search(
            [("field_id.model", "=", "mrp.production"), ("field_id.name", "=", "state"), ("value", "=", "done")]
        )
        return self.make_action(
            state="object_write", update_path="state", evaluation_type="value", selection_value=done.id, **vals
        )

    def run_on(self, action, orders):
        return (
            action.with_user(self.admin)
            .with_context(active_model="mrp.production", active_id=orders[:1].id, active_ids=orders.ids)
            .run()
        )

    def assert_refused(self, order, act):
        with self.assert_nothing_posted(), self.assertRaises(ValidationError) as refusal:
            act()
        self.assertIn(order.name, str(refusal.exception))
        self.assertIn("Mark as Done", str(refusal.exception))
        self.assertEqual(order.state, "confirmed")
        self.assertEqual(order.closure_state, "open")

    def test_an_action_that_writes_the_state_is_refused_even_when_the_checks_are_met(self):
        order, action = self.make_order(), self.make_write_action()
        self.assert_refused(order, lambda: self.run_on(action, order))
        self.pass_checks(order)
        self.assert_refused(order, lambda: self.run_on(action, order))

    def test_an_action_that_writes_the_state_still_works_on_orders_without_closure(self):
        plain = self.make_order(product=self.plain_table)
        self.run_on(self.make_write_action(), plain)
        self.assertEqual(plain.state, "done")

    def test_code_in_sudo_that_writes_the_state_is_refused(self):
        order = self.make_order()
        action = self.make_action(state="code", code="records.sudo().write({'state': 'done'})")
        self.assert_refused(order, lambda: self.run_on(action, order))

    def test_code_that_swallows_the_refusal_posts_nothing(self):
        order, plain = self.make_order(), self.make_order(product=self.plain_table)
        code = "try:\n    records.move_finished_ids._action_done()\nexcept UserError:\n    pass"
        action = self.make_action(state="code", code=code)
        for made in (order, plain):
            made.move_finished_ids.write({"quantity": 10, "picked": True})
        with self.assert_nothing_posted():
            self.run_on(action, order)
        self.assertNotIn("done", order.move_finished_ids.mapped("state"))
        self.run_on(action, plain)
        self.assertEqual(plain.move_finished_ids.mapped("state"), ["done"])

    def test_code_that_presses_the_button_closes_ready_orders_as_in_plain_odoo(self):
        order, plain = self.make_order(), self.make_order(product=self.plain_table)
        action = self.make_action(state="code", code="records.button_mark_done()")
        self.pass_checks(order)
        self.run_on(action, order | plain)
        self.assert_like_plain(order, plain)
        self.assertEqual(order.closure_id.submitted_by_id, self.admin)

    def test_a_rule_on_write_that_writes_the_state_is_refused_and_undoes_the_write(self):
        order = self.make_order()
        self.make_rule(self.make_write_action())
        self.assert_refused(order, lambda: order.write({"priority": "1"}))
        self.assertEqual(order.priority, "0")

    def test_a_rule_on_write_still_finishes_orders_without_closure(self):
        plain = self.make_order(product=self.plain_table)
        self.make_rule(self.make_write_action())
        plain.priority = "1"
        self.assertEqual(plain.state, "done")

    def test_a_rule_on_the_done_state_follows_the_closing_of_an_order(self):
        order = self.make_order()
        self.pass_checks(order)
        action = self.make_action(state="code", code="records.write({'origin': 'closed by the book'})")
        done = self.env.ref("mrp.selection__mrp_production__state__done")
        self.make_rule(
            action, trigger="on_state_set", trg_selection_field_id=done.id, filter_domain="[('state', '=', 'done')]"
        )
        order.button_mark_done()
        self.assertEqual(order.state, "done")
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(order.origin, "closed by the book")

    def test_a_rule_on_closures_sees_them_made_and_every_change_of_their_state(self):
        seen = self.env["res.partner"]
        for trigger in ("on_create", "on_write"):
            code = f"env['res.partner'].create({{'name': 'Seen', 'ref': '{trigger} ' + record.state}})"
            model = self.env["ir.model"]._get("mrp.closure")
            action = self.make_action(model_id=model.id, state="code", code=code)
            fields = self.env["ir.model.fields"]._get("mrp.closure", "state")
            self.make_rule(action, model_id=model.id, trigger=trigger, trigger_field_ids=[Command.set(fields.ids)])
        order = self.make_order()
        self.assertEqual(seen.search([("name", "=", "Seen")]).mapped("ref"), ["on_create open"])
        self.pass_checks(order)
        order.button_mark_done()
        refs = seen.search([("name", "=", "Seen")], order="id").mapped("ref")
        self.assertEqual(refs, ["on_create open", "on_write approved", "on_write closed"])

    def make_rule(self, action, **vals):
        fields = self.env["ir.model.fields"]
        names = ("state",) if "trigger" in vals else ("priority",)
        return self.env["base.automation"].create(
            {
                "name": "Finish",
                "model_id": self.model.id,
                "trigger": "on_write",
                "trigger_field_ids": [Command.set([fields._get("mrp.production", name).id for name in names])],
                "action_server_ids": [Command.set(action.ids)],
                **vals,
            }
        )

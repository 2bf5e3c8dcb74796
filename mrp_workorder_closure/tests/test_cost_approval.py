from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common_cost import CostCase


@tagged("post_install", "-at_install")
class TestCostApproval(CostCase):
    """Finance reviews the cost of an order before it releases it, with no right on manufacturing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env,
            "closure_accountant",
            groups="base.group_user,account.group_account_manager",
            name="Anna Accountant",
        )
        cls.paula = new_test_user(cls.env, "closure_paula", groups="base.group_user", name="Paula")

    def set_level(self, **vals):
        self.template.level_ids.unlink()
        self.template.level_ids = [Command.create({"name": "Finance", "sequence": 10, **vals})]

    def submit(self, **recorded):
        order = self.make_order()
        self.produce(order, **recorded)
        order.closure_id.with_user(self.operator).action_refresh()
        return order.closure_id

    def open_dialog(self, closure, user):
        action = closure.with_user(user).action_open_decision()
        return Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"]))

    def test_an_accountant_reviews_the_preview_on_the_dialog_and_approves(self):
        for legs in (40, 60):
            order = self.make_order()
            self.produce(order, leg=legs)
            self.close(order)
        self.set_level(group_id=self.env.ref("account.group_account_manager").id)
        closure = self.submit(leg=50)
        self.assertFalse(self.accountant.has_group("mrp.group_mrp_user"))
        dialog = self.open_dialog(closure, self.accountant)
        self.assertIn("Cost against plan: +10.0 %", dialog.cost)
        # In all and a piece, against the standard and the mean of the two orders before, and by cause.
        for told in ("501.00", "551.00", "55.10", "50.10", "+10.0 %", "Material Usage", "50.00"):
            self.assertIn(told, dialog.cost_sheet)
        dialog.save().action_decide()
        self.assertEqual(closure.state, "approved")
        self.assertEqual(closure.approval_decision_ids.user_id, self.accountant)

    def test_causes_are_compared_with_the_last_orders_a_piece(self):
        for legs in (44, 48):
            order = self.make_order()
            self.produce(order, leg=legs)
            self.close(order)
        closure = self.submit(leg=50, minutes=121)
        review = closure.sudo()._get_cost_reviews()[closure]
        causes = {cause["label"]: cause for cause in review["causes"]}
        usage, time = causes["Material Usage"], causes["Operation Efficiency"]
        # 20 and 40 too much on ten tables each; 50 on these ten.
        self.assertEqual((usage["amount"], usage["unit_amount"], usage["recent_amount"]), (50, 5, 3))
        self.assertEqual((time["amount"], time["unit_amount"], time["recent_amount"]), (20, 2, 0))
        self.assertEqual((review["against_standard"], review["against_recent"]), ("+14.0 %", "+7.5 %"))
        self.assertTrue(review["is_preview"])

    def test_only_the_last_ten_orders_count(self):
        for number in range(11):
            order = self.make_order(qty=1)
            self.produce(order, 1, minutes=11, leg=14 if number == 0 else 5)
            self.close(order)
        closure = self.submit()
        review = closure.sudo()._get_cost_reviews()[closure]
        self.assertEqual([cause["recent_amount"] for cause in review["causes"]], [5])

    def test_who_is_not_in_finance_decides_by_per_cents(self):
        self.set_level(user_ids=[Command.set(self.paula.ids)])
        closure = self.submit(leg=50)
        dialog = self.open_dialog(closure, self.paula)
        self.assertEqual(dialog.cost, "Cost against plan: +10.0 %")
        self.assertNotIn("cost_sheet", dialog._view["fields"])
        record = dialog.save()
        with self.assertRaises(AccessError):
            record.read(["cost_sheet"])
        record.action_decide()
        self.assertEqual(closure.state, "approved")

    def test_a_level_is_asked_from_an_amount_or_a_per_cent_on(self):
        for condition, legs, state in (
            ("[('cost_variance', '>', 45)]", 50, "to_approve"),
            ("[('cost_variance', '>', 50)]", 50, "approved"),
            ("['|', ('cost_variance', '>', 45), ('cost_variance', '<', -45)]", 30, "to_approve"),
            ("[('cost_variance_pct', '>', 9.9)]", 50, "to_approve"),
            ("[('cost_variance_pct', '>', 10)]", 50, "approved"),
            ("['|', ('cost_variance_pct', '>', 9.9), ('cost_variance_pct', '<', -9.9)]", 30, "to_approve"),
        ):
            with self.subTest(condition=condition, legs=legs):
                self.set_level(user_ids=[Command.set(self.paula.ids)], condition=condition)
                self.assertEqual(self.submit(leg=legs).state, state)

    def test_the_condition_looks_at_the_cost_of_the_moment_of_submission(self):
        self.set_level(user_ids=[Command.set(self.paula.ids)], condition="[('cost_variance_pct', '>', 5)]")
        order = self.make_order()
        self.produce(order, leg=40)
        self.board.standard_price = 60
        order.closure_id.with_user(self.operator).action_refresh()
        self.assertEqual(order.closure_id.state, "to_approve")

    def test_the_order_shows_finance_what_it_costs_and_operators_nothing(self):
        order = self.make_order()
        self.produce(order, leg=50)
        self.assertIn("551.00", Form(order.with_user(self.manager)).closure_cost_sheet)
        view = self.env.ref("mrp.mrp_production_form_view")
        self.assertNotIn("closure_cost_sheet", order.with_user(self.operator).get_view(view.id, "form")["arch"])
        with self.assertRaises(AccessError):
            order.with_user(self.operator).read(["closure_cost_sheet"])
        self.close(order)
        self.assertIn("551.00", Form(order.with_user(self.manager)).closure_cost_sheet)

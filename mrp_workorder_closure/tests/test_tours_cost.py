from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common_cost import CostCase


@tagged("post_install", "-at_install")
class TestToursCost(CostCase, HttpCase):
    """Finance analyses, reviews and approves in a real browser, with no right on manufacturing."""

    def test_an_accountant_analyses_reviews_and_approves(self):
        accountant = new_test_user(
            self.env,
            "closure_accountant",
            groups="base.group_user,account.group_account_manager",
            name="Anna Accountant",
        )
        self.env["res.users"].search([("share", "=", False)]).tour_enabled = False
        order = self.make_order()
        self.produce(order, leg=44)
        self.close(order)
        self.template.level_ids = [
            Command.create(
                {"name": "Finance", "sequence": 10, "group_id": self.env.ref("account.group_account_manager").id}
            )
        ]
        order = self.make_order()
        self.produce(order, leg=50)
        closure = order.closure_id
        closure.with_user(self.operator).action_refresh()
        self.start_tour("/odoo/closure-costs", "mrp_closure_cost", login=accountant.login, timeout=120)
        self.env.invalidate_all()
        self.assertEqual((closure.state, closure.approval_decision_ids.user_id), ("approved", accountant))

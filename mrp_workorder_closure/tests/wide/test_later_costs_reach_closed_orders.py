from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WideCase
from .test_subcontract_receipt_closes_only_ready_orders import SubcontractCase

READERS = "account.group_account_readonly,analytic.group_analytic_accounting"


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestCostsOfOwnOrders(WideCase):
    """Landed costs, analytic accounts and unbuilding come after closing and are not refused."""

    applications = ("mrp_landed_costs", "project_mrp_account")

    def make_pair(self, **vals):
        """A closed order, and one of plain Odoo made in the same way."""
        order = self.make_closed(**vals)
        plain = self.make_order(product=self.plain_table, **vals)
        plain.button_mark_done()
        self.assert_like_plain(order, plain)
        return order, plain

    def test_landed_costs_change_the_value_of_a_closed_order(self):
        keeper = new_test_user(
            self.env,
            "closure_keeper",
            groups="stock.group_stock_manager,mrp.group_mrp_user,account.group_account_invoice",
        )
        order, plain = self.make_pair()
        freight = self.env["product.product"].create({"name": "Freight", "type": "service", "landed_cost_ok": True})
        values = {made: made.move_finished_ids.value for made in (order, plain)}
        for made in (order, plain):
            cost = (
                self.env["stock.landed.cost"]
                .with_user(keeper)
                .create(
                    {
                        "target_model": "manufacturing",
                        "mrp_production_ids": [Command.set(made.ids)],
                        "account_journal_id": self.company.account_stock_journal_id.id,
                        "cost_lines": [
                            Command.create({"product_id": freight.id, "price_unit": 50, "split_method": "equal"})
                        ],
                    }
                )
            )
            cost.button_validate()
            self.assertEqual(cost.state, "done")
            self.assertEqual(made.move_finished_ids.value, values[made] + 50)
        self.assert_like_plain(order, plain)
        self.assert_sealed_as_value(order, 50)

    def assert_sealed_as_value(self, order, amount):
        """The next comparison seals the new value as an addendum, and takes it for what may happen."""
        closing = order.closure_id.sudo().dossier_ids
        with self.enter_registry_test_mode():
            self.env.ref("mrp_workorder_closure.ir_cron_seal_addenda").method_direct_trigger()
        self.env.invalidate_all()
        addendum = order.closure_id.sudo().dossier_ids - closing
        self.assertEqual((addendum.kind, addendum.base_id), ("addendum", closing))
        [change] = addendum.manifest["changes"]
        self.assertEqual((change["section"], change["is_expected"]), ("values", True))
        self.assertEqual(float(change["after"]["value"]) - float(change["before"]["value"]), amount)
        self.assertEqual(self.env["mrp.closure.dossier"].verify_chain(), [])

    def test_a_manufacturing_user_cannot_value_a_closed_order_by_hand(self):
        order, plain = self.make_pair()
        value = order.move_finished_ids.value
        with self.assertRaises(AccessError) as refusal:
            order.move_finished_ids.value = 1
        self.assertIn(order.name, str(refusal.exception))
        self.assertEqual(order.move_finished_ids.value, value)
        plain.move_finished_ids.value = 1
        self.assertEqual(plain.move_finished_ids.value, 1)

    def test_the_cost_of_the_product_may_change_after_closing(self):
        order, _plain = self.make_pair()
        clerk = new_test_user(self.env, "closure_clerk", groups="base.group_user,product.group_product_manager")
        # Core ignores a price of the very second in which the last goods came in.
        later = fields.Datetime.now() + timedelta(minutes=1)
        with patch.object(fields.Datetime, "now", lambda *_args: later):
            self.table.with_user(clerk).standard_price = 99
        self.assertEqual(self.table.standard_price, 99)
        self.assertEqual(order.closure_state, "closed")

    def test_a_project_given_after_closing_makes_the_analytic_lines_of_plain_odoo(self):
        plan = self.env["account.analytic.plan"].create({"name": "Closure Plan"})
        account = self.env["account.analytic.account"].create({"name": "Tables", "plan_id": plan.id})
        project = self.env["project.project"].create({"name": "Tables", plan._column_name(): account.id})
        planner = new_test_user(
            self.env, "closure_planner", groups=f"mrp.group_mrp_user,project.group_project_user,{READERS}"
        )
        amounts = []
        for made in self.make_pair():
            self.assertFalse(made.sudo().move_raw_ids.analytic_account_line_ids)
            made.with_user(planner).project_id = project
            lines = made.sudo().move_raw_ids.analytic_account_line_ids
            lines |= made.sudo().workorder_ids.mo_analytic_account_line_ids
            self.assertEqual(lines[plan._column_name()], account)
            amounts.append(sorted(lines.mapped("amount")))
        self.assertEqual(amounts[0], amounts[1])
        self.assertTrue(any(amounts[0]))

    def test_closing_an_order_with_a_project_makes_the_analytic_lines_of_plain_odoo(self):
        plan = self.env["account.analytic.plan"].create({"name": "Closure Plan"})
        account = self.env["account.analytic.account"].create({"name": "Tables", "plan_id": plan.id})
        project = self.env["project.project"].create({"name": "Tables", plan._column_name(): account.id})
        order, plain = self.make_pair(project_id=project.id)
        amounts = [
            sorted(made.sudo().move_raw_ids.analytic_account_line_ids.mapped("amount")) for made in (order, plain)
        ]
        self.assertTrue(any(amounts[0]))
        self.assertEqual(amounts[0], amounts[1])

    def test_a_closed_order_can_be_unbuilt_as_in_plain_odoo(self):
        order, plain = self.make_pair()
        values = []
        for made in (order, plain):
            unbuild = (
                self.env["mrp.unbuild"]
                .with_user(self.operator)
                .create(
                    {"mo_id": made.id, "product_id": made.product_id.id, "bom_id": made.bom_id.id, "product_qty": 3}
                )
            )
            unbuild.action_unbuild()
            self.assertEqual(unbuild.state, "done")
            self.assertEqual(self.env["stock.quant"]._get_available_quantity(made.product_id, self.stock), 7)
            values.append(sorted(unbuild.sudo().produce_line_ids.mapped("value")))
        self.assertEqual(values[0], values[1])
        self.assertEqual(order.state, "done")
        self.assertEqual(order.closure_state, "closed")


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestBillsOfSubcontractors(SubcontractCase):
    """The subcontractor's bill values the closed order, whoever may post it."""

    applications = (*SubcontractCase.applications, "mrp_subcontracting_purchase", "mrp_subcontracting_landed_costs")

    def make_received(self, product):
        """A purchase order of 10 at 7 each, received by the stock user."""
        buyer = self.env.ref("base.user_admin")
        purchase = (
            self.env["purchase.order"]
            .with_user(buyer)
            .create(
                {
                    "partner_id": self.subcontractor.id,
                    "order_line": [
                        Command.create({"product_id": product.id, "product_qty": 10, "price_unit": 7, "tax_ids": False})
                    ],
                }
            )
        )
        purchase.button_confirm()
        receipt = purchase.picking_ids.with_user(self.stock_user)
        order = self.get_order(receipt)
        if order.closure_id:
            self.assertEqual(order.closure_state, "open")
            self.pass_checks(order)
        receipt.button_validate()
        self.assertEqual(order.state, "done")
        return purchase, order

    def test_a_bill_with_another_price_posted_by_a_billing_user_values_the_closed_order(self):
        biller = new_test_user(self.env, "closure_biller", groups="account.group_account_invoice")
        made = [self.make_received(product) for product in (self.chair, self.plain_chair)]
        self.assert_like_plain(made[0][1], made[1][1])
        for purchase, order in made:
            self.assertEqual(order.sudo().move_finished_ids.value, 10 * (20 + 4 * 5 + 7))
            purchase.action_create_invoice()
            bill = purchase.invoice_ids
            bill.invoice_line_ids.price_unit = 9
            bill.invoice_date = fields.Date.today()
            bill.with_user(biller).action_post()
            self.assertEqual(bill.state, "posted")
            self.assertEqual(order.sudo().move_finished_ids.value, 10 * (20 + 4 * 5 + 9))
        self.assert_like_plain(made[0][1], made[1][1])

    def test_a_buyer_may_correct_the_price_after_receipt(self):
        buyer = new_test_user(self.env, "closure_buyer", groups="purchase.group_purchase_user")
        purchase, order = self.make_received(self.chair)
        purchase.with_user(buyer).order_line.price_unit = 8
        self.assertEqual(purchase.order_line.price_unit, 8)
        self.assertEqual(order.closure_state, "closed")

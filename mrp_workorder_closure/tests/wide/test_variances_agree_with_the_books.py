from freezegun import freeze_time

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import WideCase


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestVariancesAgreeWithTheBooks(WideCase):
    """What the lines of a month say is what journal entries of stock and labour say; later costs stand beside them."""

    applications = ("mrp_landed_costs",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids.unlink()
        cls.workcenter.write(
            {
                "time_start": 1,
                "expense_account_id": cls.env["account.account"]
                .create({"name": "Wages", "code": "CLOSURE2", "account_type": "expense"})
                .id,
            }
        )
        cls.production_account = cls.env["account.account"].search([("code", "=", "CLOSURE1")])
        cls.accountant = new_test_user(
            cls.env, "closure_accountant", groups="base.group_user,account.group_account_manager"
        )

    def make(self, at, qty=10, minutes=101, legs=40, scrapped=0):
        """An order that is closed at this moment."""
        with freeze_time(at):
            order = self.make_order()
            if scrapped:
                self.env["stock.scrap"].create(
                    {
                        "production_id": order.id,
                        "product_id": self.leg.id,
                        "scrap_qty": scrapped,
                        "location_id": self.stock.id,
                    }
                ).do_scrap()
            order.qty_producing = qty
            order.set_qty_producing()
            order.move_raw_ids.filtered(lambda move: move.product_id == self.leg).quantity = legs
            order.move_raw_ids.picked = True
            order.workorder_ids.duration = minutes
            order.workorder_ids.button_finish()
            order.with_context(skip_backorder=True, skip_consumption=True).button_mark_done()
            self.assertEqual(order.closure_state, "closed")
            self.env.flush_all()
        return order

    def get_variances_by_month(self):
        rows = (
            self.env["mrp.closure.cost.report"]
            .with_user(self.accountant)
            ._read_group([("product_id", "=", self.table.id)], ["closed_at:month"], ["amount:sum"])
        )
        return {month.month: amount for month, amount in rows}

    def get_standard(self, orders):
        return sum(orders.closure_id.sudo().mapped("standard_cost"))

    def get_booked(self, month, *leaves):
        """Balance of the account of production in the entries of one month of 2026."""
        lines = self.env["account.move.line"].search(
            [("account_id", "=", self.production_account.id), ("parent_state", "=", "posted"), *leaves]
        )
        return sum(lines.filtered(lambda line: (line.date.year, line.date.month) == (2026, month)).mapped("balance"))

    def test_the_lines_of_a_month_are_what_stock_and_labour_entries_say(self):
        march = self.make("2026-03-05 08:00:00", legs=44) | self.make("2026-03-20 08:00:00", qty=8, minutes=95, legs=32)
        april = self.make("2026-04-02 08:00:00", minutes=140, scrapped=3)
        variances = self.get_variances_by_month()
        # Legs 4 x 5; 14 minutes, and 2 tenths of the setup. Then 39 minutes, and 3 legs at 5.
        self.assertEqual(variances, {3: 34.2, 4: 54})
        for month, orders, scrap in ((3, march, 0), (4, april, 15)):
            told = self.get_standard(orders) + variances[month] - scrap
            spent = self.get_booked(month, ("balance", ">", 0))
            self.assertAlmostEqual(told, spent, 2)
            labour = sum(orders.sudo().workorder_ids.mapped(lambda workorder: workorder._cal_cost()))
            self.assertAlmostEqual(self.get_booked(month, ("move_id.ref", "like", "Labour")), labour, 2)
            stock = sum(orders.sudo().move_raw_ids.mapped("value"))
            self.assertAlmostEqual(spent - labour, stock, 2)
            made = sum(orders.sudo().move_finished_ids.mapped("value"))
            self.assertAlmostEqual(-self.get_booked(month, ("balance", "<", 0)), made, 2)
            self.assertAlmostEqual(told, made, 2)
            self.assertEqual(sum(orders.sudo().scrap_ids.move_ids.mapped("value")), scrap)

    def test_landed_costs_stand_beside_the_variances_that_were_written(self):
        order = self.make("2026-03-05 08:00:00", legs=44)
        closure = order.closure_id.with_user(self.accountant)
        self.assertEqual((closure.goods_value, closure.later_cost, closure.cost_variance), (521, 0, 20))
        self.assertNotIn("Costs After Closing", closure.cost_sheet)
        freight = self.env["product.product"].create({"name": "Freight", "type": "service", "landed_cost_ok": True})
        cost = self.env["stock.landed.cost"].create(
            {
                "target_model": "manufacturing",
                "mrp_production_ids": [Command.set(order.ids)],
                "account_journal_id": self.company.account_stock_journal_id.id,
                "cost_lines": [Command.create({"product_id": freight.id, "price_unit": 50, "split_method": "equal"})],
            }
        )
        cost.button_validate()
        self.env.invalidate_all()
        self.assertEqual((closure.posted_value, closure.goods_value, closure.later_cost), (521, 571, 50))
        self.assertEqual(
            (closure.actual_cost, closure.cost_variance, sum(closure.variance_ids.mapped("amount"))), (521, 20, 20)
        )
        for told in ("Costs After Closing", "50.00", "571.00"):
            self.assertIn(told, closure.cost_sheet)

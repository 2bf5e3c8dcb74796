import json
from ast import literal_eval
from io import BytesIO

from openpyxl import load_workbook

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .common_cost import CostCase


@tagged("post_install", "-at_install")
class TestCostReport(CostCase):
    """Finance analyses closed orders by cause, finds what is finished and not closed, and what agrees with stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env,
            "closure_accountant",
            groups="base.group_user,account.group_account_manager",
            name="Anna Accountant",
        )
        cls.report = cls.env["mrp.closure.cost.report"].with_user(cls.accountant)

    def make_closed_order(self, **used):
        order = self.make_order()
        self.produce(order, **used)
        return self.close(order)

    def get_amounts_by(self, *groups):
        domain = [("product_id", "=", self.table.id)]
        return {tuple(row[:-1]): row[-1] for row in self.report._read_group(domain, groups, ["amount:sum"])}

    def test_variances_are_grouped_by_cause_component_and_work_center(self):
        first, second = self.make_closed_order(leg=44), self.make_closed_order(leg=42, minutes=121)
        self.assertEqual(self.get_amounts_by("kind"), {("material_usage",): 30, ("operation_efficiency",): 20})
        self.assertEqual(self.get_amounts_by("component_id")[(self.leg,)], 30)
        self.assertEqual(self.get_amounts_by("workcenter_id")[(self.workcenter,)], 20)
        self.assertEqual(self.get_amounts_by("categ_id"), {(self.average,): 50})
        self.assertEqual(self.get_amounts_by("user_id"), {(self.operator,): 50})
        month = fields.Date.today().replace(day=1)
        self.assertEqual(
            {row[0].date(): amount for row, amount in self.get_amounts_by("closed_at:month").items()}, {month: 50}
        )
        self.assertEqual(
            self.get_amounts_by("closure_id"), {(first,): first.cost_variance, (second,): second.cost_variance}
        )

    def test_scrap_is_told_by_its_reason(self):
        broken, lost = self.env["stock.scrap.reason.tag"].create([{"name": "Broken leg"}, {"name": "Lost leg"}])
        order = self.make_order()
        for reason, quantity in ((broken, 3), (lost, 1)):
            self.env["stock.scrap"].create(
                {
                    "production_id": order.id,
                    "product_id": self.leg.id,
                    "scrap_qty": quantity,
                    "location_id": self.stock.id,
                    "scrap_reason_tag_ids": [Command.set(reason.ids)],
                }
            ).do_scrap()
        self.produce(order)
        self.close(order)
        amounts = self.get_amounts_by("scrap_reason_id")
        self.assertEqual((amounts[(broken,)], amounts[(lost,)]), (15, 5))

    def test_a_line_leads_to_its_closure_without_rights_on_manufacturing(self):
        closure = self.make_closed_order(leg=44)
        line = self.report.search([("closure_id", "=", closure.id)], limit=1)
        action = line.action_open_closure()
        self.assertEqual((action["res_model"], action["res_id"]), ("mrp.closure", closure.id))
        self.assertFalse(self.accountant.has_group("mrp.group_mrp_user"))
        for model in ("mrp.closure.cost.report", "mrp.closure.variance"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.operator).search([])

    def test_lines_of_earlier_revisions_and_of_reopened_closures_do_not_count(self):
        closure = self.make_closed_order(leg=44)
        closure.with_user(self.manager).action_reopen("Legs were miscounted")
        self.assertEqual(self.get_amounts_by("kind"), {})
        closure.production_id.move_raw_ids.filtered(lambda move: move.product_id == self.leg).quantity = 40
        closure.with_user(self.operator).action_submit()
        self.assertEqual(sum(self.get_amounts_by("kind").values()), 0)

    def test_amounts_are_in_the_currency_of_the_company_of_the_user(self):
        closure = self.make_closed_order(leg=44)
        other = self.env["res.currency"].create({"name": "TST", "symbol": "T", "rate_ids": []})
        company = self.env["res.company"].create({"name": "Abroad", "currency_id": other.id})
        self.env["res.currency.rate"].create(
            {"currency_id": other.id, "company_id": company.id, "name": "2020-01-01", "company_rate": 2}
        )
        rate = self.company.currency_id._convert(1, other, company, round=False)
        self.accountant.company_ids += company
        report = self.report.with_context(allowed_company_ids=(company | self.company).ids)
        line = report.search([("closure_id", "=", closure.id), ("amount", ">", 0)])
        self.assertEqual(line.currency_id, other)
        self.assertAlmostEqual(line.amount, 20 * rate, 2)

    def test_finished_orders_that_are_not_closed_are_listed_with_the_value_at_stake(self):
        closed, waiting, begun = self.make_closed_order(), self.make_order(), self.make_order()
        self.produce(waiting, leg=44)
        (waiting | begun).closure_id.action_refresh()
        action = self.env.ref("mrp_workorder_closure.mrp_closure_action_not_closed").sudo()
        self.assertEqual(literal_eval(action.context), {"search_default_now": 1})
        now = fields.Domain("state", "in", ("open", "to_approve", "approved"))
        listed = (
            self.env["mrp.closure"]
            .with_user(self.accountant)
            .search(fields.Domain(literal_eval(action.domain)) & now & fields.Domain("product_id", "=", self.table.id))
        )
        self.assertEqual(listed, waiting.closure_id)
        self.assertEqual(listed.actual_cost, 521)
        self.assertNotIn(closed, listed)

    def test_the_lines_of_a_month_agree_with_stock_and_labour(self):
        """Value of output = standard cost + variances: the sum over all orders is what core valued."""
        closures = (
            self.make_closed_order(leg=44) | self.make_closed_order(qty=8, minutes=95) | self.make_closed_order(board=9)
        )
        made = sum(closures.production_id.move_finished_ids.mapped("value"))
        used = sum(closures.production_id.move_raw_ids.mapped("value"))
        labour = closures.production_id.workorder_ids._cal_cost()
        told = sum(closures.mapped("standard_cost")) + sum(self.get_amounts_by("kind").values())
        self.assertAlmostEqual(told, used + labour, 2)
        self.assertAlmostEqual(told, made, 2)

    def test_menus_lead_to_scrap_by_reason_and_to_the_cost_of_rework(self):
        for action, kind in (("scrap", "scrap"), ("rework", "rework")):
            context = self.env.ref(f"mrp_workorder_closure.mrp_closure_cost_report_action_{action}").context
            self.assertIn(f"'search_default_{kind}': 1", context)
            views = self.report.get_views([(False, "search")])["views"]["search"]["arch"]
            self.assertIn(f"[('kind', '=', '{kind}')]", views)


@tagged("post_install", "-at_install")
class TestCostExport(CostCase, HttpCase):
    """Finance takes the analysis away as a workbook, by the client's own way."""

    def test_the_lines_of_the_analysis_are_exported(self):
        exporter = new_test_user(
            self.env,
            "closure_exporter",
            groups="base.group_user,base.group_allow_export,account.group_account_manager",
        )
        order = self.make_order()
        self.produce(order, leg=44)
        closure = self.close(order)
        self.authenticate(exporter.login, exporter.login)
        names = ("closure_id", "product_id", "kind", "item", "planned", "actual", "amount")
        data = {
            "model": "mrp.closure.cost.report",
            "fields": [{"name": name, "label": name, "type": "char"} for name in names],
            "ids": False,
            "domain": [["closure_id", "=", closure.id], ["amount", ">", 0]],
            "import_compat": False,
            "groupby": [],
            "context": {},
        }
        values = {"data": json.dumps(data), "csrf_token": Request.csrf_token(self)}
        response = self.url_open("/web/export/xlsx", data=values)
        self.assertEqual(response.status_code, 200, response.text[:300])
        rows = [list(row) for row in load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True)]
        self.assertEqual(rows[1:], [[order.name, "Table", "Material Usage", "Leg", 200, 220, 20]])

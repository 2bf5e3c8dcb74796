from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common_analysis import NOW, AnalysisCase
from .plain_figures import PlainFigures

MONEY = ("leftover_value", "scrap_cost", "rework_cost", "value_waiting", "cost_variance_pct")


@tagged("post_install", "-at_install", "mrp_closure")
class TestIndicators(AnalysisCase):
    """Figures of a period that have a name: each is what one would count on paper, and opens what it is made of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closures = cls.make_history(seed=19, count=70)
        cls.indicators = cls.env["mrp.closure.indicator"].with_user(cls.controller)

    def setUp(self):
        super().setUp()
        self.codes = list(self.indicators._get_indicators())

    def measure(self, *codes, start=NOW - timedelta(days=90), end=NOW, user=None, **options):
        indicators = self.indicators.with_user(user or self.controller)
        return indicators._measure(codes or self.codes, self.company, start, end, **options)

    def get_records(self, code, start=NOW - timedelta(days=90), end=NOW, **options):
        action = self.indicators._get_figure_action(code, self.company, start, end, **options)
        return self.env[action["res_model"]].with_user(self.controller).search(action["domain"])

    def assertFigures(self, figures, plain):
        self.assertEqual(list(figures), self.codes)
        for code, value in figures.items():
            expected = plain.count(code)
            with self.subTest(code=code, start=plain.start, end=plain.end):
                self.assertEqual(value is None, expected is None, f"{value} instead of {expected}")
                self.assertAlmostEqual(value or 0, expected or 0, delta=1e-6)

    def test_figures_are_what_one_counts_on_paper(self):
        for days, length in ((30, 30), (90, 90), (200, 200), (120, 40), (60, 7)):
            start = NOW - timedelta(days=days)
            end = start + timedelta(days=length)
            self.assertFigures(self.measure(start=start, end=end), PlainFigures(self.closures, start, end))

    def test_figures_of_some_closures_only(self):
        start = NOW - timedelta(days=150)
        for domain in (
            [("product_id", "=", self.chair.id)],
            [("product_id.categ_id", "child_of", self.chairs.id)],
            [("workcenter_ids", "in", self.second_line.ids)],
            [("workcenter_ids", "in", self.saw.ids)],
        ):
            figures = self.measure(start=start, domain=domain)
            self.assertFigures(figures, PlainFigures(self.closures.filtered_domain(domain[:1]), start, NOW))
        self.assertTrue(self.closures.filtered_domain([("workcenter_ids", "in", self.second_line.ids)]))

    def test_another_history_is_counted_as_well(self):
        more = self.closures | self.make_history(seed=2024, count=40)
        start = NOW - timedelta(days=100)
        self.assertFigures(self.measure(start=start), PlainFigures(more, start, NOW))

    def test_nothing_is_measured_where_nothing_happened(self):
        start = NOW + timedelta(days=100)
        figures = self.measure(start=start, end=start + timedelta(days=30))
        value_waiting = figures.pop("value_waiting")
        self.assertEqual(set(figures.values()), {None})
        self.assertEqual(value_waiting, PlainFigures(self.closures, start, start + timedelta(days=30)).value_waiting())

    def test_a_figure_opens_the_records_it_is_made_of(self):
        figures = self.measure()
        counted = {code: self.get_records(code) for code in self.codes}
        for code in ("closed", "waivers", "forced_closes", "reopened", "failed_checks"):
            with self.subTest(code=code):
                self.assertEqual(len(counted[code]), figures[code])
                self.assertGreater(figures[code], 0)
        for code, name in (
            ("lead_time", "lead_hours"),
            ("first_pass_approval", "first_pass_pct"),
            ("approval_wait", "waiting_hours"),
            ("yield", "yield_pct"),
        ):
            with self.subTest(code=code):
                values = counted[code].mapped(name)
                self.assertAlmostEqual(sum(values) / len(values), figures[code])
        for code, name in (("scrap_cost", "amount"), ("rework_cost", "amount"), ("value_waiting", "value")):
            with self.subTest(code=code):
                self.assertAlmostEqual(sum(counted[code].mapped(name)), figures[code], 2)
        self.assertAlmostEqual(
            sum(line.kept_qty * line.unit_cost for line in counted["leftover_value"]), figures["leftover_value"]
        )
        costs = counted["cost_variance_pct"]
        self.assertAlmostEqual(
            100 * sum(costs.mapped("cost_variance")) / sum(costs.mapped("standard_cost")), figures["cost_variance_pct"]
        )
        self.assertEqual(set(counted["late_approvals"].mapped("is_late")), {True})
        self.assertEqual(set(counted["rejected_lots"].mapped("first_verdict")), {"rejected"})

    def test_a_restricted_figure_opens_the_restricted_records(self):
        domain = [("product_id", "=", self.chair.id)]
        figures = self.measure("closed", "waivers", domain=domain)
        self.assertEqual(figures["closed"], len(self.get_records("closed", domain=domain)))
        self.assertEqual(figures["waivers"], len(self.get_records("waivers", domain=domain)))
        self.assertLess(figures["closed"], self.measure("closed")["closed"])

    def test_more_closures_take_no_more_queries(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.measure()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        self.assertLessEqual(few, 2 * len(self.codes))
        self.make_history(seed=5, count=40)
        self.assertLessEqual(count(), few)

    def test_costs_are_for_finance(self):
        for user, sees in (
            (self.controller, MONEY),
            (self.auditor, MONEY),
            (self.keeper, ("leftover_value",)),
            (self.approver, ()),
            (self.inspector, ()),
        ):
            with self.subTest(user=user.login):
                readable = set(self.indicators.with_user(user)._get_readable_codes())
                self.assertEqual(readable & set(MONEY), set(sees))
                self.measure(*readable, user=user)
                for code in set(MONEY) - set(sees):
                    with self.assertRaises(AccessError):
                        self.measure(code, user=user)

    def test_operators_see_no_figures(self):
        with self.assertRaises(AccessError):
            self.measure("closed", user=self.operator)

    def test_figures_end_at_the_company_and_are_in_its_currency(self):
        currency = self.env["res.currency"].create({"name": "TST", "symbol": "T"})
        company = self.env["res.company"].create({"name": "Elsewhere", "currency_id": currency.id})
        self.controller.company_ids = [Command.link(company.id)]
        both = (self.company | company).ids
        indicators = self.indicators.with_context(allowed_company_ids=both[::-1])
        start = NOW - timedelta(days=90)
        own = indicators._measure(["closed", "value_waiting"], self.company, start, NOW)
        self.assertEqual(own, self.measure("closed", "value_waiting"))
        elsewhere = indicators._measure(["closed", "value_waiting"], company, start, NOW)
        self.assertEqual(elsewhere, {"closed": None, "value_waiting": 0})

    def test_a_figure_says_what_it_is_and_which_way_is_up(self):
        for code, indicator in self.indicators._get_indicators().items():
            self.assertEqual(indicator.code, code)
            self.assertIn(indicator.unit, ("percent", "hours", "count", "money", "quantity"))
            self.assertIn(indicator.better, ("lower", "higher"))
            self.assertTrue(indicator.label)
            self.assertTrue(Domain(self.indicators._get_figure_action(code, self.company, NOW, NOW)["domain"]))

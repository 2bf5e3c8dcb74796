import json
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_analysis import NOW, AnalysisCase
from .plain_figures import PlainFigures


@tagged("post_install", "-at_install", "mrp_closure")
class TestClosureDashboard(AnalysisCase):
    """One page that a plant manager reads in a minute; each figure and bar opens what it is made of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closures = cls.make_history(seed=7, count=60)

    def get_dashboard(self, user=None, now=NOW, **options):
        dashboard = self.env["mrp.closure.dashboard"].with_user(user or self.controller)
        with freeze_time(now):
            answer = dashboard.get_dashboard(**options)
        # As it goes to the web client.
        return json.loads(json.dumps(answer))

    def get_charts(self, user=None, **options):
        return {chart["key"]: chart for chart in self.get_dashboard(user, **options)["charts"]}

    def get_tiles(self, user=None, **options):
        return {tile["key"]: tile for tile in self.get_dashboard(user, **options)["tiles"]}

    def count(self, action, user=None):
        with freeze_time(NOW):
            return self.env[action["res_model"]].with_user(user or self.controller).search_count(action["domain"])

    def search(self, action, user=None):
        return self.env[action["res_model"]].with_user(user or self.controller).search(action["domain"])

    def test_tiles_show_the_figures_of_the_period_against_the_one_before(self):
        start = NOW - timedelta(days=90)
        now, then = (
            PlainFigures(self.closures, start, NOW),
            PlainFigures(self.closures, NOW - timedelta(days=180), start),
        )
        tiles = self.get_tiles()
        self.assertEqual(len(tiles), 8)
        closed = tiles["closed"]
        self.assertEqual(closed["figure"], str(now.closed()))
        self.assertEqual(closed["before"], f"before: {then.closed()}")
        change = 100 * (now.closed() - then.closed()) / then.closed()
        self.assertEqual(closed["trend"], "better" if change > 0 else "worse")
        self.assertIn(f"{abs(change):.1f}".removesuffix(".0"), closed["change"])
        self.assertIn(closed["trend"], closed["change"], "a colour is not the only carrier")
        self.assertEqual(self.count(closed["action"]), now.closed())
        share = tiles["first_pass_approval"]
        self.assertIn("points", share["change"])

    def test_a_tile_says_which_way_is_better(self):
        dashboard = self.env["mrp.closure.dashboard"].with_user(self.controller)
        known = self.env["mrp.closure.indicator"]._get_indicators()
        for code, value, before, trend, change in (
            ("closed", 12, 10, "better", "+20 %, better"),
            ("closed", 8, 10, "worse", "−20 %, worse"),
            ("lead_time", 12, 10, "worse", "+20 %, worse"),
            ("yield", 97.5, 95, "better", "+2.5 points, better"),
            ("late_approvals", 5, 10, "better", "−5 points, better"),
            ("waivers", 3, 0, "worse", "+3, worse"),
            ("waivers", 0, 0, "same", "unchanged"),
            ("yield", 95.01, 95, "same", "unchanged"),
            ("yield", 95, None, "unknown", ""),
            ("yield", None, 95, "unknown", ""),
        ):
            with self.subTest(code=code, value=value, before=before):
                answer = dashboard._compare(known[code], value, before)
                self.assertEqual((answer["trend"], answer["change"]), (trend, change))

    def test_bars_of_time_add_up_and_open_their_orders(self):
        plain = PlainFigures(self.closures, NOW - timedelta(days=90), NOW)
        charts = self.get_charts()
        closed = charts["closed"]
        counts, shares = closed["series"]
        self.assertEqual(sum(counts["values"]), plain.closed())
        self.assertEqual([self.count(action) for action in closed["actions"]], counts["values"])
        self.assertEqual(len(set(closed["labels"])), len(closed["labels"]))
        for action, value in zip(closed["actions"], shares["values"], strict=True):
            decided = self.search(action).filtered("is_decided")
            expected = 100 * sum(decided.mapped("is_first_pass")) / len(decided) if decided else None
            self.assertAlmostEqual(value or 0, expected or 0)
            self.assertEqual(value is None, expected is None)
        names = ("submit_hours", "approval_hours", "close_hours")
        for series, name in zip(charts["stages"]["series"], names, strict=True):
            for action, value in zip(charts["stages"]["actions"], series["values"], strict=True):
                # What no level approved was in no approval: it does not make the others look fast.
                rows = self.search(action).filtered(lambda row, name=name: name == "submit_hours" or row.is_decided)
                self.assertAlmostEqual(value, sum(rows.mapped(name)) / len(rows) if rows else 0)

    def test_a_year_is_shown_by_month(self):
        charts = self.get_charts(days=365)
        self.assertEqual(charts["closed"]["title"], "Closed per Month")
        self.assertLessEqual(len(charts["closed"]["labels"]), 13)

    def test_levels_show_how_long_orders_wait_and_their_value(self):
        chart = self.get_charts()["waiting"]
        hours, values = chart["series"]
        self.assertEqual(set(chart["labels"]), {"Production", "Quality"})
        pending = self.closures.sudo().approval_ids.filtered(lambda approval: approval.state == "pending")
        for label, action, mean, value in zip(
            chart["labels"], chart["actions"], hours["values"], values["values"], strict=True
        ):
            with freeze_time(NOW):
                rows = self.search(action)
                self.assertAlmostEqual(mean, sum(rows.mapped("waiting_hours")) / len(rows))
            waiting = pending.filtered(lambda approval, label=label: approval.name == label)
            expected = sum(approval.closure_id.actual_cost or approval.closure_id.standard_cost for approval in waiting)
            self.assertAlmostEqual(value, expected, 0)

    def test_late_approvals_are_told_by_person_in_money_for_finance_and_in_hours_for_others(self):
        self.assertEqual(self.get_charts()["lateness"]["title"], "Late Approvals (Value × Days)")
        self.company.closure_capital_rate = 10
        chart = self.get_charts()["lateness"]
        self.assertEqual(chart["title"], "What Late Approvals Cost")
        for action, cost in zip(chart["actions"], chart["series"][0]["values"], strict=True):
            with freeze_time(NOW):
                rows = self.search(action)
                expected = sum(row.value * row.late_hours / 24 / 365 / 10 for row in rows)
            self.assertAlmostEqual(cost, expected, 1)
        chart = self.get_charts(self.approver)["lateness"]
        self.assertEqual(chart["title"], "Late Approvals (Hours)")
        with freeze_time(NOW):
            rows = self.search(chart["actions"][0], self.approver)
            self.assertAlmostEqual(chart["series"][0]["values"][0], sum(rows.mapped("late_hours")))

    def test_whoever_was_late_has_one_bar(self):
        for user in (self.controller, self.approver):
            chart = self.get_charts(user, days=365)["lateness"]
            with freeze_time(NOW):
                rows = [self.search(action, user) for action in chart["actions"]]
            self.assertIn("Olga Operator", chart["labels"])
            self.assertEqual(len(set(chart["labels"])), len(chart["labels"]))
            for label, of_bar in zip(chart["labels"], rows, strict=True):
                names = {row.person_id.sudo().name or row.group_id.sudo().name or "Several persons" for row in of_bar}
                self.assertEqual(names, {label})

    def test_blockers_and_reasons_lead_to_what_they_count(self):
        charts = self.get_charts()
        for key in ("blockers", "reasons"):
            chart = charts[key]
            self.assertTrue(chart["labels"])
            self.assertEqual([self.count(action) for action in chart["actions"]], chart["series"][0]["values"])
            self.assertEqual(sorted(chart["series"][0]["values"], reverse=True), chart["series"][0]["values"])
        plain = PlainFigures(self.closures, NOW - timedelta(days=90), NOW)
        self.assertEqual(sum(charts["reasons"]["series"][0]["values"]), plain.waivers() + plain.forced_closes())

    def test_it_can_be_narrowed_to_a_category_or_a_line(self):
        dashboard = self.get_dashboard()
        self.assertIn({"id": self.chairs.id, "name": "Chairs"}, dashboard["categories"])
        for workcenter in (self.second_line, self.saw, self.workcenter):
            self.assertIn({"id": workcenter.id, "name": workcenter.name}, dashboard["workcenters"])
        chairs = self.closures.filtered(lambda closure: closure.product_id == self.chair)
        plain = PlainFigures(chairs, NOW - timedelta(days=90), NOW)
        for options in (
            {"category_id": self.chairs.id},
            {"workcenter_id": self.second_line.id},
            {"workcenter_id": self.saw.id},
        ):
            tiles = self.get_tiles(**options)
            self.assertEqual(tiles["closed"]["figure"], str(plain.closed()))
            self.assertEqual(self.count(tiles["closed"]["action"]), plain.closed())

    def test_everybody_with_a_role_reads_it_without_rights_on_manufacturing(self):
        for user in (self.controller, self.approver, self.auditor, self.inspector, self.keeper, self.manager):
            with self.subTest(user=user.login):
                dashboard = self.get_dashboard(user, category_id=self.chairs.id, workcenter_id=self.second_line.id)
                actions = [tile["action"] for tile in dashboard["tiles"]]
                actions += [action for chart in dashboard["charts"] for action in chart["actions"]]
                self.assertGreater(len(actions), 15)
                for action in actions:
                    self.count(action, user)

    def test_costs_are_not_shown_to_others_than_finance(self):
        dashboard = self.get_dashboard(self.approver)
        keys = [tile["key"] for tile in dashboard["tiles"]]
        self.assertEqual(len(keys), 8)
        self.assertFalse({"value_waiting", "leftover_value"} & set(keys))
        self.assertIn("leftover_value", self.get_tiles(self.keeper))
        units = {series["unit"] for chart in dashboard["charts"] for series in chart["series"]}
        self.assertNotIn("money", units)

    def test_operators_and_outsiders_are_refused(self):
        outsider = new_test_user(self.env, "closure_outsider", groups="base.group_portal")
        for user in (self.operator, outsider):
            with self.assertRaises(AccessError):
                self.get_dashboard(user)

    def test_it_ends_at_the_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.controller.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        dashboard = self.get_dashboard()
        self.assertTrue(dashboard["is_empty"])
        self.assertEqual((dashboard["company"], dashboard["categories"]), ("Elsewhere", []))

    def test_an_empty_period_is_said_to_be_empty(self):
        self.closures.sudo().approval_ids._write_evidence({"state": "superseded", "decided_at": NOW})
        self.assertTrue(self.get_dashboard(now=NOW + timedelta(days=2000))["is_empty"])
        self.assertFalse(self.get_dashboard()["is_empty"])

    def test_senseless_options_are_the_usual_period(self):
        usual = self.get_dashboard()
        for options in ({"days": -5}, {"days": "x"}, {"category_id": "1 OR 1"}, {"workcenter_id": [1]}):
            with self.subTest(options=options):
                self.assertEqual(self.get_dashboard(**options)["since"], usual["since"])

    def test_more_closures_take_no_more_queries(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.get_dashboard()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        self.assertLess(few, 60)
        self.make_history(seed=8, count=60)
        self.assertLessEqual(count(), few)

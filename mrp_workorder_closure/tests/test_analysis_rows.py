from collections import defaultdict

from freezegun import freeze_time

from odoo.tests import tagged

from .common_analysis import NOW, AnalysisCase
from .plain_rows import get_blockers, get_line, get_stage_hours, get_waits

STAGES = ("work_hours", "submit_hours", "approval_hours", "close_hours", "lead_hours")


@tagged("post_install", "-at_install", "mrp_closure")
class TestAnalysisRows(AnalysisCase):
    """Stage times, waiting per level and blockers are what one counts on paper, on random data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closures = cls.make_history(seed=31, count=50)
        cls.history = cls.make_check_history(seed=32, closures=cls.closures)

    def get_rows(self, model, order=None):
        reports = self.env[model].with_user(self.controller)
        return reports.search([("closure_id", "in", self.closures.ids)], order=order)

    def group(self, model, groupby, *aggregates, domain=()):
        reports = self.env[model].with_user(self.controller)
        own = [("closure_id", "in", self.closures.ids), *domain]
        return {key: tuple(values) for key, *values in reports._read_group(own, [groupby], aggregates)}

    def assertHours(self, value, expected, about):
        self.assertEqual(value is None, expected is None, about)
        self.assertAlmostEqual(value or 0, expected or 0, delta=1e-6, msg=about)

    def assertMeans(self, means, plain):
        """``{key: (mean,)}`` against the values of each key, of which None are none."""
        self.assertEqual(set(means), set(plain))
        for key, values in plain.items():
            known = [value for value in values if value is not None]
            self.assertHours(means[key][0], sum(known) / len(known) if known else None, str(key))

    def test_each_closure_has_the_times_of_its_stages(self):
        rows = self.get_rows("mrp.closure.report")
        self.assertEqual(len(rows), len(self.closures))
        for row in rows:
            plain = get_stage_hours(self.closures.browse(row.closure_id.id))
            for name, expected in zip(STAGES, plain, strict=True):
                self.assertAlmostEqual(row[name], expected or 0, delta=1e-6, msg=f"{row.closure_id.id} {name}")

    def test_means_of_stages_count_only_what_went_through_them(self):
        for name, number in ((name, number) for number, name in enumerate(STAGES)):
            plain = defaultdict(list)
            for closure in self.closures:
                plain[get_line(closure)].append(get_stage_hours(closure)[number])
            with self.subTest(name):
                self.assertMeans(self.group("mrp.closure.report", "workcenter_id", f"{name}:avg"), plain)
        through = [get_stage_hours(closure)[2] for closure in self.closures if closure.state == "closed"]
        self.assertTrue(any(through) and None in through)

    @freeze_time(NOW)
    def test_each_level_and_group_waits_as_long_as_the_orders_waited_for_it(self):
        waits = get_waits(self.closures, NOW)
        self.assertEqual(len(self.get_rows("mrp.closure.approval.report")), len(waits))
        for groupby, get_key in (
            ("level", lambda approval: approval.name),
            ("group_id", lambda approval: approval.group_id),
            ("workcenter_id", lambda approval: get_line(approval.closure_id)),
            ("state", lambda approval: approval.state),
        ):
            waited, late = defaultdict(list), defaultdict(list)
            for approval, hours, late_hours in waits:
                waited[get_key(approval)].append(hours)
                late[get_key(approval)].append(late_hours)
            with self.subTest(groupby):
                self.assertMeans(self.group("mrp.closure.approval.report", groupby, "waiting_hours:avg"), waited)
                self.assertMeans(self.group("mrp.closure.approval.report", groupby, "late_hours:avg"), late)

    @freeze_time(NOW)
    def test_what_stood_in_the_way_is_what_the_history_says(self):
        plain = get_blockers(self.closures, self.history, NOW)
        causes = {(check.kind, cause) for check, cause, *_figures in plain}
        self.assertLessEqual(
            {("manual", "failed"), ("manual", "unanswered"), ("dates_consistent", "failed")}, causes, "all happened"
        )
        self.assertIn(("pending_transfers", "unanswered"), causes)
        rows = self.get_rows("mrp.closure.blocker.report").sorted(
            lambda row: (row.check_id.id, row.began_at, row.cause)
        )
        plain.sort(key=lambda line: (line[0].id, line[2], line[1]))
        self.assertEqual(
            [(row.check_id.id, row.cause, row.began_at) for row in rows],
            [(check.id, cause, since) for check, cause, since, _hours, _held in plain],
        )
        for row, (check, _cause, _since, hours, held) in zip(rows, plain, strict=True):
            self.assertAlmostEqual(row.hours, hours, delta=1e-6)
            self.assertAlmostEqual(row.held_hours, held, delta=1e-6)
            line = check.workorder_id.workcenter_id or get_line(check.closure_id)
            self.assertEqual(row.workcenter_id.id, line.id)
        self.assertIn(self.saw, rows.workcenter_id)

    @freeze_time(NOW)
    def test_nothing_stands_in_the_way_of_a_cancelled_order(self):
        cancelled = self.closures.filtered(lambda closure: closure.state == "cancel")
        self.assertTrue(cancelled.check_ids.filtered(lambda check: check.state == "fail"))
        self.assertFalse(self.get_rows("mrp.closure.blocker.report").closure_id.sudo() & cancelled)

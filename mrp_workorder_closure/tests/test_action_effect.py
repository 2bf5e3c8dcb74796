from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common_improvement import ImprovementCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestActionEffect(ImprovementCase):
    """Plan, do, check, act: a figure is measured before and after, and what had no effect comes back."""

    def start(self, action, day=date(2026, 3, 2), user=None):
        with self.at(day):
            action.with_user(user or self.owner).action_start()

    def get_note(self, action, text):
        return action.message_ids.filtered(lambda message: text in (message.body or ""))

    def test_the_figure_before_is_measured_at_the_start_over_the_same_length_of_time(self):
        self.close_orders(date(2026, 2, 19), 2, waived=2)
        self.close_orders(date(2026, 2, 20), 3, waived=3)
        self.close_orders(date(2026, 3, 2), 1, waived=1)
        action = self.plan()
        self.start(action)
        self.assertEqual((action.state, action.started_on, action.attempt), ("do", date(2026, 3, 2), 1))
        self.assertEqual((action.has_before, action.figure_before, action.before_text), (True, 3, "3"))
        self.assertEqual(action.target_text, "Waivers: 1 or less")
        self.assertEqual(action.check_on, date(2026, 3, 23))

    def test_after_the_due_date_the_figure_is_measured_again_and_both_are_shown(self):
        self.close_orders(date(2026, 2, 20), 3, waived=3)
        action = self.plan()
        self.start(action)
        self.close_orders(date(2026, 3, 12), 2, waived=2)
        self.close_orders(date(2026, 3, 13), 4, waived=1)
        with self.at(date(2026, 3, 11)):
            action.with_user(self.owner).action_carry_out()
        self.assertEqual((action.state, action.carried_out_by_id, action.progress), ("check", self.owner, 100))
        self.follow(date(2026, 3, 22))
        self.assertEqual((action.state, action.outcome), ("check", False))
        self.follow(date(2026, 3, 23))
        self.assertEqual((action.state, action.outcome), ("act", "effective"))
        self.assertEqual((action.before_text, action.after_text), ("3", "1"))
        self.assertTrue(self.get_note(action, "Effective: 3 before, 1 after. Expected: Waivers: 1 or less."))
        self.assertFalse(action.activity_ids)

    def test_an_action_without_effect_comes_back_to_its_owner_with_a_new_due_date(self):
        self.close_orders(date(2026, 2, 20), 3, waived=3)
        action = self.plan()
        self.start(action)
        self.close_orders(date(2026, 3, 15), 2, waived=2)
        self.follow(date(2026, 3, 23))
        self.assertEqual((action.state, action.outcome), ("plan", "ineffective"))
        self.assertEqual((action.before_text, action.after_text), ("3", "2"))
        self.assertEqual(action.due_date, date(2026, 4, 2))
        self.assertEqual(self.get_note(action, "Not effective: 3 before, 2 after.").partner_ids, self.owner.partner_id)
        activity = action.activity_ids
        self.assertEqual((activity.user_id, activity.date_deadline), (self.owner, date(2026, 4, 2)))
        self.assertEqual(activity.summary, "Not effective, plan again: Sweep the area after each shift")
        self.start(action, date(2026, 3, 24))
        self.assertEqual((action.attempt, action.figure_before, action.has_after), (2, 2, False))
        self.assertFalse(action.outcome)

    def test_a_cost_that_was_measured_stays_with_finance_when_the_action_comes_back(self):
        action = self.plan(user=self.manager, user_id=self.manager.id, indicator="scrap_cost")
        action._write_evidence({"state": "plan", "attempt": 1, "figure_before": 700, "has_before": True})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for vals in ({"indicator": "waivers"}, {"company_id": elsewhere.id}):
            with self.assertRaisesRegex(UserError, "drop it and plan a new one"):
                action.with_user(self.manager).write(vals)
        action.with_user(self.manager).write({"target_value": 5, "measure_days": 20})
        action._write_evidence({"indicator": "waivers"})
        self.assertTrue(action.is_cost)
        self.assertFalse(action.with_user(self.inspector).has_access("read"))

    def test_a_figure_that_is_to_grow_is_effective_at_the_target_or_above(self):
        action = self.plan(indicator="closed", target_value=2)
        self.start(action)
        self.close_orders(date(2026, 3, 13), 2)
        self.follow(date(2026, 3, 23))
        self.assertEqual((action.outcome, action.before_text, action.after_text), ("effective", "–", "2"))
        self.assertEqual(action.target_text, "Orders Closed: 2 or more")

    def test_what_was_not_told_as_carried_out_is_measured_all_the_same(self):
        action = self.plan()
        self.start(action)
        self.close_orders(date(2026, 3, 13), 1, waived=0)
        self.follow(date(2026, 3, 23))
        self.assertEqual((action.state, action.outcome), ("act", "effective"))

    def test_without_anything_to_measure_the_period_after_grows(self):
        action = self.plan()
        self.start(action)
        self.follow(date(2026, 3, 23))
        self.assertEqual((action.state, action.outcome, action.check_on), ("do", False, date(2026, 4, 2)))
        self.close_orders(date(2026, 3, 28), 1)
        self.follow(date(2026, 4, 2))
        self.assertEqual((action.outcome, action.figure_after), ("effective", 0))

    def test_only_orders_of_the_product_template_and_work_center_count(self):
        other = self.env["mrp.workcenter"].create({"name": "Press"})
        self.close_orders(date(2026, 2, 25), 2, waived=2)
        for vals, expected in (
            ({"product_id": self.table.id, "template_id": self.template.id}, 2),
            ({"workcenter_id": self.workcenter.id}, 2),
            ({"product_id": self.plain_table.id}, None),
            ({"workcenter_id": other.id}, None),
        ):
            with self.subTest(vals):
                action = self.plan(**vals)
                self.start(action)
                self.assertEqual(action.figure_before if action.has_before else None, expected)

    def test_periods_are_days_where_the_company_is(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        action = self.plan()
        self.start(action)
        start, end = action._get_moments(*action._get_period_before())
        self.assertEqual((start, end), (datetime(2026, 2, 19, 16), datetime(2026, 3, 1, 16)))

    def test_what_is_late_is_found_by_the_day_where_the_company_is(self):
        action = self.plan(due_date="2026-03-02")
        for zone, is_late in (("Pacific/Kiritimati", True), ("Pacific/Honolulu", False)):
            self.company.partner_id.tz = zone
            with freeze_time("2026-03-02 18:00:00"):
                action.invalidate_recordset(["is_late"])
                self.assertEqual(action.is_late, is_late)
                found = action.with_context(tz="UTC").search([("is_late", "=", True), ("id", "=", action.id)])
                self.assertEqual(bool(found), is_late)

    def test_starting_needs_owner_due_date_and_figure(self):
        for vals, says in (
            ({"user_id": False}, "Owner"),
            ({"due_date": False}, "Due Date"),
            ({"indicator": False}, "Figure"),
            ({"due_date": "2026-03-01"}, "due date that is not over"),
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, f"^To start .*{says}"):
                self.start(self.plan(**vals), user=self.inspector)

    def test_the_owner_is_reminded_once_when_it_is_due(self):
        action = self.plan()
        self.start(action)
        self.assertEqual(action.activity_ids.date_deadline, date(2026, 3, 12))
        before = len(action.message_ids)
        for day in (11, 12, 12, 13):
            self.follow(date(2026, 3, day))
        self.assertEqual(len(action.message_ids), before + 1)
        self.assertIn("Due on", action.message_ids[0].body)
        self.assertIn(self.owner.partner_id, action.message_ids[0].partner_ids)

    def test_a_second_run_of_the_cron_measures_nothing_again(self):
        action = self.plan()
        self.start(action)
        self.close_orders(date(2026, 3, 13), 1)
        self.follow(date(2026, 3, 23))
        stamp, messages = action.measured_at, len(action.message_ids)
        self.follow(date(2026, 3, 23))
        self.follow(date(2026, 4, 23))
        self.assertEqual((action.measured_at, len(action.message_ids)), (stamp, messages))

    def test_an_action_that_cannot_be_measured_stops_no_other(self):
        broken, action = self.plan(), self.plan()
        for each in (broken, action):
            self.start(each)
        self.close_orders(date(2026, 3, 13), 1)
        measure = type(action)._measure

        def fail(record, *args):
            if record == broken:
                raise ValueError("Broken")
            return measure(record, *args)

        with (
            patch.object(type(action), "_measure", fail),
            self.assertLogs("odoo.addons.mrp_workorder_closure", "ERROR"),
        ):
            self.follow(date(2026, 3, 23))
        self.assertEqual((broken.state, action.state), ("do", "act"))

    def test_a_moved_due_date_moves_the_measurement_and_what_it_is_measured_by_stays(self):
        action = self.plan()
        self.start(action)
        action.due_date = "2026-03-20"
        self.assertEqual(action.check_on, date(2026, 3, 31))
        self.assertEqual(action.activity_ids.date_deadline, date(2026, 3, 20))
        for vals in ({"target_value": 5}, {"indicator": "closed"}, {"measure_days": 1}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "^To measure .* by another figure"):
                action.write(vals)

    def test_a_started_action_keeps_an_owner_and_a_due_date(self):
        action = self.plan()
        self.start(action)
        for name in ("user_id", "due_date"):
            with self.subTest(name), self.assertRaisesRegex(ValidationError, "leave it an owner and a due date"):
                action[name] = False

    def test_a_dropped_action_keeps_its_reason_and_is_over(self):
        action = self.plan()
        with self.assertRaisesRegex(UserError, "give a reason"):
            action.action_drop("  ")
        action.action_drop("Line is sold")
        self.assertEqual((action.state, action.drop_reason), ("cancel", "Line is sold"))
        self.assertFalse(action.activity_ids)
        with self.assertRaisesRegex(UserError, "plan a new action"):
            action.name = "Sweep more"
        with self.assertRaises(UserError):
            action.action_start()

    def test_the_figure_leads_to_its_records(self):
        self.close_orders(date(2026, 2, 25), 1, waived=1)
        action = self.plan()
        with self.assertRaisesRegex(UserError, "start it"):
            action.action_open_figure()
        self.start(action)
        window = action.action_open_figure()
        self.assertEqual(window["res_model"], "mrp.closure.check")
        found = self.env[window["res_model"]].with_user(self.inspector).search(window["domain"])
        self.assertEqual(found.closure_id.product_id, self.table)

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common_approval import ApprovalCase

HOUR = timedelta(hours=1)


class AnalysedOrderCase(ApprovalCase):
    """Orders that are really driven, through time, from the confirmation to the closing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,mrp_workorder_closure.group_cost_controller"
        cls.controller = new_test_user(cls.env, "closure_analysis_controller", groups=groups)
        cls.begin = fields.Datetime.now().replace(microsecond=0)

    @classmethod
    def after(cls, hours):
        """As if so many hours had passed since the beginning."""
        return freeze_time(cls.begin + hours * HOUR)

    def get_row(self, closure, model="mrp.closure.report", user=None):
        self.env.invalidate_all()
        return self.env[model].with_user(user or self.controller).search([("closure_id", "=", closure.id)])

    def make_answered_late(self):
        """An order like the one above, of which a check was answered a day after it was made."""
        closure = self.make_turned_down()
        closure.check_ids[0]._write_evidence({"done_at": closure.create_date + 24 * HOUR})
        return closure

    def make_turned_down(self):
        """An order that is submitted after 2 hours, turned down after 5, submitted again after 6, approved after 16
        (level 1 waits for 10, its deadline is 4) and closed after 18."""
        self.set_levels(self.named(self.paula, deadline_hours=4))
        with self.after(2):
            closure = self.make_submitted()
        with self.after(5):
            closure.with_user(self.paula).action_reject("The label is missing")
        with self.after(6):
            closure.with_user(self.operator).action_submit()
        with self.after(16):
            self.approve(closure, self.paula)
        with self.after(18):
            closure.production_id.with_user(self.operator).button_mark_done()
        return closure


@tagged("post_install", "-at_install", "mrp_closure")
class TestClosureAnalysis(AnalysedOrderCase):
    """What the reports say about an order is what happened to it."""

    def test_each_stage_has_its_time(self):
        row = self.get_row(self.make_turned_down())
        self.assertEqual(row.state, "closed")
        self.assertEqual(row.submitted_at - row.work_finished_at, 4 * HOUR)
        self.assertAlmostEqual(row.submit_hours, 4, msg="the round that was turned down is time to the submission")
        self.assertAlmostEqual(row.approval_hours, 10)
        self.assertAlmostEqual(row.close_hours, 2)
        self.assertAlmostEqual(row.lead_hours, 16)

    def test_what_was_turned_down_is_not_approved_at_once(self):
        row = self.get_row(self.make_turned_down())
        self.assertEqual((row.round, row.is_decided, row.is_first_pass, row.first_pass_pct), (2, True, False, 0))
        self.assertEqual(self.get_row(self.make_closed_at_once()).first_pass_pct, 100)

    def make_closed_at_once(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        closure.production_id.with_user(self.operator).button_mark_done()
        return closure

    def test_what_was_sent_back_is_not_approved_at_once(self):
        self.set_levels(self.named(self.paula), self.named(self.fiona))
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        closure.with_user(self.fiona).action_send_back(10, "Look at the legs again")
        self.approve(closure, self.paula, self.fiona)
        row = self.get_row(closure)
        self.assertEqual((row.round, row.is_first_pass), (1, False))

    def test_a_closure_without_levels_counts_for_no_first_pass(self):
        row = self.get_row(self.make_closed().closure_id)
        self.assertEqual((row.is_decided, row.is_first_pass, row.state), (False, False, "closed"))

    def test_waiver_force_and_reopening_are_told(self):
        order = self.make_order()
        check = order.closure_id.check_ids[0]
        check.with_user(self.operator).action_fail("Sawdust")
        check.with_user(self.manager).action_waive("Swept tomorrow")
        self.pass_checks(order)
        order.button_mark_done()
        row = self.get_row(order.closure_id)
        self.assertEqual((row.waiver_count, row.failed_count, row.is_forced, row.is_reopened), (1, 0, False, False))
        order.closure_id.with_user(self.manager).action_reopen("The legs were miscounted")
        row = self.get_row(order.closure_id)
        self.assertEqual((row.state, row.is_reopened, row.closed_at, row.lead_hours), ("open", True, False, 0))
        self.assertTrue(row.reopened_at)
        forced = self.make_order()
        forced.qty_producing = 10
        forced.set_qty_producing()
        forced.move_raw_ids.picked = True
        forced.closure_id.check_ids[0].with_user(self.operator).action_fail("Sawdust")
        forced.closure_id.with_user(self.manager).action_force_close("The customer waits")
        row = self.get_row(forced.closure_id)
        self.assertEqual((row.state, row.is_forced, row.failed_count), ("closed", True, 1))

    def test_yield_is_what_was_good_when_the_order_closed(self):
        order = self.make_order()
        self.pass_checks(order)
        order.qty_producing = 10
        problem = (
            self.env["mrp.closure.nonconformity"]
            .with_user(self.operator)
            .create({"closure_id": order.closure_id.id, "quantity": 3})
        )
        inspector = new_test_user(
            self.env, "closure_inspector", groups="base.group_user,mrp_workorder_closure.group_inspector"
        )
        problem.with_user(inspector).action_disposition([{"disposition": "scrap", "quantity": 3, "reason": "Cracked"}])
        order.button_mark_done()
        row = self.get_row(order.closure_id)
        self.assertEqual((row.state, row.started_qty, row.accepted_qty), ("closed", 10, 7))
        self.assertAlmostEqual(row.yield_pct, 70)

    def test_a_late_approver_costs_the_value_of_the_order_for_the_days(self):
        self.company.closure_capital_rate = 36.5
        closure = self.make_turned_down()
        second, first = self.get_row(closure, "mrp.closure.approval.report")
        self.assertEqual((first.state, second.state), ("rejected", "approved"))
        self.assertEqual((first.person_id, second.level), (self.paula, "Level 1"))
        self.assertEqual((first.waiting_hours, first.is_late, first.late_hours), (3, False, 0))
        self.assertEqual((second.waiting_hours, second.is_late, second.late_hours), (10, True, 6))
        value = closure.sudo().actual_cost
        self.assertGreater(value, 0)
        self.assertAlmostEqual(second.value, value)
        self.assertAlmostEqual(second.late_value_days, value * 6 / 24, 2)
        # 36.5 per cent a year are 0.1 per cent a day.
        self.assertAlmostEqual(second.late_cost, value * 6 / 24 / 1000, 2)
        self.assertAlmostEqual(second.waiting_cost, value * 10 / 24 / 1000, 2)

    def test_what_waits_now_waits_for_whom(self):
        self.set_levels({"group_id": self.group.id, "deadline_hours": 1}, self.named(self.fiona))
        with self.after(0):
            closure = self.make_submitted()
        with self.after(5):
            row = self.get_row(closure, "mrp.closure.approval.report")
            self.assertEqual((row.level, row.is_waiting, row.group_id), ("Level 1", True, self.group))
            self.assertFalse(row.person_id, "a group was asked, nobody in particular")
            self.assertEqual((row.waiting_hours, row.late_hours, row.value_waiting), (5, 4, row.value))
            self.approve(closure, self.paula)
            later = self.get_row(closure, "mrp.closure.approval.report") - row
            self.assertEqual((later.person_id, later.is_waiting), (self.fiona, True))

    def test_blockers_are_told_from_their_history(self):
        self.env = self.env(context={**self.env.context, "tracking_disable": False})
        with self.after(0):
            order = self.make_order()
            tidy, tools = order.closure_id.check_ids.sorted("id").with_env(self.env)
            self.flush_tracking()
        with self.after(1):
            tidy.with_user(self.operator).action_fail("Sawdust")
            self.flush_tracking()
        with self.after(3):
            order.qty_producing = 10
            order.workorder_ids.button_finish()
            order.closure_id.action_refresh()
        with self.after(4):
            tidy.with_user(self.operator).action_pass()
            self.flush_tracking()
        with self.after(10):
            rows = {row.check_id: row for row in self.get_row(order.closure_id, "mrp.closure.blocker.report")}
            failed, open_question = rows[tidy], rows[tools]
            self.assertEqual((failed.cause, failed.requirement, failed.is_running), ("failed", "Area is tidy", False))
            self.assertAlmostEqual(failed.hours, 3)
            self.assertAlmostEqual(failed.held_hours, 1, msg="the work was finished after 3 hours")
            self.assertEqual((open_question.cause, open_question.is_running), ("unanswered", True))
            self.assertAlmostEqual(open_question.held_hours, 7)
            self.assertEqual(failed.with_user(self.controller).action_open_check()["res_id"], tidy.id)

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_a_row_leads_to_its_closure_without_rights_on_manufacturing(self):
        closure = self.make_turned_down()
        for model in ("mrp.closure.report", "mrp.closure.approval.report"):
            action = self.get_row(closure, model)[:1].action_open_closure()
            self.assertEqual((action["res_model"], action["res_id"]), ("mrp.closure", closure.id))

    def test_operators_read_no_analysis_and_others_no_costs(self):
        closure = self.make_turned_down()
        approver = new_test_user(
            self.env, "closure_analysis_approver", groups="base.group_user,mrp_workorder_closure.group_approver"
        )
        for model in ("mrp.closure.report", "mrp.closure.approval.report", "mrp.closure.blocker.report"):
            with self.assertRaises(AccessError):
                self.get_row(closure, model, self.operator)
            self.get_row(closure, model, approver)
        for model in ("mrp.closure.report", "mrp.closure.approval.report"):
            row = self.get_row(closure, model, approver)[:1]
            with self.assertRaises(AccessError):
                row.read(["value"])
            with self.assertRaises(AccessError):
                row._read_group([], [], ["value:sum"])

    def test_rows_of_another_company_are_not_shown(self):
        closure = self.make_turned_down()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.controller.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        for model in ("mrp.closure.report", "mrp.closure.approval.report", "mrp.closure.blocker.report"):
            self.assertFalse(self.get_row(closure, model))


class DashboardTourCase(AnalysedOrderCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([("share", "=", False)]).tour_enabled = False
        # The browser knows no time but now.
        cls.begin -= 24 * HOUR

    def run_tour(self, tour, user):
        self.start_tour("/odoo/closure-dashboard", tour, login=user.login, timeout=120)


@tagged("post_install", "-at_install", "mrp_closure")
class TestToursClosureDashboard(DashboardTourCase):
    """A manager reads the dashboard in a real browser."""

    def test_a_figure_and_a_bar_lead_to_the_order(self):
        self.make_answered_late()
        self.run_tour("mrp_closure_dashboard", self.manager)

    def test_an_empty_dashboard_says_what_to_do(self):
        self.run_tour("mrp_closure_dashboard_empty", self.manager)


@tagged("post_install", "-at_install", "mrp_closure")
class TestToursClosureDashboardOnAPhone(DashboardTourCase):
    """The same on a phone: 390 by 844, touch."""

    browser_size = "390x844"
    touch_enabled = True

    def test_a_controller_reads_it_on_a_phone(self):
        self.make_answered_late()
        self.run_tour("mrp_closure_dashboard_phone", self.controller)

from datetime import date, datetime

from odoo import Command
from odoo.tests import tagged

from .common_improvement import ImprovementCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestActionProposals(ImprovementCase):
    """A requirement that keeps failing on a product proposes a corrective action by itself, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The history of the checks counts, as in real life.
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=False))
        cls.company = cls.company.with_env(cls.env)
        cls.company.write({"closure_recurring_count": 3, "closure_recurring_days": 30})
        cls.point = cls.template.point_ids[0]

    def fail_orders(self, day, number, product=None, mended=False):
        closures = self.env["mrp.closure"]
        with self.at(day):
            for _index in range(number):
                closure = self.make_order(qty=1, product=product).closure_id
                # What changes in the transaction that makes a check is no history.
                self.flush_tracking()
                check = closure.check_ids.filtered(lambda check: check.point_id == self.point)
                check.with_user(self.operator).action_fail("Dirty")
                self.flush_tracking()
                if mended:
                    check.with_user(self.operator).action_pass()
                    self.flush_tracking()
                closures |= closure
        return closures

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def propose(self, day):
        before = self.env["mrp.closure.action"].search([])
        self.run_cron("ir_cron_propose_actions", day)
        return self.env["mrp.closure.action"].search([]) - before

    def test_three_failures_propose_an_action_with_the_facts(self):
        closures = self.fail_orders(date(2026, 3, 2), 2)
        self.assertFalse(self.propose(date(2026, 3, 3)))
        closures |= self.fail_orders(date(2026, 3, 4), 1, mended=True)
        action = self.propose(date(2026, 3, 5))
        self.assertEqual((action.state, action.source, action.product_id), ("proposed", "blocker", self.table))
        self.assertEqual(action.closure_ids, closures)
        self.assertEqual(action.name, '"Area is tidy" keeps failing on Table')
        for closure in closures:
            self.assertIn(closure.name, action.description)
        self.assertEqual(
            (action.indicator, action.measure_days, action.template_id), ("failed_checks", 30, self.template)
        )
        managers = action.activity_ids.user_id
        self.assertIn(self.manager, managers)
        self.assertEqual(len(action.activity_ids), len(managers))

    def test_work_that_is_simply_not_done_yet_is_no_failure(self):
        self.template.point_ids = [
            Command.create({"name": "Work is finished", "kind": "workorders_finished", "sequence": 3}),
            Command.create({"name": "Times are recorded", "kind": "time_recorded", "severity": "warning"}),
        ]
        with self.at(date(2026, 3, 2)):
            orders = self.env["mrp.production"]
            for _index in range(3):
                order = self.make_order(qty=1)
                self.flush_tracking()
                order.closure_id.action_refresh()
                self.flush_tracking()
                check = order.closure_id.check_ids.filtered(lambda check: check.kind == "workorders_finished")
                self.assertEqual(check.state, "fail", "as on every order that is on its way")
                self.assertIn("Failed", check.message_ids.tracking_value_ids.mapped("new_value_char"))
                self.make_ready(order)
                order.closure_id.action_refresh()
                order.button_mark_done()
                self.flush_tracking()
                orders |= order
        self.assertEqual(set(orders.mapped("closure_state")), {"closed"})
        self.assertFalse(self.propose(date(2026, 3, 3)))
        period = datetime(2026, 3, 1), datetime(2026, 4, 1)
        figures = self.env["mrp.closure.indicator"]._measure(["failed_checks"], self.company, *period)
        self.assertEqual(figures, {"failed_checks": 0})
        self.assertFalse(self.env["mrp.closure.blocker.report"].search([("closure_id", "in", orders.closure_id.ids)]))

    def test_a_waived_failure_counts_as_one(self):
        for closure in self.fail_orders(date(2026, 3, 2), 3):
            check = closure.check_ids.filtered(lambda check: check.point_id == self.point)
            check.with_user(self.manager).action_waive("Cleaned tomorrow")
        self.assertEqual(len(self.propose(date(2026, 3, 3))), 1)

    def test_it_is_proposed_once_while_an_action_about_it_is_open(self):
        self.fail_orders(date(2026, 3, 2), 3)
        action = self.propose(date(2026, 3, 3))
        self.assertFalse(self.propose(date(2026, 3, 3)))
        action.with_user(self.inspector).action_plan()
        self.fail_orders(date(2026, 3, 4), 3)
        self.assertFalse(self.propose(date(2026, 3, 5)))

    def test_after_it_is_over_only_new_failures_count(self):
        self.fail_orders(date(2026, 3, 2), 3)
        action = self.propose(date(2026, 3, 3))
        with self.at(date(2026, 3, 4)):
            action.with_user(self.inspector).action_drop("Known")
        self.assertFalse(self.propose(date(2026, 3, 5)))
        again = self.fail_orders(date(2026, 3, 6), 3)
        self.assertEqual(self.propose(date(2026, 3, 7)).closure_ids, again)

    def test_failures_of_other_products_and_of_before_do_not_count(self):
        self.template.product_ids += self.plain_table
        self.fail_orders(date(2026, 1, 2), 1)
        self.fail_orders(date(2026, 3, 2), 2)
        self.fail_orders(date(2026, 3, 2), 2, product=self.plain_table)
        self.assertFalse(self.propose(date(2026, 3, 3)))

    def test_a_company_may_do_without(self):
        self.company.closure_recurring_count = 0
        self.fail_orders(date(2026, 3, 2), 3)
        self.assertFalse(self.propose(date(2026, 3, 3)))

    def test_taking_up_a_proposal_names_an_owner_who_is_told(self):
        self.fail_orders(date(2026, 3, 2), 3)
        action = self.propose(date(2026, 3, 3)).with_user(self.inspector)
        action.write({"user_id": self.owner.id, "due_date": "2026-03-20"})
        action.action_plan()
        self.assertEqual((action.state, action.activity_ids.user_id), ("plan", self.owner))

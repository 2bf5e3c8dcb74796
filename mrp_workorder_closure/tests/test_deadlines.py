from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestDeadlines(ClosureCase):
    """A late check reminds once and escalates once; running closures stay current by themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspectors = cls.env.ref("mrp_workorder_closure.group_inspector")
        cls.managers = cls.env.ref("mrp_workorder_closure.group_manager")
        cls.ines = new_test_user(
            cls.env, "closure_ines", groups="mrp.group_mrp_user,mrp_workorder_closure.group_inspector", name="Ines"
        )
        cls.template.point_ids = [
            Command.clear(),
            Command.create({"name": "Weigh", "group_id": cls.inspectors.id, "deadline_hours": 4}),
            Command.create({"name": "Ask", "user_ids": [Command.set(cls.ines.ids)], "deadline_hours": 4}),
        ]
        cls.env["mrp.closure"].search([("state", "=", "open")]).check_ids._write_evidence({"deadline": False})

    def run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"mrp_workorder_closure.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def remind(self):
        self.run_cron("ir_cron_remind_late_checks")

    def set_age(self, order, hours):
        """The order was confirmed so many hours ago."""
        closure = order.closure_id
        self.env.flush_all()
        made = fields.Datetime.now() - timedelta(hours=hours)
        self.env.cr.execute("UPDATE mrp_closure SET create_date = %s WHERE id = %s", [made, closure.id])
        self.env.invalidate_all()
        closure.check_ids._write_evidence({"deadline": made + timedelta(hours=4)})

    def get_alerts(self, order):
        alert = self.env.ref("mrp_workorder_closure.mail_activity_type_alert")
        return self.env["mail.activity"].search(
            [("res_id", "=", order.closure_id.id), ("activity_type_id", "=", alert.id)]
        )

    def get_notes(self, order):
        return order.closure_id.message_ids.filtered(lambda message: "Weigh" in (message.body or ""))

    def test_nothing_happens_before_the_deadline(self):
        order = self.make_order()
        self.set_age(order, 3)
        self.remind()
        self.assertFalse(order.closure_id.check_ids.mapped("reminded_at")[0])
        self.assertFalse(self.get_alerts(order))

    def test_a_late_check_reminds_whoever_answers_for_it_once(self):
        order = self.make_order()
        self.set_age(order, 5)
        self.remind()
        stamps = order.closure_id.check_ids.mapped("reminded_at")
        self.assertTrue(all(stamps))
        alerts = self.get_alerts(order)
        self.assertEqual(alerts.closure_group_id, self.inspectors)
        self.assertEqual(alerts.user_id, self.ines)
        self.assertIn("Ask is late", alerts.filtered("user_id").note)
        self.assertEqual(len(self.get_notes(order)), 1)
        self.assertEqual(self.get_notes(order).notified_partner_ids, self.ines.partner_id)
        self.remind()
        self.assertEqual(self.get_alerts(order), alerts)
        self.assertEqual(len(self.get_notes(order)), 1)
        self.assertEqual(order.closure_id.check_ids.mapped("reminded_at"), stamps)
        self.assertFalse(any(order.closure_id.check_ids.mapped("escalated_at")))

    def test_after_the_same_time_again_managers_and_the_responsible_are_told_once(self):
        order = self.make_order()
        self.set_age(order, 5)
        self.remind()
        self.set_age(order, 9)
        self.remind()
        self.assertTrue(all(order.closure_id.check_ids.mapped("escalated_at")))
        alerts = self.get_alerts(order)
        self.assertEqual(alerts.closure_group_id, self.inspectors | self.managers)
        self.assertEqual(alerts.user_id, self.ines | self.operator)
        self.assertEqual(len(self.get_notes(order)), 2)
        self.remind()
        self.assertEqual(self.get_alerts(order), alerts)
        self.assertEqual(len(self.get_notes(order)), 2)

    def test_a_check_found_very_late_reminds_and_escalates_in_one_note(self):
        order = self.make_order()
        self.set_age(order, 100)
        self.remind()
        self.assertTrue(all(order.closure_id.check_ids.mapped("escalated_at")))
        self.assertEqual(len(self.get_notes(order)), 1)

    def test_reminders_go_when_the_check_is_answered(self):
        order = self.make_order()
        self.set_age(order, 100)
        self.remind()
        order.closure_id.check_ids.with_user(self.ines).action_pass()
        self.assertFalse(self.get_alerts(order))

    def test_an_alert_marked_as_done_stays_done_until_it_says_something_new(self):
        order = self.make_order()
        self.set_age(order, 5)
        self.remind()
        self.get_alerts(order).filtered("user_id").with_user(self.ines).action_done()
        order.closure_id.action_refresh()
        self.assertFalse(self.get_alerts(order).user_id)
        self.set_age(order, 9)
        self.remind()
        self.assertIn(self.managers, self.get_alerts(order).closure_group_id)
        self.assertNotIn(self.ines, self.get_alerts(order).user_id)

    def test_met_checks_and_finished_closures_are_never_late(self):
        met, cancelled = self.make_order(), self.make_order()
        met.closure_id.check_ids.with_user(self.ines).action_pass()
        cancelled.action_cancel()
        for order in met, cancelled:
            self.set_age(order, 100)
        self.remind()
        self.assertFalse(any((met | cancelled).closure_id.check_ids.mapped("reminded_at")))

    def test_one_closure_that_fails_stops_no_other(self):
        broken, fine = self.make_order(), self.make_order()
        for order in broken, fine:
            self.set_age(order, 5)
        original = self.registry["mrp.closure"]._lock

        def fail(closures):
            if broken.closure_id.id in closures.ids:
                raise UserError("broken")
            return original(closures)

        with (
            patch.object(self.registry["mrp.closure"], "_lock", fail),
            self.assertLogs("odoo.addons.mrp_workorder_closure", "ERROR"),
        ):
            self.remind()
        self.assertFalse(broken.closure_id.check_ids[0].reminded_at)
        self.assertTrue(fine.closure_id.check_ids[0].reminded_at)
        self.remind()
        self.assertTrue(broken.closure_id.check_ids[0].reminded_at)

    def test_the_hourly_refresh_follows_orders_and_is_taken_up_where_it_stopped(self):
        order = self.make_order()
        order.closure_id.check_ids.with_user(self.ines).action_pass()
        self.env["mail.activity"].search([("res_id", "=", order.closure_id.id)]).unlink()
        order.closure_id.check_ids._write_evidence({"state": "todo"})
        self.run_cron("ir_cron_refresh_closures")
        self.assertTrue(order.closure_id.refreshed_at)
        self.assertTrue(self.env["mail.activity"].search_count([("res_id", "=", order.closure_id.id)]))
        with patch.object(self.registry["mrp.closure"], "_refresh", side_effect=AssertionError("seen a moment ago")):
            self.run_cron("ir_cron_refresh_closures")

    def test_a_refresh_that_fails_for_one_closure_goes_on_with_the_others(self):
        broken, fine = self.make_order(), self.make_order()
        original = self.registry["mrp.closure"]._refresh

        def fail(closures):
            if broken.closure_id.id in closures.ids:
                raise UserError("broken")
            return original(closures)

        with (
            patch.object(self.registry["mrp.closure"], "_refresh", fail),
            self.assertLogs("odoo.addons.mrp_workorder_closure", "ERROR"),
        ):
            self.run_cron("ir_cron_refresh_closures")
        self.assertFalse(broken.closure_id.refreshed_at)
        self.assertTrue(fine.closure_id.refreshed_at)

    def test_nobody_calls_the_crons_over_rpc(self):
        for name in ("_cron_remind_late_checks", "_cron_refresh", "_sync_activities"):
            self.assertTrue(name.startswith("_") and hasattr(self.env["mrp.closure"], name))

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common_improvement import ImprovementCase
from .common_rpc import RpcCase

EVIDENCE = {
    "state": "act",
    "outcome": "effective",
    "figure_before": 9,
    "figure_after": 0,
    "has_after": True,
    "measured_at": "2026-03-23 10:00:00",
    "started_on": "2026-01-01",
    "attempt": 7,
    "is_cost": False,
    "point_ref": 1,
    "drop_reason": "No",
    "reminded_on": "2026-03-01",
    "further_days": 3,
    "carried_out_on": "2026-03-01",
}


@tagged("post_install", "-at_install", "mrp_closure")
class TestActionRights(ImprovementCase):
    """Inspectors and managers plan, owners tell the progress of their own, others read; costs are for finance."""

    def test_operators_and_readers_plan_nothing(self):
        for user in (self.operator, self.owner, self.controller, self.approver, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.plan(user=user)
        for user in (self.inspector, self.manager):
            self.assertEqual(self.plan(user=user).state, "plan")

    def test_an_owner_with_no_role_starts_tells_the_progress_and_carries_out(self):
        action = self.plan(due_date="2100-01-01").with_user(self.owner)
        action.action_start()
        action.write({"progress": 50, "progress_note": "Half of the shifts do it"})
        action.action_carry_out()
        self.assertEqual((action.state, action.progress), ("check", 100))

    def test_the_records_behind_a_figure_open_without_rights_on_orders_or_somebody_to_ask_is_named(self):
        with self.at(date(2026, 3, 1)):
            order = self.make_order(qty=1)
            order.closure_id.check_ids[0].with_user(self.operator).action_fail("Dirty")
            order.closure_id.check_ids[0].with_user(self.manager).action_waive("Cleaned tomorrow")
            self.pass_checks(order)
            order.button_mark_done()
        with self.at(date(2026, 3, 2)):
            action = self.plan(workcenter_id=self.workcenter.id)
            action.action_start()
        for user in (self.inspector, self.controller, self.approver, self.auditor):
            with self.subTest(user=user.login):
                records = action.with_user(user).action_open_figure()
                found = self.env[records["res_model"]].with_user(user).search(records["domain"])
                self.assertEqual(found.closure_id, order.closure_id.with_user(user))
        with self.assertRaisesRegex(AccessError, "ask an inspector or a manager"):
            action.with_user(self.owner).action_open_figure()

    def test_an_owner_changes_neither_plan_nor_date_nor_other_actions(self):
        action = self.plan().with_user(self.owner)
        for vals in ({"due_date": "2027-01-01"}, {"target_value": 99}, {"user_id": self.operator.id}, {"name": "No"}):
            with self.subTest(vals), self.assertRaises(AccessError):
                action.write(vals)
        with self.assertRaises(AccessError):
            action.action_drop("No time")
        other = self.plan(user_id=self.manager.id).with_user(self.owner)
        for act in (other.action_start, other.action_carry_out, lambda: other.write({"progress": 1})):
            with self.assertRaises(AccessError):
                act()

    def test_an_operator_reads_only_what_is_theirs(self):
        own, other = self.plan(user_id=self.operator.id), self.plan()
        self.assertEqual(self.env["mrp.closure.action"].with_user(self.operator).search([]) & (own | other), own)

    def test_readers_read_and_change_nothing(self):
        action = self.plan()
        for user in (self.controller, self.approver, self.auditor):
            with self.subTest(user=user.login):
                self.assertEqual(action.with_user(user).name, "Sweep the area after each shift")
                for vals in ({"name": "No"}, {"progress": 5}):
                    with self.assertRaises(AccessError):
                        action.with_user(user).write(vals)
                with self.assertRaises(AccessError):
                    action.with_user(user).action_start()

    def test_an_action_about_costs_is_seen_by_finance_only(self):
        action = self.plan(user=self.manager, user_id=self.controller.id, indicator="scrap_cost")
        self.assertTrue(action.is_cost)
        for user in (self.controller, self.auditor, self.manager):
            self.assertTrue(action.with_user(user).has_access("read"), user.login)
        for user in (self.inspector, self.approver, self.operator):
            self.assertFalse(action.with_user(user).has_access("read"), user.login)
        self.assertTrue(self.plan(user=self.manager, user_id=self.manager.id, indicator="cost_variance_pct").is_cost)

    def test_an_inspector_measures_nothing_by_costs(self):
        codes = dict(self.env["mrp.closure.action"].with_user(self.inspector)._selection_indicator())
        self.assertNotIn("scrap_cost", codes)
        self.assertIn("waivers", codes)
        with self.assertRaisesRegex(AccessError, "^To measure a corrective action by what orders cost"):
            self.plan(indicator="scrap_cost", user_id=self.controller.id)
        with self.assertRaisesRegex(AccessError, "^To measure a corrective action by what orders cost"):
            self.plan().indicator = "scrap_cost"

    def test_the_owner_of_an_action_about_costs_is_somebody_who_may_see_them(self):
        with self.assertRaisesRegex(ValidationError, "choose an owner who may see costs"):
            self.plan(user=self.manager, indicator="scrap_cost")

    def test_actions_of_another_company_are_not_seen(self):
        action = self.plan()
        branch = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "closure_stranger",
            groups="base.group_user,mrp_workorder_closure.group_manager",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        self.assertFalse(action.with_user(stranger).has_access("read"))

    def test_evidence_is_written_by_nobody(self):
        action = self.plan()
        for user in (self.inspector, self.manager, self.env.ref("base.user_root")):
            for name, value in EVIDENCE.items():
                with self.subTest(user=user.login, field=name), self.assertRaises(AccessError):
                    action.with_user(user).write({name: value})
                with self.subTest(user=user.login, created=name), self.assertRaises(AccessError):
                    self.plan(user=user, **{name: value})
        with self.assertRaises(AccessError):
            action.with_user(self.manager).unlink()

    def test_a_copy_is_a_plan_without_what_was_measured(self):
        action = self.plan(due_date="2100-01-01")
        action.action_start()
        copy = action.copy()
        self.assertEqual((copy.state, copy.started_on, copy.attempt, copy.name), ("plan", False, 0, action.name))

    def test_a_nonconformity_leads_to_its_actions(self):
        order = self.make_order()
        nonconformity = self.env["mrp.closure.nonconformity"].create(
            {"closure_id": order.closure_id.id, "quantity": 2, "description": "Scratched", "root_cause": "No cover"}
        )
        nonconformity = nonconformity.with_user(self.inspector)
        window = nonconformity.action_plan_action()
        vals = {name[8:]: value for name, value in window["context"].items() if name.startswith("default_")}
        action = self.env["mrp.closure.action"].with_user(self.inspector).create(vals)
        self.assertEqual(
            (action.source, action.closure_ids, action.cause), ("nonconformity", order.closure_id, "No cover")
        )
        self.assertEqual(nonconformity.corrective_action_count, 1)
        self.assertEqual(order.closure_id.with_user(self.inspector).corrective_action_count, 1)
        for record in (nonconformity, order.closure_id.with_user(self.inspector)):
            found = record.action_open_corrective_actions()
            self.assertEqual(self.env["mrp.closure.action"].search(found["domain"]), action)
        with self.assertRaises(AccessError):
            nonconformity.with_user(self.operator).action_plan_action()
        self.assertEqual(order.closure_id.with_user(self.operator).corrective_action_count, 0)


@tagged("post_install", "-at_install", "mrp_closure")
class TestActionRpc(RpcCase):
    """The doors of actions and reviews, tried over HTTP with the session of each role."""

    def setUp(self):
        super().setUp()
        self.inspector = new_test_user(
            self.env, "closure_inspector", groups="base.group_user,mrp_workorder_closure.group_inspector"
        )
        self.order = self.make_order()
        self.action = (
            self.env["mrp.closure.action"]
            .with_user(self.inspector)
            .create({"name": "Cover", "user_id": self.operator.id, "due_date": "2100-01-01", "indicator": "waivers"})
        )

    def test_measured_figures_cannot_be_written_by_rpc(self):
        for user in (self.inspector, self.manager, self.operator):
            self.login(user)
            for name, value in EVIDENCE.items():
                with self.subTest(user=user.login, field=name):
                    self.assertDenied(self.action, "write", {name: value})
        self.login(self.manager)
        for method in ("_write_evidence", "_measure_effect", "_set_state", "_cron_follow_actions"):
            with self.subTest(method):
                self.assertDenied(self.action, method, {"state": "act"})
        self.assertDenied(self.action, "web_save", {"figure_after": 0.0, "has_after": True}, specification={})

    def test_defaults_of_the_context_speak_for_no_evidence(self):
        self.login(self.inspector)
        made = self.call(
            self.env["mrp.closure.action"],
            "create",
            [{"name": "Sweep"}],
            context={"default_state": "act", "default_outcome": "effective", "default_attempt": 3},
        )
        action = self.env["mrp.closure.action"].browse(made)
        self.assertEqual((action.state, action.outcome, action.attempt), ("plan", False, 0))

    def test_operators_and_auditors_cannot_go_on_with_actions_of_others(self):
        self.login(self.auditor)
        for method, args in (
            ("action_start", ()),
            ("action_drop", ("No",)),
            ("action_plan", ()),
            ("action_carry_out", ()),
        ):
            with self.subTest(method):
                self.assertDenied(self.action, method, *args)
        self.login(self.operator)
        self.assertDenied(self.action, "action_drop", "No")
        self.assertDenied(self.action, "write", {"due_date": "2100-02-02"})
        self.assertTrue(self.call(self.action, "action_start"))

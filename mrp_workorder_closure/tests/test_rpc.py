from odoo import Command
from odoo.tests import new_test_user, tagged

from .common_rpc import RpcCase


@tagged("post_install", "-at_install")
class TestRpc(RpcCase):
    """Over HTTP, evidence and gate change through their own actions only, for those who may take them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order()
        cls.closure = cls.order.closure_id
        cls.check = cls.closure.check_ids[0]
        cls.inspectors = cls.env.ref("mrp_workorder_closure.group_inspector")

    def test_an_operator_answers_checks_and_closes_the_order(self):
        self.login(self.operator)
        self.assertEqual(len(self.call(self.order, "get_closure_blockers")), 2)
        self.assertDenied(self.order, "button_mark_done", error="odoo.exceptions.RedirectWarning")
        self.call(self.closure.check_ids, "action_pass")
        self.assertEqual(self.call(self.order, "get_closure_blockers"), [])
        self.call(self.order, "button_mark_done")
        self.env.invalidate_all()
        self.assertEqual((self.order.state, self.closure.state), ("done", "closed"))
        self.assertEqual(self.closure.submitted_by_id, self.operator)

    def test_the_gate_of_an_order_cannot_be_written(self):
        for user in (self.operator, self.manager):
            self.login(user)
            for vals in (
                {"closure_door": "open"},
                {"closure_door": "sealed", "state": "done"},
                {"closure_id": False},
                {"closure_template_id": False},
            ):
                self.assertDenied(self.order, "write", vals)
                self.assertDenied(self.order, "web_save", vals, {})
            self.assertDenied(self.order, "write", {"state": "done"}, error="odoo.exceptions.ValidationError")
            self.assertDenied(
                self.order,
                "button_mark_done",
                error="odoo.exceptions.RedirectWarning",
                context={
                    "skip_closure_gate": True,
                    "skip_backorder": True,
                    "closure_door": "open",
                    "uid": 1,
                    "su": True,
                },
            )

    def test_an_order_cannot_be_created_done(self):
        self.login(self.operator)
        self.assertDenied(
            self.order,
            "create",
            {
                "product_id": self.table.id,
                "product_qty": 1,
                "product_uom_id": self.table.uom_id.id,
                "state": "done",
            },
            error="odoo.exceptions.ValidationError",
        )

    def test_evidence_cannot_be_written(self):
        evidence = {
            self.closure: (
                {"state": "approved"},
                {"state": "closed", "closed_at": "2026-01-01 00:00:00"},
                {"submitted_by_id": self.manager.id},
                {"revision": 3},
                {"round": 3},
                {"cancel_reason": "Mine"},
                {"check_ids": [[5, 0, 0]]},
                {"production_id": False},
                {"template_id": False},
            ),
            self.check: (
                {"state": "pass"},
                {"done_by_id": self.manager.id, "done_at": "2026-01-01 00:00:00"},
                {"waived_by_id": self.manager.id, "waiver_reason": "Mine"},
                {"severity": "warning"},
                {"name": "Nothing"},
                {"group_id": False},
                {"user_ids": [[6, 0, [self.operator.id]]]},
                {"closure_id": False},
                {"kind": "manual"},
                {"message": "Fine"},
            ),
        }
        for user in (self.operator, self.manager, self.auditor):
            self.login(user)
            for record, changes in evidence.items():
                for vals in changes:
                    self.assertDenied(record, "write", vals)
                    self.assertDenied(record, "web_save", vals, {})

    def test_closures_and_checks_are_neither_created_copied_nor_deleted(self):
        for user in (self.operator, self.manager, self.auditor):
            self.login(user)
            other = self.make_order()
            self.assertDenied(self.closure, "create", {"production_id": other.id, "template_id": self.template.id})
            self.assertDenied(self.check, "create", {"closure_id": self.closure.id, "name": "Mine", "state": "pass"})
            for record in (self.closure, self.check):
                self.assertDenied(record, "copy")
                self.assertDenied(record, "unlink")

    def test_private_methods_are_out_of_reach(self):
        self.login(self.manager)
        for record, methods in {
            self.order: (
                "_write_gate",
                "_create_closures",
                "_adopt_closures",
                "_raise_closure_blockers",
                "_post_inventory",
            ),
            self.closure: ("_write_evidence", "_create_evidence", "_set_state", "_close", "_submit", "_reopen_round"),
            self.check: ("_write_evidence", "_answer", "_sync_checks", "_copy_texts_of_version"),
        }.items():
            for method in methods:
                self.assertTrue(hasattr(type(record), method), method)
                self.assertDenied(record, method, {})

    def test_a_check_is_answered_by_those_it_belongs_to(self):
        self.template.point_ids = [
            Command.clear(),
            Command.create({"name": "Inspected", "group_id": self.inspectors.id}),
            Command.create({"name": "Signed", "user_ids": [Command.set(self.manager.ids)]}),
        ]
        order = self.make_order()
        inspected, signed = order.closure_id.check_ids
        self.login(self.operator)
        for check in (inspected, signed):
            self.assertDenied(check, "action_pass")
            self.assertDenied(check, "action_fail", "No")
            self.assertDenied(check, "action_reset")
        inspector = new_test_user(
            self.env, "closure_inspector", groups="mrp.group_mrp_user,mrp_workorder_closure.group_inspector"
        )
        self.login(inspector)
        self.call(inspected, "action_pass")
        self.assertDenied(signed, "action_pass")
        self.env.invalidate_all()
        self.assertEqual(inspected.done_by_id, inspector)
        self.login(self.manager)
        self.call(signed, "action_pass")
        self.env.invalidate_all()
        self.assertEqual(order.closure_id.check_ids.mapped("state"), ["pass", "pass"])

    def test_only_a_manager_concedes(self):
        self.login(self.operator)
        self.call(self.check, "action_fail", "Sawdust")
        self.assertDenied(self.check, "action_waive", "Swept later")
        self.assertDenied(self.check, "action_not_applicable", "Never mind")
        self.assertDenied(self.closure, "action_cancel_order", "Never mind")
        self.assertDenied(self.order, "action_create_closures")
        wizard = self.call(
            self.env["mrp.closure.reason"],
            "create",
            {"act": "waive", "check_ids": [[6, 0, self.check.ids]], "reason": "Swept later"},
        )
        self.assertDenied(self.env["mrp.closure.reason"].browse(wizard), "action_confirm")
        self.login(self.manager)
        self.call(self.check, "action_waive", "Swept later")
        self.env.invalidate_all()
        self.assertEqual(
            (self.check.state, self.check.waived_by_id, self.check.done_by_id), ("waived", self.manager, self.operator)
        )

    def test_who_answered_a_check_does_not_waive_it(self):
        self.login(self.manager)
        self.call(self.check, "action_fail", "Sawdust")
        self.assertDenied(self.check, "action_waive", "Swept later")

    def test_an_auditor_reads_everything_and_changes_nothing(self):
        self.login(self.auditor)
        self.assertEqual(self.call(self.closure, "read", ["state"])[0]["state"], "open")
        self.assertEqual(self.call(self.check, "read", ["name"])[0]["name"], "Area is tidy")
        reason = "Audit"
        for record, method, args in (
            (self.check, "action_pass", []),
            (self.check, "action_fail", [reason]),
            (self.check, "action_waive", [reason]),
            (self.check, "action_not_applicable", [reason]),
            (self.check, "action_reset", []),
            (self.closure, "action_refresh", []),
            (self.closure, "action_submit", []),
            (self.closure, "action_reopen", [reason]),
            (self.closure, "action_cancel_order", [reason]),
            (self.template, "action_apply_to_open_orders", []),
            (self.template, "write", [{"active": False}]),
            (self.template.point_ids[0], "write", [{"severity": "warning"}]),
            (self.order, "button_mark_done", []),
            (self.order, "action_create_closures", []),
        ):
            with self.subTest(method=method):
                self.assertDenied(record, method, *args)

    def test_an_auditor_submits_nothing_by_opening_it(self):
        self.make_ready(self.order)
        self.assertEqual(self.closure.state, "open")
        self.login(self.auditor)
        self.assertDenied(self.closure, "action_refresh")
        self.assertEqual(self.closure.state, "open")
        self.assertFalse(self.closure.submitted_by_id)

    def test_records_of_other_companies_are_out_of_reach(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        groups = "mrp.group_mrp_user,mrp_workorder_closure.group_manager"
        stranger = new_test_user(
            self.env,
            "closure_stranger",
            groups=groups,
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        self.login(stranger)
        for record, method, args in (
            (self.closure, "read", [["state"]]),
            (self.check, "read", [["state"]]),
            (self.template, "read", [["name"]]),
            (self.closure, "action_refresh", []),
            (self.closure, "action_submit", []),
            (self.closure, "action_cancel_order", ["Mine"]),
            (self.check, "action_pass", []),
            (self.check, "action_fail", ["Mine"]),
            (self.check, "action_not_applicable", ["Mine"]),
            (self.order, "get_closure_blockers", []),
            (self.order, "action_open_closure", []),
            (self.template, "write", [{"active": False}]),
        ):
            with self.subTest(method=method):
                self.assertDenied(record, method, *args)
        for model in ("mrp.closure", "mrp.closure.check", "mrp.closure.template"):
            self.assertFalse(self.call(self.env[model], "search_read", [], ["id"]))

    def test_a_user_without_manufacturing_rights_sees_no_closure(self):
        self.login(new_test_user(self.env, "closure_nobody", groups="base.group_user"))
        for record in (self.closure, self.check, self.template):
            self.assertDenied(record, "read", ["id"])
        self.assertDenied(self.order, "get_closure_blockers")
        self.assertDenied(self.check, "action_pass")

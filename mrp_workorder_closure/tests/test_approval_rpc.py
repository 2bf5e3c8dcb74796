from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, new_test_user, tagged

from .common_approval import ApprovalCase
from .common_rpc import RpcCase

ROLES = ("inspector", "warehouse_controller", "cost_controller", "approver", "manager", "auditor", "force_close")


@tagged("post_install", "-at_install")
class TestApprovalRpc(RpcCase, ApprovalCase):
    """Over HTTP, for every role: nobody writes what an approval proves, and no context opens a way around."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_levels(cls.named(cls.paula), cls.named(cls.quentin, signature_required=True), cls.named(cls.fiona))
        cls.closure = cls.make_submitted()
        cls.order = cls.closure.production_id
        cls.approve(cls, cls.closure, cls.paula)
        cls.approved, cls.pending, cls.waiting = cls.closure.approval_ids.sorted("sequence")
        cls.decision = cls.closure.approval_decision_ids
        cls.users = cls.operator | cls.paula | cls.quentin | cls.wanda
        for role in ROLES:
            cls.users |= new_test_user(
                cls.env, f"closure_rpc_{role}", groups=f"base.group_user,mrp_workorder_closure.group_{role}"
            )
        cls.users |= cls.env.ref("base.user_admin")
        cls.env.ref("base.user_admin").password = cls.env.ref("base.user_admin").login

    def get_evidence(self):
        """Everything that an approval proves, as it stands in the database."""
        self.env.flush_all()
        evidence = {}
        for table in (
            "mrp_closure",
            "mrp_closure_approval",
            "mrp_closure_approval_decision",
            "mrp_closure_approval_user_rel",
            "mrp_closure_approval_signer_rel",
        ):
            self.env.cr.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
            evidence[table] = self.env.cr.fetchall()
        return evidence

    def assertEvidenceStands(self, attempts):
        """None of these calls changes anything: ``(record, method, arguments)``."""
        before = self.get_evidence()
        for user in self.users:
            self.login(user)
            for record, method, args in attempts:
                with self.subTest(user=user.login, model=record._name, method=method, args=args):
                    self.assertDenied(record, method, *args)
        self.assertEqual(self.get_evidence(), before)

    def get_values(self, record):
        """For each stored field of ours a change that would forge something."""
        values = {}
        for name, field in record._fields.items():
            if not record._is_evidence_field(name):
                continue
            values[name] = {
                "many2one": self.wanda.id if field.comodel_name == "res.users" else False,
                "one2many": [Command.clear()],
                "many2many": [Command.set(self.wanda.ids)],
                "integer": 7,
                "float": 7.0,
                "boolean": True,
                "datetime": "2026-01-01 00:00:00",
                "json": {"output": {}},
                "selection": "approved",
            }.get(field.type, "forged")
        return values

    def test_no_field_of_a_closure_an_approval_or_a_decision_can_be_written(self):
        # Whoever may operate decides what happens to the rest, and no write but through that decision changes it.
        remainder = ("remainder", "short_reason")
        attempts = [
            (record, "write", [{name: value}])
            for record in (self.pending, self.decision, self.closure)
            for name, value in self.get_values(record).items()
            if record != self.closure or name not in remainder
        ]
        self.assertGreater(len(attempts), 100)
        before = self.get_evidence()
        for user in self.users:
            for record, method, args in attempts:
                named = self.subTest(user=user.login, model=record._name, args=args)
                with named, self.assertRaises(AccessError), self.env.cr.savepoint():
                    self.rpc(record, method, *args, user=user)
        self.env.invalidate_all()
        self.assertEqual(self.get_evidence(), before)

    def test_approvals_and_decisions_are_neither_made_copied_nor_deleted(self):
        decision = {
            "approval_id": self.pending.id,
            "closure_id": self.closure.id,
            "user_id": self.quentin.id,
            "verdict": "approved",
            "meaning": "Mine",
            "fingerprint": self.closure.fingerprint,
        }
        approval = {"closure_id": self.closure.id, "round": 1, "state": "approved", "name": "Mine"}
        self.assertEvidenceStands(
            [
                (self.pending, "create", [approval]),
                (self.pending, "web_save", [{"state": "approved"}, {}]),
                (self.pending, "copy", []),
                (self.pending, "unlink", []),
                (self.decision, "create", [decision]),
                (self.decision, "copy", []),
                (self.decision, "unlink", []),
                (self.closure, "unlink", []),
            ]
        )

    def test_nobody_but_the_named_person_decides_and_not_without_the_signature(self):
        attempts = [
            (self.closure, "action_approve", []),
            (self.closure, "action_reject", ["Mine"]),
            (self.closure, "action_send_back", [10, "Mine"]),
            (self.closure, "action_add_signer", [self.wanda.id, "Mine"]),
            (self.closure, "action_forward", [self.wanda.id, "Mine"]),
        ]
        before = self.get_evidence()
        for user in self.users - self.quentin:
            self.login(user)
            for record, method, args in attempts:
                with self.subTest(user=user.login, method=method):
                    self.assertDenied(record, method, *args)
        self.login(self.quentin)
        for record, method, args in attempts[:3]:
            self.assertDenied(record, method, *args, error="odoo.exceptions.UserError")
        self.assertEqual(self.get_evidence(), before)

    def test_private_methods_are_out_of_reach(self):
        self.assertEvidenceStands(
            [
                (self.closure, "_decide", ["approved"]),
                (self.closure, "_decide_signed", ["approved", "Mine"]),
                (self.closure, "_append_decisions", ["approved", "Mine", {}, {}, {}]),
                (self.closure, "_advance", []),
                (self.closure, "_release", []),
                (self.closure, "_submit", []),
                (self.closure, "_close_automatically", []),
                (self.closure, "_reopen_round", []),
                (self.closure, "_begin_forcing", ["Mine"]),
                (self.pending, "_apply_approved", ["Mine"]),
                (self.pending, "_settle", ["approved"]),
                (self.pending, "_apply_appointed", [self.wanda.id]),
                (self.pending, "_write_evidence", [{"state": "approved"}]),
                (self.decision, "_create_evidence", [[{}]]),
                (self.wanda, "_sign_closure", ["closure_wanda"]),
            ]
        )

    def test_contexts_and_defaults_open_nothing(self):
        before = self.get_evidence()
        context = {
            "uid": 1,
            "su": True,
            "default_state": "approved",
            "default_user_ids": [self.wanda.id],
            "default_min_approvals": 0,
            "closure_password": "closure_quentin",
            "tracking_disable": True,
            "signing": True,
        }
        self.login(self.quentin)
        self.assertDenied(self.closure, "action_approve", error="odoo.exceptions.UserError", context=context)
        self.login(self.wanda)
        self.assertDenied(self.closure, "action_approve", context=context)
        self.assertEqual(self.get_evidence(), before)

    def test_defaults_of_the_client_do_not_reach_the_approvals_of_a_submission(self):
        order = self.make_order()
        self.make_ready(order)
        context = {
            f"default_{name}": value
            for name, value in (
                ("state", "approved"),
                ("min_approvals", 0),
                ("signer_ids", [self.wanda.id]),
                ("user_ids", [self.wanda.id]),
                ("signature_required", False),
            )
        }
        self.rpc(self.env["ir.default"], "set", "mrp.closure.approval", "state", "approved", user_id=True)
        self.rpc(order.closure_id, "action_refresh", context=context)
        self.assertEqual(self.get_states(order.closure_id), ["pending", "waiting", "waiting"])
        self.assertFalse(order.closure_id.approval_ids.signer_ids)

    def test_who_is_named_reads_the_closure_and_nobody_else_does(self):
        self.login(self.quentin)
        self.assertEqual(self.call(self.closure, "read", ["state"])[0]["state"], "to_approve")
        self.assertTrue(self.call(self.closure.check_ids, "read", ["name", "state"]))
        self.assertTrue(self.call(self.decision, "read", ["meaning"]))
        found = self.call(self.closure, "web_search_read", [], {"name": {}, "product_id": {"fields": {}}})
        self.assertEqual([record["id"] for record in found["records"]], self.closure.ids)
        self.assertTrue(self.call(self.closure, "action_refresh"))
        other = self.make_order().closure_id
        self.assertDenied(other, "read", ["state"])
        self.assertDenied(other.check_ids, "read", ["state"])
        self.assertDenied(self.order, "read", ["name"])
        self.assertDenied(self.template, "read", ["name"])
        self.login(self.wanda)
        for record in (self.closure, self.closure.check_ids, self.pending, self.decision):
            self.assertDenied(record, "read", ["id"])
        self.assertDenied(self.closure, "action_refresh")
        self.assertFalse(self.call(self.closure, "search", []))

    def test_a_delegate_reads_what_the_absent_person_may(self):
        self.env["mrp.closure.delegation"].with_user(self.quentin).create(
            {"user_id": self.quentin.id, "delegate_id": self.wanda.id, "date_to": "2099-01-01"}
        )
        self.login(self.wanda)
        self.assertEqual(self.call(self.closure, "search", []), self.closure.ids)
        self.assertEqual(self.call(self.closure, "read", ["can_decide"])[0]["can_decide"], True)

    def test_who_decided_keeps_reading_what_they_decided(self):
        self.closure.with_user(self.quentin)._decide_signed("rejected", "No", password=self.quentin.login)
        self.pending.sudo()._write_evidence({"user_ids": [Command.clear()]})
        self.login(self.quentin)
        self.assertEqual(self.call(self.closure, "search", []), self.closure.ids)

    def test_approvals_of_other_companies_are_out_of_reach(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "closure_stranger",
            groups="mrp.group_mrp_user,mrp_workorder_closure.group_manager",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        self.approved.sudo()._write_evidence({"user_ids": [Command.link(stranger.id)]})
        self.login(stranger)
        for record in (self.closure, self.pending, self.decision, self.template.level_ids):
            self.assertDenied(record, "read", ["id"])
        self.assertDenied(self.closure, "action_approve")
        self.assertDenied(self.closure, "action_force_close", "Mine")
        self.assertDenied(self.pending, "action_appoint", stranger.id, "Mine")
        dialog = self.env["mrp.closure.appoint"]
        vals = {"approval_id": self.pending.id, "user_id": stranger.id, "reason": "Mine"}
        dialog = dialog.browse(self.call(dialog, "create", [vals]))
        self.assertDenied(dialog, "read", ["owner"])
        self.assertDenied(dialog, "action_confirm")

    def test_nobody_brings_in_somebody_while_the_named_person_can_decide(self):
        for user in self.users:
            self.login(user)
            is_manager = user.has_group("mrp_workorder_closure.group_manager")
            error = "odoo.exceptions.UserError" if is_manager else "odoo.exceptions.AccessError"
            with self.subTest(user=user.login):
                self.assertDenied(self.pending, "action_appoint", self.wanda.id, "Quicker", error=error)
                self.assertDenied(self.closure, "action_open_appointment", error=error)

    def test_a_dialog_about_approvals_of_others_decides_nothing(self):
        line = {"closure_id": self.closure.id, "approval_id": self.pending.id, "is_seen": True}
        before = self.get_evidence()
        for user in self.users - self.quentin:
            self.login(user)
            with self.subTest(user=user.login):
                self.assertRefusedDialog([line | {"approval_id": self.pending.id}])
                self.assertRefusedDialog([line | {"approval_id": self.waiting.id}])
        # The person who is asked, through the approval of another level, and without the password.
        self.login(self.quentin)
        self.assertRefusedDialog([line | {"approval_id": self.waiting.id}])
        self.assertRefusedDialog([line], password="closure_paula")
        self.env.invalidate_all()
        self.assertEqual(self.get_evidence(), before)

    def assertRefusedDialog(self, lines, password=None):
        dialog = self.env["mrp.closure.approve"]
        with self.assertRaises(JsonRpcException):
            vals = {"verdict": "approved", "line_ids": [[0, 0, line] for line in lines]}
            dialog = dialog.browse(self.call(dialog, "create", [vals]))
            self.call(dialog, "action_decide", context={"closure_password": password})

    def test_nobody_delegates_for_others_or_changes_who_stands_in(self):
        delegation = self.env["mrp.closure.delegation"].with_user(self.quentin)
        delegation = delegation.create({"delegate_id": self.paula.id, "date_to": "2099-01-01"})
        forged = {"user_id": self.quentin.id, "delegate_id": self.wanda.id, "date_to": "2099-01-01"}
        for user in self.users - self.quentin:
            self.login(user)
            is_manager = user.has_group("mrp_workorder_closure.group_manager")
            with self.subTest(user=user.login):
                taken = forged | {"delegate_id": user.id}
                self.assertDenied(delegation, "create", [taken])
                for vals in ({"delegate_id": self.wanda.id}, {"user_id": user.id}):
                    self.assertDenied(delegation, "write", vals)
                self.assertDenied(delegation, "unlink")
                if not is_manager:
                    self.assertDenied(delegation, "create", [forged])
                    self.assertDenied(delegation, "write", {"date_to": "2099-12-31"})

    def test_the_levels_of_a_version_in_use_stay_as_they_are(self):
        """Not even whoever may write templates changes what a running closure is held to."""
        version = self.closure.template_version_id
        content = dict(version.content)
        for user in self.users:
            self.login(user)
            with self.subTest(user=user.login):
                self.assertDenied(version, "write", {"content": {"points": [], "levels": []}})
                self.assertDenied(version, "unlink")
                self.assertDenied(self.closure, "write", {"template_version_id": version.id})
        self.login(self.manager)
        self.call(self.template.level_ids, "write", {"user_ids": [[6, 0, self.wanda.ids]]})
        self.call(self.template.level_ids, "unlink")
        self.env.invalidate_all()
        self.assertEqual(version.content, content)
        self.assertEqual((self.pending.user_ids, self.waiting.user_ids), (self.quentin, self.fiona))

    def test_levels_are_for_managers(self):
        level = self.template.level_ids[0]
        for user in self.users.filtered(lambda user: not user.has_group("mrp_workorder_closure.group_manager")):
            self.login(user)
            self.assertDenied(level, "write", {"user_ids": [[6, 0, self.wanda.ids]]})
            self.assertDenied(level, "create", {"template_id": self.template.id, "name": "Mine"})
            self.assertDenied(level, "unlink")

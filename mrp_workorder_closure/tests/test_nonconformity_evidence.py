from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestNonconformityEvidence(NonconformityCase):
    """Over RPC, nobody writes what only actions may write."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order()
        cls.nonconformity = cls.report(cls.order, 4)
        cls.line = cls.decide(cls.nonconformity, ("quarantine", 1))

    def call(self, user, records, method, *args, **context):
        ids = [records.ids] if records else []
        kwargs = {"context": context} if context else {}
        return call_kw(self.env[records._name].with_user(user), method, [*ids, *args], kwargs)

    def assertDenied(self, user, records, method, *args, error=AccessError, **context):
        with self.assertRaises(error):
            self.call(user, records, method, *args, **context)

    def test_states_and_stamps_cannot_be_written_by_anybody(self):
        stamps = {
            "state": "closed",
            "open_quantity": 0,
            "reported_by_id": self.manager.id,
            "dispositioned_by_id": self.manager.id,
            "closed_at": "2020-01-01 00:00:00",
            "closure_id": self.order.closure_id.id,
            "product_id": self.leg.id,
            "name": "NC/0",
        }
        for user in (self.operator, self.inspector, self.manager):
            for name, value in stamps.items():
                with self.subTest(user=user.login, field=name):
                    self.assertDenied(user, self.nonconformity, "write", {name: value})

    def test_decisions_cannot_be_edited_or_removed(self):
        for user in (self.operator, self.inspector, self.manager):
            for vals in ({"quantity": 3}, {"status": "done"}, {"decided_by_id": user.id}, {"is_final": True}):
                self.assertDenied(user, self.line, "write", vals)
            self.assertDenied(user, self.line, "unlink")
            self.assertDenied(user, self.nonconformity, "unlink")
            for command in (Command.update(self.line.id, {"quantity": 4}), Command.delete(self.line.id)):
                self.assertDenied(user, self.nonconformity, "write", {"disposition_ids": [command]})
        self.assertEqual((self.line.quantity, self.line.status), (1, "decided"))

    def test_an_operator_cannot_decide_by_any_call(self):
        vals = {"nonconformity_id": self.nonconformity.id, "disposition": "scrap", "quantity": 3}
        self.assertDenied(self.operator, self.line.browse(), "create", [vals])
        self.assertDenied(
            self.operator, self.nonconformity, "action_disposition", [{"disposition": "scrap", "quantity": 3}]
        )
        self.assertDenied(self.operator, self.nonconformity, "action_review")
        self.assertDenied(self.operator, self.nonconformity, "action_close")
        dialog = self.env["mrp.closure.decide"].with_user(self.operator).create(vals)
        self.assertDenied(self.operator, dialog, "action_decide")
        self.assertEqual(self.nonconformity.open_quantity, 3)

    def test_a_decision_cannot_be_forged_with_its_stamps_or_from_the_context(self):
        vals = {"nonconformity_id": self.nonconformity.id, "disposition": "scrap", "quantity": 1}
        for forged in (
            {"status": "done"},
            {"decided_by_id": self.manager.id},
            {"is_final": True},
            {"verified_at": "2020-01-01"},
        ):
            self.assertDenied(self.inspector, self.line.browse(), "create", [{**vals, **forged}])
        made = self.call(
            self.inspector, self.line.browse(), "create", [vals], default_status="done", default_verified_by_id=2
        )
        line = self.line.browse(made)
        self.assertEqual((line.status, line.verified_by_id.id), ("decided", False))

    def test_a_report_cannot_be_forged_with_its_stamps_or_from_the_context(self):
        model = self.nonconformity.browse()
        vals = {"closure_id": self.order.closure_id.id, "quantity": 1}
        for forged in ({"state": "closed"}, {"reported_by_id": self.manager.id}, {"name": "X"}):
            self.assertDenied(self.operator, model, "create", [{**vals, **forged}])
        made = self.call(self.operator, model, "create", [vals], default_state="closed", default_severity="critical")
        reported = model.browse(made)
        self.assertEqual((reported.state, reported.severity), ("open", "minor"))
        self.assertEqual(reported.reported_by_id, self.operator)

    def test_who_may_decide_reports_and_decides_in_one_call(self):
        model = self.nonconformity.browse()
        decided = [[0, 0, {"disposition": "scrap", "quantity": 1}]]
        vals = {"closure_id": self.order.closure_id.id, "quantity": 1, "disposition_ids": decided}
        self.assertDenied(self.operator, model, "create", [vals])
        forged = [[0, 0, {"disposition": "scrap", "quantity": 1, "status": "done"}]]
        self.assertDenied(self.inspector, model, "create", [{**vals, "disposition_ids": forged}])
        taken = [[4, self.nonconformity.disposition_ids.ids[0], 0]]
        self.assertDenied(self.inspector, model, "create", [{**vals, "disposition_ids": taken}])
        made = model.browse(self.call(self.inspector, model, "create", [vals]))
        self.assertEqual((made.state, made.disposition_ids.decided_by_id), ("dispositioned", self.inspector))

    def test_auditors_and_outsiders_report_nothing(self):
        vals = {"closure_id": self.order.closure_id.id, "quantity": 1}
        self.assertDenied(self.auditor, self.nonconformity.browse(), "create", [vals])
        self.assertDenied(self.auditor, self.nonconformity, "write", {"description": "Fine"})
        self.assertEqual(self.nonconformity.with_user(self.auditor).quantity, 4)

    def test_a_report_is_about_goods_and_work_of_its_own_order(self):
        other = self.make_order()
        vals = {"closure_id": self.order.closure_id.id, "quantity": 1}
        lot = self.env["stock.lot"].create({"product_id": self.leg.id, "name": "Foreign"})
        for wrong in (
            {"product_id": self.leg.id},
            {"workorder_id": other.workorder_ids.id},
            {"lot_ids": [Command.set(lot.ids)]},
        ):
            with self.subTest(wrong=wrong):
                model = self.nonconformity.browse()
                self.assertDenied(self.inspector, model, "create", [{**vals, **wrong}], error=ValidationError)

    def test_only_the_reporter_and_inspectors_correct_a_report(self):
        report = self.report(self.order, 2, user=self.manager)
        self.assertDenied(self.operator, report, "write", {"quantity": 1})
        self.call(self.inspector, report, "write", {"quantity": 1, "severity": "major"})
        own = self.report(self.order, 2)
        self.call(self.operator, own, "write", {"quantity": 1, "root_cause": "Worn blade"})
        self.assertDenied(self.operator, own, "write", {"severity": "minor"})
        self.decide(own, ("scrap", 1))
        self.assertDenied(self.inspector, own, "write", {"quantity": 5}, error=UserError)

    def test_other_companies_neither_see_nor_decide(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.inspector.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        self.assertFalse(self.nonconformity.with_user(self.inspector).search([("id", "=", self.nonconformity.id)]))
        self.assertDenied(
            self.inspector, self.nonconformity, "action_disposition", [{"disposition": "scrap", "quantity": 3}]
        )

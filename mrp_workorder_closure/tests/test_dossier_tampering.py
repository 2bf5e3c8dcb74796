import contextlib
import json

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..hooks import uninstall_hook
from ..tools import get_fingerprint
from .closed import FreezeCase
from .routes import REFUSALS

TABLE = "mrp_closure_dossier"


@tagged("post_install", "-at_install")
class TestDossierTampering(FreezeCase):
    """Nobody changes the archive; who switches its protection off is found."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids[0].kind = "document"
        cls.orders = cls.order
        for _number in range(3):
            order = cls.make_order()
            check = order.closure_id.check_ids.filtered(lambda check: check.kind == "document")
            cls.file = cls.env["ir.attachment"].create(
                {"name": "proof.txt", "raw": b"proof", "res_model": check._name, "res_id": check.id}
            )
            cls.pass_checks(order)
            cls.rpc(order, "button_mark_done")
            cls.orders |= order
        cls.dossiers = cls.orders.closure_id.sudo().dossier_ids.sorted("sequence_number")
        cls.dossier = cls.dossiers[1]

    def execute(self, query, *args):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *args))
        self.env.invalidate_all()

    def unlock(self):
        self.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL")

    def verify(self):
        """Codes of what is found apart from the protection that this test switched off."""
        findings = self.env["mrp.closure.dossier"].verify_chain()
        return [finding for finding in findings if finding["code"] != "trigger"]

    @contextlib.contextmanager
    def assertRefuses(self, says="To "):
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                yield
                self.env.flush_all()
        except REFUSALS as refusal:
            self.assertIn(says, str(refusal))
        else:
            self.fail("Not refused")

    def run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"mrp_workorder_closure.{name}").method_direct_trigger()

    def assertFound(self, code, dossier=None):
        findings = self.verify()
        self.assertIn(code, [finding["code"] for finding in findings])
        if dossier:
            self.assertIn(dossier.sequence_number, [finding["sequence_number"] for finding in findings])

    def test_an_untouched_archive_has_no_findings(self):
        self.assertEqual(self.env["mrp.closure.dossier"].verify_chain(), [])
        self.assertEqual(self.env["mrp.closure.dossier"].with_user(self.auditor).verify_chain(), [])

    def test_the_orm_refuses_everybody(self):
        for user in (self.operator, self.manager, self.auditor, self.root):
            dossier = self.dossier.with_user(user)
            for act in (
                lambda dossier=dossier: dossier.write({"sha256": "0" * 64}),
                lambda dossier=dossier: dossier.sudo().write({"manifest": {}}),
                lambda dossier=dossier: dossier.sudo()._write_evidence({"revision": 2}),
                lambda dossier=dossier: dossier.sudo().unlink(),
                lambda dossier=dossier: dossier.sudo().copy(),
                lambda dossier=dossier: dossier.sudo().create({"order_name": "Forged"}),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    act()

    def test_rpc_refuses_everybody(self):
        for user in (self.operator, self.manager, self.auditor):
            for method, args in (
                ("write", [{"order_name": "Forged"}]),
                ("unlink", []),
                ("create", [{"order_name": "Forged", "closure_id": self.order.closure_id.id}]),
            ):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    self.rpc(self.dossier, method, *args, user=user)

    def test_sql_is_refused(self):
        for query in (
            "UPDATE mrp_closure_dossier SET revision = 2",
            "DELETE FROM mrp_closure_dossier",
            "TRUNCATE mrp_closure_dossier CASCADE",
            "SET LOCAL session_replication_role = replica; DELETE FROM mrp_closure_dossier",
            "DELETE FROM mrp_closure",
            "DELETE FROM ir_attachment",
        ):
            with (
                self.subTest(query=query),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.execute(query)

    def test_a_place_in_the_chain_is_taken_once(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.execute(
                """INSERT INTO mrp_closure_dossier (closure_id, company_id, order_name, kind, revision, sequence_number,
                       manifest, sha256, sealed_at, sealed_by)
                   SELECT closure_id, company_id, order_name, kind, revision, sequence_number, manifest, sha256,
                       sealed_at, sealed_by FROM mrp_closure_dossier WHERE id = %s""",
                self.dossier.id,
            )

    def test_a_switched_off_protection_is_found(self):
        self.unlock()
        codes = [finding["code"] for finding in self.env["mrp.closure.dossier"].verify_chain()]
        self.assertEqual(codes, ["trigger", "trigger"])

    def test_a_dropped_protection_is_found(self):
        self.execute("DROP TRIGGER mrp_closure_dossier_sealed_rows ON mrp_closure_dossier")
        codes = [finding["code"] for finding in self.env["mrp.closure.dossier"].verify_chain()]
        self.assertEqual(codes, ["trigger"])

    def test_a_changed_manifest_is_found(self):
        self.unlock()
        self.execute(
            """UPDATE mrp_closure_dossier SET manifest = jsonb_set(manifest, '{sections,order,produced}', '"11"')
               WHERE id = %s""",
            self.dossier.id,
        )
        self.assertFound("hash", self.dossier)

    def test_a_manifest_with_its_hash_made_anew_breaks_the_chain(self):
        self.unlock()
        forged = {**self.dossier.manifest, "round": 7}
        self.execute(
            "UPDATE mrp_closure_dossier SET manifest = %s, sha256 = %s WHERE id = %s",
            json.dumps(forged),
            get_fingerprint(forged),
            self.dossier.id,
        )
        self.assertEqual([finding["code"] for finding in self.verify()], ["link"])
        self.assertFound("link", self.dossiers[2])

    def test_a_changed_column_is_found(self):
        self.unlock()
        for column, value in (("order_name", "Forged"), ("revision", 9), ("sealed_by", "Nobody")):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self.execute(f"UPDATE mrp_closure_dossier SET {column} = %s WHERE id = %s", value, self.dossier.id)
                self.assertFound("column", self.dossier)
                savepoint.rollback()

    def test_a_deleted_dossier_leaves_a_gap(self):
        self.unlock()
        self.execute(
            "DELETE FROM mrp_closure_dossier_attachment_rel WHERE mrp_closure_dossier_id = %s", self.dossier.id
        )
        self.execute("DELETE FROM mrp_closure_dossier WHERE id = %s", self.dossier.id)
        findings = self.verify()
        self.assertEqual({finding["code"] for finding in findings}, {"gap", "missing"})
        self.assertIn(self.orders[1].name, [finding["order"] for finding in findings])

    def test_a_chain_cut_at_its_end_is_found(self):
        self.env["mrp.closure.verification"].sudo()._verify(self.company)
        last = self.dossiers[-1]
        self.unlock()
        self.execute("DELETE FROM mrp_closure_dossier_attachment_rel WHERE mrp_closure_dossier_id = %s", last.id)
        self.execute("DELETE FROM mrp_closure_dossier WHERE id = %s", last.id)
        self.execute("UPDATE mrp_closure SET state = 'open' WHERE id = %s", self.orders[-1].closure_id.id)
        self.assertFound("head")

    def test_a_changed_file_is_found(self):
        self.execute(
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = %s WHERE id = %s", b"forged", self.file.id
        )
        self.assertFound("file", self.dossiers[-1])
        self.assertEqual(self.env["mrp.closure.dossier"].verify_chain(files=False), [])

    def test_files_of_a_dossier_are_kept_even_while_the_order_is_reopened(self):
        order = self.orders[-1]
        closed = ("write", {"raw": b"forged"}), ("write", {"name": "x", "res_id": 1}), ("unlink",)
        for reopened in (False, True):
            if reopened:
                self.rpc(order.closure_id, "action_reopen", "Wrong", user=self.manager)
                check = order.closure_id.check_ids.filtered(lambda check: check.kind == "document")
                self.rpc(check, "action_fail", "Wrong document")
            for method, *args in closed:
                with self.subTest(reopened=reopened, method=method), self.assertRefuses():
                    getattr(self.file.sudo(), method)(*args)
                self.assertEqual(self.file.raw, b"proof")

    def test_an_archived_order_is_not_deleted(self):
        with self.assertRefuses("already done"):
            self.order.sudo().unlink()
        with self.assertRefuses():
            self.order.closure_id.sudo().unlink()
        order = self.make_order()
        closure = order.closure_id
        order.action_cancel()
        order.unlink()
        self.assertFalse(closure.exists())

    def test_findings_are_recorded_and_told_once(self):
        verification = self.env["mrp.closure.verification"].sudo()
        before = self.get_messages(self.auditor)
        self.run_cron("ir_cron_verify_archive")
        self.assertEqual(verification.search([], limit=1).result, "intact")
        self.assertEqual(self.get_messages(self.auditor), before)
        self.unlock()
        self.execute("UPDATE mrp_closure_dossier SET sha256 = %s WHERE id = %s", "0" * 64, self.dossier.id)
        with mute_logger("odoo.addons.mrp_workorder_closure.models.mrp_closure_verification"):
            self.run_cron("ir_cron_verify_archive")
            self.assertEqual(verification.search([], limit=1).result, "broken")
            told = self.get_messages(self.auditor)
            self.assertGreater(told, before)
            self.assertEqual(self.get_messages(self.operator), 0)
            self.run_cron("ir_cron_verify_archive")
            self.assertEqual(self.get_messages(self.auditor), told)

    def get_messages(self, user):
        return self.env["mail.message"].search_count([("partner_ids", "in", user.partner_id.ids)])

    def test_only_auditors_and_managers_verify_now(self):
        for user in (self.auditor, self.manager):
            action = self.rpc(self.env["mrp.closure.verification"], "action_verify", user=user)
            self.assertEqual(self.env["mrp.closure.verification"].browse(action["res_id"]).result, "intact")
        with self.assertRaises(AccessError):
            self.rpc(self.env["mrp.closure.verification"], "action_verify", user=self.operator)

    def test_verifications_are_sealed_too(self):
        made = self.env["mrp.closure.verification"].sudo()._verify(self.company)
        with self.assertRaises(AccessError):
            made.write({"result": "broken"})
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.execute("DELETE FROM mrp_closure_verification")

    def test_uninstalling_leaves_no_trigger_and_no_function(self):
        uninstall_hook(self.env)
        self.env.cr.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'mrp_closure%_sealed_%'")
        self.assertEqual(self.env.cr.fetchall(), [])
        self.env.cr.execute("SELECT 1 FROM pg_proc WHERE proname = 'mrp_closure_refuse_change'")
        self.assertEqual(self.env.cr.fetchall(), [])
        self.env["mrp.closure.dossier"].init()
        self.assertEqual(self.env["mrp.closure.dossier"]._get_missing_triggers(), [])

import base64
import doctest
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import canonical, check_dossiers
from .closed import FreezeCase

REPORT_ACTION = "odoo.addons.base.models.ir_actions_report.IrActionsReport"


@tagged("post_install", "-at_install")
class TestDossierFiles(FreezeCase):
    """A dossier on paper and as a file: printed by a cron, checked by anybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls.order.closure_id.sudo().dossier_ids
        cls.file = cls.dossier.file_ids

    def print_dossiers(self):
        with self.enter_registry_test_mode():
            self.env.ref("mrp_workorder_closure.ir_cron_print_dossiers").method_direct_trigger()
        self.env.invalidate_all()

    def get_messages(self, user):
        return self.env["mail.message"].search_count([("partner_ids", "in", user.partner_id.ids)])

    def test_closing_renders_nothing(self):
        with patch(f"{REPORT_ACTION}._render_qweb_pdf", side_effect=AssertionError("rendered")):
            order = self.make_closed()
        self.assertEqual(order.closure_id.sudo().dossier_ids.print_state, "todo")

    def test_the_cron_prints_and_the_print_stays(self):
        with patch(f"{REPORT_ACTION}._render_qweb_pdf", return_value=(b"%PDF", "pdf")):
            self.print_dossiers()
        self.assertEqual(self.file.state, "done")
        self.assertEqual(base64.b64decode(self.dossier.with_user(self.auditor).pdf), b"%PDF")
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", self.file._name), ("res_id", "=", self.file.id), ("res_field", "=", "pdf")]
        )
        for act in (
            lambda: attachment.write({"raw": b"forged"}),
            attachment.unlink,
            lambda: self.file.unlink(),
            lambda: self.file.write({"pdf": False}),
        ):
            with self.assertRaises(Exception) as refusal:
                act()
            self.assertIsInstance(refusal.exception, (AccessError, UserError))
        self.assertEqual(self.env["mrp.closure.dossier"].verify_chain(), [])

    def test_a_print_that_fails_is_tried_again(self):
        with (
            mute_logger("odoo.addons.mrp_workorder_closure.models.mrp_closure_dossier_file"),
            patch(f"{REPORT_ACTION}._render_qweb_pdf", side_effect=UserError("no memory")),
        ):
            self.print_dossiers()
        self.assertEqual((self.file.state, self.file.attempts, self.file.error), ("failed", 1, "no memory"))
        with patch(f"{REPORT_ACTION}._render_qweb_pdf", return_value=(b"%PDF", "pdf")):
            self.print_dossiers()
            self.assertEqual(self.file.state, "failed", "Not before its time")
            self.rpc(self.file, "action_print", user=self.auditor)
            self.print_dossiers()
        self.assertEqual(self.file.state, "done")

    def test_administrators_are_told_once_that_wkhtmltopdf_is_missing(self):
        admin = self.env.ref("base.user_admin")
        before = self.get_messages(admin)
        with patch(f"{REPORT_ACTION}.get_wkhtmltopdf_state", return_value="install"):
            self.print_dossiers()
            self.print_dossiers()
        self.assertEqual(self.get_messages(admin), before + 1)
        self.assertEqual(self.file.state, "todo")

    def test_the_print_says_what_was_sealed(self):
        for language in ("en_US", "zh_CN", "zh_TW"):
            self.env["res.lang"]._activate_lang(language)
            reports = self.env["ir.actions.report"].with_user(self.auditor).with_context(lang=language)
            html = reports._render_qweb_html("mrp_workorder_closure.report_dossier", self.dossier.ids)[0].decode()
            for part in (self.order.name, self.dossier.sha256, "data:image/png;base64", "Area is tidy", "Leg"):
                self.assertIn(part, html)

    def test_the_print_brings_its_own_style(self):
        """It stays as it is printed, also where wkhtmltopdf could not fetch style sheets from the server."""
        reports = self.env["ir.actions.report"].with_user(self.auditor)
        html = reports._render_qweb_html("mrp_workorder_closure.report_dossier", self.dossier.ids)[0].decode()
        self.assertRegex(html, r"(?s)<style>.*\.o_dossier .*</style>")
        self.assertIn(self.dossier.manifest["sealed_at"], html, "In UTC, as all times of a dossier")

    def test_the_content_is_readable_on_the_screen(self):
        html = str(self.dossier.with_user(self.auditor).manifest_html)
        for part in ("Components", "Leg", self.operator.name, "Area is tidy"):
            self.assertIn(part, html)

    def test_the_json_file_hashes_to_the_hash_of_the_dossier(self):
        content = base64.b64decode(self.dossier.with_user(self.auditor).json)
        self.assertEqual(check_dossiers.hashlib.sha256(content).hexdigest(), self.dossier.sha256)
        self.assertEqual(check_dossiers.get_sha256(json.loads(content)), self.dossier.sha256)

    # Checking

    def check(self, user=None, **vals):
        dialog = self.env["mrp.closure.dossier.check"].with_user(user or self.auditor).create(vals)
        dialog.action_check()
        return dialog

    def check_file(self, manifest):
        return self.check(file=base64.b64encode(json.dumps(manifest).encode()))

    def test_a_scanned_code_is_found(self):
        self.assertEqual(self.dossier._get_qr_text(), f"{self.order.name};1;{self.dossier.sha256}")
        for text in (self.dossier._get_qr_text(), self.dossier.sha256, f"  {self.dossier.sha256.upper()}\n"):
            dialog = self.check(text=text)
            self.assertEqual((dialog.result, dialog.dossier_id), ("genuine", self.dossier))

    def test_an_altered_code_is_told(self):
        self.assertEqual(self.check(text=self.dossier._get_qr_text().replace(";1;", ";2;")).result, "altered")
        self.assertEqual(self.check(text="0" * 64).result, "unknown")
        self.assertEqual(self.check(text="hello").result, "unknown")

    def test_an_uploaded_dossier_is_compared(self):
        manifest = self.dossier.manifest
        self.assertEqual(self.check_file(manifest).result, "genuine")
        altered = json.loads(json.dumps(manifest))
        altered["sections"]["order"]["produced"] = "11"
        dialog = self.check_file(altered)
        self.assertEqual(dialog.result, "altered")
        self.assertIn("What differs: Order.", dialog.message)
        for number in (10**6, 10**30, "1", None):
            self.assertEqual(self.check_file({**manifest, "sequence_number": number}).result, "unknown")

    def test_a_file_that_is_no_dossier_is_refused_in_a_sentence(self):
        for content in (b"", b"\xff\xfe", b"[1]", b'{"a": 1.5}', b"%PDF", b"[" * 100000):
            with self.assertRaisesRegex(UserError, "To check a dossier"):
                self.check(file=base64.b64encode(content))

    def test_later_dossiers_of_the_order_are_told(self):
        self.reopen()
        self.rpc(self.order.closure_id, "action_submit")
        later = self.order.closure_id.sudo().dossier_ids - self.dossier
        self.assertIn(str(later.sequence_number), self.check(text=self.dossier.sha256).message)

    def test_who_reads_no_dossiers_checks_none(self):
        stranger = self.operator.copy(
            {"login": "stranger", "group_ids": [(6, 0, [self.env.ref("base.group_user").id])]}
        )
        with self.assertRaises(AccessError):
            self.check(user=stranger, text=self.dossier.sha256)

    # Without Odoo

    def test_the_examples_in_the_documentation_hold(self):
        for module in (canonical, check_dossiers):
            self.assertFalse(doctest.testmod(module).failed, module.__name__)

    def write_files(self, folder):
        later = self.make_closed().closure_id.sudo().dossier_ids | self.make_closed().closure_id.sudo().dossier_ids
        dossiers = self.env["mrp.closure.dossier"].search([("company_id", "=", self.company.id)])
        for dossier in dossiers:
            Path(folder, dossier.json_name).write_bytes(base64.b64decode(dossier.json))
        return later

    def run_script(self, folder, *options):
        answer = subprocess.run(
            [sys.executable, "-I", check_dossiers.__file__, *options, folder],
            check=False,
            capture_output=True,
            text=True,
        )
        return answer.returncode, answer.stdout

    def test_a_script_checks_files_with_python_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            later = self.write_files(folder)
            code, output = self.run_script(folder)
            self.assertEqual(code, 0, output)
            self.assertIn(later.sorted("sequence_number")[-1].sha256, output)
            path = Path(folder, self.dossier.json_name)
            text = path.read_text()
            path.write_text(re.sub(r'"produced":"10"', '"produced":"11"', text))
            code, output = self.run_script(folder)
            self.assertEqual(code, 1)
            self.assertIn("was altered", output)
            path.unlink()
            code, output = self.run_script(folder)
            self.assertEqual(code, 1)
            self.assertIn("missing", output)

    def test_the_script_checks_the_code_of_a_print(self):
        code = self.dossier._get_qr_text()
        with tempfile.TemporaryDirectory() as folder:
            self.write_files(folder)
            self.assertEqual(self.run_script(folder, "--code", code)[0], 0)
            for forged, says in ((code.replace(";1;", ";2;"), "revision 1"), (f"A;1;{'0' * 64}", "no dossier")):
                answer, output = self.run_script(folder, "--code", forged)
                self.assertEqual(answer, 1)
                self.assertIn(says, output)

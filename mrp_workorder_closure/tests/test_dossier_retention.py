import io
import zipfile

from freezegun import freeze_time

from odoo.tests import tagged

from .closed import FreezeCase


@tagged("post_install", "-at_install")
class TestDossierRetention(FreezeCase):
    """Old dossiers go out of sight, and stay in the chain."""

    def archive(self, date):
        with self.enter_registry_test_mode(), freeze_time(date):
            self.env.ref("mrp_workorder_closure.ir_cron_archive_dossiers").method_direct_trigger()
        self.env.invalidate_all()

    def test_dossiers_are_archived_by_age_without_breaking_the_chain(self):
        dossier = self.order.closure_id.sudo().dossier_ids
        model = self.env["mrp.closure.dossier"].with_user(self.auditor)
        self.archive("2100-01-01")
        self.assertFalse(dossier.is_archived, "Not unless the company wants it")
        self.company.closure_archive_years = 10
        self.archive(dossier.sealed_at)
        self.assertFalse(dossier.is_archived)
        self.assertIn(dossier, model.search([("is_archived", "=", False)]))
        self.archive("2100-01-01")
        self.assertTrue(dossier.is_archived)
        self.assertNotIn(dossier, model.search([("is_archived", "=", False)]))
        self.assertIn(dossier, model.search([("is_archived", "=", True)]))
        self.assertIn(dossier, self.order.closure_id.sudo().dossier_ids)
        self.assertEqual(model.verify_chain(), [])
        later = self.make_closed().closure_id.sudo().dossier_ids
        self.assertEqual(later.previous_sha256, dossier.sha256)

    def test_an_archived_dossier_keeps_its_print(self):
        dossier = self.order.closure_id.sudo().dossier_ids
        dossier.file_ids._write_evidence({"pdf": "JVBERg=="})
        dossier.file_ids._write_evidence({"state": "done"})
        self.company.closure_archive_years = 10
        self.archive("2100-01-01")
        as_auditor = dossier.with_user(self.auditor)
        self.assertTrue(as_auditor.is_archived)
        self.assertEqual(as_auditor.pdf, b"JVBERg==")
        target = io.BytesIO()
        as_auditor._write_zip(target)
        with zipfile.ZipFile(target) as archive:
            self.assertEqual([archive.read(name) for name in archive.namelist() if name.endswith(".pdf")], [b"%PDF"])

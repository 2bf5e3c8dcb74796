from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.ir_attachment import EVIDENCE
from .common import WideCase

URL = "https://store.example.com/bucket/video.mp4"


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestCloudStorage(WideCase):
    """Core's cloud storage keeps large files of the chatter outside Odoo; files of evidence stay in it."""

    applications = ("cloud_storage", "cloud_storage_migration")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids[0].kind = "document"
        cls.order = cls.make_order()
        cls.check = cls.order.closure_id.check_ids[0]
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("cloud_storage_provider", "somewhere")
        parameters.set_param("cloud_storage_migration_all_models", f"{cls.check._name},mrp.production")
        parameters.set_param("cloud_storage_min_file_size", "1")

    def setUp(self):
        super().setUp()
        attachments = self.registry["ir.attachment"]
        self.startPatcher(patch.object(attachments, "_generate_cloud_storage_url", return_value=URL))
        upload = {"url": URL, "method": "PUT", "response_status": 200}
        self.startPatcher(patch.object(attachments, "_generate_cloud_storage_upload_info", return_value=upload))

    def upload(self, record, pending=False):
        """What the chatter does with a large file: an empty one is made here, its content goes to the cloud."""
        place = ("mail.compose.message", 0) if pending else (record._name, record.id)
        vals = {"name": "video.mp4", "raw": b"", "res_model": place[0], "res_id": place[1]}
        file = self.env["ir.attachment"].with_user(self.operator).sudo().create(vals)
        file._post_add_create(cloud_storage=True)
        return file

    def test_the_chatter_of_evidence_uploads_to_odoo(self):
        unsupported = self.env["ir.attachment"]._get_cloud_storage_unsupported_models()
        self.assertLessEqual(EVIDENCE, set(unsupported))
        self.assertNotIn("mrp.production", unsupported)

    def test_a_file_in_the_cloud_does_not_become_evidence(self):
        with self.assertRaisesRegex(UserError, "video.mp4.*attach the file itself"):
            self.upload(self.check)
        file = self.upload(self.check, pending=True)
        self.assertEqual((file.type, file.file_size), ("cloud_storage", 0))
        with self.assertRaisesRegex(UserError, "video.mp4.*attach the file itself"):
            self.check.with_user(self.operator).message_post(body="Look", attachment_ids=file.ids)
        with self.assertRaisesRegex(UserError, "attach the document first"):
            self.check.with_user(self.operator).action_pass()

    def test_a_file_in_the_cloud_from_before_is_no_document_and_is_sealed_as_a_link(self):
        file = self.upload(self.check, pending=True)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET res_model = %s, res_id = %s WHERE id = %s",
            (self.check._name, self.check.id, file.id),
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "attach the document first"):
            self.check.with_user(self.operator).action_pass()
        self.env["ir.attachment"].with_user(self.operator).create(
            {"name": "report.txt", "raw": b"figures", "res_model": self.check._name, "res_id": self.check.id}
        )
        self.pass_checks(self.order)
        self.order.button_mark_done()
        checks = self.order.closure_id.sudo().dossier_ids.manifest["sections"]["checks"]
        sealed = {entry["name"]: entry for check in checks for entry in check["files"]}
        self.assertEqual((sealed["video.mp4"]["sha256"], sealed["video.mp4"]["link"]), (None, URL))
        self.assertTrue(sealed["report.txt"]["sha256"])
        self.assertEqual(self.env["mrp.closure.dossier"].verify_chain(), [])

    def test_other_files_go_to_the_cloud(self):
        self.assertEqual(self.upload(self.order).type, "cloud_storage")

    def test_moving_files_to_the_cloud_leaves_evidence_where_it_is(self):
        proof, plan = (
            self.env["ir.attachment"].create(
                {"name": name, "raw": name.encode(), "res_model": record._name, "res_id": record.id}
            )
            for name, record in (("proof.txt", self.check), ("plan.txt", self.order))
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = %s WHERE id IN %s",
            (fields.Datetime.subtract(fields.Datetime.now(), days=8), (proof | plan)._ids),
        )
        self.env["ir.config_parameter"].set_param("cloud_storage_migration_min_attachment_id", str(proof.id - 1))
        with (
            self.enter_registry_test_mode(),
            mute_logger("odoo.addons.cloud_storage_migration.models.ir_attachment"),
            patch("odoo.addons.cloud_storage_migration.models.ir_attachment.requests.Session") as session,
        ):
            session.return_value.request.return_value.status_code = 200
            for _number in range(2):
                self.env.ref(
                    "cloud_storage_migration.ir_cron_manual_migrate_local_to_cloud_storage"
                ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((plan.type, plan.file_size), ("cloud_storage", 0))
        self.assertEqual((proof.type, proof.raw, proof.url), ("binary", b"proof.txt", False))

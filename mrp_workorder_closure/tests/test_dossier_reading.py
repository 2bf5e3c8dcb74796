from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .closed import FreezeCase

VERIFICATION = "odoo.addons.mrp_workorder_closure.models.mrp_closure_verification"


@tagged("post_install", "-at_install")
class TestDossierReading(FreezeCase):
    """What the database says of files is compared every night; files themselves are read in turns, each once a week."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids[0].kind = "document"
        cls.photographed = cls.env["mrp.production"]
        for _number in range(2):
            order = cls.make_order()
            check = order.closure_id.check_ids.filtered(lambda check: check.kind == "document")
            cls.env["ir.attachment"].create(
                {"name": "proof.txt", "raw": b"proof", "res_model": check._name, "res_id": check.id}
            )
            cls.pass_checks(order)
            cls.rpc(order, "button_mark_done")
            cls.photographed |= order
        cls.closures = cls.photographed.closure_id
        cls.dossiers = cls.closures.sudo().dossier_ids.sorted("sequence_number")
        cls.file = cls.dossiers[1].attachment_ids

    def run_cron(self, name, days=0):
        with (
            self.enter_registry_test_mode(),
            freeze_time(fields.Datetime.now() + timedelta(days=days)),
            mute_logger(VERIFICATION),
        ):
            self.env.ref(f"mrp_workorder_closure.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def execute(self, query, *args):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *args))
        self.env.invalidate_all()

    def forge_content(self):
        """Other content in the file store, of which the database says nothing."""
        self.execute("UPDATE ir_attachment SET store_fname = NULL, db_datas = %s WHERE id = %s", b"other", self.file.id)

    def count_reads(self, act):
        """How many files ``act`` reads."""
        reads = []
        attachments = self.registry["ir.attachment"]
        read = attachments._read_contents

        def counted(records):
            reads.extend(records.ids)
            return read(records)

        self.patch(attachments, "_read_contents", counted)
        act()
        return len(reads)

    def get_latest(self):
        return self.env["mrp.closure.verification"].search([("company_id", "=", self.company.id)], limit=1)

    def get_messages(self, user):
        return self.env["mail.message"].search_count([("partner_ids", "in", user.partner_id.ids)])

    def test_the_nightly_comparison_reads_no_file_of_an_unchanged_order(self):
        self.assertEqual(self.count_reads(lambda: self.run_cron("ir_cron_seal_addenda")), 0)
        self.assertTrue(all(self.closures.mapped("compared_at")))
        self.assertEqual(self.closures.sudo().dossier_ids, self.dossiers)

    def test_the_nightly_comparison_finds_what_the_database_says_of_a_file(self):
        for change in ("checksum = 'x'", "file_size = 4", "name = 'other.txt'", "res_id = 0"):
            with self.subTest(change=change), self.env.cr.savepoint() as savepoint:
                self.execute(f"UPDATE ir_attachment SET {change} WHERE id = %s", self.file.id)
                self.assertEqual(list(self.closures._get_drift()), [self.closures[1]])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_addendum_names_the_content_that_a_file_has_now(self):
        self.forge_content()
        self.execute("UPDATE ir_attachment SET checksum = 'x' WHERE id = %s", self.file.id)
        [change] = self.closures._seal_addenda().manifest["changes"]
        before, after = (change[side]["files"][0] for side in ("before", "after"))
        self.assertNotEqual(before["sha256"], after["sha256"])
        self.assertFalse(change["is_expected"])

    def test_files_are_read_once_a_week(self):
        self.assertEqual(self.count_reads(lambda: self.run_cron("ir_cron_read_files", days=6)), 0, "Sealing read them")
        self.assertEqual(self.count_reads(lambda: self.run_cron("ir_cron_read_files", days=8)), 2)
        self.assertEqual(self.count_reads(lambda: self.run_cron("ir_cron_read_files", days=9)), 0)

    def test_other_content_is_found_within_a_week_and_told_once(self):
        self.forge_content()
        before = self.get_messages(self.auditor)
        self.run_cron("ir_cron_read_files", days=8)
        self.assertEqual(self.get_latest().result, "broken")
        [finding] = self.get_latest().findings
        self.assertEqual((finding["code"], finding["dossier_id"]), ("file", self.dossiers[1].id))
        self.assertEqual(self.get_messages(self.auditor), before + 1)
        self.run_cron("ir_cron_verify_archive", days=9)
        self.assertEqual(self.get_latest().result, "broken", "The next night does not say that all is well")
        self.assertEqual(self.get_messages(self.auditor), before + 1)

    def test_files_that_are_back_are_found_well_again(self):
        content = self.file.store_fname
        self.forge_content()
        self.run_cron("ir_cron_read_files", days=8)
        self.execute("UPDATE ir_attachment SET store_fname = %s, db_datas = NULL WHERE id = %s", content, self.file.id)
        self.run_cron("ir_cron_verify_archive", days=9)
        self.assertEqual((self.get_latest().result, self.get_latest().is_complete), ("intact", False))

    def test_verify_now_reads_every_file(self):
        self.forge_content()
        self.assertEqual(self.env["mrp.closure.dossier"].verify_chain(files=False), [])
        self.rpc(self.env["mrp.closure.verification"], "action_verify", user=self.auditor)
        self.assertEqual((self.get_latest().result, self.get_latest().is_complete), ("broken", True))
        self.assertEqual(
            [finding["code"] for finding in self.env["mrp.closure.dossier"].verify_chain(files=False)],
            ["file"],
            "What was found stays found",
        )

    def test_what_the_first_version_did_not_tell_of_files_is_no_change(self):
        model = self.registry["mrp.closure.check"]
        read = model._read_manifest_files

        def read_as_first_version(records):
            files = read(records)
            for file in sum(files.values(), []):
                del file["checksum"]
            return files

        order = self.make_order()
        check = order.closure_id.check_ids.filtered(lambda check: check.kind == "document")
        self.env["ir.attachment"].create(
            {"name": "old.txt", "raw": b"old", "res_model": check._name, "res_id": check.id}
        )
        self.pass_checks(order)
        with patch.object(model, "_read_manifest_files", read_as_first_version):
            self.rpc(order, "button_mark_done")
        closure = order.closure_id.sudo()
        self.assertNotIn("checksum", str(closure.dossier_ids.manifest))
        self.assertFalse(closure._get_drift())
        self.execute(
            "UPDATE ir_attachment SET name = 'new.txt' WHERE res_model = %s AND res_id = %s", check._name, check.id
        )
        self.assertTrue(closure._get_drift())

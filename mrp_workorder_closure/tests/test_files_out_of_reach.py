import base64
import doctest
import hashlib
import io
import tempfile
import zipfile
from pathlib import Path
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import mrp_closure_drift
from ..tools import check_dossiers, manifest
from .closed import FreezeCase
from .test_evidence_files import PIXEL

MODELS = "odoo.addons.mrp_workorder_closure.models"
READING = f"{MODELS}.ir_attachment_content"
NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@tagged("post_install", "-at_install")
class TestFilesOutOfReach(FreezeCase):
    """Files may lie anywhere: one that cannot be read is said to be so, and is never taken for an empty one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids[0].kind = "document"
        cls.template.point_ids[1].kind = "photo"

    def make_answered(self):
        """An order whose checks are answered, and its two files."""
        order = self.make_order()
        files = self.env["ir.attachment"]
        for check in order.closure_id.check_ids:
            content = PIXEL if check.kind == "photo" else b"figures"
            files |= self.attach(check, raw=content, name=f"{check.kind}.{order.id}")
        self.pass_checks(order)
        return order, files

    def attach(self, record, **vals):
        return self.env["ir.attachment"].create({"res_model": record._name, "res_id": record.id, **vals})

    def make_sealed(self):
        order, files = self.make_answered()
        self.rpc(order, "button_mark_done")
        return order.closure_id.sudo().dossier_ids, files

    def execute(self, query, *args):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *args))
        self.env.invalidate_all()

    def lose(self, file):
        """The file is gone from where files are kept; return what brings it back."""
        place = file.store_fname
        self.execute("UPDATE ir_attachment SET store_fname = 'ff/gone' WHERE id = %s", file.id)
        return lambda: self.execute("UPDATE ir_attachment SET store_fname = %s WHERE id = %s", place, file.id)

    def change(self, file):
        """Something else lies where the file is kept, of which the database knows nothing."""
        self.execute("UPDATE ir_attachment SET store_fname = NULL, db_datas = %s WHERE id = %s", b"forged", file.id)

    def cut_off(self):
        """No file can be read: the store answers with an error of its own."""
        attachments = self.registry["ir.attachment"]
        self.enterContext(mute_logger(READING))
        self.env.invalidate_all()
        return patch.object(attachments, "_file_read", side_effect=RuntimeError("Could not connect to the endpoint"))

    def get_sealed_files(self, dossier):
        return {file["id"]: file for file in manifest.find_files(dossier.manifest["sections"])}

    def verify(self):
        return [(finding["code"], finding["message"]) for finding in self.env["mrp.closure.dossier"].verify_chain()]

    def run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"mrp_workorder_closure.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def export(self, dossiers):
        export = (
            self.env["mrp.closure.export"]
            .with_user(self.auditor)
            .create({"kind": "zip", "dossier_ids": [Command.set(dossiers.ids)]})
        )
        with mute_logger(f"{MODELS}.mrp_closure_export"):
            self.run_cron("ir_cron_export")
        return export

    def get_contents(self, export):
        with zipfile.ZipFile(io.BytesIO(export.sudo().attachment_ids.raw)) as archive:
            return [archive.read(name) for name in archive.namelist() if name.startswith("files/")]

    # Closing

    def test_nothing_is_closed_over_a_file_that_is_gone(self):
        order, files = self.make_answered()
        bring_back = self.lose(files[0])
        before = self.get_traces(order)
        says = f"To close {order.name}.*{files[0].name}.*Area is tidy"
        with self.assertRaisesRegex(UserError, says), self.env.cr.savepoint():
            self.rpc(order, "button_mark_done")
        self.assertEqual(self.get_traces(order), before)
        bring_back()
        self.rpc(order, "button_mark_done")
        sealed = self.get_sealed_files(order.closure_id.sudo().dossier_ids)
        self.assertEqual(sealed.keys(), set(files.ids))
        self.assertFalse({NOTHING, None} & {file["sha256"] for file in sealed.values()})

    def test_nothing_is_closed_over_a_file_that_was_changed_past_odoo(self):
        order, files = self.make_answered()
        self.change(files[0])
        with self.assertRaisesRegex(UserError, f"To close {order.name}.*{files[0].name}.*as it was attached"):
            self.rpc(order, "button_mark_done")

    def test_nothing_is_closed_while_no_file_can_be_read(self):
        order, files = self.make_answered()
        with self.cut_off() as read, self.assertRaisesRegex(UserError, f"To close {order.name}.*out of reach"):
            self.rpc(order, "button_mark_done")
        self.assertEqual(read.call_count, 1, "A store out of reach takes its time for each answer")

    def test_one_order_does_not_hide_the_file_of_another(self):
        fine, _files = self.make_answered()
        order, files = self.make_answered()
        self.lose(files[1])
        with self.assertRaisesRegex(UserError, f"To close {order.name}.*{files[1].name}"):
            self.rpc(fine | order, "button_mark_done")

    def test_by_force_an_order_is_closed_without_a_file_and_says_so(self):
        for harm in (self.lose, self.change):
            order, files = self.make_answered()
            harm(files[0])
            self.rpc(order.closure_id, "action_force_close", "The bucket is gone", user=self.manager)
            self.assertEqual(order.closure_state, "closed")
            sealed = self.get_sealed_files(order.closure_id.sudo().dossier_ids)
            self.assertIsNone(sealed[files[0].id]["sha256"])
            self.assertEqual((sealed[files[0].id]["bytes"], sealed[files[0].id]["checksum"]), (7, files[0].checksum))
            self.assertTrue(sealed[files[1].id]["sha256"])

    def test_a_client_that_asks_for_sizes_changes_nothing(self):
        order, files = self.make_answered()
        self.env.invalidate_all()
        self.rpc(order, "button_mark_done", context={"bin_size": True, "bin_size_raw": True})
        sealed = self.get_sealed_files(order.closure_id.sudo().dossier_ids)
        self.assertEqual(sealed[files[0].id]["sha256"], hashlib.sha256(b"figures").hexdigest())
        dossiers = self.env["mrp.closure.dossier"].with_context(bin_size=True, bin_size_raw=True)
        self.env.invalidate_all()
        self.assertEqual(dossiers.verify_chain(), [])

    def test_a_file_that_was_missing_when_it_was_sealed_is_compared_with_what_was_attached(self):
        order, files = self.make_answered()
        bring_back = self.lose(files[0])
        self.rpc(order.closure_id, "action_force_close", "The bucket is gone", user=self.manager)
        [(code, message)] = self.verify()
        self.assertEqual(code, "lost")
        self.assertIn(files[0].name, message)
        self.change(files[0])
        self.assertEqual([code for code, _message in self.verify()], ["file"])
        bring_back()
        self.execute("UPDATE ir_attachment SET db_datas = NULL WHERE id = %s", files[0].id)
        self.assertEqual(self.verify(), [])
        export = self.export(order.closure_id.sudo().dossier_ids)
        self.assertFalse(export.error)
        self.assertCountEqual(self.get_contents(export), [b"figures", PIXEL])

    def test_a_cancellation_seals_without_a_file(self):
        order = self.make_order(product=self.plain_table)
        order.move_raw_ids.write({"quantity": 1, "picked": True})
        order.move_raw_ids._action_done()
        self.template.product_ids += self.plain_table
        self.template.with_user(self.manager).action_apply_to_open_orders()
        file = self.attach(order.closure_id.check_ids[0], raw=b"figures", name="report.txt")
        self.lose(file)
        self.rpc(order.closure_id, "action_cancel_order", "Customer left", user=self.manager)
        dossier = order.closure_id.sudo().dossier_ids
        self.assertEqual(dossier.kind, "cancel")
        self.assertIsNone(self.get_sealed_files(dossier)[file.id]["sha256"])

    # Answering

    def test_a_photo_that_cannot_be_read_answers_no_check(self):
        order = self.make_order()
        check = order.closure_id.check_ids.filtered(lambda check: check.kind == "photo")
        self.attach(check, raw=PIXEL, name="photo.png")
        with self.cut_off(), self.assertRaisesRegex(UserError, "photo.png.*out of reach"):
            self.rpc(check, "action_pass")
        other = self.attach(check, raw=PIXEL, name="other.png")
        self.lose(other)
        self.rpc(check, "action_pass")
        self.assertEqual(check.state, "pass", "One that can be read is enough")

    def test_a_photo_that_cannot_be_stored_is_refused_in_a_sentence(self):
        order = self.make_order()
        check = order.closure_id.check_ids.filtered(lambda check: check.kind == "photo")
        self.enterContext(mute_logger(READING))
        attachments = self.registry["ir.attachment"]
        with (
            patch.object(attachments, "_file_write", side_effect=RuntimeError("Could not connect to the endpoint")),
            self.assertRaisesRegex(UserError, "To add photo.png.*takes none"),
        ):
            self.rpc(check, "action_photo", "photo.png", base64.b64encode(PIXEL).decode())

    # Links

    def test_a_link_is_sealed_as_a_link_and_without_a_hash(self):
        order, _files = self.make_answered()
        link = self.attach(order.closure_id, type="url", url="https://example.com/plan", name="Plan")
        self.rpc(order, "button_mark_done")
        dossier = order.closure_id.sudo().dossier_ids
        sealed = self.get_sealed_files(dossier)[link.id]
        self.assertEqual((sealed["sha256"], sealed["link"]), (None, "https://example.com/plan"))
        self.assertEqual(self.verify(), [])
        self.assertNotIn(b"", self.get_contents(self.export(dossier)))

    def test_a_link_that_the_first_version_sealed_with_the_hash_of_nothing_is_no_finding(self):
        order, _files = self.make_answered()
        link = self.attach(order.closure_id, type="url", url="https://example.com/plan", name="Plan")
        with patch(f"{MODELS}.mrp_closure_manifest_files.is_link", return_value=False):
            self.rpc(order, "button_mark_done")
        closure = order.closure_id.sudo()
        self.assertEqual(self.get_sealed_files(closure.dossier_ids)[link.id]["sha256"], NOTHING)
        self.assertEqual(self.verify(), [])
        self.execute("UPDATE mrp_production SET user_id = NULL WHERE id = %s", order.id)
        [change] = closure._get_drift()[closure]
        self.assertEqual(change["before"]["files"][0].get("sha256"), change["after"]["files"][0].get("sha256"))
        with tempfile.TemporaryDirectory() as folder:
            closure.dossier_ids._write_zip(str(Path(folder, "all.zip")))
            findings = check_dossiers.check([Path(folder)])[2]
        self.assertFalse([finding for finding in findings if "file" in finding])

    # The archive

    def test_lost_and_changed_files_are_told_apart(self):
        dossier, files = self.make_sealed()
        bring_back = self.lose(files[0])
        verification = self.env["mrp.closure.verification"].sudo()
        self.assertEqual([code for code, _message in self.verify()], ["lost"])
        self.assertEqual(verification._verify(self.company).result, "lost")
        self.assertTrue(dossier.file_ids.has_lost_files)
        bring_back()
        self.change(files[1])
        self.assertEqual([code for code, _message in self.verify()], ["file"])
        self.assertEqual(verification._verify(self.company).result, "broken")

    def test_a_store_out_of_reach_is_no_manipulation_and_is_not_asked_for_every_file(self):
        for _number in range(2):
            dossier, _files = self.make_sealed()
        domain = [("partner_ids", "in", self.auditor.partner_id.ids)]
        with self.cut_off() as read, mute_logger(f"{MODELS}.mrp_closure_verification"):
            dossier.file_ids._read_files()
            self.assertEqual(self.env["mrp.closure.verification"].search([], limit=1).result, "lost")
            self.assertIn("cannot be read", self.env["mail.message"].search(domain, limit=1).subject)
            read.reset_mock()
            found = dict(self.env["mrp.closure.dossier"].search([]).attachment_ids._read_contents())
        self.assertEqual((len(found), set(found.values())), (4, {None}))
        self.assertEqual(read.call_count, 3)

    def test_the_nightly_comparison_goes_on_and_takes_no_unread_file_for_a_changed_one(self):
        dossier, files = self.make_sealed()
        self.execute("UPDATE mrp_production SET user_id = NULL WHERE id = %s", dossier.closure_id.production_id.id)
        self.execute("UPDATE ir_attachment SET name = 'renamed' WHERE id = %s", files[1].id)
        with self.cut_off():
            self.run_cron("ir_cron_seal_addenda")
        addendum = dossier.closure_id.dossier_ids - dossier
        self.assertEqual({file["sha256"] for file in self.get_sealed_files(addendum).values()}, {None})
        changed = {change["section"]: change["id"] for change in addendum.manifest["changes"]}
        self.assertEqual(changed.keys(), {"order", "checks"})
        self.assertEqual(changed["checks"], files[1].res_id)
        self.assertEqual(self.verify(), [])

    def test_an_export_goes_without_a_lost_file_and_says_so(self):
        first, files = self.make_sealed()
        second, others = self.make_sealed()
        self.lose(files[0])
        export = self.export(first | second)
        self.assertEqual(export.state, "done")
        self.assertIn(files[0].name, export.error)
        self.assertNotIn(others[0].name, export.error)
        self.assertCountEqual(self.get_contents(export), [b"figures", PIXEL], "Another copy is there")
        self.lose(others[0])
        export = self.export(first | second)
        self.assertCountEqual(self.get_contents(export), [PIXEL])

    def test_an_export_goes_without_a_lost_print(self):
        dossier, _files = self.make_sealed()
        dossier.file_ids._write_evidence({"pdf": base64.b64encode(b"%PDF")})
        dossier.file_ids._write_evidence({"state": "done"})
        printed = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "mrp.closure.dossier.file"),
                ("res_id", "=", dossier.file_ids.id),
                ("res_field", "=", "pdf"),
            ]
        )
        self.lose(printed)
        export = self.export(dossier)
        self.assertIn(dossier.pdf_name, export.error)
        with zipfile.ZipFile(io.BytesIO(export.sudo().attachment_ids.raw)) as archive:
            self.assertFalse([name for name in archive.namelist() if name.endswith(".pdf")])

    def test_nothing_is_exported_while_no_file_can_be_read(self):
        dossier, _files = self.make_sealed()
        with self.cut_off():
            export = self.export(dossier)
        self.assertEqual(export.state, "failed")
        self.assertIn("out of reach", export.error)

    def test_a_copy_waits_for_a_file_until_it_is_told_as_lost(self):
        dossier, files = self.make_sealed()
        self.lose(files[0])
        domain = [("partner_ids", "in", self.auditor.partner_id.ids)]
        with tempfile.TemporaryDirectory() as folder:
            options = {"archive_folder": folder}
            with patch(f"{MODELS}.mrp_closure_backup._read_option", options.get):
                with mute_logger(f"{MODELS}.mrp_closure_backup"):
                    self.run_cron("ir_cron_back_up")
                self.assertIn(files[0].name, self.env["mail.message"].search(domain, limit=1).body)
                self.assertFalse(list(Path(folder).rglob("*.zip")))
                self.rpc(self.env["mrp.closure.verification"], "action_verify", user=self.auditor)
                self.run_cron("ir_cron_back_up")
            [path] = Path(folder).rglob("*.zip")
            with zipfile.ZipFile(path) as archive:
                self.assertEqual(len([name for name in archive.namelist() if name.startswith("files/")]), 1)

    def test_a_copy_waits_while_the_place_of_all_files_is_missing(self):
        """A folder whose mount is missing is empty: what a verification finds lost that night is there tomorrow."""
        self.make_sealed()
        missing = patch.object(self.registry["ir.attachment"], "_file_read", return_value=b"")
        with tempfile.TemporaryDirectory() as folder:
            options = {"archive_folder": folder}
            with patch(f"{MODELS}.mrp_closure_backup._read_option", options.get):
                with missing, mute_logger(f"{MODELS}.mrp_closure_backup"):
                    self.rpc(self.env["mrp.closure.verification"], "action_verify", user=self.auditor)
                    self.run_cron("ir_cron_back_up")
                self.assertFalse(list(Path(folder).rglob("*.zip")))
                self.run_cron("ir_cron_back_up")
            [path] = Path(folder).rglob("*.zip")
            with zipfile.ZipFile(path) as archive:
                self.assertEqual(len([name for name in archive.namelist() if name.startswith("files/")]), 2)

    # Moving

    def test_a_lost_file_is_brought_back_as_it_was_and_as_nothing_else(self):
        _dossier, files = self.make_sealed()
        file = files[0].sudo()
        self.lose(file)
        for content in (b"", b"other"):
            with self.assertRaises(AccessError):
                file.write({"raw": content})
            with self.assertRaises(AccessError):
                file.write({"datas": base64.b64encode(content)})
        with self.assertRaises(AccessError):
            file._migrate()
        self.assertEqual((file.file_size, self.verify()[0][0]), (7, "lost"))
        file.write({"raw": b"figures", "mimetype": file.mimetype})
        self.assertEqual((file.raw, self.verify()), (b"figures", []))

    def test_a_changed_file_does_not_become_the_real_one_by_moving(self):
        _dossier, files = self.make_sealed()
        self.change(files[0])
        with self.assertRaises(AccessError):
            files[0].sudo()._migrate()

    def test_files_are_read_one_by_one(self):
        _dossier, files = self.make_sealed()
        read = self.registry["ir.attachment"]._file_read
        broken = files[0].store_fname

        def read_all_but_one(attachments, fname, size=None):
            if fname == broken:
                raise RuntimeError("damaged")
            return read(attachments, fname, size)

        self.env.invalidate_all()
        with patch.object(self.registry["ir.attachment"], "_file_read", read_all_but_one), mute_logger(READING):
            self.assertEqual(dict(files._read_contents()), {files[0]: None, files[1]: PIXEL})

    def test_the_examples_in_the_documentation_hold(self):
        for module in (manifest, mrp_closure_drift):
            self.assertFalse(doctest.testmod(module).failed, module.__name__)

import csv
import io
import os
import tempfile
import tracemalloc
import zipfile
from pathlib import Path
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..models.mrp_closure_backup import _read_option
from ..tools import check_dossiers
from .closed import FreezeCase

MODELS = "odoo.addons.mrp_workorder_closure.models"


@tagged("post_install", "-at_install")
class TestDossierExport(FreezeCase):
    """Dossiers leave the house: exports in the background, and a folder that keeps a copy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids[0].kind = "document"
        order = cls.make_order()
        check = order.closure_id.check_ids.filtered(lambda check: check.kind == "document")
        cls.env["ir.attachment"].create(
            {"name": "proof.txt", "raw": b"proof", "res_model": check._name, "res_id": check.id}
        )
        cls.pass_checks(order)
        cls.rpc(order, "button_mark_done")
        cls.dossiers = (cls.order | order).closure_id.sudo().dossier_ids.sorted("sequence_number")

    def export(self, user=None, **vals):
        export = self.env["mrp.closure.export"].with_user(user or self.auditor).create(vals)
        self.run_cron("ir_cron_export")
        return export

    def run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"mrp_workorder_closure.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def get_contents(self, export):
        self.assertEqual((export.state, export.progress), ("done", 100.0))
        return [io.BytesIO(file.raw) for file in export.attachment_ids.sorted("id")]

    def test_a_zip_holds_json_and_files_and_passes_the_check(self):
        [content] = self.get_contents(self.export(kind="zip"))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "all.zip").write_bytes(content.getvalue())
            count, heads, findings = check_dossiers.check([Path(folder)])
        self.assertEqual((count, findings), (len(self.dossiers), []))
        self.assertEqual(heads[self.company.id].sha256, self.dossiers[-1].sha256)
        with zipfile.ZipFile(content) as archive:
            self.assertEqual([archive.read(name) for name in archive.namelist() if "files/" in name], [b"proof"])

    def test_prints_are_part_of_the_zip(self):
        self.dossiers[0].file_ids.sudo()._write_evidence({"pdf": "JVBERg=="})
        self.dossiers[0].file_ids.sudo()._write_evidence({"state": "done"})
        [content] = self.get_contents(self.export(kind="zip"))
        with zipfile.ZipFile(content) as archive:
            self.assertEqual([archive.read(name) for name in archive.namelist() if name.endswith(".pdf")], [b"%PDF"])

    def test_excel_has_one_sheet_for_each_section(self):
        [content] = self.get_contents(self.export(kind="xlsx"))
        book = load_workbook(content)
        self.assertIn("Components", book.sheetnames)
        rows = list(book["Components"].values)
        self.assertEqual(rows[0][:3], ("Number", "Order", "Revision"))
        quantity = rows[0].index("Quantity")
        self.assertIn((self.order.name, "40"), [(row[1], row[quantity]) for row in rows[1:]])

    def test_csv_has_one_file_for_each_section(self):
        [content] = self.get_contents(self.export(kind="csv"))
        with zipfile.ZipFile(content) as archive:
            text = archive.read("checks.csv").decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        self.assertEqual(len(rows), 1 + 2 * len(self.dossiers))
        self.assertIn("Area is tidy", text)

    def test_sheets_leave_out_what_only_programs_need(self):
        move_line = self.order.move_raw_ids.move_line_ids[:1]
        [content] = self.get_contents(self.export(kind="xlsx"))
        book = load_workbook(content)
        headers = {cell for sheet in book for cell in next(sheet.values)}
        self.assertFalse(headers & {"id", "version_id", "figures", "is_planned", "checksum"})
        lots = [row[next(book["Components"].values).index("Lots")] for row in book["Components"].values]
        told = f"Quantity: 40; To: {move_line.location_dest_id.display_name}"
        self.assertIn(told, lots, "Entries inside an entry are told with labels, and without ids")

    def test_no_text_becomes_a_formula(self):
        self.template.point_ids[1].name = '=HYPERLINK("http://example.com")'
        self.template.point_ids[0].kind = "manual"
        self.make_closed()
        [content] = self.get_contents(self.export(kind="csv"))
        with zipfile.ZipFile(content) as archive:
            rows = list(csv.reader(io.StringIO(archive.read("checks.csv").decode("utf-8-sig"))))
        self.assertFalse([cell for row in rows for cell in row if cell.startswith("=")])

    def test_a_large_range_is_made_part_by_part(self):
        with patch.dict(f"{MODELS}.mrp_closure_export.PART", zip=1):
            export = self.export(kind="zip")
        self.assertEqual(len(self.get_contents(export)), len(self.dossiers))

    def test_a_part_ends_where_its_files_are_too_large_for_memory(self):
        with patch(f"{MODELS}.mrp_closure_export.PART_BYTES", 4):
            parts = self.get_contents(self.export(kind="zip"))
        self.assertEqual(len(parts), 2, "A file of 5 bytes, and the dossiers before it")
        names = [name for part in parts for name in zipfile.ZipFile(part).namelist() if name.endswith(".json")]
        self.assertEqual(len(names), len(self.dossiers))

    def test_chosen_closures_and_dossiers_are_exported(self):
        closure = self.order.closure_id.with_user(self.auditor)
        for action in (closure.action_export_dossiers(), self.dossiers[0].with_user(self.auditor).action_export()):
            chosen = action["context"]["default_dossier_ids"]
            self.assertEqual(chosen, self.dossiers[0].ids)
        for kind in ("xlsx", "csv", "zip"):
            export = self.export(kind=kind, dossier_ids=[(6, 0, chosen)])
            self.assertEqual((export.total_count, export.state), (1, "done"))
        [content] = self.get_contents(export)
        [name] = [name for name in zipfile.ZipFile(content).namelist() if name.endswith(".json")]
        self.assertIn(self.dossiers[0]._get_file_name(), name)
        with self.assertRaisesRegex(UserError, "that were closed"):
            self.make_order().closure_id.with_user(self.auditor).action_export_dossiers()
        with self.assertRaises(AccessError):
            self.order.closure_id.with_user(self.operator).action_export_dossiers()

    def test_chosen_dossiers_of_other_companies_are_not_exported(self):
        other = self.env["res.company"].create({"name": "Other Works"})
        self.auditor.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            self.export(kind="zip", dossier_ids=[(6, 0, self.dossiers.ids)])

    def test_company_rules_hold_for_files_prints_and_exports(self):
        self.dossiers[1].file_ids.sudo()._write_evidence({"pdf": "JVBERg=="})
        printed = self.env["ir.attachment"].search(
            [("res_model", "=", "mrp.closure.dossier.file"), ("res_field", "=", "pdf")]
        )
        exported = self.export(kind="zip").attachment_ids
        files = self.dossiers.attachment_ids | printed | exported
        self.assertEqual(len(files), 3)
        self.assertTrue(all(file.with_user(self.auditor).raw for file in files))
        other = self.env["res.company"].create({"name": "Other Works"})
        self.auditor.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for file in files:
            with self.subTest(file=file.name), self.assertRaises(AccessError):
                file.with_user(self.auditor).read(["raw"])

    def test_dates_choose_what_is_exported(self):
        export = self.export(kind="zip", date_from="2020-01-01", date_to="2100-01-01")
        self.assertEqual(export.total_count, len(self.dossiers))
        with self.assertRaisesRegex(UserError, "choose dates"):
            self.export(kind="zip", date_to="2020-01-01")

    def test_nobody_exports_what_they_may_not_read(self):
        other = self.env["res.company"].create({"name": "Other Works"})
        with self.assertRaises(AccessError):
            self.export(kind="zip", company_id=other.id)
        stranger = self.auditor.copy({"login": "stranger", "group_ids": [(6, 0, [self.env.ref("base.group_user").id])]})
        with self.assertRaises(AccessError):
            self.export(user=stranger, kind="zip")

    def test_an_export_belongs_to_who_asked_for_it(self):
        export = self.export(kind="zip", user_id=self.manager.id, state="done")
        self.assertEqual(export.user_id, self.auditor)
        self.assertTrue(export.attachment_ids.with_user(self.auditor).mapped("raw"))
        for act in (
            lambda: export.with_user(self.manager).read(["state"]),
            lambda: export.attachment_ids.with_user(self.manager).read(["raw"]),
            lambda: export.with_user(self.auditor).write({"user_id": self.manager.id}),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_a_failed_export_says_why(self):
        with (
            mute_logger(f"{MODELS}.mrp_closure_export"),
            patch(f"{MODELS}.mrp_closure_dossier_zip.MrpClosureDossier._write_zip", side_effect=OSError("disk full")),
        ):
            export = self.export(kind="zip")
        self.assertEqual((export.state, export.error), ("failed", "disk full"))

    def test_memory_stays_flat(self):
        """Ten times as many dossiers take about the same memory at their peak."""

        def measure(dossiers):
            self.env.invalidate_all()
            with tempfile.TemporaryFile() as target:
                tracemalloc.start()
                dossiers._write_zip(target)
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
            return peak

        many = self.dossiers.browse(self.dossiers[:1].ids * 1000)
        with patch.object(zipfile.ZipFile, "writestr", lambda *args: None):
            measure(many[:50])
            small, large = measure(many[:100]), measure(many)
        self.assertLess(large, 2 * small)

    # The folder

    def back_up(self, folder, every=None):
        options = {"archive_folder": folder and str(folder), "archive_every": every}
        with patch(f"{MODELS}.mrp_closure_backup._read_option", options.get):
            self.run_cron("ir_cron_back_up")

    def test_the_folder_gets_what_is_new_and_passes_the_check(self):
        self.back_up(None)
        with tempfile.TemporaryDirectory() as folder:
            self.back_up(folder)
            self.assertEqual(len(list(Path(folder).rglob("*.zip"))), 1)
            self.back_up(folder)
            self.assertEqual(len(list(Path(folder).rglob("*.zip"))), 1)
            self.template.point_ids[0].kind = "manual"
            later = self.make_closed().closure_id.sudo().dossier_ids
            self.back_up(folder)
            count, heads, findings = check_dossiers.check([Path(folder)])
            self.assertEqual((count, findings), (len(self.dossiers) + 1, []))
            self.assertEqual(heads[self.company.id].sha256, later.sha256)
            first, _second = sorted(Path(folder).rglob("*.zip"))
            first.unlink()
            self.assertIn("missing", check_dossiers.check([Path(folder)])[2][0])

    def test_a_copy_that_fails_is_told(self):
        domain = [("partner_ids", "in", self.auditor.partner_id.ids)]
        before = self.env["mail.message"].search_count(domain)
        with tempfile.NamedTemporaryFile() as no_folder, mute_logger(f"{MODELS}.mrp_closure_backup"):
            self.back_up(no_folder.name)
        self.assertEqual(self.env["mail.message"].search_count(domain), before + 1)

    def get_told(self):
        messages = self.env["mail.message"].search([("partner_ids", "in", self.auditor.partner_id.ids)], order="id")
        return [str(body) for body in messages.mapped("body")]

    def close_another(self):
        self.template.point_ids[0].kind = "manual"
        return self.make_closed().closure_id.sudo().dossier_ids

    def test_it_is_copied_every_day_or_every_week_as_the_configuration_says(self):
        with tempfile.TemporaryDirectory() as folder:
            self.back_up(folder, "week")
            [path] = Path(folder).rglob("*.zip")
            self.close_another()
            self.back_up(folder, "week")
            self.assertEqual(list(Path(folder).rglob("*.zip")), [path], "Not before a week has passed")
            last_week = path.stat().st_mtime - 7 * 24 * 3600
            os.utime(path, (last_week, last_week))
            self.back_up(folder, "week")
            self.assertEqual(len(list(Path(folder).rglob("*.zip"))), 2)
            self.close_another()
            self.back_up(folder, "day")
            self.assertEqual(len(list(Path(folder).rglob("*.zip"))), 3)
            with mute_logger(f"{MODELS}.mrp_closure_backup"):
                self.back_up(folder, "fortnight")
            self.assertIn('"week"', self.get_told()[-1])

    def test_the_option_is_read_from_the_configuration_of_the_server(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("[options]\n[mrp_workorder_closure]\narchive_folder = /srv/archive\n")
            file.flush()
            with patch.dict(config.options, config=file.name):
                self.assertEqual(_read_option("archive_folder"), "/srv/archive")
                self.assertIsNone(_read_option("archive_every"))

    def test_an_archive_that_does_not_continue_the_folder_is_told(self):
        """As after a restore of an older dump: what is closed then stands at numbers that the folder holds already."""
        with tempfile.TemporaryDirectory() as folder:
            self.back_up(folder)
            [path] = Path(folder).rglob("*.zip")
            with zipfile.ZipFile(path) as archive:
                contents = {name: archive.read(name) for name in archive.namelist()}
            last = f"dossiers/{self.dossiers[-1]._get_file_name()}.json"
            contents[last] = contents[last].replace(b"Area is tidy", b"Area was tidy")
            with zipfile.ZipFile(path, "w") as archive:
                for name, content in contents.items():
                    archive.writestr(name, content)
            self.close_another()
            with mute_logger(f"{MODELS}.mrp_closure_backup"):
                self.back_up(folder)
            self.assertEqual(list(Path(folder).rglob("*.zip")), [path], "Nothing is put behind it")
            self.assertIn(str(self.dossiers[-1].sequence_number), self.get_told()[-1])

    def test_a_restored_folder_says_what_the_archive_said(self):
        """The drill: the database is lost, what the folder holds is read without it."""
        with tempfile.TemporaryDirectory() as folder:
            self.back_up(folder)
            [path] = Path(folder).rglob("*.zip")
            with zipfile.ZipFile(path) as archive:
                texts = {
                    name: archive.read(name).decode() for name in archive.namelist() if name.startswith("dossiers/")
                }
        for dossier in self.dossiers:
            self.assertEqual(texts[f"dossiers/{dossier._get_file_name()}.json"], dossier._get_manifest_text())

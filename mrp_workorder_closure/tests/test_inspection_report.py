import base64
from io import BytesIO

from PIL import Image

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common_inspection import InspectionCase

REPORT = "mrp_workorder_closure.report_inspection"
CLOSURE_REPORT = "mrp_workorder_closure.report_closure_inspections"
LANGUAGES = ("en_US", "zh_CN", "zh_TW")


@tagged("post_install", "-at_install")
class TestInspectionReport(InspectionCase):
    """The printed report: results, statistics, signature and pictures, in three languages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for language in LANGUAGES:
            cls.env["res.lang"]._activate_lang(language)

    def make_signed(self):
        characteristics = [
            {"name": "Length", "kind": "variable", "min_value": 9, "max_value": 11, "unit": "mm"},
            {"name": "Scratches"},
        ]
        inspection = self.make_inspection(
            qty=20,
            sampling="fixed",
            sample_value=3,
            characteristics=characteristics,
            signature_required=True,
        )
        length, scratches = inspection.line_ids
        length.readings = "10.1 9.9 10"
        picture = BytesIO()
        Image.new("RGB", (40, 30), "red").save(picture, "PNG")
        scratches.write(
            {
                "inspected": 3,
                "note": "Seen by daylight",
                "photo": base64.b64encode(picture.getvalue()),
            }
        )
        dialog = self.env["mrp.closure.decision"].with_user(self.inspector).create({"inspection_id": inspection.id})
        dialog.with_context(closure_password="closure_inspector").action_decide()
        return inspection

    def render(self, report, records, lang="en_US"):
        actions = self.env["ir.actions.report"].with_user(self.inspector).with_context(lang=lang)
        return actions._render_qweb_html(report, records.ids)[0].decode()

    def test_the_report_shows_results_statistics_pictures_and_the_signature(self):
        inspection = self.make_signed()
        html = self.render(REPORT, inspection)
        for part in (
            inspection.order_name,
            "Table",
            "9 mm to 11 mm",
            "10.1 9.9 10",
            "n = 3, mean = 10",
            "<svg",
            "Seen by daylight",
            "data:image/png;base64",
            "Accepted",
            "Ivy Inspector",
            "Signed with the signer",
        ):
            self.assertIn(part, html)

    def test_the_report_of_a_closure_shows_all_its_inspections(self):
        inspection = self.make_signed()
        self.assertIn("Ivy Inspector", self.render(CLOSURE_REPORT, inspection.closure_id))
        empty = self.make_order(product=self.table).closure_id
        self.assertIn("no inspection was planned", self.render(CLOSURE_REPORT, empty))

    def test_an_undecided_inspection_prints_without_a_signature(self):
        html = self.render(REPORT, self.make_inspection())
        self.assertIn("Not decided yet", html)
        self.assertNotIn("Signed with", html)

    def test_the_report_prints_in_each_language_in_the_words_of_that_language(self):
        inspection = self.make_signed()
        point = inspection.sudo().point_id
        point.with_context(lang="zh_CN").name = "最终检验"
        point.with_context(lang="zh_TW").name = "最終檢驗"
        order = self.make_order(qty=20)
        order.qty_producing = 20
        translated = order.closure_id.inspection_ids
        names = {"en_US": "Final inspection", "zh_CN": "最终检验", "zh_TW": "最終檢驗"}
        for language in LANGUAGES:
            with self.subTest(language=language):
                self.assertIn(names[language], self.render(REPORT, translated, language))

    def test_the_report_is_a_real_pdf_in_each_language(self):
        inspection = self.make_signed()
        for language in LANGUAGES:
            with self.subTest(language=language):
                actions = self.env["ir.actions.report"].with_context(lang=language, force_report_rendering=True)
                content, kind = actions._render_qweb_pdf(REPORT, inspection.ids)
                self.assertEqual(kind, "pdf")
                self.assertTrue(content.startswith(b"%PDF"))
                self.assertGreaterEqual(len(PdfFileReader(BytesIO(content)).pages), 1)

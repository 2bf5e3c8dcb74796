from odoo.tests import tagged

from .closed import FreezeCase
from .common_approval import ApprovalCase
from .common_inspection import InspectionCase
from .common_nonconformity import NonconformityCase
from .test_inspection_results import LENGTH


@tagged("post_install", "-at_install")
class TestInspectionsInDossiers(InspectionCase):
    """A dossier holds inspections with their plan, each reading, and who decided."""

    def test_readings_and_verdict(self):
        inspection = self.make_inspection(characteristics=[LENGTH], qty=20, sampling="fixed", sample_value=5)
        inspection.line_ids.with_user(self.operator).readings = "10 9.5 10.5 9.6 10.4"
        inspection.action_decide()
        order = inspection.sudo().closure_id.production_id
        order.workorder_ids.button_finish()
        order.with_user(self.operator).button_mark_done()
        [sealed] = order.closure_id.sudo().dossier_ids.manifest["sections"]["inspections"]
        self.assertEqual(
            (sealed["state"], sealed["lot_size"], sealed["sample_size"], sealed["sampling"]),
            ("accepted", 20, 5, "fixed"),
        )
        self.assertEqual((sealed["decided_by"]["name"], sealed["first_verdict"]), ("Ivy Inspector", "accepted"))
        [result] = sealed["results"]
        self.assertEqual(result["readings"], ["10", "9.5", "10.5", "9.6", "10.4"])
        self.assertEqual((result["lower_limit"], result["upper_limit"], result["unit"]), ("9.5", "10.5", "mm"))
        self.assertEqual(result["entered_by"]["name"], self.operator.name)


@tagged("post_install", "-at_install")
class TestGoodsInDossiers(NonconformityCase):
    """A dossier holds lots and serial numbers, problems with what was decided, and scrap."""

    def test_serial_numbers_nonconformities_and_scraps(self):
        product = self.make_product("serial")
        order = self.make_tracked_order(product, qty=3)
        nonconformity = self.report(order, 1, description="Leg is loose")
        lot = order.lot_producing_ids[0]
        self.decide(nonconformity, ("scrap", 1, {"lot_ids": [(6, 0, lot.ids)]}))
        self.close(order)
        sections = order.closure_id.sudo().dossier_ids.manifest["sections"]
        [output] = [move for move in sections["output"] if move["product"]["name"] == product.name]
        self.assertEqual(
            sorted(line["number"] for line in output["lots"]), sorted(order.lot_producing_ids.mapped("name"))
        )
        [problem] = sections["nonconformities"]
        self.assertEqual((problem["description"], problem["reported_by"]["name"]), ("Leg is loose", self.operator.name))
        [decision] = problem["dispositions"]
        self.assertEqual(
            (decision["disposition"], decision["numbers"], decision["decided_by"]["name"]),
            ("scrap", lot.mapped("name"), self.inspector.name),
        )
        [scrap] = sections["scraps"]
        self.assertEqual((scrap["number"], scrap["quantity"]), (lot.name, "1"))


@tagged("post_install", "-at_install")
class TestApprovalsInDossiers(ApprovalCase):
    """A dossier holds the signatures of approvals."""

    def test_a_signature_stands_with_name_and_meaning(self):
        self.set_levels(self.named(self.paula, signature_required=True))
        closure = self.make_submitted()
        closure.with_user(self.paula)._decide_signed("approved", None, password=self.paula.login)
        closure.production_id.with_user(self.operator).button_mark_done()
        [level] = closure.sudo().dossier_ids.manifest["sections"]["approvals"]
        [decision] = level["decisions"]
        self.assertEqual((decision["signed_by"], decision["verdict"]), ("Paula", "approved"))
        self.assertIn("I approve the figures", decision["meaning"])


@tagged("post_install", "-at_install")
class TestLanguageOfDossiers(FreezeCase):
    """Screens, prints and spreadsheets speak the language of their reader; what is sealed has none."""

    def test_codes_are_spelled_out_and_the_manifest_keeps_them(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["mrp", "mrp_workorder_closure"], ["zh_CN"])
        dossier = self.order.closure_id.sudo().dossier_ids
        labels = {
            lang: dict(
                self.env["mrp.closure.check"]._fields["state"]._description_selection(self.env(context={"lang": lang}))
            )["pass"]
            for lang in ("en_US", "zh_CN")
        }
        self.assertNotEqual(labels["en_US"], labels["zh_CN"])
        for lang, label in labels.items():
            read = dossier.with_context(lang=lang)
            [states] = [
                [row[columns.index(read._get_entry_labels()["state"])] for row in rows]
                for title, columns, rows in read._get_tables()
                if title == read._get_section_labels()["checks"]
            ]
            self.assertEqual(set(states), {label})
            rows = [
                row
                for name, row in read._get_sheet_rows(
                    read._get_sheet_columns(), read._get_entry_labels(), read._get_code_labels()
                )
            ]
            self.assertTrue(any(label in row for row in rows))
        self.assertEqual({check["state"] for check in dossier.manifest["sections"]["checks"]}, {"pass"})

    def test_every_code_of_a_manifest_has_its_labels(self):
        known = self.env["mrp.closure.dossier"]._get_code_labels()
        for name, keys in known.items():
            for key, labels in keys.items():
                self.assertTrue(labels, f"{name}.{key}")

    def test_goods_without_lots_have_no_table_of_lots(self):
        dossier = self.order.closure_id.sudo().dossier_ids
        lots = dossier._get_entry_labels()["lots"]
        self.assertTrue(dossier.manifest["sections"]["components"][0]["lots"], "They are sealed all the same")
        self.assertFalse([title for title, _columns, _rows in dossier._get_tables() if title.endswith(lots)])

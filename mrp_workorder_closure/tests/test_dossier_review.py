from odoo import Command
from odoo.tests import new_test_user, tagged

from .common_leftover import LeftoverCase


@tagged("post_install", "-at_install")
class TestDossierReview(LeftoverCase):
    """The dossier says what became of the material, what the order cost more, and who released it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.paula = new_test_user(cls.env, "closure_paula", groups="base.group_user", name="Paula")
        cls.template.point_ids.tolerance_pct = 10
        cls.template.level_ids = [Command.create({"name": "Production", "user_ids": [Command.set(cls.paula.ids)]})]
        order = cls.make_issued(leg=39, board=10)
        order.workorder_ids.button_finish()
        cls.closure = order.closure_id
        cls.closure.with_user(cls.operator).action_refresh()
        legs = cls.closure.balance_ids.filtered(lambda line: line.product_id == cls.leg)
        legs.with_user(cls.controller).action_explain("Fell into the drain")
        cls.closure.with_user(cls.operator).action_refresh()
        cls.closure.with_user(cls.paula).action_approve("Good work")
        order.with_user(cls.operator).button_mark_done()
        cls.sections = cls.closure.sudo().dossier_ids.manifest["sections"]

    def test_it_holds_the_balance_with_its_explanation(self):
        [legs] = [line for line in self.sections["balance"] if line["product"]["name"] == "Leg"]
        self.assertEqual((legs["issued"], legs["consumed"], legs["unaccounted"]), ("40", "39", "1"))
        self.assertEqual((legs["explanation"], legs["explained_by"]["name"]), ("Fell into the drain", "Wim Warehouse"))

    def test_it_holds_every_decision_with_the_fingerprint_it_was_about(self):
        [level] = self.sections["approvals"]
        self.assertEqual((level["level"], level["round"], level["state"]), ("Production", 1, "approved"))
        [decision] = level["decisions"]
        self.assertEqual((decision["decided_by"]["name"], decision["comment"]), ("Paula", "Good work"))
        self.assertEqual(decision["fingerprint"], self.closure.fingerprint)

    def test_it_holds_the_variances(self):
        usage = [line for line in self.sections["variances"] if line["kind"] == "material_usage"]
        self.assertIn(("Leg", "-5"), [(line["name"], line["variance"]) for line in usage])
        self.assertEqual(
            sum(float(line["variance"]) for line in self.sections["variances"]),
            sum(self.closure.sudo().variance_ids.mapped("amount")),
        )

    def test_its_sections_and_entries_have_labels(self):
        dossier = self.closure.sudo().dossier_ids
        labels = dossier._get_entry_labels()
        for name in ("balance", "approvals", "variances"):
            self.assertIn(name, dossier._get_section_labels())
            for entry in self.sections[name]:
                self.assertFalse({key for key in entry if key != "id"} - labels.keys())

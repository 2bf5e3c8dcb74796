from odoo.tests import HttpCase, tagged

from .common_inspection import InspectionCase


@tagged("post_install", "-at_install")
class TestToursInspection(InspectionCase, HttpCase):
    """An inspector with a phone: 390 by 844, touch, no right on manufacturing."""

    browser_size = "390x844"
    touch_enabled = True

    def test_an_inspector_enters_readings_on_a_phone_and_decides(self):
        inspection = self.make_inspection(
            qty=20,
            name="Phone inspection",
            sampling="fixed",
            sample_value=5,
            characteristics=[
                {
                    "name": "Length",
                    "kind": "variable",
                    "min_value": 9.5,
                    "max_value": 10.5,
                    "unit": "mm",
                },
                {"name": "Scratches"},
            ],
        )
        self.start_tour(
            "/odoo/closure-inspections",
            "mrp_closure_inspection_phone",
            login="closure_inspector",
            timeout=120,
        )
        length, scratches = inspection.line_ids
        self.assertEqual((length.inspected, length.defective, length.note), (5, 1, "Calliper 3"))
        self.assertEqual((scratches.inspected, scratches.defective), (5, 0))
        self.assertEqual((inspection.state, inspection.decided_by_id), ("rejected", self.inspector))

    def test_an_inspector_opens_what_was_rejected_on_a_phone(self):
        inspection = self.make_inspection(qty=20, name="Phone inspection", sampling="fixed", sample_value=5)
        self.decide(inspection, defective=2)
        decision = {"disposition": "scrap", "quantity": 5, "reason": "Weld spatter"}
        inspection.nonconformity_ids.with_user(self.inspector).action_disposition([decision])
        self.start_tour(
            "/odoo/nonconformities", "mrp_closure_nonconformity_phone", login="closure_inspector", timeout=120
        )

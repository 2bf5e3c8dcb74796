from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestToursChecks(ClosureCase, HttpCase):
    """People answer checks in a real browser: values, photos, signatures, waivers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([("share", "=", False)]).tour_enabled = False
        cls.template.point_ids = [
            Command.clear(),
            Command.create({"name": "Oven", "kind": "measure", "min_value": 180, "max_value": 200, "unit": "°C"}),
            Command.create({"name": "Picture", "kind": "photo"}),
            Command.create({"name": "Operations are over", "kind": "workorders_finished"}),
        ]

    def run_tour(self, tour, order, user):
        url = f"/odoo/action-mrp_workorder_closure.mrp_closure_action/{order.closure_id.id}"
        self.start_tour(url, tour, login=user.login, timeout=120)
        self.env.invalidate_all()

    def test_a_measurement_is_entered_and_its_limits_decide(self):
        order = self.make_order()
        self.run_tour("mrp_workorder_closure_measure", order, self.operator)
        oven = order.closure_id.check_ids[0]
        self.assertEqual((oven.state, oven.value, oven.done_by_id), ("pass", 190, self.operator))

    def test_the_camera_button_takes_a_photo_and_answers(self):
        order = self.make_order()
        self.run_tour("mrp_workorder_closure_photo", order, self.operator)
        picture = order.closure_id.check_ids[1]
        self.assertEqual((picture.state, picture.done_by_id), ("pass", self.operator))
        self.assertEqual(picture._get_evidence_files()[picture.id].name, "camera.png")

    def test_a_photo_is_signed_in_the_dialog_that_follows(self):
        self.template.point_ids.filtered(lambda point: point.kind == "photo").signature_required = True
        order = self.make_order()
        self.run_tour("mrp_workorder_closure_signed_photo", order, self.operator)
        picture = order.closure_id.check_ids[1]
        self.assertEqual((picture.state, picture.signed_name), ("pass", "Olga Operator"))

    def test_a_manager_concedes_a_failed_measurement(self):
        order = self.make_order()
        order.closure_id.check_ids[0].with_user(self.operator).action_measure(150)
        self.run_tour("mrp_workorder_closure_waive_measure", order, self.manager)
        oven = order.closure_id.check_ids[0]
        self.assertEqual(
            (oven.state, oven.waiver_reason, oven.waived_by_id), ("waived", "The customer agreed", self.manager)
        )

    def test_a_member_of_a_group_finds_its_work_in_the_inbox(self):
        ines = new_test_user(
            self.env, "closure_ines", groups="mrp.group_mrp_user,mrp_workorder_closure.group_inspector", name="Ines"
        )
        group = self.env.ref("mrp_workorder_closure.group_inspector")
        self.template.point_ids[0].write({"group_id": group.id, "deadline_hours": 0.01})
        self.make_order()
        self.start_tour("/odoo", "mrp_workorder_closure_inbox", login=ines.login, timeout=120)

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common_inspection import InspectionCase


class BoardTourCase(InspectionCase, HttpCase):
    """Tables with two checks, one of them late at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids = [
            fields.Command.create({"name": "Area is tidy", "deadline_hours": 0.0001}),
            fields.Command.create({"name": "Tools are back"}),
        ]


@tagged("post_install", "-at_install", "mrp_closure")
class TestToursBoard(BoardTourCase):
    """From what went wrong to what is done about it."""

    def test_an_inspector_plans_and_starts_an_action_from_a_nonconformity(self):
        order = self.make_order()
        self.env["mrp.closure.nonconformity"].create(
            {"closure_id": order.closure_id.id, "quantity": 2, "description": "Scratched"}
        )
        self.start_tour(
            "/odoo/nonconformities", "mrp_closure_corrective_action", login="closure_inspector", timeout=120
        )
        action = self.env["mrp.closure.action"].search([("nonconformity_id.closure_id", "=", order.closure_id.id)])
        self.assertEqual((action.state, action.user_id, action.indicator), ("do", self.inspector, "waivers"))


@tagged("post_install", "-at_install", "mrp_closure")
class TestToursBoardPhone(BoardTourCase):
    """The tracking board on a phone: 390 by 844, touch."""

    browser_size = "390x844"
    touch_enabled = True

    def test_an_operator_reads_the_board_and_opens_a_closure(self):
        order = self.make_order(name="WH/BOARD/1", user_id=self.operator.id)
        order.action_assign()
        order.closure_id.check_ids[1].with_user(self.operator).action_pass()
        self.start_tour("/odoo/closure-board", "mrp_closure_board", login="closure_operator", timeout=120)

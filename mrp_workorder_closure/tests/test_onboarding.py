from odoo.tests import HttpCase, tagged

from .common import ClosureCase

TOUR = "mrp_workorder_closure_onboarding"


@tagged("post_install", "-at_install")
class TestOnboarding(ClosureCase, HttpCase):
    """A new manager gets from the installation to a first order that is refused, led by Odoo's own tour."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "First Gated Product", "is_storable": True})
        cls.make_bom(cls.product, operations=())

    def test_the_tour_is_offered_as_one_of_odoos_own(self):
        tour = self.env["web_tour.tour"].search([("name", "=", TOUR)])
        self.assertFalse(tour.custom)
        self.assertIn(TOUR, self.env.ref("mrp_workorder_closure.mrp_closure_template_action").help)

    def test_a_new_manager_is_led_from_a_ready_template_to_a_refused_order(self):
        self.env["res.users"].search([("share", "=", False)]).tour_enabled = False
        self.start_tour("/odoo/closure-templates", TOUR, login=self.manager.login, timeout=180)
        order = self.env["mrp.production"].search([("product_id", "=", self.product.id)])
        self.assertEqual(order.state, "confirmed")
        self.assertTrue(order.closure_id.template_id.active)
        self.assertTrue(order.get_closure_blockers())

from odoo.tests import HttpCase, tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestTours(ClosureCase, HttpCase):
    """People close orders in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([("share", "=", False)]).tour_enabled = False
        # Built once for all tours here: on a busy machine the browser gives up waiting for them.
        for bundle in ("web.assets_web", "web.assets_tests"):
            cls.env["ir.qweb"]._get_asset_bundle(bundle, css=False, js=True).js()
            cls.env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=False).css()

    def open_order(self, order, tour, user):
        self.start_tour(f"/odoo/action-mrp.mrp_production_action/{order.id}", tour, login=user.login, timeout=120)

    def test_an_operator_is_told_what_is_missing_answers_it_and_finishes_the_order(self):
        order = self.make_order()
        self.assertEqual((order.state, order.closure_state), ("confirmed", "open"))
        self.open_order(order, "mrp_workorder_closure_operator", self.operator)
        self.assertEqual((order.state, order.closure_state), ("done", "closed"))
        checks = order.closure_id.check_ids
        self.assertEqual(set(checks.mapped("state")), {"pass"})
        self.assertEqual(checks.done_by_id, self.operator)
        self.assertEqual(order.closure_id.submitted_by_id, self.operator)

    def test_a_manager_writes_a_template_in_its_form_and_new_orders_are_held_to_it(self):
        product = self.env["product.product"].create({"name": "Lacquered Table", "is_storable": True})
        self.make_bom(product)
        self.assertFalse(self.make_order(product=product).closure_id)
        url = "/odoo/action-mrp_workorder_closure.mrp_closure_template_action"
        self.start_tour(url, "mrp_workorder_closure_template", login=self.manager.login, timeout=120)
        template = self.env["mrp.closure.template"].search([("name", "=", "Lacquered tables")])
        self.assertEqual(template.point_ids.mapped("name"), ["Lacquer is dry", "Edges are smooth"])
        closure = self.make_order(product=product).closure_id
        self.assertEqual(closure.template_id, template)
        self.assertEqual(closure.check_ids.mapped("state"), ["todo", "todo"])

    def test_a_manager_waives_a_failed_check_and_finishes_the_order(self):
        order = self.make_order()
        tidy, tools = order.closure_id.check_ids
        tidy.with_user(self.operator).action_fail("Scratched top")
        tools.with_user(self.operator).action_pass()
        self.assertEqual((order.state, tidy.state), ("confirmed", "fail"))
        self.open_order(order, "mrp_workorder_closure_waiver", self.manager)
        self.assertEqual((order.state, order.closure_state), ("done", "closed"))
        self.assertEqual((tidy.state, tidy.waiver_reason), ("waived", "Customer takes it at a discount"))
        self.assertEqual((tidy.waived_by_id, tidy.done_by_id), (self.manager, self.operator))

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .test_subcontract_receipt_closes_only_ready_orders import SubcontractCase

ORDER_VIEWS = (
    "mrp_subcontracting.mrp_production_subcontracting_form_view",
    "mrp_subcontracting.mrp_production_subcontracting_tree_view",
    "mrp_subcontracting.mrp_production_subcontracting_filter",
)
PORTAL_VIEW = "mrp_subcontracting.mrp_production_subcontracting_portal_form_view"


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestScreens(SubcontractCase):
    """The screens of subcontracting open with the closure on them, also for those who may not read closures."""

    applications = (*SubcontractCase.applications, "mrp_subcontracting_dropshipping")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "closure_portal", groups="base.group_portal", name="Paul Portal")
        cls.portal.partner_id.parent_id = cls.subcontractor

    def read_view(self, order, xmlid):
        """Load the view and read the order as the web client does, with the lists in it."""
        view = self.env.ref(xmlid)
        arch = order.get_view(view.id, view.type)["arch"]
        if view.type == "search":
            return arch
        order.env.invalidate_all()
        self.assertTrue(order.web_read(self.get_specification(order, etree.fromstring(arch))))
        return arch

    def get_specification(self, records, node):
        """What the client asks for: all fields of the view, and those of the lists inside a field."""
        specification = {}
        for element in node.xpath(".//field[not(ancestor::field)]" if node.tag != "field" else "./list//field"):
            field = records._fields[element.get("name")]
            inner = {}
            if field.type in ("one2many", "many2many"):
                inner = {"fields": self.get_specification(records.env[field.comodel_name], element)}
            elif field.type == "many2one":
                inner = {"fields": {"display_name": {}}}
            specification[field.name] = inner
        return specification

    def test_every_user_of_a_subcontracted_order_can_open_it(self):
        order = self.get_order(self.make_receipt(self.chair))
        for user in (self.operator, self.manager, self.receiver, self.stock_user):
            for xmlid in ORDER_VIEWS:
                with self.subTest(user=user.name, view=xmlid):
                    self.read_view(order.with_user(user), xmlid)

    def test_the_form_of_a_subcontracted_order_keeps_what_subcontracting_made_of_it(self):
        arch = etree.fromstring(self.read_view(self.get_order(self.make_receipt(self.chair)), ORDER_VIEWS[0]))
        self.assertEqual(arch.get("js_class"), "subcontracting_production_form")
        self.assertFalse(arch.xpath("//header | //button[@name='button_mark_done'] | //chatter"))
        self.assertTrue(arch.xpath("//field[@name='move_raw_ids']"))

    def test_a_stock_user_is_told_what_is_missing_without_reading_the_closure(self):
        order = self.get_order(self.make_receipt(self.chair)).with_user(self.stock_user)
        with self.assertRaises(AccessError):
            order.closure_id.read(["state"])
        arch = etree.fromstring(self.read_view(order, ORDER_VIEWS[0]))
        self.assertTrue(arch.xpath("//field[@name='closure_blocker_message']"))
        self.assertFalse(arch.xpath("//field[@name='closure_check_ids']"))
        self.assertIn("Papers are in", order.closure_blocker_message)

    def test_a_subcontractor_can_open_and_record_an_order_in_the_portal(self):
        for product in (self.chair, self.plain_chair):
            order = self.get_order(self.make_receipt(product))
            with self.subTest(product=product.name):
                arch = etree.fromstring(self.read_view(order.with_user(self.portal), PORTAL_VIEW))
                self.assertFalse(arch.xpath("//field[@name='closure_blocker_message' or @name='closure_check_ids']"))
                with Form(order.with_user(self.portal), view=PORTAL_VIEW) as form:
                    form.product_qty = 8
                self.assertEqual(order.product_qty, 8)
                self.assertEqual(order.state, "confirmed")

    def test_a_subcontractor_does_not_learn_who_answers_for_what(self):
        order = self.get_order(self.make_receipt(self.chair))
        self.assertIn("Papers are in", order.read(["closure_blocker_message"])[0]["closure_blocker_message"])
        with self.assertRaises(AccessError):
            order.with_user(self.portal).read(["closure_blocker_message"])

    def test_a_subcontractor_cannot_finish_an_order_in_the_portal(self):
        order = self.get_order(self.make_receipt(self.chair)).with_user(self.portal)
        self.pass_checks(order.sudo())
        for act in (order.button_mark_done, lambda: order.write({"state": "done"}), order.action_open_closure):
            with self.assert_nothing_posted(), self.assertRaises(AccessError):
                act()
        self.assertEqual(order.sudo().state, "confirmed")
        self.assertFalse(order.sudo().closure_door)

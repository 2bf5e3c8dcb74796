from lxml import etree

from odoo.tests import tagged

from .common import ClosureCase

MODULE = "mrp_workorder_closure"


@tagged("post_install", "-at_install")
class TestScreensEverywhere(ClosureCase):
    """What holds for each screen of the application, so that no new one is forgotten."""

    def get_own(self, model):
        data = self.env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", model)])
        return self.env[model].browse(data.mapped("res_id")).exists()

    def test_every_list_form_and_kanban_has_the_readable_colours(self):
        views = self.get_own("ir.ui.view").filtered(
            lambda view: view.type in ("list", "form", "kanban") and not view.inherit_id
        )
        self.assertGreater(len(views), 80)
        pale = views.filtered(lambda view: "o_closure" not in etree.fromstring(view.arch).get("class", "").split())
        self.assertFalse(pale.mapped("name"))

    def test_colours_for_a_light_ground_are_not_used_on_a_dark_one(self):
        def get_sheets(bundle):
            paths = self.env["ir.asset"]._get_asset_paths(bundle, {})
            return [path for path, *_rest in paths if "contrast.scss" in path]

        self.assertEqual(len(get_sheets("web.assets_web")), 1)
        self.assertFalse(get_sheets("web.assets_web_dark"))

    def get_pages(self):
        """The pages behind our menus that have views."""
        actions = [menu.action for menu in self.get_own("ir.ui.menu") if menu.action]
        return [action for action in actions if action.type == "ir.actions.act_window" and action.target != "new"]

    def test_no_menu_opens_a_list_on_a_phone(self):
        """A list as wide as a desk shows a phone its first column: there a kanban takes its place."""
        modes = [(page.name, page.view_mode.split(",")) for page in self.get_pages()]
        self.assertGreater(len(modes), 30)
        self.assertFalse([name for name, views in modes if views[0] == "list" and "kanban" not in views])

    def test_every_page_that_can_be_empty_says_what_comes_there(self):
        self.assertFalse([page.name for page in self.get_pages() if not page.help])

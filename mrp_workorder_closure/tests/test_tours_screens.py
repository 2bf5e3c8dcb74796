from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import ClosureCase
from .common_world import WorldCase


@tagged("post_install", "-at_install")
class TestToursScreens(ClosureCase, HttpCase):
    """What a screen of 1280 by 800 shows can be found and read."""

    browser_size = "1280x800"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([("share", "=", False)]).tour_enabled = False

    def test_states_and_buttons_of_checks_are_readable(self):
        self.template.point_ids = [
            Command.clear(),
            *(Command.create({"name": name}) for name in ("Waits", "Holds", "Does not hold", "Conceded")),
        ]
        checks = self.make_order().closure_id.check_ids
        checks[1].with_user(self.operator).action_pass()
        checks[2:].with_user(self.operator).action_fail("Not done")
        checks[3].with_user(self.manager).action_waive("Done tomorrow")
        url = "/odoo/action-mrp_workorder_closure.mrp_closure_check_action_analysis?view_type=list"
        self.start_tour(url, "mrp_closure_contrast", login=self.manager.login, timeout=120)

    def test_a_manager_finds_all_menus_in_each_language(self):
        company = self.env["res.company"].create({"name": "My Company (San Francisco)"})
        self.manager.write({"company_ids": [Command.link(company.id)], "company_id": company.id})
        for code in ("en_US", "zh_CN", "zh_TW"):
            self.env["res.lang"]._activate_lang(code)
            self.env["ir.module.module"]._load_module_terms(["mrp_workorder_closure"], [code])
            self.manager.lang = code
            with self.subTest(language=code):
                self.start_tour("/odoo/closure-inbox", "mrp_closure_menu_fits", login=self.manager.login, timeout=120)

    def test_a_template_is_made_from_the_library_without_a_mouse(self):
        before = self.env["mrp.closure.template"].with_context(active_test=False).search_count([])
        self.start_tour("/odoo/closure-templates", "mrp_closure_keyboard", login=self.manager.login, timeout=120)
        after = self.env["mrp.closure.template"].with_context(active_test=False).search_count([])
        self.assertEqual(after, before + 1)


@tagged("post_install", "-at_install")
class TestToursPages(WorldCase, HttpCase):
    """Every page of a factory with closures in every state can be read."""

    browser_size = "1280x800"

    def look_at_pages(self, **options):
        self.env["res.users"].search([("share", "=", False)]).tour_enabled = False
        self.start_tour("/odoo/closure-inbox", "mrp_closure_pages", login=self.manager.login, timeout=180, **options)

    def test_every_page_is_readable(self):
        self.look_at_pages()


@tagged("post_install", "-at_install")
class TestToursPagesOnPhones(TestToursPages):
    browser_size = "390x844"
    touch_enabled = True

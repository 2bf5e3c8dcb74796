from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import ClosureCase

GROUPS = "mrp.group_mrp_user,account.group_account_readonly,analytic.group_analytic_accounting"


@tagged("post_install", "-at_install")
class TestTwoFactoriesInOneDatabase(ClosureCase):
    """A Chinese factory beside the first one: company, currency and language of its own, templates apart."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"].search([("name", "=", "mrp_workorder_closure")])._update_translations(["zh_CN"])
        yuan = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", "CNY")])
        yuan.active = True
        cls.suzhou = cls.env["res.company"].create({"name": "Suzhou", "currency_id": yuan.id})
        cls.li = cls.make_person("closure_li", "Li", "zh_CN")
        cls.wang = cls.make_person("closure_wang", "Wang", "zh_CN", groups="base.group_user")
        cls.controller = cls.make_person(
            "closure_controller", "Zhao", "zh_CN", groups="base.group_user,mrp_workorder_closure.group_cost_controller"
        )
        warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.suzhou.id)], limit=1)
        for component in (cls.board, cls.leg):
            component.with_company(cls.suzhou).standard_price = 70
            cls.env["stock.quant"]._update_available_quantity(component, warehouse.lot_stock_id, 1000)
        cls.make_bom(cls.table, operations=(), company_id=cls.suzhou.id)
        cls.template_suzhou = cls.env["mrp.closure.template"].create(
            {
                "name": "Suzhou Tables",
                "company_id": cls.suzhou.id,
                "product_ids": [Command.set(cls.table.ids)],
                "point_ids": [Command.create({"name": "Area is tidy"})],
                "level_ids": [Command.create({"name": "Release", "user_ids": [Command.set(cls.wang.ids)]})],
            }
        )

    @classmethod
    def make_person(cls, login, name, lang, groups=GROUPS):
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            name=name,
            lang=lang,
            company_id=cls.suzhou.id,
            company_ids=[Command.set(cls.suzhou.ids)],
        )

    def make_suzhou_order(self):
        order = self.env["mrp.production"].with_user(self.li).create({"product_id": self.table.id, "product_qty": 10})
        order.action_confirm()
        return order

    def close_in_suzhou(self):
        order = self.make_suzhou_order()
        order.closure_id.check_ids.with_user(self.li).action_pass()
        order.qty_producing = 10
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        order.closure_id.with_user(self.li).action_refresh()
        order.closure_id.with_user(self.wang).action_approve("可以")
        order.with_user(self.li).button_mark_done()
        return order

    def test_each_factory_has_its_own_template_on_the_same_product(self):
        self.assertEqual(self.make_order().closure_id.template_id, self.template)
        order = self.make_suzhou_order()
        self.assertEqual(order.company_id, self.suzhou)
        self.assertEqual(order.closure_id.template_id, self.template_suzhou)

    def test_people_read_why_an_order_is_blocked_in_their_own_language(self):
        # The web client sends the language of whoever is logged in with each call.
        chinese = self.make_suzhou_order().with_user(self.li).with_context(lang=self.li.lang).get_closure_blockers()
        english = self.make_order().with_user(self.operator).get_closure_blockers()
        self.assertRegex(chinese[0]["message"], "[\u4e00-\u9fff]")
        self.assertRegex(english[0]["message"], "^To ")
        self.assertEqual(chinese[0]["code"], english[0]["code"])

    def test_costs_are_in_the_currency_of_the_factory(self):
        order = self.close_in_suzhou()
        self.assertEqual((order.state, order.closure_state), ("done", "closed"))
        closure = order.closure_id.with_user(self.controller)
        self.assertEqual(closure.currency_id.name, "CNY")
        components = order.sudo().move_raw_ids
        self.assertEqual(
            {move.product_id.name: (move.quantity, move.value) for move in components},
            {"Board": (10, 700), "Leg": (40, 2800)},
        )
        self.assertEqual(closure.variance_ids.currency_id.mapped("name"), ["CNY"])

    def test_each_factory_has_a_chain_of_dossiers_of_its_own(self):
        mine, theirs = self.make_closed(), self.close_in_suzhou()
        first, other = mine.closure_id.sudo().dossier_ids, theirs.closure_id.sudo().dossier_ids
        self.assertEqual(other.sequence_number, 1)
        self.assertEqual((first.company_id, other.company_id), (self.company, self.suzhou))
        companies = self.company | self.suzhou
        dossiers = self.env["mrp.closure.dossier"].with_context(allowed_company_ids=companies.ids)
        self.assertEqual(dossiers.verify_chain(), [])

    def test_nobody_sees_or_touches_what_the_other_factory_closes(self):
        mine, theirs = self.make_order(), self.close_in_suzhou()
        for user, closure in ((self.li, mine.closure_id), (self.operator, theirs.closure_id)):
            foreign = closure.with_user(user)
            self.assertNotIn(closure, foreign.search([]))
            with self.assertRaises(AccessError):
                foreign.read(["state"])
            with self.assertRaises(AccessError):
                foreign.check_ids.with_user(user).action_pass()
        with self.assertRaises(AccessError):
            theirs.closure_id.with_user(self.manager).action_reopen("Not my factory")

    def test_one_batch_may_hold_orders_of_both_factories(self):
        boss = self.operator
        boss.company_ids = [Command.link(self.suzhou.id)]
        orders = self.make_order() | self.make_suzhou_order()
        both = orders.with_user(boss).with_context(allowed_company_ids=(self.company | self.suzhou).ids)
        blocked = {blocker["production_id"] for blocker in both.get_closure_blockers()}
        self.assertEqual(blocked, set(orders.ids))

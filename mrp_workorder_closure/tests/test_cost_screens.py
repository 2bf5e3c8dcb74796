from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common_cost import CostCase


@tagged("post_install", "-at_install")
class TestCostScreens(CostCase):
    """Finance sees costs on the closure and on paper, with no rights on manufacturing; operators see none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env,
            "closure_accountant",
            groups="base.group_user,account.group_account_manager",
            name="Anna Accountant",
        )
        cls.controller = new_test_user(
            cls.env,
            "closure_controller",
            groups="base.group_user,mrp_workorder_closure.group_cost_controller",
            name="Carl Controller",
        )

    def test_finance_opens_the_closure_and_sees_the_preview(self):
        order = self.make_order()
        self.produce(order, leg=44)
        order.closure_id.action_refresh()
        for user in (self.accountant, self.controller, self.auditor, self.manager):
            with self.subTest(user=user.login):
                form = Form(order.closure_id.with_user(user))
                for text in ("521.00", "20.00", "Material Usage"):
                    self.assertIn(text, form.cost_sheet)

    def test_operators_see_no_cost_on_the_closure(self):
        order = self.make_order()
        view = (
            self.env["mrp.closure"]
            .with_user(self.operator)
            .get_view(self.env.ref("mrp_workorder_closure.mrp_closure_view_form").id, "form")
        )
        self.assertNotIn("actual_cost", view["arch"])
        self.assertIn("material_closed_at", view["arch"])
        with self.assertRaises(AccessError):
            order.closure_id.with_user(self.operator).read(["cost_sheet"])
        with self.assertRaises(AccessError):
            order.closure_id.with_user(self.operator).action_open_variances()
        self.assertTrue(Form(order.closure_id.with_user(self.operator)))

    def test_the_unit_cost_is_compared_with_the_orders_before(self):
        for legs in (40, 60):
            order = self.make_order()
            self.produce(order, leg=legs)
            self.close(order)
        order = self.make_order()
        closure = order.closure_id.with_user(self.controller)
        self.assertAlmostEqual(closure.recent_unit_cost, (50.1 + 60.1) / 2, 2)
        self.assertAlmostEqual(order.closure_id.sudo().search([], limit=1).recent_unit_cost, 55.1, 2)

    def test_what_the_goods_cost_later_stands_beside_the_variances(self):
        order = self.make_order()
        self.produce(order, leg=44)
        self.close(order)
        closure = order.closure_id.with_user(self.controller)
        self.assertEqual((closure.posted_value, closure.goods_value, closure.later_cost), (521, 521, 0))
        self.assertNotIn("Costs After Closing", closure.cost_sheet)
        # As a landed cost or a bill does.
        order.sudo().move_finished_ids.value = 571
        self.env.invalidate_all()
        self.assertEqual((closure.posted_value, closure.goods_value, closure.later_cost), (521, 571, 50))
        self.assertEqual((closure.actual_cost, closure.cost_variance), (521, 20))
        for told in ("Costs After Closing", "50.00", "571.00"):
            self.assertIn(told, closure.cost_sheet)
        with self.assertRaises(AccessError):
            order.closure_id.with_user(self.operator).read(["later_cost"])

    def test_the_cost_sheet_is_printed_before_and_after_closing(self):
        order = self.make_order()
        self.produce(order, leg=44)
        order.closure_id.action_refresh()
        report = self.env["ir.actions.report"].with_user(self.controller)
        name = "mrp_workorder_closure.report_cost_sheet"
        before = report._render_qweb_html(name, order.closure_id.ids)[0].decode()
        self.assertIn("Preview", before)
        self.assertIn("521.00", before)
        self.close(order)
        action = order.closure_id.with_user(self.controller).action_open_variances()
        lines = self.env["mrp.closure.variance"].with_user(self.controller).search(action["domain"])
        self.assertEqual(lines, order.closure_id.sudo().variance_ids)
        self.assertIn("Material Usage", order.closure_id.with_user(self.controller).cost_sheet)
        after = report._render_qweb_html(name, order.closure_id.ids)[0].decode()
        self.assertNotIn("Preview", after)
        self.assertIn("521.00", after)
        self.assertIn("Material Usage", after)
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(self.operator)._render_qweb_html(name, order.closure_id.ids)

    def test_the_cost_sheet_is_printed_in_the_words_of_each_language(self):
        order = self.make_order()
        self.produce(order, leg=44)
        self.close(order)
        languages = ("zh_CN", "zh_TW")
        for language in languages:
            self.env["res.lang"]._activate_lang(language)
        self.env["ir.module.module"]._load_module_terms(["mrp_workorder_closure"], languages)
        words = {
            "en_US": ("Cost Sheet", "Material Usage", "Planned Quantity"),
            "zh_CN": ("成本计算单", "物料用量", "计划数量"),
            "zh_TW": ("成本計算單", "物料用量", "計劃數量"),
        }
        for language, expected in words.items():
            report = self.env["ir.actions.report"].with_user(self.controller).with_context(lang=language)
            html = report._render_qweb_html("mrp_workorder_closure.report_cost_sheet", order.closure_id.ids)[0].decode()
            for word in expected:
                with self.subTest(language=language, word=word):
                    self.assertIn(word, html)

import io
import re
from pathlib import Path

import polib

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged
from odoo.tools.translate import trans_export

from .common import ClosureCase

MODULE = "mrp_workorder_closure"
FOLDER = Path(__file__).parents[1] / "i18n"
LANGUAGES = ("zh_CN", "zh_TW")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdfg%]")
TAG = re.compile(r"</?\w+")
# Characters of one script that the other writes differently, at the same place in both.
SIMPLIFIED = "检项结审员报废订产单质领签级组设备数测试标签记录实际验证据读写历"
TRADITIONAL = "檢項結審員報廢訂產單質領簽級組設備數測試標簽記錄實際驗證據讀寫歷"


@tagged("post_install", "-at_install")
class TestTranslations(ClosureCase):
    """Whoever works in Chinese, of the Mainland or of Taiwan, reads no English of this addon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in LANGUAGES:
            cls.env["res.lang"]._activate_lang(code)
        cls.env["ir.module.module"]._load_module_terms([MODULE], LANGUAGES)

    def read_catalogue(self, name):
        return polib.pofile(str(FOLDER / name))

    def speak(self, user, code):
        """Make a user work in a language, as the web client does: in the settings and in the context."""
        user.lang = code
        return self.env(user=user, context={**self.env.context, "lang": code})

    def report_problem(self, order):
        """An operator's report about three of the pieces."""
        nonconformities = self.env["mrp.closure.nonconformity"].with_user(self.operator)
        return nonconformities.create({"closure_id": order.closure_id.id, "quantity": 3})

    # The files

    def test_every_term_is_translated_into_every_language(self):
        terms = {entry.msgid for entry in self.read_catalogue(f"{MODULE}.pot")}
        for code in LANGUAGES:
            catalogue = self.read_catalogue(f"{code}.po")
            with self.subTest(language=code):
                self.assertEqual({entry.msgid for entry in catalogue}, terms)
                self.assertFalse([entry.msgid for entry in catalogue if not entry.translated() or entry.obsolete])

    def test_the_files_have_every_term_that_the_code_holds(self):
        buffer = io.BytesIO()
        trans_export(None, [MODULE], buffer, "po", self.env)
        exported = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
        self.assertGreater(len(exported), 500)
        self.assertEqual(exported - {entry.msgid for entry in self.read_catalogue(f"{MODULE}.pot")}, set())

    def test_placeholders_and_markup_are_those_of_the_original(self):
        for code in LANGUAGES:
            for pattern in (PLACEHOLDER, TAG):
                others = [
                    entry.msgid
                    for entry in self.read_catalogue(f"{code}.po")
                    if sorted(pattern.findall(entry.msgid)) != sorted(pattern.findall(entry.msgstr))
                ]
                with self.subTest(language=code, pattern=pattern.pattern):
                    self.assertEqual(others, [])

    def test_each_language_is_written_in_its_own_script(self):
        simplified = set(SIMPLIFIED) - set(TRADITIONAL)
        traditional = set(TRADITIONAL) - set(SIMPLIFIED)
        for code, foreign in (("zh_CN", traditional), ("zh_TW", simplified)):
            mixed = [entry.msgstr for entry in self.read_catalogue(f"{code}.po") if foreign & set(entry.msgstr)]
            with self.subTest(language=code):
                self.assertEqual(mixed, [])

    # What people read

    def test_the_refusal_of_mark_as_done_is_in_the_language_of_the_operator(self):
        expected = {
            "zh_CN": ("要完工 %s，请先填报检查项“Area is tidy”。", "查看缺少的事项"),
            "zh_TW": ("要完工 %s，請先填報檢核項「Area is tidy」。", "檢視缺少的事項"),
        }
        for code, (sentence, button) in expected.items():
            order = self.make_order().with_env(self.speak(self.operator, code))
            with self.subTest(language=code), self.assertRaises(RedirectWarning) as refusal:
                order.button_mark_done()
            self.assertIn(sentence % order.name, refusal.exception.args[0])
            self.assertEqual(refusal.exception.args[2], button)

    def test_what_an_automatic_rule_found_is_told_in_the_language_of_the_operator(self):
        self.template.point_ids.unlink()
        self.template.write({"point_ids": [Command.create({"name": "Steel", "kind": "consumption"})]})
        order = self.make_order()
        order.qty_producing = 10
        order.set_qty_producing()
        leg = order.move_raw_ids.filtered(lambda move: move.product_id == self.leg)
        leg.quantity = 50
        order.move_raw_ids.picked = True
        expected = {
            "zh_CN": "实际耗用 50.0 Units，按产量 10.0 Units 计划 40.0 Units，偏差 +25 %（限值 0 %）",
            "zh_TW": "實際耗用 50.0 Units，依產量 10.0 Units 計劃 40.0 Units，差異 +25 %（限值 0 %）",
        }
        for code, finding in expected.items():
            spoken = order.with_env(self.speak(self.operator, code))
            with self.subTest(language=code):
                self.assertIn(finding, spoken.get_closure_blockers()[0]["message"])

    def test_whoever_answers_for_a_check_is_named_in_the_language_of_the_reader(self):
        self.template.point_ids[0].group_id = self.env.ref(f"{MODULE}.group_inspector")
        check = self.make_order().closure_id.check_ids[0]
        for code, owner in (("zh_CN", "检验员"), ("zh_TW", "檢驗員")):
            spoken = check.with_env(self.speak(self.operator, code))
            with self.subTest(language=code):
                self.assertEqual(spoken.owner, owner)
                with self.assertRaises(AccessError) as refusal:
                    spoken.action_pass()
                self.assertIn(owner, str(refusal.exception))

    def test_an_act_that_is_refused_is_named_in_the_language_of_the_reader(self):
        check = self.make_order().closure_id.check_ids[0]
        expected = {
            "zh_CN": "要对“Area is tidy”执行“特许放行”，请填写原因。",
            "zh_TW": "要對「Area is tidy」執行「特許放行」，請填寫原因。",
        }
        for code, sentence in expected.items():
            with self.subTest(language=code), self.assertRaises(UserError) as refusal:
                check.with_env(self.speak(self.manager, code)).action_waive("")
            self.assertEqual(str(refusal.exception), sentence)

    def test_goods_that_nobody_decided_about_are_told_in_the_language_of_the_reader(self):
        order = self.make_order()
        nonconformity = self.report_problem(order)
        expected = {
            "zh_CN": "要结案 %s，请判定 %s 中 Table 3.0 Units 的处置。",
            "zh_TW": "要結案 %s，請判定 %s 中 Table 3.0 Units 的處置。",
        }
        for code, sentence in expected.items():
            blockers = order.with_env(self.speak(self.operator, code)).get_closure_blockers()
            with self.subTest(language=code):
                self.assertIn(sentence % (order.name, nonconformity.name), [each["message"] for each in blockers])

    def test_what_a_disposition_needs_is_told_in_the_language_of_the_reader(self):
        order = self.make_order()
        nonconformity = self.report_problem(order)
        expected = {
            "zh_CN": "要将 %s 的 %s 判定为“让步接收”，请填写让步接收的原因。",
            "zh_TW": "要將 %s 的 %s 判定為「特採」，請填寫特採的原因。",
        }
        for code, sentence in expected.items():
            spoken = nonconformity.with_env(self.speak(self.manager, code))
            with self.subTest(language=code), self.assertRaises(UserError) as refusal:
                spoken.action_disposition([{"disposition": "use_as_is", "quantity": 3}])
            self.assertEqual(str(refusal.exception), sentence % (order.name, nonconformity.name))

    def test_quality_is_spoken_of_in_the_words_of_the_trade_of_each_place(self):
        expected = {
            "zh_CN": ("样本量", "合格判定数", "不合格", "全检", "致命", "返工", "加严"),
            "zh_TW": ("樣本數", "允收數", "拒收", "全檢", "嚴重", "重工", "加嚴"),
        }
        for code, words in expected.items():
            env = self.speak(self.manager, code)
            inspection = env["mrp.closure.inspection"].fields_get()
            severities = env["mrp.closure.nonconformity"].fields_get()["severity"]["selection"]
            dispositions = env["mrp.closure.disposition"].fields_get()["disposition"]["selection"]
            found = (
                inspection["sample_size"]["string"],
                inspection["acceptance_number"]["string"],
                dict(inspection["state"]["selection"])["rejected"],
                dict(inspection["scope"]["selection"])["full"],
                dict(severities)["critical"],
                dict(dispositions)["rework"],
                dict(inspection["strictness"]["selection"])["tightened"],
            )
            with self.subTest(language=code):
                self.assertEqual(found, words)

    def test_the_printed_report_is_in_the_language_of_the_reader(self):
        closure = self.make_order().closure_id
        report = f"{MODULE}.report_closure_inspections"
        expected = {"zh_CN": ("质量检验报告", "未安排检验。"), "zh_TW": ("品質檢驗報告", "未安排檢驗。")}
        for code, words in expected.items():
            actions = self.speak(self.manager, code)["ir.actions.report"]
            html = actions._render_qweb_html(report, closure.ids)[0].decode()
            for word in words:
                with self.subTest(language=code, word=word):
                    self.assertIn(word, html)

    def test_screens_and_menus_are_in_the_language_of_the_reader(self):
        expected = {
            "zh_CN": ("提交", "反结案", "已结案", "停机已说明原因", "结案单", "待我处理"),
            "zh_TW": ("送審", "反結案", "已結案", "停機已說明原因", "結案單", "待我處理"),
        }
        for code, (submit, reopen, closed, kind, menu, waiting) in expected.items():
            env = self.speak(self.manager, code)
            closure_model = env["mrp.closure"]
            states = dict(closure_model.fields_get(["state"])["state"]["selection"])
            kinds = dict(env["mrp.closure.check"].fields_get(["kind"])["kind"]["selection"])
            form = closure_model.get_view(view_type="form")["arch"]
            with self.subTest(language=code):
                self.assertIn(f'string="{submit}"', form)
                self.assertIn(f'string="{reopen}"', form)
                self.assertIn(waiting, closure_model.get_view(view_type="search")["arch"])
                self.assertEqual(states["closed"], closed)
                self.assertEqual(kinds["downtime_explained"], kind)
                self.assertEqual(env.ref(f"{MODULE}.mrp_closure_action").sudo().name, menu)

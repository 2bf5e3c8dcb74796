import base64
import doctest
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..tools import template_file
from .common import ClosureCase


class TemplateFileCase(ClosureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("zh_CN", "zh_TW"):
            cls.env["res.lang"]._activate_lang(code)
        category = cls.env["product.category"].create({"name": "Furniture of the Template File"})
        cls.table.write({"default_code": "TAB-1", "categ_id": category.id})
        cls.template.write(
            {
                "sequence": 7,
                "include_subcontracting": True,
                "bom_ids": [Command.set(cls.bom.ids)],
                "product_category_ids": [Command.set(cls.table.categ_id.ids)],
                "picking_type_ids": [Command.set(cls.warehouse.manu_type_id.ids)],
                "point_ids": [
                    Command.create(
                        {
                            "name": "Oven",
                            "sequence": 3,
                            "kind": "measure",
                            "min_value": -0.5,
                            "max_value": 200,
                            "unit": "°C",
                            "deadline_hours": 4.5,
                            "signature_required": True,
                            "operation_ids": [Command.set(cls.bom.operation_ids.ids)],
                            "group_id": cls.env.ref("mrp.group_mrp_manager").id,
                            "user_ids": [Command.set(cls.operator.ids)],
                            "instructions": "<p>Measure <b>twice</b>.</p><p>Wait.</p>",
                        }
                    ),
                    Command.create(
                        {
                            "name": "Material",
                            "sequence": 4,
                            "kind": "consumption",
                            "tolerance_pct": 2.5,
                            "severity": "warning",
                        }
                    ),
                ],
            }
        )
        cls.oven = cls.template.point_ids[2]
        cls.template.update_field_translations("name", {"zh_TW": "桌子", "zh_CN": "桌子们"})
        cls.oven.update_field_translations("name", {"zh_TW": "烤箱"})
        cls.template_model = cls.env["mrp.closure.template"].with_user(cls.manager)

    def export(self, template=None):
        return (template or self.template).with_user(self.manager)._export_data()

    def import_data(self, data, company=None):
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        return self.template_model._import_file(content, company or self.company)

    def assert_refused(self, data, *words):
        """The file is refused in one sentence with these words, and leaves nothing behind."""
        before = self.env["mrp.closure.template"].with_context(active_test=False).search_count([])
        with self.assertRaises(UserError) as refusal, self.env.cr.savepoint():
            self.import_data(data)
        message = refusal.exception.args[0]
        self.assertRegex(message, r"^To import")
        self.assertNotIn("\n", message)
        for word in words:
            self.assertIn(word, message)
        self.assertEqual(self.env["mrp.closure.template"].with_context(active_test=False).search_count([]), before)


@tagged("post_install", "-at_install")
class TestTemplateFile(TemplateFileCase):
    """Templates travel as JSON files, completely or not at all."""

    def test_examples_in_the_reader_are_true(self):
        self.assertFalse(doctest.testmod(template_file).failed)

    def test_a_renamed_template_comes_back_with_the_same_points_and_criteria(self):
        data = self.export()
        self.template.with_context(lang="en_US").name = "Old tables"
        self.template.update_field_translations("name", {"zh_TW": "舊", "zh_CN": "旧"})
        twin = self.import_data(json.loads(json.dumps(data)))
        self.assertEqual(self.export(twin), data)
        for field in ("product_ids", "bom_ids", "product_category_ids", "picking_type_ids"):
            self.assertEqual(twin[field], self.template[field])
        self.assertEqual(twin.with_context(lang="zh_TW").name, "桌子")
        self.assertEqual(twin.with_context(lang="zh_TW").point_ids[2].name, "烤箱")
        self.assertEqual(twin.with_context(lang="zh_CN").point_ids[2].name, "Oven")

    def test_instructions_keep_their_translations_and_lose_their_scripts(self):
        data = self.export()
        data["name"] = "Instructed"
        data["points"][2]["instructions"] = {
            "en_US": "<p>One.</p><p>Two.</p>",
            "zh_TW": "<p>一句話說完。</p><script>alert(1)</script>",
        }
        oven = self.import_data(data).point_ids[2]
        self.assertEqual(oven.with_context(lang="en_US").instructions, "<p>One.</p><p>Two.</p>")
        self.assertIn("一句話說完", oven.with_context(lang="zh_TW").instructions)
        self.assertNotIn("script", oven.with_context(lang="zh_TW").instructions)

    def test_a_template_travels_to_another_company(self):
        company = self.env["res.company"].create({"name": "Second Factory"})
        self.manager.company_ids |= company
        self.operator.company_ids |= company
        data = self.export()
        data["criteria"]["operation_types"][0]["warehouse"] = (
            self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1).code
        )
        self.template_model = self.template_model.with_context(allowed_company_ids=[self.company.id, company.id])
        data["criteria"]["boms"] = data["points"][2]["operations"] = []
        twin = self.import_data(data, company)
        self.assertEqual(twin.company_id, company)
        self.assertEqual(self.export(twin)["points"], data["points"])

    def test_what_does_not_exist_is_named(self):
        for change, words in [
            (lambda data: data["criteria"]["products"][0].update(code="NOPE"), ("NOPE", "criteria, products 1")),
            (lambda data: data["criteria"]["categories"].append("All / Nowhere"), ("All / Nowhere", "categories 2")),
            (lambda data: data["criteria"]["operation_types"][0].update(warehouse="XX"), ("XX", "operation_types 1")),
            (lambda data: data["criteria"]["boms"][0].update(code="B-9"), ("B-9", "boms 1")),
            (lambda data: data["points"][2]["operations"][0].update(operation="Weld"), ("Weld", "points 3")),
            (lambda data: data["points"][2].update(group="mrp.group_nobody"), ("mrp.group_nobody", "points 3")),
            (lambda data: data["points"][2].update(group="base.main_company"), ("base.main_company", "points 3")),
            (lambda data: data["points"][2].update(users=["ghost"]), ("ghost", "points 3")),
        ]:
            data = {**self.export(), "name": "Strange"}
            change(data)
            self.assert_refused(data, *words)

    def test_two_products_of_one_name_are_ambiguous(self):
        self.env["product.product"].create({"name": "Twin"})
        self.env["product.product"].create({"name": "Twin"})
        data = {**self.export(), "name": "Twins", "criteria": {"products": [{"name": "Twin"}]}}
        self.assert_refused(data, "Twin", "several")

    def test_wrong_values_are_named(self):
        for entry, value, words in [
            ("kind", "magic", ("points 1, kind", "workorders_finished")),
            ("kind", ["manual"], ("points 1, kind",)),
            ("severity", 3, ("points 1, severity",)),
            ("name", "", ("points 1, name",)),
            ("name", {"en_US": 5}, ("points 1, name, en_US",)),
            ("name", {"klingon!": "x"}, ("klingon!",)),
            ("name", "x" * 301, ("points 1, name", "300")),
            ("name", "a\x00b", ("points 1, name",)),
            ("name", "a\ud800b", ("points 1, name",)),
            ("sequence", 1.5, ("points 1, sequence",)),
            ("sequence", True, ("points 1, sequence",)),
            ("min_value", "5", ("points 1, min_value",)),
            ("min_value", 1e300, ("points 1, min_value",)),
            ("tolerance_pct", -1, ("points 1, tolerance_pct",)),
            ("deadline_hours", 10**30, ("points 1, deadline_hours",)),
            ("signature_required", "yes", ("points 1, signature_required",)),
            ("operations", {}, ("points 1, operations",)),
            ("users", [7], ("points 1, users 1",)),
            ("users", ["x"] * 51, ("points 1, users", "50")),
            ("surprise", 1, ("points 1, surprise",)),
        ]:
            data = {**self.export(), "name": "Wrong"}
            data["points"][0][entry] = value
            with self.subTest(entry=entry, value=str(value)[:20]):
                self.assert_refused(data, *words)

    def test_a_point_that_the_template_refuses_leaves_nothing(self):
        data = {**self.export(), "name": "Wrong"}
        data["points"][2].update(min_value=9, max_value=3)
        before = self.env["mrp.closure.template"].search_count([])
        with self.assertRaisesRegex(UserError, "Oven"), self.env.cr.savepoint():
            self.import_data(data)
        self.assertEqual(self.env["mrp.closure.template"].search_count([]), before)

    def test_files_that_are_no_template_are_refused(self):
        for content in (
            b"",
            b"\xff\xfe\x00",
            b"not json",
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b'{"format": NaN}',
            b"9" * 10_000,
            b"[]",
            b'"text"',
            b"null",
            b'{"format": "something else"}',
            b'{"format": ["mrp_closure_template"]}',
            b'{"format": "mrp_closure_template"}',
            b'{"format": "mrp_closure_template", "format_version": 2}',
            b'{"format": "mrp_closure_template", "format_version": {"a": 1}}',
            b'{"format": "mrp_closure_template", "format_version": 1}',
            b'{"format": "mrp_closure_template", "format_version": 1, "name": []}',
            b'{"format": "mrp_closure_template", "format_version": 1, "name": {}}',
            b'{"format": "mrp_closure_template", "format_version": 1, "name": "A", "points": {}}',
            b'{"format": "mrp_closure_template", "format_version": 1, "name": "A", "points": [1]}',
            b'{"format": "mrp_closure_template", "format_version": 1, "name": "A", "criteria": []}',
            b" " * 1_000_001,
        ):
            with self.subTest(content=content[:60]):
                self.assert_refused(content)

    def test_deeply_nested_instructions_are_refused_or_cut_never_a_crash(self):
        data = {**self.export(), "name": "Deep"}
        data["points"][0]["instructions"] = "<div>" * 3_900
        try:
            with self.env.cr.savepoint():
                self.import_data(data)
        except UserError as refusal:
            self.assertIn("nested", refusal.args[0])

    def test_a_name_that_is_taken_is_refused(self):
        self.assert_refused(self.export(), "Tables", "rename")

    def test_the_dialog_imports_an_uploaded_file_and_opens_it(self):
        data = {**self.export(), "name": "Uploaded"}
        wizard = (
            self.env["mrp.closure.template.import"]
            .with_user(self.manager)
            .create({"file": base64.b64encode(json.dumps(data).encode())})
        )
        action = wizard.action_import()
        self.assertEqual(self.env["mrp.closure.template"].browse(action["res_id"]).name, "Uploaded")
        wizard.file = b"abc"
        with self.assertRaisesRegex(UserError, "^To import"):
            wizard.action_import()

    def test_only_managers_import_and_export(self):
        with self.assertRaisesRegex(AccessError, "ask a manager"):
            self.template.with_user(self.operator).action_export()
        with self.assertRaisesRegex(AccessError, "ask a manager"):
            self.env["mrp.closure.template"].with_user(self.operator)._import_file(b"{}", self.company)
        with self.assertRaises(AccessError):
            self.env["mrp.closure.template.import"].with_user(self.operator).create({"file": b"e30="})
        with self.assertRaises(AccessError):
            self.template.with_user(self.operator).read(["export_file"])

    def test_a_copy_has_the_points_and_a_name_of_its_own_in_every_language(self):
        twin = self.template.with_user(self.manager).with_context(lang="zh_TW").copy()
        again = self.template.with_user(self.manager).copy()
        twin, again = twin.with_context(lang="en_US"), again.with_context(lang="en_US")
        self.assertEqual((twin.name, again.name), ("Tables (copy)", "Tables (copy 2)"))
        self.assertNotEqual(twin.with_context(lang="zh_TW").name, self.template.with_context(lang="zh_TW").name)
        self.assertIn("桌子", again.with_context(lang="zh_TW").name)
        self.assertEqual(self.export(again)["points"], self.export()["points"])
        self.assertEqual(twin.point_ids.mapped("name"), self.template.point_ids.mapped("name"))
        self.assertFalse(twin.version_ids)
        self.assertEqual(twin.version, 1)

    def test_the_library_has_six_templates_in_three_languages(self):
        library = self.env["mrp.closure.library"].with_user(self.manager)
        action = library.action_open()
        entries = library.search(action["domain"])
        self.assertEqual(
            entries.mapped("key"),
            ["discrete_assembly", "electronics", "food_batch", "four_departments", "machining", "pharma_batch"],
        )
        for data in library._read_library().values():
            self.assertTrue(6 <= len(data["points"]) <= 13)
            texts = [data["name"], data["description"]]
            texts += [
                line[name]
                for line in data["points"] + data.get("levels", [])
                for name in ("name", "instructions", "unit")
                if name in line
            ]
            for text in texts:
                self.assertEqual(set(text), {"en_US", "zh_CN", "zh_TW"})

    def test_every_entry_of_the_library_becomes_a_template_that_waits_to_be_activated(self):
        library = self.env["mrp.closure.library"].with_user(self.manager).with_context(lang="zh_TW")
        for entry in library.search(library.action_open()["domain"]):
            template = self.env["mrp.closure.template"].browse(entry.action_use()["res_id"]).with_user(self.manager)
            self.assertFalse(template.active)
            self.assertEqual(template.with_context(lang="zh_TW").name, entry.name)
            self.assertEqual(len(template.point_ids), entry.point_count)
            for lang in ("zh_CN", "zh_TW"):
                self.assertRegex(" ".join(template.with_context(lang=lang).point_ids.mapped("name")), r"[一-鿿]")
        self.assertFalse(self.make_order(product=self.plain_table).closure_id)
        template.action_activate()
        self.assertEqual(self.make_order(product=self.plain_table).closure_id.template_id, template)

    def test_the_library_serves_managers_and_its_own_files_only(self):
        with self.assertRaises(AccessError):
            self.env["mrp.closure.library"].with_user(self.operator).action_open()
        entry = self.env["mrp.closure.library"].with_user(self.manager).create({"key": "../../__manifest__"})
        with self.assertRaisesRegex(UserError, "choose one of those"):
            entry.action_use()


@tagged("post_install", "-at_install")
class TestTemplateDownload(HttpCase):
    def test_the_export_is_a_json_file_that_only_managers_download(self):
        template = self.env["mrp.closure.template"].create(
            {"name": "Pumps / large", "point_ids": [Command.create({"name": "Tidy"})]}
        )
        new_test_user(self.env, "dl_manager", groups="mrp_workorder_closure.group_manager")
        new_test_user(self.env, "dl_operator", groups="mrp.group_mrp_user")
        url = template.action_export()["url"]
        self.authenticate("dl_manager", "dl_manager")
        response = self.url_open(url)
        self.assertEqual(response.json()["points"][0]["name"], {"en_US": "Tidy"})
        self.assertIn("Pumps", response.headers["Content-Disposition"])
        self.assertIn(".json", response.headers["Content-Disposition"])
        self.authenticate("dl_operator", "dl_operator")
        self.assertNotEqual(self.url_open(url).status_code, 200)

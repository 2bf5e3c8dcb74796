import base64
import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_inspection import InspectionCase

LENGTH = {"name": "Length", "kind": "variable", "min_value": 9.5, "max_value": 10.5, "unit": "mm"}


@tagged("post_install", "-at_install")
class TestInspectionFiles(InspectionCase):
    """Uploaded reports are evidence; inspections travel in the files of templates."""

    def test_the_report_of_a_decided_inspection_stays_as_it_is(self):
        inspection = self.make_inspection(characteristics=[{"name": "Hardness", "report_required": True}])
        self.enter(inspection)
        line = inspection.line_ids
        line.write({"report": base64.b64encode(b"first"), "report_name": "hardness.txt"})
        line.report = base64.b64encode(b"second")
        inspection.action_decide()
        domain = [("res_model", "=", line._name), ("res_id", "=", line.id), ("res_field", "=", "report")]
        file = self.env["ir.attachment"].search(domain)
        for user in (self.operator, self.inspector, self.manager, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                file.with_user(user).raw = b"third"
            with self.subTest(user=user.login), self.assertRaises(UserError):
                file.with_user(user).unlink()
        self.assertEqual(file.raw, b"second")

    def test_an_inspection_comes_back_from_the_file_of_its_template(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        point = self.require([LENGTH, {"name": "Scratches", "report_required": True}], aql=2.5, per_serial=True)
        point.characteristic_ids[0].with_context(lang="zh_CN").name = "长度"
        templates = self.template.with_user(self.manager)
        data = json.loads(json.dumps(templates._export_data()))
        data["name"] = {"en_US": "Tables again"}
        twin = templates._import_file(json.dumps(data).encode(), self.company)
        self.assertEqual(twin._export_data()["points"], data["points"])
        self.assertEqual((twin.point_ids.aql, twin.point_ids.per_serial), (2.5, True))
        length = twin.point_ids.characteristic_ids[0]
        self.assertEqual((length.name, length.with_context(lang="zh_CN").name), ("Length", "长度"))

    def test_a_wrong_entry_of_a_characteristic_is_named(self):
        self.require([LENGTH])
        templates = self.template.with_user(self.manager)
        data = {**templates._export_data(), "name": "Wrong"}
        data["points"][0]["characteristics"][0]["limits"] = "sometimes"
        with self.assertRaisesRegex(UserError, "points 1, characteristics 1, limits"):
            templates._import_file(json.dumps(data).encode(), self.company)

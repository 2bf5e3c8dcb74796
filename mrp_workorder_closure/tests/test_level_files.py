from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_approval import ApprovalCase
from .test_template_file import TemplateFileCase


@tagged("post_install", "-at_install")
class TestLevelFiles(TemplateFileCase, ApprovalCase):
    """Levels travel in the files of templates, and come ready for four departments."""

    def test_levels_travel_in_the_file_of_their_template(self):
        self.template.auto_close = True
        self.set_levels(
            {
                "group_id": self.env.ref("mrp.group_mrp_manager").id,
                "min_approvals": 2,
                "condition": "[('product_qty', '>', 5)]",
                "deadline_hours": 24,
                "reminder_hours": 4.5,
                "escalation_group_id": self.env.ref("mrp_workorder_closure.group_manager").id,
                "comment_required": True,
            },
            {"user_ids": [Command.set(self.manager.ids)], "is_responsible": True, "signature_required": True},
        )
        self.template.level_ids[0].update_field_translations("name", {"zh_TW": "生產"})
        data = self.export()
        self.assertEqual(data["levels"][0]["group"], "mrp.group_mrp_manager")
        self.assertEqual(data["levels"][1]["users"], [self.manager.login])
        self.template.write({"name": "Renamed", "active": False})
        imported = self.import_data(data)
        self.assertEqual(self.export(imported), data)
        self.assertEqual(imported.level_ids[0].with_context(lang="zh_TW").name, "生產")
        self.assertTrue(imported.auto_close)

    def test_a_file_of_before_has_no_levels(self):
        data = self.export()
        self.template.write({"name": "Renamed", "active": False})
        del data["levels"], data["auto_close"]
        self.assertFalse(self.import_data(data).level_ids)

    def test_a_file_with_a_bad_level_is_refused_with_its_entry(self):
        data = self.export()
        data["name"] = {"en_US": "Other"}
        good = {"name": {"en_US": "Lead"}, "group": "mrp.group_mrp_manager"}
        for change, words in (
            ({"min_approvals": -1}, ["levels 1, min_approvals"]),
            ({"group": "no.such_group"}, ["no.such_group", "levels 1, group"]),
            ({"color": "red"}, ["levels 1, color"]),
            ({"deadline_hours": "soon"}, ["levels 1, deadline_hours"]),
        ):
            self.assert_refused({**data, "levels": [{**good, **change}]}, *words)
        for change in ({"condition": "[('nothing', '=', 1)]"}, {"group": ""}):
            with self.assertRaisesRegex(UserError, "Lead"), self.env.cr.savepoint():
                self.import_data({**data, "levels": [{**good, **change}]})

    def test_the_four_departments_are_one_click_on_a_template(self):
        self.template.with_user(self.manager).action_add_standard_levels()
        levels = self.template.level_ids
        self.assertEqual(levels.mapped("name"), ["Production", "Quality", "Warehouse", "Finance"])
        self.assertEqual(levels.with_context(lang="zh_TW").mapped("name"), ["生產", "品質", "倉庫", "財務"])
        self.assertEqual(levels.mapped("sequence"), [10, 20, 30, 40])
        with self.assertRaisesRegex(UserError, "remove its levels first"):
            self.template.with_user(self.manager).action_add_standard_levels()
        with self.assertRaises(AccessError):
            self.template.with_user(self.operator).action_add_standard_levels()

    def test_the_library_has_a_template_with_the_four_levels(self):
        library = self.env["mrp.closure.library"].with_user(self.manager)
        entry = library.search(library.action_open()["domain"]).filtered(lambda entry: entry.key == "four_departments")
        template = self.env["mrp.closure.template"].browse(entry.action_use()["res_id"])
        self.assertEqual(len(template.level_ids), 4)

    def test_a_copied_template_has_the_same_levels(self):
        self.set_levels(self.named(self.paula), {"group_id": self.group.id})
        levels = self.template.copy().level_ids
        self.assertEqual(levels.mapped("name"), ["Level 1", "Level 2"])
        self.assertEqual((levels[0].user_ids, levels[1].group_id), (self.paula, self.group))

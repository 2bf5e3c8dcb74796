from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestTemplateVersion(ClosureCase):
    """A running closure keeps the version it began with, until a manager moves it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tidy, cls.back = cls.template.point_ids
        cls.oven = cls.env["mrp.closure.point"].create(
            {
                "template_id": cls.template.id,
                "name": "Oven",
                "kind": "measure",
                "min_value": 180,
                "max_value": 200,
                "unit": "°C",
                "sequence": 3,
            }
        )

    def check_of(self, order, point):
        return order.closure_id.check_ids.filtered(lambda check: check.point_ref == point.id)

    def move(self):
        """Open the preview as the manager."""
        action = self.template.with_user(self.manager).action_move_open_closures()
        return self.env["mrp.closure.version.move"].with_user(self.manager).browse(action["res_id"])

    def messages(self, record):
        return " ".join(record.message_ids.mapped("body"))

    def test_a_version_is_recorded_when_an_order_needs_one_and_only_if_it_differs(self):
        self.assertFalse(self.template.version_ids)
        self.assertEqual(self.template.version, 1)
        first, second = self.make_order(), self.make_order()
        self.assertEqual(first.closure_id.template_version, 1)
        self.assertEqual(second.closure_id.template_version_id, first.closure_id.template_version_id)
        self.tidy.name = "Area is clean"
        self.assertEqual(self.template.version, 2)
        third = self.make_order()
        self.assertEqual(third.closure_id.template_version, 2)
        self.assertEqual(self.template.version_ids.mapped("number"), [2, 1])
        self.assertEqual(first.closure_id.template_version, 1)
        names = [point["name"]["en_US"] for point in first.closure_id.template_version_id.content["points"]]
        self.assertEqual(names, ["Area is tidy", "Tools are back", "Oven"])

    def test_nobody_makes_changes_or_deletes_versions(self):
        version = self.make_order().closure_id.template_version_id
        for user in (self.operator, self.manager, self.auditor, self.env.user):
            with self.assertRaises(AccessError):
                version.with_user(user).write({"content": {"points": []}})
            with self.assertRaises(AccessError):
                version.with_user(user).unlink()
            with self.assertRaises(AccessError):
                version.with_user(user).copy()
        with self.assertRaises(AccessError):
            version.sudo().write({"number": 7})

    def test_versions_cost_the_same_queries_for_one_order_and_for_many(self):
        self.make_order()
        templates = self.template
        orders = self.env["mrp.production"].concat(*(self.make_order(confirm=False) for _number in range(5)))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(orders.closure_template_id, templates)
        with self.assertQueryCount(3):
            orders.closure_template_id._get_current_versions()

    def test_a_work_order_that_comes_later_gets_the_checks_of_the_version(self):
        self.back.operation_ids = [Command.set(self.bom.operation_ids.ids)]
        order = self.make_order()
        self.back.write({"name": "Renamed since", "severity": "warning"})
        self.tidy.operation_ids = [Command.set(self.bom.operation_ids.ids)]
        late = order.workorder_ids.sudo().copy({"production_id": order.id})
        order.closure_id.action_refresh()
        check = order.closure_id.check_ids.filtered(lambda check: check.workorder_id == late)
        self.assertEqual(check.mapped("name"), ["Tools are back"])
        self.assertEqual(check.severity, "blocking")
        self.back.unlink()
        count = len(order.closure_id.check_ids)
        later = order.workorder_ids[0].sudo().copy({"production_id": order.id})
        order.closure_id.action_refresh()
        order.closure_id.action_refresh()
        self.assertEqual(len(order.closure_id.check_ids), count + 1)
        last = order.closure_id.check_ids.filtered(lambda check: check.workorder_id == later)
        self.assertEqual(last.name, "Tools are back")
        self.assertFalse(last.point_id)

    def test_the_preview_says_what_changes_and_for_how_many(self):
        self.make_order()
        self.make_order()
        self.oven.max_value = 190
        self.back.unlink()
        self.env["mrp.closure.point"].create({"template_id": self.template.id, "name": "Label", "kind": "photo"})
        self.assertEqual(self.template.outdated_closure_count, 2)
        preview = self.move()
        self.assertEqual(preview.closure_count, 2)
        lines = {line.change: line for line in preview.line_ids}
        self.assertEqual(lines["changed"].requirement, "Oven")
        self.assertEqual(lines["changed"].details, "Upper Limit: 200 → 190")
        self.assertEqual(lines["added"].requirement, "Label")
        self.assertEqual(lines["removed"].requirement, "Tools are back")
        self.assertEqual(lines["removed"].closure_count, 2)
        self.assertEqual(lines["removed"].version_number, 1)

    def test_moving_adds_updates_and_takes_back(self):
        order, other = self.make_order(), self.make_order()
        self.check_of(order, self.oven).with_user(self.operator).action_measure(195)
        self.check_of(order, self.tidy).with_user(self.operator).action_pass()
        self.oven.max_value = 190
        self.tidy.name = "Area is clean"
        label = self.env["mrp.closure.point"].create({"template_id": self.template.id, "name": "Label"})
        self.move().action_confirm()
        self.assertEqual((order.closure_id | other.closure_id).mapped("template_version"), [2, 2])
        oven = self.check_of(order, self.oven)
        self.assertEqual((oven.state, oven.max_value, oven.value), ("todo", 190, 0))
        self.assertFalse(oven.done_by_id)
        self.assertIn("195", self.messages(oven))
        self.assertIn("Olga Operator", self.messages(oven))
        self.assertEqual(self.check_of(order, self.tidy).state, "pass")
        self.assertEqual(self.check_of(order, self.tidy).name, "Area is tidy")
        self.assertEqual(self.check_of(other, self.tidy).name, "Area is clean")
        self.assertEqual(self.check_of(other, self.oven).max_value, 190)
        self.assertEqual(self.check_of(order, label).state, "todo")
        self.assertIn("Upper Limit: 200 → 190", self.messages(order.closure_id))
        self.assertIn("Label", self.messages(other.closure_id))
        self.assertEqual(self.template.outdated_closure_count, 0)

    def test_a_removed_requirement_stays_on_record_as_not_applicable(self):
        order, other = self.make_order(), self.make_order()
        back = self.check_of(order, self.back)
        back.with_user(self.operator).action_pass()
        untouched = self.check_of(other, self.back)
        self.back.unlink()
        self.move().action_confirm()
        self.assertEqual(untouched.state, "not_applicable")
        self.assertEqual(back.state, "not_applicable")
        self.assertIn("version 2", back.message)
        self.assertEqual(back.done_by_id, self.operator)

    def test_an_automatic_check_is_evaluated_anew_with_the_new_tolerance(self):
        point = self.env["mrp.closure.point"].create(
            {"template_id": self.template.id, "name": "Material", "kind": "consumption", "tolerance_pct": 1}
        )
        order = self.make_order()
        order.qty_producing = 10
        order.set_qty_producing()
        order.move_raw_ids[0].quantity = 12
        order.move_raw_ids.picked = True
        order.closure_id.action_refresh()
        check = self.check_of(order, point)
        self.assertEqual(check.state, "fail")
        point.tolerance_pct = 50
        self.move().action_confirm()
        self.assertEqual((check.state, check.tolerance_pct), ("pass", 50))

    def test_a_point_that_moves_to_an_operation_leaves_the_order(self):
        order = self.make_order()
        self.tidy.operation_ids = [Command.set(self.bom.operation_ids.ids)]
        self.move().action_confirm()
        on_order = self.check_of(order, self.tidy).filtered(lambda check: not check.workorder_id)
        self.assertEqual(on_order.state, "not_applicable")
        on_workorder = self.check_of(order, self.tidy) - on_order
        self.assertEqual((on_workorder.state, on_workorder.workorder_id), ("todo", order.workorder_ids))
        self.tidy.operation_ids = False
        self.move().action_confirm()
        self.assertEqual((on_order.state, on_workorder.state), ("todo", "not_applicable"))

    def test_only_open_closures_move(self):
        order = self.make_order()
        order.qty_producing = 10
        self.check_of(order, self.oven).with_user(self.operator).action_measure(190)
        self.pass_checks(order)
        order.button_mark_done()
        self.assertEqual(order.closure_state, "closed")
        self.tidy.severity = "warning"
        self.assertEqual(self.move().closure_count, 0)

    def test_only_managers_move_closures(self):
        self.make_order()
        self.tidy.severity = "warning"
        with self.assertRaisesRegex(AccessError, "ask a manager"):
            self.template.with_user(self.operator).action_move_open_closures()
        preview = self.move()
        with self.assertRaises(AccessError):
            preview.with_user(self.operator).action_confirm()

    def test_a_preview_of_an_older_state_is_refused(self):
        order = self.make_order()
        self.tidy.severity = "warning"
        preview = self.move()
        self.back.severity = "warning"
        with self.assertRaisesRegex(UserError, "look at the changes again"):
            preview.action_confirm()
        self.assertEqual(order.closure_id.template_version, 1)

    def test_moving_costs_no_more_queries_for_more_closures(self):
        def move_closures(count):
            orders = self.env["mrp.production"].concat(*(self.make_order() for _number in range(count)))
            for order in orders:
                self.check_of(order, self.oven).with_user(self.operator).action_measure(195)
            self.oven.max_value -= 1
            preview = self.move()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            preview.action_confirm()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        move_closures(1)
        few, many = move_closures(2), move_closures(12)
        self.assertLessEqual(many - few, 10)

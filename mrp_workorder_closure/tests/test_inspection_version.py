import base64

from odoo import Command
from odoo.tests import tagged

from .common_inspection import InspectionCase

LENGTH = {"name": "Length", "kind": "variable", "min_value": 9.5, "max_value": 10.5, "unit": "mm"}
# Two pictures of one pixel.
RED = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")
)
GREEN = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
)


@tagged("post_install", "-at_install")
class TestInspectionVersion(InspectionCase):
    """What an inspection asked for when it was decided stays; an undecided one follows its template."""

    def setUp(self):
        super().setUp()
        self.point = self.require([LENGTH, {"name": "Scratches"}], sampling="fixed", sample_value=3)
        self.length, self.scratches = self.point.characteristic_ids

    def make_planned(self, qty=10):
        order = self.make_order(qty=qty)
        self.produce(order, qty)
        return order.closure_id.inspection_ids.with_user(self.inspector)

    def enter_all(self, inspection):
        length, scratches = inspection.line_ids.with_user(self.operator)
        length.readings = "10 10 10.2"
        scratches.write({"inspected": 3, "defective": 0})

    def move(self):
        action = self.template.with_user(self.manager).action_move_open_closures()
        preview = self.env["mrp.closure.version.move"].with_user(self.manager).browse(action["res_id"])
        preview.action_confirm()

    def test_the_picture_of_a_decided_inspection_is_the_one_that_was_shown(self):
        self.length.picture = RED
        inspection = self.make_planned()
        self.enter_all(inspection)
        self.assertEqual(inspection.line_ids[0].picture, RED)
        inspection.action_decide()
        self.length.picture = GREEN
        self.assertEqual(inspection.line_ids[0].picture, RED)
        self.length.unlink()
        inspection.invalidate_recordset()
        self.assertEqual(inspection.line_ids[0].picture, RED)
        self.assertFalse(inspection.line_ids[1].picture)

    def test_an_inspection_that_is_decided_again_keeps_the_picture_of_the_new_verdict(self):
        self.length.picture = RED
        inspection = self.make_planned()
        self.enter_all(inspection)
        inspection.action_decide()
        self.length.picture = GREEN
        inspection.with_user(self.manager).action_withdraw("Look again")
        self.assertEqual(inspection.line_ids[0].picture, GREEN)
        inspection.action_decide()
        self.length.picture = False
        self.assertEqual(inspection.line_ids[0].picture, GREEN)

    def test_an_undecided_inspection_asks_for_the_characteristics_of_the_new_version(self):
        inspection = self.make_planned()
        self.enter_all(inspection)
        self.length.max_value = 10.1
        self.scratches.name = "Dents"
        self.point.characteristic_ids = [Command.create({"name": "Colour"})]
        self.move()
        lines = {line.name: line for line in inspection.line_ids}
        self.assertEqual(set(lines), {"Length", "Dents", "Colour"})
        self.assertEqual((lines["Length"].max_value, lines["Length"].inspected), (10.1, 0))
        self.assertEqual(lines["Dents"].inspected, 3)
        self.assertEqual(lines["Colour"].inspected, 0)
        self.assertIn("Set aside by version 2 of the template: Length: 0 of 3 defective", self.get_history(inspection))

    def test_results_of_a_characteristic_that_is_gone_stay_on_record_and_count_no_more(self):
        inspection = self.make_planned()
        self.enter_all(inspection)
        line = inspection.line_ids[1]
        line.defective = 2
        self.scratches.unlink()
        self.move()
        self.assertEqual(inspection.line_ids.mapped("name"), ["Length"])
        self.assertEqual(inspection.defective_count, 0)
        self.assertTrue(line.exists())
        self.assertEqual((line.active, line.defective), (False, 2))
        inspection.action_decide()
        self.assertEqual(inspection.state, "accepted")

    def test_a_verdict_under_a_plan_that_changed_is_taken_back(self):
        inspection = self.make_planned()
        self.enter_all(inspection)
        inspection.action_decide()
        self.point.sample_value = 5
        self.move()
        self.assertEqual((inspection.state, inspection.sample_size), ("todo", 5))
        self.assertIn("version 2 of the template asks for something else", self.get_history(inspection))
        self.assertEqual(inspection.line_ids[0].inspected, 3)

    def test_a_verdict_stands_in_its_words_where_only_texts_changed(self):
        inspection = self.make_planned()
        self.enter_all(inspection)
        inspection.action_decide()
        self.length.name = "Overall length"
        self.point.name = "Last look"
        self.move()
        self.assertEqual((inspection.state, inspection.name), ("accepted", "Final inspection"))
        self.assertEqual(inspection.line_ids[0].name, "Length")
        other = self.make_planned()
        self.assertEqual(other.name, "Last look")

    def test_sampling_by_another_method_is_planned_anew(self):
        inspection = self.make_planned(qty=500)
        self.point.write({"sampling": "iso2859", "aql": 2.5})
        self.move()
        self.assertEqual((inspection.sampling, inspection.aql, inspection.sample_size), ("iso2859", 2.5, 50))
        self.assertEqual(inspection.acceptance_number, 3)

    def test_an_inspection_that_is_no_longer_asked_for_is_set_aside(self):
        undecided, decided = self.make_planned(), self.make_planned()
        self.enter_all(decided)
        decided.action_decide()
        self.point.unlink()
        self.move()
        self.assertEqual((undecided.active, decided.active), (False, True))
        self.assertIn("not asked for since version 2", self.get_history(undecided))

    def test_a_requirement_that_becomes_another_kind_is_inspected_no_more(self):
        inspection = self.make_planned()
        self.point.kind = "manual"
        self.move()
        self.assertFalse(inspection.active)
        check = inspection.sudo().check_id
        check.with_user(self.operator).action_pass()
        self.assertEqual(check.state, "pass")

    def test_another_scope_sets_aside_what_is_not_inspected_yet(self):
        self.point.write({"scope": "first_article"})
        order = self.make_order()
        inspection = order.closure_id.inspection_ids
        self.assertEqual((inspection.scope, inspection.active), ("first_article", True))
        self.point.scope = "full"
        self.move()
        self.assertFalse(inspection.active)
        self.produce(order, 10)
        self.assertEqual((inspection.active, inspection.scope, inspection.sample_size), (True, "full", 10))

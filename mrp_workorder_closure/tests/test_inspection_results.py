import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_inspection import InspectionCase

LENGTH = {
    "name": "Length",
    "kind": "variable",
    "min_value": 9.5,
    "max_value": 10.5,
    "target": 10,
    "unit": "mm",
}


@tagged("post_install", "-at_install")
class TestInspectionResults(InspectionCase):
    """Counts and readings: what may be entered, and what follows from it by itself."""

    def make_length(self, **vals):
        """The line of an inspection that measures five lengths."""
        inspection = self.make_inspection(
            characteristics=[{**LENGTH, **vals}], qty=20, sampling="fixed", sample_value=5
        )
        return inspection.line_ids.with_user(self.operator)

    def test_readings_out_of_limits_count_as_defective_by_themselves(self):
        line = self.make_length()
        line.readings = "10 9.5 10.5 9.4 10.6"
        self.assertEqual((line.inspected, line.defective), (5, 2))
        self.assertEqual(line.inspection_id.defective_count, 2)
        line.readings = "10 9.5 10.5 9.6 10.4"
        self.assertEqual(line.defective, 0)

    def test_a_reading_that_was_not_entered_is_missing_and_not_zero(self):
        line = self.make_length(limits="max")
        line.readings = "10 10.1 10.2 10.3"
        self.assertEqual((line.inspected, line.defective), (4, 0))
        with self.assertRaisesRegex(UserError, "inspect all 5 units .* 4 are entered"):
            line.inspection_id.with_user(self.inspector).action_decide()
        line.readings = False
        self.assertEqual((line.inspected, line.mean), (0, 0))
        self.assertFalse(line.statistics or line.chart)

    def test_mean_spread_cp_and_cpk_are_computed_and_drawn(self):
        line = self.make_length()
        line.readings = "9.8\n9,9\n10\n10.1;10.2"
        self.assertAlmostEqual(line.mean, 10.0)
        self.assertAlmostEqual(line.spread, 0.158114, 6)
        self.assertAlmostEqual(line.cp, 1.05, 2)
        self.assertAlmostEqual(line.cpk, 1.05, 2)
        self.assertEqual(line.statistics, "n = 5, mean = 10, s = 0.1581, Cp = 1.054, Cpk = 1.054")
        self.assertIn('aria-label="Length: n = 5', line.chart)
        self.assertEqual(line.chart.count("<circle"), 5)

    def test_a_limit_on_one_side_leaves_the_other_side_open(self):
        line = self.make_length(limits="max", min_value=0, max_value=0.05)
        line.readings = "0.01 0.02 -3 0.05 0.06"
        self.assertEqual(line.defective, 1)
        self.assertEqual(line.limits_text, "at most 0.05 mm")
        lower = self.make_length(limits="min", min_value=0, max_value=0)
        lower.readings = "-0.1 0 5 6 7"
        self.assertEqual((lower.defective, lower.limits_text), (1, "at least 0 mm"))

    def test_what_is_no_number_is_refused_by_name(self):
        line = self.make_length()
        with self.assertRaisesRegex(UserError, "ten is none"):
            line.readings = "10 ten"

    def test_counts_of_measured_values_cannot_be_typed(self):
        line = self.make_length()
        with self.assertRaisesRegex(UserError, "enter the readings"):
            line.write({"inspected": 5, "defective": 0})

    def test_an_attribute_takes_counts_and_no_readings(self):
        line = self.make_inspection().line_ids.with_user(self.operator)
        with self.assertRaisesRegex(UserError, "count the units"):
            line.readings = "1 2"

    @mute_logger("odoo.sql_db")
    def test_more_defective_than_inspected_or_more_than_the_lot_is_refused(self):
        line = self.make_inspection(qty=10).line_ids.with_user(self.operator)
        with self.assertRaisesRegex(UserError, "at most the 10 units"):
            line.inspected = 11
        with self.assertRaises(Exception) as refusal, self.env.cr.savepoint():
            line.write({"inspected": 3, "defective": 4})
            line.flush_recordset()
        self.assertIn("counts_sound", str(refusal.exception))

    def test_one_tap_enters_a_whole_sample_without_a_defective_unit(self):
        line = self.make_inspection(qty=500).line_ids.with_user(self.operator)
        line.action_none_defective()
        self.assertEqual((line.inspected, line.defective), (50, 0))

    def test_who_entered_results_and_what_stood_there_before_is_kept(self):
        inspection = self.make_inspection(qty=500)
        line = inspection.line_ids
        line.with_user(self.operator).write({"inspected": 50, "defective": 3})
        self.assertEqual(line.entered_by_id, self.operator)
        line.with_user(self.inspector).defective = 1
        self.assertEqual(line.entered_by_id, self.inspector)
        self.assertIn("Overall: 3 of 50 defective → 1 of 50 defective", self.get_history(inspection))

    def test_results_of_a_decided_inspection_stay_as_they_are(self):
        inspection = self.make_inspection()
        self.decide(inspection)
        for user in (self.operator, self.inspector, self.manager, self.env.ref("base.user_root")):
            with self.assertRaisesRegex(UserError, "have a manager withdraw its verdict"):
                inspection.line_ids.with_user(user).defective = 1

    def test_what_was_asked_and_stamps_cannot_be_written_by_anybody(self):
        inspection = self.make_inspection(characteristics=[LENGTH], qty=10)
        line = inspection.line_ids
        for user in (self.operator, self.inspector, self.manager, self.env.ref("base.user_root")):
            for vals in (
                {"max_value": 99},
                {"kind": "attribute"},
                {"entered_by_id": self.manager.id},
            ):
                with self.subTest(user=user.login, **vals), self.assertRaises(AccessError):
                    line.with_user(user).write(vals)
            for vals in (
                {"state": "accepted"},
                {"sample_size": 1},
                {"acceptance_number": 9},
                {"active": False},
            ):
                with self.subTest(user=user.login, **vals), self.assertRaises(AccessError):
                    inspection.with_user(user).write(vals)

    def test_results_can_neither_be_added_nor_removed_through_the_inspection(self):
        inspection = self.make_inspection()
        for command in ([0, 0, {"name": "Extra"}], [2, inspection.line_ids.id, 0], [5, 0, 0]):
            with self.subTest(command=command), self.assertRaises(AccessError):
                inspection.with_user(self.inspector).write({"line_ids": [command]})

    def test_auditors_read_results_and_enter_none(self):
        line = self.make_inspection().line_ids.with_user(self.auditor)
        self.assertEqual(line.inspected, 0)
        with self.assertRaises(AccessError):
            line.inspected = 1
        with self.assertRaises(AccessError):
            line.action_none_defective()

    def test_a_report_that_is_asked_for_has_to_be_uploaded(self):
        inspection = self.make_inspection(characteristics=[{"name": "Hardness", "report_required": True}])
        self.enter(inspection)
        with self.assertRaisesRegex(UserError, 'upload the report for "Hardness"'):
            inspection.action_decide()
        inspection.line_ids.write({"report": base64.b64encode(b"%PDF-1.4"), "report_name": "hardness.pdf"})
        inspection.action_decide()
        self.assertEqual(inspection.state, "accepted")

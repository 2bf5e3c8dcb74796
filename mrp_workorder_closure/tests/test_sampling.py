import doctest

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import Switching, resume, sampling, single_sampling_plan, switch

# Smallest and largest lot of each code letter, A to Q.
LOTS = (
    *((2, 8), (9, 15), (16, 25), (26, 50), (51, 90), (91, 150), (151, 280), (281, 500)),
    *((501, 1200), (1201, 3200), (3201, 10000), (10001, 35000), (35001, 150000)),
    *((150001, 500000), (500001, 10**9)),
)
# The plan of each cell with its arrows followed, written down from the standard's tables.
EXPECTED = {
    "normal": {
        0.65: "20/0 20/0 20/0 20/0 20/0 20/0 20/0 80/1 80/1 125/2 200/3 315/5 500/7 800/10 1250/14",
        1.0: "13/0 13/0 13/0 13/0 13/0 13/0 50/1 50/1 80/2 125/3 200/5 315/7 500/10 800/14 1250/21",
        1.5: "8/0 8/0 8/0 8/0 8/0 32/1 32/1 50/2 80/3 125/5 200/7 315/10 500/14 800/21 800/21",
        2.5: "5/0 5/0 5/0 5/0 20/1 20/1 32/2 50/3 80/5 125/7 200/10 315/14 500/21 500/21 500/21",
        4.0: "3/0 3/0 3/0 13/1 13/1 20/2 32/3 50/5 80/7 125/10 200/14 315/21 315/21 315/21 315/21",
    },
    "tightened": {
        0.65: "32/0 32/0 32/0 32/0 32/0 32/0 32/0 125/1 125/1 125/1 200/2 315/3 500/5 800/8 1250/12",
        1.0: "20/0 20/0 20/0 20/0 20/0 20/0 80/1 80/1 80/1 125/2 200/3 315/5 500/8 800/12 1250/18",
        1.5: "13/0 13/0 13/0 13/0 13/0 50/1 50/1 50/1 80/2 125/3 200/5 315/8 500/12 800/18 800/18",
        2.5: "8/0 8/0 8/0 8/0 32/1 32/1 32/1 50/2 80/3 125/5 200/8 315/12 500/18 500/18 500/18",
        4.0: "5/0 5/0 5/0 20/1 20/1 20/1 32/2 50/3 80/5 125/8 200/12 315/18 315/18 315/18 315/18",
    },
}
verdicts = st.lists(st.booleans(), max_size=60)


@tagged("post_install", "-at_install")
class TestSamplingTables(BaseCase):
    """Every cell of the tables, at the smallest and the largest lot of its letter."""

    def assertTable(self, inspection, expected=None):
        for aql, cells in EXPECTED[expected or inspection].items():
            for (smallest, largest), cell in zip(LOTS, cells.split(), strict=True):
                sample, acceptance = map(int, cell.split("/"))
                for lot in (smallest, largest):
                    with self.subTest(inspection=inspection, aql=aql, lot=lot):
                        plan = single_sampling_plan(lot, aql, inspection)
                        self.assertEqual(plan, (min(sample, lot), acceptance))

    def test_every_cell_of_normal_inspection_is_that_of_the_standard(self):
        self.assertTable("normal")

    def test_every_cell_of_tightened_inspection_is_that_of_the_standard(self):
        self.assertTable("tightened")

    def test_lots_under_reduced_inspection_are_sampled_as_under_normal_inspection(self):
        self.assertTable("reduced", "normal")

    def test_a_plan_has_its_two_numbers_by_name(self):
        plan = single_sampling_plan(1000, 1.0)
        self.assertEqual((plan.sample_size, plan.acceptance_number), (80, 2))

    def test_a_sample_as_large_as_the_lot_means_every_unit(self):
        self.assertEqual(single_sampling_plan(1, 4.0), (1, 0))
        self.assertEqual(single_sampling_plan(13, 1.0), (13, 0))
        self.assertEqual(single_sampling_plan(14, 1.0), (13, 0))

    def test_a_lot_size_that_is_no_whole_number_from_one_is_refused(self):
        for lot in (0, -5, 10.5, "10", None, True, float("nan"), float("inf")):
            with self.subTest(lot=lot), self.assertRaises(ValueError):
                single_sampling_plan(lot, 1.0)

    def test_an_aql_or_inspection_outside_the_tables_is_refused(self):
        for aql in (0.4, 6.5, 0, -1, "1.0", None, True):
            with self.subTest(aql=aql), self.assertRaises(ValueError):
                single_sampling_plan(100, aql)
        for inspection in ("stopped", "", None):
            with self.subTest(inspection=inspection), self.assertRaises(ValueError):
                single_sampling_plan(100, 1.0, inspection)


@tagged("post_install", "-at_install")
class TestSwitching(BaseCase):
    """Which inspection the next lot gets, after the verdicts on those before it."""

    def run_lots(self, lots, state=None, **findings):
        state = state or Switching()
        for accepted in lots:
            state = switch(state, accepted, **findings)
        return state

    def test_the_examples_in_the_documentation_hold(self):
        self.assertFalse(doctest.testmod(sampling).failed)

    def test_two_rejected_of_five_consecutive_lots_tighten_inspection(self):
        for lots in (
            [False, False],
            [False, True, True, True, False],
            [True] * 3 + [False, True, False],
        ):
            with self.subTest(lots=lots):
                self.assertEqual(self.run_lots(lots).inspection, "tightened")

    def test_two_rejected_lots_further_apart_do_not_tighten_inspection(self):
        self.assertEqual(self.run_lots([False, True, True, True, True, False]).inspection, "normal")

    def test_five_consecutive_accepted_lots_end_tightened_inspection(self):
        tightened = Switching("tightened")
        self.assertEqual(self.run_lots([True] * 4, tightened).inspection, "tightened")
        self.assertEqual(self.run_lots([True] * 4 + [False] + [True] * 4, tightened).inspection, "tightened")
        self.assertEqual(self.run_lots([True] * 5, tightened), Switching())

    def test_five_rejected_lots_in_total_stop_tightened_inspection(self):
        tightened = Switching("tightened")
        self.assertEqual(self.run_lots([False, True, True] * 4, tightened).inspection, "tightened")
        self.assertEqual(self.run_lots([False, True, True] * 4 + [False], tightened).inspection, "stopped")

    def test_stopped_inspection_judges_no_lot_and_resumes_tightened(self):
        stopped = Switching("stopped", rejected_total=5)
        with self.assertRaises(ValueError):
            switch(stopped, True)
        self.assertEqual(resume(stopped), Switching("tightened"))
        with self.assertRaises(ValueError):
            resume(Switching())

    def test_fifteen_accepted_lots_with_small_acceptance_numbers_reduce_inspection(self):
        self.assertEqual(self.run_lots([True] * 14, acceptance_number=1).score, 28)
        self.assertEqual(self.run_lots([True] * 15, acceptance_number=1).inspection, "reduced")

    def test_ten_lots_acceptable_one_aql_tighter_reduce_inspection(self):
        lots = {"acceptance_number": 3, "defective": 2}
        self.assertEqual(self.run_lots([True] * 9, **lots).score, 27)
        self.assertEqual(self.run_lots([True] * 10, **lots).inspection, "reduced")

    def test_a_lot_that_would_fail_one_aql_tighter_resets_the_score(self):
        state = self.run_lots([True] * 9, acceptance_number=3)
        self.assertEqual(switch(state, True, defective=3, acceptance_number=3).score, 0)

    def test_a_rejected_lot_resets_the_score(self):
        self.assertEqual(switch(Switching(score=28), False).score, 0)

    def test_one_rejected_lot_ends_reduced_inspection(self):
        reduced = Switching("reduced")
        self.assertEqual(self.run_lots([True] * 20, reduced).inspection, "reduced")
        self.assertEqual(switch(reduced, False), Switching())

    @settings(max_examples=300, deadline=None)
    @given(lots=verdicts)
    def test_inspection_is_never_tightened_without_two_rejected_lots(self, lots):
        state = Switching()
        for accepted in lots:
            if state.inspection == "stopped":
                break
            state = switch(state, accepted)
            self.assertLessEqual(len(state.recent), 5)
            self.assertLess(state.score, 30)
        if lots.count(False) < 2:
            self.assertIn(state.inspection, ("normal", "reduced"))

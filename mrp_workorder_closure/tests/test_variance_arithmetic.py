import doctest
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import Actual, Material, Plan, PlannedMaterial, PlannedWork, Work, compute_variances, layers, variance

BOARD = {"board": PlannedMaterial(10, 20)}
# Ten pieces take 10 minutes to set up and 60 to make, at 60 an hour.
SAW = {"saw": PlannedWork(70, 10, 60)}


def amounts(plan, actual, rounding=0.01):
    """Amounts by cause, those that are 0 left out."""
    totals = {}
    for line in compute_variances(plan, actual, rounding).lines:
        totals[line.kind] = totals.get(line.kind, 0) + line.amount
    return {kind: float(amount) for kind, amount in totals.items() if amount}


quantities = st.integers(min_value=0, max_value=10**6).map(lambda number: number / 1000)
amounts_of_money = st.integers(min_value=0, max_value=10**7).map(lambda number: number / 100)
keys = st.sampled_from("abcd")
flags = st.booleans()
plans = st.builds(
    Plan,
    quantity=quantities.filter(bool),
    materials=st.dictionaries(keys, st.builds(PlannedMaterial, quantities, amounts_of_money), max_size=3),
    work=st.dictionaries(keys, st.builds(PlannedWork, quantities, quantities, amounts_of_money), max_size=3),
    subcontracting=amounts_of_money,
    other=amounts_of_money,
    byproduct_pct=st.integers(min_value=0, max_value=100),
    lot_size=st.none() | quantities.filter(bool),
)
used = st.lists(st.builds(Material, keys, quantities, amounts_of_money, flags), max_size=4).map(tuple)
orders = st.builds(
    Actual,
    produced=quantities,
    good=quantities,
    materials=used,
    work=st.lists(st.builds(Work, keys, quantities, amounts_of_money, flags), max_size=4).map(tuple),
    scraps=used,
    subcontracting=amounts_of_money,
    other=amounts_of_money,
    byproduct_pct=st.integers(min_value=0, max_value=100),
    scrap_reasons=st.none() | st.dictionaries(keys, quantities, max_size=2),
)


@tagged("post_install", "-at_install")
class TestVarianceArithmetic(BaseCase):
    """Each cause has its figure by hand, and all of them add up to the variance of the order."""

    def test_the_examples_in_the_documentation_hold(self):
        for module in (variance, layers):
            self.assertFalse(doctest.testmod(module).failed, module.__name__)

    def test_each_cause_has_the_figure_of_its_formula(self):
        cases = {
            "price: 10 boards at 22 instead of 20": (
                Plan(10, BOARD, {}),
                Actual(10, 10, (Material("board", 10, 220),)),
                {"material_price": 20},
            ),
            "usage: 12 boards instead of 10, at 20": (
                Plan(10, BOARD, {}),
                Actual(10, 10, (Material("board", 12, 240),)),
                {"material_usage": 40},
            ),
            "price and usage: (22 - 20) x 12, (12 - 10) x 20": (
                Plan(10, BOARD, {}),
                Actual(10, 10, (Material("board", 12, 264),)),
                {"material_price": 24, "material_usage": 40},
            ),
            "usage is measured against the output: 8 made with 9 boards": (
                Plan(10, BOARD, {}),
                Actual(8, 8, (Material("board", 9, 180),)),
                {"material_usage": 20},
            ),
            "substitution: 10 panels at 23 instead of 10 boards at 20, not in usage": (
                Plan(10, BOARD, {}),
                Actual(10, 10, (Material("panel", 10, 230),)),
                {"substitution": 30},
            ),
            "rate: 70 minutes at 72 instead of 60 an hour": (
                Plan(10, {}, SAW),
                Actual(10, 10, work=(Work("saw", 70 / 60, 84),)),
                {"operation_rate": 14},
            ),
            "efficiency: 100 minutes instead of 70, at 60 an hour": (
                Plan(10, {}, SAW),
                Actual(10, 10, work=(Work("saw", 100 / 60, 100),)),
                {"operation_efficiency": 30},
            ),
            "setup is not in efficiency: 8 made in 10 + 48 minutes; 10 x (1 - 8 / 10)": (
                Plan(10, {}, SAW),
                Actual(8, 8, work=(Work("saw", 58 / 60, 58),)),
                {"lot_size": 2},
            ),
            "costing lot of 20: 10 x (1 - 10 / 20)": (
                Plan(10, {}, SAW, lot_size=20),
                Actual(10, 10, work=(Work("saw", 70 / 60, 70),)),
                {"lot_size": 5},
            ),
            "rework: time and material of their own, in neither efficiency nor usage": (
                Plan(10, BOARD, SAW),
                Actual(
                    10,
                    10,
                    (Material("board", 10, 200), Material("board", 1, 20, True)),
                    (Work("saw", 70 / 60, 70), Work("fix", 0.5, 30, True)),
                ),
                {"rework": 50},
            ),
            "subcontracting: 9 instead of 7 a piece": (
                Plan(10, BOARD, {}, subcontracting=70),
                Actual(10, 10, (Material("board", 10, 200),), subcontracting=90),
                {"subcontracting": 20},
            ),
            "scrapped components are not in usage": (
                Plan(10, BOARD, {}),
                Actual(10, 10, (Material("board", 10, 200),), scraps=(Material("board", 2, 40),)),
                {"scrap": 40},
            ),
            "scrapped output: 2 of 10, at 20 + 6 a piece, and their share of the setup": (
                Plan(10, BOARD, SAW),
                Actual(10, 8, (Material("board", 10, 200),), (Work("saw", 70 / 60, 70),)),
                {"scrap": 52, "lot_size": 2},
            ),
            "scrapped output is told by reason: 1 bent, 2 without a reason": (
                Plan(10, BOARD, {}),
                Actual(10, 7, (Material("board", 10, 200),), scrap_reasons={"bent": 1}),
                {"scrap": 60},
            ),
            "by-products: 20 % of 240 instead of 10 % of 200": (
                Plan(10, BOARD, {}, byproduct_pct=10),
                Actual(10, 10, (Material("board", 12, 240),), byproduct_pct=20),
                {"material_usage": 40, "byproduct": -28},
            ),
            "extra cost is other": (
                Plan(10, BOARD, {}, other=5),
                Actual(10, 10, (Material("board", 10, 200),), other=15),
                {"other": 10},
            ),
            "full scrap: nothing is good": (
                Plan(10, BOARD, SAW),
                Actual(10, 0, (Material("board", 10, 200),), (Work("saw", 70 / 60, 70),)),
                {"scrap": 260, "lot_size": 10},
            ),
            "zero output: everything that was used is unfavourable": (
                Plan(10, BOARD, SAW),
                Actual(0, 0, (Material("board", 3, 66),), (Work("saw", 0.5, 30),)),
                {"material_price": 6, "material_usage": 60, "operation_efficiency": 20, "lot_size": 10},
            ),
            "an operation that was left out is favourable": (
                Plan(10, {}, SAW),
                Actual(10, 10),
                {"operation_efficiency": -70},
            ),
            "an operation that was added is allowed no time": (
                Plan(10, {}, {}),
                Actual(10, 10, work=(Work("polish", 0.5, 30),)),
                {"operation_efficiency": 30},
            ),
        }
        for name, (plan, actual, expected) in cases.items():
            with self.subTest(name):
                self.assertEqual(amounts(plan, actual), expected)
                sheet = compute_variances(plan, actual)
                self.assertEqual(float(sheet.variance), sum(expected.values()))

    def test_what_rounding_leaves_over_is_in_the_largest_line(self):
        plan = Plan(3, {key: PlannedMaterial(1, 0.335) for key in "abc"}, {})
        actual = Actual(3, 3, tuple(Material(key, 1, 0.34) for key in "abc"))
        sheet = compute_variances(plan, actual)
        self.assertEqual(sheet.variance, Decimal("0.01"))
        self.assertEqual(sum(line.amount for line in sheet.lines), sheet.variance)

    def test_money_is_in_whole_units_of_the_currency(self):
        plan = Plan(3, {"board": PlannedMaterial(3, 333.3)}, {})
        sheet = compute_variances(plan, Actual(2, 2, (Material("board", 2, 700),)), 1)
        self.assertEqual((sheet.standard, sheet.actual), (667, 700))
        self.assertEqual(sum(line.amount for line in sheet.lines), 33)

    @settings(max_examples=400, deadline=None, derandomize=True)
    @given(plan=plans, actual=orders)
    def test_the_causes_add_up_to_actual_less_standard_cost(self, plan, actual):
        exact = variance._explain(variance._in_decimals(plan), variance._in_decimals(actual))
        self.assertLess(abs(sum(line.amount for line in exact.lines) - exact.variance), Decimal("1e-6"))

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(plan=plans, actual=orders, rounding=st.sampled_from([1, 0.05, 0.01]))
    def test_rounded_lines_add_up_to_the_last_digit(self, plan, actual, rounding):
        sheet = compute_variances(plan, actual, rounding)
        self.assertEqual(sum(line.amount for line in sheet.lines), sheet.variance)
        step = Decimal(str(rounding))
        for line in sheet.lines:
            self.assertFalse(line.amount % step, line)

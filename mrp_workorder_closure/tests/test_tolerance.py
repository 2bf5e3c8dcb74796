import doctest
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import blocker, is_within, to_decimal, tolerance

hundredths = st.integers(min_value=0, max_value=10**9).map(lambda number: Decimal(number) / 100)
per_cents = st.integers(min_value=0, max_value=20_000).map(lambda number: Decimal(number) / 100)


@tagged("post_install", "-at_install")
class TestTolerance(BaseCase):
    """Tolerances are exact: floats never decide an edge."""

    def test_the_examples_in_the_documentation_hold(self):
        for module in (tolerance, blocker):
            self.assertFalse(doctest.testmod(module).failed, module.__name__)

    @settings(max_examples=500, deadline=None)
    @given(actual=hundredths, planned=hundredths, limit=per_cents)
    def test_floats_are_judged_as_exact_fractions_would_be(self, actual, planned, limit):
        exact = abs(Fraction(actual) - Fraction(planned)) <= Fraction(planned) * Fraction(limit) / 100
        self.assertEqual(is_within(float(actual), float(planned), float(limit), 0.01), exact)

    @settings(max_examples=300, deadline=None)
    @given(planned=hundredths.filter(bool), limit=per_cents)
    def test_the_edge_is_inside_and_the_next_step_is_outside(self, planned, limit):
        edge = planned * (1 + limit / 100)
        step = Decimal("0.000001")
        self.assertTrue(is_within(float(edge), float(planned), float(limit)) or float(edge) != edge)
        self.assertFalse(is_within(float(edge + step), float(planned), float(limit)) and float(edge + step) > edge)

    @settings(max_examples=300, deadline=None)
    @given(parts=st.lists(st.integers(min_value=1, max_value=999), min_size=1, max_size=30))
    def test_a_sum_of_floats_equals_its_plan_once_rounded(self, parts):
        total = sum(part / 100 for part in parts)
        self.assertTrue(is_within(total, sum(parts) / 100, 0, 0.01))
        self.assertEqual(to_decimal(total, 0.01), Decimal(sum(parts)) / 100)

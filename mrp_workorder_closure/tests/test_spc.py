import doctest
import math
from xml.dom import minidom

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import count_outside, draw_run_chart, get_statistics, parse_readings, spc

numbers = st.floats(min_value=-1e6, max_value=1e6)


@tagged("post_install", "-at_install")
class TestStatistics(BaseCase):
    """Mean, spread, Cp and Cpk of readings, and their chart."""

    def test_the_examples_in_the_documentation_hold(self):
        self.assertFalse(doctest.testmod(spc).failed)

    def test_a_textbook_example_has_its_known_figures(self):
        # Sum of squares 0.10 over 4 degrees of freedom; limits at 3 and 6 spreads.
        values = [9.8, 9.9, 10.0, 10.1, 10.2]
        result = get_statistics(values, 9.5, 10.9)
        self.assertAlmostEqual(result.mean, 10.0)
        self.assertAlmostEqual(result.spread, math.sqrt(0.025))
        self.assertAlmostEqual(result.cp, 1.4 / (6 * math.sqrt(0.025)))
        self.assertAlmostEqual(result.cpk, 0.5 / (3 * math.sqrt(0.025)))

    def test_a_single_reading_has_a_mean_and_no_spread(self):
        self.assertEqual(get_statistics([5.0], 1, 9), (1, 5.0, None, None, None))

    def test_equal_readings_have_no_capability_instead_of_an_infinite_one(self):
        result = get_statistics([0.1] * 10, 0, 1)
        self.assertEqual((result.spread, result.cp, result.cpk), (0.0, None, None))

    def test_nothing_entered_is_missing_and_not_zero(self):
        self.assertEqual(parse_readings(""), [])
        self.assertEqual(parse_readings(None), [])
        self.assertEqual(get_statistics(parse_readings(" \n ")).count, 0)
        self.assertEqual(parse_readings("0"), [0.0])

    def test_what_is_no_number_is_refused(self):
        for text in ("1.2.3", "1,234.5", "nan", "inf", "1e5", "--1", "9" * 400, "٣"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_readings(text)

    def test_a_reading_on_a_limit_is_inside(self):
        self.assertEqual(count_outside([1.0, 2.0, 0.999, 2.001], 1.0, 2.0), 2)

    @settings(max_examples=300, deadline=None)
    @given(values=st.lists(numbers, max_size=40), low=numbers, high=numbers)
    def test_every_chart_is_well_formed_and_shows_every_reading(self, values, low, high):
        chart = draw_run_chart(values, min(low, high), max(low, high), title='<"&>')
        if values:
            svg = minidom.parseString(chart).documentElement
            outside = count_outside(values, min(low, high), max(low, high))
            self.assertEqual(len(svg.getElementsByTagName("rect")), outside)
            self.assertEqual(len(svg.getElementsByTagName("circle")), len(values) - outside)
            self.assertEqual(svg.getAttribute("aria-label"), '<"&>')
        else:
            self.assertEqual(chart, "")

    @settings(max_examples=300, deadline=None)
    @given(values=st.lists(numbers, min_size=2, max_size=40), low=numbers, high=numbers)
    def test_cpk_is_never_better_than_cp(self, values, low, high):
        result = get_statistics(values, min(low, high), max(low, high))
        if result.cp is not None:
            self.assertLessEqual(result.cpk, result.cp + 1e-9 * abs(result.cp) + 1e-9)

"""What the benchmark and the comparison of Odoo's own tests make of what they measured."""

import core_alone
import core_suites
import pytest
from benchmark import SCENARIOS, parse_options
from benchmark_report import TITLES, Results
from core_suites import address, compare, compare_reasons, compare_suite, count, read_outcomes, read_reasons, tell

REPORT = """\
<testsuites><testsuite>
<testcase classname="test_a.TestA" name="test_good"/>
<testcase classname="test_a.TestA" name="test_bad"><failure message="no"/></testcase>
<testcase classname="test_a.TestA" name="test_wrong"><error message="no"/></testcase>
<testcase classname="test_a.TestA" name="test_away"><skipped message="no tool"/></testcase>
<testcase classname="test_a.TestA" name="test_parts"><failure message="one part"/></testcase>
<testcase classname="test_a.TestA" name="test_parts"/>
</testsuite></testsuites>
"""


def read(tmp_path, text=REPORT):
    path = tmp_path / "report.xml"
    path.write_text(text)
    return read_outcomes(path)


def test_each_test_of_a_report_has_one_outcome(tmp_path):
    assert read(tmp_path) == {
        "test_a.TestA.test_good": "passed",
        "test_a.TestA.test_bad": "failed",
        "test_a.TestA.test_wrong": "failed",
        "test_a.TestA.test_away": "skipped",
        "test_a.TestA.test_parts": "failed",
    }
    assert count(read(tmp_path)) == "5 tests: 1 passed, 3 failed, 1 skipped"


def test_outcomes_are_compared_by_the_name_of_the_test(tmp_path):
    before = read(tmp_path)
    assert compare(before, dict(before)) == []
    after = {**before, "test_a.TestA.test_good": "failed", "test_a.TestA.test_new": "passed"}
    del after["test_a.TestA.test_away"]
    assert compare(before, after) == [
        ("test_a.TestA.test_away", "skipped", "absent"),
        ("test_a.TestA.test_good", "passed", "failed"),
        ("test_a.TestA.test_new", "absent", "passed"),
    ]


def test_a_test_that_fails_says_why_with_its_first_line(tmp_path):
    path = tmp_path / "report.xml"
    path.write_text(REPORT.replace('failure message="no"', 'failure message="1 is not 2&#10;more"'))
    assert read_reasons(path) == {
        "test_a.TestA.test_bad": "1 is not 2",
        "test_a.TestA.test_wrong": "no",
        "test_a.TestA.test_parts": "one part",
    }


def test_failing_for_another_reason_is_told_and_ids_are_no_reason():
    before = {"a": "mrp.production(12,) is not done", "b": "1 query", "c": "no"}
    assert compare_reasons(before, {"a": "mrp.production(7,) is not done", "b": "1 error"}) == [
        ("b", "1 query", "1 error")
    ]


def test_a_run_is_told_with_the_reasons_of_its_differences():
    base = {"a": "passed", "b": "failed"}, {"b": "no access"}
    found = {"a": "failed", "b": "failed"}, {"a": "blocked", "b": "crash"}
    assert tell("mrp", "with the addon", base, found) == [
        "mrp with the addon: 2 tests: 2 failed; 1 differ",
        "  a: passed without the addon, failed with the addon",
        "    blocked",
        "  b: fails both ways, for another reason",
        "    no access",
        "    crash",
    ]
    assert tell("mrp", "with the addon", base, base) == ["mrp with the addon: 2 tests: 1 passed, 1 failed; none differ"]


def test_a_test_of_a_report_is_found_again():
    assert address("test_a.TestA.test_good") == "test_a.py::TestA::test_good"
    assert address("deep.test_a.TestA.test_good") == "deep/test_a.py::TestA::test_good"


class StubSuite(core_suites.CoreSuite):
    """Runs as they are written down: the second look mends one of two tests, and the addon breaks the other."""

    FIRST = {"good": "passed", "mended": "failed", "broken": "failed"}, {"mended": "no access", "broken": "no rule"}
    SECOND = {"mended": "passed", "broken": "passed"}, {}
    SECOND_WITH = {"mended": "passed", "broken": "failed"}, {"broken": "blocked"}

    def run(self, title):
        if not self.tests:
            return self.FIRST
        return self.SECOND if title == core_suites.WITHOUT else self.SECOND_WITH


@pytest.fixture
def stub_workshop(monkeypatch):
    monkeypatch.setattr(core_suites, "CoreSuite", StubSuite)
    return type("StubWorkshop", (), {"databases": None})


def test_what_fails_without_the_addon_has_a_second_look_whose_differences_count(stub_workshop):
    lines, different = compare_suite(stub_workshop, core_suites.parse_options([]), "stock")
    assert different == 1
    assert lines[3:] == [
        "stock with the addon: 3 tests: 1 passed, 2 failed; none differ",
        "stock, second look without the addon: 2 tests: 2 passed",
        "stock, second look with the addon: 2 tests: 1 passed, 1 failed; 1 differ",
        "  broken: passed without the addon, failed with the addon",
        "    blocked",
    ]


def test_a_suite_for_which_nothing_is_put_back_has_no_second_look(stub_workshop):
    lines, different = compare_suite(stub_workshop, core_suites.parse_options([]), "stock_account")
    assert different == 0
    assert not any("second look" in line for line in lines)


def test_whatever_is_put_back_is_known_and_used():
    assert set().union(*core_suites.PUT_BACK.values()) == set(core_alone.PARTS)


def test_all_suites_but_one_run_unless_some_are_named():
    assert core_suites.parse_options([]).suites == []
    assert core_suites.parse_options(["mrp", "stock"]).suites == ["mrp", "stock"]
    with pytest.raises(SystemExit):
        core_suites.parse_options(["sale"])


def make_results(*rows):
    results = Results("2 × a processor", "2026-01-01", 0.1, 2, ["plain", "closures", "community"])
    for scenario, size, history, variant, queries, time in rows:
        figures = {"queries": queries, "python": time, "database": 0.0, "wall": time}
        results.add(scenario, size, history, variant, figures)
    return results


def test_times_are_the_median_of_ratios_of_the_same_turn():
    rows = [("confirm", 10, 0, "plain", 100, time) for time in (1.0, 2.0, 4.0)]
    rows += [("confirm", 10, 0, "closures", 120 + n, time) for n, time in enumerate((1.1, 2.4, 4.2))]
    results = make_results(*rows)
    case = ("confirm", 10, 0)
    assert results.ratio(case, "closures") == pytest.approx(1.1)
    assert results.further(case) == 20
    assert results.ratio(case, "community") is None


def test_targets_say_what_is_met_and_what_is_missed():
    results = make_results(
        ("mark_done", 100, 2000, "plain", 4200, 1.0),
        ("mark_done", 100, 2000, "closures", 4700, 1.04),
        ("mark_done", 100, 2000, "community", 14700, 2.5),
        ("refuse", 100, 2000, "closures", 20, 0.1),
        ("refuse", 100, 20000, "closures", 21, 0.1),
    )
    assert [(target.title.rpartition(": ")[2], target.found, target.limit) for target in results.missed()] == [
        ("further queries per order", 5, 4),
        ("queries with 20,000 closed before", 21, 20),
    ]
    assert len(results.targets()) == 6


def test_the_tables_show_each_scenario_and_what_a_variant_cannot_do():
    rows = [(name, sizes[0][0], 10, "plain", 5, 0.5) for name, sizes in SCENARIOS.items() if name != "refresh"]
    results = make_results(*rows, ("refresh", 10, 10, "closures", 50, 0.2), ("confirm", 1, 99, "plain", 6, 1.0))
    text = results.as_markdown()
    for title in TITLES.values():
        assert title in text
    assert "| refresh closures, 10 | – | 50 queries, 200 ms | – |" in text
    assert "| confirm, 1 | +1, 2.00 × | – | – |" in text


def test_a_short_run_is_chosen_by_options():
    options = parse_options(["--rounds", "1", "--history", "50", "--largest", "10", "--only", "confirm"])
    assert (options.rounds, options.history, options.largest, options.only) == (1, [50], 10, ["confirm"])
    with pytest.raises(SystemExit):
        parse_options(["--history", "many"])


def test_every_scenario_has_a_title():
    assert set(TITLES) == set(SCENARIOS)

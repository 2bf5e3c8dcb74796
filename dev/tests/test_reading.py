"""What the test command reads: logs, reports, XML, translations and its arguments."""

from pathlib import Path

import pytest
import translations
import xml_format
from load import failures
from stages import PYTEST_STAGES, TESTS
from tally import Tally, from_junit, from_odoo_log
from testing import split_paths

ODOO_LOG = """\
2026-01-01 10:00:00,000 1 INFO db odoo.addons.test_lint.tests.test_a: Starting TestA.test_good ...
2026-01-01 10:00:00,000 1 INFO db odoo.addons.test_lint.tests.test_a: Starting TestA.test_bad ...
2026-01-01 10:00:00,000 1 ERROR db odoo.addons.test_lint.tests.test_a: FAIL: Subtest TestA.test_bad (module='x')
2026-01-01 10:00:00,000 1 INFO db odoo.addons.test_lint.tests.test_a: Starting TestA.test_away ...
2026-01-01 10:00:00,000 1 INFO db odoo.addons.test_lint.tests.test_a: skipped TestA.test_away : no tool
2026-01-01 10:00:00,000 1 INFO db odoo.addons.test_lint.tests.test_a: Starting TestA.test_warns ...
2026-01-01 10:00:00,000 1 WARNING db odoo.addons.test_lint.tests.test_a: wrong type
2026-01-01 10:00:00,000 1 WARNING db odoo.modules.loading: not a test
"""


def test_the_log_of_odoo_is_counted_and_a_warning_of_a_test_is_a_failure():
    tally, failures = from_odoo_log(ODOO_LOG)
    assert tally == Tally(1, ["TestA.test_bad", "TestA.test_warns"], ["TestA.test_away: no tool"])
    assert [test for test, _message in failures] == tally.failed


def test_of_a_servers_log_tracebacks_and_errors_of_the_addon_count_and_no_others():
    start = "2026-01-01 10:00:00,000 1"
    entries = [
        f"{start} ERROR db odoo.sql_db: bad query: UPDATE",
        f"{start} WARNING db odoo.addons.mrp_workorder_closure.models.mrp_closure_deadline: not so bad",
        f"{start} ERROR db odoo.addons.mrp_workorder_closure.models.mrp_closure_verification: Archive: a hash",
        f"{start} ERROR db odoo.http: Exception during request handling.\nTraceback (most recent call last):\n  File",
        f"{start} INFO db odoo.http: fine",
    ]
    assert failures("\n".join(entries)) == entries[2:4]


def test_a_report_of_pytest_is_counted(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite>"
        '<testcase classname="a" name="good"/>'
        '<testcase classname="a" name="bad"><failure/></testcase>'
        '<testcase classname="a" name="broken"><error/></testcase>'
        '<testcase classname="a" name="away"><skipped message="why"/></testcase>'
        "</testsuite></testsuites>"
    )
    assert from_junit(report) == Tally(1, ["a.bad", "a.broken"], ["a.away: why"])


def test_the_closing_line():
    assert str(Tally(3)) == "3 passed, 0 failed"
    assert str(Tally(3, ["a"], ["b", "c"])) == "3 passed, 1 failed, 2 skipped"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<odoo>\n    <record/>\n</odoo>\n", None),
        ('<odoo>\n    <record\n        id="a"\n    />\n</odoo>\n', None),
        ("<odoo>\n    <p>text <b>bold</b>\n        more</p>\n</odoo>\n", None),
        ("<odoo>\n  <record/>\n</odoo>\n", "indented by 2 spaces instead of 4"),
        ("<odoo>\n    <record>\n        </record>\n</odoo>\n", "indented by 8 spaces"),
        ("<odoo>\n    <record/> \n</odoo>\n", "blanks at the end"),
        ("<odoo>\n\t<record/>\n</odoo>\n", "a tab"),
        ("<odoo>\n    <record>\n</odoo>\n", "not well-formed"),
        ("<odoo/>", "exactly one line break"),
    ],
)
def test_the_layout_of_xml(tmp_path, text, sentence):
    path = tmp_path / "file.xml"
    path.write_text(text)
    found = [found for _line, found in xml_format.findings(path)]
    assert any(sentence in text for text in found) if sentence else found == []


def write_catalogue(path, **entries):
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    path.write_text(header + "".join(f'\nmsgid "{key}"\nmsgstr "{text}"\n' for key, text in entries.items()))


def test_translations_must_be_complete_and_keep_their_placeholders(tmp_path):
    write_catalogue(tmp_path / "addon.pot", Close="", Open="")
    write_catalogue(tmp_path / "zh_CN.po", Close="关闭", Open="打开 %(order)s")
    write_catalogue(tmp_path / "zh_TW.po", Close="", Old="舊")
    found = " | ".join(translations.findings(tmp_path))
    assert "zh_CN.po: other placeholders than the original: 'Open'" in found
    assert "zh_TW.po: not translated: 'Close'" in found
    assert "zh_TW.po: missing: 'Open'" in found
    assert "zh_TW.po: not in the code: 'Old'" in found


def test_a_stale_list_of_terms_is_noticed(tmp_path):
    write_catalogue(tmp_path / "addon.pot", Close="", Old="")
    write_catalogue(tmp_path / "fresh", Close="", New="")
    found = " | ".join(translations.differences(tmp_path, tmp_path / "fresh"))
    assert "'New'" in found and "'Old'" in found and "'Close'" not in found


def test_paths_are_told_from_the_values_of_options(monkeypatch, tmp_path):
    (tmp_path / "gate").touch()
    monkeypatch.chdir(tmp_path)
    assert split_paths(["-k", "gate", "gate::TestA", "-x"]) == (["gate::TestA"], ["-k", "gate", "-x"])


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        (TESTS / "test_gate.py", [True, False, False]),
        (TESTS / "wide" / "test_x.py", [False, True, False]),
        (TESTS, [True, True, False]),
        (Path(__file__), [False, False, True]),
    ],
)
def test_a_path_runs_in_the_stage_it_belongs_to(path, covered):
    assert [stage.covers(path) for stage in PYTEST_STAGES] == covered

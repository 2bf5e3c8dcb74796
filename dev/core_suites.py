"""`./core-suites`: Odoo's own tests with the addon installed and without it, compared by name.

pytest runs every test after installation, those too that Odoo itself runs while only the tested module is loaded:
so all of them meet the addon. Some do not expect modules that depend on theirs and fail even without the addon: these
have a second look, with what such modules change put back. What counts is the difference.
"""

import argparse
import contextlib
import functools
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import processes
from cache import Cache
from console import Failure, run_main, say, step
from databases import PREFIX
from ground import VARIABLES, add_options, ground
from layers import PLAIN, WIDE
from stages import Workshop

# The suite of a module runs where that module is installed.
SUITES = {"mrp": PLAIN, "mrp_account": PLAIN, "stock": PLAIN, "stock_account": PLAIN, "mrp_subcontracting": WIDE}
DEFAULT_SUITES = ("mrp", "mrp_account", "stock", "mrp_subcontracting")
# What later modules change for tests of a suite: parts of `core_alone.py`.
PUT_BACK = {
    "mrp": ("account_rights", "no_valuation"),
    "stock": ("receipt_rules", "delivery_keys", "product_rights"),
}
CATCH_ALL = Path(__file__).with_name("catch_all.py")
WITHOUT, WITH, GATED = "without the addon", "with the addon", "with a catch-all template"
ABSENT = "absent"


def parse_options(arguments=None):
    parser = argparse.ArgumentParser(
        prog="./core-suites",
        description="Run Odoo's own tests with the addon and without it, and tell what differs. "
        "The exit status is 0 when nothing does.",
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_options(parser)
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], help=f"{', '.join(SUITES)} (all but stock_account)")
    parser.add_argument("-k", metavar="EXPRESSION", dest="expression", help="only these tests, as pytest's -k")
    parser.add_argument("--no-tours", action="store_true", help="skip tests that need a web server")
    parser.add_argument(
        "--catch-all",
        action="store_true",
        help="a third run, with a template for every order; its differences are told and not counted",
    )
    return parser.parse_args(arguments)


class CoreSuite:
    """The runs of one module's tests: of all, or a second look at the named ones."""

    def __init__(self, workshop, options, name, tests=()):
        self.workshop = workshop
        self.databases = workshop.databases
        self.options = options
        self.name = name
        self.tests = tests
        self.title = f"{name}, second look" if tests else name
        self.kind = SUITES[name]

    def run(self, title):
        """The outcomes of one run, and the reasons of those that failed: {name of a test: text} each."""
        say(f"\n== {self.title} {title}")
        report = self.workshop.cache.folder("log") / f"core-{os.getpid()}.xml"
        with self._database(title) as name:
            # What draws from sets does so in the same order each time: runs differ by the addon only.
            self.workshop.call(self._command(title, name, report), {"PYTHONHASHSEED": "0"})
        if not report.exists():
            raise Failure("To compare Odoo's own tests, read above why pytest ended without a report.")
        found = read_outcomes(report), read_reasons(report)
        report.unlink()
        return found

    def _command(self, title, name, report):
        core = self.databases.odoo.python_path / "odoo" / "addons"
        # As Odoo would look without the addon, its folder is not on the path either.
        addons = [f"--odoo-addons-path={core}"] if title == WITHOUT else []
        return self.workshop.pytest_command(
            *(f"--odoo-config={self.databases.config}", f"--odoo-database={name}", *addons),
            "--odoo-log-level=warn",  # some tests wait for a warning
            *([] if self.options.no_tours else ["--odoo-http"]),
            *("-q", "-r", "N", "--tb=no", f"--junitxml={report}"),
            *self._selection(core / self.name / "tests"),
        )

    def _selection(self, folder):
        """The arguments of pytest that say which tests run, and how those of a second look do."""
        if self.tests:
            parts = [f"--put-back={part}" for part in PUT_BACK[self.name]]
            return ["-p", "dev.core_alone", *parts, *(f"{folder}/{address(test)}" for test in self.tests)]
        return [*(["-k", self.options.expression] if self.options.expression else []), folder]

    @contextlib.contextmanager
    def _database(self, title):
        name = f"{PREFIX}test_core_{os.getpid()}"
        layers = self.workshop.layers
        with self.workshop.cache.lock():
            self.databases.copy(layers.base(self.kind) if title == WITHOUT else layers.addon(self.kind), name)
        try:
            if title == GATED:
                self._add_catch_all(name)
            yield name
        finally:
            self.databases.drop(name)

    def _add_catch_all(self, name):
        command = [self.databases.python, CATCH_ALL, self.databases.config, name]
        log = self.databases.log_path("catch-all")
        with step("Adding a template for every order"):
            processes.run(command, log, "add the template", env=self.databases.variables())


def address(test):
    """Where pytest finds a test that its report names: test_file.TestCase.test_it."""
    *path, case, method = test.split(".")
    return f"{'/'.join(path)}.py::{case}::{method}"


def read_cases(report):
    """Each (name of a test, its case, how it failed or None) of a pytest report."""
    for case in ElementTree.parse(report).iter("testcase"):
        name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
        bad = [part for part in case if part.tag in ("failure", "error")]
        yield name, case, bad[0] if bad else None


def read_outcomes(report):
    """{name of a test: passed, failed or skipped} of a pytest report; what is parametrised fails as a whole."""
    outcomes = {}
    for name, case, bad in read_cases(report):
        if bad is not None or outcomes.get(name) == "failed":
            outcomes[name] = "failed"
        else:
            outcomes[name] = "passed" if case.find("skipped") is None else "skipped"
    return outcomes


def read_reasons(report):
    """{name of a test: the first line of what it failed with} of a pytest report."""
    reasons = {}
    for name, _case, bad in read_cases(report):
        if bad is not None:
            lines = (bad.get("message") or "").strip().splitlines()
            reasons.setdefault(name, lines[0] if lines else "no reason is given")
    return reasons


def compare(before, after):
    """[(test, outcome before, outcome after)] where they differ, by name."""
    names = sorted(before.keys() | after.keys())
    rows = [(name, before.get(name, ABSENT), after.get(name, ABSENT)) for name in names]
    return [row for row in rows if row[1] != row[2]]


def count(outcomes):
    """One line: how many tests had which outcome."""
    values = list(outcomes.values())
    kinds = ", ".join(f"{values.count(kind)} {kind}" for kind in ("passed", "failed", "skipped") if kind in values)
    return f"{len(values)} tests: {kinds}"


def compare_reasons(before, after):
    """[(test, reason before, reason after)] of tests that fail both times, but not alike; numbers may be ids."""
    alike = functools.partial(re.sub, r"0x[0-9a-f]+|[0-9]+", "#")
    names = sorted(before.keys() & after.keys())
    return [(name, before[name], after[name]) for name in names if alike(before[name]) != alike(after[name])]


def tell(name, title, base, found):
    """Lines: how a run ended, and where it differs from the run without the addon."""
    (base_outcomes, base_reasons), (outcomes, reasons) = base, found
    differences = compare(base_outcomes, outcomes)
    lines = [f"{name} {title}: {count(outcomes)}; {len(differences) or 'none'} differ"]
    for test, before, after in differences:
        lines.append(f"  {test}: {before} {WITHOUT}, {after} {title}")
        lines += [f"    {text}" for text in (base_reasons.get(test), reasons.get(test)) if text]
    for test, before, after in compare_reasons(base_reasons, reasons):
        lines += [f"  {test}: fails both ways, for another reason", f"    {before}", f"    {after}"]
    return lines


def compare_runs(suite):
    """Run a suite each way; return the comparison as lines, how many tests the addon changes, what fails without it."""
    base = outcomes, reasons = suite.run(WITHOUT)
    lines = [f"{suite.title} {WITHOUT}: {count(outcomes)}"]
    lines += [f"  {test}: fails {WITHOUT}: {reason}" for test, reason in sorted(reasons.items())]
    with_addon = suite.run(WITH)
    lines += tell(suite.title, WITH, base, with_addon)
    if suite.options.catch_all:
        say("\n" + "\n".join(lines))
        lines += tell(suite.title, GATED, base, suite.run(GATED))
    return lines, len(compare(outcomes, with_addon[0])), sorted(reasons)


def compare_suite(workshop, options, name):
    """Compare a suite, and look again at what fails without the addon; return lines and how many tests differ."""
    lines, different, failed = compare_runs(CoreSuite(workshop, options, name))
    if failed and name in PUT_BACK:
        more, further, _failed = compare_runs(CoreSuite(workshop, options, name, failed))
        return lines + more, different + further
    return lines, different


def main():
    options = parse_options()
    story, different = [], 0
    with ground(options, Cache(), "test") as (databases, layers):
        workshop = Workshop(databases, layers)
        workshop.drop_leftovers()
        for name in options.suites or DEFAULT_SUITES:
            lines, number = compare_suite(workshop, options, name)
            say("\n" + "\n".join(lines))
            story += lines
            different += number
    say("\n== All of them, compared\n" + "\n".join(story))
    say(f"\nTests of Odoo that differ {WITH}: {different}")
    return 1 if different else 0


if __name__ == "__main__":
    run_main(main)

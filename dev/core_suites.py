"""`./core-suites`: Odoo's own tests with the addon installed and without it, compared by name.

pytest runs every test after installation, those too that Odoo itself runs while only the tested module is loaded:
so all of them meet the addon. Some do not expect modules that depend on theirs and fail here with the addon and
without it; what counts is the difference.
"""

import argparse
import contextlib
import os
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
    """The runs of one module's tests."""

    def __init__(self, workshop, options, name):
        self.workshop = workshop
        self.databases = workshop.databases
        self.options = options
        self.name = name
        self.kind = SUITES[name]

    def run(self, title):
        """{name of a test: its outcome} of one run."""
        say(f"\n== {self.name} {title}")
        report = self.workshop.cache.folder("log") / f"core-{os.getpid()}.xml"
        with self._database(title) as name:
            self.workshop.call(self._command(title, name, report))
        if not report.exists():
            raise Failure("To compare Odoo's own tests, read above why pytest ended without a report.")
        outcomes = read_outcomes(report)
        report.unlink()
        return outcomes

    def _command(self, title, name, report):
        core = self.databases.odoo.python_path / "odoo" / "addons"
        # As Odoo would look without the addon, its folder is not on the path either.
        addons = [f"--odoo-addons-path={core}"] if title == WITHOUT else []
        return self.workshop.pytest_command(
            *(f"--odoo-config={self.databases.config}", f"--odoo-database={name}", *addons),
            *([] if self.options.no_tours else ["--odoo-http"]),
            *(["-k", self.options.expression] if self.options.expression else []),
            *("-q", "-r", "N", "--tb=no", f"--junitxml={report}"),
            core / self.name / "tests",
        )

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


def read_outcomes(report):
    """{name of a test: passed, failed or skipped} of a pytest report; what is parametrised fails as a whole."""
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
        bad = case.find("failure") is not None or case.find("error") is not None
        if bad or outcomes.get(name) == "failed":
            outcomes[name] = "failed"
        else:
            outcomes[name] = "passed" if case.find("skipped") is None else "skipped"
    return outcomes


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


def compare_suite(workshop, options, name):
    """Run a suite each way; return the outcome of the comparison as lines, and how many tests the addon changes."""
    suite = CoreSuite(workshop, options, name)
    titles = [WITHOUT, WITH, *([GATED] if options.catch_all else [])]
    outcomes = {title: suite.run(title) for title in titles}
    base = outcomes[WITHOUT]
    lines = [f"{name} {WITHOUT}: {count(base)}"]
    lines += [f"  {test}: fails {WITHOUT}" for test, outcome in sorted(base.items()) if outcome == "failed"]
    for title in titles[1:]:
        differences = compare(base, outcomes[title])
        lines.append(f"{name} {title}: {count(outcomes[title])}; {len(differences) or 'none'} differ")
        lines += [f"  {test}: {before} {WITHOUT}, {after} {title}" for test, before, after in differences]
    return lines, len(compare(base, outcomes[WITH]))


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

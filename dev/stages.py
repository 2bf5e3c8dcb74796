"""The stages of the test command. Each one prints what it does and returns a tally."""

import contextlib
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import processes
from console import Failure, say, step
from databases import PREFIX, REPOSITORY, complaints
from layers import ADDON, ADDON_FOLDER, DEMO, PLAIN, WIDE, Kind
from tally import Tally, from_junit, from_odoo_log

DEV = REPOSITORY / "dev"
NOTHING_COLLECTED = 5
CORE_MESSAGES = """
    used-before-assignment undefined-variable eval-used unreachable function-redefined
    sql-injection missing-gettext gettext-variable gettext-placeholders gettext-repr
    raise-unlink-override
"""
CORE_PLUGINS = """
    _pylint_path_setup pylint.extensions.bad_builtin _odoo_checker_sql_injection
    _odoo_checker_gettext _odoo_checker_unlink_override
"""
CORE_PYLINT = (
    "--disable=all,useless-option-value",
    f"--enable={','.join(CORE_MESSAGES.split())}",
    f"--load-plugins={','.join(CORE_PLUGINS.split())}",
    "--bad-functions=input",
)
# Odoo's pylint test reads all of Odoo for many minutes: its checkers run on the addon
# alone, as a static check; the tests of the checkers themselves are Odoo's business.
LINT_TAGS = "/test_lint,-/test_lint:TestPyLint,-/test_lint/tests/test_checkers.py"


class Workshop:
    """What the stages share: databases, layers, and pytest."""

    def __init__(self, databases, layers):
        self.databases = databases
        self.layers = layers
        self.cache = databases.cache
        self.python = databases.python

    @contextlib.contextmanager
    def copy_of(self, kind):
        """A database of a kind for one run; dropped at the end."""
        name = f"{PREFIX}test_{kind.name}_{os.getpid()}"
        with self.cache.lock():
            self.databases.copy(self.layers.addon(kind), name)
        try:
            yield name
        finally:
            self.databases.drop(name)

    def drop_leftovers(self):
        """Drop the copies of runs that were killed."""
        for folder in self.databases.filestore(PREFIX).parent.glob(f"{PREFIX}test_*_*"):
            pid = folder.name.rpartition("_")[2]
            if not Path("/proc", pid).exists():
                self.databases.drop(folder.name)

    def call(self, command, variables=None):
        """Run a command with its output on the screen; return its exit code."""
        environment = self.databases.variables() | (variables or {})
        return processes.finish(processes.start(command, cwd=REPOSITORY, env=environment))

    def pytest(self, *arguments, variables=None):
        """Run pytest with its output on the screen; return its tally."""
        report = self.cache.folder("log") / f"pytest-{os.getpid()}.xml"
        report.unlink(missing_ok=True)
        # Seeded tests do the same each time: what they draw from may be a set.
        fixed = {"PYTHONHASHSEED": "0"} | (variables or {})
        code = self.call(self.pytest_command(*arguments, f"--junitxml={report}"), fixed)
        if not report.exists():
            return Tally(failed=[f"pytest ended with code {code} and without a report"])
        tally = from_junit(report)
        report.unlink()
        if code not in (0, 1, NOTHING_COLLECTED):
            tally.failed.append(f"pytest ended with code {code}")
        return tally

    def selects(self, *arguments):
        """Whether pytest would find a test."""
        command = self.pytest_command("--collect-only", "-q", *arguments)
        answer = subprocess.run(
            list(map(str, command)),
            cwd=REPOSITORY,
            env=self.databases.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return answer.returncode != NOTHING_COLLECTED

    def pytest_command(self, *arguments):
        caches = f"cache_dir={self.cache.folder('pytest')}"
        root = ("--rootdir", REPOSITORY, "-c", DEV / "pytest.ini")
        return [self.python, "-m", "pytest", *root, "-o", caches, *arguments]


@dataclass
class PytestStage:
    """Tests below a folder: on a database of a kind, or without Odoo at all."""

    title: str
    folder: Path
    kind: Kind | None = None
    besides: tuple = field(default_factory=tuple)

    def covers(self, path):
        """Whether a path that the user named belongs to this stage."""
        if any(path == other or path.is_relative_to(other) for other in self.besides):
            return False
        return path.is_relative_to(self.folder) or self.folder.is_relative_to(path)

    def _options(self, database):
        if not self.kind:
            return ["-p", "no:odoo"]
        config = f"--odoo-config={self._config}"
        ignored = [f"--ignore={folder}" for folder in self.besides]
        return [config, f"--odoo-database={database}", "--odoo-http", *ignored]

    def run(self, workshop, arguments=(), paths=()):
        self._config = workshop.databases.config
        targets = [*arguments, *(paths or [self.folder])]
        if not self.folder.is_dir():
            return Tally()
        if arguments and not paths and not workshop.selects(*self._options("none"), *targets):
            return Tally()
        say(f"\n== {self.title}")
        if not self.kind:
            return workshop.pytest(*self._options(None), *targets)
        with workshop.copy_of(self.kind) as database:
            # Tests that need processes of their own copy the database that this one was copied from.
            variables = {"CLOSURE_TEMPLATE_DATABASE": workshop.layers.addon(self.kind)}
            return workshop.pytest(*self._options(database), *targets, variables=variables)


TESTS = ADDON_FOLDER / "tests"
PYTEST_STAGES = (
    PytestStage("The addon's tests", TESTS, PLAIN, (TESTS / "wide",)),
    PytestStage("The addon's tests among many more modules", TESTS / "wide", WIDE),
    PytestStage("Tests of the two commands", DEV / "tests"),
)


def static_checks(workshop):
    say("\n== Static checks")
    lint_tests = workshop.databases.odoo.python_path / "odoo/addons/test_lint/tests"
    python_path = os.pathsep.join(map(str, (lint_tests, workshop.databases.odoo.python_path)))
    python = workshop.python
    checks = {
        "ruff check": [python, "-m", "ruff", "check", "--no-cache", "--output-format=concise", ADDON, "dev"],
        "ruff format": [
            python,
            "-m",
            "ruff",
            "format",
            "--no-cache",
            "--output-format=concise",
            "--check",
            ADDON,
            "dev",
        ],
        "pylint-odoo": [python, "-m", "pylint", ADDON],
        "pylint of Odoo's core": [
            *(python, "-m", "pylint", "--rcfile", os.devnull, *CORE_PYLINT),
            *("--reports=n", "--score=n", ADDON),
        ],
        "XML format": [python, DEV / "xml_format.py", ADDON],
        "translations": [python, DEV / "translations.py", ADDON_FOLDER / "i18n"],
    }
    tally = Tally()
    for name, command in checks.items():
        say(f"- {name}")
        variables = {"PYTHONPATH": python_path, "ADDONS_PATH": str(REPOSITORY)}
        tally.check(name, workshop.call(command, variables) == 0)
    return tally


def clean_logs(workshop):
    """Installing the addon logs no warning, with demo data and without."""
    say("\n== Installation")
    tally = Tally()
    for kind in (PLAIN, WIDE, DEMO):
        with workshop.cache.lock():
            layer = workshop.layers.addon(kind)
        found = complaints(workshop.databases.log_path(layer))
        for line in found:
            say(f"  {line}")
        say(f"- {kind.title}: {len(found)} warnings or errors")
        tally.check(f"installation {kind.title} logs a warning", not found)
    return tally


def fresh_template(workshop):
    """The committed list of terms is the one that the code holds."""
    say("\n== Terms to translate")
    fresh = workshop.cache.folder("log") / f"{ADDON}.pot"
    # With demo data: its texts are translated too.
    with workshop.copy_of(DEMO) as name:
        command = workshop.databases.command(
            *("i18n", "export", "--config", workshop.databases.config, "--database", name),
            *("--output", fresh, ADDON),
        )
        log = workshop.databases.log_path("i18n-export")
        processes.run(command, log, "export the terms to translate", env=workshop.databases.variables())
    check = [workshop.python, DEV / "translations.py", ADDON_FOLDER / "i18n", fresh]
    tally = Tally()
    tally.check("the .pot file is that of the code", workshop.call(check) == 0)
    return tally


def core_lint(workshop):
    """Odoo's own test_lint, with the addon installed."""
    say("\n== Odoo's own lint tests on the addon")
    with workshop.copy_of(PLAIN) as name:
        tally, failures = _run_core_lint(workshop, name, "with the addon")
    if failures:
        known = _failures_without_the_addon(workshop)
        for test, message in failures:
            whose = "Odoo's own, not counted" if (test, message) in known else "the addon's"
            say(f"  {whose}: {message}")
        tally.failed = list(dict.fromkeys(test for test, text in failures if (test, text) not in known))
    return tally


def _failures_without_the_addon(workshop):
    """What fails on bare Odoo too is not the addon's; only looked at when something fails."""
    only_core = f"--addons-path={workshop.databases.odoo.python_path / 'odoo/addons'}"
    name = f"{PREFIX}test_bare_{os.getpid()}"
    with workshop.cache.lock():
        workshop.databases.copy(workshop.layers.base(PLAIN), name)
    try:
        return _run_core_lint(workshop, name, "without the addon", only_core)[1]
    finally:
        workshop.databases.drop(name)


def _run_core_lint(workshop, name, title, *options):
    databases = workshop.databases
    log_path = databases.log_path("lint")
    command = databases.command(
        *("--config", databases.config, "--database", name, "--init", "test_lint"),
        *("--test-tags", LINT_TAGS, "--stop-after-init", "--no-http", *options),
    )
    with step(f"Running test_lint {title} (under a minute)"), log_path.open("w") as log:
        code = processes.finish(processes.start(command, log, env=databases.variables()))
    tally, failures = from_odoo_log(log_path.read_text(errors="replace"))
    if code and not failures:
        raise Failure(processes.failure_sentence(log_path, "run Odoo's lint tests"))
    return tally, failures

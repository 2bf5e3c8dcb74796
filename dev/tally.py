"""What a stage of the test command found, counted the same way for all of them."""

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree


@dataclass
class Tally:
    passed: int = 0
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def check(self, name, is_good):
        if is_good:
            self.passed += 1
        else:
            self.failed.append(name)

    def __str__(self):
        text = f"{self.passed} passed, {len(self.failed)} failed"
        return f"{text}, {len(self.skipped)} skipped" if self.skipped else text


def from_junit(path):
    """The tally of a pytest report."""
    tally = Tally()
    for case in ElementTree.parse(path).iter("testcase"):
        name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed.append(name)
        elif (skipped := case.find("skipped")) is not None:
            tally.skipped.append(f"{name}: {skipped.get('message', '')}")
        else:
            tally.passed += 1
    return tally


ODOO_LINE = re.compile(r"^\S+ \S+ \d+ (?P<level>\w+) \S+ (?P<logger>odoo\.addons\.\w+\.tests\.\w+): (?P<text>.*)")
OUTCOME = re.compile(r"(?:FAIL|ERROR): (?:Subtest )?(?P<test>[\w.]+)")


def from_odoo_log(text):
    """The tally of Odoo's own test runner.

    A warning that a test logs counts as its failure, as on Odoo's own build servers.
    """
    started, failed, skipped = [], [], []
    for line in filter(None, map(ODOO_LINE.match, text.splitlines())):
        message = line["text"]
        if found := re.match(r"Starting (\S+) \.\.\.", message):
            started.append(found[1])
        elif found := re.match(r"skipped (\S+) : (.*)", message):
            skipped.append(f"{found[1]}: {found[2]}")
        elif line["level"] in ("WARNING", "ERROR", "CRITICAL"):
            found = OUTCOME.match(message)
            test = found["test"] if found else (started or ["before the first test"])[-1]
            failed.append((test, message))
    tests_failed = list(dict.fromkeys(test for test, _message in failed))
    names_skipped = {entry.split(":")[0] for entry in skipped}
    passed = [test for test in started if test not in {*tests_failed, *names_skipped}]
    return Tally(len(passed), tests_failed, skipped), failed

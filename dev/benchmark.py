"""`./benchmark`: what the addon costs, against plain Odoo and against a stack of community addons.

All variants work on the same machine in the same run, taking turns; queries are exact, times are medians of the
ratio to plain Odoo in the same turn.
"""

import argparse
import contextlib
import datetime
import json
import os
import platform
import subprocess
from pathlib import Path

import processes
from benchmark_report import Results
from cache import Cache, digest
from console import Failure, run_main, say, step
from databases import PREFIX, REPOSITORY
from ground import VARIABLES, add_options, ground
from layers import PLAIN

BENCH = Path(__file__).with_name("bench")
WHEELS = (
    "odoo-addon-base_tier_validation==19.0.*",
    "odoo-addon-quality_control_oca==19.0.*",
    "odoo-addon-auditlog==19.0.*",
)
VARIANTS = ("plain", "closures", "community")
# Scenario: sizes, and sizes that are measured again with the long history.
SCENARIOS = {
    "mark_done": ((1, 10, 100), (10,)),
    "confirm": ((1, 10, 50), (10,)),
    "open_form": ((1,), (1,)),
    "open_list": ((80,), (80,)),
    "refuse": ((100,), (100,)),
    "request_and_approve": ((10, 100), (10,)),
    "refresh": ((10, 100), (10,)),
}
SEEDS = 10


def parse_options(arguments=None):
    parser = argparse.ArgumentParser(
        prog="./benchmark",
        description="Measure what the addon costs, against plain Odoo and against a stack of community addons. "
        "The exit status is 1 when a target is missed.",
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_options(parser)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each variant, besides one to warm up (5)")
    parser.add_argument(
        "--history", default="2000,20000", help="orders closed before, in two steps (2000,20000); one step: no growth"
    )
    parser.add_argument(
        "--only", action="append", metavar="SCENARIO", choices=list(SCENARIOS), help=f"of {', '.join(SCENARIOS)}"
    )
    parser.add_argument("--largest", type=int, default=100, help="leave out larger batches (100)")
    parser.add_argument(
        "--without", action="append", default=[], choices=VARIANTS[1:], metavar="VARIANT", help="leave out a variant"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there")
    options = parser.parse_args(arguments)
    try:
        options.history = [int(number) for number in options.history.split(",")]
    except ValueError:
        parser.error("--history takes one or two numbers: 2000,20000")
    return options


class Variant:
    """One process with a database of its own."""

    def __init__(self, databases, name, template, addons):
        self.databases = databases
        self.name = name
        self.database = f"{PREFIX}test_bench{name}_{os.getpid()}"
        self.template = template
        self.log_path = databases.log_path(f"bench-{name}")
        self.config = databases.cache.folder("config") / f"bench-{name}-{digest(REPOSITORY)}.conf"
        text = databases.config.read_text()
        paths = ",".join(map(str, (REPOSITORY, *addons)))
        self.config.write_text(text.replace(f"addons_path = {REPOSITORY}\n", f"addons_path = {paths}\n"))

    @contextlib.contextmanager
    def running(self):
        self.databases.copy(self.template, self.database)
        try:
            with self.log_path.open("w") as log:
                command = [self.databases.python, BENCH / "worker.py", self.config, self.database, self.name]
                environment = self.databases.variables()
                environment["PYTHONPATH"] += os.pathsep + str(BENCH)
                self.child = processes.start(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
                )
            self._read()
            yield self
        finally:
            processes.stop(self.child)
            self.databases.drop(self.database)

    def tell(self, do, **words):
        print(json.dumps({"do": do, **words}), file=self.child.stdin, flush=True)
        return self._read()

    def _read(self):
        line = self.child.stdout.readline()
        if not line:
            raise Failure(processes.failure_sentence(self.log_path, f"measure the variant {self.name}"))
        return json.loads(line)


def fetch_community(cache, python):
    """The folder of the community's addons, or None where they cannot be had."""
    name = f"community-{digest(*WHEELS)}"
    if not (cache.root / name).exists():
        command = [python, "-m", "pip", "install", "--no-deps", "--no-input"]
        try:
            with cache.build(name) as folder, step("Fetching the community's addons"):
                log = cache.folder("log") / "community.log"
                processes.run([*command, "--target", folder, *WHEELS], log, "fetch the community's addons")
        except Failure as failure:
            say(f"  left out: {failure}")
            return None
    return cache.root / name / "odoo" / "addons"


def make_variants(options, databases, layers):
    """The variants that can be had, each with a template database."""
    base = layers.base(PLAIN)
    variants = [Variant(databases, "plain", base, ())]
    if "closures" not in options.without:
        variants.append(Variant(databases, "closures", layers.addon(PLAIN), ()))
    if "community" not in options.without:
        folder = fetch_community(databases.cache, databases.python)
        if folder:
            variant = Variant(databases, "community", None, (folder, BENCH / "addons"))
            variant.template = build_community(databases, base, variant.config)
            variants.append(variant)
    return variants


def build_community(databases, base, config):
    glue = BENCH / "addons" / "bench_community" / "__init__.py"
    name = f"{PREFIX}bench_community_{digest(base, *WHEELS, glue.read_text())}"
    if not databases.exists(name):
        own, databases.config = databases.config, config
        try:
            databases.build(name, ["bench_community"], "Installing the community's addons", base)
        finally:
            databases.config = own
    return name


def measure(variants, results, scenario, size, history, rounds):
    """All variants take turns, one at a time."""
    with step(f"{scenario}, {size} order{'s' if size > 1 else ''}, {history:,} closed before"):
        able = [variant for variant in variants if variant.tell("prepare", scenario=scenario, size=size)["has"]]
        for turn in range(rounds + 1):
            for variant in able:
                figures = variant.tell("measure")
                if turn:  # the first one fills what a process reads once
                    results.add(scenario, size, history, variant.name, figures)
        for variant in variants:
            variant.tell("discard")


def run(options, variants, results):
    with step("Making products, templates and users"):
        for variant in variants:
            variant.tell("set_up")
    there = 0
    for number, history in enumerate(options.history):
        with step(f"Making {history:,} closed orders"):
            for variant in variants:
                variant.tell("history", number=history - there, seeds=SEEDS)
            there = history
        for scenario, sizes in SCENARIOS.items():
            for size in sizes[0] if number == 0 else sizes[1]:
                # What the long history is compared with is measured with the short one too.
                if size <= options.largest and (not options.only or scenario in options.only):
                    measure(variants, results, scenario, size, history, options.rounds)
                    write(options, results)


def write(options, results):
    """Write what was measured so far: a run that is stopped leaves it."""
    if options.json:
        Path(options.json).write_text(results.as_json())
    if options.markdown:
        Path(options.markdown).write_text(results.as_markdown())


def describe_machine():
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text()
        names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
        return f"{len(names)} × {names[0]}" if names else f"{os.cpu_count()} processors"
    return f"{os.cpu_count()} processors, {platform.machine()}"


def main():
    options = parse_options()
    with ground(options, Cache()) as (databases, layers), contextlib.ExitStack() as stack:
        with databases.cache.lock():
            variants = make_variants(options, databases, layers)
        results = Results(
            machine=describe_machine(),
            date=str(datetime.date.today()),
            load=round(os.getloadavg()[0], 1),
            rounds=options.rounds,
            variants=[variant.name for variant in variants],
        )
        with step("Starting one Odoo for each variant"):
            for variant in variants:
                stack.enter_context(variant.running())
        run(options, variants, results)
    say("\n" + results.as_markdown())
    return 1 if results.missed() else 0


if __name__ == "__main__":
    run_main(main)

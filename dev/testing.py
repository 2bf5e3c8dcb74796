"""`./test`: run every test, or those that pytest arguments select."""

import argparse
from pathlib import Path

import machine
from cache import Cache
from console import Failure, run_main, say
from ground import VARIABLES, add_options, ground
from life_cycle import life_cycle
from load import load
from stages import (
    PYTEST_STAGES,
    Workshop,
    clean_logs,
    core_lint,
    fresh_template,
    static_checks,
)
from tally import Tally

# Options of pytest whose value is not a path, even where a file has that name.
OPTIONS_WITH_VALUE = ("-k", "-m", "-n", "-p", "-o", "-W", "--maxfail", "--tb", "--durations", "--deselect", "--ignore")


def parse_options():
    parser = argparse.ArgumentParser(
        prog="./test",
        usage="./test [option ...] [pytest argument ...]",
        description="Run every test, or those that the pytest arguments select: "
        "./test -k gate, or ./test path/to/test_file.py",
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_options(parser)
    return parser.parse_known_args()


def split_paths(arguments):
    """The pytest arguments that name files, and the others."""
    paths, others, is_value = [], [], False
    for argument in arguments:
        path = Path(argument.partition("::")[0])
        if not is_value and not argument.startswith("-") and path.exists():
            paths.append(argument)
        else:
            others.append(argument)
        is_value = argument in OPTIONS_WITH_VALUE
    return paths, others


def run_selected(workshop, arguments):
    """Only the pytest stages that the arguments concern."""
    paths, others = split_paths(arguments)
    total = Tally()
    for stage in PYTEST_STAGES:
        mine = [path for path in paths if stage.covers(Path(path.partition("::")[0]).absolute())]
        if mine or not paths:
            total.add(stage.run(workshop, others, mine))
    if not (total.passed or total.failed or total.skipped):
        raise Failure(f"To run a test, name one that exists: {' '.join(arguments)} selects none.")
    return total


def run_all(workshop):
    total = static_checks(workshop)
    for stage in PYTEST_STAGES:
        total.add(stage.run(workshop))
    for check in (core_lint, clean_logs, life_cycle, load, fresh_template):
        total.add(check(workshop))
    return total


def summarise(total, left_out):
    """Close with what was left out, what was skipped, what failed, and the count."""
    say()
    for sentence in left_out:
        say(f"Left out: {sentence}.")
    for name in total.skipped:
        say(f"Skipped: {name}")
    for name in total.failed:
        say(f"Failed: {name}")
    say(str(total))


def main():
    options, arguments = parse_options()
    cache = Cache()
    say(f"Everything that is fetched or built goes to {cache.root}")
    left_out = machine.provide_tools()
    with ground(options, cache, "test") as (databases, layers):
        workshop = Workshop(databases, layers)
        workshop.drop_leftovers()
        total = run_selected(workshop, arguments) if arguments else run_all(workshop)
    summarise(total, left_out)
    return 1 if total.failed else 0


if __name__ == "__main__":
    run_main(main)

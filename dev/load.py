"""Thirteen people of a factory work at once, on a real server with several workers.

Operators, inspectors, a warehouse controller, approvers of quality and finance, an auditor and a manager, each
with no more rights than the role needs, and the scheduled jobs beside them.

    python3 dev/load.py [--minutes 3] [--workers 4] [--orders 150]

Ends with what was done, what was refused with a sentence, and 'N passed, N failed': nothing that a user
was told is lost, no deadlock, no serialization error and no traceback reached anybody.
"""

import argparse
import json
import os
import re
import socket
import subprocess

import processes
from cache import Cache
from console import Failure, run_main, say, step
from databases import PREFIX, REPOSITORY
from ground import VARIABLES, add_options, ground
from layers import ADDON, PLAIN
from serve import WebServer
from tally import Tally

PEOPLE = "Thirteen people"
STORY = REPOSITORY / "dev" / "load_story.py"
IN_VAIN = "try again in a moment"
ADDON_ERROR = re.compile(rf"\S+ \S+ \d+ (ERROR|CRITICAL) \S+ odoo\.addons\.{ADDON}\.")
LOG_ENTRY = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} )", re.MULTILINE)


def parse_options():
    parser = argparse.ArgumentParser(
        prog="dev/load.py",
        description="Thirteen people work at once on a real server; nothing may be lost.",
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument("--minutes", type=float, default=3, help="how long they work, at most (3)")
    parser.add_argument("--workers", type=int, default=4, help="processes of the server (4)")
    parser.add_argument("--orders", type=int, default=150, help="orders to close (150)")
    parser.add_argument("--port", type=int, default=8169, help="port of the server (8169)")
    parser.add_argument("--interface", default="127.0.0.1", help=argparse.SUPPRESS)
    return parser.parse_args()


class Server(WebServer):
    """A server with several workers, as a factory runs one."""

    def __init__(self, databases, name, options):
        super().__init__(databases, name, options)
        self.log_path = databases.log_path("load")
        self.command[1:3] = [REPOSITORY / "dev" / "odoo_program.py"]
        self.command += ["--workers", str(options.workers), "--limit-time-real", "600", "--limit-time-cpu", "600"]


def ask(databases, name, *arguments):
    """What the story program answers."""
    command = [databases.python, STORY, databases.config, name, *arguments]
    answer = subprocess.run(
        list(map(str, command)),
        env=databases.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise Failure(f"To test under load, read above why {arguments[0]} failed.")
    return json.loads(answer.stdout.splitlines()[-1])


def work(options, databases, name, factory):
    """Let everybody work, in a process that has the packages for it; returns the notebook as a dict."""
    notes = databases.cache.folder("load") / f"{name}.json"
    job = {"minutes": options.minutes, "database": name, **factory}
    with Server(databases, name, options).running(), step(f"{PEOPLE} at work, {options.minutes:g} minutes at most"):
        job["url"] = f"http://127.0.0.1:{options.port}"
        notes.write_text(json.dumps(job))
        code = processes.finish(
            processes.start([databases.python, REPOSITORY / "dev" / "load_users.py", notes], env=databases.variables())
        )
    if code:
        raise Failure("To test under load, read above why the users could not work.")
    return notes


def failures(log):
    """The entries of a server's log that hold a traceback, and errors that the addon itself tells."""
    entries = LOG_ENTRY.split(log)
    return [entry.rstrip() for entry in entries if "Traceback" in entry or ADDON_ERROR.match(entry)]


def judge(options, databases, notes, looked):
    """The tally of a run."""
    told = json.loads(notes.read_text())
    log = databases.log_path("load").read_text(errors="replace")
    tally = Tally()
    for fault in told["faults"]:
        say(f"  {fault}")
    for sentence in looked["lost"]:
        say(f"  {sentence}")
    logged = failures(log)
    for entry in logged:
        say(entry)
    tally.check("a user met a fault", not told["faults"])
    tally.check("something was lost", not looked["lost"])
    tally.check("the server logged a deadlock", "deadlock detected" not in log)
    tally.check("the server logged a failure", not logged)
    tally.check("no order was closed", looked["closed"] > 0)
    summarise(told, looked, log)
    return tally


def summarise(told, looked, log):
    """What was done, and how often Odoo ran a request again; in vain: so often that it asked to try again later."""
    refusals = told["refusals"]
    again, in_vain = log.count("tries left, try again in"), sum(IN_VAIN in refusal for refusal in refusals)
    say(
        f"{told['acts']} acts, {len(refusals)} refused with a sentence, {looked['closed']} of {len(told['orders'])} "
        f"orders closed, {again} retries, {in_vain} requests in vain, {told['seconds']:.0f} s."
    )
    say(", ".join(f"{count} {what}s" for what, count in sorted(looked["told"].items())) + ".")


def run(options, databases, layers):
    """One run on a database of its own; its tally."""
    name = f"{PREFIX}test_load_{os.getpid()}"
    with databases.cache.lock():
        databases.copy(layers.addon(PLAIN), name)
    try:
        factory = ask(databases, name, "prepare", options.orders)
        notes = work(options, databases, name, factory)
        tally = judge(options, databases, notes, ask(databases, name, "look", notes))
        notes.unlink()
    finally:
        databases.drop(name)
    return tally


def load(workshop):
    """The stage of the test command: the same, short."""
    say(f"\n== {PEOPLE} at once")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = argparse.Namespace(minutes=2, workers=3, orders=15, port=port, interface="127.0.0.1")
    return run(options, workshop.databases, workshop.layers)


def main():
    options = parse_options()
    cache = Cache()
    with ground(options, cache, "test") as (databases, layers):
        tally = run(options, databases, layers)
    for name in tally.failed:
        say(f"Failed: {name}")
    say(str(tally))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    run_main(main)

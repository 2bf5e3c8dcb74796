"""One variant of the benchmark: a process with Odoo loaded, that does what it is told line by line.

Run by `benchmark.py` in Odoo's Python. Reads a JSON object a line and answers with one. What a scenario changes is
taken back after each measurement, so all rounds do the same work on the same database.
"""

import contextlib
import gc
import json
import sys
import time
from pathlib import Path

import odoo.api
from odoo.modules.registry import Registry
from odoo.tools import config


def cpu_of(pid):
    """Seconds a process was on a processor, 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return 0.0


class Worker:
    def __init__(self, database, variant):
        self.registry = Registry(database)
        self.variant = variant
        self.cr = None
        self.act = self.check = None

    def _open(self):
        self.cr = self.registry.cursor()
        self.variant.env = odoo.api.Environment(self.cr, odoo.api.SUPERUSER_ID, {"lang": "en_US"})

    def _close(self, commit):
        if commit:
            self.cr.commit()
        self.variant.env = None
        self.act = self.check = None
        self.cr.close()

    def do_set_up(self):
        self._open()
        self.variant.set_up()
        self._close(commit=True)

    def do_history(self, number, seeds):
        from history import copy_orders

        self._open()
        if not self.variant.ids.get("seeds"):
            self.variant.ids["seeds"] = self.variant.make_closed(seeds).ids
            self.cr.commit()
        copy_orders(self.cr, self.variant.ids["seeds"], number)
        self._close(commit=True)

    def do_prepare(self, scenario, size):
        self._open()
        if not hasattr(self.variant, scenario):
            return {"has": False}
        self.act, self.check = getattr(self.variant, scenario)(size)
        self.cr.flush()
        return {"has": True}

    def do_measure(self):
        env = self.variant.env
        self.cr.execute("SELECT pg_backend_pid()")
        [[backend]] = self.cr.fetchall()
        savepoint = self.cr.savepoint()
        env.invalidate_all()
        gc.collect()
        before = (self.cr.sql_log_count, time.process_time(), cpu_of(backend), time.perf_counter())
        self.act()
        # As a commit does: what is logged in the chatter counts too.
        self.cr.flush()
        after = (self.cr.sql_log_count, time.process_time(), cpu_of(backend), time.perf_counter())
        if self.check:
            env.invalidate_all()
            self.check()
        savepoint.rollback()
        env.invalidate_all()
        savepoint.close(rollback=True)
        names = ("queries", "python", "database", "wall")
        return {name: new - old for name, new, old in zip(names, after, before, strict=True)}

    def do_discard(self):
        self._close(commit=False)


def make_variant(name):
    if name == "closures":
        from closures import Closures

        return Closures()
    if name == "community":
        from community import Community

        return Community()
    from plain import Plain

    return Plain()


def main(configuration, database, name):
    config.parse_config(["--config", configuration, "--database", database])
    answers = sys.stdout
    sys.stdout = sys.stderr
    worker = Worker(database, make_variant(name))
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(worker, f"do_{order.pop('do')}")(**order)
        print(json.dumps(answer or {}), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Users of the load test: each has a session with the server and does what people of its role do.

They get in each other's way on purpose: all work on the few orders that come next.
A refusal that is a sentence is part of life; anything else is a fault.
"""

import contextlib
import json
import random
import sys
import threading
import time
from pathlib import Path

import requests

# How Odoo names what the web client shows as a sentence.
SENTENCES = (
    "odoo.exceptions.UserError",
    "odoo.exceptions.AccessError",
    "odoo.exceptions.ValidationError",
    "odoo.exceptions.RedirectWarning",
    "odoo.exceptions.MissingError",
)
NEXT_ORDERS = 6
SECONDS_TO_ANSWER = 120


class Refusal(Exception):
    """The server refused with a sentence."""


class Notebook:
    """What users were told, and what went wrong; shared by all of them."""

    def __init__(self, orders):
        self.orders = orders
        self.told = {"answered": set(), "approved": set(), "done": set()}
        self.faults = []
        self.acts = 0
        self.refusals = 0
        self.lock = threading.Lock()

    def note(self, what, entry):
        with self.lock:
            self.told[what].add(entry)

    def count(self, refused):
        with self.lock:
            self.acts += 1
            self.refusals += refused

    def left(self):
        """The orders that come next."""
        with self.lock:
            return [order for order in self.orders if order not in self.told["done"]][:NEXT_ORDERS]

    def as_dict(self):
        return {"orders": self.orders, **{what: sorted(entries) for what, entries in self.told.items()}}


class User(threading.Thread):
    """One person at one screen, until the time is over or nothing is left."""

    def __init__(self, url, database, login, notebook, until):
        super().__init__(name=login)
        self.url, self.database, self.login = url, database, login
        self.notebook, self.until = notebook, until
        self.session = requests.Session()
        self.random = random.Random(login)

    def run(self):
        try:
            self._post("/web/session/authenticate", db=self.database, login=self.login, password=self.login)
            while time.monotonic() < self.until and self.notebook.left():
                self._act()
        except Exception as fault:
            self.notebook.faults.append(f"{self.login}: {type(fault).__name__}: {fault}")

    def _act(self):
        try:
            self.work()
        except Refusal:
            self.notebook.count(refused=True)
            time.sleep(0.05)
        else:
            self.notebook.count(refused=False)

    def call(self, model, method, *args, **kwargs):
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}", model=model, method=method, args=list(args), kwargs=kwargs
        )

    def _post(self, path, **params):
        answer = self.session.post(
            self.url + path, json={"jsonrpc": "2.0", "method": "call", "params": params}, timeout=SECONDS_TO_ANSWER
        )
        answer.raise_for_status()
        body = answer.json()
        if "error" not in body:
            return body.get("result")
        data = body["error"].get("data", {})
        sentence = data.get("message", "")
        if data.get("name") not in SENTENCES or "serializ" in sentence or "deadlock" in sentence:
            raise AssertionError(f"{path}: {data.get('name')}: {sentence}")
        raise Refusal(sentence)


class Operator(User):
    """Answers checks, enters what was made, marks as done."""

    def work(self):
        order = self.random.choice(self.notebook.left())
        (read,) = self.call("mrp.production", "read", [order], ["state", "closure_state", "product_qty", "closure_id"])
        if read["state"] in ("done", "cancel"):
            self.notebook.note("done", order)
        elif read["closure_state"] == "approved":
            self.call("mrp.production", "button_mark_done", [order])
            (now,) = self.call("mrp.production", "read", [order], ["state"])
            if now["state"] == "done":
                self.notebook.note("done", order)
        elif read["closure_state"] == "open":
            self._answer(order, read)
        else:
            self.call("mrp.production", "get_closure_blockers", [order])

    def _answer(self, order, read):
        domain = [("closure_id.production_id", "=", order), ("state", "=", "todo")]
        checks = self.call("mrp.closure.check", "search_read", domain, ["id"])
        if checks:
            check = self.random.choice(checks)["id"]
            self.call("mrp.closure.check", "action_pass", [check])
            self.notebook.note("answered", check)
            return
        self.call("mrp.production", "write", [order], {"qty_producing": read["product_qty"]})
        self.call("mrp.production", "set_qty_producing", [order])
        with contextlib.suppress(Refusal):
            self.call("mrp.closure", "action_submit", [read["closure_id"][0]])


class Approver(User):
    """Decides about what waits for them."""

    def work(self):
        domain = [("state", "=", "pending"), ("user_ids.login", "=", self.login)]
        waiting = self.call("mrp.closure.approval", "search_read", domain, ["closure_id"], limit=NEXT_ORDERS)
        if not waiting:
            time.sleep(0.2)
            self.call("mrp.closure.approval", "search_count", domain)
            return
        closure = self.random.choice(waiting)["closure_id"][0]
        self.call("mrp.closure", "action_approve", [closure], "looked at it")
        self.notebook.note("approved", (closure, self.login))


KINDS = {"operator": Operator, "quality": Approver, "finance": Approver}


def main(path):
    """Work as the file at ``path`` says, then write there what users were told."""
    job = json.loads(Path(path).read_text())
    notebook = Notebook(job["orders"])
    begun = time.monotonic()
    users = [
        KINDS[role](job["url"], job["database"], login, notebook, begun + 60 * job["minutes"])
        for role, logins in job["users"].items()
        for login in logins
    ]
    for user in users:
        user.start()
    for user in users:
        user.join()
    told = {
        **notebook.as_dict(),
        "faults": notebook.faults,
        "acts": notebook.acts,
        "refusals": notebook.refusals,
        "seconds": time.monotonic() - begun,
    }
    Path(path).write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])

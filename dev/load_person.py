"""People of the load test: each has a session with the server; what they were told goes into one notebook.

A refusal that is a sentence of ours is part of life; anything else is a fault.
"""

import random
import threading
import time

import requests

# How Odoo names what the web client shows as a sentence.
SENTENCES = (
    "odoo.exceptions.UserError",
    "odoo.exceptions.AccessError",
    "odoo.exceptions.ValidationError",
    "odoo.exceptions.RedirectWarning",
)
# All of ours begin like this; one of PostgreSQL or of Odoo's rights is none that anybody should meet here.
BEGINNING = "To "
NEXT_ORDERS = 6
SECONDS_TO_ANSWER = 120


class Refusal(Exception):
    """The server refused with a sentence."""


class Notebook:
    """What people were told, and what went wrong; shared by all of them."""

    def __init__(self, orders):
        self.orders = orders
        self.places = {order: place for place, order in enumerate(orders)}
        self.done = set()
        self.told = []
        self.faults = []
        self.acts = 0
        self.refusals = []
        self.lock = threading.Lock()

    def note(self, what, **entry):
        with self.lock:
            self.told.append({"what": what, **entry})

    def note_done(self, order):
        with self.lock:
            self.done.add(order)

    def note_fault(self, fault):
        with self.lock:
            self.faults.append(fault)

    def count_act(self, refusal=None):
        """One more thing that somebody did, or was told in a sentence not to do."""
        with self.lock:
            self.acts += 1
            if refusal:
                self.refusals.append(str(refusal))

    def left(self):
        """The orders that come next."""
        with self.lock:
            return [order for order in self.orders if order not in self.done][:NEXT_ORDERS]

    def as_dict(self):
        return {
            "orders": self.orders,
            "done": sorted(self.done),
            "told": self.told,
            "faults": self.faults,
            "acts": self.acts,
            "refusals": self.refusals,
        }


class Person(threading.Thread):
    """One person at one screen, until the time is over or nothing is left."""

    # Seconds between two acts: who reads thinks, who works does not.
    pause = 0.0

    def __init__(self, job, login, notebook, until):
        super().__init__(name=login)
        self.url, self.database, self.login = job["url"], job["database"], login
        self.board = job["board"]
        self.notebook, self.until = notebook, until
        self.session = requests.Session()
        self.random = random.Random(login)
        self.remarks = 0

    def run(self):
        try:
            self._post("/web/session/authenticate", db=self.database, login=self.login, password=self.login)
            while self._goes_on():
                self._act()
                self.wait(self.pause)
        except Exception as fault:
            self.notebook.note_fault(f"{self.login}: {type(fault).__name__}: {fault}")

    def _goes_on(self):
        return time.monotonic() < self.until and bool(self.notebook.left())

    def wait(self, seconds):
        """Do nothing for a while, unless everything is over before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._goes_on():
            time.sleep(0.1)

    def _act(self):
        try:
            self.work()
        except Refusal as refusal:
            self.notebook.count_act(refusal)
            time.sleep(0.05)
        else:
            self.notebook.count_act()

    def remark(self, text):
        """A reason or comment that nobody else gives, so that it is found again."""
        self.remarks += 1
        return f"{text} ({self.login}, {self.remarks})"

    def call(self, model, method, *args, **kwargs):
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}", model=model, method=method, args=list(args), kwargs=kwargs
        )

    def search(self, model, domain, *names, **kwargs):
        return self.call(model, "search_read", domain, list(names), **kwargs)

    def pick(self, model, domain, *names):
        """One of the records that come next, or None."""
        found = self.search(model, domain, *names, limit=NEXT_ORDERS, order="id")
        return self.random.choice(found) if found else None

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
        if data.get("name") not in SENTENCES or not sentence.startswith(BEGINNING):
            raise AssertionError(f"{path}: {data.get('name')}: {sentence}")
        raise Refusal(sentence)

"""What no sensible client sends: seeded, so that a failure comes again."""

import random
import re
from pathlib import Path

ADDON = Path(__file__).resolve().parent.parent
HUGE = "Ω" * 1_000_000
TEXTS = (
    "",
    " ",
    "x",
    "0",
    "-1",
    "1e999",
    "NaN",
    "a\x00b",
    "\ud800",
    "<script>alert(1)</script>",
    "%s %(x)s {0}",
    "'; --",
)
NUMBERS = (0, -1, 1, 2, 1.5, -0.0, 1e308, float("nan"), float("inf"), 2**31, 2**63, -(2**70))
SHAPES = (None, True, False, [], {}, [[]], [None], [[1, [2]]], {"id": 1}, {"a": {"b": [1]}}, [0, 0, 0], [6, 0, [1]])
DATES = ("2026-01-01", "2026-02-30", "0000-00-00", "9999-12-31", "2026-01-01 00:00:00", "2026-01-01T00:00:00Z", "now")
ODD_IDS = (-1, 2**31 - 1)
# Filled in by Odoo itself.
MAGIC = frozenset({"id", "display_name", "create_uid", "create_date", "write_uid", "write_date"})
# Records that do not say which: ids as no client makes them, which Odoo takes as they are.
MALFORMED_IDS = (0, 2**40, "1", "abc", None, True, [1], {}, 1.5)
COMMANDS = ([0, 0, {}], [2, 2**31 - 1], [3, 2**31 - 1], [4, 2**31 - 1], [6, 0, [2**31 - 1]])
# Keys that Odoo itself reads from every context, with values that are false but of the right kind.
FORGED = {
    "uid": [1, 2],
    "su": [True],
    "active_test": [False],
    "tracking_disable": [True],
    "mail_notrack": [True],
    "mail_create_nolog": [True],
    "install_mode": [True],
    "import_file": [True],
    "force_delete": [True],
    "prefetch_fields": [False],
    "bin_size": [True],
    "skip_backorder": [True],
    "skip_consumption": [True],
    "skip_immediate": [True],
    "mo_ids_to_backorder": [None, [], [1], [2**31 - 1]],
    "mark_done": [True],
    "no_start_next": [True],
    "signing": [True],
    "closure_token": [True, {}, "x"],
}


def get_context_keys():
    """Keys that our own code reads from the context."""
    keys = set()
    for path in ADDON.rglob("*.py"):
        if "tests" not in path.parts:
            keys |= set(re.findall(r"""context(?:\.get\(|\[)["'](\w+)["']""", path.read_text()))
    # The language and the answer to core's question are Odoo's own.
    return sorted(keys - {"lang", "mo_ids_to_backorder"})


class Fuzz:
    """Draws values; ``own`` and ``foreign`` map models to ids of records that do exist."""

    def __init__(self, seed, own, foreign):
        self.random = random.Random(seed)
        self.own = own
        self.foreign = foreign
        self.keys = get_context_keys()

    def any(self):
        """Any value that JSON can carry; a huge one now and then."""
        if self.random.random() < 0.01:
            return HUGE
        pool = self.random.choice((TEXTS, NUMBERS, SHAPES, DATES, ODD_IDS, (self.foreign_id(), self.own_id())))
        return self.random.choice(pool)

    def own_id(self, model=None):
        ids = self.own.get(model) or self.own[self.random.choice(sorted(self.own))]
        return self.random.choice(ids)

    def foreign_id(self):
        return self.random.choice(self.foreign[self.random.choice(sorted(self.foreign))])

    def ids(self, model):
        """Records to call a method on: none, several, foreign ones, some that do not exist."""
        own = self.own.get(model, [])
        choices = [
            [],
            own[:1],
            own[-1:],
            self.random.sample(own, min(2, len(own))),
            own,
            self.foreign.get(model, [])[:1],
            own[:1] + self.foreign.get(model, [])[:1],
            [self.own_id()],
            [self.random.choice(ODD_IDS)],
            own[:1] * 2,
        ]
        return self.random.choice(choices)

    def malformed_ids(self, model):
        odd = self.random.choice(MALFORMED_IDS)
        return self.random.choice(([odd], [*self.own.get(model, [])[:1], odd], odd))

    def context(self, model):
        """A forged context: flags of Odoo's, keys of ours, records of others, defaults for evidence."""
        context = {key: self.random.choice(values) for key, values in FORGED.items() if self.random.random() < 0.3}
        for key in self.keys:
            if self.random.random() < 0.7:
                context[key] = self.any()
        context["active_ids"] = self.random.choice([self.ids(model._name), [self.foreign_id()], None])
        context["active_id"] = self.random.choice([self.foreign_id(), self.own_id(), False])
        context["active_model"] = self.random.choice(["mrp.closure", "res.users", model._name])
        for name in self.random.sample(sorted(model._fields), min(4, len(model._fields))):
            context[f"default_{name}"] = self.value(model._fields[name], 0)
        return context

    def malformed_context(self):
        """What Odoo itself reads of every context, of the wrong kind."""
        return {
            self.random.choice(("lang", "tz", "allowed_company_ids", "active_test", "bin_size")): self.random.choice(
                ("xx_YY", "Mars/Base", [2**31 - 1], "abc", 5, [None], {}, self.any())
            )
        }

    def vals(self, model, garbage):
        """Values for the fields that people fill in."""
        return {
            name: self.value(field, garbage)
            for name, field in model._fields.items()
            if name not in MAGIC and not field.related and not field.compute
        }

    def value(self, field, garbage):
        """A value for a field: of its kind, or with this probability anything at all."""
        if self.random.random() < garbage:
            return self.any()
        if field.type == "many2one":
            return self.random.choice((self.own_id(field.comodel_name), False, *ODD_IDS))
        if field.type in ("one2many", "many2many"):
            ids = self.own.get(field.comodel_name, [])
            known = ([6, 0, ids[:2]], [4, ids[0] if ids else 0], [5, 0, 0], [0, 0, {}])
            return [self.random.choice((*known, *COMMANDS))]
        if field.type == "selection":
            values = field.selection if isinstance(field.selection, list) else ()
            return self.random.choice([value for value, _label in values] or ["x"])
        known = {
            "integer": (0, 1, -1, 2**31 - 1),
            "float": (0, 1, -1, 1e12),
            "monetary": (0, 1, -1, 1e12),
            "boolean": (True, False),
            "date": DATES[:2],
            "datetime": (DATES[4], False),
            "binary": ("", "AAAA", "not base64"),
        }
        return self.random.choice(known.get(field.type, TEXTS))

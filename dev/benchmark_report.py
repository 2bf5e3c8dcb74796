"""What the benchmark found: figures, ratios, targets, and the tables that show them."""

import json
from dataclasses import asdict, dataclass, field
from statistics import median

TITLES = {
    "mark_done": "mark as done",
    "confirm": "confirm",
    "open_form": "open the order form",
    "open_list": "open a list",
    "refuse": "refuse blocked orders",
    "request_and_approve": "request, and four approvals",
    "refresh": "refresh closures",
}
NAMES = {"plain": "plain Odoo", "closures": "this addon", "community": "community stack"}
OURS = "closures"


@dataclass
class Target:
    title: str
    found: float
    limit: float

    @property
    def is_met(self):
        return self.found <= self.limit

    def __str__(self):
        return f"{self.title}: {self.found:.4g} (at most {self.limit:g}) {'met' if self.is_met else 'MISSED'}"


@dataclass
class Results:
    machine: str
    date: str
    load: float
    rounds: int
    variants: list
    measurements: list = field(default_factory=list)

    def add(self, scenario, size, history, variant, figures):
        key = {"scenario": scenario, "size": size, "history": history, "variant": variant}
        self.measurements.append({**key, **figures, "time": figures["python"] + figures["database"]})

    # Figures

    def cases(self):
        """(scenario, size, history) in the order in which they were measured."""
        return list(dict.fromkeys((row["scenario"], row["size"], row["history"]) for row in self.measurements))

    def values(self, case, variant, name):
        scenario, size, history = case
        return [
            row[name]
            for row in self.measurements
            if (row["scenario"], row["size"], row["history"], row["variant"]) == (scenario, size, history, variant)
        ]

    def queries(self, case, variant):
        """The least that was counted: what a process reads once, like registry caches, only adds."""
        return min(self.values(case, variant, "queries"), default=None)

    def milliseconds(self, case, variant):
        times = self.values(case, variant, "time")
        return median(times) * 1000 if times else None

    def ratio(self, case, variant, other="plain"):
        """Median of the ratios of processor time in the same turn."""
        mine, others = self.values(case, variant, "time"), self.values(case, other, "time")
        return median(a / b for a, b in zip(mine, others, strict=True)) if mine and others else None

    def further(self, case, variant=OURS):
        mine, plain = self.queries(case, variant), self.queries(case, "plain")
        return None if mine is None or plain is None else mine - plain

    def growth(self):
        """[(case with the short history, the same case with the long one)]."""
        cases = self.cases()
        return [(short, long) for long in cases for short in cases if short[:2] == long[:2] and short[2] < long[2]]

    # Targets

    def targets(self):
        found = []
        for case in self.cases():
            scenario, size, history = case
            title = f"{TITLES[scenario]}, {size} with {history:,} closed before"
            for words, value, limit in self._limits(case, scenario, size):
                if value is not None:
                    found.append(Target(f"{title}: {words}", value, limit))
            if (ratio := self.ratio(case, OURS, "community")) is not None and scenario != "refresh":
                found.append(Target(f"{title}: time × community stack", ratio, 1))
        for short, long in self.growth():
            mine = self.queries(short, OURS), self.queries(long, OURS)
            if None not in mine:
                title = f"{TITLES[long[0]]}, {long[1]}: queries with {long[2]:,} closed before"
                found.append(Target(title, mine[1], mine[0]))
        return found

    def _limits(self, case, scenario, size):
        further, queries = self.further(case), self.queries(case, OURS)
        if scenario == "mark_done" and size == 100:
            yield "further queries per order", further / size if further is not None else None, 4
            yield "time × plain Odoo", self.ratio(case, OURS), 1.05
        elif scenario == "confirm" and size == 50:
            yield "further queries", further, 12 + size
            yield "time × plain Odoo", self.ratio(case, OURS), 1.10
        elif scenario in ("open_form", "open_list"):
            yield "further queries", further, 4
        elif scenario == "refuse":
            yield "queries altogether", queries, 30
        elif scenario == "request_and_approve" and size == 100:
            yield "queries per closure", queries / size if queries is not None else None, 4

    def missed(self):
        return [target for target in self.targets() if not target.is_met]

    # Shown

    def as_json(self):
        targets = [{**asdict(target), "is_met": target.is_met} for target in self.targets()]
        return json.dumps({**asdict(self), "targets": targets}, indent=1) + "\n"

    def as_markdown(self):
        targets = self.targets()
        lines = [
            f"{self.date}, {self.machine}, load {self.load} at the start; {self.rounds} turns of each. Queries are "
            "exact; times are processor time of Odoo and of its database process, as the median ratio to plain Odoo.",
            "",
            *self._main_table(),
            *self._growth_table(),
            "",
            f"Targets: {len(targets) - len(self.missed())} of {len(targets)} met.",
            *(f"- {target}" for target in targets),
        ]
        return "\n".join(lines) + "\n"

    def _main_table(self):
        shown = self.variants
        lines = [
            "| | " + " | ".join(NAMES[variant] for variant in shown) + " |",
            "| --- |" + " --- |" * len(shown),
        ]
        first = min((history for _scenario, _size, history in self.cases()), default=0)
        for case in self.cases():
            if case[2] == first:
                cells = [self._cell(case, variant) for variant in shown]
                lines.append(f"| {TITLES[case[0]]}, {case[1]} | " + " | ".join(cells) + " |")
        return lines

    def _cell(self, case, variant):
        queries = self.queries(case, variant)
        if queries is None:
            return "–"
        further = self.further(case, variant)
        text = f"{queries:,} queries"
        if variant != "plain" and further is not None:
            text += f" ({further:+,})"
        ratio = self.ratio(case, variant)
        time = (
            f"{ratio:.2f} ×"
            if ratio is not None and variant != "plain"
            else f"{self.milliseconds(case, variant):,.0f} ms"
        )
        return f"{text}, {time}"

    def _growth_table(self):
        pairs = self.growth()
        if not pairs:
            return []
        shown = self.variants
        lines = [
            "",
            f"From {pairs[0][0][2]:,} to {pairs[0][1][2]:,} closed orders in the database: further queries, "
            "and time as ratio to that with the fewer.",
            "",
            "| | " + " | ".join(NAMES[variant] for variant in shown) + " |",
            "| --- |" + " --- |" * len(shown),
        ]
        for short, long in pairs:
            cells = [self._growth_cell(short, long, variant) for variant in shown]
            lines.append(f"| {TITLES[long[0]]}, {long[1]} | " + " | ".join(cells) + " |")
        return lines

    def _growth_cell(self, short, long, variant):
        before, after = self.queries(short, variant), self.queries(long, variant)
        if before is None or after is None:
            return "–"
        ratio = self.milliseconds(long, variant) / self.milliseconds(short, variant)
        return f"{after - before:+,}, {ratio:.2f} ×"

"""What went to the line for orders, and what became of it: the book that balances are drawn from."""

from collections import defaultdict

from .balance import USES, BalanceFigures, Claim, apportion
from .tolerance import to_decimal


class MaterialLedger:
    """Entries by order, product and lot, in the unit of the product.

    Issues and returns that serve several orders are shared out, so that no quantity
    counts for two of them. No ORM: keys are whatever the caller uses; an unknown lot
    is any key that is false.

    >>> ledger = MaterialLedger(["MO1", "MO2"], settled={"MO1"}, staged={"MO1", "MO2"})
    >>> ledger.need("MO1", "bolt", 6), ledger.need("MO2", "bolt", 4)
    (None, None)
    >>> ledger.issue(["MO1", "MO2"], "bolt", None, 10)
    >>> ledger.book("MO1", "bolt", None, "consumed_qty", 5.5)
    >>> ledger.give_back(["MO1", "MO2"], "bolt", None, 0.5)
    >>> ledger.share_out()
    >>> ledger.get_figures("MO1")[("bolt", None)][2:9]
    (6.0, 5.5, 0.0, 0.0, 0.5, 0.0, 0.0)
    >>> ledger.get_figures("MO2")[("bolt", None)].unaccounted_qty
    4.0

    Where nothing moves before consumption, issued is what a person declares, else what was used:

    >>> ledger = MaterialLedger(["MO1"])
    >>> ledger.book("MO1", "bolt", "L1", "consumed_qty", 6)
    >>> ledger.share_out()
    >>> ledger.get_figures("MO1")[("bolt", "L1")].issued_qty
    6.0
    >>> ledger.declare("MO1", "bolt", None, 10)
    >>> {key: figures.unaccounted_qty for key, figures in ledger.get_figures("MO1").items()}
    {('bolt', 'L1'): 0.0, ('bolt', None): 4.0}
    """

    def __init__(self, orders, settled=(), staged=(), no_lot=None):
        """Orders from first to last; ``settled`` ones take their share first; to ``staged`` ones
        material is moved before they consume it. ``no_lot`` stands for the lot that is not known."""
        self.orders = sorted(orders, key=lambda order: order not in settled)
        self.settled, self.staged = frozenset(settled), frozenset(staged)
        self._no_lot = no_lot
        self._entries = {order: defaultdict(lambda: defaultdict(float)) for order in self.orders}
        self._dates = {}
        self._declared = defaultdict(dict)
        self._planned = defaultdict(lambda: defaultdict(float))
        self._needs, self._rests = defaultdict(float), defaultdict(float)
        self._reserved = defaultdict(lambda: defaultdict(float))
        self._issues, self._returns = defaultdict(float), defaultdict(float)

    # Entries

    def book(self, order, product, lot, column, quantity, date=None):
        """Enter a quantity in a column of ``BalanceFigures``."""
        self._entries[order][product, lot][column] += quantity
        self._see(order, product, lot, date)

    def plan(self, order, product, quantity):
        self._planned[order][product] += quantity

    def need(self, order, product, quantity, rest=0.0):
        """How much of what is issued an order needs, and how much of it the backorder to come."""
        self._needs[order, product] += quantity
        self._rests[order, product] += rest

    def reserve(self, order, product, lot, quantity):
        self._reserved[order, product][lot] += quantity

    def declare(self, order, product, lot, quantity):
        """A person says that this quantity was issued."""
        self._declared[order][product, lot] = quantity

    def issue(self, orders, product, lot, quantity, date=None):
        """A quantity came to the line for one or several orders."""
        self._issues[self._sort(orders), product, lot] += quantity
        for order in orders:
            self._see(order, product, lot, date)

    def give_back(self, orders, product, lot, quantity, date=None):
        """A quantity left the line again."""
        self._returns[self._sort(orders), product, lot] += quantity
        for order in orders:
            self._see(order, product, lot, date)

    def _sort(self, orders):
        wanted = set(orders)
        return tuple(order for order in self.orders if order in wanted)

    def _see(self, order, product, lot, date):
        key = order, product, lot
        if date and (key not in self._dates or self._dates[key] < date):
            self._dates[key] = date

    # Sharing out

    def share_out(self):
        """Give every issue and return to one order each; once, when all entries are made."""
        pools = defaultdict(dict)
        for (orders, product, lot), quantity in self._issues.items():
            pools[orders, product][lot] = quantity
        # What is one order's alone first: the others then claim less of what is shared.
        for (orders, product), pool in sorted(pools.items(), key=lambda item: len(item[0][0])):
            self._share_issue(orders, product, pool)
        for (orders, product, lot), quantity in sorted(self._returns.items(), key=lambda item: len(item[0][0])):
            self._share_return(orders, product, lot, quantity)

    def _share_issue(self, orders, product, pool):
        claims, holders = [], []
        for order in orders:
            claims.append(self._get_claim(order, product))
            holders.append(order)
            if self._rests[order, product]:
                claims.append(Claim({}, {}, self._rests[order, product], takes_surplus=False))
                holders.append(None)
        for order, share in zip(holders, apportion(pool, claims), strict=True):
            for lot, quantity in share.items():
                if order is None:
                    # Lies at the line for the backorder to come.
                    continue
                self._entries[order][product, lot]["issued_qty"] += quantity

    def _get_claim(self, order, product):
        used, reserved = {}, {}
        entries = self._get_entries(order, product)
        for lot, entry in entries.items():
            used[lot] = max(0.0, -self._get_leftover(entry))
            reserved[lot] = max(0.0, self._reserved[order, product].get(lot, 0.0) - max(0.0, self._get_leftover(entry)))
        for lot, quantity in self._reserved[order, product].items():
            reserved.setdefault(lot, quantity)
        had = sum(entry["opening_qty"] + entry["issued_qty"] for entry in entries.values())
        return Claim(used, reserved, self._needs[order, product] - had, order in self.settled)

    def _share_return(self, orders, product, lot, quantity):
        heirs = [order for order in orders if order not in self.settled] or orders
        for order in orders:
            entry = self._entries[order][product, lot]
            taken = min(quantity, max(0.0, self._get_leftover(entry)))
            entry["returned_qty"] += taken
            quantity -= taken
        self._entries[heirs[-1]][product, lot]["returned_qty"] += quantity

    def _get_entries(self, order, product):
        return {lot: entry for (other, lot), entry in self._entries[order].items() if other == product}

    @staticmethod
    def _get_leftover(entry):
        return entry["opening_qty"] + entry["issued_qty"] - sum(entry[use] for use in USES)

    # Figures

    def get_figures(self, order, get_rounding=lambda product: 0.01):
        """Figures of one order, ``{(product, lot): BalanceFigures}``, components as they were planned, then others."""
        keys = (*self._entries[order], *self._declared[order])
        figures = {}
        for product in dict.fromkeys([*self._planned[order], *(product for product, _lot in keys)]):
            rounding = get_rounding(product)
            for lot, row in self._get_rows(order, product).items():
                line = self._make_figures(row, rounding, self._dates.get((order, product, lot)))
                if line.is_declared or line.planned_qty or line.available_qty or line.accounted_qty:
                    figures[product, lot] = line
        return figures

    def _get_rows(self, order, product):
        """Rows of a product by lot, the unknown lot last."""
        rows = {lot: dict(entry) for lot, entry in self._get_entries(order, product).items()}
        for other, lot in self._declared[order]:
            if other == product:
                rows.setdefault(lot, {})
        if not rows:
            rows[self._no_lot] = {}
        rows = dict(sorted(rows.items(), key=lambda item: not item[0]))
        if order not in self.staged:
            self._derive_issues(order, product, rows)
        self._spread_plan(self._planned[order][product], rows)
        return rows

    def _derive_issues(self, order, product, rows):
        """Issues of an order that nothing is moved to: what was declared, lot by lot or for lots
        that were not known yet, else what was used."""
        declared = {lot: quantity for (other, lot), quantity in self._declared[order].items() if other == product}
        pot = declared.get(self._no_lot)
        for lot, row in rows.items():
            used = max(0.0, sum(row.get(use, 0.0) for use in USES) - row.get("opening_qty", 0.0))
            row["is_declared"] = lot in declared or pot is not None
            row["is_open_ended"] = not row["is_declared"]
            row["declared_qty"] = declared.get(lot, 0.0)
            if lot and lot in declared:
                row["issued_qty"] = declared[lot]
            elif pot is None:
                row["issued_qty"] = used
            else:
                row["issued_qty"] = min(used, pot) if lot else pot
                pot -= row["issued_qty"]

    def _spread_plan(self, planned, rows):
        """Nobody plans lots: each takes of the plan what there was of it, the last one the rest."""
        last = list(rows)[-1]
        for lot, row in rows.items():
            there = row.get("opening_qty", 0.0) + row.get("issued_qty", 0.0)
            row["planned_qty"] = planned if lot == last else min(planned, there)
            planned -= row["planned_qty"]

    @staticmethod
    def _make_figures(row, rounding, date):
        flags = {name: row.get(name, False) for name in ("is_declared", "is_open_ended")}
        figures = {
            name: float(to_decimal(row.get(name, 0.0), rounding))
            for name in ("planned_qty", "opening_qty", "issued_qty", "declared_qty", *USES)
        }
        return BalanceFigures(**figures, **flags, last_move_date=date, rounding=rounding)

"""The material balance of one component of one order: an equation, and sharing what orders were issued together.

Plain arithmetic. Orders, products and lots are whatever can be the key of a dict.
"""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from .tolerance import to_decimal

# What may become of material that lay at the line, in the order of the equation.
USES = ("consumed_qty", "scrapped_qty", "sampled_qty", "returned_qty", "kept_qty", "transferred_qty")


class BalanceFigures(NamedTuple):
    """opening + issued = consumed + scrapped + sampled + returned + kept + transferred + unaccounted.

    All quantities are in the unit of the product.

    >>> figures = BalanceFigures(planned_qty=10, opening_qty=1, issued_qty=10, consumed_qty=8.5, kept_qty=2)
    >>> figures.unaccounted_qty, figures.leftover_qty
    (0.5, 0.5)
    >>> round(figures.reconciled_pct, 2)
    95.45
    >>> BalanceFigures(issued_qty=0.3, consumed_qty=0.1 + 0.2).unaccounted_qty
    0.0
    >>> BalanceFigures(consumed_qty=2).unaccounted_qty, BalanceFigures(consumed_qty=2).leftover_qty
    (-2.0, 0.0)
    >>> BalanceFigures().reconciled_pct, BalanceFigures(consumed_qty=2).reconciled_pct
    (100.0, 0.0)
    """

    planned_qty: float = 0.0
    opening_qty: float = 0.0
    issued_qty: float = 0.0
    consumed_qty: float = 0.0
    scrapped_qty: float = 0.0
    sampled_qty: float = 0.0
    returned_qty: float = 0.0
    kept_qty: float = 0.0
    transferred_qty: float = 0.0
    declared_qty: float = 0.0
    is_declared: bool = False  # a person said what was issued
    is_open_ended: bool = False  # nobody knows what was issued: it follows from what was used
    last_move_date: datetime | None = None
    rounding: float = 0.01

    @property
    def available_qty(self):
        """What there was to account for."""
        return self._round(self.opening_qty + self.issued_qty)

    @property
    def accounted_qty(self):
        return self._round(sum(getattr(self, use) for use in USES))

    @property
    def unaccounted_qty(self):
        """Positive: something is left that nobody accounted for. Negative: more was used than there was."""
        return self._round(self.available_qty - self.accounted_qty)

    @property
    def leftover_qty(self):
        """What may still be returned, kept or handed on."""
        return max(0.0, self.unaccounted_qty)

    @property
    def reconciled_pct(self):
        if not self.available_qty:
            return 0.0 if self.accounted_qty else 100.0
        return self.accounted_qty / self.available_qty * 100

    def _round(self, quantity):
        return float(to_decimal(quantity, self.rounding))


class Claim(NamedTuple):
    """What one order may say about material that was issued to several at once, by lot; ``need`` over all lots."""

    used: dict
    reserved: dict
    need: float
    is_settled: bool = False
    takes_surplus: bool = True


def apportion(pool, claims):
    """Share a pool out so that every quantity in it goes to exactly one claim.

    Settled orders come first. Each takes what it used, what is reserved for it, then what it
    still needs; the surplus is the last open order's.

    :param pool: quantity by lot
    :return: a dict of quantity by lot for each claim

    An order made 6 of 10 and used 5.5; the rest is for its backorder, which gets the surplus too:
    >>> apportion({"L1": 12}, [Claim({"L1": 5.5}, {}, 6, True), Claim({}, {}, 4)])
    [{'L1': 6.0}, {'L1': 6.0}]

    Two halves of a split order, of which the second took the lot that the first had needed:
    >>> apportion({"L1": 5, "L2": 5}, [Claim({}, {}, 5), Claim({"L1": 5}, {}, 5)])
    [{'L2': 5.0}, {'L1': 5.0}]
    """
    left = {lot: float(quantity) for lot, quantity in pool.items()}
    shares = [defaultdict(float) for _claim in claims]

    def take(number, lot, quantity):
        taken = min(left.get(lot, 0.0), quantity)
        if taken > 0:
            left[lot] -= taken
            shares[number][lot] += taken

    for is_settled in (True, False):
        numbers = [number for number, claim in enumerate(claims) if claim.is_settled == is_settled]
        for wish in ("used", "reserved"):
            for number in numbers:
                for lot, quantity in getattr(claims[number], wish).items():
                    take(number, lot, quantity)
        for number in numbers:
            for lot in left:
                take(number, lot, claims[number].need - sum(shares[number].values()))
    heirs = [number for number, claim in enumerate(claims) if claim.takes_surplus]
    heir = max(heirs, key=lambda number: (not claims[number].is_settled, number))
    for lot in left:
        take(heir, lot, left[lot])
    return [dict(share) for share in shares]


def find_factor(quantity, expected, rounding=0.01):
    """The factor of a slip of units between two quantities, or None.

    >>> find_factor(48, 4), find_factor(4, 48), find_factor(0.05, 50)
    (12, 12, 1000)
    >>> find_factor(40, 40) is None, find_factor(0, 40) is None, find_factor(-40, 4) is None
    (True, True, True)
    """
    quantity, expected = to_decimal(quantity, rounding), to_decimal(expected, rounding)
    if quantity <= 0 or expected <= 0:
        return None
    for factor in (10, 12, 1000):
        if factor in (quantity / expected, expected / quantity):
            return factor
    return None

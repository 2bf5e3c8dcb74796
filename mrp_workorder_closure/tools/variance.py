"""What an order was planned to cost against what it cost, by cause, exact in decimals.

The plan is what one order was meant to take: quantities, prices, minutes and rates for its
planned quantity. Multiplied with the share of it that was made, it is what the output
was allowed to take. A positive amount is unfavourable. The lines add up to actual cost
less standard cost, to the last digit of the currency.
"""

from collections.abc import Hashable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from .tolerance import to_decimal

ZERO = Decimal(0)
# Plan against actual is told for these even where they agree.
ALWAYS_TOLD = frozenset({"material_usage", "operation_efficiency", "subcontracting", "byproduct", "other"})


class PlannedMaterial(NamedTuple):
    """A component: quantity for the planned quantity of the order, price of one unit."""

    quantity: float
    price: float


class PlannedWork(NamedTuple):
    """An operation: all minutes for the planned quantity, those of them for setup, rate per hour."""

    minutes: float
    setup_minutes: float
    rate: float


class Plan(NamedTuple):
    """What an order was planned to take.

    :param quantity: planned output, above 0
    :param materials: components by key
    :param work: operations by key
    :param subcontracting: price of the subcontractor for the planned quantity
    :param other: other costs for the planned quantity
    :param byproduct_pct: per cent of the cost that by-products bear
    :param lot_size: output over which the setup is spread; None: the planned quantity
    """

    quantity: float
    materials: Mapping[Hashable, PlannedMaterial]
    work: Mapping[Hashable, PlannedWork]
    subcontracting: float = 0
    other: float = 0
    byproduct_pct: float = 0
    lot_size: float | None = None


class Material(NamedTuple):
    """What was used of a component, and its value."""

    key: Hashable
    quantity: float
    value: float
    is_rework: bool = False


class Work(NamedTuple):
    """Hours worked on an operation, and their cost."""

    key: Hashable
    hours: float
    cost: float
    is_rework: bool = False


class Actual(NamedTuple):
    """What an order took.

    :param produced: output, with what was scrapped of it
    :param good: output without what was scrapped
    :param scraps: scrapped components, with their value
    :param scrap_reasons: scrapped output by reason; what has none is left out
    """

    produced: float
    good: float
    materials: tuple[Material, ...] = ()
    work: tuple[Work, ...] = ()
    scraps: tuple[Material, ...] = ()
    subcontracting: float = 0
    other: float = 0
    byproduct_pct: float = 0
    scrap_reasons: Mapping[Hashable, float] | None = None


class Variance(NamedTuple):
    """One cause: planned and actual money, and quantities (units or hours) where it has any."""

    kind: str
    key: Hashable
    planned: Decimal
    actual: Decimal
    planned_qty: Decimal = ZERO
    actual_qty: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        return self.actual - self.planned


class CostSheet(NamedTuple):
    """Standard cost of the good output, actual cost, and the lines that lead from one to the other."""

    standard: Decimal
    actual: Decimal
    lines: tuple[Variance, ...]

    @property
    def variance(self) -> Decimal:
        return self.actual - self.standard


def compute_variances(plan, actual, rounding=0.01):
    """The cost sheet of an order.

    :param rounding: smallest unit of the currency

    Ten tables of one board at 20 were planned; nine boards of 21 made eight good tables and a bad one.

    >>> plan = Plan(10, {"board": PlannedMaterial(10, 20)}, {"saw": PlannedWork(70, 10, 60)})
    >>> actual = Actual(9, 8, (Material("board", 9, 189),), (Work("saw", 1.2, 84),))
    >>> sheet = compute_variances(plan, actual)
    >>> [(line.kind, float(line.amount)) for line in sheet.lines]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('material_price', 9.0), ('material_usage', 0.0), ('operation_rate', 12.0), ('operation_efficiency', 8.0),
     ('lot_size', 2.0), ('scrap', 26.0)]
    >>> float(sheet.standard), float(sheet.actual), float(sheet.variance)
    (216.0, 273.0, 57.0)
    """
    return _round_sheet(_explain(_in_decimals(plan), _in_decimals(actual)), rounding)


def get_standard_cost(plan, quantity):
    """Standard cost of a quantity, less what by-products bear; not rounded.

    >>> float(get_standard_cost(Plan(10, {"board": PlannedMaterial(10, 20)}, {}, byproduct_pct=25), 2))
    30.0
    """
    plan, quantity = _in_decimals(plan), to_decimal(quantity)
    return _roll_up(plan, quantity) - _get_credit(_roll_up(plan, quantity), plan.byproduct_pct)


def _explain(plan, actual):
    """The cost sheet before rounding, with a line for every cause."""
    lines = (
        *_get_material_lines(plan, actual),
        *_get_work_lines(plan, actual),
        *_get_scrap_lines(plan, actual),
        *_get_other_lines(plan, actual),
    )
    cost = _sum_actual(actual) - _get_credit(_sum_actual(actual), actual.byproduct_pct)
    cost += sum(scrap.value for scrap in actual.scraps)
    standard = _roll_up(plan, actual.good) - _get_credit(_roll_up(plan, actual.good), plan.byproduct_pct)
    return CostSheet(standard, cost, lines)


def _in_decimals(value):
    """The same figures as decimals; keys, kinds and flags stay what they are."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return to_decimal(value)
    if isinstance(value, Mapping):
        return {key: _in_decimals(entry) for key, entry in value.items()}
    if isinstance(value, Material | Work):
        return value._replace(**{name: _in_decimals(getattr(value, name)) for name in value._fields if name != "key"})
    if isinstance(value, Plan | Actual | PlannedMaterial | PlannedWork):
        return type(value)(*map(_in_decimals, value))
    if isinstance(value, tuple):
        return tuple(map(_in_decimals, value))
    return value


def _roll_up(plan, quantity):
    """Standard cost of a quantity before by-products: linear, with a share of the setup."""
    return _roll_up_running(plan, quantity) + _get_setup_cost(plan) * quantity / _get_lot_size(plan)


def _roll_up_running(plan, quantity):
    """What grows with the quantity: everything but the setup."""
    total = sum(material.quantity * material.price for material in plan.materials.values())
    total += sum((work.minutes - work.setup_minutes) / 60 * work.rate for work in plan.work.values())
    return (total + plan.subcontracting + plan.other) * quantity / plan.quantity


def _get_setup_cost(plan):
    return sum((work.setup_minutes / 60 * work.rate for work in plan.work.values()), ZERO)


def _get_lot_size(plan):
    return plan.lot_size or plan.quantity


def _sum_actual(actual):
    total = sum(material.value for material in actual.materials) + sum(work.cost for work in actual.work)
    return total + actual.subcontracting + actual.other


def _get_credit(cost, pct):
    """The share of the cost that by-products bear, to a hundredth of a per cent as Odoo takes it."""
    return cost * (pct / 100).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def _get_material_lines(plan, actual):
    """Price, usage and substitution; material for rework is a cause of its own.

    What was not planned has no standard price: what it cost stands in.
    """
    ratio = actual.produced / plan.quantity
    used = _sum_by_key(material for material in actual.materials if not material.is_rework)
    for key, material in used.items():
        standard = plan.materials.get(key)
        if not standard:
            yield Variance("substitution", key, ZERO, material.value, ZERO, material.quantity)
        else:
            at_standard = material.quantity * standard.price
            yield Variance("material_price", key, at_standard, material.value, material.quantity, material.quantity)
    for key, standard in plan.materials.items():
        quantity = used[key].quantity if key in used else ZERO
        allowed = standard.quantity * ratio
        yield Variance(
            "material_usage" if quantity else "substitution",
            key,
            allowed * standard.price,
            quantity * standard.price,
            allowed,
            quantity,
        )
    for material in _sum_by_key(material for material in actual.materials if material.is_rework).values():
        yield Variance("rework", material.key, ZERO, material.value, ZERO, material.quantity)


def _sum_by_key(materials):
    totals = {}
    for material in materials:
        known = totals.get(material.key, Material(material.key, ZERO, ZERO))
        totals[material.key] = known._replace(
            quantity=known.quantity + material.quantity, value=known.value + material.value
        )
    return totals


def _get_work_lines(plan, actual):
    """Rate, efficiency and setup by operation; work that was not planned is allowed no time."""
    ratio = actual.produced / plan.quantity
    worked = {}
    for work in actual.work:
        if work.is_rework:
            yield Variance("rework", work.key, ZERO, work.cost, ZERO, work.hours)
            continue
        known = worked.get(work.key, Work(work.key, ZERO, ZERO))
        worked[work.key] = known._replace(hours=known.hours + work.hours, cost=known.cost + work.cost)
    for key in dict.fromkeys((*plan.work, *worked)):
        work = worked.get(key, Work(key, ZERO, ZERO))
        own_rate = work.cost / work.hours if work.hours else ZERO
        standard = plan.work.get(key, PlannedWork(ZERO, ZERO, own_rate))
        allowed = (standard.setup_minutes + (standard.minutes - standard.setup_minutes) * ratio) / 60
        at_standard = work.hours * standard.rate
        setup = standard.setup_minutes / 60 * standard.rate
        yield Variance("operation_rate", key, at_standard, work.cost, work.hours, work.hours)
        yield Variance("operation_efficiency", key, allowed * standard.rate, at_standard, allowed, work.hours)
        yield Variance("lot_size", key, setup * actual.good / _get_lot_size(plan), setup)


def _get_scrap_lines(plan, actual):
    """Scrapped components at their value, scrapped output by reason at its standard without setup.

    A bill of materials of Odoo plans no scrap: all of it is beyond plan.
    """
    for scrap in _sum_by_key(actual.scraps).values():
        yield Variance("scrap", scrap.key, ZERO, scrap.value, ZERO, scrap.quantity)
    reasons = actual.scrap_reasons or {}
    rest = actual.produced - actual.good - sum(reasons.values())
    for reason, quantity in {**reasons, None: rest}.items():
        if quantity:
            yield Variance("scrap", reason, ZERO, _roll_up_running(plan, quantity), ZERO, quantity)


def _get_other_lines(plan, actual):
    ratio = actual.produced / plan.quantity
    yield Variance("subcontracting", None, plan.subcontracting * ratio, actual.subcontracting)
    yield Variance("other", None, plan.other * ratio, actual.other)
    yield Variance(
        "byproduct",
        None,
        -_get_credit(_roll_up(plan, actual.good), plan.byproduct_pct),
        -_get_credit(_sum_actual(actual), actual.byproduct_pct),
    )


def _round_sheet(sheet, rounding):
    """Money in whole units of the currency; what rounding leaves over goes to the largest line."""
    standard, cost = to_decimal(sheet.standard, rounding), to_decimal(sheet.actual, rounding)
    rounded = [_round_line(line, rounding) for line in sheet.lines]
    told = [line for line in rounded if line.amount or (line.kind in ALWAYS_TOLD and (line.planned or line.actual))]
    rest = cost - standard - sum(line.amount for line in told)
    if rest and not told:
        told = [Variance("other", None, ZERO, ZERO)]
    if rest:
        index = max(range(len(told)), key=lambda number: abs(told[number].amount))
        told[index] = told[index]._replace(actual=told[index].actual + rest)
    return CostSheet(standard, cost, tuple(told))


def _round_line(line, rounding):
    planned = to_decimal(line.planned, rounding)
    return line._replace(planned=planned, actual=planned + to_decimal(line.amount, rounding))

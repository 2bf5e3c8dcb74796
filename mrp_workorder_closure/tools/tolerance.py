"""Tolerance arithmetic on measured quantities, exact in decimals.

Quantities are rounded once, half up, to the precision of their unit of measure; what
follows is exact, so that a figure on the edge of a tolerance is inside it.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache


def to_decimal(value, rounding=None):
    """The decimal a person would write for ``value``, rounded half up to ``rounding``.

    :param value: int or float, finite
    :param rounding: precision of the unit of measure, e.g. 0.01; None keeps all digits

    >>> to_decimal(0.1 + 0.2, 0.01)
    Decimal('0.30')
    >>> to_decimal(2.5, 1.0)
    Decimal('3')
    >>> to_decimal(7, 12.0)
    Decimal('12')
    """
    return _read_decimal(repr(float(value)), rounding)


@lru_cache(maxsize=4096)
def _read_decimal(text, rounding):
    """By its text: 0.0 and -0.0 are one number, and two texts."""
    number = Decimal(text)
    if not rounding:
        return number
    step = Decimal(repr(float(rounding))).normalize()
    return ((number / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step).quantize(min(step, Decimal(1)))


def deviation_pct(actual, planned, rounding=None):
    """Deviation of actual from planned in per cent of planned; None where nothing was planned.

    >>> deviation_pct(25.0, 20.0, 0.01)
    Decimal('25')
    >>> deviation_pct(0, 20.0)
    Decimal('-100')
    >>> deviation_pct(1.0, 0.0) is None
    True
    """
    actual, planned = to_decimal(actual, rounding), to_decimal(planned, rounding)
    if not planned:
        return None
    result = (actual - planned) / abs(planned) * 100
    return result.normalize() if result != result.to_integral_value() else result.quantize(Decimal(1))


def is_within(actual, planned, tolerance_pct=0.0, rounding=None):
    """Whether actual deviates from planned by at most ``tolerance_pct`` per cent of planned.

    :param tolerance_pct: per cent, not negative; its edge is inside

    >>> is_within(20.4, 20.0, 2.0, 0.1)
    True
    >>> is_within(20.5, 20.0, 2.0, 0.1)
    False
    >>> is_within(0.1 + 0.2, 0.3)
    False
    >>> is_within(0.1 + 0.2, 0.3, rounding=0.01)
    True
    >>> is_within(0.0, 0.0)
    True
    """
    actual, planned = to_decimal(actual, rounding), to_decimal(planned, rounding)
    return abs(actual - planned) * 100 <= abs(planned) * to_decimal(tolerance_pct)


def get_limits(min_value, max_value):
    """Lower and upper limit of a measurement, None where there is none.

    Limits are two plain numbers, of which 0 means "none" where it would contradict the
    other one: 180 and 0 is "at least 180", 0 and -10 is "at most -10", 0 and 0 is no limit.

    >>> get_limits(180, 0)
    (180, None)
    >>> get_limits(0, 80)
    (0, 80)
    >>> get_limits(0, -10)
    (None, -10)
    >>> get_limits(0, 0)
    (None, None)
    """
    if not min_value and not max_value:
        return None, None
    if min_value <= max_value:
        return min_value, max_value
    if not max_value:
        return min_value, None
    if not min_value:
        return None, max_value
    raise ValueError("the lower limit is above the upper one")

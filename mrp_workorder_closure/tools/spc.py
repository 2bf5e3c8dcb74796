"""Statistics of measured values, and the chart that shows them.

Plain arithmetic on lists of numbers; a value that was not entered is not in the list.
"""

import re
from html import escape
from math import isfinite
from statistics import fmean, stdev
from typing import NamedTuple

NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)")


class Statistics(NamedTuple):
    """Mean, spread (sample standard deviation) and capability; None where not defined."""

    count: int
    mean: float | None = None
    spread: float | None = None
    cp: float | None = None
    cpk: float | None = None


def parse_readings(text):
    """Numbers from a text, parted by blanks, line breaks or semicolons.

    Point or comma may be the decimal sign.

    :raises ValueError: with the part that is no number

    >>> parse_readings("10.1 9,9; 10\\n10.05")
    [10.1, 9.9, 10.0, 10.05]
    >>> parse_readings(" ;  ")
    []
    >>> parse_readings("10.1 n/a")
    Traceback (most recent call last):
    ...
    ValueError: n/a
    """
    values = []
    for part in re.split(r"[\s;]+", text or ""):
        if not part:
            continue
        if not NUMBER.fullmatch(part):
            raise ValueError(part)
        value = float(part.replace(",", "."))
        if not isfinite(value):
            raise ValueError(part)
        values.append(value)
    return values


def count_outside(values, low=None, high=None):
    """How many values lie outside the limits; a value on a limit is inside.

    >>> count_outside([9.9, 10.0, 10.2], 9.95, 10.2)
    1
    >>> count_outside([1, 2, 3])
    0
    """
    return sum((low is not None and value < low) or (high is not None and value > high) for value in values)


def get_statistics(values, low=None, high=None):
    """Mean, spread, Cp and Cpk of values.

    Cp needs both limits, Cpk the nearer of those there are; both need a spread above 0.

    >>> result = get_statistics([9.8, 10.0, 10.2], 9.4, 10.6)
    >>> result.count, *(round(figure, 6) for figure in result[1:])
    (3, 10.0, 0.2, 1.0, 1.0)
    >>> result = get_statistics([9.9, 10.1, 10.3], high=10.7)
    >>> result.cp, round(result.cpk, 6)
    (None, 1.0)
    >>> get_statistics([10.0])
    Statistics(count=1, mean=10.0, spread=None, cp=None, cpk=None)
    >>> get_statistics([])
    Statistics(count=0, mean=None, spread=None, cp=None, cpk=None)
    """
    if not values:
        return Statistics(0)
    mean = fmean(values)
    spread = stdev(values) if len(values) > 1 else None
    # Equal readings may leave a rest of the size of the float's precision.
    if not spread or spread <= 1e-12 * max(abs(mean), 1e-300):
        return Statistics(len(values), mean, None if spread is None else 0.0)
    cp = (high - low) / (6 * spread) if low is not None and high is not None else None
    sides = [side for side in (low is not None and mean - low, high is not None and high - mean) if side is not False]
    cpk = min(sides) / (3 * spread) if sides else None
    return Statistics(len(values), mean, spread, cp, cpk)


def draw_run_chart(values, low=None, high=None, target=None, title="", width=320, height=120):
    """A run chart as inline SVG: the values in their order, limits dashed, those outside as squares.

    :param title: what a screen reader says about it

    >>> chart = draw_run_chart([9.9, 10.3], 9.8, 10.2, 10.0, "Length: 2 readings")
    >>> chart.startswith('<svg') and 'aria-label="Length: 2 readings"' in chart
    True
    >>> chart.count("<circle"), chart.count("<rect"), chart.count("stroke-dasharray")
    (1, 1, 2)
    >>> draw_run_chart([])
    ''
    """
    if not values:
        return ""
    lines = [line for line in (low, high, target) if line is not None]
    bottom, top = min([*values, *lines]), max([*values, *lines])
    margin = (top - bottom) * 0.08 or abs(top) * 0.05 or 1.0
    bottom, top = bottom - margin, top + margin

    def get_x(number):
        return round(8 + (width - 16) * (number + 0.5) / len(values), 1)

    def get_y(value):
        return round(height - 4 - (height - 8) * (value - bottom) / (top - bottom), 1)

    def draw_level(value, style):
        return f'<line x1="0" x2="{width}" y1="{get_y(value)}" y2="{get_y(value)}" {style}/>'

    parts = [draw_level(limit, 'stroke="#b02a37" stroke-dasharray="6 3"') for limit in (low, high) if limit is not None]
    if target is not None:
        parts.append(draw_level(target, 'stroke="#146c43"'))
    points = " ".join(f"{get_x(number)},{get_y(value)}" for number, value in enumerate(values))
    parts.append(f'<polyline points="{points}" fill="none" stroke="#495057"/>')
    for number, value in enumerate(values):
        x, y = get_x(number), get_y(value)
        if count_outside([value], low, high):
            parts.append(f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="#b02a37"/>')
        else:
            parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="#0a58ca"/>')
    label = escape(title, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{label}" style="max-width:100%">{"".join(parts)}</svg>'
    )

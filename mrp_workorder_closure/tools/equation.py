"""Sums as people write them."""

from .tolerance import to_decimal


def format_equation(terms, rounding=0.01, always=False):
    """Terms that are not zero, joined by plus signs; with ``always`` zero terms too.

    :param terms: pairs of quantity and label
    :param rounding: precision of the unit

    >>> format_equation([(5.0, "good"), (0.0, "scrapped"), (0.1 + 0.2, "in rework")])
    '5 good + 0.3 in rework'
    >>> format_equation([(0.0, "produced")], always=True)
    '0 produced'
    >>> format_equation([(1200.0, "good")])
    '1200 good'
    """
    rounded = [(to_decimal(quantity, rounding), label) for quantity, label in terms]
    return " + ".join(f"{number.normalize():f} {label}" for number, label in rounded if always or number)

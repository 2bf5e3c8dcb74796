"""Values of goods that leave first in, first out."""

from typing import NamedTuple


class Layer(NamedTuple):
    """Goods that came in together: what is left of them, and its value."""

    quantity: float
    value: float


def take_from_layers(layers, quantity, fallback_price):
    """Value of a quantity taken from layers, the oldest first, and the layers that are left.

    What is more than there is costs as much as the last layer, or ``fallback_price`` without any.

    >>> take_from_layers([Layer(2, 10), Layer(4, 40)], 3, 0)
    (20.0, [Layer(quantity=3, value=30.0)])
    >>> take_from_layers([Layer(2, 10)], 3, 7)
    (15.0, [])
    >>> take_from_layers([], 3, 7)
    (21.0, [])
    """
    left, total, price = list(layers), 0.0, fallback_price
    while quantity > 0 and left:
        layer = left.pop(0)
        price = layer.value / layer.quantity if layer.quantity else fallback_price
        taken = min(quantity, layer.quantity)
        total += taken * price
        quantity -= taken
        if layer.quantity > taken:
            rest = layer.quantity - taken
            left.insert(0, Layer(rest, rest * price))
    return total + max(quantity, 0) * price, left

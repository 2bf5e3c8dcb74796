"""Canonical JSON: the same figures give the same bytes, on every machine and in every language."""

import hashlib
import json
import unicodedata
from decimal import Decimal

AS_IT_IS = frozenset({int, bool, type(None)})


def canonical_json(value):
    """The one way to write plain data: keys sorted, no blanks, decimals as text, Unicode composed.

    Floats are refused: two of them that a person would write alike may differ.

    :param value: dicts with text keys, lists, texts, whole numbers, decimals, booleans, None
    :raises TypeError: for everything else

    >>> canonical_json({"b": Decimal("25.0"), "a": [1, None, True]})
    '{"a":[1,null,true],"b":"25"}'
    >>> canonical_json(Decimal("-0.00")) == canonical_json(Decimal(0))
    True
    >>> canonical_json("e\u0301") == canonical_json("\u00e9")
    True
    >>> canonical_json({"e\u0301": 1, "\u00e9": 2})
    Traceback (most recent call last):
    TypeError: keys have to differ once they are composed
    >>> canonical_json(0.1)
    Traceback (most recent call last):
    TypeError: float cannot be written canonically
    """
    return _dump(_get_plain(value))


def get_fingerprint(value):
    """Hash of plain data, as 64 hexadecimal digits.

    >>> get_fingerprint({"quantity": Decimal("25.0"), "lot": "A"}) == get_fingerprint(
    ...     {"lot": "A", "quantity": Decimal("25")}
    ... )
    True
    >>> get_fingerprint({"quantity": Decimal("25")}) == get_fingerprint({"quantity": Decimal("27")})
    False
    """
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def get_plain_fingerprint(plain):
    """The same hash, of data that ``get_plain_json`` made: they are not looked through once more.

    >>> data = {"quantity": Decimal("25.0"), "lots": ("A", "B")}
    >>> get_plain_fingerprint(get_plain_json(data)) == get_fingerprint(data)
    True
    """
    return hashlib.sha256(_dump(plain).encode()).hexdigest()


def get_plain_json(value):
    """Plain data as it is read back from its canonical JSON: fit to be stored and compared.

    >>> get_plain_json({"quantity": Decimal("25.0"), "lots": (2, 1)})
    {'lots': [2, 1], 'quantity': '25'}
    """
    return _get_plain(value)


def _dump(plain):
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _get_plain(value):
    # Most of all is plain already.
    kind = type(value)
    if kind is str and value.isascii() or kind in AS_IT_IS:
        return value
    if isinstance(value, str):
        return _compose(value)
    if isinstance(value, dict):
        plain = {
            key if type(key) is str and key.isascii() else _get_plain_key(key): _get_plain(value[key])
            for key in sorted(value)
        }
        if len(plain) < len(value):
            raise TypeError("keys have to differ once they are composed")
        return plain
    if isinstance(value, (list, tuple)):
        return [_get_plain(item) for item in value]
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    raise TypeError(f"{type(value).__name__} cannot be written canonically")


def _get_plain_key(key):
    if not isinstance(key, str):
        raise TypeError("keys have to be texts")
    return _compose(key)


def _compose(text):
    # Most texts are keys and numbers, which have one form only. Not a kind of text: JSON knows none.
    return str(text) if text.isascii() else unicodedata.normalize("NFC", str(text))

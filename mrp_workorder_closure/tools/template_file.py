"""The file format of closure templates: reading it strictly, without a database.

A reader takes a value and the name of its entry, and returns the clean value or raises
``TemplateFileError``. What it accepts is finite, printable and bounded.
"""

import json
import math
import re

FORMAT = "mrp_closure_template"
FORMAT_VERSION = 1
MAX_BYTES = 1_000_000
MAX_POINTS = 200
MAX_LEVELS = 30
MAX_NAMES = 50
REQUIRED = object()
LANG = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?(@[a-z]+)?")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class TemplateFileError(ValueError):
    """Why a file is no template.

    :param reason: code of the reason, see ``mrp.closure.template._describe_file_error``
    :param entry: which entry of the file, e.g. ``points 2, kind``
    :param value: what the reason needs to be explained with
    """

    def __init__(self, reason, entry="", value=""):
        super().__init__(f"{reason}: {entry}")
        self.reason = reason
        self.entry = entry
        self.value = value


def parse_template_file(content, choices):
    """The template in a file, checked and completed with defaults.

    :param content: the file, bytes
    :param choices: ``{"kind": [...], "severity": [...]}`` and so on, what those entries may say
    :raises TemplateFileError: for everything that is not a template file

    >>> text = b'{"format": "mrp_closure_template", "format_version": 1, "name": {"en_US": "Pumps"}}'
    >>> data = parse_template_file(text, {"kind": ["manual"], "severity": ["blocking"]})
    >>> data["name"], data["points"], data["sequence"]
    ({'en_US': 'Pumps'}, [], 10)
    >>> parse_template_file(b"[", {})  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    TemplateFileError: json:
    """
    if len(content) > MAX_BYTES:
        raise TemplateFileError("size", value=str(MAX_BYTES // 1000))
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise TemplateFileError("json", value=str(error)[:100]) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise TemplateFileError("format", "format", FORMAT)
    version = data.get("format_version")
    if isinstance(version, bool) or version != FORMAT_VERSION:
        raise TemplateFileError("version", "format_version", str(version)[:20])
    return _get_schema(choices)(data, "")


def _refuse_constant(name):
    raise ValueError(f"{name} is no number")


def _get_schema(choices):
    product = record({"code": (string(64), ""), "name": (string(300), REQUIRED)})
    bom = record({"code": (string(64), ""), "product": (product, REQUIRED)})
    operation_type = record({"name": (string(300), REQUIRED), "warehouse": (string(64), "")})
    criteria = record(
        {
            "products": (listing(product), []),
            "boms": (listing(bom), []),
            "categories": (listing(string(1000)), []),
            "operation_types": (listing(operation_type), []),
        }
    )
    return record(
        {
            "format": (string(64), REQUIRED),
            "format_version": (number(1, 1000, whole=True), REQUIRED),
            "name": (text(300, filled=True), REQUIRED),
            "description": (text(1000), {}),
            "sequence": (number(0, 1_000_000, whole=True), 10),
            "include_subcontracting": (flag, False),
            "criteria": (criteria, {}),
            "points": (listing(_get_point_schema(choices, bom), MAX_POINTS), []),
            "auto_close": (flag, False),
            "levels": (listing(_get_level_schema(), MAX_LEVELS), []),
        }
    )


def _get_point_schema(choices, bom):
    operation = record({"bom": (bom, REQUIRED), "operation": (string(300), REQUIRED)})
    return record(
        {
            "name": (text(300, filled=True), REQUIRED),
            "kind": (choice(choices.get("kind", ())), REQUIRED),
            "severity": (choice(choices.get("severity", ())), "blocking"),
            "sequence": (number(0, 1_000_000, whole=True), 10),
            "operations": (listing(operation), []),
            "group": (string(300), ""),
            "users": (listing(string(300)), []),
            "deadline_hours": (number(0, 100_000), 0),
            "signature_required": (flag, False),
            "min_value": (number(-1e9, 1e9), 0),
            "max_value": (number(-1e9, 1e9), 0),
            "unit": (text(40), {}),
            "tolerance_pct": (number(0, 1_000_000), 0),
            "instructions": (text(20_000), {}),
            "scope": (choice(choices.get("scope", ())), "sample"),
            "sampling": (choice(choices.get("sampling", ())), "iso2859"),
            "aql": (number(0, 100), 1.0),
            "sample_value": (number(0, 1_000_000), 0),
            "per_serial": (flag, False),
            "characteristics": (listing(_get_characteristic_schema(choices)), []),
        }
    )


def _get_level_schema():
    return record(
        {
            "name": (text(300, filled=True), REQUIRED),
            "sequence": (number(0, 1_000_000, whole=True), 10),
            "group": (string(300), ""),
            "users": (listing(string(300)), []),
            "is_responsible": (flag, False),
            "min_approvals": (number(0, 1000, whole=True), 1),
            "condition": (string(2000), "[]"),
            "deadline_hours": (number(0, 100_000), 0),
            "reminder_hours": (number(0, 100_000), 0),
            "escalation_group": (string(300), ""),
            "comment_required": (flag, False),
            "signature_required": (flag, False),
        }
    )


def _get_characteristic_schema(choices):
    return record(
        {
            "sequence": (number(0, 1_000_000, whole=True), 10),
            "name": (text(300, filled=True), REQUIRED),
            "kind": (choice(choices.get("characteristic_kind", ())), "attribute"),
            "limits": (choice(choices.get("limits", ())), "both"),
            "target": (number(-1e9, 1e9), 0),
            "min_value": (number(-1e9, 1e9), 0),
            "max_value": (number(-1e9, 1e9), 0),
            "unit": (text(40), {}),
            "instructions": (text(20_000), {}),
            "report_required": (flag, False),
        }
    )


def record(schema):
    """Reader of an object with exactly these entries: ``{name: (reader, default or REQUIRED)}``.

    >>> record({"a": (flag, False)})({"b": 1}, "points 1")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    TemplateFileError: unknown: points 1, b
    """

    def read(value, entry):
        _check_type(isinstance(value, dict), "object", entry)
        for name in value:
            if name not in schema:
                raise TemplateFileError("unknown", _join(entry, UNPRINTABLE.sub("?", name[:60])))
        result = {}
        for name, (reader, default) in schema.items():
            if name not in value and default is REQUIRED:
                raise TemplateFileError("missing", _join(entry, name))
            result[name] = reader(value[name], _join(entry, name)) if name in value else default
        return result

    return read


def listing(reader, maximum=MAX_NAMES):
    """Reader of a list, with entries counted from 1."""

    def read(value, entry):
        _check_type(isinstance(value, list), "list", entry)
        if len(value) > maximum:
            raise TemplateFileError("many", entry, str(maximum))
        return [reader(item, f"{entry} {number}") for number, item in enumerate(value, 1)]

    return read


def string(maximum):
    """Reader of a text that is a name: the same in every language."""

    def read(value, entry):
        _check_type(isinstance(value, str), "text", entry)
        if len(value) > maximum:
            raise TemplateFileError("long", entry, str(maximum))
        if UNPRINTABLE.search(value):
            raise TemplateFileError("characters", entry)
        return value.strip()

    return read


def text(maximum, filled=False):
    """Reader of a text with translations, ``{language: text}``; a plain text stands for English.

    >>> text(20)("Pumps", "name")
    {'en_US': 'Pumps'}
    """
    read_one = string(maximum)

    def read(value, entry):
        translations = {"en_US": value} if isinstance(value, str) else value
        _check_type(isinstance(translations, dict), "text", entry)
        for lang in translations:
            if not LANG.fullmatch(lang):
                raise TemplateFileError("language", entry, UNPRINTABLE.sub("?", lang[:20]))
        result = {lang: read_one(item, _join(entry, lang)) for lang, item in translations.items()}
        result = {lang: item for lang, item in result.items() if item}
        if filled and not result:
            raise TemplateFileError("empty", entry)
        return result

    return read


def number(low, high, whole=False):
    """Reader of a finite number in a range.

    >>> number(0, 10)(True, "points 1, min_value")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    TemplateFileError: number: points 1, min_value
    """

    def read(value, entry):
        good = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value) and not whole)
        if isinstance(value, bool) or not good or not low <= value <= high:
            raise TemplateFileError("whole" if whole else "number", entry, f"{low:.0f} – {high:.0f}")
        return value

    return read


def flag(value, entry):
    """Reader of true or false."""
    _check_type(isinstance(value, bool), "flag", entry)
    return value


def choice(options):
    """Reader of one of some words."""

    def read(value, entry):
        if not isinstance(value, str) or value not in options:
            raise TemplateFileError("choice", entry, ", ".join(options))
        return value

    return read


def _check_type(good, reason, entry):
    if not good:
        raise TemplateFileError(reason, entry)


def _join(entry, name):
    return f"{entry}, {name}" if entry else name

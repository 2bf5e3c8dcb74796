from odoo import fields


class PlainJson(fields.Json):
    """Plain data that are written once and read often, by nobody who changes them.

    ``fields.Json`` copies all of the data at each read and twice at each write, and reads them with every other field
    of the record. What is written here has to be plain already: dicts with text keys, lists, texts, numbers,
    booleans, None.
    """

    prefetch = False

    def convert_to_cache(self, value, record, validate=True):
        return value or None

    def convert_to_record(self, value, record):
        return False if value is None else value

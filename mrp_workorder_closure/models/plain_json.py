from odoo import fields


class PlainJson(fields.Json):
    """Plain data that is written once and read often: what is read lies in the cache, so nobody changes it.

    ``fields.Json`` copies all of the data at each read, and reads them with every other field of the record.
    """

    prefetch = False

    def convert_to_record(self, value, record):
        return False if value is None else value

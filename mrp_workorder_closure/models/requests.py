"""What callers hand over, looked at before anything is done with it.

The buttons of our screens always call with one record and with values of the right kind;
integrations and people who try things out do not. They get a sentence.
"""

from odoo.exceptions import UserError


def check_one(records):
    """Actions about one record are called with one.

    :raises UserError: for none, and for several
    """
    if len(records) != 1:
        raise UserError(
            records.env._(
                "To do this, choose exactly one record of %(model)s: %(count)s were given.",
                model=records.env["ir.model"]._get(records._name).name,
                count=len(records),
            )
        )


def to_text(value):
    """A text as the database can keep it, without blanks around it; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "ignore").decode().strip()


def to_id(value):
    """The id of a record, or False for what cannot be one."""
    is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
    return value if is_id else False


def to_list(value):
    """The items of a list; none for what is no list."""
    return list(value) if isinstance(value, list | tuple) else []

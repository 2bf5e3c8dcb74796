"""The value object behind every refusal of the gate."""

from typing import Any, NamedTuple


class Blocker(NamedTuple):
    """One reason why an order cannot close, and who can lift it.

    :param production: the ``mrp.production`` record that is held up
    :param code: what kind of reason, stable over languages
    :param message: the reason as a full sentence, in the user's language
    :param owner: the name of the person or group that can lift it

    >>> Blocker("WH/MO/7", "check_todo", "To close WH/MO/7, weigh it.", "Operators").text
    'To close WH/MO/7, weigh it. (Operators)'
    >>> Blocker("WH/MO/7", "done", "WH/MO/7 is done.", "").text
    'WH/MO/7 is done.'
    """

    production: Any
    code: str
    message: str
    owner: str

    @property
    def text(self) -> str:
        return f"{self.message} ({self.owner})" if self.owner else self.message

    def as_dict(self) -> dict:
        """The blocker as plain values, fit for RPC."""
        return {
            "production_id": self.production.id,
            "production": self.production.display_name,
            "code": self.code,
            "message": self.message,
            "owner": self.owner,
        }

"""What an automatic rule found."""

from typing import NamedTuple


class Finding(NamedTuple):
    """Why one check does not hold.

    :param figures: the figures behind it, the same in every language; a waiver covers
        these figures and no others
    :param text: the reason as a full sentence in the user's language
    :param details: the heart of that sentence: what was found, without what to do about it
    """

    figures: str
    text: str
    details: str = ""

"""Acceptance sampling by attributes: ISO 2859-1, single sampling, general inspection level II.

The arrows of the tables are part of the standard: an arrow stands for the next plan in
its direction, acceptance number *and sample size*.
"""

from fractions import Fraction
from math import ceil
from typing import NamedTuple

LETTERS = "ABCDEFGHJKLMNPQ"
SAMPLE_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250)
# The largest lot of each code letter; Q has none.
LARGEST_LOTS = (
    *(8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10000, 35000, 150000, 500000),
    float("inf"),
)
NORMAL = {
    0.65: "↓ ↓ ↓ ↓ ↓ 0 ↑ ↓ 1 2 3 5 7 10 14",
    1.0: "↓ ↓ ↓ ↓ 0 ↑ ↓ 1 2 3 5 7 10 14 21",
    1.5: "↓ ↓ ↓ 0 ↑ ↓ 1 2 3 5 7 10 14 21 ↑",
    2.5: "↓ ↓ 0 ↑ ↓ 1 2 3 5 7 10 14 21 ↑ ↑",
    4.0: "↓ 0 ↑ ↓ 1 2 3 5 7 10 14 21 ↑ ↑ ↑",
}
TIGHTENED = {
    0.65: "↓ ↓ ↓ ↓ ↓ ↓ 0 ↓ ↓ 1 2 3 5 8 12",
    1.0: "↓ ↓ ↓ ↓ ↓ 0 ↓ ↓ 1 2 3 5 8 12 18",
    1.5: "↓ ↓ ↓ ↓ 0 ↓ ↓ 1 2 3 5 8 12 18 ↑",
    2.5: "↓ ↓ ↓ 0 ↓ ↓ 1 2 3 5 8 12 18 ↑ ↑",
    4.0: "↓ ↓ 0 ↓ ↓ 1 2 3 5 8 12 18 ↑ ↑ ↑",
}
# Reduced inspection is a permission, not a duty: its lots are sampled as under normal inspection.
TABLES = {"normal": NORMAL, "tightened": TIGHTENED, "reduced": NORMAL}
AQLS = tuple(NORMAL)
# Acceptance numbers of normal inspection in their order: one step back is one AQL tighter.
STEPS = (0, 1, 2, 3, 5, 7, 10, 14, 21)


class SamplingPlan(NamedTuple):
    """How many units to inspect, and with how many defective ones the lot is still accepted."""

    sample_size: int
    acceptance_number: int


def single_sampling_plan(lot_size, aql, inspection="normal"):
    """The plan for a lot.

    :param lot_size: units in the lot, a whole number from 1
    :param aql: acceptance quality limit in per cent: 0.65, 1.0, 1.5, 2.5 or 4.0
    :param inspection: "normal", "tightened" or "reduced"
    :raises ValueError: for anything else

    >>> single_sampling_plan(500, 1.0)
    SamplingPlan(sample_size=50, acceptance_number=1)
    >>> single_sampling_plan(500, 1.0, "tightened")
    SamplingPlan(sample_size=80, acceptance_number=1)

    An arrow down takes the larger sample, an arrow up the smaller one:

    >>> single_sampling_plan(280, 1.0), single_sampling_plan(150, 1.0)
    (SamplingPlan(sample_size=50, acceptance_number=1), SamplingPlan(sample_size=13, acceptance_number=0))

    A sample as large as the lot is the lot:

    >>> single_sampling_plan(10, 0.65)
    SamplingPlan(sample_size=10, acceptance_number=0)
    >>> single_sampling_plan(0, 1.0)
    Traceback (most recent call last):
    ...
    ValueError: the lot size must be a whole number from 1, not 0
    """
    if isinstance(lot_size, bool) or not isinstance(lot_size, (int, float)) or not 1 <= lot_size < float("inf"):
        raise ValueError(f"the lot size must be a whole number from 1, not {lot_size!r}")
    if lot_size != int(lot_size):
        raise ValueError(f"the lot size must be a whole number from 1, not {lot_size!r}")
    if inspection not in ("normal", "tightened", "reduced"):
        raise ValueError(f"inspection must be normal, tightened or reduced, not {inspection!r}")
    if isinstance(aql, bool) or aql not in AQLS:
        raise ValueError(f"the AQL must be one of {', '.join(map(str, AQLS))}, not {aql!r}")
    row = TABLES[inspection][aql].split()
    column = next(number for number, largest in enumerate(LARGEST_LOTS) if lot_size <= largest)
    while row[column] in ("↓", "↑"):
        column += 1 if row[column] == "↓" else -1
    return SamplingPlan(min(SAMPLE_SIZES[column], int(lot_size)), int(row[column]))


def plan_inspection(point, lot_size, inspection="normal"):
    """The plan of one inspection, as its control point has it.

    Without the tables, no defective unit is accepted.

    :param point: dict with ``scope``, ``sampling``, ``aql`` and ``sample_value``
    :param lot_size: units in the lot, a whole number from 1

    >>> point = {"scope": "sample", "sampling": "iso2859", "aql": 1.0, "sample_value": 0}
    >>> plan_inspection(point, 500)
    SamplingPlan(sample_size=50, acceptance_number=1)
    >>> plan_inspection({**point, "scope": "full"}, 500)
    SamplingPlan(sample_size=500, acceptance_number=0)
    >>> plan_inspection({**point, "scope": "first_article"}, 500)
    SamplingPlan(sample_size=1, acceptance_number=0)
    >>> plan_inspection({**point, "sampling": "fixed", "sample_value": 20}, 12)
    SamplingPlan(sample_size=12, acceptance_number=0)
    >>> plan_inspection({**point, "sampling": "percent", "sample_value": 10}, 12)
    SamplingPlan(sample_size=2, acceptance_number=0)
    """
    wanted = point["sample_value"]
    if point["scope"] == "full":
        sample = lot_size
    elif point["scope"] == "first_article":
        sample = wanted if point["sampling"] == "fixed" else 1
    elif point["sampling"] == "iso2859":
        return single_sampling_plan(lot_size, point["aql"], inspection)
    else:
        sample = wanted if point["sampling"] == "fixed" else Fraction(str(wanted)) * lot_size / 100
    return SamplingPlan(min(max(ceil(sample), 1), lot_size), 0)


class Switching(NamedTuple):
    """Where inspection of one product under one plan stands.

    :param inspection: "normal", "tightened", "reduced" or "stopped"
    :param recent: verdicts of the latest lots under normal inspection, at most five, oldest first
    :param accepted_run: consecutive lots accepted under tightened inspection
    :param rejected_total: lots rejected since tightened inspection began
    :param score: switching score under normal inspection; at 30 inspection is reduced
    """

    inspection: str = "normal"
    recent: tuple = ()
    accepted_run: int = 0
    rejected_total: int = 0
    score: int = 0


def switch(state, accepted, defective=0, acceptance_number=0):
    """The state after one more lot. Original inspections only: a lot inspected again does not count.

    :param state: Switching
    :param accepted: the verdict on the lot
    :param defective: defective units found in its sample
    :param acceptance_number: that of the plan the lot was judged by
    :raises ValueError: when inspection is stopped: no lot can be judged then

    Two rejected of at most five consecutive lots tighten inspection:

    >>> state = switch(Switching(), False)
    >>> state.inspection, switch(state, False).inspection
    ('normal', 'tightened')

    Five consecutive accepted lots lead back to normal:

    >>> state = Switching("tightened")
    >>> for number in range(5):
    ...     state = switch(state, True)
    >>> state
    Switching(inspection='normal', recent=(), accepted_run=0, rejected_total=0, score=0)

    Five rejected lots in total under tightened inspection stop it:

    >>> state = Switching("tightened", rejected_total=4)
    >>> switch(state, False).inspection
    'stopped'

    A switching score of 30 reduces inspection, one rejected lot ends that:

    >>> state = Switching()
    >>> for number in range(15):
    ...     state = switch(state, True)
    >>> state.inspection, switch(state, False).inspection
    ('reduced', 'normal')
    """
    if state.inspection == "stopped":
        raise ValueError("inspection is stopped until corrective action was taken")
    if state.inspection == "reduced":
        return state if accepted else Switching()
    if state.inspection == "tightened":
        return _after_tightened_lot(state, accepted)
    recent = (*state.recent, bool(accepted))[-5:]
    if recent.count(False) >= 2:
        return Switching("tightened")
    score = _get_score(state.score, accepted, defective, acceptance_number)
    return Switching("reduced") if score >= 30 else Switching("normal", recent, score=score)


def resume(state):
    """After corrective action, inspection goes on tightened.

    >>> resume(Switching("stopped", rejected_total=5))
    Switching(inspection='tightened', recent=(), accepted_run=0, rejected_total=0, score=0)
    """
    if state.inspection != "stopped":
        raise ValueError("only stopped inspection can be resumed")
    return Switching("tightened")


def _after_tightened_lot(state, accepted):
    if not accepted:
        rejected_total = state.rejected_total + 1
        return Switching("stopped" if rejected_total >= 5 else "tightened", rejected_total=rejected_total)
    if state.accepted_run >= 4:
        return Switching()
    return state._replace(accepted_run=state.accepted_run + 1)


def _get_score(score, accepted, defective, acceptance_number):
    """With an acceptance number of 0 or 1, an accepted lot adds 2. With a higher one, a lot
    adds 3 if it would also have been accepted with an AQL one step tighter. All others reset."""
    if not accepted:
        return 0
    if acceptance_number < 2:
        return score + 2
    tighter = max((step for step in STEPS if step < acceptance_number), default=0)
    return score + 3 if defective <= tighter else 0

"""What the analyses say about single closures, approvals and checks, worked out as a person with the records on paper
would: one at a time, no SQL, nothing shared with the reports."""

from datetime import timedelta

HOUR = timedelta(hours=1)
GRACE = timedelta(minutes=15)
# Kinds that fail while something is not done yet, and kinds that persons answer.
UNDONE = ("workorders_finished", "pending_transfers")
ASKED = ("manual",)


def hours(begin, end):
    """None where one of them is missing, nothing where it went the other way round."""
    return max((end - begin) / HOUR, 0) if begin and end else None


def get_line(closure):
    """Where the last operation of an order is done."""
    workorders = closure.production_id.workorder_ids.sorted(lambda workorder: (workorder.sequence, workorder.id))
    return workorders[-1:].workcenter_id


def get_stage_hours(closure):
    """Hours of a closure in its stages: work, submission, approval, closing, and from the end of work to the end."""
    closed = closure.closed_at if closure.state == "closed" else None
    finished = min(filter(None, [closure.labour_closed_at, closure.submitted_at, closed]), default=None)
    is_approved = closure.state in ("approved", "closed") and not closure.forced_by_id
    approved = is_approved and "approved" in closure.approval_decision_ids.mapped("verdict") and closure.approved_at
    return (
        hours(closure.create_date, finished),
        hours(finished, closure.submitted_at),
        hours(closure.submitted_at, approved),
        hours(approved, closed),
        hours(finished, closed),
    )


def get_waits(closures, now):
    """``(approval, hours waited, hours late)`` of each level that was asked."""
    return [
        (
            approval,
            hours(approval.since, approval.decided_at or now),
            hours(approval.deadline, approval.decided_at or now) or 0,
        )
        for approval in closures.approval_ids
        if approval.since
    ]


def get_blockers(closures, history, now):
    """``(check, cause, since, hours, hours held up)`` of each time that a check stood in the way."""
    return [
        row
        for closure in closures
        if closure.state != "cancel"
        for check in closure.check_ids
        for row in _get_blockers_of(check, history.get(check, []), closure, now)
    ]


def _get_blockers_of(check, changes, closure, now):
    finished = closure.labour_closed_at
    last = closure.closed_at if closure.state == "closed" else now
    for begin, end in _get_failures(check, changes):
        until = end or last
        if check.kind not in UNDONE:
            held = hours(max(begin, finished), until) if finished else 0
            yield check, "failed", begin, hours(begin, until), held
        elif finished and check.kind != "workorders_finished" and until - max(begin, finished) > GRACE:
            begin = max(begin, finished)
            yield check, "unanswered", begin, hours(begin, until), hours(begin, until)
    if check.kind in ASKED and finished:
        answered = changes[0][0] if changes else check.done_at
        is_open = check.state == "todo" and closure.state in ("open", "to_approve", "approved")
        if answered and (check.state != "todo" or is_open) or is_open:
            begin, until = max(finished, check.create_date), answered or now
            if until - begin > GRACE:
                yield check, "unanswered", begin, hours(begin, until), hours(begin, until)


def _get_failures(check, changes):
    """When a check failed, and when that was over."""
    ends = [*(moment for moment, _state in changes[1:]), *([None] if changes else [])]
    if not changes and check.state == "fail":
        yield check.done_at or check.create_date, None
    for (moment, state), end in zip(changes, ends, strict=True):
        if state == "fail":
            yield moment, end

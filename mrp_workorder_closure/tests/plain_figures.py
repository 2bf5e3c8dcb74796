"""What the named figures of a period are, counted one closure at a time: no SQL, no aggregation, nothing shared with
the reports. It is what a person with the records on paper would do."""

HOUR = 3600
# What fails while something is not done yet.
UNDONE = ("workorders_finished", "pending_transfers")


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def share(part, whole):
    return 100 * len(part) / len(whole) if whole else None


class PlainFigures:
    """Figures of these closures in a period; one method for each code."""

    def __init__(self, closures, start, end):
        self.closures, self.start, self.end = closures.sudo(), start, end

    def covers(self, moment):
        return bool(moment) and self.start <= moment < self.end

    def get_closed(self):
        return [kept for kept in self.closures if kept.state == "closed" and self.covers(kept.closed_at)]

    def get_decided_approvals(self):
        verdicts = ("approved", "rejected", "sent_back")
        return [
            approval
            for approval in self.closures.approval_ids
            if self.covers(approval.decided_at)
            and approval.since
            and any(decision.verdict in verdicts for decision in approval.decision_ids)
        ]

    def closed(self):
        return len(self.get_closed()) or None

    def lead_time(self):
        hours = []
        for closure in self.get_closed():
            begin = min(filter(None, [closure.labour_closed_at, closure.submitted_at, closure.closed_at]))
            hours.append((closure.closed_at - begin).total_seconds() / HOUR)
        return mean(hours)

    def first_pass_approval(self):
        decided = [
            closure
            for closure in self.closures
            if closure.state in ("approved", "closed")
            and self.covers(closure.approved_at)
            and not closure.forced_by_id
            and "approved" in closure.approval_decision_ids.mapped("verdict")
        ]
        first = [
            closure
            for closure in decided
            if closure.round == 1
            and not {"rejected", "sent_back"} & set(closure.approval_decision_ids.mapped("verdict"))
        ]
        return share(first, decided)

    def approval_wait(self):
        return mean(
            (approval.decided_at - approval.since).total_seconds() / HOUR for approval in self.get_decided_approvals()
        )

    def late_approvals(self):
        with_deadline = [approval for approval in self.get_decided_approvals() if approval.deadline]
        return share([kept for kept in with_deadline if kept.decided_at > kept.deadline], with_deadline)

    def waivers(self):
        closed = self.get_closed()
        return sum(check.state == "waived" for kept in closed for check in kept.check_ids) if closed else None

    def forced_closes(self):
        closed = self.get_closed()
        return sum(kept.close_type == "forced" for kept in closed) if closed else None

    def reopened(self):
        count = sum(self.covers(kept.reopened_at) for kept in self.closures)
        return count if count or self.get_closed() else None

    def failed_checks(self):
        count = sum(
            check.state == "fail" and self.covers(check.done_at) and check.kind not in UNDONE
            for closure in self.closures
            if closure.state != "cancel"
            for check in closure.check_ids
        )
        return count if count or self.get_closed() else None

    def leftover_value(self):
        closed = self.get_closed()
        values = [line.kept_qty * line.unit_cost for kept in closed for line in kept.balance_ids]
        return sum(values) if closed else None

    def get_yield(self):
        return mean(100 * kept.accepted_qty / kept.started_qty for kept in self.get_closed() if kept.started_qty)

    def rejected_lots(self):
        decided = [
            inspection
            for inspection in self.closures.inspection_ids
            if inspection.first_verdict and self.covers(inspection.decided_at)
        ]
        return share([kept for kept in decided if kept.first_verdict == "rejected"], decided)

    def get_variances(self, kind):
        closed = self.get_closed()
        amounts = [line.amount for kept in closed for line in kept.variance_ids if line.kind == kind]
        return sum(amounts) if closed else None

    def scrap_cost(self):
        return self.get_variances("scrap")

    def rework_cost(self):
        return self.get_variances("rework")

    def cost_variance_pct(self):
        closed = self.get_closed()
        standard = sum(kept.standard_cost for kept in closed)
        return 100 * sum(kept.cost_variance for kept in closed) / standard if standard else None

    def value_waiting(self):
        waiting = [
            closure
            for closure in self.closures
            if any(
                approval.since
                and approval.since < self.end
                and (not approval.decided_at or approval.decided_at >= self.end)
                for approval in closure.approval_ids
            )
        ]
        return float(sum(closure.actual_cost or closure.standard_cost for closure in waiting))

    def count(self, code):
        return getattr(self, "get_yield" if code == "yield" else code)()

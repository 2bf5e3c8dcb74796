from odoo import models

# A manager's concession: the order may close although something is undecided.
CONCEDED = ("waived", "not_applicable")


class MrpClosureCheck(models.Model):
    """The automatic rule about nonconformities: nothing is received that nobody decided about."""

    _inherit = "mrp.closure.check"

    def _evaluate_nonconformities_dispositioned(self):
        """Every nonconformity is dispositioned in full, and rework is finished and inspected again."""
        findings = {}
        for check in self:
            reasons = check.closure_id._get_nonconformity_reasons()
            if reasons:
                details = [reason for _nonconformity, reason in reasons]
                figures = [
                    (nonconformity.id, nonconformity.state, nonconformity.quantity, nonconformity.open_quantity)
                    for nonconformity, _reason in reasons
                ]
                findings[check] = check._make_finding(details, figures)
        return findings


class MrpClosure(models.Model):
    """What a manager conceded is no secret: closure and nonconformity say what went into stock."""

    _inherit = "mrp.closure"

    def _log_conceded(self):
        """Leave a note where an order closes although something about its goods is undecided."""
        for closure in self:
            concessions = closure.check_ids.filtered(
                lambda check: check.kind == "nonconformities_dispositioned" and check.state in CONCEDED
            )
            reasons = closure._get_nonconformity_reasons() if concessions else []
            for nonconformity, reason in reasons:
                note = self.env._(
                    "The order closed without this: %(reason)s. Conceded by %(manager)s: %(concession)s",
                    reason=reason,
                    manager=", ".join((concessions.waived_by_id | concessions.done_by_id).mapped("name")),
                    concession=", ".join(check.waiver_reason or check.message or "" for check in concessions),
                )
                nonconformity.message_post(body=note)
                closure.message_post(body=note)

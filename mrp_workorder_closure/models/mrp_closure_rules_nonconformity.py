from odoo import models


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

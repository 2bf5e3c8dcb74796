from odoo import models

from ..tools import deviation_pct, is_within, to_decimal


class MrpClosureCheck(models.Model):
    """The automatic rule about cost. It tells per cents only: who answers checks need not know what things cost."""

    _inherit = "mrp.closure.check"

    def _evaluate_cost_within_tolerance(self):
        """Actual cost deviates from the standard cost of the output by no more than the tolerance."""
        sheets = self.closure_id._compute_variances()
        findings = {}
        for check in self:
            sheet = sheets[check.closure_id]
            rounding = check.closure_id.company_id.currency_id.rounding
            if not is_within(sheet.actual, sheet.standard, check.tolerance_pct, rounding):
                deviation = deviation_pct(sheet.actual, sheet.standard, rounding)
                text = check._describe_cost(deviation)
                figures = "none" if deviation is None else f"{round(deviation, 2)}"
                findings[check] = check._make_finding([text], [figures])
        return findings

    def _describe_cost(self, deviation):
        limit = f"{to_decimal(self.tolerance_pct).normalize():f}"
        if deviation is None:
            return self.env._("the order has costs, and none were planned (limit %(limit)s %%)", limit=limit)
        return self.env._(
            "cost is %(deviation)s %% off its standard (limit %(limit)s %%)",
            deviation=self._format_deviation(deviation),
            limit=limit,
        )

from collections import namedtuple

from odoo import api, models
from odoo.fields import Domain

from .mrp_closure_baseline import COST_GROUPS, LEFTOVER_GROUPS

Indicator = namedtuple("Indicator", "code label unit better")
Scope = namedtuple("Scope", "company start end domain")

CLOSURES = "mrp.closure.report"
APPROVALS = "mrp.closure.approval.report"
BLOCKERS = "mrp.closure.blocker.report"
COSTS = "mrp.closure.cost.report"
# Who sees a figure, where it is not for everybody who may read closures.
GROUPS = {
    "leftover_value": LEFTOVER_GROUPS,
    "scrap_cost": COST_GROUPS,
    "rework_cost": COST_GROUPS,
    "cost_variance_pct": COST_GROUPS,
    "value_waiting": COST_GROUPS,
}


class MrpClosureIndicator(models.AbstractModel):
    """Figures of a period that have a name, so that the dashboard, periodic reviews and corrective actions mean the
    same by it.

    Each has a method ``_measure_<code>`` and, for the records it is made of, ``_get_records_<code>``; both take a
    ``Scope``. A figure belongs to the period in which its orders were closed, unless it says otherwise. Everything is
    read with the rights of the user.
    """

    _name = "mrp.closure.indicator"
    _description = "Closure figures"
    _inherit = ["mrp.closure.panel"]

    @api.model
    def _get_indicators(self):
        """The figures there are.

        :return: ``{code: Indicator}``; ``unit`` is one of percent, hours, count, money, quantity; ``better`` says
            which way is up: lower or higher
        """
        indicators = (
            Indicator("closed", self.env._("Orders Closed"), "count", "higher"),
            Indicator("lead_time", self.env._("Lead Time"), "hours", "lower"),
            Indicator("first_pass_approval", self.env._("First-Pass Approval"), "percent", "higher"),
            Indicator("approval_wait", self.env._("Waiting for Approval"), "hours", "lower"),
            Indicator("late_approvals", self.env._("Late Approvals"), "percent", "lower"),
            Indicator("waivers", self.env._("Waivers"), "count", "lower"),
            Indicator("forced_closes", self.env._("Forced Closes"), "count", "lower"),
            Indicator("reopened", self.env._("Closures Reopened"), "count", "lower"),
            Indicator("failed_checks", self.env._("Failed Checks"), "count", "lower"),
            Indicator("leftover_value", self.env._("Left at the Line"), "money", "lower"),
            Indicator("yield", self.env._("Yield"), "percent", "higher"),
            Indicator("rejected_lots", self.env._("Rejected Lots"), "percent", "lower"),
            Indicator("scrap_cost", self.env._("Cost of Scrap"), "money", "lower"),
            Indicator("rework_cost", self.env._("Cost of Rework"), "money", "lower"),
            Indicator("cost_variance_pct", self.env._("Cost Variance"), "percent", "lower"),
            Indicator("value_waiting", self.env._("Value Waiting for Approval"), "money", "lower"),
        )
        return {indicator.code: indicator for indicator in indicators}

    @api.model
    def _get_readable_codes(self):
        """Codes of the figures that the user may see: costs are for finance."""
        user = self.env.user
        return [
            code
            for code in self._get_indicators()
            if code not in GROUPS or self.env.su or user.has_groups(GROUPS[code])
        ]

    @api.model
    def _measure(self, codes, company, start, end, domain=None):
        """Figures of a period.

        :param codes: codes of indicators
        :param company: the company whose orders count; money is in its currency
        :param start: first moment of the period, in UTC
        :param end: first moment after the period, in UTC
        :param domain: of ``mrp.closure``: only these closures count
        :return: ``{code: value}``, None where nothing happened in the period that could be measured
        :raises AccessError: for figures that the user may not see
        """
        known = self._get_indicators()
        scope = Scope(company, start, end, Domain(domain or Domain.TRUE))
        indicators = self.with_company(company)
        return {code: getattr(indicators, f"_measure_{known[code].code}")(scope) for code in codes}

    @api.model
    def _get_figure_action(self, code, company, start, end, domain=None):
        """Window action on the records that a figure is made of; see ``_measure`` for the parameters."""
        indicator = self._get_indicators()[code]
        scope = Scope(company, start, end, Domain(domain or Domain.TRUE))
        model, records = getattr(self.with_company(company), f"_get_records_{indicator.code}")(scope)
        return self._get_list(indicator.label, model, records)

    # Orders closed in the period

    @api.model
    def _measure_closed(self, scope):
        return self._count(*self._get_records_closed(scope)) or None

    @api.model
    def _get_records_closed(self, scope):
        return CLOSURES, self._within(scope, "closed_at")

    @api.model
    def _measure_lead_time(self, scope):
        """Mean hours from the end of work, or the submission where that came first, to the closing."""
        return self._aggregate(*self._get_records_closed(scope), "lead_hours:avg")

    @api.model
    def _get_records_lead_time(self, scope):
        return self._get_records_closed(scope)

    @api.model
    def _measure_waivers(self, scope):
        return self._aggregate(*self._get_records_closed(scope), "waiver_count:sum")

    @api.model
    def _get_records_waivers(self, scope):
        waived = Domain("state", "=", "waived") & Domain("closure_id.state", "=", "closed")
        return "mrp.closure.check", waived & self._within(scope, "closure_id.closed_at")

    @api.model
    def _measure_forced_closes(self, scope):
        groups = dict(self._group(*self._get_records_closed(scope), ["is_forced"], ["__count"]))
        return groups.get(True, 0) if groups else None

    @api.model
    def _get_records_forced_closes(self, scope):
        model, domain = self._get_records_closed(scope)
        return model, domain & Domain("is_forced", "=", True)

    @api.model
    def _measure_yield(self, scope):
        """Mean of the yields of orders: quantities of different goods do not add up."""
        return self._aggregate(*self._get_records_yield(scope), "yield_pct:avg")

    @api.model
    def _get_records_yield(self, scope):
        model, domain = self._get_records_closed(scope)
        return model, domain & Domain("started_qty", ">", 0)

    @api.model
    def _measure_leftover_value(self, scope):
        return self._aggregate(*self._get_records_closed(scope), "leftover_value:sum")

    @api.model
    def _get_records_leftover_value(self, scope):
        kept = Domain("kept_qty", ">", 0) & Domain("closure_id.state", "=", "closed")
        return "mrp.closure.balance", kept & self._within(scope, "closure_id.closed_at")

    @api.model
    def _measure_cost_variance_pct(self, scope):
        """Variance of all orders together, in per cent of their standard cost."""
        ((variance, standard),) = self._group(
            *self._get_records_closed(scope), [], ["cost_variance:sum", "standard_cost:sum"]
        )
        return 100 * variance / standard if standard else None

    @api.model
    def _get_records_cost_variance_pct(self, scope):
        return self._get_records_closed(scope)

    @api.model
    def _measure_scrap_cost(self, scope):
        return self._measure_variances(scope, self._get_records_scrap_cost(scope))

    @api.model
    def _get_records_scrap_cost(self, scope):
        return COSTS, self._within(scope, "closed_at") & Domain("kind", "=", "scrap")

    @api.model
    def _measure_rework_cost(self, scope):
        return self._measure_variances(scope, self._get_records_rework_cost(scope))

    @api.model
    def _get_records_rework_cost(self, scope):
        return COSTS, self._within(scope, "closed_at") & Domain("kind", "=", "rework")

    @api.model
    def _measure_variances(self, scope, records):
        """Nothing is written where an order cost what it should: that is a cost of 0, not no figure."""
        amount = self._aggregate(*records, "amount:sum")
        return amount if amount is not None or not self._measure_closed(scope) else 0.0

    # Approvals

    @api.model
    def _measure_first_pass_approval(self, scope):
        """Per cent approved in the first round, of the closures that levels approved in the period."""
        return self._aggregate(*self._get_records_first_pass_approval(scope), "first_pass_pct:avg")

    @api.model
    def _get_records_first_pass_approval(self, scope):
        return CLOSURES, self._within(scope, "approved_at") & Domain("is_decided", "=", True)

    @api.model
    def _measure_approval_wait(self, scope):
        """Mean hours that a level waited, of the levels that decided in the period."""
        return self._aggregate(*self._get_records_approval_wait(scope), "waiting_hours:avg")

    @api.model
    def _get_records_approval_wait(self, scope):
        return APPROVALS, self._within(scope, "decided_at") & Domain("is_decided", "=", True)

    @api.model
    def _measure_late_approvals(self, scope):
        """Per cent decided after their deadline, of the levels with a deadline that decided in the period."""
        model, decided = self._get_records_approval_wait(scope)
        groups = dict(self._group(model, decided & Domain("deadline", "!=", False), ["is_late"], ["__count"]))
        return 100 * groups.get(True, 0) / sum(groups.values()) if groups else None

    @api.model
    def _get_records_late_approvals(self, scope):
        model, decided = self._get_records_approval_wait(scope)
        return model, decided & Domain("is_late", "=", True)

    @api.model
    def _measure_value_waiting(self, scope):
        """Value of the orders that waited for an approval at the end of the period: now, for one that still runs."""
        return self._aggregate(*self._get_records_value_waiting(scope), "value:sum") or 0.0

    @api.model
    def _get_records_value_waiting(self, scope):
        waiting = Domain("since", "<", scope.end) & (
            Domain("decided_at", "=", False) | Domain("decided_at", ">=", scope.end)
        )
        return CLOSURES, self._of_company(scope) & Domain("closure_id.approval_ids", "any", waiting)

    # Other events of the period

    @api.model
    def _measure_reopened(self, scope):
        count = self._count(*self._get_records_reopened(scope))
        return count if count or self._measure_closed(scope) else None

    @api.model
    def _get_records_reopened(self, scope):
        return CLOSURES, self._within(scope, "reopened_at")

    @api.model
    def _measure_failed_checks(self, scope):
        """How often a check failed."""
        count = self._count(*self._get_records_failed_checks(scope))
        return count if count or self._measure_closed(scope) else None

    @api.model
    def _get_records_failed_checks(self, scope):
        return BLOCKERS, self._within(scope, "began_at") & Domain("cause", "=", "failed")

    @api.model
    def _measure_rejected_lots(self, scope):
        """Per cent rejected the first time, of the inspections decided in the period."""
        groups = dict(self._group(*self._get_decided_inspections(scope), ["first_verdict"], ["__count"]))
        return 100 * groups.get("rejected", 0) / sum(groups.values()) if groups else None

    @api.model
    def _get_records_rejected_lots(self, scope):
        model, decided = self._get_decided_inspections(scope)
        return model, decided & Domain("first_verdict", "=", "rejected")

    @api.model
    def _get_decided_inspections(self, scope):
        decided = self._within(scope, "decided_at") & Domain("first_verdict", "!=", False)
        return "mrp.closure.inspection", decided

    # Parts

    @api.model
    def _within(self, scope, name):
        """Records of the scope whose time ``name`` lies in the period."""
        return self._of_company(scope) & Domain(name, ">=", scope.start) & Domain(name, "<", scope.end)

    @api.model
    def _of_company(self, scope):
        domain = Domain("company_id", "=", scope.company.id)
        return domain if scope.domain.is_true() else domain & Domain("closure_id", "any", scope.domain)

    @api.model
    def _count(self, model, domain):
        return self.env[model].search_count(domain)

    @api.model
    def _group(self, model, domain, groupby, aggregates):
        return self.env[model]._read_group(domain, groupby, aggregates)

    @api.model
    def _aggregate(self, model, domain, aggregate):
        """One figure over all records, None without any."""
        ((value, count),) = self._group(model, domain, [], [aggregate, "__count"])
        return value if count else None

from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from .mrp_closure_baseline import COST_GROUPS
from .mrp_closure_indicator import APPROVALS, BLOCKERS

BARS = 6
# Periods up to this many days are shown by week, longer ones by month.
WEEKS_UP_TO = 100


class MrpClosureDashboardChart(models.AbstractModel):
    """Charts of the closure dashboard: plain data, drawn by the web client. Each is made with one or two queries."""

    _name = "mrp.closure.dashboard.chart"
    _description = "Charts of the closure dashboard"
    _inherit = ["mrp.closure.panel"]

    @api.model
    def _get_charts(self, scope):
        """Charts of a period; see ``_get_chart``."""
        return [
            *self._get_time_charts(scope),
            self._get_waiting_chart(scope),
            self._get_lateness_chart(scope),
            self._get_blocker_chart(scope),
            self._get_reason_chart(scope),
        ]

    # What happened when

    @api.model
    def _get_time_charts(self, scope):
        """Closed orders with first-pass share, and what the time went into, by week or month."""
        model, domain = self._get_indicator()._get_records_closed(scope)
        by = "week" if (scope.end - scope.start).days <= WEEKS_UP_TO else "month"
        steps = self._get_steps(model, domain, by)
        labels = [step["label"] for step in steps]
        closed = self.env._("Orders Closed")
        actions = [self._get_list(f"{closed}: {step['label']}", model, domain & step["domain"]) for step in steps]
        return [
            self._get_closed_chart(by, labels, steps, actions),
            self._get_stage_chart(labels, steps, actions),
        ]

    @api.model
    def _get_steps(self, model, domain, by):
        """Figures of each week or month from the first that has any, those without any included."""
        hours = ("submit_hours:avg", "approval_hours:avg", "close_hours:avg")
        report = self.env[model].with_context(fill_temporal=True)
        groups = report.formatted_read_group(
            domain, [f"closed_at:{by}"], ["__count", "first_pass_pct:count", "first_pass_pct:avg", *hours]
        )
        return [
            {
                "label": group[f"closed_at:{by}"][1],
                "domain": Domain(group["__extra_domain"]),
                "count": group["__count"] or 0,
                "first_pass": group["first_pass_pct:avg"] if group["first_pass_pct:count"] else None,
                "hours": [group[name] or 0.0 for name in hours],
            }
            for group in groups
        ]

    @api.model
    def _get_closed_chart(self, by, labels, steps, actions):
        title = self.env._("Closed per Week") if by == "week" else self.env._("Closed per Month")
        counts = [step["count"] for step in steps]
        shares = [step["first_pass"] for step in steps]
        return self._get_chart(
            "closed",
            title,
            labels,
            actions,
            self._get_series(self.env._("Orders Closed"), counts, "count"),
            self._get_series(self.env._("First-Pass Approval (%)"), shares, "percent", is_line=True),
        )

    @api.model
    def _get_stage_chart(self, labels, steps, actions):
        stages = (self.env._("To submission"), self.env._("In approval"), self.env._("To closing"))
        return self._get_chart(
            "stages",
            self.env._("Lead Time by Stage (Hours)"),
            labels,
            actions,
            *(
                self._get_series(stage, [step["hours"][number] for step in steps], "hours")
                for number, stage in enumerate(stages)
            ),
            stacked=True,
        )

    # Approvals

    @api.model
    def _get_waiting_chart(self, scope):
        """What was decided in the period, and what waits now, by level; finance sees the value that waits."""
        domain = self._get_asked(scope)
        is_finance = self._is_finance()
        aggregates = ["waiting_hours:avg", "__count", *(["value_waiting:sum"] if is_finance else [])]
        groups = self.env[APPROVALS]._read_group(
            domain, ["level"], aggregates, order="waiting_hours:avg DESC", limit=BARS
        )
        labels = [level or self.env._("No name") for level, *_figures in groups]
        title = self.env._("Waiting by Level (Hours)")
        series = [self._get_series(self.env._("Mean waiting time"), [group[1] for group in groups], "hours")]
        if is_finance:
            values = [group[3] or 0.0 for group in groups]
            series.append(self._get_series(self.env._("Value waiting now"), values, "money", is_secondary=True))
        actions = [
            self._get_list(f"{title}: {label}", APPROVALS, domain & Domain("level", "=", group[0]))
            for label, group in zip(labels, groups, strict=True)
        ]
        return self._get_chart("waiting", title, labels, actions, *series, horizontal=True)

    @api.model
    def _get_lateness_chart(self, scope):
        """Who was late: what it cost, or the value it held up, for finance; for everybody else, how long."""
        domain = self._get_asked(scope) & Domain("is_late", "=", True)
        if not self._is_finance():
            title, measure, unit = self.env._("Late Approvals (Hours)"), "late_hours:sum", "hours"
        elif scope.company.closure_capital_rate:
            title, measure, unit = self.env._("What Late Approvals Cost"), "late_cost:sum", "money"
        else:
            title, measure, unit = self.env._("Late Approvals (Value × Days)"), "late_value_days:sum", "money"
        bars = sorted(self._get_late(domain, measure).items(), key=lambda bar: -bar[1])[:BARS]
        # In sudo: whoever may read an approval is told who decides it.
        labels = [
            person.sudo().name or group.sudo().name or self.env._("Several persons")
            for (person, group), _amount in bars
        ]
        actions = [
            self._get_list(
                f"{title}: {label}",
                APPROVALS,
                domain
                & (Domain.TRUE if person else Domain("group_id", "=", group.id))
                & Domain("person_id", "=", person.id),
            )
            for label, ((person, group), _amount) in zip(labels, bars, strict=True)
        ]
        amounts = [amount for _who, amount in bars]
        return self._get_chart(
            "lateness", title, labels, actions, self._get_series(title, amounts, unit), horizontal=True
        )

    @api.model
    def _get_late(self, domain, measure):
        """``{(person, group): amount}``: a person counts once, whichever groups were asked; a group where it is
        nobody in particular."""
        amounts = defaultdict(float)
        for person, group, amount in self.env[APPROVALS]._read_group(domain, ["person_id", "group_id"], [measure]):
            amounts[person, group.browse() if person else group] += amount or 0.0
        return amounts

    @api.model
    def _get_asked(self, scope):
        """Levels that decided in the period, and those that are asked now."""
        indicator = self._get_indicator()
        _model, decided = indicator._get_records_approval_wait(scope)
        return decided | (indicator._of_company(scope) & Domain("is_waiting", "=", True))

    # What stands in the way

    @api.model
    def _get_blocker_chart(self, scope):
        """Blocking checks that failed, or that nobody answered in time, by requirement."""
        domain = self._get_indicator()._within(scope, "began_at") & Domain("severity", "=", "blocking")
        groups = self.env[BLOCKERS]._read_group(
            domain,
            ["requirement"],
            ["__count", "held_hours:sum"],
            order="__count DESC, held_hours:sum DESC",
            limit=BARS,
        )
        title = self.env._("Top Blockers")
        labels = [requirement or self.env._("No name") for requirement, _count, _hours in groups]
        actions = [
            self._get_list(f"{title}: {label}", BLOCKERS, domain & Domain("requirement", "=", group[0]))
            for label, group in zip(labels, groups, strict=True)
        ]
        counts = self._get_series(self.env._("Times"), [count for _name, count, _hours in groups], "count")
        counts["notes"] = [
            self.env._("held up for %(time)s", time=self._format_hours(hours or 0.0)) for _name, _count, hours in groups
        ]
        return self._get_chart("blockers", title, labels, actions, counts, horizontal=True)

    @api.model
    def _get_reason_chart(self, scope):
        """Reasons that were given for waivers and forced closes of orders closed in the period."""
        indicator = self._get_indicator()
        check_model, waived = indicator._get_records_waivers(scope)
        closed = Domain("state", "=", "closed") & Domain("closed_at", ">=", scope.start)
        forced = closed & Domain("closed_at", "<", scope.end) & Domain("close_type", "=", "forced")
        forced &= Domain("company_id", "=", scope.company.id) & scope.domain
        title = self.env._("Reasons of Waivers and Forced Closes")
        bars = [
            *self._get_reasons(self.env._("Waiver"), title, check_model, "waiver_reason", waived),
            *self._get_reasons(self.env._("Forced close"), title, "mrp.closure", "force_reason", forced),
        ]
        bars = sorted(bars, key=lambda bar: -bar[1])[:BARS]
        return self._get_chart(
            "reasons",
            title,
            [label for label, _count, _action in bars],
            [action for _label, _count, action in bars],
            self._get_series(self.env._("Times"), [count for _label, count, _action in bars], "count"),
            horizontal=True,
        )

    @api.model
    def _get_reasons(self, what, title, model, name, domain):
        groups = self.env[model]._read_group(domain, [name], ["__count"], order="__count DESC", limit=BARS)
        # Not inside the f-string, where no term to translate is looked for.
        unnamed = self.env._("no reason")
        rows = []
        for reason, count in groups:
            label = f"{what}: {reason or unnamed}"
            rows.append((label, count, self._get_list(f"{title}: {label}", model, domain & Domain(name, "=", reason))))
        return rows

    # Parts

    @api.model
    def _get_chart(self, key, title, labels, actions, *series, horizontal=False, stacked=False):
        """One chart.

        :return: dict of ``key``, ``title``, ``labels``, ``actions`` (one for each label), ``series``, ``is_horizontal``
            and ``is_stacked``
        """
        return {
            "key": key,
            "title": title,
            "labels": labels,
            "actions": actions,
            "series": list(series),
            "is_horizontal": horizontal,
            "is_stacked": stacked,
        }

    @api.model
    def _get_series(self, label, values, unit, is_line=False, is_secondary=False):
        """One row of figures of a chart: ``values`` for the drawing, ``texts`` for people, ``notes`` beside them."""
        return {
            "label": label,
            "values": values,
            "texts": [self._format(value, unit) for value in values],
            "notes": [],
            "unit": unit,
            "is_line": is_line,
            "is_secondary": is_line or is_secondary,
        }

    @api.model
    def _get_indicator(self):
        return self.env["mrp.closure.indicator"]

    @api.model
    def _is_finance(self):
        return self.env.su or self.env.user.has_groups(COST_GROUPS)

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .mrp_closure_indicator import CLOSURES, Scope

# The most telling figures first; who may not see one of them, sees the next.
TILES = (
    "closed",
    "lead_time",
    "first_pass_approval",
    "late_approvals",
    "yield",
    "rejected_lots",
    "value_waiting",
    "leftover_value",
    "failed_checks",
    "approval_wait",
)
TILE_COUNT = 8
PERIODS = (30, 90, 365)
# Changes below this are noise, in per cent of the figure or in points.
NOTICEABLE = 0.05


class MrpClosureDashboard(models.AbstractModel):
    """The dashboard of closing: what a plant manager reads in a minute.

    A row of figures, each against the period before, and a few charts. Each figure and each bar opens the records it
    was made of. Everything is read with the rights of the user, for the company he works in.
    """

    _name = "mrp.closure.dashboard"
    _description = "Closure dashboard"
    _inherit = ["mrp.closure.panel"]

    @api.model
    @api.readonly
    def get_dashboard(self, days=90, category_id=None, workcenter_id=None):
        """What the dashboard shows.

        :param days: length of the period that ends now: 30, 90 or 365
        :param category_id: only orders of products of this category, and of those below it
        :param workcenter_id: only orders with an operation at this work center
        :return: dict of ``company``, ``since`` (texts), ``categories`` and ``workcenters`` (dicts with ``id`` and
            ``name``, to choose from), ``is_empty``, ``tiles`` and ``charts``; see ``_get_tile`` and ``_get_chart``
        :raises AccessError: for users who may not read the analysis of closures
        """
        self.env[CLOSURES].check_access("read")
        end = fields.Datetime.now()
        period = timedelta(days=days if days in PERIODS else PERIODS[1])
        domain = self._get_filter("product_id.categ_id", "child_of", category_id)
        domain &= self._get_filter("workcenter_ids", "in", workcenter_id)
        scope = Scope(self.env.company, end - period, end, domain)
        tiles = self._get_tiles(scope, scope._replace(start=scope.start - period, end=scope.start))
        charts = self.env["mrp.closure.dashboard.chart"]._get_charts(scope)
        return {
            "company": scope.company.name,
            "since": self.env._("since %(date)s", date=self._format_date(scope.start)),
            "categories": self._get_categories(scope.company),
            "workcenters": self._get_workcenters(scope.company),
            "is_empty": not any(tile["has_figure"] for tile in tiles) and not any(chart["labels"] for chart in charts),
            "tiles": tiles,
            "charts": charts,
        }

    @api.model
    def _get_filter(self, name, operator, record_id):
        return Domain(name, operator, [record_id]) if isinstance(record_id, int) and record_id else Domain.TRUE

    @api.model
    def _get_categories(self, company):
        """Categories of what was made."""
        made = Domain("company_id", "=", company.id) & Domain("categ_id", "!=", False)
        return self._get_choices(self.env[CLOSURES]._read_group(made, ["categ_id"]))

    @api.model
    def _get_workcenters(self, company):
        """Work centers with an operation of an order with a closure: those that the filter finds orders by."""
        worked = Domain("production_id.closure_id.company_id", "=", company.id) & Domain("state", "!=", "cancel")
        # In sudo: where it was made is told to everybody who may read the closures; see ``_search_workcenter_ids``.
        return self._get_choices(self.env["mrp.workorder"].sudo()._read_group(worked, ["workcenter_id"]))

    @api.model
    def _get_choices(self, groups):
        # In sudo: where and what was made is told to everybody who may read the closures.
        choices = [{"id": record.id, "name": record.sudo().display_name} for (record,) in groups]
        return sorted(choices, key=lambda choice: choice["name"])

    # Tiles

    @api.model
    def _get_tiles(self, scope, before):
        indicators = self.env["mrp.closure.indicator"]
        known, readable = indicators._get_indicators(), indicators._get_readable_codes()
        codes = [code for code in TILES if code in readable][:TILE_COUNT]
        now, then = (indicators._measure(codes, *period) for period in (scope, before))
        return [self._get_tile(known[code], now[code], then[code], scope) for code in codes]

    @api.model
    def _get_tile(self, indicator, value, before, scope):
        """One figure.

        :return: dict of ``key``, ``title``, ``figure``, ``before`` and ``change`` (texts), ``trend`` (better, worse,
            same, or unknown where there is nothing to compare with), ``has_figure`` and ``action``
        """
        return {
            "key": indicator.code,
            "title": indicator.label,
            "figure": self._format(value, indicator.unit),
            "has_figure": value not in (None, 0),
            **self._compare(indicator, value, before),
            "action": self.env["mrp.closure.indicator"]._get_figure_action(indicator.code, *scope),
        }

    @api.model
    def _compare(self, indicator, value, before):
        """How a figure changed against the period before, in words as well."""
        if value is None or before is None:
            return {"trend": "unknown", "change": "", "before": self.env._("Nothing to compare with")}
        difference = value - before
        # Shares change by points, everything else in per cent.
        change = difference if indicator.unit == "percent" else 100 * difference / before if before else None
        told = {"before": self.env._("before: %(figure)s", figure=self._format(before, indicator.unit))}
        if change is None and not difference or change is not None and abs(change) < NOTICEABLE:
            return {"trend": "same", "change": self.env._("unchanged"), **told}
        is_better = (difference > 0) == (indicator.better == "higher")
        return {
            "trend": "better" if is_better else "worse",
            "change": self._tell_change(indicator, change, difference, is_better),
            **told,
        }

    @api.model
    def _tell_change(self, indicator, change, difference, is_better):
        if change is None:
            amount = self._format(abs(difference), indicator.unit)
        elif indicator.unit == "percent":
            amount = self.env._("%(points)s points", points=self._format_number(abs(change)))
        else:
            amount = f"{self._format_number(abs(change))} %"
        amount = f"{'+' if difference > 0 else '−'}{amount}"
        return (
            self.env._("%(amount)s, better", amount=amount)
            if is_better
            else self.env._("%(amount)s, worse", amount=amount)
        )

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from .mrp_closure_baseline import COST_GROUPS

# Orders of the product that an order is compared with.
RECENT_ORDERS = 10
SETTLED = ("closed", "cancel")


class MrpClosure(models.Model):
    """The cost sheet that finance reviews: on closure and order, in the dialog of approval, and printed."""

    _inherit = "mrp.closure"

    recent_unit_cost = fields.Float(
        string="Mean of Recent Orders",
        compute="_compute_recent_unit_cost",
        digits="Product Price",
        groups=COST_GROUPS,
        help="Mean unit cost of the last ten closed orders of the product; 0 without any.",
    )
    cost_sheet = fields.Html(
        compute="_compute_cost_sheet",
        sanitize=False,
        groups=COST_GROUPS,
        help="Cost in total, for one unit and by cause: as it was posted, or as it would be posted if the order were "
        "closed now.",
    )

    _recent_cost_index = models.Index("(product_id, company_id, closed_at DESC, id DESC) WHERE state = 'closed'")

    @api.depends("product_id", "closed_at")
    def _compute_recent_unit_cost(self):
        costs = self._query_recent_unit_costs() if self.ids else {}
        for closure in self:
            closure.recent_unit_cost = costs.get(closure._origin.id, 0.0)

    @api.depends_context("lang")
    @api.depends("state", "qty_producing")
    def _compute_cost_sheet(self):
        reviews = self._get_cost_reviews()
        for closure in self:
            closure.cost_sheet = self.env["ir.qweb"]._render(
                "mrp_workorder_closure.cost_sheet", {"review": reviews[closure], "is_on_screen": True}
            )

    def action_open_variances(self):
        """Open the variance lines of these closures as a list.

        :raises AccessError: for users who may not read costs
        """
        self.env["mrp.closure.variance"].check_access("read")
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_variance_action")
        action["domain"] = [("closure_id", "in", self.ids)]
        action["context"] = {}
        return action

    def _get_cost_reviews(self):
        """What the cost sheet of each closure shows, all of one moment.

        :return: ``{closure: {closure, is_preview, lines, causes, recent_unit_cost, and the totals}}``, closure and
            lines in sudo; lines that would be written are in memory only
        :raises AccessError: for users who may not read costs, or these closures
        """
        self.env["mrp.closure.variance"].check_access("read")
        self.check_access("read")
        # In sudo, after that: who may read costs needs no rights on orders.
        line_model = self.env["mrp.closure.variance"].sudo()
        running = self.filtered(lambda closure: closure.state not in SETTLED)
        sheets = running._compute_variances() if running else {}
        unit_costs = running._get_standard_unit_costs() if running else {}
        recent = self._query_recent_variances() if self.ids else {}
        reviews = {}
        for closure in self:
            sudo = closure.sudo()
            if closure in running:
                lines = line_model.concat(*map(line_model.new, sudo._prepare_variance_vals(sheets[closure])))
                totals = sudo._prepare_cost_vals(sheets[closure], unit_costs[closure])
            else:
                lines, totals = sudo.variance_ids, {name: sudo[name] for name in self._get_cost_total_names()}
            reviews[closure] = {
                **totals,
                "closure": sudo,
                "is_preview": closure in running,
                "lines": lines,
                "causes": sudo._compare_causes(lines, totals["costed_qty"], recent.get(closure._origin.id, {})),
                "recent_unit_cost": sudo.recent_unit_cost,
                "against_standard": self._describe_difference(totals["unit_cost"], totals["standard_unit_cost"]),
                "against_recent": self._describe_difference(totals["unit_cost"], sudo.recent_unit_cost),
                "goods_value": sudo.goods_value,
                "later_cost": 0.0 if sudo.currency_id.is_zero(sudo.later_cost) else sudo.later_cost,
            }
        return reviews

    @api.model
    def _describe_difference(self, amount, base):
        """How far an amount is off another one, in per cent; empty without both."""
        if not amount or not base:
            return ""
        pct = round((amount / base - 1) * 100, 1) or 0.0
        return f"{'+' if pct > 0 else ''}{formatLang(self.env, pct, digits=1)} %"

    @api.model
    def _get_cost_total_names(self):
        return (
            "costed_qty",
            "standard_cost",
            "actual_cost",
            "cost_variance",
            "cost_variance_pct",
            "unit_cost",
            "standard_unit_cost",
            "product_cost_gap",
        )

    @api.model
    def _compare_causes(self, lines, good, recent):
        """Variances by cause, of the order, of one unit, and of one unit in the orders before.

        :return: list of ``{label, amount, unit_amount, recent_amount}``, in the order of the causes
        """
        amounts = defaultdict(float)
        for line in lines:
            amounts[line.kind] += line.amount
        labels = lines._fields["kind"]._description_selection(self.env)
        return [
            {
                "label": label,
                "amount": amounts[kind],
                "unit_amount": amounts[kind] / good if good else 0.0,
                "recent_amount": recent.get(kind, 0.0),
            }
            for kind, label in labels
            if not self.currency_id.is_zero(amounts[kind]) or recent.get(kind)
        ]

    # The orders before

    def _query_recent_unit_costs(self):
        """Mean unit cost of the last closed orders of the same product and company, in one query."""
        query = SQL(
            "SELECT c.id, AVG(r.unit_cost) FROM mrp_closure c %s WHERE c.id IN %s GROUP BY c.id",
            self._join_recent_orders(),
            tuple(self.ids),
        )
        return dict(self.env.execute_query(query))

    def _query_recent_variances(self):
        """Variance of one unit by cause, on the mean of the same orders: ``{closure id: {kind: amount}}``."""
        self.env["mrp.closure.variance"].flush_model(["closure_id", "active", "kind", "amount"])
        query = SQL(
            """SELECT c.id, v.kind, SUM(v.amount / r.costed_qty) / MAX(r.compared)
               FROM mrp_closure c %s
               JOIN mrp_closure_variance v ON v.closure_id = r.id AND v.active
               WHERE c.id IN %s GROUP BY c.id, v.kind""",
            self._join_recent_orders(),
            tuple(self.ids),
        )
        means = defaultdict(dict)
        for closure_id, kind, amount in self.env.execute_query(query):
            means[closure_id][kind] = float(amount)
        return means

    def _join_recent_orders(self):
        """The last closed orders ``r`` of the product and company of closure ``c``; ``compared`` counts them."""
        self.env["mrp.closure"].flush_model(
            ["product_id", "company_id", "state", "closed_at", "unit_cost", "costed_qty"]
        )
        return SQL(
            """JOIN LATERAL (
                   SELECT l.*, COUNT(*) OVER () AS compared FROM (
                       SELECT o.id, o.unit_cost, o.costed_qty FROM mrp_closure o
                       WHERE o.product_id = c.product_id AND o.company_id = c.company_id AND o.state = 'closed'
                             AND o.costed_qty > 0 AND o.id != c.id
                             AND (c.closed_at IS NULL OR o.closed_at <= c.closed_at)
                       ORDER BY o.closed_at DESC, o.id DESC LIMIT %s
                   ) l
               ) r ON TRUE""",
            RECENT_ORDERS,
        )

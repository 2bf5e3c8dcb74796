from odoo import api, fields, models
from odoo.tools import SQL

from .mrp_closure_baseline import COST_GROUPS

# Orders of the product that the unit cost is compared with.
RECENT_ORDERS = 10


class MrpClosure(models.Model):
    """The cost sheet that finance reviews: on the closure, on the wizard of approval, and printed."""

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
        help="Cost by cause: as it was posted, or as it would be posted if the order were closed now.",
    )

    _recent_cost_index = models.Index("(product_id, company_id, closed_at DESC, id DESC) WHERE state = 'closed'")

    @api.depends("product_id", "closed_at")
    def _compute_recent_unit_cost(self):
        costs = self._query_recent_unit_costs() if self.ids else {}
        for closure in self:
            closure.recent_unit_cost = costs.get(closure._origin.id, 0.0)

    def _query_recent_unit_costs(self):
        """Mean unit cost of the last closed orders of the same product and company, in one query."""
        self.env["mrp.closure"].flush_model(
            ["product_id", "company_id", "state", "closed_at", "unit_cost", "costed_qty"]
        )
        query = SQL(
            """SELECT c.id, AVG(r.unit_cost)
               FROM mrp_closure c
               JOIN LATERAL (
                   SELECT o.unit_cost FROM mrp_closure o
                   WHERE o.product_id = c.product_id AND o.company_id = c.company_id AND o.state = 'closed'
                         AND o.costed_qty > 0 AND o.id != c.id AND (c.closed_at IS NULL OR o.closed_at <= c.closed_at)
                   ORDER BY o.closed_at DESC, o.id DESC LIMIT %s
               ) r ON TRUE
               WHERE c.id IN %s GROUP BY c.id""",
            RECENT_ORDERS,
            tuple(self.ids),
        )
        return dict(self.env.execute_query(query))

    @api.depends_context("lang")
    @api.depends("state", "qty_producing")
    def _compute_cost_sheet(self):
        lines = self._get_cost_lines()
        for closure in self:
            closure.cost_sheet = self.env["ir.qweb"]._render(
                "mrp_workorder_closure.cost_sheet_lines",
                {"closure": closure, "lines": lines[closure], "is_on_screen": True},
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

    def _get_cost_lines(self):
        """Variance lines: those that were written, or, before the order closes, those that would be.

        :return: ``{closure: variance lines}``; lines that would be written are in memory only
        """
        # In sudo: who may read costs needs no rights on orders; the fields that lead here are for them only.
        line_model = self.env["mrp.closure.variance"].sudo()
        closed = self.filtered(lambda closure: closure.state in ("closed", "cancel"))
        running = self - closed
        lines = {closure: closure.sudo().variance_ids for closure in closed}
        sheets = running._compute_variances() if running else {}
        for closure in running:
            lines[closure] = line_model.concat(
                *(line_model.new(vals) for vals in closure.sudo()._prepare_variance_vals(sheets[closure]))
            )
        return lines

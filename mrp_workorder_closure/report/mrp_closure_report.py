from odoo import fields, models
from odoo.tools import SQL

from ..models.mrp_closure import STATES
from ..models.mrp_closure_baseline import COST_GROUPS, LEFTOVER_GROUPS
from ..models.requests import check_one


class MrpClosureReport(models.Model):
    """One row for each closure: how long each stage took, and what went wrong on the way.

    Times are in hours; a stage that was not reached has none. The line of an order is the work center of its last
    operation, where its output comes off.
    """

    _name = "mrp.closure.report"
    _description = "Closure analysis"
    _inherit = ["mrp.closure.currency"]
    _auto = False
    _depends = {
        "mrp.closure": [
            "accepted_qty",
            "actual_cost",
            "approved_at",
            "close_type",
            "closed_at",
            "company_id",
            "cost_variance",
            "labour_closed_at",
            "nonconformity_count",
            "product_id",
            "production_id",
            "remainder",
            "reopened_at",
            "revision",
            "round",
            "standard_cost",
            "started_qty",
            "state",
            "submitted_at",
            "template_id",
            "user_id",
        ],
        "mrp.closure.approval": ["closure_id", "is_forced", "state"],
        "mrp.closure.approval.decision": ["closure_id", "verdict"],
        "mrp.closure.balance": ["closure_id", "kept_qty", "unit_cost"],
        "mrp.closure.check": ["closure_id", "severity", "state"],
        "mrp.closure.inspection": ["closure_id", "first_verdict"],
        "mrp.production": ["picking_type_id"],
        "mrp.workorder": ["production_id", "sequence", "state", "workcenter_id"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
    }
    _rec_name = "closure_id"
    _order = "confirmed_at desc, id desc"

    closure_id = fields.Many2one("mrp.closure", string="Order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    picking_type_id = fields.Many2one("stock.picking.type", string="Operation Type", readonly=True)
    workcenter_id = fields.Many2one(
        "mrp.workcenter", string="Work Center", readonly=True, help="Of the last operation of the order."
    )
    template_id = fields.Many2one("mrp.closure.template", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    close_type = fields.Selection([("normal", "Normal"), ("short", "Short"), ("forced", "Forced")], readonly=True)
    confirmed_at = fields.Datetime(string="Confirmed on", readonly=True)
    work_finished_at = fields.Datetime(
        string="Work Finished on",
        readonly=True,
        help="When the work was finished or the figures were submitted, whichever came first.",
    )
    submitted_at = fields.Datetime(string="Submitted on", readonly=True)
    approved_at = fields.Datetime(string="Approved on", readonly=True)
    closed_at = fields.Datetime(string="Closed on", readonly=True)
    reopened_at = fields.Datetime(string="Reopened on", readonly=True)
    work_hours = fields.Float(
        string="In Production (Hours)",
        readonly=True,
        aggregator="avg",
        help="From the confirmation to the end of work.",
    )
    submit_hours = fields.Float(
        string="To Submission (Hours)", readonly=True, aggregator="avg", help="From the end of work to the submission."
    )
    approval_hours = fields.Float(
        string="In Approval (Hours)",
        readonly=True,
        aggregator="avg",
        help="From the submission to the last approval, of the closures that levels approved.",
    )
    close_hours = fields.Float(
        string="To Closing (Hours)",
        readonly=True,
        aggregator="avg",
        help="From the last approval to the closing, of the closures that levels approved.",
    )
    lead_hours = fields.Float(
        string="Lead Time (Hours)",
        readonly=True,
        aggregator="avg",
        help="From the end of work to the closing; of a reopened closure, since its reopening.",
    )
    round = fields.Integer(string="Rounds", readonly=True, aggregator="avg")
    is_decided = fields.Boolean(
        string="Approved by Levels",
        readonly=True,
        help="One level or more approved it. A forced close counts for none, whoever was asked before.",
    )
    is_first_pass = fields.Boolean(
        string="Approved at Once",
        readonly=True,
        help="Approved by its levels in the first round, with nothing turned down or sent back.",
    )
    first_pass_pct = fields.Float(
        string="First-Pass Approval (%)",
        readonly=True,
        aggregator="avg",
        help="Share approved at once, of the closures that levels approved; forced closes do not count.",
    )
    waiver_count = fields.Integer(string="Waivers", readonly=True)
    failed_count = fields.Integer(
        string="Failed Checks", readonly=True, help="Blocking checks that do not hold at this moment."
    )
    nonconformity_count = fields.Integer(string="Nonconformities", readonly=True)
    rejected_count = fields.Integer(
        string="Rejected Inspections", readonly=True, help="Rejected the first time they were decided."
    )
    is_forced = fields.Boolean(string="Forced Close", readonly=True)
    is_short = fields.Boolean(string="Closed Short", readonly=True)
    is_reopened = fields.Boolean(string="Reopened", readonly=True)
    started_qty = fields.Float(string="Output Started", digits="Product Unit", readonly=True)
    accepted_qty = fields.Float(string="Output Accepted", digits="Product Unit", readonly=True)
    yield_pct = fields.Float(
        string="Yield (%)", readonly=True, aggregator="avg", help="Good output of the output that was started."
    )
    leftover_value = fields.Monetary(
        string="Left at the Line",
        readonly=True,
        groups=LEFTOVER_GROUPS,
        help="Value of components that the order kept at the line.",
    )
    standard_cost = fields.Monetary(readonly=True, groups=COST_GROUPS)
    actual_cost = fields.Monetary(readonly=True, groups=COST_GROUPS)
    cost_variance = fields.Monetary(readonly=True, groups=COST_GROUPS)
    value = fields.Monetary(
        string="Value of Order",
        readonly=True,
        groups=COST_GROUPS,
        help="What the order cost so far or, before anything is known of that, what it is planned to cost.",
    )

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self):
        return SQL(", ").join(
            [self._select_what(), self._select_times(), self._select_events(), self._select_figures()]
        )

    def _select_what(self):
        return SQL(
            """SELECT c.id, c.id AS closure_id, c.company_id, %s AS currency_id, c.product_id, t.categ_id,
                      o.picking_type_id, c.template_id, c.user_id, c.state, c.close_type, %s AS workcenter_id""",
            self._select_currency(),
            line_of_order(),
        )

    def _select_times(self):
        return SQL(
            """s.confirmed_at, s.work_finished_at, c.submitted_at, s.approved_at, s.closed_at, c.reopened_at,
               %(work)s AS work_hours, %(submit)s AS submit_hours, %(approval)s AS approval_hours,
               %(close)s AS close_hours, %(lead)s AS lead_hours""",
            work=hours_between(SQL("s.confirmed_at"), SQL("s.work_finished_at")),
            submit=hours_between(SQL("s.work_finished_at"), SQL("c.submitted_at")),
            approval=hours_between(SQL("c.submitted_at"), SQL("d.decided_at")),
            close=hours_between(SQL("d.decided_at"), SQL("s.closed_at")),
            lead=hours_between(SQL("s.work_finished_at"), SQL("s.closed_at")),
        )

    def _select_events(self):
        return SQL(
            """c.round, s.is_decided, s.is_decided AND s.is_first_pass AS is_first_pass,
               CASE WHEN s.is_decided THEN 100.0 * s.is_first_pass::int END AS first_pass_pct,
               (SELECT COUNT(*) FROM mrp_closure_check k
                WHERE k.closure_id = c.id AND k.state = 'waived') AS waiver_count,
               (SELECT COUNT(*) FROM mrp_closure_check k
                WHERE k.closure_id = c.id AND k.state = 'fail' AND k.severity = 'blocking') AS failed_count,
               c.nonconformity_count,
               (SELECT COUNT(*) FROM mrp_closure_inspection i
                WHERE i.closure_id = c.id AND i.active AND i.first_verdict = 'rejected') AS rejected_count,
               COALESCE(c.close_type = 'forced', FALSE) AS is_forced,
               COALESCE(c.close_type = 'short' OR c.remainder = 'short', FALSE) AS is_short,
               c.revision > 1 AS is_reopened"""
        )

    def _select_figures(self):
        return SQL(
            """c.started_qty, c.accepted_qty, 100.0 * c.accepted_qty / NULLIF(c.started_qty, 0) AS yield_pct,
               (SELECT COALESCE(SUM(b.kept_qty * b.unit_cost), 0) FROM mrp_closure_balance b
                WHERE b.closure_id = c.id) * rates.rate AS leftover_value,
               c.standard_cost * rates.rate AS standard_cost, c.actual_cost * rates.rate AS actual_cost,
               c.cost_variance * rates.rate AS cost_variance, %s * rates.rate AS value""",
            value_of_order(),
        )

    def _from(self):
        return SQL(
            """FROM mrp_closure c
               JOIN mrp_production o ON o.id = c.production_id
               JOIN product_product p ON p.id = c.product_id
               JOIN product_template t ON t.id = p.product_tmpl_id
               %(rates)s
               CROSS JOIN LATERAL (
                   SELECT c.create_date AS confirmed_at,
                          LEAST(c.labour_closed_at, c.submitted_at,
                                CASE WHEN c.state = 'closed' THEN c.closed_at END) AS work_finished_at,
                          CASE WHEN c.state IN ('approved', 'closed') THEN c.approved_at END AS approved_at,
                          CASE WHEN c.state = 'closed' THEN c.closed_at END AS closed_at,
                          c.state IN ('approved', 'closed') AND c.approved_at IS NOT NULL
                              AND c.close_type IS DISTINCT FROM 'forced' AND EXISTS (
                                  SELECT FROM mrp_closure_approval a
                                  WHERE a.closure_id = c.id AND a.state = 'approved' AND a.is_forced IS NOT TRUE
                              ) AS is_decided,
                          c.round = 1 AND NOT EXISTS (
                              SELECT FROM mrp_closure_approval_decision d
                              WHERE d.closure_id = c.id AND d.verdict IN ('rejected', 'sent_back')
                          ) AS is_first_pass
               ) s
               CROSS JOIN LATERAL (SELECT CASE WHEN s.is_decided THEN s.approved_at END AS decided_at) d""",
            rates=self._join_rates(SQL("c.company_id")),
        )

    def _where(self):
        return SQL()

    def action_open_closure(self):
        """Open the closure behind a row."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()


def hours_between(begin, end):
    """Hours from one time to another: none where one of them is missing, 0 where it went the other way round."""
    return SQL(
        "CASE WHEN %(end)s >= %(begin)s THEN EXTRACT(EPOCH FROM %(end)s - %(begin)s)::float8 / 3600 "
        "WHEN %(end)s < %(begin)s THEN 0 END",
        begin=begin,
        end=end,
    )


def line_of_order():
    """The line of an order: the work center of its last operation, where its output comes off."""
    return SQL(
        """(SELECT l.workcenter_id FROM mrp_workorder l
            WHERE l.production_id = c.production_id AND l.state != 'cancel'
            ORDER BY l.sequence DESC, l.id DESC LIMIT 1)"""
    )


def value_of_order():
    """What an order cost so far; before anything is known of that, what it is planned to cost."""
    return SQL("COALESCE(NULLIF(c.actual_cost, 0), c.standard_cost, 0)")

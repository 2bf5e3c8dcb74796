from odoo import fields, models
from odoo.tools import SQL

from ..models.mrp_closure_approval import APPROVAL_STATES
from ..models.mrp_closure_baseline import COST_GROUPS
from ..models.requests import check_one
from .mrp_closure_report import hours_between, line_of_order, value_of_order

HOURS_OF_DAY, HOURS_OF_YEAR = 24, 24 * 365


class MrpClosureApprovalReport(models.Model):
    """One row for each level that was asked: how long an order waited for it, how late, and with what value.

    A level that was not decided waits until now; one that was superseded undecided waited until then.
    """

    _name = "mrp.closure.approval.report"
    _description = "Approval analysis"
    _inherit = ["mrp.closure.currency"]
    _auto = False
    _depends = {
        "mrp.closure": [
            "actual_cost",
            "company_id",
            "product_id",
            "production_id",
            "standard_cost",
            "template_id",
            "user_id",
        ],
        "mrp.closure.approval": [
            "closure_id",
            "deadline",
            "decided_at",
            "escalated_at",
            "group_id",
            "name",
            "round",
            "since",
            "state",
            "user_ids",
        ],
        "mrp.closure.approval.decision": ["approval_id", "user_id", "verdict"],
        "mrp.production": ["picking_type_id"],
        "mrp.workorder": ["production_id", "sequence", "state", "workcenter_id"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
        "res.company": ["closure_capital_rate"],
    }
    _rec_name = "approval_id"
    _order = "asked_at desc, id desc"

    approval_id = fields.Many2one("mrp.closure.approval", readonly=True)
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
    responsible_id = fields.Many2one("res.users", readonly=True)
    level = fields.Char(readonly=True)
    round = fields.Integer(readonly=True, aggregator=None)
    state = fields.Selection(APPROVAL_STATES, readonly=True)
    group_id = fields.Many2one("res.groups", string="Person Group", readonly=True)
    person_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="Who decided; while nobody has, the person asked, where it is only one.",
    )
    asked_at = fields.Datetime(string="Asked on", readonly=True)
    deadline = fields.Datetime(readonly=True)
    decided_at = fields.Datetime(string="Decided on", readonly=True)
    is_waiting = fields.Boolean(string="Waiting Now", readonly=True)
    is_decided = fields.Boolean(
        string="Decided", readonly=True, help="Approved, turned down or sent back by whoever was asked."
    )
    is_late = fields.Boolean(string="Late", readonly=True, help="Not over at its deadline.")
    is_escalated = fields.Boolean(string="Escalated", readonly=True)
    waiting_hours = fields.Float(string="Waited (Hours)", readonly=True, aggregator="avg")
    late_hours = fields.Float(
        string="Late (Hours)", readonly=True, aggregator="avg", help="What it waited beyond its deadline."
    )
    value = fields.Monetary(
        string="Value of Order",
        readonly=True,
        groups=COST_GROUPS,
        help="Actual cost of the order that waited or, before anything is known of it, its standard cost.",
    )
    value_waiting = fields.Monetary(
        string="Value Waiting Now",
        readonly=True,
        groups=COST_GROUPS,
        help="Of orders that wait for this level at this moment. An order that waits for two levels counts at both.",
    )
    value_days = fields.Monetary(
        string="Value × Days Waited", readonly=True, groups=COST_GROUPS, help="Capital tied up, times the days it was."
    )
    late_value_days = fields.Monetary(
        string="Value × Days Late", readonly=True, groups=COST_GROUPS, help="The part of it beyond the deadline."
    )
    waiting_cost = fields.Monetary(
        string="Cost of Waiting",
        readonly=True,
        groups=COST_GROUPS,
        help="What the capital cost while it was tied up, at the yearly rate of the company's settings.",
    )
    late_cost = fields.Monetary(
        string="Cost of Lateness", readonly=True, groups=COST_GROUPS, help="The part of it beyond the deadline."
    )

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self):
        return SQL(", ").join([self._select_what(), self._select_times(), self._select_values()])

    def _select_what(self):
        return SQL(
            """SELECT a.id, a.id AS approval_id, a.closure_id, c.company_id, %(currency)s AS currency_id,
                      c.product_id, t.categ_id, o.picking_type_id, %(line)s AS workcenter_id, c.template_id,
                      c.user_id AS responsible_id,
                      COALESCE(a.name->>%(lang)s, a.name->>'en_US') AS level,
                      a.round, a.state, a.group_id, COALESCE(s.decider_id, %(asked)s) AS person_id""",
            currency=self._select_currency(),
            line=line_of_order(),
            lang=self.env.lang or "en_US",
            asked=SQL(
                """(SELECT MIN(u.user_id) FROM mrp_closure_approval_user_rel u
                    WHERE u.approval_id = a.id AND a.group_id IS NULL HAVING COUNT(*) = 1)"""
            ),
        )

    def _select_times(self):
        return SQL(
            """a.since AS asked_at, a.deadline, a.decided_at, a.state = 'pending' AS is_waiting,
               a.decided_at IS NOT NULL AND s.decider_id IS NOT NULL AS is_decided,
               COALESCE(s.until > a.deadline, FALSE) AS is_late, a.escalated_at IS NOT NULL AS is_escalated,
               s.waiting_hours, s.late_hours"""
        )

    def _select_values(self):
        return SQL(
            """v.value, CASE WHEN a.state = 'pending' THEN v.value ELSE 0 END AS value_waiting,
               v.value * s.waiting_hours / %(day)s AS value_days, v.value * s.late_hours / %(day)s AS late_value_days,
               v.value * s.waiting_hours * v.rate AS waiting_cost, v.value * s.late_hours * v.rate AS late_cost""",
            day=HOURS_OF_DAY,
        )

    def _from(self):
        return SQL(
            """FROM mrp_closure_approval a
               JOIN mrp_closure c ON c.id = a.closure_id
               JOIN res_company y ON y.id = c.company_id
               JOIN mrp_production o ON o.id = c.production_id
               JOIN product_product p ON p.id = c.product_id
               JOIN product_template t ON t.id = p.product_tmpl_id
               %(rates)s
               CROSS JOIN LATERAL (
                   SELECT n.until, %(waited)s AS waiting_hours, COALESCE(%(late)s, 0) AS late_hours,
                          (SELECT d.user_id FROM mrp_closure_approval_decision d
                           WHERE d.approval_id = a.id AND d.verdict IN ('approved', 'rejected', 'sent_back')
                           ORDER BY d.id DESC LIMIT 1) AS decider_id
                   FROM (SELECT COALESCE(a.decided_at, %(now)s::timestamp) AS until) n
               ) s
               CROSS JOIN LATERAL (
                   SELECT (%(value)s * rates.rate)::float8 AS value,
                          COALESCE(y.closure_capital_rate, 0) / 100 / %(year)s AS rate
               ) v""",
            rates=self._join_rates(SQL("c.company_id")),
            waited=hours_between(SQL("a.since"), SQL("n.until")),
            late=hours_between(SQL("a.deadline"), SQL("n.until")),
            now=fields.Datetime.now(),
            value=value_of_order(),
            year=HOURS_OF_YEAR,
        )

    def _where(self):
        return SQL("WHERE a.since IS NOT NULL")

    def action_open_closure(self):
        """Open the closure that waited."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()

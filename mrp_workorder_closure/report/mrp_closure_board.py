from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.requests import check_one

# The way of an order through the factory, from the issue of its components to the receipt of its output.
STAGES = [
    ("issue", "Components to Issue"),
    ("production", "In Production"),
    ("inspect", "Inspection"),
    ("checks", "Checks to Answer"),
    ("leftovers", "Leftovers to Settle"),
    ("submit", "To Submit"),
    ("approval", "To Approve"),
    ("mark_done", "To Mark as Done"),
    ("receive", "To Receive"),
    ("closed", "Closed"),
]
URGENCIES = [
    ("late", "Late"),
    ("soon", "Due Soon"),
    ("on_time", "On Time"),
    ("none", "No Deadline"),
]
SOON = timedelta(hours=24)
# How long a closed order stays on the board.
SHOWN_AFTER_CLOSING = timedelta(days=7)


class MrpClosureBoard(models.Model):
    """The tracking board: where each closure is on its way, how long, and what it waits for.

    One row for each running closure, for closed ones whose goods are not all in stock yet, and for
    those closed during the last days; its id is that of the closure. Nothing is stored: a row is
    read from the closure, its order and the stored verdicts of its checks, and is as current as they are.

    The stage is the first that applies: closed and approved closures by their state; else what
    production lacks (components, work), then the first unmet blocking check, inspections before
    other checks before the material balance.
    """

    _name = "mrp.closure.board"
    _description = "Tracking board"
    _auto = False
    _depends = {
        "mrp.closure": [
            "check_count",
            "check_met_count",
            "closed_at",
            "company_id",
            "material_closed_at",
            "name",
            "product_id",
            "state",
            "template_id",
            "user_id",
        ],
        "mrp.closure.check": ["closure_id", "deadline", "group_id", "kind", "sequence", "severity", "state"],
        "mrp.closure.approval": ["closure_id", "deadline", "group_id", "sequence", "state"],
        "mrp.production": ["product_qty", "qty_producing", "reservation_state", "state"],
        "mrp.workorder": ["production_id", "state"],
        "stock.move": ["picked", "raw_material_production_id", "state"],
    }
    _order = "deadline NULLS LAST, id"

    name = fields.Char(string="Order", readonly=True)
    closure_id = fields.Many2one("mrp.closure", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    template_id = fields.Many2one("mrp.closure.template", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    stage = fields.Selection(
        STAGES,
        readonly=True,
        group_expand="_expand_stages",
        help="Where the order is on its way from the issue of components to the receipt of its output.",
    )
    confirmed_at = fields.Datetime(string="Confirmed on", readonly=True)
    closed_at = fields.Datetime(string="Closed on", readonly=True)
    age_days = fields.Integer(
        string="Age (Days)", readonly=True, aggregator="avg", help="Since the order was confirmed."
    )
    deadline = fields.Datetime(
        readonly=True, help="The earliest deadline of checks that are not met and of approvals that are asked for."
    )
    urgency = fields.Selection(URGENCIES, readonly=True, help="Due soon: within 24 hours.")
    check_count = fields.Integer(string="Checks", readonly=True)
    check_met_count = fields.Integer(string="Checks Met", readonly=True)
    progress = fields.Integer(
        string="Progress (%)", readonly=True, aggregator="avg", help="Checks that are met, of all."
    )
    check_id = fields.Many2one("mrp.closure.check", string="Next Check", readonly=True)
    group_id = fields.Many2one(
        "res.groups", string="Waits for Group", readonly=True, help="The group that the next check or approval names."
    )
    next_step = fields.Char(compute="_compute_next_step", compute_sudo=True, help="What is missing first.")
    owner = fields.Char(string="Waits for", compute="_compute_next_step", compute_sudo=True, help="Who can lift it.")
    is_mine = fields.Boolean(
        string="Waiting for Me", compute="_compute_is_mine", search="_search_is_mine", help="A check or an approval."
    )

    # What a row waits for

    @api.depends_context("lang")
    @api.depends("stage", "check_id")
    def _compute_next_step(self):
        # In sudo: whoever may read a closure may know what it waits for, with no right on orders or transfers.
        self.next_step = self.owner = False
        for stage, rows in self.grouped("stage").items():
            describe = getattr(rows, f"_describe_{stage}")
            for row, (next_step, owner) in describe().items():
                row.next_step = next_step
                row.owner = owner or row.user_id.name or self.env.ref("mrp_workorder_closure.group_operator").name

    def _describe_issue(self):
        """Components that are neither reserved nor at the line."""
        missing = defaultdict(self.env["product.product"].browse)
        for move in self.closure_id.production_id.move_raw_ids:
            if move.state in ("waiting", "confirmed", "partially_available"):
                missing[move.raw_material_production_id.closure_id.id] |= move.product_id
        return {row: (row._get_first_names(missing[row.id].mapped("display_name")), "") for row in self}

    def _describe_production(self):
        """The next open work order and its work center, else the quantity."""
        orders = self.closure_id.production_id
        workorders = orders.workorder_ids.filtered(lambda workorder: workorder.state not in ("done", "cancel"))
        following = {}
        for workorder in workorders:
            following.setdefault(workorder.production_id.closure_id.id, workorder)
        return {
            row: (
                f"{following[row.id].name} ({following[row.id].workcenter_id.name})"
                if row.id in following
                else self.env._("Quantities to record"),
                "",
            )
            for row in self
        }

    def _describe_inspect(self):
        return self._describe_checks()

    def _describe_checks(self):
        return {row: (row.check_id.name, row.check_id.owner) for row in self}

    def _describe_leftovers(self):
        return self._describe_checks()

    def _describe_submit(self):
        """What keeps complete-looking figures from being submitted, else the submission itself."""
        reasons = {}
        for blocker in self.closure_id.production_id._get_closure_readiness_blockers():
            reasons.setdefault(blocker.production.closure_id.id, blocker.message)
        return {row: (reasons.get(row.id, self.env._("Submit the figures")), "") for row in self}

    def _describe_approval(self):
        """All levels that are asked now, and whom they name."""
        pending = self.closure_id._get_pending_approvals().grouped("closure_id")
        return {
            row: (
                ", ".join(approvals.mapped(lambda approval: approval.name or approval.display_name)),
                ", ".join(filter(None, approvals.mapped("owner"))),
            )
            for row in self
            if (approvals := pending.get(row.closure_id))
        }

    def _describe_mark_done(self):
        return {row: (self.env._("Mark as Done"), "") for row in self}

    def _describe_receive(self):
        """Transfers of the output to stock."""
        pickings = defaultdict(self.env["stock.picking"].browse)
        for move in self.closure_id._get_pending_receipts():
            for order in move.move_orig_ids.production_id:
                pickings[order.closure_id.id] |= move.picking_id
        return {
            row: (
                row._get_first_names(pickings[row.id].mapped("name")) or self.env._("Transfers of the order"),
                ", ".join(pickings[row.id].user_id.mapped("name")) or self.env._("Warehouse"),
            )
            for row in self
        }

    def _describe_closed(self):
        return {}

    @api.model
    def _get_first_names(self, names):
        """The first two names, and how many there are besides."""
        shown = ", ".join(names[:2])
        if len(names) <= 2:
            return shown
        return self.env._("%(names)s and %(number)s more", names=shown, number=len(names) - 2)

    @api.depends_context("uid")
    def _compute_is_mine(self):
        mine = self.search(Domain("id", "in", self.ids) & self._get_mine_domain())
        for row in self:
            row.is_mine = row in mine

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_mine_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_mine_domain(self):
        return Domain("closure_id.is_waiting_for_me", "=", True) | Domain(
            "closure_id.approval_ids.is_waiting_for_me", "=", True
        )

    @api.model
    def _expand_stages(self, stages, domain):
        """Columns in the order of the way, those without an order left out: on a phone one column is seen at a time."""
        return [key for key, _label in STAGES if key in stages]

    def action_open_closure(self):
        """Open the closure of a row."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()

    # Where the rows come from

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self):
        now = fields.Datetime.now()
        return SQL(
            """SELECT c.id, c.id AS closure_id, c.name, c.company_id, c.product_id, c.template_id, c.user_id,
                      way.stage, c.create_date AS confirmed_at, c.closed_at,
                      EXTRACT(DAY FROM
                          CASE way.stage WHEN 'closed' THEN c.closed_at ELSE %(now)s END - c.create_date
                      )::int4 AS age_days,
                      due.deadline,
                      CASE WHEN due.deadline IS NULL THEN 'none' WHEN due.deadline <= %(now)s THEN 'late'
                           WHEN due.deadline <= %(soon)s THEN 'soon' ELSE 'on_time' END AS urgency,
                      c.check_count, c.check_met_count,
                      COALESCE(100 * c.check_met_count / NULLIF(c.check_count, 0), 100) AS progress,
                      CASE WHEN way.stage IN ('inspect', 'checks', 'leftovers') THEN unmet.id END AS check_id,
                      CASE way.stage WHEN 'approval' THEN asked.group_id
                           WHEN 'inspect' THEN unmet.group_id
                           WHEN 'checks' THEN unmet.group_id
                           WHEN 'leftovers' THEN unmet.group_id END AS group_id""",
            now=now,
            soon=now + SOON,
        )

    def _from(self):
        return SQL(
            """FROM mrp_closure c
               JOIN mrp_production p ON p.id = c.production_id
               LEFT JOIN LATERAL (
                   SELECT k.id, k.kind, k.group_id FROM mrp_closure_check k
                   WHERE k.closure_id = c.id AND k.severity = 'blocking' AND k.state IN ('todo', 'fail')
                   ORDER BY CASE WHEN k.kind IN ('inspection', 'nonconformities_dispositioned') THEN 1
                                 WHEN k.kind = 'material_balance' THEN 3 ELSE 2 END, k.sequence, k.id
                   LIMIT 1
               ) unmet ON c.state = 'open'
               LEFT JOIN LATERAL (
                   SELECT a.group_id FROM mrp_closure_approval a
                   WHERE a.closure_id = c.id AND a.state = 'pending' ORDER BY a.sequence, a.id LIMIT 1
               ) asked ON c.state = 'to_approve'
               LEFT JOIN LATERAL (
                   SELECT LEAST(
                       (SELECT MIN(k.deadline) FROM mrp_closure_check k
                        WHERE k.closure_id = c.id AND k.state IN ('todo', 'fail')),
                       (SELECT MIN(a.deadline) FROM mrp_closure_approval a
                        WHERE a.closure_id = c.id AND a.state = 'pending')
                   ) AS deadline
               ) due ON c.state != 'closed'
               CROSS JOIN LATERAL (SELECT %(stage)s AS stage) way""",
            stage=self._get_stage_sql(),
        )

    def _get_stage_sql(self):
        return SQL(
            """CASE
                   WHEN c.state = 'closed' AND c.material_closed_at IS NULL THEN 'receive'
                   WHEN c.state = 'closed' THEN 'closed'
                   WHEN c.state = 'approved' THEN 'mark_done'
                   WHEN c.state = 'to_approve' THEN 'approval'
                   WHEN p.state = 'confirmed' AND p.reservation_state IN ('confirmed', 'waiting') THEN 'issue'
                   WHEN p.state NOT IN ('done', 'cancel') AND (
                       COALESCE(p.qty_producing, 0) = 0
                       OR EXISTS (
                           SELECT FROM mrp_workorder w
                           WHERE w.production_id = p.id AND w.state NOT IN ('done', 'cancel')
                       )
                       OR EXISTS (
                           SELECT FROM stock_move m
                           WHERE m.raw_material_production_id = p.id AND m.state NOT IN ('done', 'cancel')
                                 AND m.picked IS NOT TRUE
                       )
                   ) THEN 'production'
                   WHEN unmet.kind IN ('inspection', 'nonconformities_dispositioned') THEN 'inspect'
                   WHEN unmet.kind = 'material_balance' THEN 'leftovers'
                   WHEN unmet.id IS NOT NULL THEN 'checks'
                   ELSE 'submit'
               END"""
        )

    def _where(self):
        return SQL(
            """WHERE c.state IN ('open', 'to_approve', 'approved')
                     OR (c.state = 'closed' AND (c.material_closed_at IS NULL OR c.closed_at >= %s))""",
            fields.Datetime.now() - SHOWN_AFTER_CLOSING,
        )

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .mrp_closure_evidence import _Evidence
from .mrp_closure_nonconformity import INSPECTOR, ROOT_CAUSES
from .requests import check_one, to_text

ACTION_STATES = [
    ("proposed", "Proposed"),
    ("plan", "Plan"),
    ("do", "Do"),
    ("check", "Check Effect"),
    ("act", "Act"),
    ("cancel", "Dropped"),
]
# Plan, do, check, act; an action without effect leads from the check back to the plan.
TRANSITIONS = {
    "proposed": {"plan", "cancel"},
    "plan": {"do", "cancel"},
    "do": {"check", "act", "plan", "cancel"},
    "check": {"act", "plan", "cancel"},
    "act": set(),
    "cancel": set(),
}
SOURCES = [
    ("manual", "By Hand"),
    ("nonconformity", "Nonconformity"),
    ("review", "Review"),
    ("blocker", "Recurring Blocker"),
]
# What whoever improves something says about it.
PLAN_FIELDS = frozenset("name user_id due_date description cause cause_category".split())
# What the effect is measured by: fixed once the figure before was taken.
EFFECT_FIELDS = frozenset("company_id indicator target_value measure_days product_id template_id workcenter_id".split())
# For good once a figure was taken: an action that comes back shows what was measured before.
MEASURED_FIELDS = frozenset({"company_id", "indicator"})
ORIGIN_FIELDS = frozenset({"closure_ids", "nonconformity_id", "review_id"})
OWNER_FIELDS = frozenset({"progress", "progress_note"})
WRITABLE = PLAN_FIELDS | EFFECT_FIELDS | ORIGIN_FIELDS | OWNER_FIELDS
# What can be said about an action when it is over.
ENDED = ("act", "cancel")


class MrpClosureAction(models.Model):
    """What is improved so that something does not come back: plan, do, check, act.

    An action names its owner, a due date, and the effect that is expected on a named figure. The figure is
    measured when it starts and again after the due date: see ``mrp_closure_action_effect.py``. States, stamps
    and measured figures are evidence and change through the buttons and the cron only.
    """

    _name = "mrp.closure.action"
    _description = "Corrective action"
    _inherit = ["mrp.closure.evidence", "mail.thread", "mail.activity.mixin"]
    _order = "due_date, id desc"
    _mail_post_access = "read"
    _check_company_auto = True
    _free_fields = WRITABLE

    name = fields.Char(string="Corrective Action", required=True, tracking=True, help="What is done.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index="btree_not_null",
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who carries it out, and may tell its progress with no other right.",
    )
    due_date = fields.Date(tracking=True, help="Until when it is carried out.")
    state = fields.Selection(
        ACTION_STATES,
        required=True,
        readonly=True,
        default="plan",
        tracking=True,
        index=True,
        group_expand="_expand_states",
    )
    source = fields.Selection(SOURCES, compute="_compute_source", store=True)
    description = fields.Text(help="What is wrong, and how often it happened.")
    cause = fields.Text(tracking=True, help="Why it happens: the root cause.")
    cause_category = fields.Selection(ROOT_CAUSES)
    nonconformity_id = fields.Many2one(
        "mrp.closure.nonconformity", check_company=True, index="btree_not_null", ondelete="set null"
    )
    closure_ids = fields.Many2many(
        "mrp.closure", string="Closures", check_company=True, help="Where it happened: the facts of the action."
    )
    closure_count = fields.Integer(compute="_compute_closure_count")
    point_ref = fields.Integer(
        string="Requirement Reference",
        readonly=True,
        help="The control point that keeps failing, for a recurring blocker.",
    )
    progress = fields.Integer(string="Progress (%)", tracking=True, aggregator="avg")
    progress_note = fields.Text(tracking=True, help="What was done so far.")
    drop_reason = fields.Char(readonly=True, tracking=True)
    ended_at = fields.Datetime(string="Ended on", readonly=True)
    is_mine = fields.Boolean(compute="_compute_is_mine")
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    _progress_of_hundred = models.Constraint(
        "CHECK(progress >= 0 AND progress <= 100)", "To tell the progress, enter 0 to 100 per cent."
    )

    @api.depends("nonconformity_id", "review_id", "point_ref")
    def _compute_source(self):
        for action in self:
            if action.point_ref:
                action.source = "blocker"
            elif action.nonconformity_id:
                action.source = "nonconformity"
            else:
                action.source = "review" if action.review_id else "manual"

    @api.depends("closure_ids")
    def _compute_closure_count(self):
        for action in self:
            action.closure_count = len(action.closure_ids)

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_is_mine(self):
        for action in self:
            action.is_mine = action.user_id == self.env.user

    @api.depends("due_date", "state")
    def _compute_is_late(self):
        for action in self:
            is_open = action.state in ("plan", "do")
            action.is_late = bool(is_open and action.due_date and action.due_date < action._get_today())

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = Domain("state", "in", ("plan", "do"))
        # In sudo: only which day it is where actions are open; what is found is the caller's own.
        companies = self.sudo()._read_group(is_open, ["company_id"])
        late = is_open & Domain.OR(
            Domain("company_id", "=", company.id) & Domain("due_date", "<", company._get_closure_today())
            for [company] in companies
        )
        return late if True in value else ~late

    @api.model
    def _expand_states(self, states, domain):
        """Columns in the order of plan, do, check, act."""
        return [key for key, _label in ACTION_STATES if key in states]

    # Recording

    @api.model_create_multi
    def create(self, vals_list):
        """Record actions; they begin as plans.

        :raises AccessError: for who is no inspector, and for values that buttons and measurements write
        """
        if all(isinstance(vals, _Evidence) for vals in vals_list):
            return super().create(vals_list)
        self._check_may_plan()
        for vals in vals_list:
            if any(self._is_evidence_field(name) and name not in WRITABLE for name in vals):
                raise AccessError(
                    self.env._(
                        "To record a corrective action, say what is to be done and what it is measured by: its "
                        "state and its figures come by themselves."
                    )
                )
        self._check_may_measure({vals["indicator"] for vals in vals_list if vals.get("indicator")})
        # All or nothing, also for callers that go on after an error.
        with self.env.cr.savepoint():
            actions = self._create_evidence(vals_list)
            actions._sync_activities()
        return actions

    def write(self, vals):
        """Write what is planned, or, as the owner, the progress.

        :raises AccessError: for evidence, and for who is neither inspector nor owner
        :raises UserError: for the measure of an action that has started, and for an action that is over
        """
        if isinstance(vals, _Evidence):
            return super().write(vals)
        names = WRITABLE.intersection(vals)
        self._check_may_write(names)
        self._check_may_measure({vals["indicator"]} if vals.get("indicator") else ())
        result = super().write(vals)
        if names & {"user_id", "due_date", "name"}:
            self._sync_activities()
        return result

    def copy_data(self, default=None):
        """A copy is a plan of its own: without what was measured and done."""
        keep = PLAN_FIELDS | EFFECT_FIELDS
        return [
            {name: value for name, value in vals.items() if name in keep} for vals in super().copy_data(default=default)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._(
                "To give up %(actions)s, drop it with a reason: corrective actions are kept.",
                actions=", ".join(self.sudo().mapped("name")),
            )
        )

    # Buttons

    def action_plan(self):
        """Take up a proposal.

        :raises AccessError: for who is no inspector
        :raises UserError: when it is not a proposal
        """
        self._check_may_plan()
        self.check_access("write")
        for action in self:
            action._check_is("proposed")
        self._set_state("plan")
        return True

    def action_carry_out(self):
        """Everything is done: what is left is the measurement after the due date.

        :raises AccessError: for who is neither inspector nor owner
        :raises UserError: when it was not started
        """
        self._check_may_act()
        for action in self:
            action._check_is("do")
        # In sudo: owners and inspectors write evidence by this button only; the right was checked above.
        for action in self.sudo():
            action._set_state("check", progress=100, carried_out_by_id=self.env.uid, carried_out_on=action._get_today())
        return True

    def action_drop(self, reason):
        """Give an action up.

        :param reason: why, kept with it
        :raises AccessError: for who is no inspector
        :raises UserError: without a reason, or when it is over
        """
        self._check_may_plan()
        self.check_access("write")
        reason = to_text(reason)
        if not reason:
            raise UserError(
                self.env._("To drop %(actions)s, give a reason.", actions=", ".join(self.mapped("display_name")))
            )
        self._set_state("cancel", drop_reason=reason)
        return True

    def action_open_reason(self):
        """Ask for the reason of dropping it."""
        return self.env["mrp.closure.reason"]._get_dialog(self, "drop")

    def action_open_closures(self):
        """Open the closures that are the facts of the action."""
        check_one(self)
        self.check_access("read")
        return self.closure_ids._get_action()

    # Transitions

    def _set_state(self, state, **stamps):
        """The only writer of ``state``; stamps are written with it."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for action in self:
            if state not in TRANSITIONS[action.state]:
                raise UserError(
                    self.env._(
                        "To move %(action)s to %(state)s, bring it on step by step: it is %(current)s now.",
                        action=action.name,
                        state=labels[state],
                        current=labels[action.state],
                    )
                )
        if self:
            ended = {"ended_at": fields.Datetime.now()} if state in ENDED else {}
            self._write_evidence({"state": state, **ended, **stamps})
            self._sync_activities()

    # Guards

    def _check_may_plan(self):
        if not self.env.su and not self.env.user.has_group(INSPECTOR):
            if not self:
                raise AccessError(
                    self.env._("To plan a corrective action, ask an inspector or a manager of work order closure.")
                )
            raise AccessError(
                self.env._(
                    "To change %(actions)s, ask an inspector or a manager of work order closure.",
                    actions=", ".join(self.sudo().mapped("name")),
                )
            )

    def _check_may_act(self):
        """Inspectors, and each owner on their own actions."""
        self.check_access("read")
        if self.env.su or self.env.user.has_group(INSPECTOR):
            return
        for action in self.sudo():
            if action.user_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "To go on with %(action)s, ask its owner %(owner)s or an inspector.",
                        action=action.name,
                        owner=action.user_id.name or self.env._("(nobody yet)"),
                    )
                )

    def _check_may_write(self, names):
        """Inspectors write plans, owners the progress of their own; what an effect is measured by is fixed then."""
        if names - OWNER_FIELDS:
            self._check_may_plan()
        elif names:
            self._check_may_act()
        for action in self.sudo():
            if names and action.state in ENDED:
                raise UserError(
                    self.env._("To go on with %(action)s, plan a new action: it is over.", action=action.name)
                )
            has_begun = action.state not in ("proposed", "plan")
            if names & (EFFECT_FIELDS if has_begun else MEASURED_FIELDS if action.attempt else set()):
                raise UserError(
                    self.env._(
                        "To measure %(action)s by another figure, drop it and plan a new one: the figure before "
                        "was taken already.",
                        action=action.name,
                    )
                )

    def _check_is(self, state):
        if self.state != state:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "To do this with %(action)s, it must be at %(state)s: it is at %(current)s now.",
                    action=self.name,
                    state=labels[state],
                    current=labels[self.state],
                )
            )

    @api.constrains("user_id", "due_date", "state")
    def _check_started_is_complete(self):
        for action in self:
            if action.state in ("do", "check") and not (action.user_id and action.due_date):
                raise ValidationError(
                    self.env._(
                        "To go on with %(action)s, leave it an owner and a due date: it has started.",
                        action=action.name,
                    )
                )

    @api.constrains("user_id", "is_cost")
    def _check_owner_may_see_figure(self):
        """Costs are for finance, and an owner sees what the action is measured by."""
        for action in self.sudo():
            if action.is_cost and action.user_id and not action._may_see_costs(action.user_id):
                raise ValidationError(
                    self.env._(
                        "To have %(action)s measured by %(figure)s, choose an owner who may see costs: %(owner)s may "
                        "not.",
                        action=action.name,
                        figure=action._get_indicator().label,
                        owner=action.user_id.name,
                    )
                )

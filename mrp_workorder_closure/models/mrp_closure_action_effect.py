import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import float_compare

from .mrp_closure_baseline import COST_GROUPS
from .requests import check_one

_logger = logging.getLogger(__name__)
OUTCOMES = [("effective", "Effective"), ("ineffective", "Not Effective")]
# Who reads every closure.
READERS = ",".join(
    f"mrp_workorder_closure.group_{role}" for role in ("operator", "cost_controller", "approver", "auditor")
)
DEFAULT_DAYS = 30
# The least time for a plan that came back.
AGAIN_DAYS = 7


class MrpClosureAction(models.Model):
    """The effect of an action: a named figure before it started and after it was due, over periods of one length.

    Before: the days up to the start. After: as many days, from the day after the due date. A target that is
    reached makes the action effective; one that is missed sends it back to its owner with a new due date.
    """

    _inherit = "mrp.closure.action"

    indicator = fields.Selection(
        selection="_selection_indicator", string="Figure", tracking=True, help="What is to become better."
    )
    better = fields.Char(compute="_compute_texts")
    is_cost = fields.Boolean(compute="_compute_is_cost", store=True, help="Measured by what is for finance only.")
    target_value = fields.Float(string="Target", digits=(16, 2), tracking=True)
    measure_days = fields.Integer(
        string="Measured Over (Days)",
        default=DEFAULT_DAYS,
        help="Length of the period before the start, and of the one after the due date.",
    )
    product_id = fields.Many2one("product.product", check_company=True, help="Only orders of this product count.")
    template_id = fields.Many2one(
        "mrp.closure.template", check_company=True, help="Only orders with this closure template count."
    )
    workcenter_id = fields.Many2one(
        "mrp.workcenter",
        string="Work Center",
        check_company=True,
        help="Only orders with work at this work center count.",
    )
    started_on = fields.Date(readonly=True)
    carried_out_on = fields.Date(readonly=True)
    carried_out_by_id = fields.Many2one("res.users", string="Carried out by", readonly=True)
    further_days = fields.Integer(
        readonly=True, help="How many days longer is measured, because nothing happened to be measured."
    )
    check_on = fields.Date(
        string="Measured on", compute="_compute_check_on", store=True, help="When the effect is measured."
    )
    attempt = fields.Integer(readonly=True, help="How often the action was started.")
    figure_before = fields.Float(digits=(16, 2), readonly=True)
    figure_after = fields.Float(digits=(16, 2), readonly=True)
    has_before = fields.Boolean(readonly=True)
    has_after = fields.Boolean(readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True, tracking=True, index=True)
    measured_at = fields.Datetime(string="Measured at", readonly=True)
    reminded_on = fields.Date(readonly=True, help="When the owner was reminded of the due date, once.")
    target_text = fields.Char(string="Expected Effect", compute="_compute_texts")
    before_text = fields.Char(string="Before", compute="_compute_texts")
    after_text = fields.Char(string="After", compute="_compute_texts")

    _measure_days_positive = models.Constraint(
        "CHECK(measure_days > 0)", "To measure an effect, enter a period of one day or more."
    )

    @api.model
    def _selection_indicator(self):
        """The figures that the user may see."""
        indicators = self.env["mrp.closure.indicator"]
        known = indicators._get_indicators()
        return [(code, known[code].label) for code in indicators._get_readable_codes()]

    @api.depends("indicator")
    def _compute_is_cost(self):
        """Once about costs, always: what was written and measured then stays with the action."""
        plain = self._get_plain_codes()
        for action in self:
            action.is_cost = action.is_cost or bool(action.indicator) and action.indicator not in plain

    @api.depends("due_date", "measure_days", "further_days")
    def _compute_check_on(self):
        for action in self:
            days = action.measure_days + action.further_days + 1
            action.check_on = action.due_date and action.due_date + timedelta(days=days)

    @api.depends_context("lang")
    @api.depends("indicator", "target_value", "figure_before", "figure_after", "has_before", "has_after")
    def _compute_texts(self):
        known = self.env["mrp.closure.indicator"]._get_indicators()
        for action in self:
            indicator = known.get(action.indicator)
            action.target_text = action.before_text = action.after_text = action.better = False
            if not indicator:
                continue
            action.better = indicator.better
            names = {"figure": indicator.label, "target": action._format_figure(action.target_value)}
            action.target_text = (
                self.env._("%(figure)s: %(target)s or less", **names)
                if indicator.better == "lower"
                else self.env._("%(figure)s: %(target)s or more", **names)
            )
            if action.started_on:
                action.before_text = action._format_figure(action.figure_before if action.has_before else None)
            if action.measured_at:
                action.after_text = action._format_figure(action.figure_after if action.has_after else None)

    # Buttons

    def action_start(self):
        """Begin: the figure before is measured, and from now on what it is measured by is fixed.

        :raises AccessError: for who is neither inspector nor owner
        :raises UserError: without owner, due date ahead and figure
        """
        self._check_may_act()
        # In sudo: the right was checked above; figures are of the whole company, whoever presses the button.
        for action in self.sudo():
            action._check_is("plan")
            action._check_can_start()
            today = action._get_today()
            before = action._measure(today - timedelta(days=action.measure_days), today)
            action._set_state(
                "do",
                started_on=today,
                attempt=action.attempt + 1,
                figure_before=before or 0.0,
                has_before=before is not None,
                figure_after=0.0,
                has_after=False,
                outcome=False,
                measured_at=False,
                further_days=0,
                carried_out_on=False,
                carried_out_by_id=False,
                reminded_on=False,
                progress=0,
            )
        return True

    def action_open_figure(self):
        """Open the records that the figure is made of: of the period after, else of the one before.

        :raises AccessError: for an owner with no role in closing, who sees the figure and not the orders behind it
        :raises UserError: when the action was not started
        """
        check_one(self)
        self.check_access("read")
        if not self.indicator or not self.started_on:
            raise UserError(self.env._("To see the figure of %(action)s, start it.", action=self.name))
        start, end = self._get_period_after() if self.measured_at else self._get_period_before()
        records = self.env["mrp.closure.indicator"]._get_figure_action(
            self.indicator, self.company_id, *self._get_moments(start, end), self._get_figure_domain()
        )
        # Without a role one reads what one is named for: that is not what the figure counts.
        if not (self.env.user.has_groups(READERS) and self.env[records["res_model"]].has_access("read")):
            raise AccessError(
                self.env._(
                    "To see the records behind the figure of %(action)s, ask an inspector or a manager of "
                    "work order closure.",
                    action=self.name,
                )
            )
        return records

    # Measuring

    def _check_can_start(self):
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("user_id", "due_date", "indicator")
            if not self[name]
        ]
        if missing:
            raise UserError(
                self.env._(
                    "To start %(action)s, enter: %(missing)s.",
                    action=self.name,
                    missing=", ".join(str(label) for label in missing),
                )
            )
        if self.due_date < self._get_today():
            raise UserError(self.env._("To start %(action)s, choose a due date that is not over.", action=self.name))

    def _measure(self, start, end):
        """The figure of a period of days, None where nothing happened in it."""
        # In sudo: the figure is that of the whole company. Who may see which actions is said by their rules.
        indicators = self.env["mrp.closure.indicator"].sudo()
        period = self._get_moments(start, end)
        return indicators._measure([self.indicator], self.company_id, *period, self._get_figure_domain())[
            self.indicator
        ]

    @api.model
    def _check_may_measure(self, codes):
        """Nobody has something measured that they may not see."""
        if not self.env.su and not set(codes).issubset(dict(self._selection_indicator())):
            raise AccessError(
                self.env._("To measure a corrective action by what orders cost, ask a manager of work order closure.")
            )

    def _get_figure_domain(self):
        domain = Domain.TRUE
        if self.product_id:
            domain &= Domain("product_id", "=", self.product_id.id)
        if self.template_id:
            domain &= Domain("template_id", "=", self.template_id.id)
        if self.workcenter_id:
            domain &= Domain("workcenter_ids", "in", self.workcenter_id.ids)
        return domain

    def _get_period_before(self):
        return self.started_on - timedelta(days=self.measure_days), self.started_on

    def _get_period_after(self):
        return self.due_date + timedelta(days=1), self.check_on

    def _get_moments(self, *days):
        return [self.company_id._get_closure_midnight(day) for day in days]

    def _get_today(self):
        return self.company_id._get_closure_today()

    def _get_indicator(self):
        return self.env["mrp.closure.indicator"]._get_indicators()[self.indicator]

    @api.model
    def _get_plain_codes(self):
        """Figures that are not for finance only: what somebody without any group may see."""
        indicators = self.env["mrp.closure.indicator"]
        nobody = self.env.ref("base.public_user")
        return indicators.with_user(nobody)._get_readable_codes()

    @api.model
    def _may_see_costs(self, user):
        return user.has_groups(COST_GROUPS)

    def _format_figure(self, value):
        panel = self.env["mrp.closure.panel"].with_company(self.company_id)
        return panel._format(value, self._get_indicator().unit)

    def _is_reached(self, after):
        """Whether a figure is at least as good as the target."""
        compared = float_compare(after, self.target_value, precision_digits=2)
        return compared <= 0 if self._get_indicator().better == "lower" else compared >= 0

    # With time alone

    @api.model
    def _cron_follow_actions(self):
        """Remind once of each due date, and measure what is due; an action that fails stops no other."""
        horizon = fields.Date.today() + timedelta(days=1)
        due = self.search(Domain("state", "in", ("plan", "do")) & Domain("due_date", "<=", horizon))
        measured = self.search(Domain("state", "in", ("do", "check")) & Domain("check_on", "<=", horizon))
        actions = due | measured
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(actions))
        for action in actions:
            action._follow_safely()
            if not cron._commit_progress(1):
                return

    def _follow_safely(self):
        try:
            with self.env.cr.savepoint():
                self._follow()
        except Exception:
            _logger.exception("Corrective action %s could not be followed up", self.id)

    def _follow(self):
        """Remind of the due date, or measure, whichever it is time for; stamps make it once."""
        self.lock_for_update()
        today = self._get_today()
        if self.state in ("do", "check") and self.check_on <= today:
            self._measure_effect(today)
        elif self.state in ("plan", "do") and self.due_date <= today and not self.reminded_on:
            self._write_evidence({"reminded_on": today})
            self._post(self.env._("Due on %(date)s: tell what was done, or ask for another date.", date=self.due_date))

    def _measure_effect(self, today):
        """The figure after; without anything to measure, a longer period."""
        after = self._measure(*self._get_period_after())
        if after is None:
            self._write_evidence({"further_days": self.further_days + self.measure_days})
            self._post(
                self.env._("Nothing happened that could be measured: measured again on %(date)s.", date=self.check_on)
            )
            return
        stamps = {"figure_after": after, "has_after": True, "measured_at": fields.Datetime.now()}
        if self._is_reached(after):
            self._set_state("act", outcome="effective", **stamps)
            self._post(self._describe_outcome())
        else:
            time_given = max(self.due_date - self.started_on, timedelta(days=AGAIN_DAYS))
            # The sentence is about the due date that was, the plan about the next one.
            self._set_state("plan", outcome="ineffective", due_date=today + time_given, reminded_on=False, **stamps)
            self._post(self._describe_outcome())

    def _describe_outcome(self):
        names = {"before": self.before_text, "after": self.after_text, "expected": self.target_text}
        if self.outcome == "effective":
            return self.env._("Effective: %(before)s before, %(after)s after. Expected: %(expected)s.", **names)
        return self.env._(
            "Not effective: %(before)s before, %(after)s after. Expected: %(expected)s. Plan again, until %(date)s.",
            date=self.due_date,
            **names,
        )

    def _post(self, text):
        """A note for the owner."""
        self.message_post(body=text, partner_ids=self.user_id.filtered("active").partner_id.ids)

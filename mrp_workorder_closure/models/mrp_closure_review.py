from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .mrp_closure import MANAGER
from .mrp_closure_evidence import _Evidence
from .requests import check_one

REVIEW_KINDS = [("month", "Month"), ("quarter", "Quarter")]
CAUSE_KINDS = [("blocker", "Blocker"), ("defect", "Defect"), ("variance", "Cost Variance")]
TRENDS = [("better", "Better"), ("worse", "Worse"), ("same", "Unchanged"), ("none", "Not Comparable")]


class MrpClosureReview(models.Model):
    """The periodic review: figures of a month or quarter against the one before, and its top causes.

    Made by a cron, one for each company and period; figures and causes are kept as they were then. A manager
    says what follows from them and starts actions.
    """

    _name = "mrp.closure.review"
    _description = "Closure review"
    _inherit = ["mrp.closure.evidence", "mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, kind, id desc"
    _mail_post_access = "read"
    _free_fields = frozenset({"comment"})

    name = fields.Char(string="Period", compute="_compute_name", store=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(REVIEW_KINDS, required=True, index=True)
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True, help="The last day of the period.")
    state = fields.Selection(
        [("open", "To Review"), ("reviewed", "Reviewed")], required=True, default="open", tracking=True, index=True
    )
    comment = fields.Text(tracking=True, help="What follows from the figures.")
    reviewed_by_id = fields.Many2one("res.users", string="Reviewed by", tracking=True)
    reviewed_at = fields.Datetime(string="Reviewed on")
    line_ids = fields.One2many("mrp.closure.review.line", "review_id", string="Figures")
    cause_ids = fields.One2many("mrp.closure.review.cause", "review_id", string="Top Causes")
    action_ids = fields.One2many("mrp.closure.action", "review_id", string="Corrective Actions")

    _period_uniq = models.Constraint(
        "UNIQUE(company_id, kind, date_from)", "To review a period again, open its review: there is one already."
    )

    @api.depends("kind", "date_from")
    def _compute_name(self):
        for review in self:
            if review.kind == "quarter":
                review.name = f"{review.date_from.year} Q{(review.date_from.month + 2) // 3}"
            else:
                review.name = f"{review.date_from:%Y-%m}" if review.date_from else False

    def write(self, vals):
        """Write the comment, until the review is done.

        :raises AccessError: for evidence, and for who is no manager
        :raises UserError: when the review is done
        """
        if isinstance(vals, _Evidence):
            return super().write(vals)
        if "comment" in vals:
            self._check_may_review()
        return super().write(vals)

    def action_done(self):
        """The figures were looked at, and the comment says what follows.

        :raises AccessError: for who is no manager
        :raises UserError: without a comment, or when the review is done
        """
        self._check_may_review()
        for review in self:
            if not (review.comment or "").strip():
                raise UserError(
                    self.env._(
                        "To finish the review of %(period)s, write what follows from its figures.", period=review.name
                    )
                )
        self._write_evidence(
            {"state": "reviewed", "reviewed_by_id": self.env.uid, "reviewed_at": fields.Datetime.now()}
        )
        # In sudo: the activities of the other managers go, too.
        self.sudo().activity_ids.filtered("automated").unlink()
        return True

    def action_new_action(self):
        """Open a new corrective action that follows from the review.

        :raises AccessError: for who is no inspector
        """
        check_one(self)
        self.check_access("read")
        actions = self.env["mrp.closure.action"]
        actions._check_may_plan()
        return actions._get_form(review_id=self.id, company_id=self.company_id.id)

    def _check_may_review(self):
        if not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "To review %(periods)s, ask a manager of work order closure.",
                    periods=", ".join(self.sudo().mapped("name")),
                )
            )
        self.check_access("write")
        for review in self.sudo():
            if review.state != "open":
                raise UserError(
                    self.env._(
                        "To add to the review of %(period)s, log a note: %(person)s has finished it.",
                        period=review.name,
                        person=review.reviewed_by_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._(
                "To keep the review of %(periods)s, leave it in place: reviews are never deleted.",
                periods=", ".join(self.sudo().mapped("name")),
            )
        )

    @api.model
    def _get_start_before(self, kind, start):
        """The first day of the period before the one that begins on a day."""
        return self._get_period_start(kind, start - timedelta(days=1))

    @api.model
    def _get_period_start(self, kind, day):
        """The first day of the month or quarter of a day."""
        month = day.month if kind == "month" else 3 * ((day.month - 1) // 3) + 1
        return day.replace(month=month, day=1)


class MrpClosureReviewLine(models.Model):
    """One figure of the period against the one before."""

    _name = "mrp.closure.review.line"
    _description = "Figure of a closure review"
    _inherit = ["mrp.closure.evidence"]
    _order = "review_id, sequence, id"

    review_id = fields.Many2one("mrp.closure.review", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="review_id.company_id", store=True, index=True)
    review_state = fields.Selection(related="review_id.state")
    sequence = fields.Integer()
    code = fields.Char(required=True)
    name = fields.Char(string="Figure", compute="_compute_texts")
    is_cost = fields.Boolean(help="For finance only.")
    value = fields.Float(digits=(16, 2))
    previous = fields.Float(digits=(16, 2))
    has_value = fields.Boolean()
    has_previous = fields.Boolean()
    trend = fields.Selection(TRENDS, required=True, default="none")
    value_text = fields.Char(string="This Period", compute="_compute_texts")
    previous_text = fields.Char(string="Period Before", compute="_compute_texts")
    change_text = fields.Char(string="Change", compute="_compute_texts")

    @api.depends_context("lang")
    @api.depends("code", "value", "previous", "has_value", "has_previous")
    def _compute_texts(self):
        known = self.env["mrp.closure.indicator"]._get_indicators()
        for line in self:
            indicator = known.get(line.code)
            line.name = indicator.label if indicator else line.code
            line.value_text = line._format_figure(indicator, line.company_id, line.value if line.has_value else None)
            line.previous_text = line._format_figure(
                indicator, line.company_id, line.previous if line.has_previous else None
            )
            change = line.value - line.previous if line.has_value and line.has_previous else None
            text = line._format_figure(indicator, line.company_id, change)
            line.change_text = f"+{text}" if change and change > 0 else text

    @api.model
    def _format_figure(self, indicator, company, value):
        """A figure as the dashboard writes it, a dash for none."""
        return self.env["mrp.closure.panel"].with_company(company)._format(value, indicator.unit) if indicator else "–"

    def action_improve(self):
        """Open a new corrective action on this figure.

        :raises AccessError: for who is no inspector
        """
        check_one(self)
        self.check_access("read")
        review = self.review_id
        actions = self.env["mrp.closure.action"]
        actions._check_may_plan()
        return actions._get_form(
            review_id=review.id,
            company_id=review.company_id.id,
            indicator=self.code,
            target_value=self.previous if self.trend == "worse" else self.value,
            measure_days=(review.date_to - review.date_from).days + 1,
            name=self.env._("Improve: %(figure)s", figure=self.name),
            description=self.env._(
                "%(figure)s: %(value)s in %(period)s, %(previous)s in the period before.",
                figure=self.name,
                value=self.value_text,
                period=review.name,
                previous=self.previous_text,
            ),
        )


class MrpClosureReviewCause(models.Model):
    """One of the top causes of the period: a blocker, a kind of defect, or a cause of variances."""

    _name = "mrp.closure.review.cause"
    _description = "Top cause of a closure review"
    _inherit = ["mrp.closure.evidence"]
    _order = "review_id, kind, sequence, id"

    review_id = fields.Many2one("mrp.closure.review", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="review_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer()
    kind = fields.Selection(CAUSE_KINDS, required=True)
    name = fields.Char(string="Cause", required=True)
    count = fields.Integer(string="Times", help="How often a check was in the way; defective units.")
    amount = fields.Monetary(help="For finance only.")
    is_cost = fields.Boolean(help="For finance only.")


class MrpClosureAction(models.Model):
    _inherit = "mrp.closure.action"

    review_id = fields.Many2one(
        "mrp.closure.review",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The review that it follows from.",
    )

import logging
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_compare

from .mrp_closure_action_activity import ACTION_TYPE
from .mrp_closure_indicator import BLOCKERS

_logger = logging.getLogger(__name__)
LENGTHS = {"month": relativedelta(months=1), "quarter": relativedelta(months=3)}
TOP = 5
# Periods that are reviewed afterwards, where the scheduled action did not run for long.
MAX_BACK = 12


class MrpClosureReview(models.Model):
    """Making reviews: when a month or quarter is over, once."""

    _inherit = "mrp.closure.review"

    @api.model
    def _cron_make_reviews(self):
        """Review the months and quarters of each company with closures; one that fails stops no other."""
        companies = self.env["mrp.closure"]._read_group([], ["company_id"])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for [company] in companies:
            for kind in company._get_closure_review_kinds():
                for start in self._get_missing_starts(company, kind):
                    self._make_safely(company, kind, start)
            if not cron._commit_progress(1):
                return

    @api.model
    def _make_safely(self, company, kind, start):
        try:
            with self.env.cr.savepoint():
                self._make(company, kind, start)
        except Exception:
            _logger.exception("The review of company %s from %s could not be made", company.id, start)

    @api.model
    def _get_missing_starts(self, company, kind):
        """First days of the periods that are over and have no review yet, back to the last one that was made.

        Where there is no review at all, the last period only.
        """
        known = set(self.search([("company_id", "=", company.id), ("kind", "=", kind)]).mapped("date_from"))
        start, missing = self._get_period_start(kind, company._get_closure_today()), []
        for _period in range(MAX_BACK if known else 1):
            start = self._get_start_before(kind, start)
            if start in known:
                break
            missing.insert(0, start)
        return missing

    @api.model
    def _make(self, company, kind, start):
        """Make the review of one period, and tell the managers; none where nothing happened in it and before."""
        lang = company.partner_id.lang or self.env.lang
        # In sudo: figures are those of the whole company. Their lines say who may read which.
        self = self.sudo().with_company(company).with_context(lang=lang)
        figures = [self._measure(company, kind, first) for first in (start, self._get_start_before(kind, start))]
        if not any(value for measured in figures for value in measured.values()):
            return self.browse()
        review = self._create_evidence(
            [
                {
                    "company_id": company.id,
                    "kind": kind,
                    "date_from": start,
                    "date_to": start + LENGTHS[kind] - timedelta(days=1),
                }
            ]
        )
        self.env["mrp.closure.review.line"]._create_evidence(review._prepare_lines(*figures))
        self.env["mrp.closure.review.cause"]._create_evidence(review._prepare_causes())
        review._tell_managers()
        return review

    def _tell_managers(self):
        quiet = self.with_context(mail_activity_quick_update=True)
        for user in self.company_id._get_closure_managers():
            quiet.activity_schedule(
                ACTION_TYPE,
                user_id=user.id,
                automated=True,
                date_deadline=self.date_to + timedelta(days=14),
                summary=self.with_context(lang=user.lang or self.env.lang).env._(
                    "Review the figures of %(period)s", period=self.name
                ),
            )

    # Figures

    @api.model
    def _measure(self, company, kind, start):
        """``{code: value}`` of every figure there is, of the period that begins on a day."""
        indicators = self.env["mrp.closure.indicator"]
        known = list(indicators._get_indicators())
        return indicators._measure(known, company, *self._get_period(company, kind, start))

    @api.model
    def _get_period(self, company, kind, start):
        """First moment of a period and of the one after it where the company is, in UTC."""
        return [company._get_closure_midnight(day) for day in (start, start + LENGTHS[kind])]

    def _prepare_lines(self, now, before):
        plain = self.env["mrp.closure.action"]._get_plain_codes()
        return [
            {
                "review_id": self.id,
                "sequence": number,
                "code": code,
                "is_cost": code not in plain,
                "value": now[code] or 0.0,
                "has_value": now[code] is not None,
                "previous": before[code] or 0.0,
                "has_previous": before[code] is not None,
                "trend": self._get_trend(indicator, now[code], before[code]),
            }
            for number, (code, indicator) in enumerate(self.env["mrp.closure.indicator"]._get_indicators().items())
        ]

    @api.model
    def _get_trend(self, indicator, value, previous):
        if value is None or previous is None:
            return "none"
        compared = float_compare(value, previous, precision_digits=2)
        if not compared:
            return "same"
        return "better" if (compared < 0) == (indicator.better == "lower") else "worse"

    def _prepare_causes(self):
        """The causes that counted most: checks in the way, defects, variances."""
        start, end = self._get_period(self.company_id, self.kind, self.date_from)
        company = Domain("company_id", "=", self.company_id.id)
        causes = [
            *self._prepare_blockers(company & Domain("began_at", ">=", start) & Domain("began_at", "<", end)),
            *self._prepare_defects(company & Domain("decided_at", ">=", start) & Domain("decided_at", "<", end)),
            *self._prepare_variances(company & Domain("closed_at", ">=", start) & Domain("closed_at", "<", end)),
        ]
        return [{"review_id": self.id, "sequence": number, **cause} for number, cause in enumerate(causes)]

    def _prepare_blockers(self, domain):
        groups = self.env[BLOCKERS]._read_group(
            domain & Domain("severity", "=", "blocking"), ["requirement"], ["__count"], order="__count DESC", limit=TOP
        )
        return [{"kind": "blocker", "name": name or "–", "count": count} for name, count in groups]

    def _prepare_defects(self, domain):
        groups = self.env["mrp.closure.inspection.line"]._read_group(
            domain & Domain("defective", ">", 0),
            ["name"],
            ["defective:sum"],
            order="defective:sum DESC",
            limit=TOP,
        )
        return [{"kind": "defect", "name": name or "–", "count": count} for name, count in groups]

    def _prepare_variances(self, domain):
        report = self.env["mrp.closure.cost.report"]
        labels = dict(report._fields["kind"]._description_selection(self.env))
        groups = report._read_group(
            domain & Domain("amount", ">", 0), ["kind"], ["amount:sum"], order="amount:sum DESC", limit=TOP
        )
        return [
            {"kind": "variance", "name": labels[kind], "amount": amount, "is_cost": True} for kind, amount in groups
        ]


class ResCompany(models.Model):
    _inherit = "res.company"

    closure_review_kinds = fields.Selection(
        [("none", "None"), ("month", "Monthly"), ("quarter", "Quarterly"), ("both", "Monthly and Quarterly")],
        string="Closure Reviews",
        required=True,
        default="both",
        help="Reviews that are made by themselves when a period is over.",
    )

    def _get_closure_review_kinds(self):
        self.ensure_one()
        kinds = {"none": (), "both": tuple(LENGTHS)}
        return kinds.get(self.closure_review_kinds, (self.closure_review_kinds,))


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    closure_review_kinds = fields.Selection(related="company_id.closure_review_kinds", readonly=False, required=True)

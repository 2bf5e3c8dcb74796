import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .mrp_closure_action import ENDED
from .mrp_closure_indicator import BLOCKERS

_logger = logging.getLogger(__name__)


class MrpClosureAction(models.Model):
    """A requirement that keeps failing for a product proposes an action by itself, with its facts.

    Once: not again while an action about it is open, and afterwards by what failed since that one ended.
    """

    _inherit = "mrp.closure.action"

    @api.model
    def _cron_propose_actions(self):
        """Look for recurring blockers in each company; one that fails stops no other."""
        companies = self.env["mrp.closure"]._read_group([], ["company_id"])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for [company] in companies:
            try:
                with self.env.cr.savepoint():
                    self._propose(company)
            except Exception:
                _logger.exception("Recurring blockers of company %s could not be looked for", company.id)
            if not cron._commit_progress(1):
                return

    @api.model
    def _propose(self, company):
        """Propose an action for each recurring blocker of a company that none is about.

        :return: the proposals
        """
        threshold = company.closure_recurring_count
        if threshold <= 0:
            return self.browse()
        self = self.with_context(lang=company.partner_id.lang or self.env.lang)
        since = fields.Datetime.now() - timedelta(days=company.closure_recurring_days)
        known = self._get_known(company)
        recurring = self._get_recurring(company, since)
        keys = {(point.id, product.id) for point, product, _closures in recurring}
        ended = {key: known[key] for key in keys & known.keys() if known[key].state in ENDED}
        again = self._get_failed_since(company, ended)
        vals_list = []
        for point, product, closures in recurring:
            key = (point.id, product.id)
            if key in known:
                closures &= again[key]
            if len(closures) >= threshold:
                vals_list.append(self._prepare_proposal_vals(company, point, product, closures))
        proposals = self._create_evidence(vals_list)
        proposals._sync_activities()
        return proposals

    @api.model
    def _get_recurring(self, company, since):
        """Tuples of control point, product and the closures on which it failed."""
        failed = (
            Domain("company_id", "=", company.id)
            & Domain("cause", "=", "failed")
            & Domain("began_at", ">=", since)
            & Domain("point_id", "!=", False)
        )
        return (
            self.env[BLOCKERS]
            .with_company(company)
            ._read_group(
                failed,
                ["point_id", "product_id"],
                ["closure_id:recordset"],
                having=[("closure_id:count_distinct", ">=", company.closure_recurring_count)],
            )
        )

    @api.model
    def _get_known(self, company):
        """``{(point, product) ids: the latest action about it}``."""
        actions = self.search(Domain("company_id", "=", company.id) & Domain("point_ref", "!=", 0), order="id")
        return {(action.point_ref, action.product_id.id): action for action in actions}

    @api.model
    def _get_failed_since(self, company, ended):
        """``{(point, product) ids: closures}`` on which the point failed after the earlier action about it had ended.

        :param ended: ``{(point, product) ids: action}``
        """
        again = Domain.OR(
            Domain("point_id", "=", point_id)
            & Domain("product_id", "=", product_id)
            & Domain("began_at", ">", action.ended_at)
            for (point_id, product_id), action in ended.items()
        )
        found = defaultdict(self.env["mrp.closure"].browse)
        failed = Domain("company_id", "=", company.id) & Domain("cause", "=", "failed")
        for failure in self.env[BLOCKERS].with_company(company).search(failed & again):
            found[failure.point_id.id, failure.product_id.id] |= failure.closure_id
        return found

    @api.model
    def _prepare_proposal_vals(self, company, point, product, closures):
        names = {
            "requirement": point.name,
            "product": product.display_name,
            "count": len(closures),
            "days": company.closure_recurring_days,
            "orders": ", ".join(closures.sorted("id").mapped("name")),
        }
        return {
            "name": self.env._('"%(requirement)s" keeps failing on %(product)s', **names),
            "description": self.env._(
                '"%(requirement)s" failed on %(count)s orders of %(product)s within %(days)s days: %(orders)s.', **names
            ),
            "company_id": company.id,
            "state": "proposed",
            "point_ref": point.id,
            "product_id": product.id,
            "template_id": point.template_id.id,
            "closure_ids": [fields.Command.set(closures.ids)],
            "indicator": "failed_checks",
            "measure_days": company.closure_recurring_days,
        }


class ResCompany(models.Model):
    _inherit = "res.company"

    closure_recurring_count = fields.Integer(
        string="Recurring Blocker From",
        default=3,
        help="A control point that fails on so many orders of one product proposes a corrective action. 0: never.",
    )
    closure_recurring_days = fields.Integer(
        string="Recurring Within (Days)", default=90, help="How far back failures are counted."
    )

    _closure_recurring_days_positive = models.Constraint(
        "CHECK(closure_recurring_days > 0)", "To count recurring blockers, enter one day or more."
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    closure_recurring_count = fields.Integer(related="company_id.closure_recurring_count", readonly=False)
    closure_recurring_days = fields.Integer(related="company_id.closure_recurring_days", readonly=False)

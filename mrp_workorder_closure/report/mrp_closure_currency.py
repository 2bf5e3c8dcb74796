from odoo import api, models
from odoo.tools import SQL


class MrpClosureCurrency(models.AbstractModel):
    """Reports over companies show money in one currency: that of the user's company, at the rate of today."""

    _name = "mrp.closure.currency"
    _description = "Money of several companies in one currency"

    @api.model
    def _join_rates(self, company_column):
        """Join ``rates.rate`` by the company of a row; rows of companies that are not chosen fall out."""
        return SQL(
            "JOIN (VALUES %s) AS rates(company_id, rate) ON rates.company_id = %s",
            SQL(", ").join(
                SQL("(%s::int4, %s::numeric)", company.id, self._get_rate(company)) for company in self.env.companies
            ),
            company_column,
        )

    @api.model
    def _select_currency(self):
        return SQL("%s::int4", self.env.company.currency_id.id)

    @api.model
    def _get_rate(self, company):
        target = self.env.company
        return self.env["res.currency"]._get_conversion_rate(company.currency_id, target.currency_id, target)

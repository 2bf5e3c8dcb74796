from odoo import fields, models
from odoo.tools import SQL

from ..models.mrp_closure_variance import KINDS
from ..models.requests import check_one


class MrpClosureCostReport(models.Model):
    """Variances of closed orders by cause, for pivots and graphs, in the currency of the user's company.

    Orders that were cancelled after components were used count too, at the date of their cancelling.
    """

    _name = "mrp.closure.cost.report"
    _description = "Cost analysis"
    _inherit = ["mrp.closure.currency"]
    _auto = False
    _depends = {
        "mrp.closure.variance": ["active", "actual", "amount", "kind", "planned", "product_id", "workcenter_id"],
        "mrp.closure": ["closed_at", "company_id", "product_id", "state", "template_id", "user_id"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
    }
    _rec_name = "closure_id"
    _order = "closed_at desc, id desc"

    closure_id = fields.Many2one("mrp.closure", string="Order", readonly=True)
    closed_at = fields.Datetime(string="Closed on", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    template_id = fields.Many2one("mrp.closure.template", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    kind = fields.Selection(KINDS, string="Cause", readonly=True)
    component_id = fields.Many2one("product.product", readonly=True)
    workcenter_id = fields.Many2one("mrp.workcenter", readonly=True)
    scrap_reason_id = fields.Many2one("stock.scrap.reason.tag", readonly=True)
    item = fields.Char(readonly=True)
    planned = fields.Monetary(readonly=True, aggregator=None)
    actual = fields.Monetary(readonly=True, aggregator=None)
    amount = fields.Monetary(string="Variance", readonly=True, help="Actual less planned: positive is unfavourable.")

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self):
        return SQL(
            """SELECT v.id, v.closure_id, COALESCE(c.closed_at, v.create_date) AS closed_at,
                      c.company_id, %(currency)s AS currency_id,
                      c.product_id, t.categ_id, c.template_id, c.user_id, v.kind, v.product_id AS component_id,
                      v.workcenter_id, v.scrap_reason_id, v.name AS item,
                      v.planned * rates.rate AS planned, v.actual * rates.rate AS actual,
                      v.amount * rates.rate AS amount""",
            currency=self._select_currency(),
        )

    def _from(self):
        return SQL(
            """FROM mrp_closure_variance v
               JOIN mrp_closure c ON c.id = v.closure_id
               JOIN product_product p ON p.id = c.product_id
               JOIN product_template t ON t.id = p.product_tmpl_id
               %(rates)s""",
            rates=self._join_rates(SQL("c.company_id")),
        )

    def _where(self):
        return SQL("WHERE v.active AND c.state IN ('closed', 'cancel')")

    def action_open_closure(self):
        """Open the closure behind a line."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()

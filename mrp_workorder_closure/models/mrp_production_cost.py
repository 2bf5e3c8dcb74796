from odoo import fields, models

from .mrp_closure_baseline import COST_GROUPS


class MrpProduction(models.Model):
    """The order itself shows finance what it costs."""

    _inherit = "mrp.production"

    closure_cost_sheet = fields.Html(related="closure_id.cost_sheet", string="Cost by Cause", groups=COST_GROUPS)

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    closure_template_id = fields.Many2one(related="company_id.closure_template_id", readonly=False)
    closure_allow_same_person = fields.Boolean(related="company_id.closure_allow_same_person", readonly=False)
    closure_concession_group_id = fields.Many2one(related="company_id.closure_concession_group_id", readonly=False)
    closure_force_second_person = fields.Boolean(related="company_id.closure_force_second_person", readonly=False)
    closure_capital_rate = fields.Float(related="company_id.closure_capital_rate", readonly=False)

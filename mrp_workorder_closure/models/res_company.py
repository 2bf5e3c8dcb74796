from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    closure_template_id = fields.Many2one(
        "mrp.closure.template",
        string="Default Closure Template",
        domain="[('company_id', '=', id)]",
        help="Used for manufacturing orders that no other template covers.",
    )
    closure_allow_same_person = fields.Boolean(
        string="One Person May Do Both",
        help="The person who answered a check may also waive it. Off keeps the two duties apart.",
    )
    closure_concession_group_id = fields.Many2one(
        "res.groups",
        string="Concessions Decided by",
        help="Who may decide that nonconforming goods are used as they are, besides closure managers. "
        "Empty: managers only.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "closure_template_id" in vals:
            self.env["mrp.closure.template"]._refresh_matching()
        return result

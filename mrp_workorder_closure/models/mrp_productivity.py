from odoo import api, models

FROZEN_FIELDS = frozenset("workorder_id workcenter_id user_id loss_id date_start date_end duration company_id".split())


class MrpWorkcenterProductivity(models.Model):
    """Time logs of a closed order stay as they are; labour entries may still link to them."""

    _inherit = "mrp.workcenter.productivity"

    @api.model_create_multi
    def create(self, vals_list):
        workorders = self.env["mrp.workorder"].browse(
            {vals["workorder_id"] for vals in vals_list if vals.get("workorder_id")}
        )
        workorders.production_id._check_closure_not_closed()
        return super().create(vals_list)

    def write(self, vals):
        if not FROZEN_FIELDS.isdisjoint(vals):
            self.workorder_id.production_id._check_closure_not_closed()
            target = self.env["mrp.workorder"].browse(vals.get("workorder_id") or [])
            target.production_id._check_closure_not_closed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_closure_not_closed(self):
        self.workorder_id.production_id._check_closure_not_closed()

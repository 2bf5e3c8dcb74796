from odoo import api, fields, models


class MrpWorkorder(models.Model):
    """A work order and its checks: what its screens show."""

    _inherit = "mrp.workorder"

    closure_open_check_count = fields.Integer(
        string="Open Checks",
        compute="_compute_closure_open_check_count",
        help="Checks of this work order that are not met yet.",
    )

    @api.depends("closure_check_ids.state")
    def _compute_closure_open_check_count(self):
        # One aggregate for the whole list; in sudo, because seeing the work order is enough to see the number.
        counts = dict(
            self.env["mrp.closure.check"]
            .sudo()
            ._read_group(
                [("workorder_id", "in", self.ids), ("state", "in", ("todo", "fail"))], ["workorder_id"], ["__count"]
            )
        )
        for workorder in self:
            workorder.closure_open_check_count = counts.get(workorder._origin, 0)

    def action_open_closure_checks(self):
        """Open the checks of these work orders, to be answered on the shop floor."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_check_action")
        action["domain"] = [("workorder_id", "in", self.ids)]
        action["context"] = {"in_workorder": len(self) == 1}
        return action

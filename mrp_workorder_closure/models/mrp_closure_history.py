from odoo import api, fields, models
from odoo.fields import Domain


class MrpClosure(models.Model):
    """What the analysis needs to know later and nothing else keeps: the last reopening, and the output as it
    was when the order closed. And where the work was done, to search by."""

    _inherit = "mrp.closure"

    reopened_at = fields.Datetime(string="Reopened on", help="The last time.")
    started_qty = fields.Float(
        string="Output Started",
        digits="Product Unit",
        help="Produced when the order closed, in the unit of the product.",
    )
    accepted_qty = fields.Float(
        string="Output Accepted",
        digits="Product Unit",
        help="Of it, what was good when the order closed: neither scrapped, quarantined, regraded nor in rework.",
    )

    workcenter_ids = fields.Many2many(
        "mrp.workcenter",
        string="Work Centers",
        compute="_compute_workcenter_ids",
        search="_search_workcenter_ids",
        compute_sudo=True,
        help="Of the operations of the order, without those that were cancelled.",
    )

    @api.depends("production_id")
    def _compute_workcenter_ids(self):
        for closure in self:
            workorders = closure.production_id.workorder_ids
            closure.workcenter_ids = workorders.filtered(lambda workorder: workorder.state != "cancel").workcenter_id

    def _search_workcenter_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        # Past the rights on orders: where it was made is told to everybody who may read the closure.
        worked = Domain("workcenter_id", operator, value) & Domain("state", "!=", "cancel")
        return Domain("production_id", "any!", Domain("workorder_ids", "any!", worked))

    def action_reopen(self, reason):
        result = super().action_reopen(reason)
        # In sudo: the right to reopen was checked, and a manager writes no evidence himself.
        self.sudo()._write_evidence({"reopened_at": fields.Datetime.now()})
        return result

    def _close(self):
        result = super()._close()
        for closure in self:
            closure._write_evidence({"started_qty": closure.produced_qty, "accepted_qty": closure.good_qty})
        return result

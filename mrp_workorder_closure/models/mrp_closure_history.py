from odoo import fields, models


class MrpClosure(models.Model):
    """What the analysis needs to know later and nothing else keeps: the last reopening, and the output as it
    was when the order closed."""

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

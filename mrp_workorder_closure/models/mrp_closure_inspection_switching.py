from odoo import api, fields, models

from .mrp_closure_sampling import STRICTNESS_STATES


class MrpClosureInspection(models.Model):
    """What an inspection counts for in the switching rules: the verdict on the lot as it was presented first.

    A lot that is inspected again, because it was sorted or reworked, keeps the verdict it got
    first. Only a verdict that was a mistake is taken out, and the one that follows counts instead.
    """

    _inherit = "mrp.closure.inspection"

    sampling_state = fields.Selection(
        STRICTNESS_STATES,
        string="Rule for the Next Lot",
        compute="_compute_sampling_state",
        compute_sudo=True,
        help="How strictly lots of this product are inspected under this plan from now on.",
    )
    counted_in_id = fields.Many2one("mrp.closure.sampling", string="Counted for", index="btree_not_null")
    counted_number = fields.Integer(help="Place of the lot among those that count for its plan.")
    counted_defective = fields.Integer(help="Defective units when the verdict that counts was given.")
    counted_acceptance_number = fields.Integer(help="Acceptance number of the verdict that counts.")

    @api.depends("company_id", "product_id", "point_ref", "aql", "sampling", "scope", "lot_id", "sampling_id.state")
    def _compute_sampling_state(self):
        # By key: the state may be younger than the inspection that was planned without it.
        model = self.env["mrp.closure.sampling"]
        keys = {inspection: model._get_key(inspection) for inspection in self if inspection._is_by_tables()}
        samplings = model._get_samplings(set(keys.values()))
        for inspection in self:
            sampling = samplings.get(keys.get(inspection))
            inspection.sampling_state = sampling.state if sampling else False

    def _annul_first_verdicts(self):
        """Take verdicts that were mistakes out of yield and switching rules."""
        samplings = self.counted_in_id
        self._write_evidence({"first_verdict": False, "counted_in_id": False, "counted_number": 0})
        samplings._recount()

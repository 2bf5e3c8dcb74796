from odoo import fields, models
from odoo.exceptions import UserError


class MrpClosureInspection(models.Model):
    """A rejected inspection opens a nonconformity, and is settled by what is decided about it."""

    _inherit = "mrp.closure.inspection"

    nonconformity_ids = fields.One2many("mrp.closure.nonconformity", "inspection_id", string="Nonconformities")

    def _follow_verdicts(self):
        result = super()._follow_verdicts()
        # In sudo: whoever may reject also reports; one report for a rejection is enough.
        rejected = self.sudo().filtered(
            lambda inspection: inspection.state == "rejected" and not inspection._get_open_nonconformities()
        )
        if rejected:
            self.env["mrp.closure.nonconformity"]._open_from_inspections(rejected)
        return result

    def _get_open_nonconformities(self):
        return self.nonconformity_ids.filtered(
            lambda nonconformity: nonconformity.state in ("open", "review") and nonconformity._get_undecided_quantity()
        )

    def _is_settled(self):
        """A rejected lot is settled once it was decided what happens to it."""
        return super()._is_settled() or (
            self.state == "rejected"
            and bool(self.nonconformity_ids)
            and all(kept.state in ("dispositioned", "closed") for kept in self.nonconformity_ids)
        )


class MrpClosureDisposition(models.Model):
    _inherit = "mrp.closure.disposition"

    def _add_rework(self):
        """Goods that are reworked are inspected again: the verdict that rejected them is taken back."""
        result = super()._add_rework()
        for line in self.filtered(lambda line: line._is_rework()):
            line.nonconformity_id.inspection_id._withdraw(
                self.env._("%(disposition)s was decided", disposition=line._get_label())
            )
        return result

    def _check_verifiable(self):
        """Good again is what a new verdict on the inspection says, where one rejected the goods."""
        result = super()._check_verifiable()
        for line in self:
            inspection = line.nonconformity_id.inspection_id
            if inspection and inspection.state != "accepted":
                raise UserError(
                    self.env._(
                        "To confirm the rework of %(nonconformity)s of %(order)s, accept its inspection "
                        "%(inspection)s first.",
                        nonconformity=line.nonconformity_id.name,
                        order=line.closure_id.name,
                        inspection=inspection.display_name,
                    )
                )
        return result

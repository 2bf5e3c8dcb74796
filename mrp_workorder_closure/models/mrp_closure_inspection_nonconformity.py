from odoo import fields, models
from odoo.exceptions import UserError


class MrpClosureInspection(models.Model):
    """A rejected inspection opens a nonconformity, and is settled by what is decided about it."""

    _inherit = "mrp.closure.inspection"

    nonconformity_ids = fields.One2many("mrp.closure.nonconformity", "inspection_id", string="Nonconformities")

    def _follow_verdicts(self):
        result = super()._follow_verdicts()
        # In sudo: whoever may reject also reports, and takes back what no longer holds.
        rejected = self.sudo().filtered(lambda inspection: inspection.state == "rejected")
        followed = rejected.filtered(lambda inspection: inspection._get_running_nonconformities())
        for inspection in followed:
            inspection._get_running_nonconformities()._follow_rejection()
        found = (rejected - followed).filtered(lambda inspection: inspection._get_new_quantity())
        if found:
            self.env["mrp.closure.nonconformity"]._open_from_inspections(found)
        accepted = self.sudo() - rejected
        accepted.nonconformity_ids.disposition_ids._confirm_rework()
        return result

    def _withdraw(self, reason):
        """Rework is as good as the verdict that confirmed it."""
        accepted = self.filtered(lambda inspection: inspection.state == "accepted")
        result = super()._withdraw(reason)
        confirmed = accepted.nonconformity_ids.disposition_ids.filtered(
            lambda line: line._is_reworking() and line.verified_at
        )
        if confirmed:
            confirmed._write_evidence({"verified_by_id": False, "verified_at": False})
        return result

    def _get_undecidable_reason(self):
        """Goods that are reworked are inspected again once the work is done."""
        running = self.nonconformity_ids.disposition_ids.filtered(
            lambda line: line._is_reworking() and line.workorder_id.state not in ("done", "cancel")
        )
        if self.state == "todo" and running:
            return self.env._(
                'To decide "%(inspection)s" of %(order)s again, finish %(workorders)s first.',
                inspection=self.name,
                order=self.closure_id.name,
                workorders=", ".join(running.workorder_id.mapped("name")),
            )
        return super()._get_undecidable_reason()

    def _get_running_nonconformities(self):
        """The nonconformity that follows the inspection, if it is not closed."""
        return self.nonconformity_ids.filtered(lambda nonconformity: nonconformity.state != "closed")[:1]

    def _is_sampled(self):
        """Whether the verdict is about more than the pieces looked at."""
        self.ensure_one()
        drawn = self.scope == "operation" and self.sample_size < self.lot_size
        return self.scope == "sample" or drawn

    def _get_rejected_quantity(self):
        """A rejected sample condemns its lot; where every piece was looked at, the defective ones are meant."""
        self.ensure_one()
        return self.quantity if self._is_sampled() else min(self.defective_count, self.quantity)

    def _get_new_quantity(self):
        """What a closed nonconformity of the inspection has not taken out of the lot already."""
        self.ensure_one()
        rejected = self._get_rejected_quantity()
        if not self._is_sampled():
            return rejected
        lines = self.nonconformity_ids.disposition_ids.filtered(
            lambda line: line.status == "done" and line._moves_goods() and not line.is_final
        )
        left = rejected - sum(lines.mapped("quantity"))
        return left if self.product_id.uom_id.compare(left, 0) > 0 else 0.0

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
        """Goods that are reworked are inspected again: the verdict that rejected them is taken back,
        and what was found then goes into the history."""
        result = super()._add_rework()
        for line in self.filtered(lambda line: line._is_rework()):
            inspection = line.nonconformity_id.inspection_id
            inspection._withdraw(self.env._("%(disposition)s was decided", disposition=line._get_label()))
            inspection.line_ids._clear_results()
        return result

    def _confirm_rework(self):
        """Who accepts the inspection again confirms the rework of its goods, as far as they may."""
        confirmed = self.filtered(lambda line: line._is_rework_finished() and line._may_take(line.disposition))
        if confirmed:
            confirmed._write_evidence({"verified_by_id": self.env.uid, "verified_at": fields.Datetime.now()})

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

    def action_reject(self, reason):
        """Rework of goods that an inspection rejected is judged by that inspection.

        :raises UserError: besides the others, where there is an inspection
        """
        for line in self.sudo().filtered("nonconformity_id.inspection_id"):
            raise UserError(
                self.env._(
                    "To reject the rework of %(nonconformity)s of %(order)s, decide its inspection %(inspection)s.",
                    nonconformity=line.nonconformity_id.name,
                    order=line.closure_id.name,
                    inspection=line.nonconformity_id.inspection_id.display_name,
                )
            )
        return super().action_reject(reason)

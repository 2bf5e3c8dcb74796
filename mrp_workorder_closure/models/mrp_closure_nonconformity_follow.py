from odoo import models


class MrpClosureNonconformity(models.Model):
    """The same goods rejected again: their nonconformity follows, a second one would count them twice."""

    _inherit = "mrp.closure.nonconformity"

    def _follow_rejection(self):
        """Take over what the inspection found now, and drop the decisions that no longer hold.

        A rejected sample condemns its lot as it is now, reworked goods included. Where every
        piece was looked at, those found defective count; goods that are settled otherwise are
        not among them: they are in stock's hold, were verified, or, where goods were inspected
        again after rework, nobody looked at them again.
        """
        for nonconformity in self:
            inspection = nonconformity.inspection_id
            found = inspection._get_rejected_quantity()
            whole_lot = inspection._is_sampled()
            standing = nonconformity.disposition_ids.filtered(
                lambda line: line.status != "withdrawn" and not line.is_final
            )
            failed = standing.filtered(
                lambda line, whole_lot=whole_lot: line._is_reworking() and (whole_lot or not line.verified_at)
            )
            rest = standing - failed
            settled = rest.filtered(lambda line: line._has_begun()) if whole_lot or not failed else rest
            counted = rest if whole_lot else rest - settled
            apart = 0.0 if whole_lot else sum(settled.mapped("quantity"))
            uom = nonconformity.product_uom_id
            dropped = rest.browse()
            if uom.compare(sum(counted.mapped("quantity")), found) > 0:
                dropped = counted - settled
            quantity = max(apart + found, sum((rest - dropped).mapped("quantity")))
            nonconformity._take_over(quantity, failed, dropped)

    def _take_over(self, quantity, failed, dropped):
        self.ensure_one()
        deciders = self.disposition_ids.filtered(lambda line: line.status != "withdrawn").decided_by_id
        failed._drop_failed_rework()
        dropped._withdraw(self.env._("the lot was inspected again"))
        if self.product_uom_id.compare(quantity, self.quantity):
            self._write_evidence({"quantity": quantity})
        undecided = self._get_undecided_quantity()
        if self.state == "dispositioned" and undecided:
            self._set_state("review")
        if deciders and undecided:
            self._tell_deciders({self: self._describe_undecided(undecided)}, deciders)

    def _describe_undecided(self, undecided):
        return self.env._(
            "Rejected again by %(inspection)s: decide about %(quantity)s %(unit)s.",
            inspection=self.inspection_id.display_name,
            quantity=undecided,
            unit=self.product_uom_id.name,
        )


class MrpClosureDisposition(models.Model):
    _inherit = "mrp.closure.disposition"

    def _is_reworking(self):
        """Rework that has not brought the goods into stock yet."""
        return self._is_rework() and self.status == "decided"

    def _drop_failed_rework(self):
        """Goods that were reworked and are not good are decided about anew; what was done stays on record."""
        self.workorder_id.filtered(lambda workorder: workorder.state not in ("progress", "done")).action_cancel()
        self._set_withdrawn(self.env._("the goods were inspected again and rejected"))

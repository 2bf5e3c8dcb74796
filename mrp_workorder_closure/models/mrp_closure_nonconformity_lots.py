from odoo import models
from odoo.exceptions import UserError


class MrpClosureNonconformity(models.Model):
    """Which pieces are meant, and whether anything may still be decided about them."""

    _inherit = "mrp.closure.nonconformity"

    def _get_likely_lots(self, quantity):
        """The lots meant where no choice was made: those that can be meant, if they leave no choice.

        :param quantity: quantity decided about, in the unit of the product
        """
        self.ensure_one()
        product = self.product_id
        if product.tracking == "none":
            return self.env["stock.lot"]
        if self._get_undecided_quantity():
            taken = self.disposition_ids.filtered(lambda line: line.status != "withdrawn").lot_ids
            lots = self.lot_ids or self.closure_id._get_produced_lots(product)
            candidates = lots - taken if product.tracking == "serial" else lots
        else:
            candidates = self._get_open_quarantine_lots()
        if product.tracking == "serial":
            return candidates if product.uom_id.compare(len(candidates), quantity or 0) == 0 else candidates.browse()
        return candidates if len(candidates) == 1 else candidates.browse()

    def _get_decided_quarantine_lots(self):
        """Lots that went to quarantine, whatever was decided about them since."""
        return self.disposition_ids.filtered(
            lambda line: line.disposition == "quarantine" and line.status != "withdrawn" and not line.is_final
        ).lot_ids

    def _get_open_quarantine_lots(self):
        """Lots in quarantine; of serial numbers those about which nothing final was decided."""
        lots = self._get_decided_quarantine_lots()
        final = self.disposition_ids.filtered(lambda line: line.is_final and line.status != "withdrawn")
        return lots - final.lot_ids if self.product_id.tracking == "serial" else lots

    def _check_closure_runs(self):
        """While its closure is over, only goods in quarantine can be decided about.

        :raises UserError: naming the order and who can reopen it
        """
        for nonconformity in self:
            closure = nonconformity.closure_id
            over = closure.state == "cancel" or (
                closure.state == "closed" and not nonconformity._get_quarantined_quantity()
            )
            if over:
                raise UserError(
                    self.env._(
                        "To decide about %(nonconformity)s, have a manager reopen the closure of %(order)s: "
                        "it is over.",
                        nonconformity=nonconformity.name,
                        order=closure.name,
                    )
                )

from odoo import models

from ..tools import is_within


class MrpClosureCheck(models.Model):
    """The automatic rule about material: everything issued is used, back, or accounted for."""

    _inherit = "mrp.closure.check"

    def _evaluate_material_balance(self):
        """Nothing is unaccounted; within the tolerance a warehouse controller has explained it."""
        balances = self.closure_id._compute_balances()
        explained = {(line.closure_id, line.product_id, line.lot_id): line for line in self.closure_id.balance_ids}
        findings = {}
        for check in self:
            details, figures = [], []
            for (product, lot), line in balances[check.closure_id].items():
                if not line.unaccounted_qty:
                    continue
                balance = explained.get((check.closure_id, product, lot))
                within = is_within(line.accounted_qty, line.available_qty, check.tolerance_pct, product.uom_id.rounding)
                if within and balance and balance._explains(line.unaccounted_qty):
                    continue
                details.append(check._compare_balance(product, lot, line, within))
                figures += [product.id, lot.id or 0, line.available_qty, line.unaccounted_qty]
            if details:
                findings[check] = check._make_finding(details, figures)
        return findings

    def _compare_balance(self, product, lot, line, within):
        """Both figures and what to do, e.g. "Leg: 40.0 Units issued, 36.0 Units accounted for, 4.0 Units left: return
        it, keep it at the line or scrap it"."""
        values = {
            "product": product._name_with_lot(lot),
            "issued": self._format_quantity(line.available_qty, product.uom_id),
            "accounted": self._format_quantity(line.accounted_qty, product.uom_id),
            "left": self._format_quantity(abs(line.unaccounted_qty), product.uom_id),
        }
        if within:
            return self.env._(
                "%(product)s: %(issued)s issued, %(accounted)s accounted for, %(left)s within the tolerance: "
                "have a warehouse controller explain it",
                **values,
            )
        if line.unaccounted_qty > 0 and self.production_id._is_rest_undecided():
            return self.env._(
                "%(product)s: %(issued)s issued, %(accounted)s accounted for, %(left)s left: "
                "leave the rest to a backorder on the closure, or return it, keep it at the line or scrap it",
                **values,
            )
        if line.unaccounted_qty > 0:
            return self.env._(
                "%(product)s: %(issued)s issued, %(accounted)s accounted for, %(left)s left: "
                "return it, keep it at the line or scrap it",
                **values,
            )
        return self.env._(
            "%(product)s: %(issued)s issued, %(accounted)s accounted for, %(left)s more than there was: "
            "record its issue or correct what was used",
            **values,
        )

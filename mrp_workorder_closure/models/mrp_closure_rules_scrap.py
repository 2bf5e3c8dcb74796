from collections import defaultdict

from odoo import models

from ..tools import to_decimal


class MrpClosureCheck(models.Model):
    """The automatic rule about scrap: every scrap has a reason, and together they keep to a limit."""

    _inherit = "mrp.closure.check"

    def _evaluate_scrap_explained(self):
        """Every scrap of the order has a reason, and none of its products was scrapped beyond the limit.

        The limit is a part of what was planned, product by product; 0 is none. Samples are no scrap.
        """
        findings = {}
        for check in self:
            bare = list(check._get_bare_scraps())
            excess = list(check._get_scrap_beyond_limit()) if check.tolerance_pct else []
            if bare or excess:
                findings[check] = check._make_finding(
                    [text for _figure, text in bare + excess], [figure for figure, _text in bare + excess]
                )
        return findings

    def _get_bare_scraps(self):
        # Loops, not filtered recordsets: those would read the scraps order by order.
        for scrap in self.production_id.scrap_ids:
            if not scrap.scrap_reason_tag_ids:
                text = self.env._(
                    "%(scrap)s (%(quantity)s of %(product)s) has no reason",
                    scrap=scrap.name,
                    quantity=self._format_quantity(scrap.scrap_qty, scrap.product_uom_id),
                    product=scrap.product_id.display_name,
                )
                yield f"{scrap.id}:{scrap.scrap_qty}", text

    def _get_scrap_beyond_limit(self):
        planned = self._get_planned_products()
        for product, scrapped in self._get_scrapped_products().items():
            uom, plan = product.uom_id, planned.get(product, 0.0)
            actual = to_decimal(scrapped, uom.rounding)
            if actual * 100 > to_decimal(plan, uom.rounding) * to_decimal(self.tolerance_pct):
                text = self.env._(
                    "%(product)s: %(actual)s scrapped, %(planned)s planned (limit %(limit)s %%)",
                    product=product.display_name,
                    actual=self._format_quantity(scrapped, uom),
                    planned=self._format_quantity(plan, uom),
                    limit=f"{to_decimal(self.tolerance_pct).normalize():f}",
                )
                yield f"{product.id}:{scrapped}:{plan}", text

    def _get_planned_products(self):
        """Planned quantities of the whole order, output included, by product in its unit."""
        baseline = self._get_baseline()
        products = self.env["product.product"]
        planned = defaultdict(float)
        for part in ("components", "byproducts"):
            for product_id, line in baseline[part].items():
                planned[products.browse(int(product_id))] += line["qty"]
        order = self.production_id
        uom = self.env["uom.uom"].browse(baseline["uom_id"])
        planned[order.product_id] += uom._compute_quantity(
            baseline["product_qty"], order.product_id.uom_id, round=False
        )
        return planned

    def _get_scrapped_products(self):
        """What was scrapped, or will be when the order closes, by product in its unit."""
        totals = defaultdict(float)
        for scrap in self.production_id.scrap_ids:
            if scrap.state == "done" and not scrap.closure_inspection_id:
                totals[scrap.product_id] += scrap.product_uom_id._compute_quantity(
                    scrap.scrap_qty, scrap.product_id.uom_id, round=False
                )
        for line in self.closure_id.nonconformity_ids.disposition_ids:
            if line.disposition == "scrap" and line.status == "decided":
                totals[line.product_id] += line.quantity
        return totals

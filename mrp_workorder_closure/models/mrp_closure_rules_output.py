from collections import defaultdict

from odoo import models

from ..tools import Finding, deviation_pct, is_within, to_decimal


class MrpClosureCheck(models.Model):
    """Automatic rules about quantities: output, consumption, by-products, lots.

    Each takes checks of its kind and returns ``{check: Finding}`` for those that do not
    hold. All quantities of a product are summed up in the unit of measure of the product.
    """

    _inherit = "mrp.closure.check"

    def _evaluate_output_quantity(self):
        """Output equals plan within the tolerance, or what is missing was decided about."""
        findings = {}
        for check in self:
            order, closure = check.production_id, check.closure_id
            uom, produced, planned = order.product_uom_id, check._get_output(), order.product_qty
            if is_within(produced, planned, check.tolerance_pct, uom.rounding):
                continue
            if produced < planned and closure._is_remainder_decided():
                continue
            detail = check._compare_output(produced, planned)
            if produced < planned:
                advice = self.env._("leave the rest to a backorder or close it short with a reason")
                detail = f"{detail}: {advice}"
            findings[check] = check._make_finding([detail], [produced, planned])
        return findings

    def _evaluate_consumption(self):
        """Components used agree with the bill of materials for the quantity produced."""
        verb = self.env._("used")
        return self._find_deviations(
            lambda check: (check._get_planned_components(), check._get_used_components()), verb
        )

    def _evaluate_byproducts_recorded(self):
        """By-products were recorded as planned for the quantity produced."""
        verb = self.env._("recorded")
        return self._find_deviations(
            lambda check: (
                check._get_planned_quantities("byproducts"),
                check._sum_moves(check.production_id.move_byproduct_ids),
            ),
            verb,
        )

    def _find_deviations(self, get_quantities, verb):
        """Findings for products whose quantity is outside the tolerance.

        :param get_quantities: takes a check, returns planned and actual quantities by product
        :param verb: what was done with the actual quantity
        """
        findings = {}
        for check in self:
            planned, actual = get_quantities(check)
            details, figures = [], []
            for product in sorted(set(planned) | set(actual), key=lambda product: product.id):
                quantity, expected = actual.get(product, 0.0), planned.get(product, 0.0)
                if not is_within(quantity, expected, check.tolerance_pct, product.uom_id.rounding):
                    details.append(check._compare(product, quantity, expected, product.uom_id, verb))
                    figures += [product.id, quantity, expected]
            if details:
                findings[check] = check._make_finding(details, figures)
        return findings

    def _evaluate_lots_assigned(self):
        """Everything tracked that was made or used has its lot or serial number."""
        findings = {}
        for check in self:
            order = check.production_id
            details, figures = check._get_missing_output_lots(), []
            if details:
                figures += [order.product_id.id, len(order.lot_producing_ids), check._get_output()]
            moves = order.move_raw_ids | order.move_byproduct_ids
            for move in moves.filtered(lambda move: move.has_tracking != "none").filtered(check._is_recorded):
                lines = move.move_line_ids.filtered(lambda line: line.quantity and not (line.lot_id or line.lot_name))
                if lines or (move.quantity and not move.move_line_ids):
                    details.append(
                        self.env._("%(product)s has no lot or serial number", product=move.product_id.display_name)
                    )
                    figures += [move.id, sum(lines.mapped("quantity")) or move.quantity]
            if details:
                findings[check] = check._make_finding(details, figures)
        return findings

    # Figures

    def _get_baseline(self):
        """What was planned at confirmation; for orders without a stored baseline, what is planned now."""
        self.ensure_one()
        return self.closure_id._get_cost_baseline()

    def _get_output(self):
        order = self.production_id
        return order.qty_producing or (order.qty_produced if order.state == "done" else 0.0)

    def _get_output_ratio(self):
        planned = self._get_baseline()["product_qty"]
        return self._get_output() / planned if planned else 0.0

    def _get_planned_components(self):
        """Quantity allowed for the output, by product."""
        return self._get_planned_quantities("components")

    def _get_planned_quantities(self, part):
        """Planned quantity for the output of one part of the baseline, by product."""
        ratio = self._get_output_ratio()
        return {
            self.env["product.product"].browse(int(product_id)): line["qty"] * ratio
            for product_id, line in self._get_baseline()[part].items()
        }

    def _get_used_components(self):
        return self._sum_moves(self.production_id.move_raw_ids)

    def _sum_moves(self, moves):
        """Recorded quantity of moves by product, in its unit of measure, not rounded."""
        totals = defaultdict(float)
        for move in moves.filtered(self._is_recorded):
            quantity = move.quantity if move.state == "done" else move._get_picked_quantity()
            totals[move.product_id] += move.product_uom._compute_quantity(quantity, move.product_id.uom_id, round=False)
        return {product: quantity for product, quantity in totals.items() if not product.uom_id.is_zero(quantity)}

    def _is_recorded(self, move):
        return move.state == "done" or (move.state != "cancel" and move.picked)

    def _get_missing_output_lots(self):
        order = self.production_id
        product, output = order.product_id, self._get_output()
        if order.product_tracking == "none" or order.product_uom_id.is_zero(output):
            return []
        if not order.lot_producing_ids:
            return [self.env._("%(product)s has no lot or serial number", product=product.display_name)]
        expected = order.product_uom_id._compute_quantity(output, product.uom_id)
        if order.product_tracking == "serial" and product.uom_id.compare(len(order.lot_producing_ids), expected) != 0:
            return [
                self.env._(
                    "%(product)s: %(count)s serial numbers for %(quantity)s",
                    product=product.display_name,
                    count=len(order.lot_producing_ids),
                    quantity=self._format_quantity(expected, product.uom_id),
                )
            ]
        return []

    # Wording

    def _make_finding(self, details, figures):
        """A finding from its details and the figures that a waiver would cover."""
        found = "; ".join(details)
        text = self.env._(
            'To finish %(subject)s, settle "%(check)s" or have it waived: %(details)s.',
            subject=self._get_subject(),
            check=self.name,
            details=found,
        )
        return Finding("|".join(str(figure) for figure in figures), text, found)

    def _compare(self, product, actual, planned, uom, verb):
        """Both figures and the deviation, e.g. "Steel plate: 25.0 kg used, 20.0 kg planned for
        10.0 Units, +25 % (limit 2 %)"."""
        deviation = deviation_pct(actual, planned, uom.rounding)
        output = self._format_quantity(self._get_output(), self.production_id.product_uom_id)
        values = {
            "product": product.display_name,
            "actual": self._format_quantity(actual, uom),
            "verb": verb,
            "planned": self._format_quantity(planned, uom),
            "output": output,
        }
        if deviation is None:
            return self.env._("%(product)s: %(actual)s %(verb)s, none planned for %(output)s", **values)
        return self.env._(
            "%(product)s: %(actual)s %(verb)s, %(planned)s planned for %(output)s, "
            "%(deviation)s %% (limit %(limit)s %%)",
            **values,
            deviation=self._format_deviation(deviation),
            limit=f"{to_decimal(self.tolerance_pct).normalize():f}",
        )

    def _compare_output(self, produced, planned):
        """Both figures and the deviation, e.g. "Table: 8.0 Units produced, 10.0 Units planned, -20 % (limit 0 %)"."""
        order = self.production_id
        uom = order.product_uom_id
        return self.env._(
            "%(product)s: %(produced)s produced, %(planned)s planned, %(deviation)s %% (limit %(limit)s %%)",
            product=order.product_id.display_name,
            produced=self._format_quantity(produced, uom),
            planned=self._format_quantity(planned, uom),
            deviation=self._format_deviation(deviation_pct(produced, planned, uom.rounding)),
            limit=f"{to_decimal(self.tolerance_pct).normalize():f}",
        )

    def _format_deviation(self, deviation):
        """A signed percentage of at most two decimals."""
        return f"{round(deviation, 2):+f}".rstrip("0").rstrip(".") if deviation % 1 else f"{deviation:+f}"

    def _format_quantity(self, quantity, uom):
        """A quantity with at least one decimal where its unit has any, and the unit's name."""
        number = to_decimal(quantity, uom.rounding).normalize()
        decimals = max(-number.as_tuple().exponent, 1 if uom.rounding < 1 else 0)
        return f"{number:.{decimals}f} {uom.name}"

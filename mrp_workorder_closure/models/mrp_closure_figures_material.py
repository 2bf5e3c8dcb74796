from odoo import api, models

from ..tools import to_decimal
from .mrp_closure_figures import NOTHING

# Consumption and scrap are figures of their own.
QUANTITIES = ("issued_qty", "returned_qty", "kept_qty", "transferred_qty", "unaccounted_qty")


class MrpClosure(models.Model):
    """What became of the material: part of what somebody approves, where the template asks for a balance."""

    _inherit = "mrp.closure"

    @api.model
    def _get_figure_parts(self):
        return (*super()._get_figure_parts(), "material")

    def _get_figures_material(self):
        """Movements of each component and lot besides consumption, and how the rest was explained.

        Keys are "product" or "product/lot", as for output and consumption.
        """
        # Mapped, not filtered: that would read the checks closure by closure.
        asked = self.check_ids.filtered(lambda check: check.kind == "material_balance").closure_id
        figures = {closure: {} for closure in self}
        if not asked:
            return figures
        balances = asked._compute_balances()
        lines = {(line.closure_id, line.product_id, line.lot_id): line for line in asked.balance_ids}
        for closure in asked:
            for (product, lot), balance in balances[closure].items():
                line = lines.get((closure, product, lot))
                explained = line and line._explains(balance.unaccounted_qty)
                key = f"{product.id}/{lot.id}" if lot else str(product.id)
                figures[closure][key] = {
                    **{name: to_decimal(getattr(balance, name), product.uom_id.rounding) for name in QUANTITIES},
                    "explanation": line.explanation if explained else False,
                }
        return figures

    def _describe_figure_material(self, key, entry):
        label, _value = self._describe_quantity(key, None)
        label = self.env._("Material %(product)s", product=label)
        if not entry:
            return label, NOTHING
        names = {
            "issued_qty": self.env._("issued"),
            "returned_qty": self.env._("returned"),
            "kept_qty": self.env._("kept"),
            "transferred_qty": self.env._("handed on"),
            "unaccounted_qty": self.env._("unaccounted"),
        }
        told = [f"{entry[name]} {word}" for name, word in names.items() if name == "issued_qty" or float(entry[name])]
        return label, ", ".join(filter(None, [*told, entry["explanation"]]))

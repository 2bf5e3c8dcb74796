from collections import defaultdict
from math import ceil

from odoo import fields, models
from odoo.tools.date_utils import sum_intervals
from odoo.tools.intervals import Intervals

from ..tools import Layer, take_from_layers


class StockMove(models.Model):
    """What components would be worth if they were posted now; core values them only when it posts."""

    _inherit = "stock.move"

    def _get_expected_values(self):
        """Values of recorded components, as core would set them, in company currency.

        Moves of one order share what is in stock; orders do not know of each other.

        :return: ``{move: value}`` for all moves; the value of those that are done is real
        """
        layers = {}
        left = defaultdict(dict)
        values = {}
        for move in self:
            if move.state == "done":
                values[move] = move.value
                continue
            product = move.product_id.with_company(move.company_id)
            lines = move._get_out_move_lines()
            quantity = sum(lines.mapped("quantity_product_uom"))
            if product.lot_valuated:
                value = sum(
                    line.quantity_product_uom * (line.lot_id.with_company(move.company_id) or product).standard_price
                    for line in lines
                )
            elif product.cost_method == "fifo":
                key = (move.company_id, product)
                if key not in layers:
                    layers[key] = product._get_fifo_layers()
                stack = left[move.raw_material_production_id]
                value, stack[key] = take_from_layers(stack.get(key, layers[key]), quantity, product.standard_price)
            else:
                value = quantity * product.standard_price
            values[move] = move.company_id.currency_id.round(value)
        return values


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_fifo_layers(self):
        """What is in stock of the product, the oldest first, as core takes from it."""
        self.ensure_one()
        moves, first_quantity = self._run_fifo_get_stack()
        layers = []
        for move in moves:
            valued = move._get_valued_qty()
            quantity = first_quantity if first_quantity and not layers else valued
            layers.append(Layer(quantity, move.value * quantity / valued if valued else 0.0))
        return layers


class MrpWorkorder(models.Model):
    """What work would cost if the order were closed now: core fills in the expected time where none was logged."""

    _inherit = "mrp.workorder"

    def _get_cost_figures(self):
        """Hours that count as cost, and their cost in company currency.

        :return: tuple of both
        """
        self.ensure_one()
        ended = self.production_id.state in ("done", "cancel")
        if self.state == "cancel" and not ended:
            return 0.0, 0.0
        hours = self._get_cost_hours(ended)
        if ended or (self.state == "done" and (self.duration or self._should_estimate_cost())):
            return hours, self._cal_cost()
        # Finishing stamps the rate of the work center.
        stamped = self.costs_hour if self.state == "done" else 0.0
        return hours, hours * (stamped or self.workcenter_id.costs_hour)

    def _get_cost_hours(self, ended):
        order, logs = self.production_id, self.time_ids
        if not (ended or logs) and order.product_uom_id.is_zero(order.qty_producing):
            # Nothing was made and nothing was worked yet.
            return 0.0
        if self.cost_mode == "estimated" and self.duration_expected:
            return self.duration_expected / 60
        if not ended and not self.duration and all(log.date_end for log in logs):
            # Core logs whole seconds, and begins with the one that is under way.
            return ceil(round(self.duration_expected * 60, 6)) / 3600
        now = fields.Datetime.now()
        return sum_intervals(Intervals([(log.date_start, log.date_end or now, log) for log in logs]))

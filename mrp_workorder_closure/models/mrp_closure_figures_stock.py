from collections import defaultdict
from decimal import Decimal

from odoo import models

from ..tools import to_decimal
from .mrp_closure_figures import NOTHING


class MrpClosure(models.Model):
    """Quantities by product and lot, and times: what went in, what came out."""

    _inherit = "mrp.closure"

    # Keys are "product" or "product/lot", ids both; a lot that has no record yet is there by its name.

    def _get_figures_output(self):
        """Finished goods and by-products, in the unit of the product."""
        orders = self.production_id
        orders.move_finished_ids.move_line_ids.mapped("quantity_product_uom")
        orders.lot_producing_ids.mapped("name")
        figures = {}
        for closure in self:
            order = closure.production_id
            if order.state == "done":
                moves = order.move_finished_ids.filtered(lambda move: move.state == "done")
                figures[closure] = self._sum_lines(moves.move_line_ids)
            else:
                moves = order.move_byproduct_ids.filtered(lambda move: move.state != "cancel")
                figures[closure] = {**closure._get_entered_output(), **self._sum_lines(moves.move_line_ids)}
        return figures

    def _get_entered_output(self):
        """What was entered on the order before core makes stock of it."""
        self.ensure_one()
        order, product = self.production_id, self.product_id
        quantity = order.product_uom_id._compute_quantity(order.qty_producing, product.uom_id)
        total = to_decimal(quantity, product.uom_id.rounding)
        lots = order.lot_producing_ids.sorted("id")
        each = Decimal(1) if product.tracking == "serial" else total if len(lots) == 1 else None
        entries = {f"{product.id}/{lot.id}": {"quantity": each} for lot in lots}
        return {str(product.id): {"quantity": total}, **entries}

    def _get_figures_consumption(self):
        """What was picked of each component, in the unit of the product."""
        self.production_id.move_raw_ids.move_line_ids.mapped("quantity_product_uom")
        figures = {}
        for closure in self:
            moves = closure.production_id.move_raw_ids.filtered(lambda move: move.state != "cancel")
            figures[closure] = self._sum_lines(
                moves.move_line_ids.filtered(lambda line: line.picked or line.state == "done")
            )
        return figures

    def _get_figures_scrap(self):
        """What was scrapped, components and output."""
        scraps = self.production_id.scrap_ids.filtered(lambda scrap: scrap.state == "done")
        figures = {closure: {} for closure in self}
        for order, of_order in scraps.grouped("production_id").items():
            amounts = defaultdict(Decimal)
            for scrap in of_order:
                product = scrap.product_id
                quantity = scrap.product_uom_id._compute_quantity(scrap.scrap_qty, product.uom_id)
                self._add_amount(amounts, product, scrap.lot_id.id, quantity)
            figures[order.closure_id] = {key: {"quantity": amount} for key, amount in amounts.items()}
        return figures

    def _get_figures_time(self):
        """Minutes recorded on each work order."""
        self.production_id.workorder_ids.mapped("duration")
        return {
            closure: {
                str(workorder.id): {"minutes": to_decimal(workorder.duration, 0.01)}
                for workorder in closure.production_id.workorder_ids
                if workorder.state != "cancel"
            }
            for closure in self
        }

    def _sum_lines(self, lines):
        amounts = defaultdict(Decimal)
        for line in lines:
            self._add_amount(amounts, line.product_id, line.lot_id.id or line.lot_name, line.quantity_product_uom)
        return {key: {"quantity": amount} for key, amount in amounts.items() if amount}

    def _add_amount(self, amounts, product, lot, quantity):
        amount = to_decimal(quantity, product.uom_id.rounding)
        amounts[str(product.id)] += amount
        if lot:
            amounts[f"{product.id}/{lot}"] += amount

    def _describe_figure_output(self, key, entry):
        return self._describe_quantity(key, entry)

    def _describe_figure_consumption(self, key, entry):
        return self._describe_quantity(key, entry)

    def _describe_figure_scrap(self, key, entry):
        label, value = self._describe_quantity(key, entry)
        return self.env._("Scrap of %(product)s", product=label), value

    def _describe_figure_time(self, key, entry):
        workorder = self.env["mrp.workorder"].browse(int(key)).exists()
        value = self.env._("%(minutes)s min", minutes=entry["minutes"]) if entry else NOTHING
        return workorder.name or self.env._("Work order"), value

    def _describe_quantity(self, key, entry):
        """Label and amount of something that is counted by product and lot."""
        product_ref, _slash, lot_ref = key.partition("/")
        product = self.env["product.product"].browse(int(product_ref)).exists()
        lot = self.env["stock.lot"].browse(int(lot_ref)).exists() if lot_ref.isdigit() else self.env["stock.lot"]
        label = ", ".join(filter(None, [product.display_name or self.env._("Product"), lot.name or lot_ref]))
        if not entry:
            return label, NOTHING
        quantity = entry["quantity"]
        return label, f"{quantity} {product.uom_id.name or ''}".strip() if quantity is not None else self.env._("yes")

from collections import defaultdict

from odoo import models

from ..tools import to_decimal
from .mrp_closure_manifest import _name, _name_product, _time


class MrpClosure(models.Model):
    """What a dossier says about goods that left or came back: scraps, unbuilds, returns of customers."""

    _inherit = "mrp.closure"

    def _get_manifest_scraps(self):
        """What was scrapped: components, output."""
        scraps = self.production_id.scrap_ids
        scraps.mapped("product_id.uom_id.rounding")
        scraps.mapped("lot_id.name")
        scraps.mapped("scrap_reason_tag_ids.name")
        manifests = {}
        for closure in self:
            done = closure.production_id.scrap_ids.filtered(lambda scrap: scrap.state == "done")
            manifests[closure] = [
                {
                    "id": scrap.id,
                    "name": scrap.name,
                    "product": _name_product(scrap.product_id),
                    "number": scrap.lot_id.name or None,
                    "quantity": self._count(scrap.product_id, scrap.scrap_qty, scrap.product_uom_id),
                    "unit": _name(scrap.product_id.uom_id),
                    "reasons": sorted(scrap.scrap_reason_tag_ids.mapped("name")),
                    "work_order": _name(scrap.workorder_id),
                    "recorded_by": _name(scrap.create_uid),
                    "done": _time(scrap.date_done),
                }
                for scrap in done.sorted("id")
            ]
        return manifests

    def _get_manifest_unbuilds(self):
        """What was taken apart again."""
        self.production_id.unbuild_ids.mapped("lot_id.name")
        manifests = {}
        for closure in self:
            done = closure.production_id.unbuild_ids.filtered(lambda unbuild: unbuild.state == "done")
            manifests[closure] = [
                {
                    "id": unbuild.id,
                    "name": unbuild.name,
                    "product": _name_product(unbuild.product_id),
                    "number": unbuild.lot_id.name or None,
                    "quantity": self._count(unbuild.product_id, unbuild.product_qty, unbuild.product_uom_id),
                    "unit": _name(unbuild.product_id.uom_id),
                    "recorded_by": _name(unbuild.create_uid),
                }
                for unbuild in done.sorted("id")
            ]
        return manifests

    def _get_manifest_returns(self):
        """What customers sent back: goods of its lots, and of deliveries made for this very order.

        Goods without lots that were delivered from stock cannot be traced to the order that made them.
        """
        lines = self._get_returned_lines()
        lines.mapped("lot_id.name")
        lines.mapped("picking_id.name")
        lines.mapped("product_id.uom_id.rounding")
        by_order = self._trace_returned_lines(lines)
        return {
            closure: [
                {
                    "id": line.id,
                    "transfer": line.picking_id.name or None,
                    "product": _name_product(line.product_id),
                    "number": line.lot_id.name or None,
                    "quantity": self._count(line.product_id, line.quantity_product_uom, line.product_id.uom_id),
                    "unit": _name(line.product_id.uom_id),
                }
                for line in by_order[closure].sorted("id")
            ]
            for closure in self
        }

    def _get_returned_lines(self):
        """Done lines that came from a customer: with a lot of these orders, or from their deliveries."""
        finished = self.production_id.move_finished_ids
        lots = finished.move_line_ids.lot_id
        domain = [("state", "=", "done"), ("location_id.usage", "=", "customer")]
        line_model = self.env["stock.move.line"]
        by_lot = line_model.search([*domain, ("lot_id", "in", lots.ids)]) if lots else line_model
        returned = self._get_following_moves(finished).returned_move_ids
        by_delivery = returned.move_line_ids.filtered(
            lambda line: line.state == "done" and line.location_id.usage == "customer"
        )
        return by_lot | by_delivery

    def _trace_returned_lines(self, lines):
        traced = defaultdict(lambda: self.env["stock.move.line"])
        if not lines:
            return traced
        for closure in self:
            finished = closure.production_id.move_finished_ids
            lots, deliveries = finished.move_line_ids.lot_id, self._get_following_moves(finished)
            traced[closure] = lines.filtered(
                lambda line, lots=lots, deliveries=deliveries: (
                    line.lot_id in lots or line.move_id.origin_returned_move_id in deliveries
                )
            )
        return traced

    def _get_following_moves(self, moves):
        """Moves that wait or waited for these goods, as far as they go."""
        found, following = moves.browse(), moves.move_dest_ids
        while following:
            found |= following
            following = following.move_dest_ids - found
        return found

    def _count(self, product, quantity, uom):
        return to_decimal(uom._compute_quantity(quantity, product.uom_id, round=False), product.uom_id.rounding)

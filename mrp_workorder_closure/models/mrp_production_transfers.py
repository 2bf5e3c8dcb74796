import re
from collections import defaultdict

from odoo import models

NUMBER_OF_BACKORDER = re.compile(r"-\d+$")


class MrpProduction(models.Model):
    """Transfers between stock and the line: which there are for orders, and for which order each is.

    Where components are picked before manufacturing, orders consume from a place outside
    stock, their line side. A transfer there is for an order because its components wait for
    it, because it is in its production group, because it is on one document with such a
    transfer, or because its source document names the order.
    """

    _inherit = "mrp.production"

    def _find_material_transfers(self):
        """Done transfers to and from the line of these orders.

        :return: the orders and all others that share transfers with them, and ``{move: orders it is for}``
        """
        orders = self | self.production_group_id.production_ids
        while True:
            transfers = orders._map_material_transfers()
            reached = self.browse({order.id for served in transfers.values() for order in served})
            if not reached - orders:
                return orders, transfers
            orders |= reached

    def _map_material_transfers(self):
        orders = self.filtered(lambda order: order._has_line_side())
        linked = orders._get_linked_transfers()
        served = {
            move: move.move_dest_ids.raw_material_production_id or move.production_group_id.production_ids
            for move in linked
        }
        served.update(self._get_transfers_beside(linked, served))
        served.update(orders._get_transfers_by_origin())
        self._add_returns(served)
        # Returned by the closure itself: it knows of which order, see mrp.closure.leftover.
        settled = self.closure_id.leftover_ids.move_id if served else linked
        return {
            move: orders for move, orders in served.items() if move.state == "done" and orders and move not in settled
        }

    def _has_line_side(self):
        """Whether the order consumes from a place outside stock."""
        self.ensure_one()
        stock, line = self.picking_type_id.warehouse_id.lot_stock_id, self.location_src_id
        if line == stock:
            return False
        return not line._is_inside(stock) and not stock._is_inside(line)

    def _is_material_staged(self, has_issues):
        """Whether material is moved to the line for the order before it is consumed."""
        self.ensure_one()
        warehouse = self.picking_type_id.warehouse_id
        picks = warehouse.manufacture_steps != "mrp_one_step" and self.location_src_id._is_inside(warehouse.pbm_loc_id)
        return self._has_line_side() and (picks or has_issues)

    def _get_linked_transfers(self):
        """Moves to the line that components wait for, and all of the production groups, except those of
        the orders themselves: consumption, output and their scraps."""
        grouped = self.env["stock.move"].search(
            [
                ("production_group_id", "in", self.production_group_id.ids),
                ("raw_material_production_id", "=", False),
                ("production_id", "=", False),
                ("scrap_id", "=", False),
            ]
        )
        return grouped | self.move_raw_ids.move_orig_ids

    def _get_transfers_beside(self, linked, served):
        """Moves that somebody added by hand to the documents of linked ones, scraps included."""
        beside = {}
        for move in linked.picking_id.move_ids - linked:
            if not (move.production_group_id or move.raw_material_production_id or move.production_id):
                orders = [served[other] for other in move.picking_id.move_ids if other in served]
                beside[move] = self.browse().union(*orders)
        return beside

    def _get_transfers_by_origin(self):
        """Moves of transfers made by hand, whose source document is the name of an order, or the
        name it had before it got a backorder."""
        named = defaultdict(self.browse)
        for order in self:
            named[order.name] |= order
            if order.backorder_sequence:
                named[NUMBER_OF_BACKORDER.sub("", order.name)] |= order
        pickings = self.env["stock.picking"].search([("origin", "in", list(named)), ("state", "=", "done")])
        return {
            move: named[move.picking_id.origin]
            for move in pickings.move_ids
            if not (move.production_group_id or move.move_dest_ids.raw_material_production_id or move.scrap_id)
        }

    def _add_returns(self, served):
        """A return is for the orders of the move it returns, and so on."""
        level = self.env["stock.move"].union(*served).returned_move_ids if served else self.env["stock.move"]
        while level:
            found = level.filtered(lambda move: move not in served)
            for move in level.sorted("id"):
                served[move] = served[move.origin_returned_move_id]
            level = found.returned_move_ids


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _is_inside(self, outer):
        """Whether this location is another one or lies in it."""
        self.ensure_one()
        return bool(outer) and self.parent_path.startswith(outer.parent_path)

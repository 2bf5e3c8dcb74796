from contextlib import contextmanager

from odoo import models

SEEN = "mrp_workorder_closure.seen"


class MrpProduction(models.Model):
    """The second look of the gate: for those orders only that are not what the first one saw."""

    _inherit = "mrp.production"

    def _get_all_seen(self):
        """These orders as the gate has just seen them: ``{order id: what _get_seen says}``."""
        return {order.id: order._get_seen() for order in self}

    @contextmanager
    def _remember_what_was_seen(self, seen):
        cache = self.env.cr.cache
        cache[SEEN] = seen
        try:
            yield
        finally:
            cache.pop(SEEN, None)

    def _filter_changed_since_seen(self):
        """Orders of which the gate has not yet seen all that is there now."""
        seen = self.env.cr.cache.get(SEEN, {})
        return self.filtered(lambda order: not seen.get(order.id) or order.sudo()._get_seen() != seen[order.id])

    def _get_seen(self):
        """What rules look at, besides what is sealed; None where the two looks differ in what they compare.

        That is so while quantities are open, for orders with nonconformities, whose output is compared
        with what was decided once it is final, and for forced orders, compared with what they were.
        """
        self.ensure_one()
        closure = self.closure_id
        if self._has_open_quantities() or closure.nonconformity_count or closure._is_forced():
            return None
        moves = self.move_raw_ids | self.move_finished_ids
        return (
            (self.state, self.product_qty, self.qty_producing, self.lot_producing_ids.ids),
            (closure.state, closure.remainder, [(check.id, check.state) for check in closure.check_ids]),
            [
                (workorder.id, workorder.state, [(log.id, log.date_start, log.date_end) for log in workorder.time_ids])
                for workorder in self.workorder_ids
            ],
            [(scrap.id, scrap.state, scrap.scrap_qty, scrap.scrap_reason_tag_ids.ids) for scrap in self.scrap_ids],
            [move._get_seen() for move in moves],
            [line._get_seen() for line in moves.move_line_ids],
        )

    def _has_open_quantities(self):
        """Whether Mark as Done has quantities to fill in: no output is entered, or a component is not picked."""
        self.ensure_one()
        return self.product_uom_id.is_zero(self.qty_producing) or any(
            move.state not in ("done", "cancel") and not move.picked for move in self.move_raw_ids
        )


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_seen(self):
        return self.id, self.state, self.product_id, self.product_uom, self.product_uom_qty, self.quantity, self.picked


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _get_seen(self):
        places = self.location_id, self.location_dest_id
        return self.id, self.state, self.quantity, self.product_uom_id, self.picked, self.lot_id, self.lot_name, places

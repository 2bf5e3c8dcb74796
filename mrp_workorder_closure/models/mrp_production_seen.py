from contextlib import contextmanager

from odoo import models

SEEN = "mrp_workorder_closure.seen"


class MrpProduction(models.Model):
    """The second look of the gate: for those orders only that are not what the first one saw."""

    _inherit = "mrp.production"

    @contextmanager
    def _remember_what_was_seen(self):
        """Within the block, the quantities of these orders are known as the gate has just seen them."""
        cache = self.env.cr.cache
        cache[SEEN] = {order.id: order._get_seen_quantities() for order in self.sudo()}
        try:
            yield
        finally:
            cache.pop(SEEN, None)

    def _filter_changed_since_seen(self):
        """Orders of which the gate has not yet seen all that is there now."""
        seen = self.env.cr.cache.get(SEEN, {})
        return self.filtered(
            lambda order: not seen.get(order.id) or order.sudo()._get_seen_quantities() != seen[order.id]
        )

    def _get_seen_quantities(self):
        """All that Mark as Done may fill in before it posts; None where the first look left a part out.

        That is so while quantities are open, and for forced orders, which are compared with what they were.
        """
        self.ensure_one()
        if self._has_open_quantities() or self.closure_id._is_forced():
            return None
        moves = self.move_raw_ids | self.move_finished_ids
        return (
            (self.state, self.product_qty, self.qty_producing, self.lot_producing_ids.ids),
            [(workorder.id, workorder.state) for workorder in self.workorder_ids],
            [(move.id, move.state, move.product_uom_qty, move.quantity, move.picked) for move in moves],
            [
                (line.id, line.state, line.quantity, line.picked, line.lot_id.id, line.lot_name)
                for line in moves.move_line_ids
            ],
        )

    def _has_open_quantities(self):
        """Whether Mark as Done has quantities to fill in: no output is entered, or a component is not picked."""
        self.ensure_one()
        return self.product_uom_id.is_zero(self.qty_producing) or any(
            move.state not in ("done", "cancel") and not move.picked for move in self.move_raw_ids
        )

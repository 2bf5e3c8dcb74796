from odoo import models
from odoo.exceptions import UserError

ENDED = ("done", "cancel")


class StockMove(models.Model):
    """Goods leave quarantine by a decision only, and the decision follows what becomes of its delivery."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        leaving = self._check_quarantine_left()
        result = super()._action_done(cancel_backorder=cancel_backorder)
        leaving._follow_decisions()
        return result

    def _action_cancel(self):
        leaving = self.filtered(lambda move: move.state not in ENDED and move.location_id.closure_hold == "quarantine")
        result = super()._action_cancel()
        leaving._follow_decisions()
        return result

    def _follow_decisions(self):
        """A return is done when its delivery has left, and undone when it is cancelled."""
        # In sudo: the warehouse carries out what inspectors decided, and may not read it.
        decisions = self.env["mrp.closure.disposition"].sudo()
        decisions.union(*(move._get_decision() for move in self))._follow_deliveries()

    def _update_reserved_quantity_vals(
        self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        """Goods in quarantine are reserved for what was decided about them, for nothing else."""
        if location_id.closure_hold == "quarantine" and not self._get_decision():
            return [], 0
        return super()._update_reserved_quantity_vals(need, location_id, lot_id, package_id, owner_id, strict)

    def _check_quarantine_left(self):
        """Goods leave quarantine by a decision only; counting them is not leaving, relocating them is.

        :return: the moves that take goods out of quarantine
        :raises UserError: naming the products
        """
        leaving = self.move_line_ids.filtered(
            lambda line: (
                line.location_id.closure_hold == "quarantine"
                and line.location_dest_id.closure_hold != "quarantine"
                and line.move_id.state not in ENDED
                and line.quantity
                and not (line.move_id.is_inventory and line.location_dest_id.usage == "inventory")
            )
        ).grouped("move_id")
        decisions = {move: move._get_decision() for move in leaving}
        undecided = self.browse().union(*(move for move in leaving if not decisions[move]))
        if undecided:
            raise UserError(
                self.env._(
                    "To take %(products)s out of quarantine, have an inspector decide about the nonconformity.",
                    products=", ".join(undecided.product_id.mapped("display_name")),
                )
            )
        for move, lines in leaving.items():
            decisions[move]._check_shipment(lines)
        return self.browse().union(*leaving)

    def _get_decision(self):
        """The disposition behind this move, or behind the transfer it is the backorder of, if any."""
        self.ensure_one()
        pickings, picking = self.env["stock.picking"], self.picking_id
        while picking.backorder_id and picking.backorder_id not in pickings:
            picking = picking.backorder_id
            pickings |= picking
        domain = ["|", ("move_ids", "in", self.ids), ("scrap_ids", "in", self.scrap_id.ids)]
        if pickings:
            backorder = ["&", ("move_ids.picking_id", "in", pickings.ids), ("product_id", "=", self.product_id.id)]
            domain = ["|", *backorder, *domain]
        # In sudo: the question is whether there is a decision, not who may read it.
        decisions = self.env["mrp.closure.disposition"].sudo().search(domain, order="id desc")
        return next((line for line in decisions if line.status != "withdrawn"), decisions.browse())

from odoo import Command, fields, models

ENDED = ("done", "cancel")


class MrpClosureDisposition(models.Model):
    """Goods released from quarantine go on to the made-to-order deliveries that were cut because of them."""

    _inherit = "mrp.closure.disposition"

    def _ask_again(self, moves):
        """Raise the demand of deliveries that still wait, and let the released goods go there.

        A delivery that has left, or was cancelled because nothing was accepted, is not made
        anew: its nonconformity says so.

        :param moves: what brings the goods out of quarantine, not done yet
        """
        cut = self._get_cut_deliveries(moves.location_dest_id)
        raised = cut.filtered(lambda move: move.state not in ENDED)
        raised._raise_demand(self.quantity)
        moves.move_dest_ids = [Command.link(move.id) for move in raised]
        if raised:
            names = ", ".join(raised.picking_id.mapped("name"))
            text = self.env._("The released goods go to %(deliveries)s, which asks for them again.", deliveries=names)
            self.nonconformity_id.message_post(body=text)
        if left := cut - raised:
            names = ", ".join(left.picking_id.mapped("name"))
            text = self.env._(
                "%(deliveries)s left without the goods that are released now: deliver them separately.",
                deliveries=names,
            )
            self.nonconformity_id.message_post(body=text)

    def _get_cut_deliveries(self, stock):
        """Moves out of stock that wait, or waited, for goods of the order and were cut."""
        order, product = self.nonconformity_id.production_id, self.product_id
        moves = order.move_finished_ids.filtered(lambda move: move.product_id == product)
        reached = moves.browse()
        while moves := moves.move_dest_ids - reached:
            reached |= moves
        return reached.filtered(
            lambda move: move.closure_cut_qty and move.state != "cancel" and move.location_id._child_of(stock)
        )


class StockMove(models.Model):
    _inherit = "stock.move"

    closure_cut_qty = fields.Float(
        string="Not Accepted",
        digits="Product Unit",
        copy=False,
        help="Demand that was taken back because goods of the order were not accepted, in the unit of the product.",
    )

    def _raise_demand(self, quantity):
        """Ask again for what was taken back, as far as so much is released."""
        for move in self:
            uom = move.product_id.uom_id
            raised = min(quantity, move.closure_cut_qty)
            if uom.compare(raised, 0) > 0:
                quantity -= raised
                move.write(
                    {
                        "product_uom_qty": move.product_qty + raised,
                        "product_uom": uom.id,
                        "closure_cut_qty": move.closure_cut_qty - raised,
                    }
                )

    def _split(self, qty, restrict_partner_id=False):
        """What was taken back is asked for again where goods still have to be delivered."""
        vals_list = super()._split(qty, restrict_partner_id=restrict_partner_id)
        if vals_list and self.closure_cut_qty:
            vals_list[0]["closure_cut_qty"] = self.closure_cut_qty
            self.closure_cut_qty = 0
        return vals_list

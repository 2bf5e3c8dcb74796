from odoo import Command, models
from odoo.exceptions import UserError

from ..tools import Blocker
from .mrp_closure import MANAGER
from .mrp_closure_disposition import HELD
from .mrp_closure_nonconformity import INSPECTOR
from .mrp_closure_rules_nonconformity import CONCEDED

ENDED = ("done", "cancel")


class MrpProduction(models.Model):
    """Dispositions take effect while the order closes; orders without nonconformity pay nothing for it."""

    _inherit = "mrp.production"

    def _post_inventory(self, cancel_backorder=False):
        """Carry out what was decided, right after core received the goods."""
        result = super()._post_inventory(cancel_backorder=cancel_backorder)
        nonconformities = self._get_closing_nonconformities()
        if nonconformities:
            nonconformities.closure_id._log_conceded()
            decided = nonconformities.disposition_ids.filtered(lambda line: line.status == "decided")
            decided._take_effect()
            nonconformities._follow_goods()
        return result

    def _get_closing_nonconformities(self):
        """Nonconformities of the orders that are being closed; no query where there are none.

        In sudo: whoever closes the order carries out what inspectors decided.
        """
        closures = self.sudo().filtered(lambda order: order.closure_door == "open").closure_id
        return closures.filtered("nonconformity_count").nonconformity_ids

    def _get_closure_blockers(self, final=False):
        """A nonconformity holds up its order also where the template asks for no such check, or only warns."""
        blockers = super()._get_closure_blockers(final=final)
        orders = self.sudo().filtered(lambda order: order.closure_id.nonconformity_open_count)
        for order in orders.filtered(lambda order: order.closure_id.state not in ("closed", "cancel")):
            closure = order.closure_id
            if closure._is_forced():
                continue
            checks = closure.check_ids.filtered(lambda check: check.kind == "nonconformities_dispositioned")
            if not checks.filtered(lambda check: check.severity == "blocking" or check.state in CONCEDED):
                for nonconformity, reason in closure._get_nonconformity_reasons():
                    group = self.env.ref(MANAGER if nonconformity.severity == "critical" else INSPECTOR)
                    message = self.env._("To close %(order)s, %(reason)s.", order=order.name, reason=reason)
                    blockers.append(Blocker(order, "nonconformity", message, group.sudo().name))
        return blockers


class StockMove(models.Model):
    """What is not accepted goes aside: lines of the one finished move with their own destination.

    Several finished moves would break the cost of the order, see ``_cal_price`` of mrp_account.
    """

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        self._divert_nonconforming()
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _divert_nonconforming(self):
        moves = self.filtered(lambda move: move.production_id and move.state not in ENDED and not move.scrap_id)
        nonconformities = moves.production_id._get_closing_nonconformities() if moves else None
        if not nonconformities:
            return
        lines = nonconformities.disposition_ids.filtered(
            lambda line: line.status == "decided" and not line.is_final and line.disposition in HELD
        )
        for line in lines:
            nonconformity = line.nonconformity_id
            moves.filtered(
                lambda move, nonconformity=nonconformity: (
                    move.production_id == nonconformity.production_id and move.product_id == nonconformity.product_id
                )
            )._divert(line)
        moves._cut_downstream()

    def _divert(self, decision):
        """Give the goods of one decision their own destination.

        :raises UserError: when more was decided about than is received
        """
        uom, left, place = decision.product_uom_id, decision.quantity, decision._get_holding_location()
        diverted = self.move_line_ids.browse()
        for line in self.move_line_ids:
            free = not line.location_dest_id.closure_hold
            meant = not decision.lot_ids or line.lot_id in decision.lot_ids
            if free and meant and uom.compare(left, 0) > 0:
                part = line._divert(min(left, line.quantity_product_uom), place)
                left -= part.quantity_product_uom
                diverted |= part
        if diverted.lot_id and not decision.lot_ids:
            # The lot was not known yet when it was decided.
            decision._write_evidence({"lot_ids": [Command.set(diverted.lot_id.ids)]})
        if uom.compare(left, 0) > 0:
            raise UserError(
                self.env._(
                    "To close %(order)s, correct what was decided about %(nonconformity)s: "
                    "%(excess)s %(unit)s of %(product)s %(lots)s more than were produced.",
                    order=decision.closure_id.name,
                    nonconformity=decision.nonconformity_id.name,
                    excess=left,
                    unit=uom.name,
                    product=decision.product_id.display_name,
                    lots=decision.lot_names,
                )
            )

    def _get_held_lines(self):
        return self.move_line_ids.filtered(lambda line: line.location_dest_id.closure_hold)

    def _get_held_quantity(self):
        """Quantity that does not reach the destination of the moves, in the unit of the product."""
        return sum(self._get_held_lines().mapped("quantity_product_uom"))

    # What waits for the goods

    def _cut_downstream(self):
        """Deliveries that wait for these goods are cut to what is accepted."""
        for move in self:
            held = move._get_held_quantity()
            waiting = move.move_dest_ids.filtered(lambda dest: dest.state not in ENDED and dest.picking_id)
            if held and waiting:
                supply = sum(origin._get_accepted_quantity() for origin in waiting.move_orig_ids)
                shortage = sum(waiting.mapped("product_qty")) - supply
                waiting._cut(min(held, shortage))

    def _get_accepted_quantity(self):
        """What the move brings to its destination, in the unit of the product."""
        if self.state == "cancel":
            return 0.0
        if self.state != "done" and not self.picked:
            return self.product_qty
        return sum(self.move_line_ids.mapped("quantity_product_uom")) - self._get_held_quantity()

    def _cut(self, shortage):
        """Lower the demand of these moves and of what waits for them in turn, the last one first."""
        for move in self.sorted("id", reverse=True):
            uom = move.product_id.uom_id
            cut = min(shortage, move.product_qty)
            if uom.compare(cut, 0) <= 0:
                continue
            shortage -= cut
            further = move.move_dest_ids.filtered(lambda dest: dest.state not in ENDED and dest.picking_id)
            if uom.is_zero(move.product_qty - cut):
                move._action_cancel()
            else:
                move.write(
                    {
                        "product_uom_qty": move.product_qty - cut,
                        "product_uom": uom.id,
                        "closure_cut_qty": move.closure_cut_qty + cut,
                    }
                )
            further.filtered(lambda dest: dest.state not in ENDED)._cut(cut)

    def _skip_push(self):
        return super()._skip_push() or self._is_wholly_held()

    def _is_wholly_held(self):
        held = self._get_held_lines()
        return bool(held) and held == self.move_line_ids.filtered("quantity")

    def _get_available_move_lines_in(self):
        """What a move can take from those before it: goods on hold are not among it."""
        lines = super()._get_available_move_lines_in()
        return {key: quantity for key, quantity in lines.items() if not key[0].closure_hold}


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _divert(self, quantity, place):
        """Send a part of the line elsewhere; the rest keeps its destination.

        :param quantity: in the unit of the product, at most that of the line
        :return: the line of that part
        """
        uom = self.product_id.uom_id
        if uom.compare(quantity, self.quantity_product_uom) == 0:
            self.location_dest_id = place
            return self
        # In the unit of the product, so that a part of a dozen stays a number of pieces.
        rest = self.quantity_product_uom - quantity
        vals = self.copy_data({"quantity": quantity, "product_uom_id": uom.id, "location_dest_id": place.id})
        self.write({"quantity": rest, "product_uom_id": uom.id})
        return self.create(vals)


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _push_prepare_move_copy_values(self, move_to_copy, new_date):
        """The next step takes on what is accepted."""
        vals = super()._push_prepare_move_copy_values(move_to_copy, new_date)
        held = move_to_copy._get_held_quantity()
        if held:
            # In the unit of the product: a part of a dozen may be no round number of dozens.
            uom = move_to_copy.product_id.uom_id
            total = move_to_copy.product_uom._compute_quantity(vals["product_uom_qty"], uom)
            vals.update(product_uom_qty=total - held, product_uom=uom.id)
        return vals

    def _run_push(self, move):
        """A rule that only changes the destination leaves goods on hold where they are."""
        places = {line: line.location_dest_id for line in move._get_held_lines()}
        result = super()._run_push(move)
        for line, place in places.items():
            if line.location_dest_id != place:
                line.location_dest_id = place
        return result

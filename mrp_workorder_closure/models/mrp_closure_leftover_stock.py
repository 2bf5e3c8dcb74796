from collections import defaultdict
from typing import NamedTuple

from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError

from .mrp_closure import OPERATOR
from .mrp_closure_leftover import MrpClosureLeftover
from .requests import check_one


class LeftoverPart(NamedTuple):
    """One decision about a leftover, before it is carried out.

    ``quantity`` is in the unit of the product, ``act`` a key of ``ACTS``; ``leftover`` is
    given for goods that were kept before.
    """

    closure: models.Model
    product: models.Model
    lot: models.Model
    quantity: float
    act: str
    leftover: MrpClosureLeftover


class MrpClosure(models.Model):
    """Leftovers are returned by a real transfer of exactly these goods, kept, or handed to another order.

    Whatever is reserved for other components, other orders, or for what the order itself still
    uses stays reserved: core's own return gives up the whole component, see odoo#283345.
    """

    _inherit = "mrp.closure"

    def action_return(self):
        """Open the dialog that returns leftovers to stock, keeps them at the line or hands them on.

        :raises AccessError: for who is no operator, or may not read the orders
        :raises UserError: when the closure is closed
        """
        self._check_may_settle_leftovers(self.env._("return leftovers of"))
        self._check_leftovers_are_open()
        return self.env["mrp.closure.return"]._get_dialog(self)

    def action_take_over(self):
        """Open the dialog that takes over what earlier orders left at the line."""
        check_one(self)
        self._check_may_settle_leftovers(self.env._("take over leftovers for"))
        return self.env["mrp.closure.take.over"]._get_dialog(self)

    def _settle_leftovers(self, parts, reason, destination=None, workcenter=None, target=None):
        """Carry out decisions about leftovers of these closures, whose rights were checked.

        :param parts: list of ``LeftoverPart``
        :param destination: location for what is returned; empty: the stock of each order's warehouse
        :param workcenter: where what is kept lies, or empty
        :param target: closure that takes what is handed on
        :return: the leftovers that keep the record of it
        :raises UserError: for more than is left, or for what cannot be moved
        """
        (self | (target or self.browse()))._lock()
        settled = self.env["mrp.closure.leftover"]
        figures = self._check_parts(parts)
        for closure in self:
            own = [part for part in parts if part.closure == closure]
            closure._release_reservations(own, figures)
            moves = closure._return_to_stock([part for part in own if part.act == "return"], destination)
            for part in own:
                settled |= closure._record_part(part, moves, reason, workcenter, target)
        (self | (target or self.browse())).action_refresh()
        # Those of cancelled orders are not refreshed any more, but what lies at their line is.
        self.env["mrp.closure.balance"]._sync_balances(self.filtered(lambda closure: closure.state == "cancel"))
        return settled

    def _record_part(self, part, moves, reason, workcenter, target):
        """Keep the record of one decision; ``moves`` are the return moves by product and line."""
        location = part.leftover.location_id or self._get_component_location(part.product)
        move = moves.get((part.product, location), self.env["stock.move"])
        if part.leftover:
            if part.act == "return":
                return part.leftover._mark_returned(move, part.quantity, reason)
            return part.leftover._take_over(target, part.quantity)
        if part.act == "transfer":
            target._check_can_take(self, part.product, location, self.env["mrp.workcenter"])
        now = fields.Datetime.now()
        vals = {
            "closure_id": self.id,
            "product_id": part.product.id,
            "lot_id": part.lot.id,
            "quantity": part.quantity,
            "location_id": location.id,
            "act": part.act,
            "state": {"return": "returned", "keep": "kept", "transfer": "taken"}[part.act],
            "move_id": move.id if part.act == "return" else False,
            "workcenter_id": workcenter.id if workcenter and part.act == "keep" else False,
            "kept_by_id": self.env.uid,
            "kept_at": now,
            "reason": reason,
        }
        if part.act == "transfer":
            vals.update(taken_closure_id=target.id, taken_by_id=self.env.uid, taken_at=now)
        return self.env["mrp.closure.leftover"]._create_evidence([vals])

    # Stock

    def _release_reservations(self, parts, figures):
        """Give up the order's own reservation of what it hands out, and of nothing else."""
        for (product, lot), quantity in self._sum_parts(part for part in parts if not part.leftover).items():
            self._release_reservation(product, lot, quantity, figures[self][product, lot])

    def _release_reservation(self, product, lot, quantity, figure):
        if figure.is_open_ended or figure.is_declared:
            # What the order reserved in stock is not what lies at its line: only what is missing is given up.
            place = self._get_component_location(product)
            excess = quantity - self.env["stock.quant"]._get_available_quantity(product, place, lot_id=lot or None)
        else:
            reserved = sum(self._get_reserved_lines(product, lot).mapped("quantity_product_uom"))
            excess = reserved - (figure.leftover_qty - quantity)
        self._cut_reservation(product, lot, excess)

    def _get_reserved_lines(self, product, lot):
        """What the order reserved of a component and has not used."""
        return self.production_id.move_raw_ids.move_line_ids.filtered(
            lambda line: (
                line.product_id == product
                and line.lot_id == lot
                and not line.picked
                and line.state not in ("done", "cancel")
            )
        )

    def _cut_reservation(self, product, lot, excess):
        for line in self._get_reserved_lines(product, lot).sorted("id", reverse=True):
            cut = min(excess, line.quantity_product_uom)
            if product.uom_id.compare(cut, 0) <= 0:
                break
            excess -= cut
            rest = line.quantity_product_uom - cut
            if product.uom_id.is_zero(rest):
                line.unlink()
            else:
                # In the unit of the product, so that a part of a dozen stays a number of pieces.
                line.write({"quantity": rest, "product_uom_id": product.uom_id.id})

    def _return_to_stock(self, parts, destination):
        """Move goods from the line to a location by one transfer, done at once.

        :return: ``{(product, line location): move}``
        """
        if not parts:
            return {}
        order = self.production_id
        warehouse = order.picking_type_id.warehouse_id
        destination = destination or warehouse.lot_stock_id
        places = defaultdict(list)
        for part in parts:
            location = part.leftover.location_id or self._get_component_location(part.product)
            places[location, part.product].append(part)
        origin = next(iter(places))[0]
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.int_type_id.id,
                "location_id": origin.id,
                "location_dest_id": destination.id,
                "origin": order.name,
                "company_id": self.company_id.id,
                "move_ids": [
                    Command.create(
                        {
                            **self._prepare_return_move_vals(location, product, same, destination),
                            "picking_type_id": warehouse.int_type_id.id,
                        }
                    )
                    for (location, product), same in places.items()
                ],
            }
        )
        picking.action_confirm()
        picking._action_done()
        return {(move.product_id, move.location_id): move for move in picking.move_ids}

    def _prepare_return_move_vals(self, location, product, parts, destination):
        order = self.production_id
        issued = order.move_raw_ids.filtered(lambda move: move.product_id == product).move_orig_ids
        lines = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_id": product.uom_id.id,
                    "location_dest_id": destination.id,
                    "company_id": self.company_id.id,
                    "picked": True,
                    **vals,
                }
            )
            for (_product, lot), quantity in self._sum_parts(parts).items()
            for vals in self._allocate_goods(location, product, lot, quantity)
        ]
        return {
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": sum(part.quantity for part in parts),
            "location_id": location.id,
            "location_dest_id": destination.id,
            "origin": order.name,
            "company_id": self.company_id.id,
            "production_group_id": order.production_group_id.id,
            # Core then knows that what was brought for the order is gone again.
            "move_orig_ids": [Command.set(issued.filtered(lambda move: move.state == "done").ids)],
            "move_line_ids": lines,
            "picked": True,
        }

    def _allocate_goods(self, location, product, lot, quantity):
        """Values of move lines for goods that lie in a location, reserved for nobody.

        :raises UserError: when less is there
        """
        if not product.is_storable:
            return [{"quantity": quantity, "location_id": location.id, "lot_id": lot.id}]
        found = self.env["stock.quant"]._get_reserve_quantity(product, location, quantity, lot_id=lot or None)
        missing = quantity - sum(part for _quant, part in found)
        if product.uom_id.compare(missing, 0) > 0:
            raise UserError(
                self.env._(
                    "To take %(quantity)s %(unit)s of %(product)s of %(order)s from %(location)s, "
                    "have the stock there counted: %(missing)s %(unit)s are not there, or reserved for other orders.",
                    quantity=quantity,
                    missing=missing,
                    unit=product.uom_id.name,
                    product=product._name_with_lot(lot),
                    order=self.name,
                    location=location.display_name,
                )
            )
        return [
            {
                "quantity": part,
                "location_id": quant.location_id.id,
                "lot_id": quant.lot_id.id,
                "package_id": quant.package_id.id,
                "owner_id": quant.owner_id.id,
            }
            for quant, part in found
        ]

    # Guards

    def _sum_parts(self, parts):
        """Quantities by product and lot."""
        totals = defaultdict(float)
        for part in parts:
            totals[part.product, part.lot] += part.quantity
        return totals

    def _check_parts(self, parts):
        """Refuse more than is left, from figures computed now.

        :return: the figures, ``{closure: {(product, lot): figures}}``
        """
        balances = self._compute_balances()
        fresh = [part for part in parts if not part.leftover]
        self.browse(part.closure.id for part in fresh)._check_leftovers_are_open()
        for part in fresh:
            part.closure._check_countable(part.product, part.lot, part.quantity)
        for closure in self:
            own = [part for part in fresh if part.closure == closure]
            for (product, lot), quantity in self._sum_parts(own).items():
                closure._check_leftover(product, lot, quantity, balances[closure].get((product, lot)))
        return balances

    def _check_countable(self, product, lot, quantity):
        if not product._is_countable(quantity):
            raise UserError(
                self.env._(
                    "To settle %(product)s of %(order)s, enter a quantity of more than 0, "
                    "and 1 for each serial number.",
                    product=product._name_with_lot(lot),
                    order=self.name,
                )
            )

    def _check_leftover(self, product, lot, quantity, figure):
        left = figure.leftover_qty if figure else 0.0
        if figure and figure.is_open_ended:
            return
        if product.uom_id.compare(quantity, left) > 0:
            raise UserError(
                self.env._(
                    "To settle %(quantity)s %(unit)s of %(product)s of %(order)s, correct what was consumed "
                    "first: only %(left)s %(unit)s are left.",
                    quantity=quantity,
                    left=max(left, 0.0),
                    unit=product.uom_id.name,
                    product=product._name_with_lot(lot),
                    order=self.name,
                )
            )

    def _check_leftovers_are_open(self):
        closed = self.sudo().filtered(lambda closure: closure.state == "closed")
        if closed:
            raise UserError(
                self.env._(
                    "To return leftovers of %(orders)s, have a closure manager reopen the closure: "
                    "the order is closed.",
                    orders=", ".join(closed.mapped("name")),
                )
            )

    def _check_may_settle_leftovers(self, act):
        """Operators and warehouse controllers, for orders whose closure they may read."""
        if not self.env.user.has_group(OPERATOR):
            raise AccessError(
                self.env._(
                    "To %(act)s %(orders)s, ask an operator or a warehouse controller of work order closure.",
                    act=act,
                    orders=", ".join(self.sudo().mapped("name")),
                )
            )
        self.check_access("read")

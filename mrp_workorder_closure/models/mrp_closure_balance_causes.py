from datetime import timedelta
from typing import NamedTuple

from markupsafe import Markup

from odoo import fields, models

from ..tools import find_factor
from .requests import check_one

# Orders that ran at most so many days before or after.
NEIGHBOUR_DAYS = 7
MAX_NEIGHBOURS = 40


class MaterialEntry(NamedTuple):
    """A document that moved the component for the order. ``sign``: 1 brought it, -1 used it."""

    record: models.Model
    label: str
    lot: models.Model
    quantity: float
    sign: int
    date: fields.Datetime


class MrpClosureBalance(models.Model):
    """Facts that may be why something is unaccounted, each with the document it stands in.

    Only what is found is listed, with its figures; nothing is concluded from it.
    """

    _inherit = "mrp.closure.balance"

    def action_find_causes(self):
        """Look for facts that may be why this component does not balance, and list them.

        :return: window action of the list; empty where nothing was found
        :raises AccessError: for who may not read the line
        """
        check_one(self)
        self.check_access("read")
        self.closure_id.check_access("read")
        # In sudo: the documents are named to whoever may read the line, and opened with their own rights.
        line = self.sudo()
        entries = line._read_entries()
        found = [
            *line._find_opposite_orders(),
            *line._find_unit_slips(entries),
            *line._find_late_entries(entries),
            *line._find_foreign_lots(),
        ]
        # In sudo: nobody may make a fact up, and with it learn the name of a record.
        causes = (
            self.env["mrp.closure.cause"]
            .sudo()
            .create(
                [
                    {"balance_id": self.id, "kind": kind, "fact": fact, "res_model": record._name, "res_id": record.id}
                    for kind, fact, record in found
                ]
            )
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Possible Causes: %(component)s", component=line.display_name),
            "res_model": "mrp.closure.cause",
            "view_mode": "list,kanban",
            "views": [(False, "list"), (False, "kanban")],
            "mobile_view_mode": "kanban",
            "domain": [("id", "in", causes.ids)],
            "help": Markup("<p>%s</p>") % self.env._("Nothing was found that could be the reason."),
        }

    def _read_entries(self):
        """What moved the component for this order, document by document."""
        order, product = self.closure_id.production_id, self.product_id
        _orders, transfers = order._find_material_transfers()
        scraps = order._find_component_scraps()
        returns = self.closure_id.leftover_ids.move_id
        moves = order.move_raw_ids.union(scraps.move_ids, returns, *transfers)
        moves = moves.filtered(lambda move: move.product_id == product)
        return [entry for row in moves._read_material_rows() if (entry := self._make_entry(row, transfers))]

    def _make_entry(self, row, transfers):
        order, move = self.closure_id.production_id, row.move
        sign = -1
        if move.scrap_id:
            record, label = move.scrap_id, self.env._("Scrap %(name)s", name=move.scrap_id.name)
        elif move.raw_material_production_id:
            if not row.is_used():
                return None
            record, label = order, self.env._("Consumption of %(name)s", name=order.name)
        elif move in transfers and order not in transfers[move]:
            return None
        else:
            record, label = move.picking_id, self.env._("Transfer %(name)s", name=move.picking_id.name)
            sign = 1 if row.get_issued(order) else -1
        return MaterialEntry(record, label, row.lot, row.quantity, sign, row.date if move.state == "done" else None)

    def _find_opposite_orders(self):
        """The same component the other way round in orders of the same days."""
        for closure, figures in self._get_neighbours()._compute_balances().items():
            total = sum(line.unaccounted_qty for (product, _lot), line in figures.items() if product == self.product_id)
            if self.uom_id.is_zero(total) or (total > 0) == (self.unaccounted_qty > 0):
                continue
            own = [line for (product, _lot), line in figures.items() if product == self.product_id]
            values = {
                "order": closure.name,
                "deviation": self._format(abs(total)),
                "issued": self._format(sum(line.available_qty for line in own)),
                "consumed": self._format(sum(line.consumed_qty for line in own)),
                "scrapped": self._format(sum(line.scrapped_qty for line in own)),
                "returned": self._format(sum(line.returned_qty for line in own)),
            }
            fact = (
                self.env._(
                    "%(order)s has %(deviation)s left over: %(issued)s issued, %(consumed)s consumed, "
                    "%(scrapped)s scrapped, %(returned)s returned",
                    **values,
                )
                if total > 0
                else self.env._(
                    "%(order)s accounts for %(deviation)s more than there was: %(issued)s issued, "
                    "%(consumed)s consumed, %(scrapped)s scrapped, %(returned)s returned",
                    **values,
                )
            )
            yield "neighbour", fact, closure

    def _get_neighbours(self):
        """Closures of other orders with the component that ran in the same days."""
        order = self.closure_id.production_id
        span = timedelta(days=NEIGHBOUR_DAYS)
        begin = (order.date_start or order.create_date) - span
        end = max(order.date_finished or order.date_start or order.create_date, fields.Datetime.now()) + span
        return self.env["mrp.closure"].search(
            [
                ("id", "!=", self.closure_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "!=", "cancel"),
                ("production_id.move_raw_ids.product_id", "=", self.product_id.id),
                ("production_id.date_start", "<=", end),
                "|",
                ("closed_at", "=", False),
                ("closed_at", ">=", begin),
            ],
            limit=MAX_NEIGHBOURS,
        )

    def _find_unit_slips(self, entries):
        """Quantities that are ten, twelve or a thousand times what would balance, or what was planned."""
        for entry in entries:
            if self.uom_id.compare(entry.quantity, self.planned_qty) == 0:
                continue
            balanced = entry.quantity - entry.sign * self.unaccounted_qty
            factor = find_factor(entry.quantity, balanced, self.uom_id.rounding)
            values = {"document": entry.label, "quantity": self._format(entry.quantity)}
            if factor and entry.lot == self.lot_id:
                fact = self.env._(
                    "%(document)s has %(quantity)s; with %(other)s, a factor of %(factor)s, "
                    "nothing would be unaccounted",
                    other=self._format(balanced),
                    factor=factor,
                    **values,
                )
                yield "unit", fact, entry.record
                continue
            factor = find_factor(entry.quantity, self.planned_qty, self.uom_id.rounding)
            if factor:
                fact = self.env._(
                    "%(document)s has %(quantity)s; %(other)s were planned, a factor of %(factor)s",
                    other=self._format(self.planned_qty),
                    factor=factor,
                    **values,
                )
                yield "unit", fact, entry.record

    def _find_late_entries(self, entries):
        """What was recorded after an inspection of the order was decided."""
        decided = self.closure_id.inspection_ids.filtered("decided_at").sorted("decided_at")[-1:]
        for entry in entries:
            if decided and entry.date and entry.date > decided.decided_at:
                fact = self.env._(
                    "%(document)s of %(quantity)s was recorded on %(date)s, after the inspection %(inspection)s "
                    "was decided on %(decided)s",
                    document=entry.label,
                    quantity=self._format(entry.quantity),
                    date=fields.Datetime.to_string(entry.date),
                    inspection=decided.name,
                    decided=fields.Datetime.to_string(decided.decided_at),
                )
                yield "late", fact, entry.record

    def _find_foreign_lots(self):
        """Lots used here that were brought for other orders, and lots brought for this one that others used."""
        if not self.lot_id:
            return
        order = self.closure_id.production_id
        rows = self._get_lot_moves(order)._read_material_rows()
        for row in (row for row in rows if row.lot == self.lot_id):
            other = row.move.raw_material_production_id
            values = {"lot": self.lot_id.name, "quantity": self._format(row.quantity)}
            if other:
                if self.unaccounted_qty > 0 and row.is_used():
                    fact = self.env._("%(order)s consumed %(quantity)s of lot %(lot)s", order=other.name, **values)
                    yield "lot", fact, other.closure_id or other
                continue
            served = row.move.move_dest_ids.raw_material_production_id
            if self.unaccounted_qty < 0 and served and row.get_issued(served):
                fact = self.env._(
                    "%(transfer)s brought %(quantity)s of lot %(lot)s for %(orders)s",
                    transfer=row.move.picking_id.name,
                    orders=", ".join(served.mapped("name")),
                    **values,
                )
                yield "lot", fact, row.move.picking_id

    def _get_lot_moves(self, order):
        """Moves of the lot for other orders: their consumption, and transfers that their components waited for."""
        lines = self.env["stock.move.line"].search(
            [("lot_id", "=", self.lot_id.id), ("state", "!=", "cancel")], order="id desc", limit=500
        )
        return lines.move_id.filtered(
            lambda move: (
                not move.scrap_id
                and order not in (move.raw_material_production_id | move.move_dest_ids.raw_material_production_id)
                and move.production_group_id != order.production_group_id
            )
        )

    def _format(self, quantity):
        return self.env["mrp.closure.check"]._format_quantity(quantity, self.uom_id)

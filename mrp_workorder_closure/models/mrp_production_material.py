from collections import defaultdict
from typing import NamedTuple

from odoo import fields, models

from ..tools import MaterialLedger

LEFTOVER_COLUMNS = {"keep": "kept_qty", "transfer": "transferred_qty"}


class MaterialRow(NamedTuple):
    """Move lines of one move that agree in lot and places, in the unit of the product."""

    move: models.Model
    lot: models.Model
    source: models.Model
    target: models.Model
    is_picked: bool
    quantity: float
    date: fields.Datetime

    def is_used(self):
        """Whether core has taken it, or will take it when the order is done."""
        return self.move.state == "done" or (self.is_picked and self.move.picked)

    def get_issued(self, orders):
        """Those of the orders to whose line it came."""
        return [order for order in orders if self._crosses(order, self.target, self.source)]

    def get_returned(self, orders):
        """Those of the orders from whose line it went to another place of the company or its partners."""
        gone = self.target.usage in ("internal", "transit", "supplier", "customer") or self.move.scrap_id
        return [order for order in orders if gone and self._crosses(order, self.source, self.target)]

    @staticmethod
    def _crosses(order, inner, outer):
        line = order.location_src_id
        return inner._is_inside(line) and not outer._is_inside(line)


class MrpProduction(models.Model):
    """What went to the line for orders, and what became of it, read from stock moves.

    Every method takes all orders at once; the number of queries does not depend on it.
    """

    _inherit = "mrp.production"

    def _open_material_ledger(self):
        """The ledger of these orders and of those they share transfers with, not shared out yet.

        :return: a ``MaterialLedger`` whose keys are records
        """
        orders, transfers = self._find_material_transfers()
        scraps = orders._find_component_scraps()
        returns = {
            leftover.move_id: leftover.closure_id.production_id
            for leftover in orders.closure_id.leftover_ids
            if leftover.act == "return"
        }
        rows = orders.move_raw_ids.union(scraps.move_ids, *transfers, *returns)._read_material_rows()
        fed = {order for row in rows if row.move in transfers for order in row.get_issued(transfers[row.move])}
        staged = {order for order in orders if order._is_material_staged(order in fed)}
        settled = set(orders.filtered(lambda order: order.state in ("done", "cancel")))
        ledger = MaterialLedger(orders.sorted("id"), settled, staged, no_lot=self.env["stock.lot"])
        for row in rows:
            if row.move in returns:
                self._book_use(ledger, returns[row.move], row, "returned_qty")
            elif row.move in transfers:
                self._book_transfer(ledger, row, transfers[row.move])
            elif row.move.scrap_id in scraps:
                self._book_scrap(ledger, row)
            else:
                self._book_component(ledger, row)
        orders._book_leftovers(ledger)
        orders._book_declarations(ledger)
        return ledger

    def _find_component_scraps(self):
        """Done scraps of components of these orders, samples included."""
        scraps = self.env["stock.scrap"].search(
            [
                ("state", "=", "done"),
                "|",
                ("production_id", "in", self.ids),
                ("workorder_id.production_id", "in", self.ids),
            ]
        )
        # A list, not a filter: that would read the moves scrap by scrap.
        return scraps.browse([scrap.id for scrap in scraps if not scrap.move_ids.production_id])

    # Entries

    def _book_use(self, ledger, order, row, column):
        """What did not lie at the line was taken for the order straight from where it was."""
        product, date = row.move.product_id, row.date if row.move.state == "done" else None
        ledger.book(order, product, row.lot, column, row.quantity, date)
        if order in ledger.staged and not row.source._is_inside(order.location_src_id):
            ledger.book(order, product, row.lot, "issued_qty", row.quantity, date)

    def _book_component(self, ledger, row):
        order = row.move.raw_material_production_id
        if row.is_used():
            self._book_use(ledger, order, row, "consumed_qty")
        else:
            ledger.reserve(order, row.move.product_id, row.lot, row.quantity)

    def _book_scrap(self, ledger, row):
        scrap = row.move.scrap_id
        order = scrap.production_id or scrap.workorder_id.production_id
        self._book_use(ledger, order, row, "sampled_qty" if scrap.closure_inspection_id else "scrapped_qty")

    def _book_transfer(self, ledger, row, served):
        """What came after an order was closed is for the others."""
        open_then = [order for order in served if not order._was_closed_before(row.date)]
        orders, product = open_then or list(served), row.move.product_id
        issued, returned = row.get_issued(orders), row.get_returned(orders)
        if issued:
            ledger.issue(issued, product, row.lot, row.quantity, row.date)
        elif returned and row.move.scrap_id:
            ledger.book(returned[-1], product, row.lot, "scrapped_qty", row.quantity, row.date)
        elif returned:
            ledger.give_back(returned, product, row.lot, row.quantity, row.date)

    def _was_closed_before(self, date):
        closure = self.closure_id
        return closure.state == "closed" and bool(closure.closed_at) and closure.closed_at < date

    def _book_leftovers(self, ledger):
        """What was kept at the line or handed on, and what was taken over from other orders."""
        for closure in self.closure_id:
            order = closure.production_id
            for leftover in closure.leftover_ids:
                if leftover.act in LEFTOVER_COLUMNS:
                    column = LEFTOVER_COLUMNS[leftover.act]
                    ledger.book(
                        order, leftover.product_id, leftover.lot_id, column, leftover.quantity, leftover.kept_at
                    )
            for leftover in closure.taken_leftover_ids:
                ledger.book(
                    order, leftover.product_id, leftover.lot_id, "opening_qty", leftover.quantity, leftover.taken_at
                )

    def _book_declarations(self, ledger):
        for line in self.closure_id.balance_ids:
            if line.declared_by_id:
                ledger.declare(line.closure_id.production_id, line.product_id, line.lot_id, line.declared_qty)

    # Plan

    def _enter_plans(self, ledger, baselines):
        """Planned quantities, and what each order needs of what several were issued together.

        :param baselines: ``{order: baseline}`` of all orders in the ledger
        """
        for order in self:
            baseline = baselines[order]
            ratio = order.product_qty / baseline["product_qty"] if baseline["product_qty"] else 0.0
            planned = {
                self.env["product.product"].browse(int(product_id)): line["qty"] * ratio
                for product_id, line in baseline["components"].items()
            }
            for product, quantity in planned.items():
                ledger.plan(order, product, quantity)
            made = order._get_part_made_now()
            for product, quantity in (planned if order.state == "done" else order._get_demand()).items():
                ledger.need(order, product, quantity * made, quantity * (1 - made))

    def _get_demand(self):
        demand = defaultdict(float)
        for move in self.move_raw_ids:
            if move.state != "cancel":
                demand[move.product_id] += move.product_qty
        return demand

    def _get_part_made_now(self):
        """The part of the order that is not left to a backorder which is still to be made."""
        leaves_rest = self.state != "done" and self._is_below_plan() and self._will_make_backorder()
        return self.qty_producing / self.product_qty if leaves_rest else 1.0

    def _is_rest_undecided(self):
        """Whether core will ask what becomes of the rest, and nobody has decided it."""
        asks = self.picking_type_id.create_backorder == "ask"
        return asks and self._is_below_plan() and not self.closure_id.remainder

    def _will_make_backorder(self):
        """Whether the rest is a backorder's: as decided on the closure, else as its kind of operation always does."""
        decided = self.closure_id.remainder
        return decided == "backorder" if decided else self.picking_type_id.create_backorder == "always"


class StockMove(models.Model):
    _inherit = "stock.move"

    _production_group_idx = models.Index("(production_group_id) WHERE production_group_id IS NOT NULL")

    def _read_material_rows(self):
        """Move lines of these moves, in one query, oldest first."""
        groups = self.env["stock.move.line"]._read_group(
            [("move_id", "in", self.ids), ("state", "!=", "cancel")],
            ["move_id", "lot_id", "location_id", "location_dest_id", "picked"],
            ["quantity_product_uom:sum", "date:max"],
        )
        rows = [MaterialRow(*group) for group in groups]
        return sorted(rows, key=lambda row: (row.date, row.move.id, row.lot.id or 0))

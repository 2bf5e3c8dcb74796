from odoo import api, fields, models

from ..tools import format_equation


class MrpClosure(models.Model):
    """The output of an order as one equation, in the unit of the product.

    planned = produced + closed short + backordered + still to make;
    produced = good + quarantined + in rework + scrapped + regraded.
    """

    _inherit = "mrp.closure"

    planned_output_qty = fields.Float(
        string="Planned",
        digits="Product Unit",
        compute="_compute_output",
        help="Of this order and of what it left to backorders.",
    )
    rework_qty = fields.Float(
        string="In Rework", digits="Product Unit", compute="_compute_output", help="Produced, and not acceptable yet."
    )
    short_closed_qty = fields.Float(
        string="Closed Short",
        digits="Product Unit",
        compute="_compute_output",
        help="Planned, and neither made nor left to a backorder.",
    )
    backordered_qty = fields.Float(
        string="Backordered",
        digits="Product Unit",
        compute="_compute_output",
        help="Left to backorders, or to orders split off.",
    )
    to_make_qty = fields.Float(string="Still to Make", digits="Product Unit", compute="_compute_output")
    excess_qty = fields.Float(string="More Than Planned", digits="Product Unit", compute="_compute_output")
    receipt_pending_qty = fields.Float(
        string="Waiting to Be Stored",
        digits="Product Unit",
        compute="_compute_output",
        help="Produced, and the transfer to stock is not done.",
    )
    output_equation = fields.Char(string="Output", compute="_compute_output")
    split_off_qty = fields.Float(
        string="Split Off",
        digits="Product Unit",
        copy=False,
        help="What was planned here and is other orders' now, in the unit of this order.",
    )

    @api.depends_context("lang")
    @api.depends("remainder", "split_off_qty", "production_id.state", "production_id.product_qty")
    def _compute_output(self):
        result = super()._compute_output()
        # In sudo: the figures of the closure are for everybody who may read it.
        for closure in self.sudo():
            closure._complete_output()
            closure.output_equation = closure._describe_output()
        return result

    def _complete_output(self):
        """What became of the plan, and of goods that no disposition is about."""
        order, uom = self.production_id, self.product_id.uom_id
        scrapped = self._get_scrapped_output()
        self.rework_qty = self._get_open_rework()
        self.scrapped_qty += scrapped
        self.good_qty -= scrapped + self.rework_qty
        planned = order.product_uom_id._compute_quantity(order.product_qty, uom)
        missing = max(0.0, planned - self.produced_qty)
        left_over = order.product_uom_id._compute_quantity(self.split_off_qty, uom)
        ended = order.state in ("done", "cancel")
        self.planned_output_qty = planned + left_over
        self.excess_qty = max(0.0, self.produced_qty - planned)
        self.short_closed_qty = missing if ended or self.remainder == "short" else 0.0
        pending = missing if not ended and self.remainder == "backorder" else 0.0
        self.backordered_qty = left_over + pending
        self.to_make_qty = missing - self.short_closed_qty - pending
        self.receipt_pending_qty = sum(move.product_qty for move in self._get_pending_receipts())

    def _describe_output(self):
        """E.g. "10 Units planned = 6 produced (5 good + 1 quarantined) + 4 backordered"."""
        rounding = self.product_id.uom_id.rounding
        produced = format_equation(
            [
                (self.good_qty, self.env._("good")),
                (self.quarantined_qty, self.env._("quarantined")),
                (self.rework_qty, self.env._("in rework")),
                (self.scrapped_qty, self.env._("scrapped")),
                (self.regraded_qty, self.env._("regraded")),
            ],
            rounding,
        )
        total = format_equation([(self.produced_qty, self.env._("produced"))], rounding, always=True)
        rest = format_equation(
            [
                (self.short_closed_qty, self.env._("closed short")),
                (self.backordered_qty, self.env._("backordered")),
                (self.to_make_qty, self.env._("still to make")),
            ],
            rounding,
        )
        plan = format_equation([(self.planned_output_qty, self.env._("planned"))], rounding, always=True)
        excess = format_equation([(self.excess_qty, self.env._("more than planned"))], rounding)
        left = " + ".join(filter(None, [plan, excess]))
        right = " + ".join(filter(None, [f"{total} ({produced})" if produced else total, rest]))
        return f"{left} = {right}"

    def _get_open_rework(self):
        return sum(
            line.quantity
            for line in self.nonconformity_ids.disposition_ids
            if line._is_rework()
            and line.status == "decided"
            and not line.verified_at
            and line.product_id == self.product_id
        )

    def _get_scrapped_output(self):
        """Scraps of the product that were made on the order, besides those a disposition decided about."""
        decided = self.nonconformity_ids.disposition_ids.scrap_ids
        uom = self.product_id.uom_id
        return sum(
            scrap.product_uom_id._compute_quantity(scrap.scrap_qty, uom)
            for scrap in self.production_id.scrap_ids
            if scrap.state == "done" and scrap.product_id == self.product_id and scrap not in decided
        )

    def _get_pending_receipts(self):
        """Moves of the output to stock that are not done: in three steps it waits after production."""
        # A list, not a filtered recordset: that would read the moves order by order.
        return [
            waiting
            for move in self.production_id.move_finished_ids
            for waiting in move.move_dest_ids
            if move.product_id == self.product_id
            and waiting.state not in ("done", "cancel")
            and waiting.location_dest_id.usage == "internal"
            and waiting.picking_code == "internal"
        ]


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _split_productions(self, amounts=False, cancel_remaining_qty=False, set_consumed_qty=False):
        """Keep what an order leaves to others: core lowers its planned quantity."""
        planned = {order: order.product_qty for order in self.filtered("closure_id")}
        orders = super()._split_productions(amounts, cancel_remaining_qty, set_consumed_qty)
        for order, quantity in planned.items():
            closure = order.sudo().closure_id
            closure._write_evidence({"split_off_qty": closure.split_off_qty + quantity - order.product_qty})
        return orders

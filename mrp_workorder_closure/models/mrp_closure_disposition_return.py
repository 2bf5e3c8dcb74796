from odoo import Command, api, fields, models
from odoo.exceptions import UserError

ENDED = ("done", "cancel")


class MrpClosureDisposition(models.Model):
    """Return to supplier: decided when the order closes, done when the delivery has left.

    Until then the goods stand in quarantine. What a delivery leaves behind, cancelled or
    shipped in part, is in quarantine again, and somebody decides anew.
    """

    _inherit = "mrp.closure.disposition"

    delivery_names = fields.Char(
        string="Delivery", compute="_compute_delivery_names", help="Transfers that bring the goods to the supplier."
    )

    @api.depends("move_ids.picking_id.name")
    def _compute_delivery_names(self):
        # In sudo: who may read the decision may know which delivery carries it out.
        for line in self.sudo():
            returned = line.disposition == "return_to_supplier"
            line.delivery_names = returned and ", ".join(line._get_deliveries().picking_id.mapped("name"))

    def _hand_to_warehouse(self):
        """Prepare the delivery back to the supplier; the warehouse validates it when it ships."""
        warehouse = self.nonconformity_id.production_id.picking_type_id.warehouse_id
        self._make_picking(
            warehouse.out_type_id,
            self._get_holding_location(),
            self._get_supplier_location(),
            picked=False,
            partner_id=self.partner_id.id,
        )

    @api.model
    def _prepare_decision_vals(self, vals):
        decided = super()._prepare_decision_vals(vals)
        if vals.get("disposition") == "return_to_supplier" and not vals.get("partner_id"):
            nonconformity = self.env["mrp.closure.nonconformity"].sudo().browse(vals["nonconformity_id"])
            vendors = nonconformity.product_id.seller_ids.filtered(
                lambda vendor: vendor.company_id in (nonconformity.company_id, vendor.company_id.browse())
            )
            decided["partner_id"] = vendors[:1].partner_id.id
        return decided

    def _get_supplier_location(self):
        """Where goods of the supplier go; of one that is not known yet, where those of new ones would."""
        partner = self.partner_id.with_company(self.company_id)
        fallback = partner._fields["property_stock_supplier"].get_company_dependent_fallback
        return partner.property_stock_supplier or fallback(partner)

    def _get_deliveries(self):
        """Moves out of quarantine to the supplier, those of backorders too."""
        out = self.move_ids.filtered(lambda move: move.location_id.closure_hold == "quarantine")
        pickings = found = out.picking_id
        while found := found.backorder_ids - pickings:
            pickings |= found
        return out | pickings.move_ids.filtered(
            lambda move: move.product_id == self.product_id and move.location_id.closure_hold == "quarantine"
        )

    def _get_waiting_deliveries(self):
        """Moves to the supplier that have not left yet."""
        returns = self.filtered(lambda line: line.disposition == "return_to_supplier" and line.status == "decided")
        moves = self.env["stock.move"].union(*(line._get_deliveries() for line in returns))
        return moves.filtered(lambda move: move.state not in ENDED)

    def _get_shipped_quantity(self):
        """What has left for the supplier, in the unit of the product."""
        lines = self._get_deliveries().filtered(lambda move: move.state == "done").move_line_ids
        return sum(lines.mapped("quantity_product_uom"))

    def _check_shipment(self, lines):
        """What leaves quarantine for a return is what was decided, and it goes to the supplier.

        :param lines: stock move lines that are about to leave
        :raises UserError: when more leaves, other lots, or to somewhere else
        """
        if self.disposition != "return_to_supplier":
            return
        names = {"nonconformity": self.nonconformity_id.name, "product": self.product_id.display_name}
        supplier = self._get_supplier_location()
        if any(not line.location_dest_id._child_of(supplier) for line in lines):
            raise UserError(
                self.env._(
                    "To ship %(product)s of %(nonconformity)s, send it back to the supplier, to %(location)s.",
                    location=supplier.display_name,
                    **names,
                )
            )
        total = self._get_shipped_quantity() + sum(lines.mapped("quantity_product_uom"))
        if self.product_uom_id.compare(total, self.quantity) > 0 or (self.lot_ids and lines.lot_id - self.lot_ids):
            raise UserError(
                self.env._(
                    "To ship %(product)s of %(nonconformity)s, leave it at the %(quantity)s %(unit)s %(lots)s to be "
                    "returned: this is more than was decided, or something else.",
                    quantity=self.quantity,
                    unit=self.product_uom_id.name,
                    lots=self.lot_names,
                    **names,
                )
            )

    def _follow_deliveries(self):
        """Once nothing waits to be shipped: done, or in quarantine again as far as it did not leave."""
        ended = self.filtered(
            lambda line: (
                line.disposition == "return_to_supplier"
                and line.status == "decided"
                and line._get_deliveries()
                and not line._get_waiting_deliveries()
            )
        )
        if not ended:
            return
        ended.closure_id._lock()
        for line in ended:
            line._write_evidence({"move_ids": [Command.link(move.id) for move in line._get_deliveries()]})
        left_over = ended.filtered(
            lambda line: line.product_uom_id.compare(line._get_shipped_quantity(), line.quantity) < 0
        )
        (ended - left_over)._mark_done()
        for line in left_over:
            line._keep_in_quarantine()
        ended.nonconformity_id._follow_goods()
        ended.closure_id.action_refresh()

    def _keep_in_quarantine(self):
        """Replace a decision by what came of it: a part that left, and a part that is still there."""
        self.ensure_one()
        names = {"delivery": ", ".join(self._get_deliveries().picking_id.mapped("name"))}
        shipped = self._get_shipped_quantity()
        cancelled = self.env._("the delivery %(delivery)s was cancelled", **names)
        left = self.env._("not everything was shipped with %(delivery)s", **names)
        reason = cancelled if self.product_uom_id.is_zero(shipped) else left
        gone = self._get_deliveries().filtered(lambda move: move.state == "done").move_line_ids.lot_id
        parts = []
        if not self.product_uom_id.is_zero(shipped):
            parts.append(self._prepare_part_vals(self.disposition, shipped, gone, self.reason))
        if not self.is_final:
            serials = self.product_id.tracking == "serial"
            kept = self.lot_ids - gone if serials else self.lot_ids
            parts.append(self._prepare_part_vals("quarantine", self.quantity - shipped, kept, reason))
        self._set_withdrawn(reason)
        self._create_evidence(parts)
        self.nonconformity_id._tell_deciders(
            {
                self.nonconformity_id: self.env._(
                    "Decide again about %(quantity)s %(unit)s in quarantine: %(reason)s",
                    quantity=self.quantity - shipped,
                    unit=self.product_uom_id.name,
                    reason=reason,
                )
            },
            self.decided_by_id,
        )

    def _prepare_part_vals(self, disposition, quantity, lots, reason):
        """A part of this decision, taken by the same person, in effect already."""
        moves = self.move_ids if disposition == self.disposition else self.env["stock.move"]
        return {
            "nonconformity_id": self.nonconformity_id.id,
            "disposition": disposition,
            "quantity": quantity,
            "reason": reason,
            "lot_ids": [Command.set(lots.ids)],
            "partner_id": self.partner_id.id,
            "move_ids": [Command.set(moves.ids)],
            "is_final": self.is_final,
            "status": "done",
            "decided_by_id": self.decided_by_id.id,
            "decided_at": self.decided_at,
            "done_at": fields.Datetime.now(),
        }

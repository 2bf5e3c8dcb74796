from odoo import Command, api, fields, models

from ..models.mrp_closure_disposition import DISPOSITIONS
from ..models.requests import check_one


class MrpClosureDecide(models.TransientModel):
    """The dialog that decides about a part of a nonconformity; the disposition checks who may."""

    _name = "mrp.closure.decide"
    _description = "Decide about nonconforming goods"

    nonconformity_id = fields.Many2one("mrp.closure.nonconformity", required=True, readonly=True, ondelete="cascade")
    product_id = fields.Many2one(related="nonconformity_id.product_id")
    product_uom_id = fields.Many2one(related="nonconformity_id.product_uom_id", string="Unit")
    severity = fields.Selection(related="nonconformity_id.severity")
    disposition = fields.Selection(DISPOSITIONS, required=True)
    ask = fields.Char(compute="_compute_ask", help="Group that would have to take this decision instead of the user.")
    quantity = fields.Float(
        digits="Product Unit", required=True, compute="_compute_quantity", store=True, readonly=False
    )
    reason = fields.Char()
    available_lot_ids = fields.Many2many("stock.lot", compute="_compute_available_lot_ids")
    has_lots = fields.Boolean(compute="_compute_available_lot_ids")
    lot_ids = fields.Many2many("stock.lot", string="Lots/Serial Numbers", domain="[('id', 'in', available_lot_ids)]")
    scrap_reason_tag_ids = fields.Many2many("stock.scrap.reason.tag", string="Scrap Reasons")
    workcenter_id = fields.Many2one("mrp.workcenter", string="Rework at")
    minutes = fields.Float(string="Expected Minutes")
    regrade_product_id = fields.Many2one("product.product", string="Regrade to")
    partner_id = fields.Many2one("res.partner", string="Supplier")

    @api.depends_context("uid")
    @api.depends("nonconformity_id", "disposition")
    def _compute_ask(self):
        for decision in self:
            decision.nonconformity_id.check_access("read")
            decision.ask = decision.disposition and self.env["mrp.closure.disposition"]._get_missing_authority(
                decision.nonconformity_id, decision.disposition
            )

    @api.depends("nonconformity_id")
    def _compute_quantity(self):
        for decision in self:
            decision.nonconformity_id.check_access("read")
            # In sudo: goods nobody decided about come before those in quarantine, whoever looks.
            nonconformity = decision.nonconformity_id.sudo()
            decision.quantity = nonconformity._get_undecided_quantity() or nonconformity._get_quarantined_quantity()

    @api.depends("nonconformity_id")
    def _compute_available_lot_ids(self):
        for decision in self:
            decision.nonconformity_id.check_access("read")
            # In sudo: who may decide about the nonconformity may choose among its lots.
            nonconformity = decision.nonconformity_id.sudo()
            lots = (
                nonconformity._get_open_quarantine_lots()
                or nonconformity.lot_ids
                or nonconformity.closure_id._get_produced_lots(nonconformity.product_id)
            )
            decision.available_lot_ids = lots.ids
            decision.has_lots = bool(lots)

    def action_decide(self):
        """Take the decision."""
        check_one(self)
        vals = {
            "nonconformity_id": self.nonconformity_id.id,
            "disposition": self.disposition,
            "quantity": self.quantity,
            "reason": self.reason,
            "lot_ids": [Command.set(self.lot_ids.ids)] if self.lot_ids else False,
            **self._get_kind_vals(),
        }
        self.env["mrp.closure.disposition"].create([vals])
        return {"type": "ir.actions.act_window_close"}

    def _get_kind_vals(self):
        """What only this kind of disposition has."""
        kinds = {
            "rework": {"workcenter_id": self.workcenter_id.id, "minutes": self.minutes},
            "repair": {"workcenter_id": self.workcenter_id.id, "minutes": self.minutes},
            "scrap": {"scrap_reason_tag_ids": [Command.set(self.scrap_reason_tag_ids.ids)]},
            "regrade": {"regrade_product_id": self.regrade_product_id.id},
            "return_to_supplier": {"partner_id": self.partner_id.id},
        }
        return kinds.get(self.disposition, {})

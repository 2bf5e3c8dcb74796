from odoo import Command, api, fields, models

from ..models.mrp_closure_nonconformity import SEVERITIES
from ..models.requests import check_one


class MrpClosureReportProblem(models.TransientModel):
    """The dialog in which an operator reports a problem, with photos."""

    _name = "mrp.closure.report.problem"
    _description = "Report a problem"

    closure_id = fields.Many2one("mrp.closure", required=True, readonly=True, ondelete="cascade")
    workorder_id = fields.Many2one("mrp.workorder", readonly=True, ondelete="cascade")
    workorder_name = fields.Char(related="workorder_id.name", string="Operation")
    available_product_ids = fields.Many2many("product.product", compute="_compute_choices")
    available_lot_ids = fields.Many2many("stock.lot", compute="_compute_choices")
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('id', 'in', available_product_ids)]",
    )
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    has_lots = fields.Boolean(compute="_compute_choices")
    lot_ids = fields.Many2many("stock.lot", string="Lots/Serial Numbers", domain="[('id', 'in', available_lot_ids)]")
    quantity = fields.Float(
        digits="Product Unit", default=1, help="How many pieces have the problem, in the unit of the product."
    )
    severity = fields.Selection(SEVERITIES, required=True, default="minor")
    description = fields.Text(required=True, help="What was found, and where.")
    photo_ids = fields.Many2many("ir.attachment", string="Photos", bypass_search_access=True)

    @api.depends("closure_id")
    def _compute_product_id(self):
        for report in self:
            report.product_id = report.closure_id.product_id

    @api.depends("closure_id", "product_id")
    def _compute_choices(self):
        for report in self:
            report.closure_id.check_access("read")
            # In sudo: who may report on the closure may choose among its own products and lots.
            order = report.closure_id.sudo().production_id
            moves = order.move_finished_ids
            lots = order.lot_producing_ids | moves.move_line_ids.lot_id
            report.available_product_ids = (order.product_id | moves.product_id).ids
            report.available_lot_ids = lots.filtered(lambda lot, report=report: lot.product_id == report.product_id).ids
            report.has_lots = bool(report.available_lot_ids)

    @api.model
    def _get_dialog(self, closure):
        """Window action of the dialog for one closure."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Report a Problem: %(order)s", order=closure.name),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_closure_id": closure.id},
        }

    def action_report(self):
        """Open the nonconformity; its model checks who may."""
        check_one(self)
        nonconformity = self.env["mrp.closure.nonconformity"].create(
            [
                {
                    "closure_id": self.closure_id.id,
                    "workorder_id": self.workorder_id.id,
                    "product_id": self.product_id.id,
                    "lot_ids": [Command.set(self.lot_ids.ids)],
                    "quantity": self.quantity,
                    "severity": self.severity,
                    "description": self.description,
                }
            ]
        )
        self._attach_photos(nonconformity)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(nonconformity)s was reported.", nonconformity=nonconformity.name),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _attach_photos(self, nonconformity):
        """Hand the uploaded photos over; only the user's own fresh uploads."""
        files = self.photo_ids.sudo().filtered(
            lambda file: (
                file.create_uid == self.env.user and file.res_model in (False, self._name) and not file.res_field
            )
        )
        files.write({"res_model": nonconformity._name, "res_id": nonconformity.id})

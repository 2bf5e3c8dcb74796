from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.mrp_closure_leftover_stock import LeftoverPart
from ..models.requests import check_one, to_id, to_list

ACTS = [
    ("return", "Return to Stock"),
    ("keep", "Keep at Line"),
    ("transfer", "Hand to Order"),
    ("leave", "Leave"),
]


class MrpClosureReturn(models.TransientModel):
    """The dialog about leftovers: what goes back to stock, what stays at the line, what another order takes.

    It is filled in from the balances of the orders. What it says is looked at again when it
    is confirmed: nothing of it is trusted.
    """

    _name = "mrp.closure.return"
    _description = "Return leftovers"
    _inherit = ["mrp.closure.dialog"]

    closure_ids = fields.Many2many("mrp.closure", string="Closures", required=True, readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    is_single = fields.Boolean(compute="_compute_company_id")
    line_ids = fields.One2many(
        "mrp.closure.return.line",
        "wizard_id",
        string="Leftovers",
        compute="_compute_line_ids",
        store=True,
        precompute=True,
        readonly=False,
    )
    location_dest_id = fields.Many2one(
        "stock.location",
        string="Return to",
        compute="_compute_location_dest_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('usage', '=', 'internal'), ('closure_hold', '=', False), ('company_id', 'in', (company_id, False))]",
        help="Empty: the stock of the warehouse of each order.",
    )
    available_workcenter_ids = fields.Many2many("mrp.workcenter", compute="_compute_company_id")
    workcenter_id = fields.Many2one(
        "mrp.workcenter",
        string="Keep at",
        domain="[('id', 'in', available_workcenter_ids)]",
        help="Where kept leftovers lie. They are offered to orders that work there; empty: to all orders of the line.",
    )
    target_closure_id = fields.Many2one(
        "mrp.closure",
        string="Hand to",
        domain="[('company_id', '=', company_id), ('state', 'not in', ('closed', 'cancel')),"
        " ('id', 'not in', closure_ids)]",
        help="The order that takes over what is handed on. It must need the component at the same line.",
    )
    reason = fields.Char(help="Why it was left.")
    photo_ids = fields.Many2many("ir.attachment", string="Photos", bypass_search_access=True)
    has_return = fields.Boolean(compute="_compute_chosen_acts")
    has_keep = fields.Boolean(compute="_compute_chosen_acts")
    has_transfer = fields.Boolean(compute="_compute_chosen_acts")
    has_lots = fields.Boolean(compute="_compute_chosen_acts")
    has_kept = fields.Boolean(compute="_compute_chosen_acts")

    @api.depends("closure_ids")
    def _compute_company_id(self):
        for wizard in self:
            closures = wizard._get_readable_closures()
            wizard.company_id = closures.company_id[:1]
            wizard.is_single = len(closures) == 1
            wizard.available_workcenter_ids = closures.production_id.workorder_ids.workcenter_id.ids

    @api.depends("closure_ids")
    def _compute_line_ids(self):
        for wizard in self:
            closures = wizard._get_readable_closures()
            wizard.line_ids = [Command.clear()] + [
                Command.create(vals) for vals in wizard.line_ids._prepare_leftover_lines(closures)
            ]

    @api.depends("closure_ids")
    def _compute_location_dest_id(self):
        for wizard in self:
            warehouses = wizard._get_readable_closures().production_id.picking_type_id.warehouse_id
            wizard.location_dest_id = warehouses.lot_stock_id if len(warehouses) == 1 else False

    @api.depends("line_ids.act", "line_ids.lot_id", "line_ids.leftover_id")
    def _compute_chosen_acts(self):
        for wizard in self:
            acts = set(wizard.line_ids.mapped("act"))
            wizard.has_return, wizard.has_keep, wizard.has_transfer = (
                act in acts for act in ("return", "keep", "transfer")
            )
            wizard.has_lots = bool(wizard.line_ids.lot_id)
            wizard.has_kept = bool(wizard.line_ids.leftover_id)

    def _get_readable_closures(self):
        """The closures in sudo, after the check that the user may read them: figures come from the order."""
        closures = self.closure_ids._origin
        closures.sudo(False).check_access("read")
        return closures.sudo()

    @api.model
    def _get_dialog(self, closures, more_context=None):
        """Window action of the dialog for the leftovers of some orders.

        The dialog is made at once: on a phone, lines that are not stored yet could not be told from new ones.
        """
        context = {"default_closure_ids": closures.ids, **(more_context or {})}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leftovers of %(orders)s", orders=", ".join(closures.mapped("name")))
            if len(closures) == 1
            else self.env._("Leftovers of %(count)s Orders", count=len(closures)),
            "res_model": self._name,
            "res_id": self.with_context(**context).create({}).id,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    def action_confirm(self):
        """Carry out what the lines say: one done transfer for each order that returns something.

        :raises AccessError: for who is no operator, or may not read one of the orders
        :raises UserError: without a reason, without anything to do, or for more than is left
        """
        check_one(self)
        closures = self.line_ids.closure_id
        closures._check_may_settle_leftovers(self.env._("return leftovers of"))
        reason = closures._check_reason(self.reason, self.env._("settle leftovers of"))
        parts = self.line_ids.filtered(lambda line: line._is_chosen())._get_parts()
        if not parts:
            raise UserError(self.env._("To settle leftovers, enter the quantity of at least one component."))
        self._check_places(parts)
        photos = self._get_photos()
        # In sudo: group, access to the orders and places were checked; nobody needs rights on stock for it.
        settled = (
            self.env["mrp.closure"]
            .sudo()
            .union(*(part.closure for part in parts))
            ._settle_leftovers(
                parts,
                reason,
                destination=self.location_dest_id.sudo(),
                workcenter=self.workcenter_id.sudo(),
                target=self.target_closure_id.sudo(),
            )
        )
        settled[:1]._keep_photos(photos)
        return self._get_notification(settled)

    def _check_places(self, parts):
        """What was chosen is what this user may see, inside the company, and a place for good stock."""
        closures = self.env["mrp.closure"].union(*(part.closure for part in parts)).sudo()
        destination, target = self.location_dest_id, self.target_closure_id
        destination.check_access("read")
        if destination and (
            destination.usage != "internal"
            or destination.closure_hold
            or any(
                destination.company_id not in (closure.company_id, destination.company_id.browse())
                for closure in closures
            )
        ):
            raise UserError(
                self.env._(
                    "To return leftovers, choose a stock location of the company of the order: %(location)s is none.",
                    location=destination.display_name,
                )
            )
        if any(part.act == "transfer" for part in parts):
            if not target:
                raise UserError(self.env._("To hand leftovers on, choose the order that takes them."))
            target._check_may_settle_leftovers(self.env._("take over leftovers for"))
        if any(part.leftover and part.act == "keep" for part in parts):
            raise UserError(self.env._("To leave at the line what is kept there already, choose Leave."))
        if self.workcenter_id - self.available_workcenter_ids:
            raise UserError(
                self.env._(
                    "To keep leftovers at a work center, choose one of the order: %(workcenter)s is none.",
                    workcenter=self.workcenter_id.sudo().name,
                )
            )

    def _get_photos(self):
        """The uploaded photos: only the user's own fresh uploads, and only pictures."""
        files = self.photo_ids.sudo().filtered(
            lambda file: (
                file.create_uid == self.env.user and file.res_model in (False, self._name) and not file.res_field
            )
        )
        for file in files:
            if not file._filter_photos():
                raise UserError(self.env._("To add %(file)s as a photo, choose a picture.", file=file.name))
        return files

    def _get_notification(self, settled):
        pickings = settled.move_id.picking_id
        message = self.env._("The leftovers are settled.")
        if pickings:
            message = self.env._("Returned by %(transfers)s.", transfers=", ".join(pickings.mapped("name")))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class MrpClosureReturnLine(models.TransientModel):
    """One component, and lot, of one order in the dialog about leftovers."""

    _name = "mrp.closure.return.line"
    _description = "Leftover to return"
    _inherit = ["mrp.closure.dialog"]

    wizard_id = fields.Many2one("mrp.closure.return", required=True, index=True, ondelete="cascade")
    closure_id = fields.Many2one("mrp.closure", string="Order", required=True, readonly=True, ondelete="cascade")
    leftover_id = fields.Many2one("mrp.closure.leftover", string="Kept Leftover", readonly=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade")
    lot_id = fields.Many2one("stock.lot", string="Lot/Serial Number", readonly=True, ondelete="cascade")
    tracking = fields.Selection(related="product_id.tracking")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    leftover_qty = fields.Float(string="Left", digits="Product Unit", readonly=True)
    is_kept = fields.Boolean(string="Kept", compute="_compute_is_kept", help="It was kept at the line before.")
    act = fields.Selection(ACTS, string="What to Do", required=True, default="return")
    quantity = fields.Float(digits="Product Unit")

    @api.constrains("closure_id", "leftover_id", "lot_id")
    def _check_line_access(self):
        """What the dialog shows is read in sudo: it is for those who may read it."""
        for records in (self.closure_id, self.leftover_id, self.lot_id):
            records.sudo(False).check_access("read")

    @api.depends("leftover_id")
    def _compute_is_kept(self):
        for line in self:
            line.is_kept = bool(line.leftover_id)

    @api.model
    def _prepare_leftover_lines(self, closures):
        """Values of lines for what these orders, read in sudo, have left.

        What the order reserved and may still use is shown, but not proposed. The balance lines
        that the user selected limit it to their components.
        """
        wanted = self.env.context.get("closure_leftover_keys")
        keys = {tuple(map(to_id, to_list(key))) for key in to_list(wanted)} if wanted else None
        lines = []
        balances = closures._compute_balances()
        for closure in closures:
            if closure.state != "closed":
                for (product, lot), figure in balances[closure].items():
                    if product.uom_id.compare(figure.leftover_qty, 0) > 0 or figure.is_open_ended:
                        lines.append(self._prepare_line(closure, product, lot, figure))
            for leftover in closure.leftover_ids.filtered(lambda leftover: leftover.state == "kept"):
                lines.append(self._prepare_kept_line(leftover, bool(keys)))
        return [vals for vals in lines if not keys or (vals["closure_id"], vals["product_id"], vals["lot_id"]) in keys]

    @api.model
    def _prepare_line(self, closure, product, lot, figure):
        left = max(figure.leftover_qty, 0.0)
        reserved = sum(closure._get_reserved_lines(product, lot).mapped("quantity_product_uom"))
        proposed = max(left - reserved, 0.0)
        return {
            "closure_id": closure.id,
            "product_id": product.id,
            "lot_id": lot.id,
            "leftover_qty": left,
            "quantity": 0.0 if product.uom_id.is_zero(proposed) else proposed,
            "act": "leave" if product.uom_id.is_zero(proposed) else "return",
        }

    @api.model
    def _prepare_kept_line(self, leftover, is_selected):
        return {
            "closure_id": leftover.closure_id.id,
            "leftover_id": leftover.id,
            "product_id": leftover.product_id.id,
            "lot_id": leftover.lot_id.id,
            "leftover_qty": leftover.quantity,
            "quantity": leftover.quantity,
            "act": "return" if is_selected else "leave",
        }

    @api.onchange("quantity")
    def _onchange_quantity(self):
        """Whoever enters a quantity wants something done with it."""
        for line in self:
            if line.act == "leave" and line.quantity and not line.leftover_id:
                line.act = "return"

    def _is_chosen(self):
        return self.act != "leave" and self.uom_id.compare(self.quantity, 0) != 0

    def _get_parts(self):
        """The decisions of these lines, in sudo.

        :raises AccessError: when a line names what the user may not read
        :raises UserError: when a kept leftover is not of the order of its line
        """
        parts = []
        self.leftover_id.check_access("read")
        for line in self.sudo():
            leftover = line.leftover_id
            if leftover and (leftover.closure_id, leftover.product_id, leftover.lot_id) != (
                line.closure_id,
                line.product_id,
                line.lot_id,
            ):
                raise UserError(
                    self.env._(
                        "To settle leftovers of %(order)s, open the dialog again: it is about another order.",
                        order=line.closure_id.name,
                    )
                )
            parts.append(LeftoverPart(line.closure_id, line.product_id, line.lot_id, line.quantity, line.act, leftover))
        return parts

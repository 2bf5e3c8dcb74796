from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

LINKS = frozenset({"production_id", "raw_material_production_id"})
# What says how much of what went where. Dates, value, remaining quantities, journal
# entries and links between moves stay free: landed costs, returns and subcontracting write them.
FROZEN_FIELDS = frozenset(
    "state product_id product_uom product_uom_qty quantity picked location_id location_dest_id move_line_ids lot_ids "
    "workorder_id operation_id cost_share price_unit picking_id scrap_id unit_factor company_id".split()
)
FROZEN_LINE_FIELDS = frozenset(
    "state product_id product_uom_id quantity quantity_product_uom picked location_id location_dest_id lot_id lot_name "
    "owner_id package_id result_package_id move_id".split()
)


class StockMove(models.Model):
    """Stock of an order with a closure is posted while it is being closed, and never edited behind it."""

    _inherit = "stock.move"

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves._get_closure_moves()._check_closure_not_closed()
        return moves

    def write(self, vals):
        if not LINKS.isdisjoint(vals):
            self._check_closure_links(vals)
        if not FROZEN_FIELDS.isdisjoint(vals):
            self._check_closure_change()
        if vals.get("state") == "done":
            self._check_closure_posting()
        if "value" in vals and not self.env.su:
            self._check_value_right()
        result = super().write(vals)
        if "location_dest_id" in vals:
            # A scrap that is sent elsewhere is a product or a component from now on.
            self._get_closure_moves()._check_closure_not_closed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_closure_not_closed(self):
        self._check_closure_change()

    def _action_done(self, cancel_backorder=False):
        # Looked at before anything is posted: a caller may swallow the error without a savepoint.
        self._check_closure_posting()
        return super()._action_done(cancel_backorder=cancel_backorder)

    @api.constrains("state")
    def _check_closure_gate(self):
        self.filtered(lambda move: move.state == "done")._check_closure_posting()

    def _get_closure_orders(self):
        """The orders these moves consume for or produce for."""
        return self.raw_material_production_id | self.production_id

    def _get_closure_moves(self):
        """Moves of an order that has a closure; scraps of its output are none of them."""
        return self.filtered(
            lambda move: (
                (move.raw_material_production_id and move.raw_material_production_id._is_closure_gated())
                or (move.production_id and move.production_id._is_closure_gated())
            )
        )

    def _check_closure_posting(self):
        """Refuse stock of orders that are not being closed right now; scraps may be posted."""
        self._get_closure_moves().filtered(lambda move: not move._is_closure_scrap())._refuse_posting()

    def _check_closure_not_closed(self):
        """Refuse moves of closed orders; their finished goods may still be scrapped."""
        kept = self.filtered(lambda move: not (move.production_id and move._is_closure_scrap()))
        kept._get_closure_orders()._check_closure_not_closed()

    def _check_closure_change(self):
        """Refuse changes that would alter what a closed order moved, or stock it posted outside the gate."""
        moves = self._get_closure_moves()
        moves._check_closure_not_closed()
        moves.filtered(lambda move: move.state == "done")._refuse_posting()

    def _refuse_posting(self):
        refused = self._get_closure_orders().filtered(lambda order: not order._can_post_stock())
        if refused:
            refused._check_closure_not_closed()
            self.env["mrp.production"]._raise_use_mark_as_done(refused)

    def _is_closure_scrap(self):
        """Whether everything goes to a loss location: stock follows the lines, not their move."""
        self.ensure_one()
        usages = (self.location_dest_id | self.move_line_ids.location_dest_id).mapped("usage")
        return set(usages) == {"inventory"}

    def _check_closure_links(self, vals):
        """Refuse to take moves out of, or into, an order whose closure runs, except while it is being closed."""
        for name in LINKS.intersection(vals):
            moved = self.filtered(lambda move, name=name: move[name].id != (vals[name] or False))
            orders = (moved[name] | moved[name].browse(moved and vals[name] or [])).filtered(
                lambda order: (
                    order._is_closure_gated()
                    and (order.closure_id or order.state != "draft")
                    and order.closure_door != "open"
                )
            )
            if orders:
                raise ValidationError(
                    self.env._(
                        "To change the components or products of %(orders)s, add or remove lines on the order: "
                        "its moves cannot be handed to or taken from another order.",
                        orders=", ".join(orders.sudo().mapped("name")),
                    )
                )

    def _check_value_right(self):
        # Posting a bill values what a subcontractor made, with the rights of who posts it.
        groups = ("stock.group_stock_manager", "account.group_account_invoice")
        if not any(self.env.user.has_group(group) for group in groups):
            # Core values a scrap of the output while it posts it, with the rights of who scraps.
            posted = self.filtered(lambda move: move.state == "done")
            orders = posted._get_closure_orders().filtered(lambda order: order._is_closure_closed())
            if orders:
                raise AccessError(
                    self.env._(
                        "To change the value of moves of %(orders)s, ask an inventory administrator or an accountant: "
                        "the order is closed.",
                        orders=", ".join(orders.sudo().mapped("name")),
                    )
                )


class StockMoveLine(models.Model):
    """Lines of done moves change stock by themselves, so they stand behind the same gate."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        moves = self.env["stock.move"].browse({vals["move_id"] for vals in vals_list if vals.get("move_id")})
        moves._check_closure_change()
        if gated := moves._get_closure_moves():
            # Core posts a line that calls itself done, whatever its move says.
            default_state = self.default_get(["state"]).get("state")
            if any(vals.get("state", default_state) == "done" for vals in vals_list):
                gated._refuse_posting()
        return super().create(vals_list)

    def write(self, vals):
        if not FROZEN_LINE_FIELDS.isdisjoint(vals):
            moves = self.move_id | self.move_id.browse(vals.get("move_id") or [])
            moves._check_closure_change()
            if vals.get("state") == "done":
                moves._get_closure_moves()._refuse_posting()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_closure_not_closed(self):
        self.move_id._check_closure_change()

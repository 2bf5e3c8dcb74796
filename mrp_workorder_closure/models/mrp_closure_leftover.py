from odoo import api, fields, models
from odoo.exceptions import UserError

from .requests import check_one, to_id

ACTS = [("return", "Returned to Stock"), ("keep", "Kept at Line"), ("transfer", "Handed to Order")]
LEFTOVER_STATES = [("kept", "Lying at Line"), ("taken", "Taken Over"), ("returned", "In Stock")]


class MrpClosureLeftover(models.Model):
    """What became of components that an order was issued and did not use.

    ``act`` is what that order did with them and settles its balance; ``state`` is where they
    are now. What was kept lies at the line until another order takes it over or it is
    returned after all. Keeping and taking over move no stock: the goods lie there already.
    Quantities are in the unit of the product.
    """

    _name = "mrp.closure.leftover"
    _description = "Closure leftover"
    _inherit = ["mrp.closure.evidence", "mrp.closure.notes"]
    _order = "id desc"
    _rec_name = "product_id"

    closure_id = fields.Many2one(
        "mrp.closure", string="Left by", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="closure_id.company_id", store=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, index=True, ondelete="restrict")
    lot_id = fields.Many2one(
        "stock.lot", string="Lot/Serial Number", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    lot_name = fields.Char(related="lot_id.name", string="Lot/Serial")
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    location_id = fields.Many2one(
        "stock.location", string="Line", required=True, readonly=True, index=True, ondelete="restrict"
    )
    workcenter_id = fields.Many2one(
        "mrp.workcenter",
        string="Work Center",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Where it lies. It is offered to orders that work there; empty: to all orders of the line.",
    )
    workcenter_name = fields.Char(related="workcenter_id.name", string="At Work Center")
    act = fields.Selection(ACTS, string="What Was Done", required=True, readonly=True)
    state = fields.Selection(
        LEFTOVER_STATES, string="Where It Is", required=True, readonly=True, index=True, tracking=True
    )
    taken_closure_id = fields.Many2one(
        "mrp.closure", string="Taken by", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    taken_by_id = fields.Many2one("res.users", string="Taken over by", readonly=True, index="btree_not_null")
    taken_at = fields.Datetime(string="Taken on", readonly=True)
    move_id = fields.Many2one("stock.move", string="Return Move", readonly=True, index="btree_not_null")
    picking_name = fields.Char(related="move_id.picking_id.name", string="Transfer")
    kept_by_id = fields.Many2one("res.users", string="Done by", readonly=True, index="btree_not_null")
    kept_at = fields.Datetime(string="Done on", readonly=True)
    reason = fields.Char(required=True, readonly=True)

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "To settle a leftover, enter a quantity of more than 0."
    )

    def action_take_over(self, closure_id, quantity=None):
        """Take goods that lie at the line into another order, where they open its balance.

        :param closure_id: id of the closure of the order that takes them
        :param quantity: in the unit of the product, a part of it or, when left out, all
        :return: the leftovers taken
        :raises AccessError: for who is no operator, or may not read one of the orders
        :raises UserError: when they are gone, or the order has no use for them there
        """
        check_one(self)
        closure = self.env["mrp.closure"].browse(to_id(closure_id))
        check_one(closure)
        (closure | self.closure_id)._check_may_settle_leftovers(self.env._("take over leftovers for"))
        # In sudo: the right to do it was checked, and nobody may write leftovers otherwise.
        leftover = self.sudo()
        (leftover.closure_id | closure.sudo())._lock()
        taken = leftover._take_over(closure.sudo(), leftover.quantity if quantity is None else quantity)
        closure.sudo().action_refresh()
        return taken.with_env(self.env)

    def action_open_picking(self):
        """Open the transfer that brought the goods back to stock."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": self.sudo().move_id.picking_id.id,
            "views": [(False, "form")],
        }

    # Where it goes

    def _take_over(self, closure, quantity):
        """Hand ``quantity`` of a kept leftover to another order."""
        self._check_is_kept(quantity)
        closure._check_can_take(self.closure_id, self.product_id, self.location_id, self.workcenter_id)
        taken = self._split_off(quantity)
        taken._write_evidence(
            {
                "state": "taken",
                "taken_closure_id": closure.id,
                "taken_by_id": self.env.uid,
                "taken_at": fields.Datetime.now(),
            }
        )
        return taken

    def _mark_returned(self, move, quantity, reason):
        """Goods that were kept are back in stock: for an order that is still open they count as returned."""
        self._check_is_kept(quantity)
        returned = self._split_off(quantity)
        vals = {"state": "returned", "move_id": move.id}
        if self.closure_id.state != "closed":
            vals.update(act="return", reason=reason, kept_by_id=self.env.uid, kept_at=fields.Datetime.now())
        returned._write_evidence(vals)
        return returned

    def _split_off(self, quantity):
        """The leftover of exactly ``quantity``: this one, or a part of it."""
        if self.uom_id.compare(quantity, self.quantity) == 0:
            return self
        (part,) = self._create_evidence([{**self.copy_data()[0], "state": self.state, "quantity": quantity}])
        self._write_evidence({"quantity": self.quantity - quantity})
        return part

    def _keep_photos(self, files):
        """Uploaded pictures belong to the evidence from now on."""
        if self:
            files._hand_over(self)

    def _check_files_are_free(self, adding=False):
        """Photos come with the dialog that settles a leftover, and stay."""
        if self:
            raise UserError(
                self.env._(
                    "To keep the evidence of what %(orders)s left, leave its photos as they are.",
                    orders=", ".join(self.sudo().closure_id.mapped("name")),
                )
            )

    def _check_is_kept(self, quantity):
        names = {"product": self.product_id._name_with_lot(self.lot_id), "order": self.closure_id.name}
        if self.state != "kept":
            raise UserError(
                self.env._(
                    "To use what %(order)s left of %(product)s, look at the leftovers again: "
                    "somebody took it meanwhile.",
                    **names,
                )
            )
        if not self.product_id._is_countable(quantity) or self.uom_id.compare(quantity, self.quantity) > 0:
            raise UserError(
                self.env._(
                    "To use what %(order)s left of %(product)s, enter a quantity of at most %(quantity)s %(unit)s.",
                    **names,
                    quantity=self.quantity,
                    unit=self.uom_id.name,
                )
            )


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _name_with_lot(self, lot):
        """What people read, e.g. "Screw (L-0815)"; ``lot`` may be empty."""
        return f"{self.display_name} ({lot.name})" if lot else self.display_name

    def _is_countable(self, quantity):
        """Whether so much of one lot can be moved: more than nothing, and serial numbers one by one.

        :param quantity: in the unit of the product, of one lot or serial number
        """
        if self.uom_id.compare(quantity, 0) <= 0:
            return False
        return self.tracking != "serial" or self.uom_id.compare(quantity, 1) == 0


class MrpClosure(models.Model):
    """Leftovers of an order, and those of earlier orders that lie where it needs them."""

    _inherit = "mrp.closure"

    leftover_ids = fields.One2many("mrp.closure.leftover", "closure_id", string="Leftovers")
    taken_leftover_ids = fields.One2many("mrp.closure.leftover", "taken_closure_id", string="Taken Over")
    offered_leftover_ids = fields.Many2many(
        "mrp.closure.leftover", string="Offered Leftovers", compute="_compute_offered_leftover_ids"
    )
    offered_leftover_count = fields.Integer(compute="_compute_offered_leftover_ids")

    @api.depends("state")
    def _compute_offered_leftover_ids(self):
        offered = self.sudo()._get_offered_leftovers()
        for closure in self:
            closure.offered_leftover_ids = offered[closure.sudo()].ids
            closure.offered_leftover_count = len(offered[closure.sudo()])

    def _get_offered_leftovers(self):
        """Kept leftovers that these orders could use, in one search.

        :return: ``{closure: leftovers}``
        """
        running = self.filtered(lambda closure: closure.state not in ("closed", "cancel"))
        orders = running.production_id
        kept = self.env["mrp.closure.leftover"].search(
            [
                ("state", "=", "kept"),
                ("company_id", "in", running.company_id.ids),
                ("product_id", "in", orders.move_raw_ids.product_id.ids),
            ],
            order="id",
        )
        return {
            closure: kept.filtered(
                lambda leftover, closure=closure: (
                    closure in running
                    and not closure._get_cannot_take_reason(
                        leftover.closure_id, leftover.product_id, leftover.location_id, leftover.workcenter_id
                    )
                )
            )
            for closure in self
        }

    def _get_component_location(self, product):
        """Where the order takes a component from: its line."""
        moves = self.production_id.move_raw_ids.filtered(
            lambda move: move.product_id == product and move.state != "cancel" and not move.scrap_id
        )
        return moves[:1].location_id or self.production_id.location_src_id

    def _get_cannot_take_reason(self, source, product, location, workcenter):
        """Why this order cannot take what another one left, or None."""
        order = self.production_id
        names = {"order": self.name, "giver": source.name, "product": product.display_name}
        if self == source or self.company_id != source.company_id:
            return self.env._(
                "To take over %(product)s of %(giver)s, choose another order of the same company than %(order)s.",
                **names,
            )
        if self.state in ("closed", "cancel"):
            return self.env._(
                "To take over %(product)s of %(giver)s for %(order)s, choose an open order: this one is closed.",
                **names,
            )
        used = order.move_raw_ids.filtered(lambda move: move.state != "cancel" and not move.scrap_id)
        if product not in used.product_id:
            return self.env._(
                "To take over %(product)s of %(giver)s, choose an order that needs it: %(order)s does not.", **names
            )
        workcenters = order.workorder_ids.workcenter_id
        if self._get_component_location(product) != location or (workcenter and workcenter not in workcenters):
            return self.env._(
                "To take over %(product)s of %(giver)s for %(order)s, return it to stock first: "
                "it lies at another line (%(place)s).",
                **names,
                place=workcenter.name or location.display_name,
            )
        return None

    def _check_can_take(self, source, product, location, workcenter):
        reason = self._get_cannot_take_reason(source, product, location, workcenter)
        if reason:
            raise UserError(reason)

import contextlib

import psycopg2

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

# Written by the gate alone, by nobody else and in no other way than _write_gate.
GATE_FIELDS = frozenset({"closure_id", "closure_template_id", "closure_door"})


class MrpProduction(models.Model):
    """The gate. ``button_mark_done`` is the only way for an order with a closure to be done.

    The button opens the order's door, core works, then the door is sealed, or shut
    where core asked something first. Constraints and a SQL CHECK refuse every other
    way, because an order also becomes done by a computation, an import, or SQL.
    """

    _inherit = "mrp.production"

    closure_template_id = fields.Many2one(
        "mrp.closure.template",
        compute="_compute_closure_template_id",
        store=True,
        precompute=True,
        copy=False,
        ondelete="restrict",
        help="What this order is held to. Derived while the order is a draft, settled when it is confirmed.",
    )
    closure_id = fields.Many2one("mrp.closure", copy=False, readonly=True, index="btree_not_null", ondelete="set null")
    closure_door = fields.Selection(
        [("open", "Open"), ("sealed", "Sealed")],
        copy=False,
        readonly=True,
        help="Technical: open while the order is being closed, sealed once it is.",
    )

    _closure_gate = models.Constraint(
        "CHECK(state IS DISTINCT FROM 'done' OR closure_door IS NOT NULL"
        " OR (closure_id IS NULL AND closure_template_id IS NULL))",
        "To finish a manufacturing order that has a closure, use Mark as Done once its closure is ready.",
    )

    def _auto_init(self):
        # The column is made here, empty: orders that are open or done at installation stay as they were.
        if not tools.sql.column_exists(self.env.cr, self._table, "closure_template_id"):
            tools.sql.create_column(self.env.cr, self._table, "closure_template_id", "int4")
        return super()._auto_init()

    @api.depends("product_id", "bom_id", "picking_type_id", "company_id")
    def _compute_closure_template_id(self):
        settled = self.filtered(lambda order: order._origin.id and order.state != "draft")
        for order in settled:
            order.closure_template_id = order.closure_template_id
        templates = (self - settled)._get_closure_templates()
        for order in self - settled:
            order.closure_template_id = templates[order]

    @api.model
    def default_get(self, fields):
        return super().default_get([name for name in fields if name not in GATE_FIELDS])

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_gate_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_gate_fields(vals)
        return super().write(vals)

    def _check_gate_fields(self, vals):
        if not GATE_FIELDS.isdisjoint(vals):
            raise AccessError(
                self.env._(
                    "To change the closure of %(orders)s, use the closure itself: the gate's own fields cannot be set.",
                    orders=", ".join(self.sudo().mapped("name")) or self.env._("a new manufacturing order"),
                )
            )

    def _write_gate(self, vals):
        """Write the gate's own fields, past its guard; unreachable over RPC."""
        return super().write(vals)

    def button_mark_done(self):
        """Close orders whose closure is ready; refuse all others before core touches anything.

        :raises RedirectWarning: with all reasons of all orders, and a way to the closures
        """
        entering = self.filtered(lambda order: order._is_closure_gated() and order.closure_door != "open")
        if not entering:
            return super().button_mark_done()
        entering.sudo().closure_id._lock()
        entering.sudo().closure_id._prefetch_whole()
        entering._raise_closure_blockers(
            entering._get_closure_finished_blockers() or entering._get_closure_gate_blockers()
        )
        gate = entering.sudo()
        gate._prefetch_labour()
        # Before the first write: whatever that sets off was not seen.
        seen = gate._get_all_seen()
        gate._write_gate({"closure_door": "open"})
        try:
            with self._remember_what_was_seen(seen):
                result = super().button_mark_done()
        except Exception:
            # A caller may swallow the error and go on in this transaction, unless SQL itself failed.
            # Where the order was done already, the shut door is refused in its turn, here or by the
            # SQL CHECK: what the user has to read is the error that came first.
            with contextlib.suppress(psycopg2.Error, ValidationError):
                gate._write_gate({"closure_door": False})
            raise
        # Where components were consumed and nothing was produced, core leaves the order cancelled.
        closed = gate.filtered(lambda order: order.state in ("done", "cancel"))
        (gate - closed)._write_gate({"closure_door": False})
        closed._write_gate({"closure_door": "sealed"})
        closed.closure_id._close()
        return result

    def pre_button_mark_done(self):
        """Look a second time when core's quantities are final: "Produce All" fills some in itself."""
        result = super().pre_button_mark_done()
        if result is True:
            opened = self.filtered(lambda order: order.closure_door == "open")
            opened._raise_closure_blockers(
                opened._filter_changed_since_seen()._get_closure_gate_blockers(final=True)
                + opened._get_remainder_blockers()
            )
        return result

    @api.constrains("state")
    def _check_closure_gate(self):
        gated = self.filtered(lambda order: order._is_closure_gated())
        leaks = gated.filtered(lambda order: order.state == "done" and not order.closure_door)
        if leaks:
            self._raise_use_mark_as_done(leaks)
        undone = gated.filtered(
            lambda order: (
                order.closure_door == "sealed" and order.state != "done" and not order._is_closed_without_output()
            )
        )
        if undone:
            raise ValidationError(
                self.env._(
                    "To correct %(orders)s, have a manager reopen its closure: a closed order stays done.",
                    orders=", ".join(undone.mapped("name")),
                )
            )
        gated.filtered(lambda order: order.state == "cancel" and not order.closure_door)._check_cancel_leaves_nothing()

    def _is_closed_without_output(self):
        self.ensure_one()
        return self.state == "cancel" and all(move.state == "cancel" for move in self.move_finished_ids)

    def _check_cancel_leaves_nothing(self):
        """An order of which components are consumed cannot slip out by being cancelled."""
        consumed = self.filtered(
            lambda order: (
                not order.closure_id.cancel_reason
                and any(move.state == "done" for move in order.move_raw_ids | order.move_finished_ids)
            )
        )
        if consumed:
            raise ValidationError(
                self.env._(
                    "To cancel %(orders)s, return or scrap what was consumed, close it short, "
                    "or ask a closure manager to cancel it with a reason.",
                    orders=", ".join(consumed.mapped("name")),
                )
            )

    @api.model
    def _raise_use_mark_as_done(self, orders):
        raise ValidationError(
            self.env._(
                "To finish %(orders)s, use Mark as Done on the order: it has a closure, "
                "and stock is posted by that button only.",
                orders=", ".join(orders.sudo().mapped("name")),
            )
        )

    def _is_closure_gated(self):
        self.ensure_one()
        return bool(self.closure_id or self.closure_template_id)

    def _can_post_stock(self):
        """Whether done moves of the order may come up or change now: while it is being
        closed, while its closure is reopened, or when it has none."""
        self.ensure_one()
        if not self._is_closure_gated() or self.closure_door == "open":
            return True
        return self.closure_door == "sealed" and self.sudo().closure_id.state != "closed"

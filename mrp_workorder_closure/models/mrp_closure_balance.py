from collections import defaultdict

from odoo import api, fields, models

from .mrp_closure import OPERATOR

WAREHOUSE_CONTROLLER = "mrp_workorder_closure.group_warehouse_controller"


class MrpClosureBalance(models.Model):
    """Material reconciliation of one component, or of one lot of it, of one order.

    opening + issued = consumed + scrapped + samples + returned + kept + transferred + unaccounted,
    in the unit of the product. The figures are those of the last look; the rule computes them again.
    """

    _name = "mrp.closure.balance"
    _description = "Closure balance line"
    _inherit = ["mrp.closure.evidence", "mrp.closure.notes"]
    _order = "closure_id desc, sequence, id"
    _rec_name = "product_id"

    closure_id = fields.Many2one("mrp.closure", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="closure_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    closure_state = fields.Selection(related="closure_id.state", string="Closure State", tracking=False)
    sequence = fields.Integer(readonly=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, index=True, ondelete="restrict")
    component = fields.Char(compute="_compute_component", help="The product, and its lot or serial number.")
    lot_id = fields.Many2one(
        "stock.lot", string="Lot/Serial Number", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    lot_name = fields.Char(related="lot_id.name", string="Lot/Serial")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    uom_name = fields.Char(related="product_id.uom_id.name", string="Unit Name")
    location_id = fields.Many2one(
        "stock.location",
        string="Line",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="Where the order takes its components from.",
    )
    planned_qty = fields.Float(string="Planned", digits="Product Unit", readonly=True)
    opening_qty = fields.Float(
        string="Opening", digits="Product Unit", readonly=True, help="Taken over from earlier orders at this line."
    )
    issued_qty = fields.Float(
        string="Issued",
        digits="Product Unit",
        readonly=True,
        help="Moved to the line for this order, or declared; else what was used.",
    )
    consumed_qty = fields.Float(string="Consumed", digits="Product Unit", readonly=True)
    scrapped_qty = fields.Float(string="Scrapped", digits="Product Unit", readonly=True)
    sampled_qty = fields.Float(
        string="Samples", digits="Product Unit", readonly=True, help="Taken by inspections of this order."
    )
    returned_qty = fields.Float(string="Returned", digits="Product Unit", readonly=True)
    kept_qty = fields.Float(
        string="Kept", digits="Product Unit", readonly=True, help="Left at the line for the next order."
    )
    transferred_qty = fields.Float(
        string="Handed On", digits="Product Unit", readonly=True, help="Given to another order directly."
    )
    unaccounted_qty = fields.Float(
        string="Unaccounted",
        digits="Product Unit",
        readonly=True,
        tracking=True,
        help="Positive: left over, and nobody said where it is. Negative: more was used than there was.",
    )
    leftover_qty = fields.Float(
        string="Leftover", digits="Product Unit", readonly=True, help="What may still be returned, kept or handed on."
    )
    reconciled_pct = fields.Float(string="Reconciled (%)", digits=(16, 1), readonly=True, aggregator="avg")
    tolerance = fields.Float(
        string="Tolerance (%)",
        digits=(16, 6),
        readonly=True,
        aggregator=False,
        help="Part of what there was that may stay unaccounted with an explanation.",
    )
    unit_cost = fields.Float(digits="Product Price", readonly=True, aggregator=False)
    leftover_value = fields.Monetary(string="Value of Leftover", readonly=True)
    last_move_date = fields.Datetime(string="Last Movement", readonly=True)
    is_open_ended = fields.Boolean(
        string="Issue Not Declared",
        readonly=True,
        help="Nobody declared what was issued: it follows from what was used.",
    )
    is_declared = fields.Boolean(string="Declared", readonly=True)
    declared_qty = fields.Float(string="Declared Quantity", digits="Product Unit", readonly=True, tracking=True)
    declared_by_id = fields.Many2one("res.users", string="Declared by", readonly=True, tracking=True)
    explanation = fields.Char(readonly=True, tracking=True)
    explained_qty = fields.Float(
        string="Figure Explained",
        digits="Product Unit",
        readonly=True,
        help="The explanation ends when the figure changes.",
    )
    explained_by_id = fields.Many2one("res.users", string="Explained by", readonly=True, tracking=True)
    explained_at = fields.Datetime(string="Explained on", readonly=True)
    is_explained = fields.Boolean(compute="_compute_is_explained")
    can_declare = fields.Boolean(compute="_compute_permissions")
    can_explain = fields.Boolean(compute="_compute_permissions")

    _lot_uniq = models.UniqueIndex(
        "(closure_id, product_id, COALESCE(lot_id, 0))", "This component has a balance line already."
    )

    @api.depends_context("lang")
    @api.depends("product_id", "lot_id")
    def _compute_component(self):
        # In sudo: whoever reads the line reads what it is about.
        for line in self.sudo():
            line.component = line.product_id._name_with_lot(line.lot_id)

    @api.depends("explained_by_id", "explained_qty", "unaccounted_qty")
    def _compute_is_explained(self):
        for line in self:
            line.is_explained = line._explains(line.unaccounted_qty)

    @api.depends_context("uid")
    @api.depends("closure_state", "unaccounted_qty", "is_open_ended", "is_declared")
    def _compute_permissions(self):
        is_operator = self.env.user.has_group(OPERATOR)
        is_controller = self.env.user.has_group(WAREHOUSE_CONTROLLER)
        for line in self:
            runs = line.closure_state not in ("closed", "cancel")
            line.can_declare = is_operator and runs and (line.is_open_ended or line.is_declared)
            line.can_explain = is_controller and runs and not line.uom_id.is_zero(line.unaccounted_qty)

    def _explains(self, unaccounted):
        """Whether the explanation was given for this very figure."""
        return bool(self.explained_by_id) and self.uom_id.compare(self.explained_qty, unaccounted) == 0

    # Making and refreshing

    @api.model
    def _sync_balances(self, closures):
        """Bring the balance lines of closures with such a control point up to date, in one batch.

        An explanation ends when its figure changes.
        """
        # In sudo: the figures follow from the moves of the order, whoever looks at it.
        # Mapped, not filtered: that would read the checks closure by closure.
        checks = closures.sudo().check_ids.filtered(lambda check: check.kind == "material_balance")
        closures = checks.closure_id
        tolerances = {}
        for check in checks:
            tolerances[check.closure_id] = min(
                check.tolerance_pct, tolerances.get(check.closure_id, check.tolerance_pct)
            )
        if not closures:
            return
        figures = closures._compute_balances()
        known = {(line.closure_id, line.product_id, line.lot_id): line for line in closures.balance_ids}
        missing, kept, changes = [], self.sudo().browse(), defaultdict(self.sudo().browse)
        for closure in closures:
            for sequence, ((product, lot), line) in enumerate(figures[closure].items()):
                vals = self._prepare_balance_vals(closure, product, line, sequence)
                vals["tolerance"] = tolerances[closure]
                balance = known.get((closure, product, lot))
                if balance:
                    kept |= balance
                    if changed := balance._get_changed_values(vals):
                        changes[tuple(changed.items())] |= balance
                else:
                    new = self._prepare_new_balance_vals(vals)
                    missing.append({"closure_id": closure.id, "product_id": product.id, "lot_id": lot.id, **new})
        # Lines that change alike, as when their orders close together, are written together.
        for changed, lines in changes.items():
            lines._write_evidence(dict(changed))
        (closures.balance_ids - kept)._clear_figures()
        if missing:
            self.sudo().with_context(tracking_disable=True)._create_evidence(missing)

    @api.model
    def _prepare_balance_vals(self, closure, product, figures, sequence):
        cost = product.with_company(closure.company_id).standard_price
        return {
            "sequence": sequence,
            "location_id": closure.production_id.location_src_id.id,
            "planned_qty": figures.planned_qty,
            "opening_qty": figures.opening_qty,
            "issued_qty": figures.issued_qty,
            "consumed_qty": figures.consumed_qty,
            "scrapped_qty": figures.scrapped_qty,
            "sampled_qty": figures.sampled_qty,
            "returned_qty": figures.returned_qty,
            "kept_qty": figures.kept_qty,
            "transferred_qty": figures.transferred_qty,
            "unaccounted_qty": figures.unaccounted_qty,
            "leftover_qty": figures.leftover_qty,
            "reconciled_pct": figures.reconciled_pct,
            "unit_cost": cost,
            "leftover_value": figures.leftover_qty * cost,
            "last_move_date": figures.last_move_date,
            "is_open_ended": figures.is_open_ended,
            "is_declared": figures.is_declared,
        }

    def _get_changed_values(self, vals):
        """What to write on one line, so that it has these figures."""
        self.ensure_one()
        changed = {name: value for name, value in vals.items() if self._differs(self._fields[name], value)}
        if self.explained_by_id and not self._explains(vals["unaccounted_qty"]):
            changed.update(explanation=False, explained_by_id=False, explained_at=False, explained_qty=0.0)
        return changed

    def _differs(self, field, value):
        """Whether a value is another one than the line has, once it is rounded as the field does."""
        current = self[field.name]
        if field.type == "float" and value == current:
            return False
        return field.convert_to_cache(value, self) != field.convert_to_cache(current, self)

    def _clear_figures(self):
        """Lines of components that the order has no more: those that somebody spoke about stay, at zero."""
        spoken = self.filtered(lambda line: line.explained_by_id or line.declared_by_id)
        (self - spoken).unlink()
        names = [name for name, field in self._fields.items() if field.type == "float" and name.endswith("_qty")]
        for line in spoken:
            vals = {**dict.fromkeys(names, 0.0), "leftover_value": 0.0, "reconciled_pct": 100.0}
            if changed := line._get_changed_values(vals):
                line._write_evidence(changed)

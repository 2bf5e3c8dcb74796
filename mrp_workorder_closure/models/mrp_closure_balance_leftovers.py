from collections import defaultdict

from odoo import api, fields, models

from .requests import check_one

# Orders in these states use nothing more of what lies at their line.
ENDING = ("to_close", "done", "cancel")


class MrpClosureBalance(models.Model):
    """What still lies at the line, for whom it concerns: how much, of what value, for how long."""

    _inherit = "mrp.closure.balance"

    is_in_production = fields.Boolean(
        string="In Production", readonly=True, help="The order may still use it, at the last look."
    )
    kept_open_qty = fields.Float(
        string="Kept and Not Taken",
        digits="Product Unit",
        compute="_compute_open",
        store=True,
        help="Kept at the line, and no order has taken it over.",
    )
    open_qty = fields.Float(
        string="At the Line",
        digits="Product Unit",
        compute="_compute_open",
        store=True,
        help="Left over and not accounted for, or kept and not taken over.",
    )
    open_value = fields.Monetary(string="Value at the Line", compute="_compute_open", store=True)
    age_days = fields.Integer(
        string="Age (days)", compute="_compute_age_days", help="Days since the component was last moved for the order."
    )

    @api.depends(
        "leftover_qty",
        "unit_cost",
        "closure_state",
        "closure_id.leftover_ids.state",
        "closure_id.leftover_ids.quantity",
    )
    def _compute_open(self):
        kept = defaultdict(float)
        for leftover in self.closure_id.leftover_ids:
            if leftover.state == "kept":
                kept[leftover.closure_id, leftover.product_id, leftover.lot_id] += leftover.quantity
        for line in self:
            line.kept_open_qty = kept[line.closure_id, line.product_id, line.lot_id]
            # What a closed order did not account for was explained or conceded: it is no leftover.
            left = 0.0 if line.closure_state == "closed" else line.leftover_qty
            line.open_qty = line.kept_open_qty + left
            line.open_value = line.open_qty * line.unit_cost

    @api.depends("last_move_date")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for line in self:
            line.age_days = (now - line.last_move_date).days if line.last_move_date else 0

    @api.model
    def _prepare_balance_vals(self, closure, product, figures, sequence):
        vals = super()._prepare_balance_vals(closure, product, figures, sequence)
        return {**vals, "is_in_production": closure.production_id.state not in ENDING}

    @api.model
    def _prepare_new_balance_vals(self, vals):
        """What lies at the line, as it will be computed for a line of which nothing was kept: then it is not
        written a second time."""
        left = vals["leftover_qty"]
        return {**vals, "kept_open_qty": 0.0, "open_qty": left, "open_value": left * vals["unit_cost"]}

    def action_return(self):
        """Open one dialog about these leftovers; it makes one transfer for each order.

        :raises AccessError: for who is no operator, or may not read one of the orders
        """
        self.check_access("read")
        closures = self.closure_id
        closures._check_may_settle_leftovers(self.env._("return leftovers of"))
        keys = [(line.closure_id.id, line.product_id.id, line.sudo().lot_id.id) for line in self]
        return self.env["mrp.closure.return"]._get_dialog(closures, {"closure_leftover_keys": keys})

    def action_refresh(self):
        """Look again at what lies at the line for the orders of these lines."""
        self.check_access("read")
        return self.closure_id.action_refresh()

    def action_open_closure(self):
        """Open the closure of the order that left it."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()


class MrpClosure(models.Model):
    _inherit = "mrp.closure"

    def _follow_cancelled_orders(self):
        """What a cancelled order was issued is left over from now on."""
        running = self.filtered(lambda closure: closure.state != "cancel")
        result = super()._follow_cancelled_orders()
        cancelled = running.filtered(lambda closure: closure.state == "cancel")
        self.env["mrp.closure.balance"]._sync_balances(cancelled)
        return result

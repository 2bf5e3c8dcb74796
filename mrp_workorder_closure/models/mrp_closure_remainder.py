from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import Blocker
from .mrp_closure_evidence import _Evidence
from .requests import to_id, to_list


class MrpClosure(models.Model):
    """Output below plan: whether the rest is made later or given up is decided before closing."""

    _inherit = "mrp.closure"

    remainder = fields.Selection(
        [("backorder", "Backorder"), ("short", "Close Short")],
        tracking=True,
        help="What happens to the quantity that was planned and not produced.",
    )
    short_reason = fields.Char(tracking=True)
    remainder_output = fields.Float(
        string="Output Decided About",
        digits="Product Unit",
        help="Quantity produced when it was decided about the rest. With a lower output it has to be decided again.",
    )
    is_below_plan = fields.Boolean(compute="_compute_is_below_plan")

    def _compute_is_below_plan(self):
        for closure in self:
            closure.is_below_plan = closure.sudo().production_id._is_below_plan()

    def write(self, vals):
        """Whoever writes what happens to the rest decides it through the actions and their checks.

        Integrations know these two fields and not the buttons; everything else about a closure is evidence.
        """
        if isinstance(vals, _Evidence) or "remainder" not in vals:
            return super().write(vals)
        others = {name: value for name, value in vals.items() if name not in ("remainder", "short_reason")}
        result = super().write(others) if others else True
        if vals["remainder"] == "backorder" and not vals.get("short_reason"):
            return self.action_keep_backorder() and result
        if vals["remainder"] == "short":
            return self.action_close_short(vals.get("short_reason")) and result
        return super().write(vals)

    def action_keep_backorder(self):
        """Decide that a backorder makes the rest.

        :raises AccessError: when the user is no operator
        :raises UserError: when the closure is closed or cancelled, or output is not below plan
        """
        self._decide_remainder("backorder", False)
        return True

    def action_close_short(self, reason):
        """Decide that the rest is not made.

        :param reason: why the order ends below plan
        :raises AccessError: when the user is no operator
        :raises UserError: without a reason, when the closure is closed or cancelled, or output is not below plan
        """
        self._decide_remainder("short", self._check_reason(reason, self.env._("close short")))
        return True

    def _decide_remainder(self, remainder, reason):
        self._check_is_operator()
        closures = self.sudo()
        closures._lock()
        for closure in closures:
            if closure.state in ("closed", "cancel") or not closure.is_below_plan:
                raise UserError(
                    self.env._(
                        "To decide what happens to the rest of %(order)s, enter a quantity produced that is below "
                        "plan, while its closure runs.",
                        order=closure.name,
                    )
                )
        for output, decided in closures.grouped(lambda closure: closure.production_id.qty_producing).items():
            decided._write_evidence({"remainder": remainder, "short_reason": reason, "remainder_output": output})
        closures.action_refresh()

    def _is_remainder_decided(self):
        """Whether the decision about the rest covers the output there is: more is fine, less is not."""
        self.ensure_one()
        uom, output = self.production_id.product_uom_id, self.production_id.qty_producing
        return bool(self.remainder) and uom.compare(output, self.remainder_output) >= 0

    def _get_close_type(self):
        self.ensure_one()
        order = self.production_id
        if self._is_forced():
            return "forced"
        return "short" if self.remainder == "short" and order._is_below_plan() else "normal"


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _is_below_plan(self):
        """Whether something was produced, and less than planned."""
        self.ensure_one()
        uom = self.product_uom_id
        return not uom.is_zero(self.qty_producing) and uom.compare(self.qty_producing, self.product_qty) < 0

    def _get_remainder_blockers(self):
        """Orders whose answer to core's backorder question differs from what was decided.

        Core's answer stands in the context of the wizard; whatever it says, the decision
        on the closure holds.
        """
        answered = set(map(to_id, to_list(self.env.context.get("mo_ids_to_backorder"))))
        blockers = []
        for order in self.filtered(lambda order: order.sudo().closure_id.remainder and order._is_below_plan()):
            decided = order.sudo().closure_id.remainder
            if (decided == "backorder") != (order.id in answered):
                message = (
                    self.env._("To close %(order)s as decided, create the backorder.", order=order.name)
                    if decided == "backorder"
                    else self.env._("To close %(order)s short as decided, create no backorder.", order=order.name)
                )
                blockers.append(Blocker(order, "remainder", message, order.user_id.name or ""))
        return blockers

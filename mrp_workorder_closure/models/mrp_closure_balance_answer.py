import math

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .mrp_closure import OPERATOR
from .mrp_closure_balance import WAREHOUSE_CONTROLLER
from .mrp_closure_evidence import _Evidence
from .requests import check_one


class MrpClosureBalance(models.Model):
    """What people say about a balance line: how much was issued, why a figure is unaccounted."""

    _inherit = "mrp.closure.balance"

    def write(self, vals):
        """Whoever writes an explanation, or what was issued, does it through the action and its checks.

        Integrations know these two fields and not the buttons; everything else about a line is evidence.
        """
        if isinstance(vals, _Evidence) or vals.keys().isdisjoint({"explanation", "issued_qty"}):
            return super().write(vals)
        answers = dict(vals)
        explain, declare = "explanation" in answers, "issued_qty" in answers
        explanation, issued = answers.pop("explanation", None), answers.pop("issued_qty", None)
        result = super().write(answers)
        for line in self if declare else ():
            line.action_declare_issued(issued)
        if explain:
            self.action_explain(explanation)
        return result

    def action_declare_issued(self, quantity):
        """Say how much was issued, where nothing moves before components are consumed.

        :param quantity: in the unit of the product; for a component whose lots are not known yet, of all of them
        :raises AccessError: for who is no operator, or may not read the closure
        :raises UserError: for a quantity below 0, where transfers say what was issued, or when the closure is closed
        """
        check_one(self)
        self._check_may_answer(OPERATOR, self.env._("declare what was issued to"))
        # In sudo: the right to answer was checked, and nobody may write the line otherwise.
        line = self.sudo()
        line.closure_id._lock()
        line._check_runs(self.env._("declare what was issued to"))
        if line.closure_id.production_id in line._get_staged_orders():
            raise UserError(
                self.env._(
                    "To change what was issued to %(order)s, make a transfer to its line or return one: "
                    "%(product)s is picked before manufacturing.",
                    order=line.closure_id.name,
                    product=line.product_id.display_name,
                )
            )
        is_number = isinstance(quantity, int | float) and not isinstance(quantity, bool) and math.isfinite(quantity)
        if not is_number or line.uom_id.compare(quantity, 0) < 0:
            raise UserError(
                self.env._(
                    "To declare what was issued of %(product)s to %(order)s, enter a quantity of 0 or more.",
                    order=line.closure_id.name,
                    product=line.product_id.display_name,
                )
            )
        line._write_evidence({"declared_qty": quantity, "declared_by_id": self.env.uid, "is_declared": True})
        line.closure_id.action_refresh()
        return True

    def action_explain(self, explanation):
        """Explain what is unaccounted; the explanation ends when the figure changes.

        :param explanation: why, kept with the line
        :raises AccessError: for who is no warehouse controller, or may not read the closure
        :raises UserError: without an explanation, when nothing is unaccounted, when the figure is not that of
            now, or when the closure is closed
        """
        self._check_may_answer(WAREHOUSE_CONTROLLER, self.env._("explain what is unaccounted in"))
        # In sudo: the right to answer was checked, and nobody may write the lines otherwise.
        lines = self.sudo()
        reason = lines.closure_id._check_reason(explanation, self.env._("explain what is unaccounted in"))
        lines.closure_id._lock()
        lines._check_runs(self.env._("explain what is unaccounted in"))
        lines._check_figures_are_current()
        for quantity, same in lines.grouped("unaccounted_qty").items():
            same._write_evidence(
                {
                    "explanation": reason,
                    "explained_qty": quantity,
                    "explained_by_id": self.env.uid,
                    "explained_at": fields.Datetime.now(),
                }
            )
        lines.closure_id.action_refresh()
        return True

    def action_open_explanation(self):
        """Ask for the explanation of these lines."""
        return self.env["mrp.closure.reason"]._get_dialog(self, "explain")

    def action_open_declaration(self):
        """Ask how much was issued."""
        check_one(self)
        self.check_access("read")
        return self.env["mrp.closure.declare"]._get_dialog(self)

    def _get_staged_orders(self):
        orders = self.closure_id.production_id
        return orders._open_material_ledger().staged

    def _check_figures_are_current(self):
        """Nobody explains a figure that they have not seen."""
        balances = self.closure_id._compute_balances()
        for line in self:
            figures = balances[line.closure_id].get((line.product_id, line.lot_id))
            current = figures.unaccounted_qty if figures else 0.0
            names = {"product": line.product_id.display_name, "order": line.closure_id.name}
            if line.uom_id.is_zero(current):
                raise UserError(
                    self.env._(
                        "To explain %(product)s in %(order)s, choose a component with something unaccounted: "
                        "there is nothing to explain.",
                        **names,
                    )
                )
            if line.uom_id.compare(current, line.unaccounted_qty) != 0:
                raise UserError(
                    self.env._(
                        "To explain %(product)s in %(order)s, refresh the closure first: the figures have changed.",
                        **names,
                    )
                )

    def _check_runs(self, act):
        for closure in self.closure_id:
            if closure.state in ("closed", "cancel"):
                raise UserError(
                    self.env._(
                        "To %(act)s %(order)s, have a closure manager reopen its closure: it is %(state)s now.",
                        act=act,
                        order=closure.name,
                        state=closure._get_state_label(closure.state),
                    )
                )

    def _check_may_answer(self, group, act):
        if not self.env.user.has_group(group):
            raise AccessError(
                self.env._(
                    "To %(act)s %(orders)s, ask somebody of the group %(group)s.",
                    act=act,
                    orders=", ".join(self.sudo().closure_id.mapped("name")),
                    group=self.env.ref(group).sudo().name,
                )
            )
        self.check_access("read")
        self.closure_id.check_access("read")

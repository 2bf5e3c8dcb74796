from odoo import models

from ..tools import Blocker


class MrpProduction(models.Model):
    """What keeps an order from being done besides its checks: somebody has not approved, or approved other figures."""

    _inherit = "mrp.production"

    def _get_closure_gate_blockers(self, final=False):
        """The one reason function behind gate, screens and RPC: orders, checks, then approvals.

        Free of side effects. The number of queries does not depend on the number of orders.

        :param final: True once core has filled in all quantities
        :return: list of Blocker; where checks are missing, nobody is asked to approve yet
        """
        blockers = self._get_closure_blockers(final=final)
        held = {blocker.production.id for blocker in blockers}
        rest = self.filtered(lambda order: order.id not in held)
        return blockers + rest._get_closure_approval_blockers(final=final)

    def _get_closure_approval_blockers(self, final=False):
        """Approvals that are missing, and figures that are no longer those that were approved."""
        # In sudo: whoever may close the order is told whose approval is missing.
        orders = self.sudo().filtered(
            lambda order: order.closure_id.state in ("open", "to_approve", "approved") and order.state != "cancel"
        )
        approved = orders.filtered(lambda order: order.closure_id.state == "approved")
        changes = approved.closure_id._get_changed_figures(final=final)
        unready = {}
        for blocker in orders.filtered(lambda order: order._waits_for_submission())._get_closure_readiness_blockers():
            unready.setdefault(blocker.production.id, []).append(blocker)
        blockers = []
        asked = orders.closure_id.filtered(lambda closure: closure.state == "to_approve")
        asked._prefetch_approvals()
        asked.approval_ids.mapped("owner")
        for order in orders:
            if order._waits_for_submission():
                blockers += unready.get(order.id) or [order._get_submission_blocker()]
            elif order.closure_id.state == "to_approve":
                blockers += order._get_pending_approval_blockers()
            elif order.closure_id in changes and not order._fills_in_forced_figures(final):
                blockers.append(order._get_changed_figures_blocker(changes[order.closure_id]))
        return blockers

    def _waits_for_submission(self):
        self.ensure_one()
        return self.closure_id.state == "open" and self.closure_id._has_levels()

    def _get_submission_blocker(self):
        message = self.env._("To close %(order)s, submit its closure for approval.", order=self.name)
        return Blocker(self, "submission", message, self.user_id.name or "")

    def _get_pending_approval_blockers(self):
        blockers = []
        for approval in self.closure_id._get_pending_approvals():
            names = {"order": self.name, "level": approval.name}
            message = self.env._('To close %(order)s, have it approved at "%(level)s".', **names)
            owner = approval.owner
            if approval.is_stuck:
                message = self.env._(
                    'To close %(order)s, have a manager name who approves at "%(level)s": nobody named there can.',
                    **names,
                )
                owner = self.closure_id._get_manager_label()
            blockers.append(Blocker(self, "approval", message, owner))
        return blockers

    def _get_changed_figures_blocker(self, changes):
        message = self.env._(
            "To close %(order)s, have its figures submitted and approved again: %(changes)s.",
            order=self.name,
            changes="; ".join(changes),
        )
        return Blocker(self, "figures", message, self.user_id.name or "")

    def _fills_in_forced_figures(self, final):
        """A forced order with nothing entered: core fills in what Mark as Done stands for."""
        self.ensure_one()
        closure = self.closure_id
        return final and closure._is_forced() and closure._was_empty_when_forced()

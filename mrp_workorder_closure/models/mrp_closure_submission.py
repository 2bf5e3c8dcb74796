from odoo import fields, models

from .mrp_closure import OPERATOR, REVIEWERS


class MrpClosure(models.Model):
    """From open figures to a closed order: who submits, when, and what leads back."""

    _inherit = "mrp.closure"

    def action_submit(self):
        """Submit complete figures: without approval levels the closure is then approved.

        A reopened closure, whose order is done already, closes at once.

        :raises UserError: naming everything that is missing
        """
        self._check_is_operator()
        closures = self.sudo()
        closures._lock()
        closures._check_state("open", self.env._("submit"))
        orders = closures.production_id
        orders._raise_closure_blockers(orders._get_closure_blockers() + orders._get_closure_readiness_blockers())
        closures._submit()
        closures.filtered(lambda closure: closure.production_id.closure_door == "sealed")._close()
        return True

    def _submit(self):
        """From open to approved: nobody approves what has no levels."""
        now = fields.Datetime.now()
        for submitter, closures in self.grouped(lambda closure: closure._get_submitter()).items():
            closures._set_state("approved", submitted_by_id=submitter.id, submitted_at=now, approved_at=now)

    def _close(self):
        """Close the closures of orders that were just marked as done."""
        self.filtered(lambda closure: closure.state == "open")._submit()
        for close_type, closures in self.grouped(lambda closure: closure._get_close_type()).items():
            closures._set_state("closed", closed_at=fields.Datetime.now(), close_type=close_type)

    def _submit_by_itself(self):
        """Submit what is complete, in the first round of the first revision only.

        The submitter is the acting user; for the system user it is the responsible of
        the order, and where there is none the closure waits for a person.
        """
        first = self.filtered(lambda closure: closure.state == "open" and closure.round == 1)
        orders = first.production_id.filtered(lambda order: order.state not in ("draft", "done", "cancel"))
        blockers = orders._get_closure_blockers() + orders._get_closure_readiness_blockers()
        ready = orders.browse(orders.ids) - orders.browse([blocker.production.id for blocker in blockers])
        ready.closure_id.filtered(lambda closure: closure._get_submitter())._submit()

    def _get_submitter(self):
        """Who submits: the acting user, also under sudo; for the system user and for those
        who only review, the order's responsible."""
        acting = self.env.user
        reviews = any(acting.has_group(group) for group in REVIEWERS) and not acting.has_group(OPERATOR)
        return self.user_id if reviews or acting._is_superuser() else acting

    def _back_to_open_if_blocked(self):
        """An approved closure of which a blocking check is no longer met is open again."""
        blocked = self.filtered(lambda closure: closure.state != "open" and closure.check_blocking_count)
        blocked._reopen_round()

    def _reopen_round(self):
        for closure in self:
            closure._set_state("open", round=closure.round + 1, approved_at=False)

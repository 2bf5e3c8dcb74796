from markupsafe import Markup

from odoo import fields, models

from .mrp_closure import OPERATOR


class MrpClosure(models.Model):
    """From open figures to a closed order: who submits, when, and what leads back."""

    _inherit = "mrp.closure"

    def action_submit(self):
        """Submit complete figures: to the approval levels, or, without any, the closure is then approved.

        A reopened closure, whose order is done already, closes at once, or with the last approval.

        :raises UserError: naming everything that is missing
        """
        self._check_is_operator()
        closures = self.sudo()
        closures._lock()
        closures._check_state("open", self.env._("submit"))
        orders = closures.production_id
        orders._raise_closure_blockers(orders._get_closure_blockers() + orders._get_closure_readiness_blockers())
        closures._submit()
        closures.filtered(
            lambda closure: closure.state == "approved" and closure.production_id.closure_door == "sealed"
        )._close()
        closures._sync_activities()
        return True

    def _has_levels(self):
        self.ensure_one()
        return bool(self.template_version_id._get_levels())

    def _needs_responsible(self):
        """Whether some level can be decided by the responsible of the order only."""
        self.ensure_one()
        return any(
            level["is_responsible"] and not level["group_id"] and not level["user_ids"]
            for level in self.template_version_id._get_levels()
        )

    def _submit(self):
        """From open to the approval levels; without levels nobody has to approve."""
        now = fields.Datetime.now()
        levelled = self.filtered(lambda closure: closure._has_levels())
        for submitter, closures in (self - levelled).grouped(lambda closure: closure._get_submitter()).items():
            closures._set_state("approved", submitted_by_id=submitter.id, submitted_at=now, approved_at=now)
        for closure, figures in levelled._seal_figures().items():
            closure._set_state("to_approve", submitted_by_id=closure._get_submitter().id, submitted_at=now, **figures)
        if levelled:
            levelled._notify("submitted")
            levelled._start_approval()

    def _close(self):
        """Close the closures of orders that were just marked as done."""
        self.filtered(lambda closure: closure.state == "open")._submit()
        self.env["mrp.closure.balance"]._sync_balances(self)
        self._seal_forced_figures()
        for close_type, closures in self.grouped(lambda closure: closure._get_close_type()).items():
            closures._set_state("closed", closed_at=fields.Datetime.now(), close_type=close_type)
        self._notify("closed")

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
        who only look at the closure, the order's responsible. Whoever closes the order, as a receipt
        from a subcontractor does, does more than look."""
        acting = self.env.user
        closes = bool(self.production_id.closure_door)
        reviews = acting._is_internal() and not acting.has_group(OPERATOR) and not closes
        return self.user_id if reviews or acting._is_superuser() else acting

    def _back_to_open_if_blocked(self):
        """A submitted closure of which a blocking check is no longer met is open again, unless it is forced."""
        blocked = self.filtered(
            lambda closure: closure.state != "open" and closure.check_blocking_count and not closure.forced_by_id
        )
        blocked._reopen_round()

    def _back_to_open_if_changed(self):
        """Approvals hold for the figures they were given for: with other figures the closure is open again.

        Those who approved are told which figure changed, from what to what. Not while core
        itself changes figures because the order is being closed.
        """
        submitted = self.filtered(
            lambda closure: closure.state in ("to_approve", "approved") and closure.production_id.closure_door != "open"
        )
        changes = submitted._get_changed_figures()
        changed = self.browse([closure.id for closure in changes])
        changed._lock()
        for closure in changed:
            closure._post_changes(changes[closure])
        changed._reopen_round()

    def _post_changes(self, changes):
        """Tell those who approved which figures are no longer what they approved."""
        decisions = self._get_approving_decisions()
        persons = (decisions._get_persons() | self.submitted_by_id).filtered("active")
        body = self.env._("Figures changed since they were submitted, so they have to be submitted and approved again:")
        self.message_post(
            body=Markup("%s<ul>%s</ul>") % (body, Markup().join(Markup("<li>%s</li>") % change for change in changes)),
            partner_ids=persons.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )

    def _reopen_round(self):
        """Back to open for the next round: what was approved in this one stays on record, and counts no more."""
        self._supersede_approvals(("waiting", "pending", "approved"))
        self._keep_previous_figures()
        for closure in self:
            closure._set_state(
                "open",
                round=closure.round + 1,
                approved_at=False,
                figures=False,
                fingerprint=False,
                close_type=False,
                forced_by_id=False,
                force_reason=False,
            )

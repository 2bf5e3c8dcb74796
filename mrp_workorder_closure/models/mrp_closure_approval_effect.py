import logging

from odoo import Command, fields, models
from odoo.exceptions import RedirectWarning, UserError

from .mrp_closure_level import CONDITION_ERRORS

_logger = logging.getLogger(__name__)


class MrpClosureApproval(models.Model):
    """What a decision does: one method for each verdict, called after the decision is appended."""

    _inherit = "mrp.closure.approval"

    def _apply_approved(self, _comment):
        complete = self.filtered(lambda approval: approval._is_complete())
        complete._settle("approved")
        complete.closure_id._advance()

    def _apply_rejected(self, comment):
        self._settle("rejected")
        self.closure_id._post_return(self.env._("Turned down"), comment)
        self.closure_id._notify("rejected", self, comment=comment)
        self.closure_id._reopen_round()

    def _apply_sent_back(self, comment, target_sequence):
        """The earlier level and all after it are asked anew; what they decided stays on record."""
        again = self.closure_id._get_current_approvals().filtered(
            lambda approval: approval.sequence >= target_sequence and approval.state not in ("skipped", "rejected")
        )
        again._settle("superseded")
        earlier = self.closure_id._get_level_names(target_sequence)
        self.closure_id._post_return(self.env._('Sent back to "%(earlier)s"', earlier=earlier), comment)
        self.closure_id._notify("rejected", self, comment=comment, target=target_sequence)
        self.closure_id._open_levels(lambda level, _closure: level["sequence"] >= target_sequence)
        self.closure_id._advance()

    def _apply_signer_added(self, _comment, target_user_id):
        self._write_evidence({"signer_ids": [Command.link(target_user_id)]})

    def _apply_forwarded(self, _comment, target_user_id):
        """The other person takes the place of whoever forwards, where that one is named in person."""
        for approval in self:
            decision = approval.decision_ids.sorted("id")[-1]
            persons = "signer_ids" if decision.is_signer else "user_ids"
            leaving = decision._get_persons_in_charge() & approval[persons]
            approval._write_evidence(
                {persons: [Command.link(target_user_id), *(Command.unlink(person.id) for person in leaving)]}
            )

    def _settle(self, state):
        """The level's turn is over; the time it waited is kept, also when its approval is superseded later."""
        asked = self.filtered(lambda approval: approval.since and not approval.decided_at)
        if asked:
            asked._write_evidence({"state": state, "decided_at": fields.Datetime.now()})
        if self - asked:
            (self - asked)._write_evidence({"state": state})

    def _get_earlier_sequences(self):
        """Numbers of the levels before this one that have approved in this round."""
        self.ensure_one()
        approved = self.closure_id._get_current_approvals().filtered(lambda approval: approval.state == "approved")
        return sorted({approval.sequence for approval in approved if approval.sequence < self.sequence})


class MrpClosure(models.Model):
    """Approvals of a round: made at submission, asked level by level, over with the last one."""

    _inherit = "mrp.closure"

    def _supersede_approvals(self, states):
        """Approvals of the running round in these states count no more."""
        self._get_current_approvals().filtered(lambda approval: approval.state in states)._settle("superseded")

    def _start_approval(self):
        """Put the levels of the closure's version before their deciders, first level first."""
        conditions = self._get_levels_that_apply()
        self._open_levels(lambda level, closure: True, conditions)
        self._advance()

    def _open_levels(self, is_wanted, applying=None):
        """Make one approval for each wanted level of each closure, in one batch."""
        applying = applying if applying is not None else self._get_levels_that_apply()
        approval_model = self.env["mrp.closure.approval"].sudo()
        levels = {version: version._get_levels() for version in self.template_version_id}
        live = approval_model._get_live_levels([level for found in levels.values() for level in found])
        live = {level["id"]: level for level in live}
        known = {
            (approval.closure_id.id, approval.level_ref)
            for approval in self._get_current_approvals()
            if approval.state == "skipped"
        }
        vals_list = [
            approval_model._prepare_approval_vals(
                live[level["id"]], closure, "waiting" if closure in applying[level["id"]] else "skipped"
            )
            for closure in self
            for level in levels[closure.template_version_id]
            if is_wanted(level, closure) and (closure.id, level["id"]) not in known
        ]
        approval_model._create_evidence(vals_list)._copy_names_of_version()
        self.invalidate_recordset(["approval_ids"])

    def _get_levels_that_apply(self):
        """``{level id: closures}`` whose figures match the condition of the level.

        A condition that can no longer be evaluated holds: somebody is asked rather than nobody.
        """
        applying = {}
        for version, closures in self.grouped("template_version_id").items():
            for level in version._get_levels():
                try:
                    condition = self.env["mrp.closure.level"]._parse_condition(level["condition"])
                    matching = closures.filtered_domain(condition)
                except CONDITION_ERRORS:
                    _logger.error("Condition of approval level %s cannot be evaluated", level["id"], exc_info=True)
                    matching = closures
                applying[level["id"]] = applying.get(level["id"], self.browse()) | matching
        return applying

    def _advance(self):
        """Ask the next level of each closure whose current one is through; the last one releases it."""
        now = fields.Datetime.now()
        asked, released = self.env["mrp.closure.approval"].sudo(), self.browse()
        for closure in self:
            approvals = closure._get_current_approvals()
            waiting = approvals.filtered(lambda approval: approval.state == "waiting")
            if "pending" in approvals.mapped("state"):
                continue
            if waiting:
                first = min(waiting.mapped("sequence"))
                asked |= waiting.filtered(lambda approval, first=first: approval.sequence == first)
            else:
                released |= closure
        asked._ask(now)
        released._release(now)

    def _release(self, now):
        """The last level has approved; a reopened closure, whose order is done already, closes at once."""
        forced = self.filtered("forced_by_id")
        forced._set_state("approved", approved_at=now, close_type="forced")
        (self - forced)._set_state("approved", approved_at=now)
        sealed = self.filtered(lambda closure: closure.production_id.closure_door == "sealed")
        if sealed:
            sealed._close()
        for closure in (self - sealed).filtered("template_id.auto_close"):
            closure._close_automatically()

    def _close_automatically(self):
        """Mark the order as done, as the act of whoever approved last; say why where that is not possible."""
        self.ensure_one()
        try:
            # Core may have written something before it asks or refuses.
            with self.env.cr.savepoint():
                self._mark_order_done()
        except (UserError, RedirectWarning) as refusal:
            self._post_notice(
                self.env._(
                    "Approved, but not marked as done: use Mark as Done on %(order)s. %(reason)s",
                    order=self.name,
                    reason=refusal.args[0],
                )
            )
        else:
            self._message_log(
                body=self.env._("Marked as done on the last approval, by %(user)s.", user=self.env.user.name)
            )

    def _mark_order_done(self):
        # In sudo: whoever a level names may release the order, with no right on orders.
        order = self.sudo().production_id.with_company(self.company_id)
        if self.remainder and order._is_below_plan():
            # What core's wizard would pass on: the answer was decided and approved with the figures.
            backorders = order.ids if self.remainder == "backorder" else []
            order = order.with_context(skip_backorder=True, mo_ids_to_backorder=backorders)
        result = order.button_mark_done()
        self.env.flush_all()
        if order.state not in ("done", "cancel"):
            question = result.get("name") if isinstance(result, dict) else None
            raise UserError(
                self.env._(
                    "A question has to be answered first: %(question)s.",
                    question=question or self.env._("Mark as Done"),
                )
            )

    def _post_notice(self, body):
        """A note for the responsible of the order and for whoever submitted it."""
        partners = (self.user_id | self.submitted_by_id).filtered("active").partner_id
        self.message_post(body=body, partner_ids=partners.ids, subtype_xmlid="mail.mt_note")

    def _post_return(self, title, comment):
        for closure in self:
            closure._post_notice(
                self.env._("%(title)s by %(user)s: %(comment)s", title=title, user=self.env.user.name, comment=comment)
            )

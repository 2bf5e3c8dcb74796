import logging
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class Authority(NamedTuple):
    """How the current user may decide on one approval, or why not.

    :param reason: a sentence, None where the user may decide
    :param on_behalf_of: the absent person, empty for a decision of one's own
    :param is_signer: asked to sign as well, not named by the level
    :param is_override: allowed by the company although duties are not separate
    """

    reason: str | None
    on_behalf_of: Any = None
    is_signer: bool = False
    is_override: bool = False


class MrpClosureApproval(models.Model):
    """Who may decide: whom the level names, in person or through a delegate, and no one twice.

    ``_get_authority`` is the one answer behind buttons, lists, guards and messages.
    """

    _inherit = "mrp.closure.approval"

    can_decide = fields.Boolean(compute="_compute_can_decide")

    @api.depends_context("uid")
    @api.depends("state", "user_ids", "signer_ids", "group_id", "decision_ids")
    def _compute_can_decide(self):
        delegators = self.env.user._get_closure_delegators()
        for approval in self:
            approval.can_decide = approval.state == "pending" and not approval._get_authority(delegators).reason

    def _get_authority(self, delegators=None):
        """The current user's authority here: in their own right, else for somebody absent.

        :param delegators: for whom the user stands in; looked up where it is not given
        """
        self.ensure_one()
        approval, user = self.sudo(), self.env.user
        delegators = user._get_closure_delegators() if delegators is None else delegators
        absent = [person for person in delegators if approval._names(person)]
        candidates = ([user.browse()] if approval._names(user) else []) + absent
        if not candidates:
            return Authority(
                self.env._(
                    'To decide about %(order)s at "%(level)s", ask %(owner)s.',
                    order=approval.closure_id.name,
                    level=approval.name,
                    owner=approval.owner,
                )
            )
        first_refusal = override = None
        for on_behalf_of in candidates:
            person = on_behalf_of or user
            is_signer = not approval._names_level(person)
            counted, conflict = approval._get_conflict(user, on_behalf_of)
            if not conflict:
                return Authority(None, on_behalf_of, is_signer)
            first_refusal = first_refusal or Authority(conflict)
            if not counted and approval._may_override():
                override = override or Authority(None, on_behalf_of, is_signer, True)
        return override or first_refusal

    def _names_level(self, person):
        return person in self.user_ids or bool(self.group_id) and self.group_id.id in person._get_group_ids()

    def _names(self, person):
        return self._names_level(person) or person in self.signer_ids

    def _may_override(self):
        """Whether the company lets one person have two parts; never for a forced close."""
        return self.company_id.closure_allow_same_person and not self.is_forced

    def _get_conflict(self, user, on_behalf_of):
        """What keeps two persons, the acting one and the absent one, from deciding here.

        :return: ``(counted, sentence)``: counted when one of them has approved this very level
            already, which nothing can allow; both None without a conflict
        """
        closure, persons = self.closure_id, user | on_behalf_of
        names = {"order": closure.name, "level": self.name}
        approved = closure._get_approving_decisions()
        own = approved.filtered(lambda decision: decision.approval_id == self)
        if repeated := persons & own._get_persons():
            return True, self.env._(
                'To approve %(order)s once more at "%(level)s", ask somebody else: %(person)s approved it already.',
                person=repeated[0].name,
                **names,
            )
        if closure.submitted_by_id in persons:
            return False, self.env._(
                'To decide about %(order)s at "%(level)s", ask somebody else: %(person)s submitted it.',
                person=closure.submitted_by_id.name,
                **names,
            )
        if elsewhere := persons & (approved - own)._get_persons():
            return False, self.env._(
                'To decide about %(order)s at "%(level)s", ask somebody else: %(person)s approved it at another level.',
                person=elsewhere[0].name,
                **names,
            )
        return None, None

    def _check_can_take_part(self, person):
        """Refuse to bring in somebody who could not decide here, or is asked already."""
        for approval in self:
            if approval._names(person):
                raise UserError(
                    self.env._(
                        'To bring in somebody else for "%(level)s" of %(order)s, choose another person: '
                        "%(person)s is asked already.",
                        level=approval.name,
                        order=approval.closure_id.name,
                        person=person.name,
                    )
                )
            _counted, conflict = approval._get_conflict(person, person.browse())
            if conflict and not approval._may_override():
                raise UserError(conflict)


class MrpClosure(models.Model):
    """Approvals of a closure, and those the current user may decide."""

    _inherit = "mrp.closure"

    approval_ids = fields.One2many("mrp.closure.approval", "closure_id", string="Approvals")
    approval_decision_ids = fields.One2many("mrp.closure.approval.decision", "closure_id", string="Decisions")
    is_named = fields.Boolean(
        compute="_compute_is_named",
        search="_search_is_named",
        help="An approval names the user, or somebody for whom the user stands in, was escalated to the user's group, "
        "or the user decided on one.",
    )
    my_approval_id = fields.Many2one(
        "mrp.closure.approval",
        compute="_compute_my_approval_id",
        help="What the user would decide now; empty where it is somebody else's turn.",
    )
    can_decide = fields.Boolean(compute="_compute_my_approval_id")
    signature_required = fields.Boolean(compute="_compute_my_approval_id")

    @api.depends_context("uid")
    @api.depends("approval_ids.is_mine", "approval_ids.escalated_at", "approval_decision_ids")
    def _compute_is_named(self):
        # In sudo: it is asked in order to find out what the user may read.
        named = self.sudo().filtered_domain(self._get_named_domain())
        for closure in self:
            closure.is_named = closure in named

    def _search_is_named(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_named_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_named_domain(self):
        mine = self.env["mrp.closure.approval"]._get_mine_domain()
        escalated = Domain("escalated_at", "!=", False) & Domain(
            "escalation_group_id", "in", list(self.env.user._get_group_ids())
        )
        decided = Domain("user_id", "=", self.env.uid)
        return Domain("approval_ids", "any!", mine | escalated) | Domain("approval_decision_ids", "any!", decided)

    @api.depends_context("uid")
    @api.depends("state", "approval_ids.state", "approval_ids.decision_ids")
    def _compute_my_approval_id(self):
        self._prefetch_approvals()
        decided = self.sudo()._get_pending_approvals().sudo(False).filtered("can_decide").sudo()
        by_closure = decided.grouped("closure_id")
        for closure in self:
            mine = by_closure.get(closure.sudo(), decided.browse())[:1].sudo(False)
            closure.my_approval_id = mine
            closure.can_decide = bool(mine)
            closure.signature_required = mine.sudo().signature_required

    def _prefetch_approvals(self):
        """Read the approvals of all closures at once: filtered one closure at a time they would be read so."""
        approvals = self.sudo().approval_ids
        approvals.mapped("name")
        approvals.decision_ids.mapped("user_id")

    def _get_current_approvals(self):
        """Approvals of the round that runs, those that still count."""
        return self.approval_ids.filtered(
            lambda approval: approval.round == approval.closure_id.round and approval.state != "superseded"
        )

    def _get_level_names(self, sequence):
        """What people call the levels of the round that are asked at the same time, also when they are asked anew."""
        levels = self.approval_ids.filtered(
            lambda approval: approval.round == approval.closure_id.round and approval.sequence == sequence
        )
        return ", ".join(dict.fromkeys(levels.mapped("name")))

    def _get_pending_approvals(self):
        """Approvals that somebody is asked for now, first level first."""
        asked = self.filtered(lambda closure: closure.state == "to_approve")._get_current_approvals()
        return asked.filtered(lambda approval: approval.state == "pending").sorted(
            lambda approval: (approval.sequence, approval.id)
        )

    def _get_approving_decisions(self):
        """Decisions that approve, as far as they still count."""
        return self._get_current_approvals().decision_ids.filtered(lambda decision: decision.verdict == "approved")

    def _get_authorities(self, approval_ids=None):
        """What the current user may decide on each closure.

        :param approval_ids: ids of the approvals that the user was shown; others are not decided
        :return: ``{approval: Authority}``, one approval for each closure
        :raises AccessError: for the first closure where it is not the user's turn
        """
        self._prefetch_approvals()
        authorities, delegators = {}, self.env.user._get_closure_delegators()
        for closure in self:
            pending = closure._get_pending_approvals()
            if approval_ids is not None:
                pending = pending.filtered(lambda approval: approval.id in approval_ids)
            if not pending:
                raise UserError(
                    self.env._(
                        "To decide about %(order)s, open it again: what you were shown is decided already.",
                        order=closure.name,
                    )
                )
            found = [(approval, approval._get_authority(delegators)) for approval in pending]
            allowed = [(approval, authority) for approval, authority in found if not authority.reason]
            if not allowed:
                raise AccessError(closure._get_best_refusal(found))
            # In a right of one's own before a company's exception.
            approval, authority = min(allowed, key=lambda pair: pair[1].is_override)
            authorities[approval] = authority
        return authorities

    def _get_best_refusal(self, found):
        """The refusal of a level that names the user, else of the first one."""
        return next((authority.reason for approval, authority in found if approval.is_mine), found[0][1].reason)

    def _log_overrides(self, authorities):
        """Each use of the company's exception stands in the server's log and in the closure's history."""
        for approval, authority in authorities.items():
            if authority.is_override:
                _logger.warning(
                    "Duties not separate: user %s (id %s) decides on %s, allowed by the setting of company %s",
                    self.env.user.login,
                    self.env.uid,
                    approval.display_name,
                    approval.company_id.id,
                )
        notes = {
            approval.closure_id.id: self.env._(
                '%(user)s decides at "%(level)s" although duties are not separate: the company allows it.',
                user=self.env.user.name,
                level=approval.name,
            )
            for approval, authority in authorities.items()
            if authority.is_override
        }
        if notes:
            self.browse(notes)._message_log_batch(bodies=notes)

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .mrp_closure import MANAGER
from .mrp_closure_authority import Authority
from .requests import check_one


class MrpClosureApproval(models.Model):
    """An approval that nobody can decide any more, and how it gets somebody who can.

    Whom a level names may have left, or have another part in the order. A manager then names
    another person, with a reason, as a decision that stays on record. Not for a forced close:
    its second person needs the right to force.
    """

    _inherit = "mrp.closure.approval"

    is_stuck = fields.Boolean(
        string="Nobody Can Decide",
        compute="_compute_is_stuck",
        help="Too few of those whom the level names are left who may decide. A closure manager names somebody.",
    )

    @api.depends(
        "state",
        "user_ids.active",
        "signer_ids.active",
        "group_id",
        "min_approvals",
        "closure_id.submitted_by_id",
        "closure_id.approval_decision_ids",
        "company_id.closure_allow_same_person",
    )
    def _compute_is_stuck(self):
        # In sudo: whether somebody is left is told to everybody who may read the approval.
        for approval in self.sudo():
            approval.is_stuck = approval.state == "pending" and approval._is_stuck()

    def _is_stuck(self):
        """Whether fewer persons are left who may decide than approvals are missing."""
        self.ensure_one()
        if self.is_forced:
            return False
        decisions = self.decision_ids.filtered(lambda decision: decision.verdict == "approved")
        done = decisions.filtered(lambda decision: not decision.is_signer)._get_persons_in_charge()
        missing = self.min_approvals - len(done) if self.min_approvals else len(self.user_ids - done)
        members = self.user_ids | self.group_id.all_user_ids
        if missing > 0:
            return not self._has_able(members, missing)
        return not self._has_able(self.signer_ids | members, 1)

    def _has_able(self, persons, number):
        """Whether as many of these persons may decide here now; asked until there are enough."""
        for person in persons:
            number -= self._is_able(person)
            if number <= 0:
                return True
        return False

    def _is_able(self, person):
        if not person.active or self.company_id not in person.company_ids:
            return False
        counted, conflict = self._get_conflict(person, person.browse())
        return not conflict or (not counted and self._may_override())

    def action_appoint(self, user, reason):
        """Have a person decide where too few of those whom the level names can.

        :param user: the person, or their id
        :param reason: why, kept with the decision
        :raises AccessError: when the user is not a closure manager
        :raises UserError: without a reason, while somebody named can decide, or when the person cannot
        """
        check_one(self)
        closure = self.closure_id
        closure._check_is_manager(self.env._("name who decides about"))
        reason = closure._check_reason(reason, self.env._("name who decides about"))
        # In sudo from here: approvals and decisions change through their actions only.
        closure, approval = closure.sudo(), self.sudo()
        closure._lock()
        closure._check_state("to_approve", self.env._("name who decides about"))
        person = closure._get_other_user(user)
        approval._check_can_be_appointed(person)
        closure._append_decisions(
            "appointed", reason, {approval: Authority(None, person.browse())}, {}, {"target_user_id": person.id}
        )
        approval._apply_appointed(person)
        closure._sync_activities()
        return True

    def _check_can_be_appointed(self, person):
        names = {"order": self.closure_id.name, "level": self.name}
        if not self.is_stuck:
            raise UserError(
                self.env._(
                    'To have %(order)s decided at "%(level)s", ask %(owner)s: they can decide.',
                    owner=self.owner,
                    **names,
                )
            )
        if person == self.env.user and not self._may_override():
            raise UserError(
                self.env._(
                    'To have %(order)s decided at "%(level)s", name another person than yourself.',
                    **names,
                )
            )
        self.closure_id._check_may_be_asked(person, self.company_id)
        self._check_can_take_part(person)

    def _apply_appointed(self, person):
        """The person takes the place of those named who cannot decide; who has approved stays."""
        named = self.with_context(active_test=False).user_ids
        approved = self.decision_ids.filtered(lambda decision: decision.verdict == "approved")
        leaving = (named - approved._get_persons_in_charge()).filtered(lambda member: not self._is_able(member))
        self._write_evidence(
            {"user_ids": [Command.link(person.id), *(Command.unlink(member.id) for member in leaving)]}
        )

    def action_open_appointment(self):
        """Open the dialog in which a manager names who decides."""
        check_one(self)
        self.closure_id._check_is_manager(self.env._("name who decides about"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Name Who Decides: %(approval)s", approval=self.display_name),
            "res_model": "mrp.closure.appoint",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_approval_id": self.id},
        }


class MrpClosure(models.Model):
    _inherit = "mrp.closure"

    stuck_approval_id = fields.Many2one(
        "mrp.closure.approval",
        compute="_compute_stuck_approval_id",
        help="A level at which nobody can decide any more; the first of them.",
    )

    @api.depends("state", "approval_ids.is_stuck")
    def _compute_stuck_approval_id(self):
        # In sudo: whether somebody is left is told to everybody who may read the closure.
        for closure in self.sudo():
            closure.stuck_approval_id = closure._get_pending_approvals().filtered("is_stuck")[:1]

    def action_open_appointment(self):
        """Open the dialog in which a manager names who decides at the first level where nobody can.

        :raises AccessError: when the user is not a closure manager
        :raises UserError: when somebody can decide at each level that is asked
        """
        check_one(self)
        self._check_is_manager(self.env._("name who decides about"))
        if not self.stuck_approval_id:
            raise UserError(
                self.env._(
                    "To have %(order)s decided, ask those whom its levels name: they can decide.", order=self.name
                )
            )
        return self.stuck_approval_id.action_open_appointment()

    @api.model
    def _get_manager_label(self):
        # In sudo: the name of a group.
        return self.env["res.groups"].sudo().browse(self._get_known_id(MANAGER)).name

from odoo import fields, models
from odoo.exceptions import UserError

from .requests import to_id, to_text

# What a signature is asked for, where the level asks for one.
SIGNED = ("approved", "rejected", "sent_back")


class MrpClosure(models.Model):
    """Deciding: lock, state, who may, separate duties, true figures, then one decision is appended."""

    _inherit = "mrp.closure"

    # Buttons

    def action_approve(self, comment=None):
        """Approve, at the level that asks the user.

        :param comment: kept with the decision; some levels need it
        :raises AccessError: when it is somebody else's turn, or duties would not be separate
        :raises UserError: when the closure is not to be approved, when figures changed since they were
            submitted, when the level needs a comment, or a signature (see the dialog)
        """
        return self._decide("approved", comment)

    def action_reject(self, comment):
        """Turn down what was submitted: the closure is open again, for its next round.

        :param comment: why
        :raises AccessError: when it is somebody else's turn, or duties would not be separate
        :raises UserError: without a comment, and as ``action_approve``
        """
        return self._decide("rejected", comment)

    def action_send_back(self, sequence, comment):
        """Have an earlier level decide again, and all levels after it.

        :param sequence: number of the earlier level
        :param comment: why
        :raises AccessError: when it is somebody else's turn, or duties would not be separate
        :raises UserError: when no earlier level has this number, without a comment, and as ``action_approve``
        """
        return self._decide("sent_back", comment, target_sequence=sequence)

    def action_add_signer(self, user, comment=None):
        """Have another person sign as well, besides those whom the level names.

        :param user: the person, or their id
        :raises AccessError: when it is somebody else's turn, or duties would not be separate
        :raises UserError: when the person cannot take part, and as ``action_approve``
        """
        return self._decide("signer_added", comment, target_user_id=self._get_other_user(user).id)

    def action_forward(self, user, comment=None):
        """Have another person decide in one's place.

        :param user: the person, or their id
        :raises AccessError: when it is somebody else's turn, or duties would not be separate
        :raises UserError: when the person cannot take part, and as ``action_approve``
        """
        return self._decide("forwarded", comment, target_user_id=self._get_other_user(user).id)

    # Decisions

    def _decide_signed(self, verdict, comment, password=None, approval_ids=None, **target):
        """Decide from a dialog: the user's own password is verified once for each signature.

        :param approval_ids: ids of the approvals that the dialog showed; a second click decides no other
        :param password: of the user; not needed where no level asks for a signature
        :raises UserError: when a signature is asked for and the password is not the user's
        """
        return self._decide(verdict, comment, password=password, approval_ids=approval_ids, signing=True, **target)

    def _decide(self, verdict, comment, password=None, approval_ids=None, signing=False, **target):
        self.check_access("read")
        # In sudo from here: whoever a level names may decide, with no other right.
        closures = self.sudo()
        closures._lock()
        closures._check_state("to_approve", self.env._("decide about"))
        authorities = closures._get_authorities(approval_ids)
        comment = closures._check_comment(verdict, comment, authorities)
        closures._check_target(verdict, authorities, **target)
        closures._check_figures_are_true()
        signatures = closures._get_signatures(verdict, authorities, password, signing)
        closures._append_decisions(verdict, comment, authorities, signatures, target)
        closures._log_overrides(authorities)
        approvals = self.env["mrp.closure.approval"].sudo().union(*authorities)
        getattr(approvals, f"_apply_{verdict}")(comment, **target)
        closures._sync_activities()
        return True

    def _append_decisions(self, verdict, comment, authorities, signatures, target):
        now = fields.Datetime.now()
        self.env["mrp.closure.approval.decision"].sudo()._create_evidence(
            [
                {
                    "approval_id": approval.id,
                    "closure_id": approval.closure_id.id,
                    "company_id": approval.company_id.id,
                    "round": approval.round,
                    "user_id": self.env.uid,
                    "on_behalf_of_id": authority.on_behalf_of.id,
                    "decided_at": now,
                    "verdict": verdict,
                    "meaning": self._get_meaning(verdict, approval, authority, target),
                    "comment": comment,
                    "fingerprint": approval.closure_id.fingerprint,
                    "signed_name": signatures.get(approval),
                    "is_signer": authority.is_signer,
                    "is_segregation_override": authority.is_override,
                    **target,
                }
                for approval, authority in authorities.items()
            ]
        )

    def _get_meaning(self, verdict, approval, authority, target):
        """What the decision means, in the words that its author reads."""
        # In sudo: names only.
        person = self.env["res.users"].sudo().browse(target.get("target_user_id")).name
        names = {"level": approval.name, "order": approval.closure_id.name, "person": person}
        match verdict:
            case "approved":
                meaning = self.env._('I approve the figures of %(order)s at "%(level)s".', **names)
            case "rejected":
                meaning = self.env._('I turn down the figures of %(order)s at "%(level)s".', **names)
            case "sent_back":
                earlier = approval.closure_id._get_level_names(target["target_sequence"])
                meaning = self.env._(
                    'I send %(order)s back from "%(level)s" to "%(earlier)s".', earlier=earlier, **names
                )
            case "signer_added":
                meaning = self.env._('I ask %(person)s to sign %(order)s at "%(level)s" as well.', **names)
            case "forwarded":
                meaning = self.env._('I ask %(person)s to decide about %(order)s at "%(level)s".', **names)
            case "appointed":
                meaning = self.env._(
                    'I name %(person)s to decide about %(order)s at "%(level)s", where nobody named can.', **names
                )
        if authority.on_behalf_of:
            return self.env._(
                "%(meaning)s On behalf of %(absent)s.", meaning=meaning, absent=authority.on_behalf_of.name
            )
        return meaning

    # Guards

    def _check_comment(self, verdict, comment, authorities):
        """The comment without blanks, where one is needed or given."""
        needed = verdict in ("rejected", "sent_back") or (
            verdict == "approved" and any(approval.comment_required for approval in authorities)
        )
        if needed:
            return self._check_reason(comment, self.env._("decide about"))
        return to_text(comment) or False

    def _check_figures_are_true(self):
        """Nobody decides about figures that are no longer there.

        :raises UserError: naming what changed, from what to what
        """
        for closure, changes in self._get_changed_figures().items():
            raise UserError(
                self.env._(
                    "To decide about %(order)s, refresh its closure: figures changed since they were submitted. "
                    "%(changes)s",
                    order=closure.name,
                    changes="; ".join(changes),
                )
            )

    def _check_target(self, verdict, authorities, target_user_id=None, target_sequence=None):
        for approval in authorities:
            if verdict == "sent_back" and target_sequence not in approval._get_earlier_sequences():
                raise UserError(
                    self.env._(
                        "To send %(order)s back, choose a level that has approved it before: %(levels)s. "
                        "To return it to the shop floor, turn it down.",
                        order=approval.closure_id.name,
                        levels=", ".join(map(str, approval._get_earlier_sequences())) or "–",
                    )
                )
            if verdict in ("signer_added", "forwarded"):
                person = self.env["res.users"].sudo().browse(target_user_id)
                self._check_may_be_asked(person, approval.company_id)
                approval._check_can_take_part(person)

    def _get_other_user(self, user):
        user_id = user.id if isinstance(user, models.BaseModel) and user._name == "res.users" else user
        return self.env["res.users"].sudo().browse(to_id(user_id)).exists()

    def _check_may_be_asked(self, person, company):
        if not person.active or person.share or company not in person.company_ids:
            raise UserError(
                self.env._(
                    "To ask somebody else about %(orders)s, choose an active internal user of %(company)s.",
                    orders=", ".join(self.mapped("name")),
                    company=company.name,
                )
            )

    def _get_signatures(self, verdict, authorities, password, signing):
        """``{approval: printed name}``, each after the user's own password was verified for it.

        :raises UserError: outside the dialog, without a password, or with a wrong one
        """
        wanted = [approval for approval in authorities if approval.signature_required and verdict in SIGNED]
        for approval in wanted:
            if not signing:
                raise UserError(
                    self.env._(
                        'To decide about %(order)s at "%(level)s", use the Review and Decide dialog of its closure: '
                        "the decision has to be signed.",
                        order=approval.closure_id.name,
                        level=approval.name,
                    )
                )
            if not password or not isinstance(password, str):
                raise UserError(
                    self.env._("To sign for %(order)s, enter your password.", order=approval.closure_id.name)
                )
        return {approval: self.env.user._sign_closure(password) for approval in wanted}

import math

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import get_limits, to_decimal
from .mrp_closure import MANAGER, OPERATOR
from .requests import check_one, to_text


class MrpClosureCheck(models.Model):
    """Answers: who may give them, what they need, and what is kept of them.

    What was answered before, by whom and when, stays in the history of the check.
    """

    _inherit = "mrp.closure.check"

    # Buttons

    def action_pass(self):
        """Answer that the requirement is met.

        A document or photo needs its file attached first.

        :raises AccessError: when somebody else answers for the check
        :raises UserError: when the closure is closed or cancelled, when evidence is missing, when the
            system answers for this kind, or when the check wants a value or a signature (see ``action_open_answer``)
        """
        self._check_can_answer()
        self._check_needs_no_signature()
        self._pass()
        return True

    def action_fail(self, reason):
        """Answer that the requirement is not met.

        :param reason: what was found
        :raises AccessError: when somebody else answers for the check
        :raises UserError: without a reason, when the closure is closed or cancelled, or when
            the check wants a signature
        """
        self._check_can_answer()
        self._check_needs_no_signature()
        self._fail(reason)
        return True

    def action_measure(self, value):
        """Enter a measured value; the limits decide whether the check passes or fails.

        :param value: a finite number, in the unit of the check
        :raises AccessError: when somebody else answers for the check
        :raises UserError: when the value is no number, when the check takes no value, when the closure
            is closed or cancelled, or when the check wants a signature
        """
        self._check_can_answer()
        self._check_needs_no_signature()
        self._measure(value)
        return True

    def action_reset(self):
        """Take an answer back: the check is to do again; its history keeps the answer.

        :raises AccessError: when somebody else answers for the check, and for what a
            manager decided, a waiver or "not applicable", for everybody but managers
        :raises UserError: when the system answers for this kind, or the closure is closed or cancelled
        """
        decided = self.sudo().filtered(lambda check: check.state in ("waived", "not_applicable"))
        if decided:
            decided.sudo(False)._check_is_manager(self.env._("take back the decision on"))
        (self - decided)._check_can_answer()
        self._log_files_of_answer()
        self._answer("todo", value=0.0)
        return True

    def action_waive(self, reason):
        """Concede a failed check, for the figures it failed with.

        :param reason: why the order may close all the same
        :raises AccessError: when the user is not a closure manager, or answered the
            check and the company keeps the two apart
        :raises UserError: without a reason, when a check has not failed, or when the
            closure is closed or cancelled
        """
        self._check_is_manager(self.env._("waive"))
        reason = self._check_reason(reason, self.env._("waive"))
        self._check_duties_are_separate(self.env._("waive"))
        checks = self.sudo()
        failures = checks._get_failures()
        for check in checks:
            if check.state == "todo" or check not in failures:
                raise UserError(
                    self.env._(
                        'To waive "%(check)s" of %(order)s, have it fail first: only a failed check can be waived.',
                        check=check.name,
                        order=check.closure_id.name,
                    )
                )
            check._answer(
                "waived",
                waived_by_id=self.env.uid,
                waiver_reason=reason,
                waived_figures=failures[check].figures,
                message=check.message or failures[check].details or failures[check].text,
            )
        return True

    def action_not_applicable(self, reason):
        """Declare that the requirement does not apply to this order.

        :param reason: why not
        :raises AccessError: when the user is not a closure manager, or answered the
            check and the company keeps the two apart
        :raises UserError: without a reason, or when the closure is closed or cancelled
        """
        self._check_is_manager(self.env._("set aside"))
        reason = self._check_reason(reason, self.env._("set aside"))
        self._check_duties_are_separate(self.env._("set aside"))
        self._answer("not_applicable", message=reason)
        return True

    def action_open_answer(self):
        """Open the dialog of this check: value, files, signature, whatever its kind needs."""
        check_one(self)
        self._check_can_answer()
        # On a record that exists: a form that makes its record on saving has lost the password by then.
        dialog = self.env["mrp.closure.answer"].create({"check_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": dialog._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_open_reason(self):
        """Ask for the reason of the act named in the context, then carry it out."""
        return self.env["mrp.closure.reason"]._get_dialog(self, self.env.context.get("closure_act"))

    # Answers

    def _pass(self, signature=None):
        for check in self.sudo():
            if check.kind == "measure":
                raise UserError(
                    self.env._(
                        'To answer "%(check)s" of %(order)s, enter the measured value.',
                        check=check.name,
                        order=check.closure_id.name,
                    )
                )
        self._check_evidence_files()
        self._answer("pass", signed_name=signature)

    def _fail(self, reason, signature=None):
        reason = self._check_reason(reason, self.env._("fail"))
        self._answer("fail", message=reason, value=0.0, signed_name=signature)

    def _measure(self, value, signature=None):
        for check in self.sudo():
            check._check_measurement(value)
            # As many digits as are recorded: the figure that is shown is the figure that is judged.
            value = round(float(value), 6)
            low, high = get_limits(check.min_value, check.max_value)
            number = to_decimal(value)
            good = (low is None or number >= to_decimal(low)) and (high is None or number <= to_decimal(high))
            message = check._describe_measurement(value)
            check._answer("pass" if good else "fail", value=value, message=message, signed_name=signature)

    def _check_measurement(self, value):
        if self.kind != "measure":
            raise UserError(
                self.env._(
                    'To answer "%(check)s" of %(order)s, use OK or Not OK: it takes no measured value.',
                    check=self.name,
                    order=self.closure_id.name,
                )
            )
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or abs(value) >= 1e10 or not math.isfinite(value):
            raise UserError(
                self.env._(
                    'To answer "%(check)s" of %(order)s, enter the measured value as a number.',
                    check=self.name,
                    order=self.closure_id.name,
                )
            )

    def _describe_measurement(self, value):
        shown = f"{to_decimal(value):f} {self.unit or ''}".strip()
        limits = self._get_limits_text()
        return f"{shown} ({limits})" if limits else shown

    def _get_limits_text(self):
        """The limits in words, with their unit; empty without limits."""
        low, high = get_limits(self.min_value, self.max_value)
        texts = [
            f"{to_decimal(limit):f} {self.unit or ''}".strip() if limit is not None else None for limit in (low, high)
        ]
        if low is not None and high is not None:
            return self.env._("%(low)s to %(high)s", low=texts[0], high=texts[1])
        if low is not None:
            return self.env._("at least %(low)s", low=texts[0])
        return self.env._("at most %(high)s", high=texts[1]) if high is not None else ""

    def _answer(self, state, **vals):
        """Write a verdict with who and when, and bring the closures up to date."""
        checks = self.sudo()
        checks.closure_id._lock()
        checks._check_closure_is_open()
        stamps = {}
        if state != "waived":
            checks._check_is_answered_by_persons(state)
            stamps = {
                "message": False,
                "waived_by_id": False,
                "waiver_reason": False,
                "waived_figures": False,
                "signed_name": False,
                "done_by_id": self.env.uid if state != "todo" else False,
                "done_at": fields.Datetime.now() if state != "todo" else False,
            }
        if state in ("pass", "fail"):
            stamps["last_answered_by_id"] = self.env.uid
        checks._write_evidence({**stamps, "state": state, **vals})
        checks._notify_failures()
        checks.closure_id.action_refresh()

    def _sign(self, password):
        """Verify the signer's own password, and return the printed name for the record.

        :raises UserError: when the password is not the user's, or they have none
        """
        return self.env.user._sign_closure(password)

    # Guards

    def _check_needs_no_signature(self):
        for check in self.sudo().filtered("signature_required"):
            raise UserError(
                self.env._(
                    'To answer "%(check)s" of %(order)s, use its Answer dialog: the answer has to be signed.',
                    check=check.name,
                    order=check.closure_id.name,
                )
            )

    def _check_is_answered_by_persons(self, state):
        for check in self:
            taken_back = state == "todo" and check.state in ("waived", "not_applicable")
            if check._is_automatic() and state != "not_applicable" and not taken_back:
                raise UserError(
                    self.env._(
                        'To meet "%(check)s" of %(order)s, correct the order: the system answers this check itself.',
                        check=check.name,
                        order=check.closure_id.name,
                    )
                )

    def _check_can_answer(self):
        for check in self:
            reason = check._get_cannot_answer_reason()
            if reason:
                raise AccessError(reason)

    def _get_cannot_answer_reason(self):
        """Why the current user cannot answer the check, or None.

        What a manager set aside as not applicable, managers bring back.
        """
        self.ensure_one()
        check, user = self.sudo(), self.env.user
        named = check.user_ids or check.group_id
        allowed = (
            user in check.user_ids or check.group_id.id in user._get_group_ids() if named else user.has_group(OPERATOR)
        )
        owner = check.owner
        if check.state == "not_applicable" and not user.has_group(MANAGER):
            allowed, owner = False, self.env.ref(MANAGER).sudo().name
        if allowed and self.has_access("read"):
            return None
        return self.env._(
            'To answer "%(check)s" of %(order)s, ask %(owner)s.',
            check=check.name,
            order=check.closure_id.name,
            owner=owner,
        )

    def _check_closure_is_open(self):
        for closure in self.closure_id:
            if closure.state in ("closed", "cancel"):
                raise UserError(
                    self.env._(
                        "To change a check of %(order)s, have a manager reopen its closure: it is %(state)s.",
                        order=closure.name,
                        state=closure._get_state_label(closure.state),
                    )
                )

    def _check_is_manager(self, act):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    'To %(act)s "%(checks)s", ask a manager of work order closure.',
                    act=act,
                    checks=", ".join(self.sudo().mapped("name")),
                )
            )
        self.check_access("read")

    def _check_duties_are_separate(self, act):
        for check in self.sudo():
            # An answer that was taken back still counts: it may be the finding that is to be conceded.
            answered = check.last_answered_by_id == self.env.user
            if answered and not check.company_id.closure_allow_same_person:
                raise AccessError(
                    self.env._(
                        'To %(act)s "%(check)s" of %(order)s, ask another manager: you answered it yourself.',
                        act=act,
                        check=check.name,
                        order=check.closure_id.name,
                    )
                )

    def _check_reason(self, reason, act):
        reason = to_text(reason)
        if not reason:
            raise UserError(
                self.env._(
                    'To %(act)s "%(checks)s", give a reason.', act=act, checks=", ".join(self.sudo().mapped("name"))
                )
            )
        return reason

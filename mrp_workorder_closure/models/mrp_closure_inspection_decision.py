from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .mrp_closure import MANAGER
from .requests import check_one, to_text

INSPECTOR = "mrp_workorder_closure.group_inspector"


class MrpClosureInspection(models.Model):
    """The verdict: who may give it, what it needs, and how it is taken back."""

    _inherit = "mrp.closure.inspection"

    def action_decide(self):
        """Accept or reject by the acceptance number.

        :return: True
        :raises AccessError: when the user is no inspector, or the control point names others
        :raises UserError: without complete results, when it is decided already, when the lot
            changed since it was planned, when inspection of the product is stopped, when the closure
            is over, or when the verdict has to be signed (see ``action_open_decision``)
        """
        self._check_can_decide()
        for inspection in self.sudo().filtered("signature_required"):
            raise UserError(
                self.env._(
                    'To decide "%(inspection)s" of %(order)s, use its Sign and Decide button: '
                    "the verdict has to be signed.",
                    inspection=inspection.name,
                    order=inspection.closure_id.name,
                )
            )
        self._decide()
        return True

    def action_open_decision(self):
        """Open the dialog in which the verdict is signed."""
        check_one(self)
        self._check_can_decide()
        self.sudo()._check_is_decidable()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "mrp.closure.decision",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_inspection_id": self.id},
        }

    def action_withdraw(self, reason, mistaken=False):
        """Take a verdict back: the inspection is to do again; its history keeps the verdict.

        :param reason: why
        :param mistaken: whether the verdict was a mistake and counts neither in first-pass yield
            nor in the switching rules; otherwise the lot is inspected again and its first verdict counts
        :raises AccessError: when the user is not a closure manager
        :raises UserError: without a reason, when nothing is decided, or when the closure is over
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "To withdraw the verdict on %(inspections)s, ask a manager of work order closure.",
                    inspections=", ".join(self.sudo().mapped("display_name")),
                )
            )
        self.check_access("read")
        reason = to_text(reason)
        # In sudo: the user is a manager, checked above; verdicts change in no other way.
        inspections = self.sudo()
        inspections.closure_id._lock()
        inspections._check_closure_runs()
        for inspection in inspections:
            if not reason or inspection.state == "todo":
                raise UserError(
                    self.env._(
                        "To withdraw a verdict on %(inspection)s, have it decided first and give a reason.",
                        inspection=inspection.display_name,
                    )
                )
        inspections._withdraw(reason)
        if mistaken:
            inspections._annul_first_verdicts()
            text = self.env._("The verdict was a mistake: the next one counts as the first.")
            inspections._message_log_batch(bodies=dict.fromkeys(inspections.ids, text))
        inspections.closure_id.action_refresh()
        return True

    def action_open_reason(self):
        """Ask why the verdict is withdrawn."""
        return self.env["mrp.closure.reason"]._get_dialog(self, "withdraw")

    # Verdicts

    def _decide(self, signature=None):
        """Decide after the caller's check of the person.

        :param signature: printed name of the signer, or None
        """
        # In sudo: evidence is written by its actions only; the callers checked group and person.
        inspections = self.sudo()
        inspections.closure_id._lock()
        inspections._check_is_decidable()
        inspections.line_ids._keep_pictures()
        first = inspections.filtered(lambda inspection: not inspection.first_verdict)
        for verdict, same in inspections.grouped(lambda inspection: inspection._get_verdict()).items():
            stamps = {
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                "signed_name": signature,
            }
            same._write_evidence({"state": verdict, **stamps})
            (same & first)._write_evidence({"first_verdict": verdict})
        self.env["mrp.closure.sampling"].sudo()._count_verdicts(first)
        self._follow_verdicts()
        inspections.closure_id.action_refresh()

    def _follow_verdicts(self):
        """What verdicts lead to, before anybody looks whether the order can go on."""

    def _withdraw(self, reason):
        """Back to do, with the earlier verdict in the history: for managers, for lots that
        changed, and for rework that is inspected again."""
        decided = self.filtered(lambda inspection: inspection.state != "todo")
        bodies = {
            inspection.id: self.env._(
                "Verdict withdrawn: %(reason)s. Before: %(verdict)s by %(user)s on %(date)s, %(result)s.",
                reason=reason,
                verdict=inspection._get_state_label(),
                user=inspection.decided_by_id.name,
                date=fields.Datetime.to_string(inspection.decided_at),
                result=inspection._describe_result(),
            )
            for inspection in decided
        }
        decided._write_evidence({"state": "todo", "decided_by_id": False, "decided_at": False, "signed_name": False})
        if bodies:
            decided._message_log_batch(bodies=bodies)

    # Guards

    def _check_can_decide(self):
        for inspection in self:
            reason = inspection._get_cannot_decide_reason()
            if reason:
                raise AccessError(reason)

    def _get_cannot_decide_reason(self):
        """Why the current user cannot decide the inspection, or None."""
        self.ensure_one()
        user = self.env.user
        # In sudo: only who the control point names is read, to say whom to ask.
        check = self.sudo().check_id
        named = check.user_ids or check.group_id
        allowed = not named or user in check.user_ids or check.group_id in user.all_group_ids
        if allowed and user.has_group(INSPECTOR) and self.has_access("read"):
            return None
        inspector = self.env.ref(INSPECTOR).sudo().name
        return self.env._(
            'To decide "%(inspection)s" of %(order)s, ask %(owner)s.',
            inspection=self.sudo().name,
            order=self.sudo().closure_id.name,
            owner=check.owner if named and user.has_group(INSPECTOR) else inspector,
        )

    def _check_is_decidable(self):
        self._check_closure_runs()
        for inspection in self:
            reason = inspection._get_undecidable_reason()
            if reason:
                raise UserError(reason)

    def _check_closure_runs(self):
        for inspection in self:
            if inspection.closure_id.state in ("closed", "cancel"):
                raise UserError(
                    self.env._(
                        'To decide "%(inspection)s" of %(order)s, have a manager reopen its closure.',
                        inspection=inspection.name,
                        order=inspection.closure_id.name,
                    )
                )

    def _get_undecidable_reason(self):
        """Why there can be no verdict yet, or None."""
        self.ensure_one()
        names = {"inspection": self.name, "order": self.closure_id.name}
        if self.state != "todo" or not self.active:
            return self.env._(
                'To decide "%(inspection)s" of %(order)s again, have a manager withdraw its verdict first.',
                **names,
            )
        if self.sampling_state == "stopped":
            return self._get_stopped_reason()
        if self._is_outdated():
            return self.env._(
                'To decide "%(inspection)s" of %(order)s, refresh its closure: '
                "the quantity changed since it was planned.",
                **names,
            )
        for line in self.line_ids:
            details = {
                "line": line.display_name,
                "sample": self.sample_size,
                "inspected": line.inspected,
                **names,
            }
            if line.inspected < self.sample_size:
                return self.env._(
                    'To decide "%(inspection)s" of %(order)s, inspect all %(sample)s units for "%(line)s": '
                    "%(inspected)s are entered.",
                    **details,
                )
            if line.report_required and not line.report:
                return self.env._(
                    'To decide "%(inspection)s" of %(order)s, upload the report for "%(line)s".',
                    **details,
                )
        return None

    def _get_stopped_reason(self):
        return self.env._(
            'To inspect "%(inspection)s" of %(order)s, have a manager record the corrective action for %(product)s: '
            "inspection is stopped after five rejected lots.",
            inspection=self.name,
            order=self.closure_id.name,
            product=self.product_id.display_name,
        )

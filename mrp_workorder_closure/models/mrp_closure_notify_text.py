from odoo import models
from odoo.tools import format_datetime


class MrpClosure(models.Model):
    """What channels read: clear sentences, in the language of the environment.

    One method for each event, ``_write_<event>(subjects, details)``: it returns lines.
    """

    _inherit = "mrp.closure"

    def _write_message(self, event, subjects, details):
        self.ensure_one()
        label = dict(self.env["mrp.closure.message"]._fields["event"]._description_selection(self.env))[event]
        subjects = subjects and subjects.with_env(self.env)
        return {
            "title": f"{self.name}: {label}",
            "text": "\n".join(getattr(self, f"_write_{event}")(subjects, details)),
            "link": self.env._("Open the closure"),
        }

    def _get_told_name(self):
        product = self.product_id.display_name
        return f"{self.name} ({product})" if product else self.name

    def _format_told_time(self, value):
        return format_datetime(self.env, value, tz=self._get_tz(), dt_format="short")

    def _get_told_names(self, subject):
        """What sentences about a check or an approval name."""
        return {
            "order": self._get_told_name(),
            "name": subject.name,
            "owner": subject.owner,
            "deadline": self._format_told_time(subject.deadline) if subject.deadline else "",
        }

    def _write_submitted(self, _subjects, _details):
        names = {"order": self._get_told_name(), "user": self.submitted_by_id.name}
        return [self.env._("%(order)s was submitted for approval by %(user)s.", **names)]

    def _write_waiting(self, approvals, details):
        lines = []
        for approval in approvals:
            names = {**self._get_told_names(approval), "since": self._format_told_time(approval.since)}
            if details.get("is_reminder"):
                lines.append(
                    self.env._(
                        'Reminder: %(order)s still waits for %(owner)s to decide at "%(name)s", since %(since)s.',
                        **names,
                    )
                )
            else:
                lines.append(
                    self.env._('%(order)s waits for %(owner)s to decide at "%(name)s", since %(since)s.', **names)
                )
            if approval.deadline:
                lines.append(self.env._("Decide by %(deadline)s.", deadline=names["deadline"]))
        return lines

    def _write_overdue(self, subjects, details):
        if subjects._name == "mrp.closure.approval":
            return [self._write_late_approval(approval) for approval in subjects]
        escalated = details.get("escalated", ())
        return [self._write_late_check(check, check in escalated) for check in subjects]

    def _write_late_approval(self, approval):
        return self.env._(
            '%(order)s is overdue: "%(name)s" has waited for %(owner)s since %(since)s and was due on %(deadline)s.',
            since=self._format_told_time(approval.since),
            **self._get_told_names(approval),
        )

    def _write_late_check(self, check, is_escalated):
        names = self._get_told_names(check)
        if is_escalated:
            return self.env._(
                '%(order)s is overdue: "%(name)s" is still not answered by %(owner)s, it was due on %(deadline)s. '
                "Managers were told.",
                **names,
            )
        return self.env._('%(order)s is overdue: "%(name)s" waits for %(owner)s and was due on %(deadline)s.', **names)

    def _write_rejected(self, approvals, details):
        return [
            self._write_return(approval, details.get("target"), details.get("comment") or "") for approval in approvals
        ]

    def _write_return(self, approval, target, comment):
        names = {
            "order": self._get_told_name(),
            "name": approval.name,
            "user": self.env.user.name,
            "comment": comment,
        }
        if target is None:
            return self.env._('%(order)s was turned down at "%(name)s" by %(user)s: %(comment)s', **names)
        return self.env._(
            '%(order)s was sent back from "%(name)s" to "%(earlier)s" by %(user)s: %(comment)s',
            earlier=self._get_level_names(target),
            **names,
        )

    def _write_failed(self, checks, _details):
        return [
            self.env._(
                '%(order)s: "%(name)s" failed: %(finding)s. It waits for %(owner)s.',
                finding=(check.message or "").strip().rstrip("."),
                **self._get_told_names(check),
            )
            for check in checks
        ]

    def _write_closed(self, _subjects, _details):
        names = {"order": self._get_told_name()}
        if self.close_type == "forced":
            names |= {"user": self.forced_by_id.name, "reason": self.force_reason}
            return [self.env._("%(order)s is closed, by force of %(user)s: %(reason)s", **names)]
        if self.close_type == "short":
            return [self.env._("%(order)s is closed short: %(reason)s", reason=self.short_reason or "", **names)]
        return [self.env._("%(order)s is closed.", **names)]

    def _write_forced(self, _subjects, _details):
        return [
            self.env._(
                "%(user)s closes %(order)s by force: %(reason)s",
                user=self.forced_by_id.name,
                order=self._get_told_name(),
                reason=self.force_reason,
            )
        ]

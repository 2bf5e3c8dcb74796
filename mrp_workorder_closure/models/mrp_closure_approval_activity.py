from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from .mail_activity import APPROVAL_TYPE
from .mrp_closure_activity import Addressee, Alert


class MrpClosureApproval(models.Model):
    """Who is told that an approval waits, is late, or was escalated."""

    _inherit = "mrp.closure.approval"

    def _get_addressees(self, delegations):
        """Whom the approval still needs: its group, the persons it names who may decide, their delegates.

        :param delegations: those in force, looked up once for all approvals
        """
        self.ensure_one()
        no_group, no_user = self.env["res.groups"], self.env["res.users"]
        decisions = self.decision_ids.filtered(lambda decision: decision.verdict == "approved")
        done = decisions._get_persons_in_charge()
        persons = (self.user_ids | self.signer_ids) - done
        for delegation in delegations:
            if delegation.user_id not in done and self._names(delegation.user_id):
                persons |= delegation.delegate_id
        addressees = [Addressee(no_group, person) for person in persons if self._is_able(person)]
        return addressees + ([Addressee(self.group_id, no_user)] if self.group_id else [])

    def _is_reminder_due(self, now):
        """Once, at the time for it; where the level names none, at its deadline."""
        due = self.remind_at or self.deadline
        return self.state == "pending" and not self.reminded_at and bool(due) and due <= now

    def _is_escalation_due(self, now):
        late = bool(self.deadline) and self.deadline <= now
        return self.state == "pending" and not self.escalated_at and late and bool(self.escalation_group_id)


class MrpClosure(models.Model):
    """Approvals in the inbox of activities, and what happens to them with time alone."""

    _inherit = "mrp.closure"

    def _get_wanted_activities(self):
        """Adds one activity for each person and group that an approval waits for."""
        # In sudo: the work of others is read for it.
        closures = self.sudo().filtered(lambda closure: closure.state == "to_approve")
        closures._prefetch_approvals()
        wanted = super()._get_wanted_activities()
        pending = closures._get_pending_approvals()
        delegations = pending._get_delegations_in_force() if pending else self.env["mrp.closure.delegation"]
        for closure, approvals in pending.grouped("closure_id").items():
            by_addressee = defaultdict(list)
            for approval in approvals:
                for addressee in approval._get_addressees(delegations):
                    by_addressee[addressee].append(approval)
            for addressee, asked in by_addressee.items():
                closure._add_wanted(wanted, APPROVAL_TYPE, addressee, closure._prepare_approval_vals(addressee, asked))
        return wanted

    def _prepare_approval_vals(self, addressee, approvals):
        self = self._in_language_of(addressee)
        names = ", ".join(approval.with_env(self.env).name for approval in approvals)
        due = min(approval.deadline or approval.since for approval in approvals)
        return {
            "summary": self.env._("Decide at %(levels)s", levels=names),
            "closure_figures": ",".join(str(approval.id) for approval in approvals),
            "date_deadline": due.date(),
        }

    def _get_approval_alerts(self):
        """Pairs of addressee and alert, for approvals that are late or that nobody can decide."""
        pending = self._get_pending_approvals()
        alerts = [
            (self._get_manager_addressee(), Alert("approval_stuck", approval, str(approval.id)))
            for approval in pending.filtered("is_stuck")
        ]
        pending = pending.filtered(lambda approval: approval.reminded_at or approval.escalated_at)
        if not pending:
            return alerts
        delegations = pending._get_delegations_in_force()
        for approval in pending:
            if approval.reminded_at:
                alert = Alert("approval_reminded", approval, str(approval.id))
                alerts += [(addressee, alert) for addressee in approval._get_addressees(delegations)]
            if approval.escalated_at:
                addressee = Addressee(approval.escalation_group_id, self.env["res.users"])
                alerts.append((addressee, Alert("approval_escalated", approval, str(approval.id))))
        return alerts

    def _describe_alert(self, alert):
        if not alert.code.startswith("approval_"):
            return super()._describe_alert(alert)
        approval = alert.subject.with_env(self.env)
        if alert.code == "approval_stuck":
            return self.env._('Nobody can decide at "%(level)s": name somebody', level=approval.name)
        since = format_datetime(self.env, approval.since, tz=self._get_tz(), dt_format="short")
        names = {"level": approval.name, "since": since, "owner": approval.owner}
        if alert.code == "approval_reminded":
            return self.env._('Approval at "%(level)s" has waited since %(since)s', **names)
        return self.env._('Approval at "%(level)s" is late: it has waited for %(owner)s since %(since)s', **names)

    # With time alone

    @api.model
    def _cron_remind_of_approvals(self):
        """Remind once of every approval that is late, escalate it once, and tell the channels once."""
        now = fields.Datetime.now()
        reminding = Domain("reminded_at", "=", False) & (
            Domain("remind_at", "<=", now) | Domain("remind_at", "=", False) & Domain("deadline", "<=", now)
        )
        escalating = (
            Domain("escalated_at", "=", False)
            & Domain("deadline", "<=", now)
            & Domain("escalation_group_id", "!=", False)
        )
        late = self.env["mrp.closure.approval"].search(
            Domain("state", "=", "pending") & Domain("closure_id.state", "=", "to_approve") & (reminding | escalating)
        )
        overdue = self._get_overdue_approvals(now)

        def follow(closures):
            (closures & late.closure_id)._remind_of_approvals(now)
            closures._notify("overdue", overdue & closures.approval_ids)

        (late | overdue).closure_id.sorted("id")._run_in_batches(follow)

    def _remind_of_approvals(self, now):
        """Remind and escalate what is due; stamps make it once, also when the cron is stopped and started."""
        self._lock()
        pending = self._get_pending_approvals()
        reminded = pending.filtered(lambda approval: approval._is_reminder_due(now))
        escalated = pending.filtered(lambda approval: approval._is_escalation_due(now))
        reminded._write_evidence({"reminded_at": now})
        escalated._write_evidence({"escalated_at": now})
        early = reminded.filtered(lambda approval: not approval.deadline or approval.deadline > now)
        early.closure_id._notify("waiting", early, is_reminder=True)
        for closure in (reminded | escalated).closure_id:
            closure._post_approval_reminder(reminded & closure.approval_ids, escalated & closure.approval_ids)
        self._sync_activities()

    def _post_approval_reminder(self, reminded, escalated):
        """A note addressed to the persons who are asked; groups find their activity."""
        lang = self.company_id.partner_id.lang
        closure = self.with_context(lang=lang) if lang else self
        lines = [
            closure.env._('Reminder: "%(level)s" waits for %(owner)s.', level=approval.name, owner=approval.owner)
            for approval in reminded.with_env(closure.env)
        ]
        lines += [
            closure.env._(
                'Escalated to %(group)s: "%(level)s" still waits for %(owner)s.',
                group=approval.escalation_group_id.name,
                level=approval.name,
                owner=approval.owner,
            )
            for approval in escalated.with_env(closure.env)
        ]
        delegations = reminded._get_delegations_in_force()
        addressees = [addressee for approval in reminded for addressee in approval._get_addressees(delegations)]
        partners = self.env["res.partner"].union(*(addressee.user.partner_id for addressee in addressees))
        closure.message_post(body="\n".join(lines), partner_ids=partners.ids, subtype_xmlid="mail.mt_note")

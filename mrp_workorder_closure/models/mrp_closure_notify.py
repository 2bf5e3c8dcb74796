from odoo import api, fields, models

from ..tools import get_fingerprint
from .mrp_closure_point import FINDING_KINDS


class MrpClosure(models.Model):
    """Tell channels what happens. One method, called where it happens; without channels it does nothing."""

    _inherit = "mrp.closure"

    def _notify(self, event, subjects=None, **details):
        """Queue a message for each channel that listens, in this transaction: rolled back with it.

        :param event: one of ``EVENTS``
        :param subjects: the checks or approvals it is about; None when it is about the closures as a whole
        :param details: what belongs to the event, for its ``_write_<event>`` method
        """
        listeners = self.env["mrp.closure.channel"]._get_listeners()
        if not listeners or not self:
            return
        # In sudo: what is told to a channel does not depend on who acts.
        closures = self.sudo()
        # In sudo: addresses are not read here, only which closures a channel is about.
        channels = self.env["mrp.closure.channel"].sudo()
        told = []
        for company, of_company in closures.grouped("company_id").items():
            for channel in channels.browse(listeners.get(company.id, {}).get(event, ())):
                for closure in channel._filter_closures(of_company):
                    for part in closure._get_parts(subjects):
                        told.append((channel, closure, part, closure._get_message_key(event, part, details)))
        # In sudo: the queue is written by the system only.
        messages = self.env["mrp.closure.message"].sudo()
        known = messages._get_known({(channel, key) for channel, _closure, _part, key in told})
        languages = {channel: channel._get_languages() for channel, *_rest in told}
        messages._queue(
            [
                {
                    **closure._prepare_message_vals(channel, event, part, details, languages[channel]),
                    "channel_id": channel.id,
                    "key": key,
                }
                for channel, closure, part, key in told
                if (channel, key) not in known
            ]
        )

    def _get_parts(self, subjects):
        """What makes one message each: an approval alone, the checks of a closure together."""
        if subjects is None:
            return [None]
        own = subjects.sudo().filtered(lambda subject: subject.closure_id == self)
        if own._name == "mrp.closure.check":
            return [own] if own else []
        return list(own)

    def _prepare_message_vals(self, channel, event, subjects, details, languages):
        """Values of the message: as plain data, and written out in the languages it takes."""
        written = {lang: self.with_context(lang=lang)._write_message(event, subjects, details) for lang in languages}
        closure = self.with_context(lang=languages[0])
        payload = {
            "event": event,
            "order": closure.name,
            "product": closure.product_id.display_name,
            "closure": closure.id,
            "url": closure._get_link(),
            "company": closure.company_id.name,
            "at": f"{fields.Datetime.now().isoformat()}Z",
            "subjects": [subject.with_env(closure.env)._get_told_facts() for subject in subjects or ()],
            "written": written,
        }
        return {
            "company_id": channel.company_id.id,
            "closure_id": self.id,
            "event": event,
            "payload": payload,
        }

    def _get_message_key(self, event, subjects, details):
        """What is told, so that it is told once: the event, the round, and what it is about."""
        marks = sorted(subject._get_told_mark(event, details) for subject in subjects or ())
        return get_fingerprint([event, self.id, self.revision, self.round, marks])

    def _get_link(self):
        self.ensure_one()
        return f"{self.get_base_url()}/mail/view?model={self._name}&res_id={self.id}"

    @api.model
    def _get_overdue_approvals(self, now):
        """Approvals past their deadline that a channel wants to know of."""
        listeners = self.env["mrp.closure.channel"]._get_listeners()
        companies = [company_id for company_id, by_event in listeners.items() if "overdue" in by_event]
        approvals = self.env["mrp.closure.approval"]
        if not companies:
            return approvals
        return approvals.search(
            [
                ("state", "=", "pending"),
                ("closure_state", "=", "to_approve"),
                ("company_id", "in", companies),
                ("deadline", "<=", now),
            ]
        )


class MrpClosureCheck(models.Model):
    _inherit = "mrp.closure.check"

    def _notify_failures(self):
        """Tell of checks that failed just now."""
        if not self.env["mrp.closure.channel"]._get_listeners():
            return
        failed = self.filtered(lambda check: check.state == "fail" and check.kind in FINDING_KINDS)
        failed.closure_id._notify("failed", failed)

    def _get_told_mark(self, event, details):
        """What makes a message about the check a new one: another answer, other figures, or an escalation."""
        if event == "failed":
            return f"{self.id}:{self.done_at or ''}:{self.value:g}:{self.figures or ''}"
        return f"{self.id}:{'escalated' if self in details.get('escalated', ()) else 'late'}"

    def _get_told_facts(self):
        return {
            "check": self.name,
            "state": self.state,
            "waits_for": self.owner,
            "finding": self.message or None,
            "deadline": _write_time(self.deadline),
        }


class MrpClosureApproval(models.Model):
    _inherit = "mrp.closure.approval"

    def _get_told_mark(self, event, details):
        """What makes a message about the approval a new one: a reminder, or another decision."""
        if event == "waiting":
            return f"{self.id}:{'reminder' if details.get('is_reminder') else 'asked'}"
        if event == "rejected":
            return f"{self.id}:{max(self.decision_ids.ids, default=0)}"
        return str(self.id)

    def _get_told_facts(self):
        return {
            "level": self.name,
            "state": self.state,
            "waits_for": self.owner,
            "since": _write_time(self.since),
            "deadline": _write_time(self.deadline),
        }


def _write_time(value):
    return value and f"{value.isoformat()}Z" or None

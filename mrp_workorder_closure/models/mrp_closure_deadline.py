import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import split_every

from .mrp_closure_activity import RUNNING

_logger = logging.getLogger(__name__)

BATCH = 50
# A closure that was refreshed less long ago is left out when the cron is taken up again.
REFRESH_EVERY = timedelta(minutes=30)


class MrpClosureCheck(models.Model):
    _inherit = "mrp.closure.check"

    reminded_at = fields.Datetime(string="Reminded on", help="When the late check was brought to mind, once.")
    escalated_at = fields.Datetime(
        string="Escalated on", help="When managers were told, once: the check was late by its time limit again."
    )

    def _is_due(self, now):
        return bool(self.deadline) and self.deadline <= now and not self._is_met()

    def _get_escalation_time(self):
        """As long after the deadline as the deadline was after the confirmation of the order."""
        return self.deadline + max(self.deadline - self.closure_id.create_date, timedelta())


class MrpClosure(models.Model):
    """What happens with time alone: late checks remind and escalate, closures stay current.

    Both crons commit batch by batch and can be stopped and started anywhere. A closure
    that cannot be handled is logged, and stops no other.
    """

    _inherit = "mrp.closure"

    refreshed_at = fields.Datetime(help="Technical: when the scheduled refresh last saw the closure.")

    @api.model
    def _cron_remind_late_checks(self):
        """Remind once of every late check, and escalate it once."""
        now = fields.Datetime.now()
        unstamped = Domain("reminded_at", "=", False) | Domain("escalated_at", "=", False)
        checks = self.env["mrp.closure.check"].search(
            Domain("closure_id.state", "in", RUNNING)
            & Domain("state", "in", ("todo", "fail"))
            & Domain("deadline", "<=", now)
            & unstamped
        )
        due = checks.filtered(lambda check: not check.reminded_at or check._get_escalation_time() <= now)
        due.closure_id.sorted("id")._run_in_batches(lambda closures: closures._remind(now))

    @api.model
    def _cron_refresh(self):
        """Refresh running closures, those first that were not seen for the longest time."""
        stale = Domain("refreshed_at", "=", False) | Domain("refreshed_at", "<", fields.Datetime.now() - REFRESH_EVERY)
        closures = self.search(Domain("state", "in", RUNNING) & stale, order="refreshed_at NULLS FIRST, id")
        closures._run_in_batches(lambda batch: batch._refresh_by_cron())

    def _refresh_by_cron(self):
        self._lock()
        self._refresh()
        self._write_evidence({"refreshed_at": fields.Datetime.now()})

    def _run_in_batches(self, act):
        """Run ``act`` on batches of these closures, with a commit after each.

        A batch that fails is done again one by one, so that one closure never stops the others.
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(self))
        for ids in split_every(BATCH, self.ids):
            closures = self.browse(ids)
            if not closures._try(act, again=True):
                # Whoever was faster is seen in a transaction of its own only.
                cron._commit_progress()
                for closure in closures:
                    closure._try(act)
            if not cron._commit_progress(len(ids)):
                return

    def _try(self, act, again=False):
        """Whether ``act`` went through; people who work on the same closures come first."""
        try:
            with self.env.cr.savepoint():
                act(self)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.info("Closures %s are being worked on: they are looked at again later", self.ids)
            return False
        except Exception:
            level = logging.INFO if again else logging.ERROR
            _logger.log(level, "Closures %s could not be brought up to date", self.ids, exc_info=True)
            return False
        return True

    def _remind(self, now):
        """Remind and escalate what is due; stamps make it once."""
        self._lock()
        checks = self.check_ids.filtered(lambda check: check._is_due(now))
        late = checks.filtered(lambda check: not check.reminded_at)
        escalated = checks.filtered(lambda check: not check.escalated_at and check._get_escalation_time() <= now)
        late._write_evidence({"reminded_at": now})
        escalated._write_evidence({"escalated_at": now})
        (late | escalated).closure_id._notify("overdue", late | escalated, escalated=escalated)
        for closure in (late | escalated).closure_id:
            closure._post_reminder(late & closure.check_ids, escalated & closure.check_ids)
        self._sync_activities()

    def _post_reminder(self, late, escalated):
        """A note in the chatter, addressed to the persons who are to act; groups find their activity."""
        lang = self.company_id.partner_id.lang
        closure = self.with_context(lang=lang) if lang else self
        lines, addressees = [], []
        for check in late.with_env(closure.env):
            lines.append(
                closure.env._("Late: %(check)s, to be answered by %(owner)s.", check=check.name, owner=check.owner)
            )
            addressees += check._get_addressees()
        for check in escalated.with_env(closure.env):
            lines.append(
                closure.env._(
                    "Escalated: %(check)s, still not answered by %(owner)s.", check=check.name, owner=check.owner
                )
            )
            addressees += closure._get_responsible_addressees()
        partners = self.env["res.partner"].union(*(addressee.user.partner_id for addressee in addressees))
        closure.message_post(body="\n".join(lines), partner_ids=partners.ids, subtype_xmlid="mail.mt_note")

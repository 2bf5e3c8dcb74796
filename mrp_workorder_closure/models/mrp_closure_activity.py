from collections import defaultdict
from typing import Any, NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime
from odoo.tools.misc import clean_context

from .mail_activity import ALERT_TYPE, APPROVAL_TYPE, CHECK_TYPE, CLOSURE_TYPES
from .mrp_closure import MANAGER, OPERATOR

RUNNING = ("open", "to_approve", "approved")
# What differs from one who is asked to the next, besides what it is about.
HANDED_ON = ("user_id", "closure_group_id", "summary", "note", "date_deadline")


class Addressee(NamedTuple):
    """Who an activity is for: a group, or a user."""

    group: Any
    user: Any


class Alert(NamedTuple):
    """Something that should not wait until the end: late, escalated, failed, or an anomaly of stock.

    :param figures: what it is about, the same in every language
    """

    code: str
    subject: Any
    figures: str


class MrpClosure(models.Model):
    """Who is told what: the activities of a closure follow from its checks and approvals.

    One for each group, named person or responsible with something to answer, and one
    more for each with an alert. They are derived: met, mended, closed or cancelled, they
    go by themselves. A work activity marked as done by hand comes back at the next
    refresh while its checks are unmet; an alert comes back when it says something new.
    """

    _inherit = "mrp.closure"

    def _sync_activities(self):
        """Make the activities what the checks ask for; idempotent, one batch for all closures."""
        activity_model = self._get_activity_model()
        wanted = self._get_wanted_activities()
        gone = activity_model
        for activity in activity_model.search(self._get_activities_domain(), order="active desc, id"):
            key = (activity.res_id, activity.activity_type_id.id, activity.closure_group_id.id, activity.user_id.id)
            vals = wanted.pop(key, None)
            if vals is None:
                gone |= activity
            else:
                activity._follow_closure(vals)
        (gone - self._hand_on_activities(gone, wanted)).unlink()
        self._create_activities(wanted)

    def _hand_on_activities(self, gone, wanted):
        """Assign the activity of an approval to whoever is asked next, where nobody has attached anything to it.

        :param wanted: as ``_get_wanted_activities`` returns it; what is handed on is taken out of it
        :return: the activities that serve on
        """
        waiting = defaultdict(list)
        for key in wanted:
            waiting[key[:2]].append(key)
        texts = {}
        # Who sees and does the same of several closures gets them in one write.
        by_vals = defaultdict(gone.browse)
        approval_type = self._get_known_id(APPROVAL_TYPE)
        for activity in gone:
            keys = waiting[activity.res_id, activity.activity_type_id.id]
            if (
                keys
                and activity.active
                and activity.activity_type_id.id == approval_type
                and not activity.attachment_ids
            ):
                vals = wanted.pop(keys.pop(0))
                texts[activity] = vals["closure_figures"]
                by_vals[tuple((name, vals.get(name, False)) for name in HANDED_ON)] |= activity
        for items, activities in by_vals.items():
            activities.write(dict(items))
        for activity, figures in texts.items():
            activity.closure_figures = figures
        return gone.browse(activity.id for activity in texts)

    def _create_first_activities(self):
        """Make the activities of closures that were just made, without a look for earlier ones."""
        self._create_activities(self._get_wanted_activities())

    def _create_activities(self, wanted):
        if wanted:
            self._get_activity_model().create(list(wanted.values()))

    def _get_activity_model(self):
        # In sudo: whoever changes a check changes the activities of others with it.
        model = self.env["mail.activity"].sudo()
        return model.with_context(clean_context(self.env.context), mail_activity_quick_update=True)

    def _get_activities_domain(self):
        types = [self._get_known_id(xmlid) for xmlid in CLOSURE_TYPES]
        return (
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("activity_type_id", "in", types)
            & Domain("active", "in", [True, False])
        )

    def _get_wanted_activities(self):
        """``{(closure, type, group, user) ids: values of the activity}``."""
        wanted = {}
        # In sudo: names of groups and the work of others are read for it.
        for closure in self.sudo().filtered(lambda closure: closure.state in RUNNING):
            alerts, work = defaultdict(list), defaultdict(closure.check_ids.browse)
            for check in closure.check_ids:
                if check._is_work():
                    for addressee in check._get_addressees():
                        work[addressee] |= check
                for addressee, alert in check._get_alerts():
                    alerts[addressee].append(alert)
            for addressee, alert in closure._get_approval_alerts():
                alerts[addressee].append(alert)
            for addressee in closure._get_anomaly_addressees():
                alerts[addressee].append(Alert("anomaly", closure, closure.anomaly_figures))
            for addressee, checks in work.items():
                closure._add_wanted(wanted, CHECK_TYPE, addressee, closure._prepare_work_vals(addressee, checks))
            for addressee, reasons in alerts.items():
                closure._add_wanted(wanted, ALERT_TYPE, addressee, closure._prepare_alert_vals(addressee, reasons))
        return wanted

    def _add_wanted(self, wanted, type_xmlid, addressee, vals):
        type_id = self._get_known_id(type_xmlid)
        wanted[(self.id, type_id, addressee.group.id, addressee.user.id)] = {
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "res_name": self.name,
            "activity_type_id": type_id,
            "automated": True,
            "closure_group_id": addressee.group.id,
            "user_id": addressee.user.id,
            **vals,
        }

    def _prepare_work_vals(self, addressee, checks):
        self = self._in_language_of(addressee)
        deadlines = [check.deadline for check in checks if check.deadline]
        due = min(deadlines) if deadlines else self.date_finished or fields.Datetime.now()
        summary = self.env._("Checks to answer: %(count)s", count=len(checks))
        if addressee.group:
            group = addressee.group.with_env(self.env).name
            summary = self.env._("Checks for %(group)s: %(count)s", group=group, count=len(checks))
        return {
            "summary": summary,
            "closure_figures": ",".join(str(check_id) for check_id in checks.ids),
            "date_deadline": due.date(),
        }

    def _prepare_alert_vals(self, addressee, alerts):
        self = self._in_language_of(addressee)
        texts = [self._describe_alert(alert) for alert in alerts]
        group = addressee.group.with_env(self.env).name
        summary = texts[0].splitlines()[0] if len(texts) == 1 else self.env._("Alerts: %(count)s", count=len(texts))
        return {
            "summary": self.env._("%(group)s: %(alert)s", group=group, alert=summary) if group else summary,
            "note": Markup("").join(Markup("<p>%s</p>") % line for text in texts for line in text.splitlines()),
            "closure_figures": ";".join(sorted(f"{alert.code}:{alert.figures}" for alert in alerts)),
            "date_deadline": fields.Date.today(),
        }

    def _describe_alert(self, alert):
        if alert.code == "anomaly":
            return self.env._("Stock anomaly: %(anomaly)s", anomaly=self.anomaly)
        check = alert.subject.with_env(self.env)
        name, owner = check.name, check.owner
        if alert.code == "failed":
            return self.env._("%(check)s failed: %(finding)s", check=name, finding=check.message)
        deadline = format_datetime(self.env, check.deadline, tz=self._get_tz(), dt_format="short")
        if alert.code == "late":
            return self.env._("%(check)s is late: it was due on %(deadline)s", check=name, deadline=deadline)
        return self.env._(
            "%(check)s is still not answered by %(owner)s: it was due on %(deadline)s",
            check=name,
            owner=owner,
            deadline=deadline,
        )

    def _in_language_of(self, addressee):
        lang = addressee.user.lang or self.company_id.partner_id.lang
        return self.with_context(lang=lang) if lang else self

    def _get_tz(self):
        return self.company_id._get_closure_tz().zone

    def _get_responsible_addressees(self):
        """The order's responsible; where there is none, the operators."""
        responsible = self.user_id.filtered("active")
        operators = self._get_known_id(OPERATOR) if not responsible else False
        return [Addressee(self.env["res.groups"].browse(operators), responsible)]

    def _get_manager_addressee(self):
        return Addressee(self.env["res.groups"].browse(self._get_known_id(MANAGER)), self.env["res.users"])

    @api.model
    def _get_known_id(self, xmlid):
        """Id of a record of this addon's data, from the cache: ``ref`` would look in the table each time."""
        return self.env["ir.model.data"]._xmlid_to_res_id(xmlid, raise_if_not_found=True)

    # What the inbox shows: work of the user's groups is the user's own.

    def _get_my_activities_domain(self):
        mine = Domain("user_id", "=", self.env.uid) | Domain("is_of_my_group", "=", True)
        return Domain("res_model", "=", self._name) & Domain("active", "=", True) & mine

    @api.depends("activity_ids.closure_group_id")
    def _compute_my_activity_date_deadline(self):
        for closure in self:
            mine = closure.activity_ids.filtered(
                lambda activity: activity.user_id == self.env.user or activity.is_of_my_group
            )
            closure.my_activity_date_deadline = mine[:1].date_deadline

    def _search_my_activity_date_deadline(self, operator, operand):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        mine = self._get_my_activities_domain()
        if operator == "in" and False in operand:
            dated = Domain("activity_ids", "any!", mine & Domain("date_deadline", "in", operand - {False}))
            return dated | ~Domain("activity_ids", "any!", mine)
        # Past the access of activities: the user's own, on closures that are searched with the user's rights.
        return Domain("activity_ids", "any!", mine & Domain("date_deadline", operator, operand))


class MrpClosureCheck(models.Model):
    _inherit = "mrp.closure.check"

    def _is_work(self):
        """Whether somebody should do something now: an answer that is missing or says no, or,
        once the order has begun, figures that the system does not accept."""
        self.ensure_one()
        if self._is_automatic():
            return self.state == "fail" and self.production_id.state in ("progress", "to_close", "done")
        return not self._is_met()

    def _get_addressees(self):
        """Who answers for the check: the persons and the group it names, else the order's responsible."""
        self.ensure_one()
        no_group, no_user = self.env["res.groups"], self.env["res.users"]
        named = [Addressee(no_group, user) for user in self.user_ids]
        if self.group_id:
            named.append(Addressee(self.group_id, no_user))
        return named or self.closure_id._get_responsible_addressees()

    def _get_alerts(self):
        """Pairs of addressee and alert."""
        self.ensure_one()
        alerts = []
        if self._is_met():
            return alerts
        if self.state == "fail" and self.kind in ("measure", "consumption"):
            figures = f"{self.id}:{self.value if self.kind == 'measure' else self.figures}"
            alerts += [(addressee, Alert("failed", self, figures)) for addressee in self._get_addressees()]
        if self.reminded_at:
            alerts += [(addressee, Alert("late", self, str(self.id))) for addressee in self._get_addressees()]
        if self.escalated_at:
            escalation = [self.closure_id._get_manager_addressee(), *self.closure_id._get_responsible_addressees()]
            alerts += [(addressee, Alert("escalated", self, str(self.id))) for addressee in escalation]
        return alerts

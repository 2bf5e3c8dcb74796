from odoo import models
from odoo.tools.misc import clean_context

from .mrp_closure import MANAGER

ACTION_TYPE = "mrp_workorder_closure.mail_activity_type_action"


class MrpClosureAction(models.Model):
    """Who is told: the owner what to do until when, managers that a proposal waits. Derived, one for each."""

    _inherit = "mrp.closure.action"

    def _sync_activities(self):
        """Make the activities what the state asks for; idempotent."""
        for action in self:
            # In sudo: whoever moves an action on changes the activities of others with it.
            action = action.sudo().with_context(clean_context(self.env.context), mail_activity_quick_update=True)
            wanted = {} if action.state not in ("proposed", "plan", "do") else action._get_wanted()
            for activity in action.activity_ids.filtered(lambda activity: activity.automated):
                vals = wanted.pop(activity.user_id, None)
                if vals is None:
                    activity.unlink()
                elif any(activity[name] != value for name, value in vals.items()):
                    activity.write(vals)
            for user, vals in wanted.items():
                action.activity_schedule(ACTION_TYPE, user_id=user.id, automated=True, **vals)

    def _get_wanted(self):
        """``{user: values of the activity}``."""
        users = self.user_id.filtered("active") or self.company_id._get_closure_managers()
        due = self.due_date or self._get_today()
        return {
            user: {"summary": self.with_context(lang=user.lang or self.env.lang)._describe_work(), "date_deadline": due}
            for user in users
        }

    def _describe_work(self):
        if self.state == "proposed":
            return self.env._("Take up or drop: %(action)s", action=self.name)
        if self.state == "do":
            return self.env._("Carry out: %(action)s", action=self.name)
        if self.outcome == "ineffective":
            return self.env._("Not effective, plan again: %(action)s", action=self.name)
        return self.env._("Plan and start: %(action)s", action=self.name)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_closure_managers(self):
        """Closure managers who work for the company."""
        self.ensure_one()
        return (
            self.env.ref(MANAGER)
            .sudo()
            .all_user_ids.filtered(lambda user: user.active and self in user.company_ids and not user._is_superuser())
        )

import logging
from datetime import datetime, time

import pytz

from odoo import fields, models

_logger = logging.getLogger(__name__)
# Settings that decide how strictly duties are kept apart: who changed them, and when, stays on record.
LOGGED = ("closure_allow_same_person", "closure_force_second_person")


class ResCompany(models.Model):
    _inherit = "res.company"

    closure_template_id = fields.Many2one(
        "mrp.closure.template",
        string="Default Closure Template",
        domain="[('company_id', '=', id)]",
        help="Used for manufacturing orders that no other template covers.",
    )
    closure_allow_same_person = fields.Boolean(
        string="One Person May Do Both",
        help="The person who answered a check may also waive it, and who submitted or approved an order may approve "
        "it at another level. Off keeps the duties apart. Each use is logged and marked.",
    )
    closure_force_second_person = fields.Boolean(
        string="Forced Close Needs a Second Person",
        help="A forced close waits until another person with the right to force it has approved.",
    )
    closure_concession_group_id = fields.Many2one(
        "res.groups",
        string="Concessions Decided by",
        help="Who may decide that nonconforming goods are used as they are, besides closure managers. "
        "Empty: managers only.",
    )
    closure_capital_rate = fields.Float(
        string="Yearly Cost of Capital (%)",
        digits=(16, 2),
        help="What a year of tied up capital costs, in per cent of its value. The analysis of approvals tells by it "
        "what late approvals cost.",
    )
    _closure_capital_rate_positive = models.Constraint(
        "CHECK(closure_capital_rate >= 0)", "To set the yearly cost of capital, enter 0 or more per cent."
    )

    def write(self, vals):
        before = {(company, name): company[name] for company in self for name in LOGGED if name in vals}
        result = super().write(vals)
        for (company, name), old in before.items():
            if company[name] != old:
                company._log_closure_setting(name)
        if "closure_template_id" in vals:
            self.env["mrp.closure.template"]._refresh_matching()
        return result

    def _log_closure_setting(self, name):
        """Keep a change of a setting in the history of the company's contact and in the server's log."""
        value = self.env._("yes") if self[name] else self.env._("no")
        label = self._fields[name]._description_string(self.env)
        _logger.warning(
            "Setting %s of company %s is now %s, changed by user %s", name, self.id, self[name], self.env.user.login
        )
        # In sudo: the history is written whoever may change the setting.
        self.sudo().partner_id._message_log(
            body=self.env._(
                'Work order closure, "%(setting)s": %(value)s, set by %(user)s.',
                setting=label,
                value=value,
                user=self.env.user.name,
            )
        )

    # Days begin and end where the company is

    def _get_closure_tz(self):
        return pytz.timezone(self.partner_id.tz or "UTC")

    def _get_closure_today(self):
        """The day it is where the company is."""
        return pytz.utc.localize(fields.Datetime.now()).astimezone(self._get_closure_tz()).date()

    def _get_closure_midnight(self, day):
        """The first moment of a day where the company is, in UTC."""
        midnight = self._get_closure_tz().localize(datetime.combine(day, time.min))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None)

from collections.abc import Iterable
from datetime import datetime

from odoo import api, fields, models
from odoo.tools import float_round, format_amount, format_date, formatLang


class MrpClosurePanel(models.AbstractModel):
    """What pages of figures have in common: each figure opens the records it was made of."""

    _name = "mrp.closure.panel"
    _description = "Page of figures"

    @api.model
    def _get_list(self, title, model, domain):
        """Window action on the records behind a figure."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            # Rows of reports have no form: a click on one leads to what it is about.
            "views": [(False, "list"), (False, "form")] if self.env[model]._auto else [(False, "list")],
            "domain": self._to_plain(domain),
            "context": {"create": False},
        }

    @api.model
    def _to_plain(self, value):
        """A domain as the web client takes it: lists and texts only."""
        if isinstance(value, datetime):
            return fields.Datetime.to_string(value)
        if isinstance(value, str) or not isinstance(value, Iterable):
            return value
        return [self._to_plain(item) for item in value]

    @api.model
    def _format_percent(self, part, whole):
        return f"{float_round(100 * part / whole, precision_digits=1):g} %" if whole else "–"

    # Texts

    @api.model
    def _format(self, value, unit):
        """A figure as people read it."""
        if value is None:
            return "–"
        if unit == "money":
            currency = self.env.company.currency_id
            # Nobody reads cents of thousands.
            value = round(value) if abs(value) >= 1000 else currency.round(value)
            return format_amount(self.env, value, currency, trailing_zeroes=not float(value).is_integer())
        if unit == "percent":
            return f"{self._format_number(value)} %"
        if unit == "hours":
            return self._format_hours(value)
        return self._format_number(value, 0 if unit == "count" else 1)

    @api.model
    def _format_hours(self, hours):
        if abs(hours) >= 48:
            return self.env._("%(number)s days", number=self._format_number(hours / 24))
        return self.env._("%(number)s h", number=self._format_number(hours))

    @api.model
    def _format_number(self, value, digits=1):
        return formatLang(self.env, value, digits=0 if float(value).is_integer() else digits)

    @api.model
    def _format_date(self, moment):
        return format_date(self.env, fields.Datetime.context_timestamp(self, moment).date())

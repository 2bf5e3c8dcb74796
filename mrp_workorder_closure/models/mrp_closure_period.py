from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models
from odoo.fields import Domain


class MrpClosure(models.Model):
    """What was finished and not closed at the end of a day: the books of a period are looked at after it."""

    _inherit = "mrp.closure"

    not_closed_on = fields.Date(
        string="Finished, Not Closed on",
        compute="_compute_not_closed_on",
        search="_search_not_closed_on",
        help="Finds the closures whose work was finished by the end of this day and that were not closed by then.",
    )

    def _compute_not_closed_on(self):
        """It is there to be searched: a closure has no such day of its own."""
        self.not_closed_on = False

    @api.model
    def _search_not_closed_on(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._get_not_closed_domain(day) for day in value if day)

    @api.model
    def _get_not_closed_domain(self, day):
        """Closures that were not closed when a day ended where the user is."""
        midnight = datetime.combine(fields.Date.to_date(day) + timedelta(days=1), time.min)
        limit = self.env.tz.localize(midnight).astimezone(timezone.utc).replace(tzinfo=None)
        running = Domain("closed_at", "=", False) | Domain("closed_at", ">=", limit)
        return Domain("labour_closed_at", "<", limit) & Domain("state", "!=", "cancel") & running

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# In the order of charts: key, label, and up to how many days.
AGE_GROUPS = [
    ("1_week", "Up to 7 Days", 7),
    ("2_month", "8 to 30 Days", 30),
    ("3_quarter", "31 to 90 Days", 90),
    ("4_older", "Over 90 Days", None),
]


class MrpClosureNonconformity(models.Model):
    """Nonconformities by age, from the report to now, or to when they were closed.

    The age is never stored, so that a chart is right at the moment it is drawn.
    """

    _inherit = "mrp.closure.nonconformity"

    age_group = fields.Selection(
        [(key, label) for key, label, _days in AGE_GROUPS],
        string="Age",
        compute="_compute_age_group",
        search="_search_age_group",
        help="Since it was reported, until it was closed.",
    )

    @api.depends("age_days")
    def _compute_age_group(self):
        for nonconformity in self:
            nonconformity.age_group = next(
                key for key, _label, days in AGE_GROUPS if days is None or nonconformity.age_days <= days
            )

    @api.model
    def _search_age_group(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s", model._field_to_sql(alias, "age_group", query), tuple(value) or (None,)
            ),
            predicate=lambda nonconformity: nonconformity.age_group in value,
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        """Charts group by age, and lists are sorted by it."""
        if field_expr != "age_group":
            return super()._field_to_sql(alias, field_expr, query)
        age = SQL(
            "COALESCE(%s, %s) - %s",
            super()._field_to_sql(alias, "closed_at", query),
            fields.Datetime.now(),
            super()._field_to_sql(alias, "reported_at", query),
        )
        whens = SQL(" ").join(
            SQL("WHEN %s < %s THEN %s", age, timedelta(days=days + 1), key) for key, _label, days in AGE_GROUPS[:-1]
        )
        return SQL("CASE %s ELSE %s END", whens, AGE_GROUPS[-1][0])

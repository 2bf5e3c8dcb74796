from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .mrp_closure_nonconformity import SEVERITIES

INSPECTION = "mrp.closure.inspection"
LINE = "mrp.closure.inspection.line"
NONCONFORMITY = "mrp.closure.nonconformity"
BARS = 6


class MrpClosureQuality(models.AbstractModel):
    """The quality dashboard: a few figures of a period, each of which opens the records it was made of.

    Everything is read with the rights of the user, who sees figures of records that he may open.
    """

    _name = "mrp.closure.quality"
    _description = "Quality dashboard"
    _inherit = ["mrp.closure.panel"]

    @api.model
    @api.readonly
    def get_cards(self, days=90):
        """What the dashboard shows.

        :param days: length of the period that ends now, in days up to ten years, by when verdicts were given; open
            nonconformities are shown whatever their age
        :return: list of dicts: ``key``, ``title``, ``figure`` and ``detail`` (texts), ``action``, and
            ``bars``: dicts with ``label``, ``figure``, ``share`` (per cent of the longest bar), ``action``
        :raises AccessError: for users who may not read inspections
        """
        for model in (INSPECTION, LINE, NONCONFORMITY):
            self.env[model].check_access("read")
        since = fields.Datetime.now() - timedelta(days=days if isinstance(days, int) and 0 < days < 3650 else 90)
        # As text: the domain goes to the client, which opens the records with it.
        period = Domain("decided_at", ">=", fields.Datetime.to_string(since))
        return [
            self._get_yield_card(period),
            self._get_rejected_card(period),
            self._get_defects_card("characteristic", self.env._("Defects by Characteristic"), period, "name"),
            self._get_defects_card("workcenter", self.env._("Defects by Work Center"), period, "workcenter_name"),
            self._get_age_card(),
        ]

    @api.model
    def _get_yield_card(self, period):
        domain = period & Domain("first_verdict", "!=", False)
        inspections = self.env[INSPECTION]
        decided = inspections.search_count(domain)
        accepted = inspections.search_count(domain & Domain("first_verdict", "=", "accepted"))
        groups = inspections._read_group(
            domain, ["product_id"], ["first_pass_yield:avg", "__count"], order="first_pass_yield:avg", limit=BARS
        )
        title = self.env._("First-Pass Yield")
        return {
            **self._get_card("first_pass", title, INSPECTION, domain),
            "figure": self._format_percent(accepted, decided),
            "detail": self.env._("%(accepted)s of %(decided)s accepted at once", accepted=accepted, decided=decided),
            "bars": [
                {
                    "label": product.display_name,
                    "figure": self._format_percent(share, 100),
                    "share": share,
                    "action": self._get_list(title, INSPECTION, domain & Domain("product_id", "=", product.id)),
                }
                for product, share, _count in groups
            ],
        }

    @api.model
    def _get_rejected_card(self, period):
        domain = period & Domain("first_verdict", "=", "rejected")
        title = self.env._("Rejected Lots")
        groups = self.env[INSPECTION]._read_group(domain, ["product_id"], ["__count"], order="__count DESC", limit=BARS)
        rows = [(product.display_name, count, Domain("product_id", "=", product.id)) for product, count in groups]
        return {
            **self._get_card("rejected", title, INSPECTION, domain),
            "figure": str(self.env[INSPECTION].search_count(domain)),
            "detail": self.env._("rejected the first time"),
            "bars": self._get_bars(title, INSPECTION, domain, rows),
        }

    @api.model
    def _get_defects_card(self, key, title, period, groupby):
        """A Pareto chart: the largest bars first, with the share they reach together."""
        domain = period & Domain("defective", ">", 0)
        lines = self.env[LINE]
        ((total,),) = lines._read_group(domain, [], ["defective:sum"])
        groups = lines._read_group(domain, [groupby], ["defective:sum"], order="defective:sum DESC", limit=BARS)
        rows = [(name or self.env._("None"), count, Domain(groupby, "=", name or False)) for name, count in groups]
        bars = self._get_bars(title, LINE, domain, rows)
        reached = 0
        for bar, (_name, count) in zip(bars, groups, strict=True):
            reached += count
            bar["figure"] = f"{count} ({self._format_percent(reached, total)})"
        return {
            **self._get_card(key, title, LINE, domain),
            "figure": str(total or 0),
            "detail": self.env._("defective units; in brackets the share reached together"),
            "bars": bars,
        }

    @api.model
    def _get_age_card(self):
        domain = Domain("state", "!=", "closed")
        nonconformities = self.env[NONCONFORMITY]
        title = self.env._("Open Nonconformities by Age")
        labels = dict(nonconformities._fields["age_group"]._description_selection(self.env))
        groups = nonconformities._read_group(domain, ["age_group"], ["__count"], order="age_group")
        rows = [(labels[age], count, Domain("age_group", "=", age)) for age, count in groups]
        worst = SEVERITIES[-1][0]
        return {
            **self._get_card("age", title, NONCONFORMITY, domain),
            "figure": str(sum(count for _age, count in groups)),
            "detail": self.env._(
                "open, %(critical)s of them critical",
                critical=nonconformities.search_count(domain & Domain("severity", "=", worst)),
            ),
            "bars": self._get_bars(title, NONCONFORMITY, domain, rows),
        }

    # Parts

    @api.model
    def _get_card(self, key, title, model, domain):
        return {"key": key, "title": title, "action": self._get_list(title, model, domain)}

    @api.model
    def _get_bars(self, title, model, domain, rows):
        """Bars of ``(label, count, domain)``."""
        longest = max((count for _label, count, _domain in rows), default=0)
        return [
            {
                "label": label,
                "figure": str(count),
                "share": 100 * count / longest,
                "action": self._get_list(f"{title}: {label}", model, domain & part),
            }
            for label, count, part in rows
        ]

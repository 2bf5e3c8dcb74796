from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import formatLang

from .mrp_closure_baseline import COST_GROUPS
from .mrp_closure_figures import NOTHING

# Verdicts that an approver has to know about: everything that did not simply hold.
DEVIATING = ("todo", "fail", "waived", "not_applicable")


class MrpClosure(models.Model):
    """What deviates: the part of a closure that whoever approves has to see.

    Deviations consist of parts. A part is an entry of ``_get_deviation_parts`` and a method
    ``_get_deviations_<part>``: it returns ``{closure: list of sentences}`` for all closures at
    once, in the user's language; closures where nothing deviates are left out.
    """

    _inherit = "mrp.closure"

    previous_figures = fields.Json(
        readonly=True, copy=False, prefetch=False, help="What was submitted in the round before, as plain data."
    )
    deviations = fields.Html(
        compute="_compute_deviations", sanitize=False, help="What deviates, for whoever approves. Empty: nothing does."
    )
    all_figures = fields.Html(compute="_compute_all_figures", sanitize=False, help="What is approved, or would be.")

    @api.depends_context("lang")
    @api.depends("state", "check_ids.state", "figures", "previous_figures")
    def _compute_deviations(self):
        deviations = self._get_deviations()
        for closure in self:
            closure.deviations = self._render_parts(deviations[closure])

    @api.depends_context("lang")
    @api.depends("state", "figures")
    def _compute_all_figures(self):
        # In sudo: figures of the closure are for everybody who may read it.
        current = self._origin.filtered(lambda closure: not closure.figures)._get_figures()
        titles = self._get_figure_titles()
        for closure in self:
            parts = {}
            figures = closure.figures or current.get(closure._origin, {})
            for part in self._get_figure_parts():
                entries = figures.get(part) or {}
                describe = getattr(closure._origin.sudo(), f"_describe_figure_{part}")
                rows = [": ".join(describe(key, entry)) for key, entry in entries.items()]
                if rows:
                    parts[titles.get(part, part)] = rows
            closure.all_figures = self._render_parts(parts)

    @api.model
    def _render_parts(self, parts):
        """Titles, each with a list of sentences; empty without any."""
        blocks = [
            Markup("<h6 class='mt-2 mb-1'>%s</h6><ul class='mb-2'>%s</ul>")
            % (title, Markup().join(Markup("<li>%s</li>") % sentence for sentence in sentences))
            for title, sentences in parts.items()
        ]
        return Markup().join(blocks) or False

    @api.model
    def _get_deviation_parts(self):
        """``{part: title}``, in the order in which they are shown."""
        return {
            "forced": self.env._("Forced close"),
            "checks": self.env._("Checks that did not simply pass"),
            "output": self.env._("Output other than planned"),
            "consumption": self.env._("Consumption other than planned"),
            "material": self.env._("Material that is unaccounted for"),
            "nonconformities": self.env._("Nonconformities and concessions"),
            "stock": self.env._("Stock anomalies"),
            "changes": self.env._("Changed since the last round"),
        }

    @api.model
    def _get_figure_titles(self):
        return {
            "output": self.env._("Output"),
            "consumption": self.env._("Consumption"),
            "scrap": self.env._("Scrap"),
            "time": self.env._("Time"),
            "checks": self.env._("Checks"),
            "inspections": self.env._("Inspections"),
            "nonconformities": self.env._("Nonconformities"),
            "dispositions": self.env._("Dispositions"),
            "remainder": self.env._("Rest of the order"),
            "template": self.env._("Template"),
            "material": self.env._("Material"),
        }

    def _get_deviations(self):
        """``{closure: {title: list of sentences}}``; empty for a closure where nothing deviates.

        The number of queries does not depend on the number of closures.
        """
        # In sudo: what deviates is for everybody who may read the closure. On a form: as it is stored.
        closures = self._origin.sudo()
        found = {closure.id: {} for closure in closures}
        for part, title in self._get_deviation_parts().items():
            for closure, sentences in getattr(closures, f"_get_deviations_{part}")().items():
                if sentences:
                    found[closure.id][title] = sentences
        return {closure: found.get(closure._origin.id, {}) for closure in self}

    def _get_deviations_forced(self):
        return {
            closure: [
                self.env._(
                    "%(user)s closes by force: %(reason)s", user=closure.forced_by_id.name, reason=closure.force_reason
                )
            ]
            for closure in self.filtered("forced_by_id")
        }

    def _get_deviations_checks(self):
        return {
            closure: [check._describe_deviation() for check in closure.check_ids if check.state in DEVIATING]
            for closure in self
        }

    def _get_deviations_output(self):
        deviations = {}
        for closure in self:
            uom = closure.product_uom_id
            differs = uom.compare(closure.qty_producing, closure.product_qty)
            if not differs or uom.is_zero(closure.qty_producing):
                continue
            labels = dict(closure._fields["remainder"]._description_selection(self.env))
            rest = [labels.get(closure.remainder), closure.short_reason] if differs < 0 else []
            amount = self.env._(
                "%(made)g of %(planned)g %(unit)s",
                made=closure.qty_producing,
                planned=closure.product_qty,
                unit=uom.name,
            )
            deviations[closure] = [", ".join(filter(None, [amount, *rest]))]
        return deviations

    def _get_deviations_consumption(self):
        """Components of which more or less was used than planned; a check with a limit for it speaks for itself."""
        check_model = self.env["mrp.closure.check"]
        unlimited = self.filtered(lambda closure: "consumption" not in closure.check_ids.mapped("kind"))
        checks = check_model.union(
            *(check_model.new({"closure_id": closure.id, "kind": "consumption"}) for closure in unlimited)
        )
        begun = checks.filtered(lambda check: check._get_output())
        return {check.closure_id: [finding.details] for check, finding in begun._evaluate_consumption().items()}

    def _get_deviations_material(self):
        return {
            closure: [
                ", ".join(
                    filter(
                        None,
                        [
                            self.env._(
                                "%(component)s: %(quantity)g %(unit)s",
                                component=line.component,
                                quantity=line.unaccounted_qty,
                                unit=line.uom_name,
                            ),
                            line.explanation,
                        ],
                    )
                )
                for line in closure.balance_ids
                if not line.uom_id.is_zero(line.unaccounted_qty)
            ]
            for closure in self
        }

    def _get_deviations_nonconformities(self):
        figures = self._get_figures(("nonconformities", "dispositions"))
        return {
            closure: [
                ": ".join(getattr(closure, f"_describe_figure_{part}")(key, entry))
                for part in ("nonconformities", "dispositions")
                for key, entry in figures[closure][part].items()
            ]
            for closure in self
        }

    def _get_deviations_stock(self):
        return {closure: closure.anomaly.splitlines() for closure in self.filtered("anomaly")}

    def _get_deviations_changes(self):
        """What is not as it was submitted before; somebody who decided then sees at once what is new."""
        deviations = {}
        for closure in self.filtered(lambda closure: closure.previous_figures and closure.figures):
            before, now = closure.previous_figures, closure.figures
            changes = [
                closure._describe_change_of_figure(part, key, old, new)
                for part in self._get_figure_parts()
                if part in before and part in now
                for key, old, new in self._get_differences(before[part], now[part])
            ]
            deviations[closure] = changes or [self.env._("Nothing: the same figures were submitted again.")]
        return deviations

    def _describe_cost_against_plan(self):
        """One sentence; who is not in finance reads per cents only. Empty where nothing was planned or spent."""
        self.ensure_one()
        closure = self.sudo()
        if not closure.standard_cost and not closure.actual_cost:
            return False
        pct = formatLang(self.env, closure.cost_variance_pct, digits=1)
        sign = "+" if closure.cost_variance > 0 else ""
        if not self.env.user.has_groups(COST_GROUPS):
            return self.env._("Cost against plan: %(sign)s%(pct)s %%", sign=sign, pct=pct)
        amounts = [
            formatLang(self.env, amount, currency_obj=closure.currency_id)
            for amount in (closure.actual_cost, closure.standard_cost)
        ]
        return self.env._(
            "Cost against plan: %(sign)s%(pct)s %% (%(actual)s of %(standard)s)",
            sign=sign,
            pct=pct,
            actual=amounts[0],
            standard=amounts[1],
        )

    def _keep_previous_figures(self):
        """Before the figures of a round are given up: the next round is compared with them."""
        for closure in self.filtered("figures"):
            closure._write_evidence({"previous_figures": closure.figures})


class MrpClosureCheck(models.Model):
    _inherit = "mrp.closure.check"

    def _describe_deviation(self):
        """The check, its verdict, what was found, and who conceded it why."""
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        conceded = self.waived_by_id and self.env._(
            "%(user)s: %(reason)s", user=self.waived_by_id.name, reason=self.waiver_reason or NOTHING
        )
        return self.env._(
            "%(check)s: %(verdict)s",
            check=self.name,
            verdict=". ".join(filter(None, [labels[self.state], self.message, conceded])),
        )

from odoo import models

from ..tools import to_decimal
from .mrp_closure_figures import NOTHING


class MrpClosure(models.Model):
    """Verdicts and what was decided: checks, inspections, nonconformities, the rest of the order."""

    _inherit = "mrp.closure"

    def _get_figures_checks(self):
        return {closure: {str(check.id): check._get_figure() for check in closure.check_ids} for closure in self}

    def _get_figures_inspections(self):
        return {
            closure: {
                str(inspection.id): {
                    "state": inspection.state,
                    "lot_size": inspection.lot_size,
                    "sample_size": inspection.sample_size,
                    "defective": inspection.defective_count,
                }
                for inspection in closure.inspection_ids
            }
            for closure in self
        }

    def _get_figures_nonconformities(self):
        return {
            closure: {
                str(nonconformity.id): {
                    "severity": nonconformity.severity,
                    "quantity": to_decimal(nonconformity.quantity, nonconformity.product_uom_id.rounding),
                    "lots": sorted(nonconformity.lot_ids.ids),
                }
                for nonconformity in closure.nonconformity_ids
            }
            for closure in self
        }

    def _get_figures_dispositions(self):
        return {
            closure: {
                str(line.id): {
                    "disposition": line.disposition,
                    "quantity": to_decimal(line.quantity, line.product_uom_id.rounding),
                    "lots": sorted(line.lot_ids.ids),
                    "reason": line.reason or "",
                }
                for line in closure.nonconformity_ids.disposition_ids
                if line.status != "withdrawn"
            }
            for closure in self
        }

    def _get_figures_remainder(self):
        return {
            closure: (
                {"remainder": {"remainder": closure.remainder, "reason": closure.short_reason or ""}}
                if closure.remainder
                else {}
            )
            for closure in self
        }

    def _get_figures_template(self):
        return {
            closure: {"version": {"id": closure.template_version_id.id, "number": closure.template_version}}
            for closure in self
        }

    def _describe_figure_checks(self, key, entry):
        check = self.check_ids.filtered(lambda check: check.id == int(key))
        # The figures of the system are no words.
        names = ("value", "waiver") if check._is_automatic() else ("value", "finding", "waiver")
        details = [entry[name] for name in names] if entry else []
        value = self._describe_entry(check, "state", entry, *details)
        return check.name or self.env._("Check"), value

    def _describe_figure_inspections(self, key, entry):
        inspection = self.env["mrp.closure.inspection"].browse(int(key)).exists()
        details = []
        if entry:
            details = [
                self.env._(
                    "%(defective)s defective of %(sample)s in a lot of %(lot)s",
                    defective=entry["defective"],
                    sample=entry["sample_size"],
                    lot=entry["lot_size"],
                )
            ]
        value = self._describe_entry(inspection, "state", entry, *details)
        return inspection.name or self.env._("Inspection"), value

    def _describe_figure_nonconformities(self, key, entry):
        nonconformity = self.env["mrp.closure.nonconformity"].browse(int(key)).exists()
        value = self._describe_entry(nonconformity, "severity", entry, entry and entry["quantity"])
        return nonconformity.name or self.env._("Nonconformity"), value

    def _describe_figure_dispositions(self, key, entry):
        line = self.env["mrp.closure.disposition"].browse(int(key)).exists()
        details = (entry["quantity"], entry["reason"]) if entry else ()
        value = self._describe_entry(line, "disposition", entry, *details)
        return line.nonconformity_id.name or self.env._("Disposition"), value

    def _describe_figure_remainder(self, _key, entry):
        value = self._describe_entry(self, "remainder", entry, entry and entry["reason"])
        return self._fields["remainder"]._description_string(self.env), value

    def _describe_figure_template(self, _key, entry):
        label = self._fields["template_version"]._description_string(self.env)
        return label, str(entry["number"]) if entry else NOTHING

    def _describe_entry(self, records, name, entry, *details):
        """The label of a selection in an entry, and what goes with it."""
        if not entry:
            return NOTHING
        labels = dict(records._fields[name]._description_selection(self.env))
        return ", ".join(filter(None, [labels.get(entry[name], entry[name]), *details]))


class MrpClosureCheck(models.Model):
    _inherit = "mrp.closure.check"

    def _get_figure(self):
        """The verdict and the figures behind it, without words that differ from language to language."""
        self.ensure_one()
        return {
            "state": self.state,
            "value": to_decimal(self.value) if self.kind == "measure" and self.state in ("pass", "fail") else None,
            "finding": self._get_figure_finding(),
            "waiver": self.waiver_reason or None,
        }

    def _get_figure_finding(self):
        """What was found: figures of the system, words of a person."""
        if self._is_automatic() and self.state != "not_applicable":
            return self.figures or None
        return (self.message or None) if self.kind != "measure" or self.state == "not_applicable" else None

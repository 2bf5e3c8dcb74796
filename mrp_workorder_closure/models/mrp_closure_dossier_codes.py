from odoo import models

# Where a manifest holds the code of a selection: by section or list of entries, the field that knows its label.
CODES = {
    "order": {
        "state": ("mrp.production", "state"),
        "close_type": ("mrp.closure", "close_type"),
        "remainder": ("mrp.closure", "remainder"),
    },
    "work_orders": {"state": ("mrp.workorder", "state")},
    "checks": {
        "kind": ("mrp.closure.check", "kind"),
        "severity": ("mrp.closure.check", "severity"),
        "state": ("mrp.closure.check", "state"),
    },
    "inspections": {
        "scope": ("mrp.closure.inspection", "scope"),
        "sampling": ("mrp.closure.inspection", "sampling"),
        "strictness": ("mrp.closure.inspection", "strictness"),
        "state": ("mrp.closure.inspection", "state"),
        "first_verdict": ("mrp.closure.inspection", "first_verdict"),
    },
    "results": {"kind": ("mrp.closure.inspection.line", "kind")},
    "nonconformities": {
        "severity": ("mrp.closure.nonconformity", "severity"),
        "state": ("mrp.closure.nonconformity", "state"),
        "root_cause_category": ("mrp.closure.nonconformity", "root_cause_category"),
    },
    "dispositions": {
        "disposition": ("mrp.closure.disposition", "disposition"),
        "status": ("mrp.closure.disposition", "status"),
    },
    "approvals": {"state": ("mrp.closure.approval", "state")},
    "decisions": {"verdict": ("mrp.closure.approval.decision", "verdict")},
    "variances": {"kind": ("mrp.closure.variance", "kind")},
}


class MrpClosureDossier(models.Model):
    """Codes of a manifest in the language of who reads it; the manifest itself stays as it is."""

    _inherit = "mrp.closure.dossier"

    def _get_code_labels(self):
        """``{section or list: {key: {code: label}}}``"""
        return {
            name: {
                key: dict(self.env[model]._fields[field]._description_selection(self.env))
                for key, (model, field) in fields.items()
            }
            for name, fields in CODES.items()
        }


def spell_out(name, data, codes):
    """A section or list of entries with labels in the place of codes; a code without label stays.

    :param codes: as ``_get_code_labels`` returns them
    """
    if isinstance(data, list):
        return [spell_out(name, item, codes) for item in data]
    if not isinstance(data, dict):
        return data
    labels = codes.get(name, {})
    return {
        key: labels[key].get(value, value) if key in labels and isinstance(value, str) else spell_out(key, value, codes)
        for key, value in data.items()
    }

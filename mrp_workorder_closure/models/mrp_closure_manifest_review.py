from odoo import models

from ..tools import to_decimal
from .mrp_closure_manifest import _name, _name_product, _time

BALANCE = {
    "planned": "planned_qty",
    "opening": "opening_qty",
    "issued": "issued_qty",
    "consumed": "consumed_qty",
    "scrapped": "scrapped_qty",
    "samples": "sampled_qty",
    "returned": "returned_qty",
    "kept": "kept_qty",
    "handed_on": "transferred_qty",
    "unaccounted": "unaccounted_qty",
}


class MrpClosure(models.Model):
    """What a dossier says about the review of an order: its material, its cost, and who released it."""

    _inherit = "mrp.closure"

    def _get_manifest_sections(self):
        return (*super()._get_manifest_sections(), "balance", "approvals", "variances")

    def _get_manifest_balance(self):
        self.balance_ids.mapped("product_id.uom_id.rounding")
        self.balance_ids.mapped("lot_id.name")
        self.balance_ids.mapped("explained_by_id.name")
        return {closure: [_describe_balance(line) for line in closure.balance_ids.sorted("id")] for closure in self}

    def _get_manifest_approvals(self):
        """Every level of every round, with its decisions and signatures."""
        decisions = self.approval_ids.decision_ids
        (decisions.user_id | decisions.on_behalf_of_id | decisions.target_user_id).mapped("name")
        return {
            closure: [
                {
                    "id": approval.id,
                    "level": approval.name,
                    "round": approval.round,
                    "state": approval.state,
                    "asked": _time(approval.since),
                    "decided": _time(approval.decided_at),
                    "decisions": [_describe_decision(decision) for decision in approval.decision_ids.sorted("id")],
                }
                for approval in closure.approval_ids.sorted("id")
            ]
            for closure in self
        }

    def _get_manifest_variances(self):
        """Why the order cost more or less than planned, in the currency of the company."""
        self.variance_ids.mapped("currency_id.name")
        return {closure: [_describe_variance(line) for line in closure.variance_ids.sorted("id")] for closure in self}


def _describe_balance(line):
    rounding = line.product_id.uom_id.rounding
    return {
        "id": line.id,
        "product": _name_product(line.product_id),
        "lot": line.lot_id.id or None,
        "number": line.lot_id.name or None,
        "unit": _name(line.product_id.uom_id),
        **{key: to_decimal(line[name], rounding) for key, name in BALANCE.items()},
        "declared": line.is_declared,
        "explanation": line.explanation or None,
        "explained_by": _name(line.explained_by_id),
        "explained": _time(line.explained_at),
    }


def _describe_decision(decision):
    return {
        "id": decision.id,
        "decided_by": _name(decision.user_id),
        "on_behalf_of": _name(decision.on_behalf_of_id),
        "decided": _time(decision.decided_at),
        "verdict": decision.verdict,
        "meaning": decision.meaning,
        "comment": decision.comment or None,
        "fingerprint": decision.fingerprint,
        "signed_by": decision.signed_name or None,
        "duties_not_separate": decision.is_segregation_override,
        "asked_person": _name(decision.target_user_id),
    }


def _describe_variance(line):
    return {
        "id": line.id,
        "revision": line.revision,
        "kind": line.kind,
        "name": line.name or None,
        "planned_quantity": to_decimal(line.planned_qty, 0.0001),
        "quantity": to_decimal(line.actual_qty, 0.0001),
        "planned": to_decimal(line.planned, line.currency_id.rounding),
        "actual": to_decimal(line.actual, line.currency_id.rounding),
        "variance": to_decimal(line.amount, line.currency_id.rounding),
        "currency": line.currency_id.name,
    }


class MrpClosureDossier(models.Model):
    _inherit = "mrp.closure.dossier"

    def _get_entry_labels(self):
        return {**super()._get_entry_labels(), **self._get_material_labels(), **self._get_decision_labels()}

    def _get_material_labels(self):
        return {
            "opening": self.env._("Opening"),
            "issued": self.env._("Issued"),
            "consumed": self.env._("Consumed"),
            "scrapped": self.env._("Scrapped"),
            "samples": self.env._("Samples"),
            "returned": self.env._("Returned"),
            "kept": self.env._("Kept"),
            "handed_on": self.env._("Handed On"),
            "unaccounted": self.env._("Unaccounted"),
            "declared": self.env._("Declared"),
            "explanation": self.env._("Explanation"),
            "explained_by": self.env._("Explained by"),
            "explained": self.env._("Explained on"),
            "planned_quantity": self.env._("Planned Quantity"),
            "actual": self.env._("Actual"),
            "variance": self.env._("Variance"),
        }

    def _get_decision_labels(self):
        return {
            "level": self.env._("Level"),
            "asked": self.env._("Asked on"),
            "decisions": self.env._("Decisions"),
            "on_behalf_of": self.env._("On Behalf of"),
            "verdict": self.env._("Decision"),
            "meaning": self.env._("Meaning"),
            "comment": self.env._("Comment"),
            "fingerprint": self.env._("Fingerprint"),
            "signed_by": self.env._("Signed by"),
            "duties_not_separate": self.env._("Duties Not Separate"),
            "asked_person": self.env._("Asked"),
        }

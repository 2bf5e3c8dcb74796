from odoo import models

from ..tools import to_decimal
from .mrp_closure_manifest import _name, _name_product, _time


class MrpClosure(models.Model):
    """What a dossier says about verdicts and problems: checks, inspections, nonconformities."""

    _inherit = "mrp.closure"

    def _get_manifest_checks(self):
        files = self.check_ids._read_manifest_files()
        self.check_ids.mapped("workorder_id.name")
        (self.check_ids.done_by_id | self.check_ids.waived_by_id).mapped("name")
        return {
            closure: [
                {
                    "id": check.id,
                    "name": check.name,
                    "kind": check.kind,
                    "severity": check.severity,
                    "work_order": _name(check.workorder_id),
                    "state": check.state,
                    "lower_limit": to_decimal(check.min_value),
                    "upper_limit": to_decimal(check.max_value),
                    "tolerance": to_decimal(check.tolerance_pct),
                    "value": to_decimal(check.value) if check.kind == "measure" else None,
                    "unit": check.unit or None,
                    "finding": check.message or None,
                    "figures": check.figures or None,
                    "answered_by": _name(check.done_by_id),
                    "answered": _time(check.done_at),
                    "signed": check.signed_name or None,
                    "waived_by": _name(check.waived_by_id),
                    "waiver_reason": check.waiver_reason or None,
                    "files": files[check.id],
                }
                for check in closure.check_ids.sorted("id")
            ]
            for closure in self
        }

    def _get_manifest_inspections(self):
        lines = self.inspection_ids.line_ids
        files = lines._read_manifest_files()
        lines.mapped("entered_by_id.name")
        self.inspection_ids.mapped("lot_id.name")
        self.inspection_ids.mapped("decided_by_id.name")
        return {
            closure: [
                {
                    "id": inspection.id,
                    "name": inspection.name,
                    "is_planned": inspection.active,
                    "scope": inspection.scope,
                    "sampling": inspection.sampling or None,
                    "aql": to_decimal(inspection.aql),
                    "strictness": inspection.strictness,
                    "number": inspection.lot_id.name or None,
                    "work_center": inspection.workcenter_name or None,
                    "quantity": to_decimal(inspection.quantity),
                    "lot_size": inspection.lot_size,
                    "sample_size": inspection.sample_size,
                    "acceptance_number": inspection.acceptance_number,
                    "defective": inspection.defective_count,
                    "state": inspection.state,
                    "first_verdict": inspection.first_verdict or None,
                    "decided_by": _name(inspection.decided_by_id),
                    "decided": _time(inspection.decided_at),
                    "signed": inspection.signed_name or None,
                    "results": [_describe_result(line, files[line.id]) for line in inspection.line_ids.sorted("id")],
                }
                for inspection in closure.inspection_ids.sorted("id")
            ]
            for closure in self
        }

    def _get_manifest_nonconformities(self):
        nonconformities = self.nonconformity_ids
        files = nonconformities._read_manifest_files()
        nonconformities.mapped("lot_ids.name")
        nonconformities.mapped("product_id.name")
        (nonconformities.reported_by_id | nonconformities.closed_by_id).mapped("name")
        nonconformities.disposition_ids.mapped("lot_ids.name")
        return {
            closure: [
                {
                    "id": nonconformity.id,
                    "name": nonconformity.name,
                    "severity": nonconformity.severity,
                    "state": nonconformity.state,
                    "product": _name_product(nonconformity.product_id),
                    "quantity": to_decimal(nonconformity.quantity),
                    "numbers": sorted(nonconformity.lot_ids.mapped("name")),
                    "work_center": _name(nonconformity.workcenter_id),
                    "description": nonconformity.description or None,
                    "root_cause": nonconformity.root_cause or None,
                    "root_cause_category": nonconformity.root_cause_category or None,
                    "reported_by": _name(nonconformity.reported_by_id),
                    "reported": _time(nonconformity.reported_at),
                    "closed_by": _name(nonconformity.closed_by_id),
                    "closed": _time(nonconformity.closed_at),
                    "files": files[nonconformity.id],
                    "dispositions": [
                        _describe_disposition(line) for line in nonconformity.disposition_ids.sorted("id")
                    ],
                }
                for nonconformity in closure.nonconformity_ids.sorted("id")
            ]
            for closure in self
        }


def _describe_result(line, files):
    low, high = line._get_limits()
    return {
        "id": line.id,
        "name": line.name,
        "kind": line.kind,
        "unit": line.unit or None,
        "lower_limit": None if low is None else to_decimal(low),
        "upper_limit": None if high is None else to_decimal(high),
        "inspected": line.inspected,
        "defective": line.defective,
        "readings": [to_decimal(value) for value in line._get_values()],
        "note": line.note or None,
        "entered_by": _name(line.entered_by_id),
        "entered": _time(line.entered_at),
        "files": files,
    }


def _describe_disposition(line):
    return {
        "id": line.id,
        "disposition": line.disposition,
        "quantity": to_decimal(line.quantity),
        "numbers": sorted(line.lot_ids.mapped("name")),
        "reason": line.reason or None,
        "status": line.status,
        "is_final": line.is_final,
        "decided_by": _name(line.decided_by_id),
        "decided": _time(line.decided_at),
        "done": _time(line.done_at),
        "inspected_again_by": _name(line.verified_by_id),
        "inspected_again": _time(line.verified_at),
        "regraded_to": _name_product(line.regrade_product_id) if line.regrade_product_id else None,
    }

from odoo import models


class MrpClosureDossier(models.Model):
    """What sections and entries of a manifest are called, in the order in which they are read.

    A key without a label is shown as it is, after the others.
    """

    _inherit = "mrp.closure.dossier"

    def _get_section_labels(self):
        return {
            "order": self.env._("Order"),
            "template": self.env._("Closure Template"),
            "output": self.env._("Output"),
            "components": self.env._("Components"),
            "balance": self.env._("Material Balance"),
            "work_orders": self.env._("Work Orders"),
            "checks": self.env._("Checks"),
            "inspections": self.env._("Inspections"),
            "nonconformities": self.env._("Nonconformities"),
            "scraps": self.env._("Scraps"),
            "approvals": self.env._("Approvals"),
            "values": self.env._("Values"),
            "variances": self.env._("Variances"),
            "unbuilds": self.env._("Unbuild Orders"),
            "returns": self.env._("Returns from Customers"),
        }

    def _get_entry_labels(self):
        return {
            **self._get_subject_labels(),
            **self._get_quantity_labels(),
            **self._get_verdict_labels(),
            **self._get_person_labels(),
            "files": self.env._("Files"),
            "bytes": self.env._("Bytes"),
            "sha256": self.env._("SHA-256"),
            "link": self.env._("Link"),
        }

    def _get_subject_labels(self):
        return {
            "number": self.env._("Number"),
            "name": self.env._("Name"),
            "product": self.env._("Product"),
            "lot": self.env._("Lot Record"),
            "numbers": self.env._("Lots and Serial Numbers"),
            "transfer": self.env._("Transfer"),
            "version": self.env._("Version"),
            "kind": self.env._("Kind"),
            "severity": self.env._("Severity"),
            "scope": self.env._("Scope"),
            "disposition": self.env._("Disposition"),
            "bill_of_materials": self.env._("Bill of Materials"),
            "operation_type": self.env._("Operation Type"),
            "work_order": self.env._("Work Order"),
            "work_center": self.env._("Work Center"),
            "revision": self.env._("Revision"),
            "round": self.env._("Round"),
            "from": self.env._("From (UTC)"),
            "to": self.env._("To"),
        }

    def _get_quantity_labels(self):
        return {
            "planned": self.env._("Planned"),
            "produced": self.env._("Produced"),
            "quantity": self.env._("Quantity"),
            "unit": self.env._("Unit"),
            "value": self.env._("Value"),
            "currency": self.env._("Currency"),
            "lower_limit": self.env._("Lower Limit"),
            "upper_limit": self.env._("Upper Limit"),
            "tolerance": self.env._("Tolerance (%)"),
            "expected_minutes": self.env._("Expected Minutes"),
            "minutes": self.env._("Minutes"),
            "hourly_rate": self.env._("Rate per Hour"),
            "sampling": self.env._("Sampled by"),
            "aql": self.env._("AQL"),
            "strictness": self.env._("Inspection Rule"),
            "lot_size": self.env._("Lot Size"),
            "sample_size": self.env._("Sample Size"),
            "acceptance_number": self.env._("Acceptance Number"),
            "inspected": self.env._("Inspected"),
            "defective": self.env._("Defective"),
            "readings": self.env._("Readings"),
            "lots": self.env._("Lots"),
            "times": self.env._("Working Times"),
            "results": self.env._("Results"),
            "dispositions": self.env._("Dispositions"),
        }

    def _get_verdict_labels(self):
        return {
            "state": self.env._("State"),
            "status": self.env._("State"),
            "first_verdict": self.env._("First Verdict"),
            "finding": self.env._("Finding"),
            "description": self.env._("Description"),
            "root_cause": self.env._("Root Cause"),
            "root_cause_category": self.env._("Root Cause Category"),
            "reason": self.env._("Reason"),
            "reasons": self.env._("Reasons"),
            "note": self.env._("Note"),
            "waiver_reason": self.env._("Waiver Reason"),
            "close_type": self.env._("Close Type"),
            "force_reason": self.env._("Reason for Forcing"),
            "remainder": self.env._("Remainder"),
            "short_reason": self.env._("Short Reason"),
            "reopen_reason": self.env._("Reopen Reason"),
            "cancel_reason": self.env._("Cancel Reason"),
            "regraded_to": self.env._("Regraded to"),
            "is_final": self.env._("After Quarantine"),
        }

    def _get_person_labels(self):
        return {
            "responsible": self.env._("Responsible"),
            "forced_by": self.env._("Forced by"),
            "person": self.env._("Person"),
            "started": self.env._("Started (UTC)"),
            "finished": self.env._("Finished (UTC)"),
            "entered_by": self.env._("Entered by"),
            "entered": self.env._("Entered (UTC)"),
            "answered_by": self.env._("Answered by"),
            "answered": self.env._("Answered (UTC)"),
            "waived_by": self.env._("Waived by"),
            "reported_by": self.env._("Reported by"),
            "reported": self.env._("Reported (UTC)"),
            "recorded_by": self.env._("Recorded by"),
            "decided_by": self.env._("Decided by"),
            "decided": self.env._("Decided (UTC)"),
            "inspected_again_by": self.env._("Inspected Again by"),
            "inspected_again": self.env._("Inspected Again (UTC)"),
            "done": self.env._("Done (UTC)"),
            "submitted_by": self.env._("Submitted by"),
            "submitted": self.env._("Submitted (UTC)"),
            "approved": self.env._("Approved (UTC)"),
            "closed_by": self.env._("Closed by"),
            "closed": self.env._("Closed (UTC)"),
            "signed": self.env._("Signed"),
        }

from odoo import models

from ..tools import Finding


class MrpClosureCheck(models.Model):
    """The rule of the kind inspection: everything that is to be inspected is accepted, or settled."""

    _inherit = "mrp.closure.check"

    def _evaluate_inspection(self):
        """Inspections are planned for what is there now, decided, and accepted or settled.

        Looks only: inspections that are missing or out of date are made elsewhere.
        """
        # What is read with them is read for these checks, not for those of other kinds too.
        points = self.with_prefetch()._get_inspection_points()
        findings = {}
        for check, point in points.items():
            open_reasons = check._get_open_inspections(point)
            if open_reasons:
                findings[check] = Finding("todo", "\n".join(open_reasons))
                continue
            rejected = check.inspection_ids.filtered(lambda inspection: not inspection._is_settled())
            if rejected:
                details = [
                    f"{inspection.lot_id.name}: {inspection._describe_result()}"
                    if inspection.lot_id
                    else inspection._describe_result()
                    for inspection in rejected
                ]
                figures = [
                    figure
                    for inspection in rejected
                    for figure in (inspection.id, inspection.lot_size, inspection.defective_count)
                ]
                findings[check] = check._make_finding(details, figures)
        return findings

    def _get_open_inspections(self, point):
        """Sentences about what is not planned, not up to date or not decided."""
        self.ensure_one()
        targets = self._get_inspection_targets(point)
        names = {"subject": self._get_subject(), "check": self.name}
        if not targets:
            return [self._get_unknown_quantity_reason(point, names)]
        inspections = {inspection.lot_id: inspection for inspection in self.inspection_ids}
        reasons = []
        for lot, quantity in targets:
            inspection = inspections.get(lot)
            serial = {"serial": f" ({lot.name})" if lot else "", **names}
            if not inspection or not inspection._is_same_quantity(quantity):
                reasons.append(
                    self.env._(
                        'To finish %(subject)s, open its closure and inspect "%(check)s"%(serial)s: '
                        "the quantity of the lot is %(quantity)s now.",
                        quantity=self._format_quantity(quantity, self.production_id.product_id.uom_id),
                        **serial,
                    )
                )
            elif inspection.state == "todo" and inspection.sampling_state == "stopped":
                reasons.append(inspection._get_stopped_reason())
            elif inspection.state == "todo":
                reasons.append(
                    self.env._(
                        'To finish %(subject)s, inspect %(sample)s of %(lot)s for "%(check)s"%(serial)s and decide.',
                        sample=inspection.sample_size,
                        lot=inspection.lot_size,
                        **serial,
                    )
                )
        return reasons

    def _get_unknown_quantity_reason(self, point, names):
        order = self.production_id
        if point["per_serial"] and order.product_tracking == "serial":
            return self.env._(
                'To finish %(subject)s, enter the quantity and the serial numbers produced, then inspect "%(check)s".',
                **names,
            )
        return self.env._('To finish %(subject)s, enter the quantity produced, then inspect "%(check)s".', **names)

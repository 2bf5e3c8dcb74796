from odoo import api, fields, models
from odoo.exceptions import UserError

from .mrp_closure_disposition import DECISION_FIELDS
from .requests import to_id


class MrpClosureDisposition(models.Model):
    """The life of a decision: it stands until it is done, or is withdrawn by whom, when and why."""

    _inherit = "mrp.closure.disposition"

    withdrawn_by_id = fields.Many2one("res.users", string="Withdrawn by")
    withdrawn_at = fields.Datetime(string="Withdrawn on")
    withdraw_reason = fields.Char(string="Reason of Withdrawal")

    @api.depends_context("lang")
    @api.depends("nonconformity_id.name", "disposition")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.nonconformity_id.name}: {line._get_label()}" if line.disposition else False

    @api.model
    def _is_decision(self, vals):
        """Whether these values are what a decision is made of, each of its kind."""
        return (
            isinstance(vals, dict)
            and DECISION_FIELDS.issuperset(vals)
            and bool(to_id(vals.get("nonconformity_id")))
            and isinstance(vals.get("disposition"), str)
            and isinstance(vals.get("quantity", 0), int | float)
        )

    def _withdraw(self, reason):
        """Take back what had no effect yet.

        :param reason: why, kept with the decision
        :raises UserError: when goods were moved, or rework has begun
        """
        lines = self.filtered(lambda line: line.status != "withdrawn" and not line.is_final)
        for line in lines:
            line._check_not_begun()
        lines.workorder_id.action_cancel()
        lines._set_withdrawn(reason)

    def _check_not_begun(self):
        names = {
            "nonconformity": self.nonconformity_id.name,
            "order": self.closure_id.name,
            "disposition": self._get_label(),
        }
        if waiting := self._get_waiting_deliveries():
            raise UserError(
                self.env._(
                    "To change what was decided about %(nonconformity)s of %(order)s, have the warehouse "
                    "cancel its delivery %(delivery)s.",
                    delivery=", ".join(waiting.picking_id.mapped("name")),
                    **names,
                )
            )
        if self._has_begun():
            raise UserError(
                self.env._(
                    "To change what was decided about %(nonconformity)s of %(order)s, report a new problem: "
                    "%(disposition)s has begun.",
                    **names,
                )
            )

    def _has_begun(self):
        """Whether the decision shows already: in the stock, or on the shop floor."""
        return self.status == "done" or bool(self.move_ids) or self.workorder_id.state in ("progress", "done")

    def _set_withdrawn(self, reason):
        if not self:
            return
        self._write_evidence(
            {
                "status": "withdrawn",
                "withdrawn_by_id": self.env.uid,
                "withdrawn_at": fields.Datetime.now(),
                "withdraw_reason": reason,
            }
        )
        for line in self:
            line.nonconformity_id.message_post(
                body=self.env._(
                    "Withdrawn, %(reason)s: %(decision)s", reason=reason, decision=line._describe_decision()
                )
            )

    def _mark_done(self):
        decided = self.filtered(lambda line: line.status == "decided")
        if decided:
            decided._write_evidence({"status": "done", "done_at": fields.Datetime.now()})

    def _log_decisions(self):
        """Leave a note of each decision on its nonconformity."""
        for line in self:
            line.nonconformity_id.message_post(body=line._describe_decision())

    def _describe_decision(self):
        """The decision in words: what becomes of how much, which pieces, why."""
        self.ensure_one()
        details = {
            "disposition": self._get_label(),
            "quantity": self.quantity,
            "unit": self.product_uom_id.name,
            "lots": self.lot_names,
            "reason": self.reason or "",
        }
        if self.is_final:
            text = self.env._(
                "Out of quarantine: %(disposition)s: %(quantity)s %(unit)s %(lots)s %(reason)s", **details
            )
        else:
            text = self.env._("%(disposition)s: %(quantity)s %(unit)s %(lots)s %(reason)s", **details)
        return text.strip()

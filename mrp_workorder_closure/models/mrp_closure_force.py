from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError

from .requests import check_one

FORCE = "mrp_workorder_closure.group_force_close"


class MrpClosure(models.Model):
    """Forced close: an act of its own, with its own right, a reason, and its mark for good.

    What failed stays failed and listed. Where the company wants a second person, that
    person's approval comes first.
    """

    _inherit = "mrp.closure"

    forced_by_id = fields.Many2one("res.users", string="Forced by", tracking=True, index="btree_not_null")
    force_reason = fields.Char(string="Reason for Forcing", tracking=True)

    def action_force_close(self, reason):
        """Close the order although checks failed or approvals are missing.

        :param reason: why, kept with the closure
        :return: what Mark as Done returned, perhaps a wizard of core; True when a second person is asked first
        :raises AccessError: when the user may not force
        :raises UserError: without a reason, or when the closure is over, or forced already
        """
        check_one(self)
        self._check_may_force()
        reason = self._check_reason(reason, self.env._("force"))
        closure = self.sudo()
        closure._lock()
        closure._check_can_be_forced()
        second = closure.company_id.closure_force_second_person
        if second:
            closure._check_output_is_entered()
        closure._begin_forcing(reason)
        if second:
            closure._ask_second_person()
            closure._sync_activities()
            return True
        closure._set_state("approved", approved_at=fields.Datetime.now(), close_type="forced")
        closure._sync_activities()
        return self.production_id.button_mark_done()

    def _begin_forcing(self, reason):
        """What was asked of others before counts no more; from here on the figures are bound."""
        if self.state in ("to_approve", "approved"):
            self._reopen_round()
        stamps = {
            "forced_by_id": self.env.uid,
            "force_reason": reason,
            "submitted_by_id": self.env.uid,
            "submitted_at": fields.Datetime.now(),
        }
        self._write_evidence({**stamps, **self._seal_figures()[self]})
        self._notify("forced")

    def _ask_second_person(self):
        self._set_state("to_approve")
        # In sudo: the approval follows from the company's setting.
        approval = (
            self.env["mrp.closure.approval"]
            .sudo()
            ._create_evidence(
                [
                    {
                        "closure_id": self.id,
                        "round": self.round,
                        "group_id": self._get_known_id(FORCE),
                        "user_ids": [Command.clear()],
                        "is_forced": True,
                    }
                ]
            )
        )
        approval._write_own_words("name", lambda env: env._("Forced close"))
        approval._ask(fields.Datetime.now())

    def _is_forced(self):
        """Whether the closure was released by force; an empty closure was not."""
        return bool(self) and self.close_type == "forced" and self.state in ("approved", "closed")

    def _was_empty_when_forced(self):
        self.ensure_one()
        return all(entry["quantity"] in ("0", None) for entry in (self.figures or {}).get("output", {}).values())

    def _seal_forced_figures(self):
        """What was closed by force is on record with the figures it was closed with."""
        forced = self.filtered(lambda closure: closure._is_forced())
        for closure, figures in forced._seal_figures().items():
            closure._write_evidence(figures)

    # Guards

    def _check_may_force(self):
        if not self.env.user.has_group(FORCE):
            raise AccessError(
                self.env._(
                    "To force %(orders)s, ask somebody with the right to force a close.",
                    orders=", ".join(self.sudo().mapped("name")),
                )
            )
        self.check_access("read")

    def _check_can_be_forced(self):
        if self.state not in ("open", "to_approve", "approved") or self._is_forced():
            raise UserError(
                self.env._(
                    "To force %(order)s, its closure must be open, to approve or approved, and not forced already: "
                    "it is %(state)s now.",
                    order=self.name,
                    state=self._get_state_label(self.state),
                )
            )
        order = self.production_id
        order._raise_closure_blockers(order._get_closure_finished_blockers() or order._get_closure_order_blockers())

    def _check_output_is_entered(self):
        order = self.production_id
        if order.product_uom_id.is_zero(order.qty_producing):
            raise UserError(
                self.env._(
                    "To force %(order)s, enter the quantity produced first: a second person approves it.",
                    order=self.name,
                )
            )

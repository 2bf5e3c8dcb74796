from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.requests import check_one

# The acts that need a reason: model, method and what the dialog is called.
ACTS = {
    "fail": ("mrp.closure.check", "action_fail"),
    "waive": ("mrp.closure.check", "action_waive"),
    "not_applicable": ("mrp.closure.check", "action_not_applicable"),
    "short": ("mrp.closure", "action_close_short"),
    "reopen": ("mrp.closure", "action_reopen"),
    "cancel": ("mrp.closure", "action_cancel_order"),
    "force": ("mrp.closure", "action_force_close"),
    "withdraw": ("mrp.closure.inspection", "action_withdraw"),
    "resume": ("mrp.closure.sampling", "action_resume"),
    "reject_rework": ("mrp.closure.disposition", "action_reject"),
    "explain": ("mrp.closure.balance", "action_explain"),
    "drop": ("mrp.closure.action", "action_drop"),
}
# Where the dialog keeps what the act is about.
RECORDS = {
    "mrp.closure.check": "check_ids",
    "mrp.closure": "closure_ids",
    "mrp.closure.inspection": "inspection_ids",
    "mrp.closure.sampling": "sampling_ids",
    "mrp.closure.disposition": "disposition_ids",
    "mrp.closure.balance": "balance_ids",
    "mrp.closure.action": "action_ids",
}


class MrpClosureReason(models.TransientModel):
    """Ask for the reason of an act; the act itself checks who may do it."""

    _name = "mrp.closure.reason"
    _description = "Reason"

    act = fields.Selection(
        [
            ("fail", "Not Met"),
            ("waive", "Waive"),
            ("not_applicable", "Not Applicable"),
            ("short", "Close Short"),
            ("reopen", "Reopen"),
            ("cancel", "Cancel the Order"),
            ("force", "Close by Force"),
            ("withdraw", "Withdraw the Verdict"),
            ("resume", "Resume Inspection after Corrective Action"),
            ("reject_rework", "Rework Is Not Good"),
            ("explain", "Explain"),
            ("drop", "Drop"),
        ],
        required=True,
        readonly=True,
    )
    check_ids = fields.Many2many("mrp.closure.check", readonly=True)
    closure_ids = fields.Many2many("mrp.closure", readonly=True)
    inspection_ids = fields.Many2many("mrp.closure.inspection", readonly=True)
    sampling_ids = fields.Many2many("mrp.closure.sampling", readonly=True)
    disposition_ids = fields.Many2many("mrp.closure.disposition", readonly=True)
    balance_ids = fields.Many2many("mrp.closure.balance", readonly=True)
    action_ids = fields.Many2many("mrp.closure.action", readonly=True)
    reason = fields.Char(required=True)
    missing = fields.Text(compute="_compute_missing", help="What a forced close leaves as it is.")
    mistaken = fields.Boolean(
        string="The Verdict Was a Mistake",
        help="The verdict counts neither in first-pass yield nor for how strictly the next lots are inspected. "
        "Leave it off when the lot was sorted or mended and is inspected again.",
    )

    @api.depends("act", "closure_ids")
    def _compute_missing(self):
        for dialog in self:
            # In the dialog that is not saved yet they are copies, on which nothing can be evaluated.
            closures = dialog.closure_ids._origin if dialog.act == "force" else dialog.closure_ids.browse()
            closures.check_access("read")
            dialog.missing = "\n".join(filter(None, closures.mapped("blocker_message"))) or False

    @api.model
    def _get_dialog(self, records, act):
        """Window action of the dialog for these records, whose names it tells."""
        records.check_access("read")
        if not isinstance(act, str) or act not in ACTS or ACTS[act][0] != records._name:
            raise UserError(self.env._("To give a reason, use one of the buttons on the closure."))
        labels = dict(self._fields["act"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": f"{labels[act]}: {', '.join(records.mapped('display_name'))}",
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_act": act, f"default_{RECORDS[records._name]}": records.ids},
        }

    def action_confirm(self):
        """Carry the act out with its reason."""
        check_one(self)
        model, method = ACTS[self.act]
        options = {"mistaken": self.mistaken} if self.act == "withdraw" else {}
        result = getattr(self[RECORDS[model]], method)(self.reason, **options)
        # Core may have a question left when an order is closed by force.
        return result if isinstance(result, dict) else {"type": "ir.actions.act_window_close"}

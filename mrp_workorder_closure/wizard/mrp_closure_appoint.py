from odoo import api, fields, models

from ..models.requests import check_one


class MrpClosureAppoint(models.TransientModel):
    """Ask a manager who decides where nobody can; the approval itself checks who may name whom."""

    _name = "mrp.closure.appoint"
    _description = "Name who decides"

    approval_id = fields.Many2one("mrp.closure.approval", required=True, readonly=True, ondelete="cascade")
    owner = fields.Char(compute="_compute_owner", string="Named by the Level")
    user_id = fields.Many2one(
        "res.users", string="Person", required=True, domain="[('share', '=', False), ('id', '!=', uid)]"
    )
    reason = fields.Char(required=True)

    @api.depends_context("uid", "lang")
    @api.depends("approval_id")
    def _compute_owner(self):
        # Names on an approval are for those who may read it: computing them there asks for nothing.
        self.approval_id.check_access("read")
        for dialog in self:
            dialog.owner = dialog.approval_id.owner

    def action_confirm(self):
        """Name the person.

        :raises AccessError: when the user is not a closure manager
        :raises UserError: while somebody named can decide, or when the person cannot
        """
        check_one(self)
        self.approval_id.action_appoint(self.user_id, self.reason)
        return {"type": "ir.actions.act_window_close"}

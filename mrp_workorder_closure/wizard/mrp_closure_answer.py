from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.requests import check_one


class MrpClosureAnswer(models.TransientModel):
    """The dialog that answers one check: its value, its files, its signature.

    The password is never a stored field: it travels in the context of the one call that
    verifies it, and is taken out of it before anything else runs.
    """

    _name = "mrp.closure.answer"
    _description = "Answer a check"
    _inherit = ["mrp.closure.dialog"]

    check_id = fields.Many2one("mrp.closure.check", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(related="check_id.kind")
    instructions = fields.Html(related="check_id.instructions")
    limits = fields.Char(compute="_compute_limits")
    unit = fields.Char(related="check_id.unit")
    signature_required = fields.Boolean(related="check_id.signature_required")
    value = fields.Float(digits=(16, 6))
    is_zero = fields.Boolean(string="The value is zero", help="Tells a measured zero from a value not entered.")
    attachment_ids = fields.Many2many("ir.attachment", string="Files", bypass_search_access=True)
    reason = fields.Char(string="Finding", help="What was found. Needed when the requirement is not met.")
    password = fields.Char(store=False, help="Your own password, as your signature.")

    @api.constrains("check_id")
    def _check_check_access(self):
        """What the dialog shows of a check is read in sudo: it is for those who may read the check."""
        self.check_id.sudo(False).check_access("read")

    @api.depends("check_id")
    def _compute_limits(self):
        for answer in self:
            answer.limits = answer.check_id._get_limits_text()

    def action_met(self):
        """Answer that the requirement is met, or enter the measured value."""
        answer, signature = self._get_signed()
        answer._attach_files()
        if answer.kind == "measure":
            answer._check_value_is_entered()
            answer.check_id._measure(answer.value, signature)
        else:
            answer.check_id._pass(signature)
        return {"type": "ir.actions.act_window_close"}

    def action_not_met(self):
        """Answer that the requirement is not met."""
        answer, signature = self._get_signed()
        answer._attach_files()
        answer.check_id._fail(answer.reason, signature)
        return {"type": "ir.actions.act_window_close"}

    def _check_value_is_entered(self):
        """An empty field reads as zero: a zero counts when it is said to be one."""
        if not self.value and not self.is_zero:
            raise UserError(
                self.env._(
                    'To answer "%(check)s" of %(order)s, enter the measured value; '
                    'if it is 0, tick "The value is zero".',
                    check=self.check_id.name,
                    order=self.check_id.closure_id.name,
                )
            )

    def _get_signed(self):
        """The dialog without the password in its context, and the signer's printed name."""
        check_one(self)
        password = self.env.context.get("closure_password")
        context = {key: value for key, value in self.env.context.items() if key != "closure_password"}
        answer = self.with_env(self.env(context=context))
        answer.check_id._check_can_answer()
        if not answer.signature_required:
            return answer, None
        if not password or not isinstance(password, str):
            raise UserError(self.env._('To sign "%(check)s", enter your password.', check=answer.check_id.name))
        return answer, answer.check_id._sign(password)

    def _attach_files(self):
        """Hand the uploaded files over to the check; only the user's own fresh uploads."""
        files = self.attachment_ids.sudo().filtered(
            lambda file: (
                file.create_uid == self.env.user and file.res_model in (False, self._name) and not file.res_field
            )
        )
        files._hand_over(self.check_id)

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.requests import check_one


class MrpClosureDecision(models.TransientModel):
    """The dialog that signs the verdict on one inspection.

    The password is never a stored field: it travels in the context of the one call that
    verifies it, and is taken out of it before anything else runs.
    """

    _name = "mrp.closure.decision"
    _description = "Sign a verdict"

    inspection_id = fields.Many2one("mrp.closure.inspection", required=True, readonly=True, ondelete="cascade")
    lot_size = fields.Integer(related="inspection_id.lot_size")
    sample_size = fields.Integer(related="inspection_id.sample_size")
    acceptance_number = fields.Integer(related="inspection_id.acceptance_number")
    defective_count = fields.Integer(related="inspection_id.defective_count")
    password = fields.Char(store=False, help="Your own password, as your signature.")

    def action_decide(self):
        """Sign, then accept or reject by the acceptance number."""
        check_one(self)
        password = self.env.context.get("closure_password")
        inspection = self.with_context(closure_password=None).inspection_id
        inspection._check_can_decide()
        if not password:
            raise UserError(self.env._('To sign "%(inspection)s", enter your password.', inspection=inspection.name))
        inspection._decide(inspection.check_id._sign(password))
        return {"type": "ir.actions.act_window_close"}

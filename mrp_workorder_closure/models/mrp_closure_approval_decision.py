from odoo import api, fields, models
from odoo.exceptions import AccessError

VERDICTS = [
    ("approved", "Approved"),
    ("rejected", "Turned Down"),
    ("sent_back", "Sent Back"),
    ("signer_added", "Asked Another to Sign"),
    ("forwarded", "Forwarded"),
    ("appointed", "Named Who Decides"),
]


class MrpClosureApprovalDecision(models.Model):
    """What one person decided at one moment, about figures with one fingerprint.

    Appended by the actions of the closure; nobody changes or deletes it, no program either.
    """

    _name = "mrp.closure.approval.decision"
    _description = "Decision on an approval"
    _inherit = ["mrp.closure.evidence"]
    _order = "id"

    approval_id = fields.Many2one("mrp.closure.approval", required=True, index=True, ondelete="restrict")
    closure_id = fields.Many2one("mrp.closure", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True)
    round = fields.Integer(required=True)
    level_name = fields.Char(related="approval_id.name", string="Level")
    user_id = fields.Many2one("res.users", string="Decided by", required=True, index=True, ondelete="restrict")
    on_behalf_of_id = fields.Many2one("res.users", string="On Behalf of", index="btree_not_null", ondelete="restrict")
    decided_at = fields.Datetime(string="Decided on", required=True)
    verdict = fields.Selection(VERDICTS, required=True)
    meaning = fields.Char(required=True, help="What the decision means, as its author read it.")
    comment = fields.Char()
    fingerprint = fields.Char(required=True, help="Of the figures that were decided about.")
    signed_name = fields.Char(string="Signed by", help="Printed name of the person who signed with a password.")
    is_signer = fields.Boolean(
        string="Asked to Sign as Well", help="Not named by the level, but asked to sign as well."
    )
    is_segregation_override = fields.Boolean(
        string="Duties Not Separate", help="Allowed by the company's setting: one person had two parts in it."
    )
    target_user_id = fields.Many2one("res.users", string="Asked", help="Who was asked to sign or to decide instead.")
    target_sequence = fields.Integer(string="Sent Back to Level")

    def write(self, vals):
        """Refuse: decisions are appended, never edited.

        :raises AccessError: for every change, the actions' own included
        """
        if vals:
            raise AccessError(
                self.env._(
                    "To correct a decision on %(orders)s, decide again: decisions are added, never changed.",
                    orders=", ".join(self.sudo().closure_id.mapped("name")),
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._(
                "To correct a decision on %(orders)s, decide again: decisions are added, never deleted.",
                orders=", ".join(self.sudo().closure_id.mapped("name")),
            )
        )

    @api.depends("user_id.name", "approval_id.name", "closure_id.name")
    def _compute_display_name(self):
        for decision in self.sudo():
            decision.display_name = " / ".join(
                filter(None, [decision.closure_id.name, decision.level_name, decision.user_id.name])
            )

    def _get_persons_in_charge(self):
        """Whose decisions these are: a delegate's counts for the person who is absent."""
        return self.env["res.users"].union(*(decision.on_behalf_of_id or decision.user_id for decision in self))

    def _get_persons(self):
        """Everybody with a part in these decisions: those who decided, and those they stood in for."""
        return self.user_id | self.on_behalf_of_id

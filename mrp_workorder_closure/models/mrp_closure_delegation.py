from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from .mrp_closure import MANAGER

# Who stands in for whom is settled when it is made; how long can be changed.
SETTLED = frozenset({"user_id", "delegate_id"})


class MrpClosureDelegation(models.Model):
    """Somebody stands in for an absent approver, from one day to another.

    The delegate decides in their own name, on behalf of the absent person, where that
    person is named themselves: a delegation is never passed on. It belongs to persons,
    not to a company: the absent person's companies say who sees it.
    """

    _name = "mrp.closure.delegation"
    _description = "Delegation of approvals"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        string="Absent",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
        ondelete="cascade",
    )
    delegate_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        tracking=True,
        ondelete="cascade",
        help="Decides in their own name, on behalf of the absent person.",
    )
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today, tracking=True)
    date_to = fields.Date(string="Until", required=True, tracking=True, help="The last day, included.")
    reason = fields.Char(tracking=True)
    is_current = fields.Boolean(string="In Force", compute="_compute_is_current")

    _dates_in_order = models.Constraint(
        "CHECK(date_to >= date_from)", "To delegate approvals, choose a last day that is not before the first."
    )
    _not_to_oneself = models.Constraint(
        "CHECK(user_id != delegate_id)", "To delegate approvals, choose another person than the absent one."
    )

    @api.depends("date_from", "date_to")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for delegation in self:
            started = delegation.date_from and delegation.date_from <= today
            delegation.is_current = bool(started and delegation.date_to and today <= delegation.date_to)

    @api.depends("user_id.name", "delegate_id.name")
    def _compute_display_name(self):
        for delegation in self.sudo():
            names = (delegation.user_id | delegation.delegate_id).mapped("name")
            delegation.display_name = " → ".join(names)

    @api.constrains("user_id", "delegate_id")
    def _check_internal(self):
        for delegation in self.sudo():
            outside = (delegation.user_id | delegation.delegate_id).filtered("share")
            if outside:
                raise ValidationError(
                    self.env._(
                        "To delegate approvals, choose internal users: %(users)s is none.",
                        users=", ".join(outside.mapped("name")),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Delegate one's own approvals, or as a closure manager those of others.

        :raises AccessError: for the approvals of somebody else, as who is no manager, or to oneself
        """
        delegations = super().create(vals_list)
        delegations._check_own()
        delegations._check_not_to_oneself()
        return delegations

    def write(self, vals):
        """Change until when, or why; who stands in for whom stays.

        :raises AccessError: for the delegation of somebody else, and for its persons
        """
        self._check_own()
        if not SETTLED.isdisjoint(vals):
            raise AccessError(
                self.env._(
                    "To have somebody else stand in for %(users)s, end this delegation and make a new one.",
                    users=", ".join(self.sudo().user_id.mapped("name")),
                )
            )
        return super().write(vals)

    def _check_own(self):
        others = self.sudo().user_id - self.env.user
        if others and not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "To delegate the approvals of %(users)s, ask them, or a manager of work order closure.",
                    users=", ".join(others.mapped("name")),
                )
            )

    def _check_not_to_oneself(self):
        """Nobody takes the approvals of somebody else: a manager who did would decide without being named."""
        taken = self.sudo().filtered(lambda delegation: delegation.delegate_id == self.env.user != delegation.user_id)
        if taken and not self.env.su:
            raise AccessError(
                self.env._(
                    "To stand in for %(users)s, have them or another manager delegate it.",
                    users=", ".join(taken.user_id.mapped("name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._(
                "To end the delegation of %(users)s, set its last day: decisions may rest on it.",
                users=", ".join(self.sudo().user_id.mapped("name")),
            )
        )


class MrpClosureApproval(models.Model):
    _inherit = "mrp.closure.approval"

    @api.model
    def _get_delegations_in_force(self, delegate=None):
        """Delegations of today, of absent persons who are still there.

        :param delegate: only those to this user
        """
        today = fields.Date.context_today(self)
        domain = Domain("date_from", "<=", today) & Domain("date_to", ">=", today) & Domain("user_id.active", "=", True)
        if delegate:
            domain &= Domain("delegate_id", "=", delegate.id)
        # In sudo: standing in is a fact, whoever may look at the delegation.
        return self.env["mrp.closure.delegation"].sudo().search(domain)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_closure_delegators(self):
        """The persons for whom this user stands in today."""
        self.ensure_one()
        return self.env["mrp.closure.approval"]._get_delegations_in_force(self).user_id

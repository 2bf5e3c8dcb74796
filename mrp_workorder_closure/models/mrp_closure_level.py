from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

# What goes wrong with a domain that somebody typed: no literal, no domain, no such field or value.
CONDITION_ERRORS = (
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
    MemoryError,
    UserError,
)


class MrpClosureLevel(models.Model):
    """One approval level of a closure template: who must release the order, when, on what condition.

    Levels are asked in the order of their sequence; equal sequences are asked at the same time.
    Like control points, levels belong to the versions of their template: a running closure keeps
    those it began with.
    """

    _name = "mrp.closure.level"
    _description = "Approval level"
    _inherit = ["mrp.closure.requirement"]
    _order = "sequence, id"
    _check_company_auto = True

    template_id = fields.Many2one("mrp.closure.template", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10, help="Levels with the same number are asked at the same time.")
    name = fields.Char(string="Level", required=True, translate=True)
    group_id = fields.Many2one(
        "res.groups", string="Approved by Group", help="Its members may decide, with no other right."
    )
    user_ids = fields.Many2many(
        "res.users", string="Approved by Persons", check_company=True, help="They may decide, with no other right."
    )
    is_responsible = fields.Boolean(
        string="Responsible of the Order",
        help="The responsible of the manufacturing order decides. Who submits an order cannot approve it.",
    )
    min_approvals = fields.Integer(
        string="Approvals Needed", default=1, help="1: anybody of those named. 0: all persons named. Each counts once."
    )
    condition = fields.Char(
        default="[]", help="Only for closures that match, when they are submitted. Empty: for all of them."
    )
    deadline_hours = fields.Float(help="Hours from being asked until the level is late. 0: never.")
    reminder_hours = fields.Float(help="Hours from being asked until a reminder. 0: no reminder before the deadline.")
    escalation_group_id = fields.Many2one("res.groups", string="Escalated to", help="Told when the level is late.")
    comment_required = fields.Boolean(help="Who approves says something about it.")
    signature_required = fields.Boolean(help="Who decides signs with their own password, each time.")

    _min_approvals_not_negative = models.Constraint(
        "CHECK(min_approvals >= 0)", "To set the approvals needed, enter 0 for all persons named, or a number above."
    )
    _hours_not_negative = models.Constraint(
        "CHECK(deadline_hours >= 0 AND reminder_hours >= 0)",
        "To set a time limit, enter a number of hours of 0 or more.",
    )

    @api.constrains("group_id", "user_ids", "is_responsible", "min_approvals")
    def _check_somebody_decides(self):
        for level in self:
            number = len(level.user_ids) + level.is_responsible
            if not level.group_id and not number:
                raise ValidationError(
                    self.env._(
                        'To have "%(level)s" approve orders, name who decides: a group, persons, '
                        "or the responsible of the order.",
                        level=level.name,
                    )
                )
            if level.group_id and not level.min_approvals:
                raise ValidationError(
                    self.env._(
                        'To have all persons of "%(level)s" approve, name the persons instead of a group, '
                        "or enter how many approvals are needed.",
                        level=level.name,
                    )
                )
            if not level.group_id and level.min_approvals > number:
                raise ValidationError(
                    self.env._(
                        'To need %(needed)s approvals for "%(level)s", name as many persons, or a group: '
                        "%(number)s are named.",
                        needed=level.min_approvals,
                        level=level.name,
                        number=number,
                    )
                )

    @api.constrains("condition")
    def _check_condition(self):
        # In sudo: only whether the condition can be evaluated counts, not what the manager may read.
        closures = self.env["mrp.closure"].sudo()
        for level in self:
            try:
                condition = self._parse_condition(level.condition)
                condition.validate(closures)
                closures.new({}).filtered_domain(condition)
            except CONDITION_ERRORS as error:
                raise ValidationError(
                    self.env._(
                        'To set a condition for "%(level)s", choose fields of the closure and plain values: '
                        "this one cannot be evaluated.",
                        level=level.name,
                    )
                ) from error

    @api.model
    def _parse_condition(self, condition):
        """The domain in a text of plain values.

        :raises ValueError: and others of ``CONDITION_ERRORS``, for anything else
        """
        leaves = literal_eval(condition or "[]")
        if not isinstance(leaves, list):
            raise ValueError("a list is expected")
        return Domain(leaves)

    @api.model
    def _get_requirement_fields(self):
        return (
            *super()._get_requirement_fields(),
            "name",
            "sequence",
            "group_id",
            "user_ids",
            "is_responsible",
            "min_approvals",
            "condition",
            "deadline_hours",
            "reminder_hours",
            "escalation_group_id",
            "comment_required",
            "signature_required",
        )


class MrpClosureTemplate(models.Model):
    """The levels of a template, and what happens after the last of them."""

    _inherit = "mrp.closure.template"

    level_ids = fields.One2many("mrp.closure.level", "template_id", string="Approval Levels", copy=True)
    level_count = fields.Integer(compute="_compute_level_count")
    auto_close = fields.Boolean(
        string="Close after the Last Approval",
        tracking=True,
        help="The order is marked as done on the last approval. Where a question is left, the responsible is told.",
    )

    @api.depends("level_ids")
    def _compute_level_count(self):
        for template in self:
            template.level_count = len(template.level_ids)

    def _read_contents(self):
        """Adds the levels of templates that have some, as ``levels``."""
        contents = super()._read_contents()
        for template_id, levels in self.env["mrp.closure.level"]._read_requirements(self).items():
            contents[template_id]["levels"] = levels
        return contents

    @api.depends("level_ids")
    def _compute_version(self):
        return super()._compute_version()

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import get_limits

SEVERITIES = [("blocking", "Blocking"), ("warning", "Warning")]
# Answered by a person.
ANSWERED_KINDS = [
    ("manual", "Confirmation"),
    ("measure", "Measurement"),
    ("document", "Document"),
    ("photo", "Photo"),
]
# Evaluated from what the system knows; never asked of a person.
AUTOMATIC_KINDS = [
    ("output_quantity", "Output against plan"),
    ("consumption", "Consumption against bill of materials"),
    ("workorders_finished", "Work orders finished"),
    ("time_recorded", "Time recorded"),
    ("downtime_explained", "Downtime explained"),
    ("lots_assigned", "Lots and serial numbers assigned"),
    ("byproducts_recorded", "By-products recorded"),
    ("pending_transfers", "No pending transfers"),
    ("subcontracting_received", "Subcontracted parts received"),
    ("child_orders_closed", "Child orders closed"),
    ("dates_consistent", "Dates consistent"),
    ("equipment_serviced", "Equipment serviced"),
    ("scrap_explained", "Scrap explained"),
    ("material_balance", "Material balance"),
    ("nonconformities_dispositioned", "Nonconformities dispositioned"),
    ("inspection", "Inspection"),
    ("cost_within_tolerance", "Cost within tolerance"),
]
KINDS = ANSWERED_KINDS + AUTOMATIC_KINDS
# Kinds that compare quantities which "Produce All" fills in by itself.
QUANTITY_KINDS = (
    "output_quantity",
    "consumption",
    "lots_assigned",
    "byproducts_recorded",
    "material_balance",
    "cost_within_tolerance",
)
# Kinds whose failure is a finding. The other automatic kinds fail while something is not done yet, as it is on every
# order on its way: nothing to count or to tell anybody.
FINDING_KINDS = frozenset(
    {
        *dict(ANSWERED_KINDS),
        *QUANTITY_KINDS,
        "dates_consistent",
        "inspection",
        "nonconformities_dispositioned",
    }
)
# Kinds that may gate single work orders.
WORKORDER_KINDS = [kind for kind, _label in ANSWERED_KINDS] + ["inspection"]
# Kinds that compare with a tolerance in per cent.
TOLERANCE_KINDS = (
    "output_quantity",
    "consumption",
    "byproducts_recorded",
    "material_balance",
    "scrap_explained",
    "cost_within_tolerance",
)


class MrpClosurePoint(models.Model):
    """One requirement of a closure template.

    On the order, or, with operations, on each work order made for one of them: such a
    work order cannot be finished before its checks are answered.
    """

    _name = "mrp.closure.point"
    _description = "Closure control point"
    _inherit = ["mrp.closure.requirement"]
    _order = "sequence, id"
    _check_company_auto = True

    template_id = fields.Many2one("mrp.closure.template", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Requirement", required=True, translate=True)
    kind = fields.Selection(KINDS, required=True, default="manual")
    severity = fields.Selection(
        SEVERITIES,
        required=True,
        default="blocking",
        help="Blocking: the order cannot close before it is met. Warning: it is shown and recorded.",
    )
    operation_ids = fields.Many2many(
        "mrp.routing.workcenter",
        string="Operations",
        check_company=True,
        help="Empty: the order as a whole. Else each work order of these operations, which cannot be finished before.",
    )
    group_id = fields.Many2one(
        "res.groups", string="Answered by Group", help="Empty, and no persons either: any operator."
    )
    user_ids = fields.Many2many("res.users", string="Answered by Persons", check_company=True)
    deadline_hours = fields.Float(
        help="Hours after the confirmation of the order until the check is late. 0: never.",
    )
    signature_required = fields.Boolean(
        help="Whoever answers signs with their own password, each time.",
    )
    min_value = fields.Float(
        string="Lower Limit", digits=(16, 6), help="0 with a lower upper limit, or 0 for both, means no limit."
    )
    max_value = fields.Float(
        string="Upper Limit", digits=(16, 6), help="0 with a higher lower limit, or 0 for both, means no limit."
    )
    unit = fields.Char(translate=True, help="Unit of the measured value, e.g. °C, bar, mm.")
    tolerance_pct = fields.Float(
        string="Tolerance (%)",
        digits=(16, 6),
        help="Deviation that is still accepted, in per cent of the planned quantity or the standard cost. "
        "For scrap: how much of each product, components and output, may be scrapped, in per cent of what "
        "was planned of it; 0: no limit.",
    )
    instructions = fields.Html(translate=True, help="What to look at and how. Shown beside the check.")

    is_answered = fields.Boolean(compute="_compute_kind_traits", help="Answered by a person.")
    has_tolerance = fields.Boolean(compute="_compute_kind_traits")

    _tolerance_not_negative = models.Constraint(
        "CHECK(tolerance_pct >= 0)", "To set a tolerance, enter a percentage of 0 or more."
    )
    _deadline_not_negative = models.Constraint(
        "CHECK(deadline_hours >= 0)", "To set a time limit, enter a number of hours of 0 or more."
    )

    @api.depends("kind")
    def _compute_kind_traits(self):
        for point in self:
            point.is_answered = point.kind in dict(ANSWERED_KINDS)
            point.has_tolerance = point.kind in TOLERANCE_KINDS

    @api.constrains("kind", "min_value", "max_value")
    def _check_limits(self):
        for point in self.filtered(lambda point: point.kind == "measure"):
            try:
                get_limits(point.min_value, point.max_value)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        'To measure "%(point)s", enter a lower limit that is not above the upper one.', point=point.name
                    )
                ) from error

    @api.constrains("kind", "operation_ids")
    def _check_operation_kinds(self):
        """Operations gate work orders, which only a person's answer can do: what the
        system evaluates is about the order as a whole."""
        for point in self:
            if point.operation_ids and point.kind not in WORKORDER_KINDS:
                raise ValidationError(
                    self.env._(
                        'To require "%(point)s" of the order, leave its operations empty: '
                        "this kind looks at the whole order.",
                        point=point.name,
                    )
                )

    @api.model
    def _get_requirement_fields(self):
        """Fields that say what is required: they make up the versions and the files of a template."""
        return (
            "name",
            "kind",
            "severity",
            "sequence",
            "operation_ids",
            "group_id",
            "user_ids",
            "deadline_hours",
            "signature_required",
            "min_value",
            "max_value",
            "unit",
            "tolerance_pct",
            "instructions",
        )

from odoo import api, fields, models

from .mrp_closure_characteristic import SAMPLINGS, SCOPES
from .mrp_closure_sampling import STRICTNESS
from .requests import check_one

# Kinds of checks that inspectors meet.
INSPECTED_KINDS = ("inspection", "nonconformities_dispositioned")
INSPECTION_STATES = [("todo", "To Do"), ("accepted", "Accepted"), ("rejected", "Rejected")]


class MrpClosureInspection(models.Model):
    """A quality inspection of a lot of output: plan, sample, results and verdict.

    Planned by ``_sync_inspections``, filled in on its lines, decided by ``action_decide``.
    What an earlier verdict said stays in the history of the inspection.
    """

    _name = "mrp.closure.inspection"
    _description = "Closure inspection"
    _inherit = ["mrp.closure.evidence", "mrp.closure.notes"]
    _order = "id desc"
    _mail_post_access = "read"

    # Results are entered through the lines, which guard themselves.
    _free_fields = frozenset({"line_ids"})

    active = fields.Boolean(
        default=True, help="Off when it is no longer asked for, or its unit is no longer part of the order."
    )
    closure_id = fields.Many2one("mrp.closure", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="closure_id.company_id", store=True, precompute=True)
    closure_state = fields.Selection(related="closure_id.state", string="Closure State", tracking=False)
    check_id = fields.Many2one("mrp.closure.check", index="btree_not_null", ondelete="set null")
    point_id = fields.Many2one("mrp.closure.point", index="btree_not_null", ondelete="set null")
    point_ref = fields.Integer(required=True, help="Control point in the closure's template version.")
    name = fields.Char(string="Inspection", translate=True)
    instructions = fields.Html(related="check_id.instructions")
    owner = fields.Char(related="check_id.owner", string="Waits for")
    signature_required = fields.Boolean(related="check_id.signature_required")
    order_name = fields.Char(related="closure_id.name", string="Order")
    product_id = fields.Many2one(related="closure_id.product_id", store=True, precompute=True, index=True)
    product_uom_name = fields.Char(related="product_id.uom_id.name", string="Unit")
    workorder_id = fields.Many2one("mrp.workorder", index="btree_not_null", ondelete="set null")
    workorder_name = fields.Char(related="workorder_id.name", string="Work Order")
    workcenter_id = fields.Many2one("mrp.workcenter", index="btree_not_null", ondelete="set null")
    workcenter_name = fields.Char(string="Work Center", help="Where the work was done, or its last step.")
    lot_id = fields.Many2one("stock.lot", string="Serial Number", index="btree_not_null", ondelete="restrict")
    lot_name = fields.Char(related="lot_id.name", string="Serial")
    scope = fields.Selection(SCOPES, required=True)
    quantity = fields.Float(digits="Product Unit", help="Quantity of the lot, in the unit of the product.")
    lot_size = fields.Integer(help="Units in the lot; a part counts as one.")
    sampling = fields.Selection(SAMPLINGS, string="Sampled by")
    aql = fields.Float(string="AQL", digits=(16, 2), aggregator=None)
    strictness = fields.Selection(STRICTNESS, string="Inspection Rule", required=True, default="normal")
    sampling_id = fields.Many2one("mrp.closure.sampling", string="Switching State", index="btree_not_null")
    sample_size = fields.Integer(help="Units to inspect for each characteristic.")
    acceptance_number = fields.Integer(help="The lot is accepted with at most so many defective units.")
    rejection_number = fields.Integer(
        compute="_compute_rejection_number", help="Rejected from so many defective units."
    )
    line_ids = fields.One2many(
        "mrp.closure.inspection.line", "inspection_id", string="Results", context={"active_test": True}
    )
    defective_count = fields.Integer(
        string="Defective",
        compute="_compute_defective_count",
        store=True,
        help="Sum over the characteristics: a unit that fails two of them counts twice.",
    )
    state = fields.Selection(INSPECTION_STATES, required=True, default="todo", tracking=True, index=True)
    decided_by_id = fields.Many2one("res.users", string="Decided by", tracking=True)
    decided_at = fields.Datetime(string="Decided on", index="btree_not_null")
    signed_name = fields.Char(string="Signed by", tracking=True)
    first_verdict = fields.Selection(
        INSPECTION_STATES[1:],
        readonly=True,
        help="What was decided the first time; a verdict withdrawn as a mistake does not count.",
    )
    first_pass_yield = fields.Float(
        string="First-Pass Yield (%)",
        compute="_compute_first_pass_yield",
        store=True,
        aggregator="avg",
        help="Share of inspections that were accepted the first time, of those decided.",
    )
    nonconformity_count = fields.Integer(compute="_compute_nonconformity_count")
    can_decide = fields.Boolean(compute="_compute_can_decide")
    progress = fields.Char(
        compute="_compute_progress",
        help="Units inspected of the sample, over the least complete line.",
    )

    _plan_uniq = models.UniqueIndex(
        "(check_id, COALESCE(lot_id, 0)) WHERE check_id IS NOT NULL",
        "This inspection is already planned.",
    )

    @api.depends("acceptance_number")
    def _compute_rejection_number(self):
        for inspection in self:
            inspection.rejection_number = inspection.acceptance_number + 1

    @api.depends("line_ids.defective", "line_ids.active")
    def _compute_defective_count(self):
        for inspection in self:
            inspection.defective_count = sum(inspection.line_ids.mapped("defective"))

    @api.depends("first_verdict")
    def _compute_first_pass_yield(self):
        for inspection in self:
            inspection.first_pass_yield = 100.0 if inspection.first_verdict == "accepted" else 0.0

    @api.depends_context("uid")
    @api.depends("check_id.group_id", "check_id.user_ids")
    def _compute_can_decide(self):
        for inspection in self:
            inspection.can_decide = not inspection._get_cannot_decide_reason()

    @api.depends("line_ids.inspected", "line_ids.active", "sample_size")
    def _compute_progress(self):
        for inspection in self:
            inspected = min(inspection.line_ids.mapped("inspected"), default=0)
            inspection.progress = f"{min(inspected, inspection.sample_size)}/{inspection.sample_size}"

    @api.depends("name", "closure_id.name", "lot_id.name")
    def _compute_display_name(self):
        for inspection in self.sudo():
            parts = (inspection.closure_id.name, inspection.lot_id.name, inspection.name)
            inspection.display_name = " / ".join(part for part in parts if part)

    def _compute_nonconformity_count(self):
        counts = dict(
            self.env["mrp.closure.nonconformity"]._read_group(
                [("inspection_id", "in", self.ids)], ["inspection_id"], ["__count"]
            )
        )
        for inspection in self:
            inspection.nonconformity_count = counts.get(inspection, 0)

    def action_open_nonconformities(self):
        """Open what the rejected inspection led to."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_nonconformity_action")
        found = self.env["mrp.closure.nonconformity"].search([("inspection_id", "in", self.ids)])
        action.update(context={}, domain=[("id", "in", found.ids)])
        if len(found) == 1:
            action.update(res_id=found.id, views=[(False, "form")], view_mode="form")
        return action

    def action_open_closure(self):
        """Open the closure of the order that is inspected."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()

    def _get_action(self):
        """Window action on the inspection, or on the list of inspections."""
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_inspection_action")
        action["context"] = {}
        if len(self) == 1:
            action.update(res_id=self.id, views=[(False, "form")], view_mode="form")
        else:
            action["domain"] = [("id", "in", self.ids)]
        return action

    def _is_by_tables(self):
        """Whether the switching rules apply: a lot sampled by ISO 2859-1."""
        self.ensure_one()
        return self.sampling == "iso2859" and self.scope in ("sample", "operation") and not self.lot_id

    def _get_verdict(self):
        """Accepted with at most as many defective units as the acceptance number."""
        self.ensure_one()
        return "accepted" if self.defective_count <= self.acceptance_number else "rejected"

    def _is_settled(self):
        """Whether the inspection no longer keeps the order open."""
        self.ensure_one()
        return self.state == "accepted"

    def _describe_result(self):
        """The figures behind the verdict, in words."""
        self.ensure_one()
        return self.env._(
            "%(defective)s defective, %(acceptance)s allowed in a sample of %(sample)s of %(lot)s",
            defective=self.defective_count,
            acceptance=self.acceptance_number,
            sample=self.sample_size,
            lot=self.lot_size,
        )

    def _get_state_label(self):
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]


class MrpClosure(models.Model):
    """The inspections of an order."""

    _inherit = "mrp.closure"

    inspection_ids = fields.One2many("mrp.closure.inspection", "closure_id", string="Inspections")
    inspection_count = fields.Integer(compute="_compute_inspection_count")

    def _compute_inspection_count(self):
        counts = dict(
            self.env["mrp.closure.inspection"]._read_group(
                [("closure_id", "in", self.ids)], ["closure_id"], ["__count"]
            )
        )
        for closure in self:
            closure.inspection_count = counts.get(closure, 0)

    def action_open_inspections(self):
        """Open the inspections of the order."""
        self.check_access("read")
        return self.inspection_ids._get_action()


class MrpClosureCheck(models.Model):
    """Checks of the kind inspection are met by their inspections."""

    _inherit = "mrp.closure.check"

    inspection_ids = fields.One2many("mrp.closure.inspection", "check_id", string="Inspections")

    def action_open_inspections(self):
        """Open the inspections that meet these checks."""
        self.check_access("read")
        return self.inspection_ids._get_action()

    @api.depends("kind")
    def _compute_owner(self):
        """Inspections and nonconformities wait for an inspector, where their control point names nobody."""
        result = super()._compute_owner()
        nobody = self.sudo().filtered(
            lambda check: check.kind in INSPECTED_KINDS and not check.user_ids and not check.group_id
        )
        if nobody:
            nobody.owner = self._get_group_name("mrp_workorder_closure.group_inspector")
        return result

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .mrp_closure import MANAGER
from .mrp_closure_evidence import _Evidence
from .mrp_closure_nonconformity import INSPECTOR

DISPOSITIONS = [
    ("use_as_is", "Use as Is"),
    ("rework", "Rework"),
    ("repair", "Repair"),
    ("regrade", "Regrade"),
    ("scrap", "Scrap"),
    ("quarantine", "Quarantine"),
    ("return_to_supplier", "Return to Supplier"),
]
STATUSES = [("decided", "Decided"), ("done", "Done"), ("withdrawn", "Withdrawn")]
# Both are done on the order, before it closes, and make the goods acceptable.
REWORKS = ("rework", "repair")
# Kept out of accepted stock when the order closes.
HELD = ("quarantine", "scrap", "regrade", "return_to_supplier")
DECISION_FIELDS = frozenset(
    "nonconformity_id disposition quantity reason lot_ids scrap_reason_tag_ids workcenter_id minutes "
    "regrade_product_id partner_id".split()
)


class MrpClosureDisposition(models.Model):
    """One decision about a part of the nonconforming quantity. Decisions are added, never edited.

    Making a record is the decision: ``create`` checks who may take it. What was decided
    takes effect in stock while the order closes, or at once when it is closed already.
    """

    _name = "mrp.closure.disposition"
    _description = "Disposition"
    _inherit = ["mrp.closure.evidence"]
    _order = "id"

    nonconformity_id = fields.Many2one("mrp.closure.nonconformity", required=True, index=True, ondelete="cascade")
    closure_id = fields.Many2one(related="nonconformity_id.closure_id", store=True, index=True)
    company_id = fields.Many2one(related="nonconformity_id.company_id", store=True)
    severity = fields.Selection(related="nonconformity_id.severity", store=True)
    root_cause_category = fields.Selection(related="nonconformity_id.root_cause_category", store=True)
    product_id = fields.Many2one(related="nonconformity_id.product_id", store=True)
    found_at_workcenter_id = fields.Many2one(
        related="nonconformity_id.workcenter_id", string="Found at Work Center", store=True
    )
    disposition = fields.Selection(DISPOSITIONS, required=True)
    quantity = fields.Float(digits="Product Unit", required=True, help="In the unit of the product.")
    product_uom_id = fields.Many2one(related="nonconformity_id.product_uom_id", string="Unit")
    reason = fields.Char(help="Why this was decided.")
    lot_ids = fields.Many2many("stock.lot", string="Lots/Serial Numbers")
    lot_names = fields.Char(string="Lots and Serial Numbers", compute="_compute_lot_names")
    status = fields.Selection(STATUSES, required=True, default="decided")
    is_final = fields.Boolean(help="Decides about goods that were in quarantine.")
    decided_by_id = fields.Many2one("res.users", string="Decided by", required=True)
    decided_at = fields.Datetime(string="Decided on", required=True)
    done_at = fields.Datetime(string="Done on")
    scrap_reason_tag_ids = fields.Many2many("stock.scrap.reason.tag", string="Scrap Reasons")
    workcenter_id = fields.Many2one("mrp.workcenter", string="Rework at", help="Empty: where the problem was found.")
    minutes = fields.Float(string="Expected Minutes")
    workorder_id = fields.Many2one("mrp.workorder", string="Rework Order", index="btree_not_null", ondelete="set null")
    verified_by_id = fields.Many2one("res.users", string="Inspected Again by")
    verified_at = fields.Datetime(string="Inspected Again on")
    regrade_product_id = fields.Many2one(
        "product.product", string="Regrade to", help="Empty: the same product, in the location for regraded goods."
    )
    partner_id = fields.Many2one("res.partner", string="Supplier")
    move_ids = fields.Many2many("stock.move", string="Stock Moves")
    scrap_ids = fields.Many2many("stock.scrap", string="Scraps")
    can_verify = fields.Boolean(compute="_compute_can_verify")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "To decide about nonconforming goods, enter a quantity above 0."
    )

    @api.depends("lot_ids")
    def _compute_lot_names(self):
        # In sudo: who may read the decision may know which pieces it is about.
        for line in self.sudo():
            # A lot that is being entered has no name yet.
            line.lot_names = ", ".join(filter(None, line.lot_ids.mapped("name")))

    @api.depends_context("uid")
    @api.depends("status", "verified_at", "workorder_id.state")
    def _compute_can_verify(self):
        for line in self:
            # In sudo: the state of a work order is no secret to who may read the decision.
            line.can_verify = line.sudo()._is_rework_finished() and line._may_take("rework")

    @api.model_create_multi
    def create(self, vals_list):
        """Decide what happens to nonconforming goods.

        :param vals_list: dicts with ``nonconformity_id``, ``disposition``, ``quantity`` (unit of the
            product) and, as the kind needs them: ``reason`` (use as is: needed), ``lot_ids`` (serial
            numbers: needed), ``workcenter_id`` and ``minutes`` (rework, repair),
            ``scrap_reason_tag_ids``, ``regrade_product_id``, ``partner_id`` (return: the vendor of the
            product unless given; without either the warehouse completes the delivery)
        :raises AccessError: without the authority that the disposition and the severity need
        :raises UserError: when more is decided about than there is, or what the kind needs is missing
        """
        if all(isinstance(vals, _Evidence) for vals in vals_list):
            return super().create(vals_list)
        nonconformities = self.env["mrp.closure.nonconformity"]
        for vals in vals_list:
            if not self._is_decision(vals):
                raise AccessError(
                    self.env._("To decide about nonconforming goods, use the buttons on the nonconformity.")
                )
            nonconformity = nonconformities.browse(vals["nonconformity_id"])
            self._check_authority(nonconformity, vals.get("disposition"))
            nonconformities |= nonconformity
        nonconformities._check_not_closed()
        # In sudo: the authority was checked, and moving goods or adding work needs rights of its own.
        nonconformities = nonconformities.sudo()
        nonconformities.closure_id._lock()
        nonconformities._check_closure_runs()
        # All or nothing, also for callers that go on after an error.
        with self.env.cr.savepoint():
            lines = self.sudo()._decide(vals_list)
            nonconformities._settle()
            lines._take_effect_if_posted()
            nonconformities.closure_id.action_refresh()
        return lines.with_env(self.env)

    @api.model
    def _decide(self, vals_list):
        lines = self.browse()
        for vals in vals_list:
            line = self._create_evidence([self._prepare_decision_vals(vals)])
            line._check_amounts()
            line._check_needs()
            line._add_rework()
            lines |= line
        lines._log_decisions()
        return lines

    @api.model
    def _prepare_decision_vals(self, vals):
        nonconformity = self.env["mrp.closure.nonconformity"].sudo().browse(vals["nonconformity_id"])
        decided = {
            **vals,
            "is_final": not nonconformity._get_undecided_quantity(),
            "decided_by_id": self.env.uid,
            "decided_at": fields.Datetime.now(),
        }
        if not vals.get("lot_ids"):
            lots = nonconformity._get_likely_lots(vals.get("quantity"))
            decided["lot_ids"] = [fields.Command.set(lots.ids)]
        return decided

    # Rework

    def action_verify(self):
        """Record that reworked or repaired goods were inspected again and are good.

        :raises AccessError: for who is no inspector, or no manager where the severity is critical
        :raises UserError: while the rework is not finished, or when it was verified already
        """
        for line in self:
            self._check_authority(line.nonconformity_id, line.disposition)
        lines = self.sudo()
        lines.closure_id._lock()
        lines._check_verifiable()
        lines._write_evidence({"verified_by_id": self.env.uid, "verified_at": fields.Datetime.now()})
        lines.closure_id.action_refresh()
        return True

    def action_reject(self, reason):
        """Record that reworked or repaired goods were inspected again and are not good.

        It is decided about them anew; what was done stays on the order.

        :param reason: what was found
        :raises AccessError: for who is no inspector, or no manager where the severity is critical
        :raises UserError: without a reason, while the rework is not finished, when it was verified
            already, or when an inspection decides it
        """
        for line in self:
            self._check_authority(line.nonconformity_id, line.disposition)
        lines = self.sudo()
        lines.closure_id._lock()
        lines._check_rework_finished()
        reason = lines.closure_id._check_reason(reason, self.env._("reject the rework of"))
        lines._set_withdrawn(reason)
        settled = lines.nonconformity_id.filtered(lambda nonconformity: nonconformity.state == "dispositioned")
        settled._set_state("review", reviewed_by_id=self.env.uid, reviewed_at=fields.Datetime.now())
        lines.closure_id.action_refresh()
        return True

    def action_open_reason(self):
        """Ask what was found when the goods were inspected again."""
        return self.env["mrp.closure.reason"]._get_dialog(self, "reject_rework")

    def _check_verifiable(self):
        """Rework is finished, and was not confirmed before."""
        self._check_rework_finished()

    def _check_rework_finished(self):
        for line in self:
            if not line._is_rework_finished():
                raise UserError(
                    self.env._(
                        "To confirm the rework of %(nonconformity)s of %(order)s, finish its work order first.",
                        nonconformity=line.nonconformity_id.name,
                        order=line.closure_id.name,
                    )
                )

    def _is_rework_finished(self):
        """Whether rework waits for somebody to inspect the goods again."""
        return (
            self.status == "decided"
            and self._is_rework()
            and not self.verified_at
            and self.workorder_id.state == "done"
        )

    def _add_rework(self):
        """Add the work that was decided: a work order of this order, checked and gated as any other."""
        for line in self.filtered(lambda line: line._is_rework()):
            nonconformity = line.nonconformity_id
            order = nonconformity.production_id
            titles = {
                "rework": self.env._("Rework: %(nonconformity)s", nonconformity=nonconformity.name),
                "repair": self.env._("Repair: %(nonconformity)s", nonconformity=nonconformity.name),
            }
            workorder = self.env["mrp.workorder"].create(
                {
                    "name": titles[line.disposition],
                    "production_id": order.id,
                    "workcenter_id": line._get_rework_workcenter().id,
                    "sequence": max(order.workorder_ids.mapped("sequence"), default=0) + 1,
                    "duration_expected": line.minutes,
                    "qty_produced": 0.0,
                }
            )
            line._write_evidence({"workorder_id": workorder.id, "workcenter_id": workorder.workcenter_id.id})

    def _get_rework_workcenter(self):
        nonconformity = self.nonconformity_id
        last = nonconformity.production_id.workorder_ids.workcenter_id[-1:]
        workcenter = self.workcenter_id or nonconformity.workcenter_id or last or self._get_only_workcenter()
        if not workcenter:
            self._raise_need(self.env._("choose the work center that does it"))
        return workcenter

    def _get_only_workcenter(self):
        """The work center of a company that has a single one: there is nothing to choose."""
        found = self.env["mrp.workcenter"].search([("company_id", "=", self.company_id.id)], limit=2)
        return found if len(found) == 1 else found.browse()

    # What it is

    def _is_rework(self):
        return self.disposition in REWORKS

    def _moves_goods(self):
        return self.disposition in HELD or self.is_final

    def _get_label(self):
        return dict(self._fields["disposition"]._description_selection(self.env))[self.disposition]

    # Guards

    @api.model
    def _check_authority(self, nonconformity, disposition):
        """Critical: managers. Use as is: managers and the company's concession group. Else inspectors."""
        nonconformity.check_access("read")
        owner = self._get_missing_authority(nonconformity, disposition)
        if owner:
            labels = dict(self._fields["disposition"]._description_selection(self.env))
            raise AccessError(
                self.env._(
                    'To decide "%(disposition)s" about %(nonconformity)s of %(order)s, ask %(owner)s.',
                    disposition=labels.get(disposition, ""),
                    nonconformity=nonconformity.name,
                    order=nonconformity.closure_id.name,
                    owner=owner,
                )
            )

    @api.model
    def _get_missing_authority(self, nonconformity, disposition):
        """Name of the group that would have to decide instead of the current user, or None."""
        user = self.env.user
        if user.has_group(MANAGER):
            return None
        if nonconformity.severity == "critical":
            return self.env.ref(MANAGER).sudo().name
        if disposition == "use_as_is":
            group = nonconformity.company_id.sudo().closure_concession_group_id
            return None if group and group in user.all_group_ids else (group or self.env.ref(MANAGER)).sudo().name
        return None if user.has_group(INSPECTOR) else self.env.ref(INSPECTOR).sudo().name

    def _may_take(self, disposition):
        return not self._get_missing_authority(self.nonconformity_id, disposition)

    def _check_amounts(self):
        """Never more than there is."""
        for nonconformity in self.nonconformity_id:
            uom = nonconformity.product_uom_id
            left = min(nonconformity._get_undecided_quantity(), nonconformity._get_quarantined_quantity())
            if uom.compare(left, 0) < 0:
                raise UserError(
                    self.env._(
                        "To decide about %(nonconformity)s of %(order)s, leave it at its %(quantity)s %(unit)s: "
                        "%(excess)s too many are decided about.",
                        nonconformity=nonconformity.name,
                        order=nonconformity.closure_id.name,
                        quantity=nonconformity.quantity,
                        unit=uom.name,
                        excess=-left,
                    )
                )

    def _check_needs(self):
        """What the kind of disposition needs is there."""
        for line in self:
            need = line._get_missing_lots() or line._get_missing_detail() or line._get_wrong_moment()
            if need:
                line._raise_need(need)

    def _get_missing_detail(self):
        """What the kind of disposition needs besides a quantity and lots, or None."""
        if self.disposition == "use_as_is" and not (self.reason or "").strip():
            return self.env._("give the reason of the concession")
        return self._get_unfit_product()

    def _get_unfit_product(self):
        """Why the goods cannot become the product they are regraded to, or None."""
        product, other = self.product_id, self.regrade_product_id
        if other == product:
            return self.env._("choose another product, or none")
        if other and (other.type != "consu" or (product.is_storable and not other.is_storable)):
            return self.env._("choose a product that is kept in stock")
        if other.tracking == "serial" and product.tracking != "serial":
            return self.env._("choose a product without serial numbers: these pieces have none")
        if other and not product.uom_id._has_common_reference(other.uom_id):
            return self.env._("choose a product that is counted in the same kind of unit")
        return None

    def _get_missing_lots(self):
        """What is wrong with the choice of lots and serial numbers, or None."""
        product = self.product_id
        if product.tracking == "serial" and product.uom_id.compare(len(self.lot_ids), self.quantity) != 0:
            return self.env._("choose the serial numbers of this quantity")
        if product.tracking == "serial" and self.lot_ids & self._get_siblings().lot_ids:
            return self.env._("choose serial numbers about which nothing was decided yet")
        if self.lot_ids.product_id - product:
            return self.env._("choose lots of %(product)s", product=product.display_name)
        if self.is_final and self.lot_ids - self.nonconformity_id._get_decided_quarantine_lots():
            return self.env._("choose lots that are in quarantine")
        return None

    def _get_wrong_moment(self):
        """Why this cannot be done with the goods where they are now, or None."""
        order = self.nonconformity_id.production_id
        if self._is_rework() and order.state == "done":
            return self.env._("make an order for it: this one is done, and the goods stay where they are")
        if self.is_final and self.disposition == "quarantine":
            return self.env._("choose something else: the goods are in quarantine already")
        if self._moves_goods() and order.bom_id.type not in (False, "normal"):
            return self.env._("decide on the receipt: a subcontractor made the goods")
        return None

    def _get_siblings(self):
        """Other decisions of the same stage about the same order and product."""
        lines = self.closure_id.nonconformity_ids.disposition_ids
        return lines.filtered(
            lambda line: (
                line != self
                and line.status != "withdrawn"
                and line.is_final == self.is_final
                and line.product_id == self.product_id
            )
        )

    def _raise_need(self, need):
        raise UserError(
            self.env._(
                'To decide "%(disposition)s" about %(nonconformity)s of %(order)s, %(need)s.',
                disposition=self._get_label(),
                nonconformity=self.nonconformity_id.name,
                order=self.closure_id.name,
                need=need,
            )
        )

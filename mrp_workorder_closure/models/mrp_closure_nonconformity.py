from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .mrp_closure import MANAGER
from .requests import check_one, to_list

INSPECTOR = "mrp_workorder_closure.group_inspector"
STATES = [
    ("open", "Reported"),
    ("review", "Under Review"),
    ("dispositioned", "Dispositioned"),
    ("closed", "Closed"),
]
# Quarantine leads from dispositioned back to review: it is interim.
TRANSITIONS = {
    "open": {"review", "dispositioned"},
    "review": {"dispositioned"},
    "dispositioned": {"review", "closed"},
    "closed": set(),
}
SEVERITIES = [("minor", "Minor"), ("major", "Major"), ("critical", "Critical")]
ROOT_CAUSES = [
    ("material", "Material"),
    ("machine", "Machine"),
    ("method", "Method"),
    ("people", "People"),
    ("measurement", "Measurement"),
    ("environment", "Environment"),
]


class MrpClosureNonconformity(models.Model):
    """What went wrong with output of an order, how much of it, and what is done with it.

    ``state`` says where the report is in its life; what was decided about the goods stands
    in ``disposition_ids``. Every quantity is in the unit of measure of the product.
    """

    _name = "mrp.closure.nonconformity"
    _description = "Nonconformity"
    _inherit = ["mrp.closure.evidence", "mrp.closure.notes", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"
    _free_fields = frozenset({"description", "root_cause", "root_cause_category", "disposition_ids"})

    name = fields.Char(string="Reference", required=True, readonly=True, index="trigram")
    closure_id = fields.Many2one("mrp.closure", required=True, index=True, ondelete="cascade")
    production_id = fields.Many2one(related="closure_id.production_id", store=True, index=True)
    company_id = fields.Many2one(related="closure_id.company_id", store=True, index=True)
    inspection_id = fields.Many2one(
        "mrp.closure.inspection",
        index="btree_not_null",
        ondelete="set null",
        help="The inspection that rejected the goods.",
    )
    workorder_id = fields.Many2one("mrp.workorder", string="Work Order", index="btree_not_null", ondelete="set null")
    workorder_name = fields.Char(related="workorder_id.name", string="Operation")
    workcenter_id = fields.Many2one("mrp.workcenter", string="Work Center", index="btree_not_null", ondelete="set null")
    product_id = fields.Many2one("product.product", required=True, index=True, ondelete="restrict")
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    lot_ids = fields.Many2many("stock.lot", string="Lots/Serial Numbers", tracking=True)
    lot_names = fields.Char(string="Lots and Serial Numbers", compute="_compute_lot_names")
    severity = fields.Selection(SEVERITIES, required=True, default="minor", tracking=True, index=True)
    state = fields.Selection(STATES, required=True, default="open", tracking=True, index=True)
    quantity = fields.Float(
        digits="Product Unit", tracking=True, help="Nonconforming quantity, in the unit of the product."
    )
    open_quantity = fields.Float(
        string="To Decide",
        digits="Product Unit",
        compute="_compute_open_quantity",
        store=True,
        help="Quantity without a final disposition: not decided about yet, or in quarantine.",
    )
    description = fields.Text(tracking=True, help="What was found.")
    root_cause = fields.Char(tracking=True)
    root_cause_category = fields.Selection(ROOT_CAUSES, tracking=True)
    disposition_ids = fields.One2many("mrp.closure.disposition", "nonconformity_id", string="Dispositions")
    reported_by_id = fields.Many2one("res.users", string="Reported by", required=True)
    reported_at = fields.Datetime(string="Reported on", required=True)
    reviewed_by_id = fields.Many2one("res.users", string="Reviewed by")
    reviewed_at = fields.Datetime(string="Reviewed on")
    dispositioned_by_id = fields.Many2one("res.users", string="Dispositioned by")
    dispositioned_at = fields.Datetime(string="Dispositioned on")
    closed_by_id = fields.Many2one("res.users", string="Closed by")
    closed_at = fields.Datetime(string="Closed on", index=True)
    age_days = fields.Integer(string="Age (Days)", compute="_compute_age_days", help="Since it was reported.")
    can_decide = fields.Boolean(compute="_compute_can_decide")

    _quantity_not_negative = models.Constraint(
        "CHECK(quantity >= 0)", "To report a nonconformity, enter a quantity of 0 or more."
    )

    @api.depends("lot_ids")
    def _compute_lot_names(self):
        # In sudo: who may read the nonconformity may know which pieces it is about.
        for nonconformity in self.sudo():
            # A lot that is being entered has no name yet.
            nonconformity.lot_names = ", ".join(filter(None, nonconformity.lot_ids.mapped("name")))

    @api.depends("quantity", "disposition_ids.quantity", "disposition_ids.status")
    def _compute_open_quantity(self):
        for nonconformity in self:
            nonconformity.open_quantity = (
                nonconformity._get_undecided_quantity() + nonconformity._get_quarantined_quantity()
            )

    @api.depends("reported_at", "closed_at")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for nonconformity in self:
            reported = nonconformity.reported_at or now
            nonconformity.age_days = ((nonconformity.closed_at or now) - reported).days

    @api.depends_context("uid")
    @api.depends("severity", "state")
    def _compute_can_decide(self):
        for nonconformity in self:
            nonconformity.can_decide = nonconformity.state != "closed" and nonconformity._may_decide()

    # Buttons

    def action_review(self):
        """Take up a report, or take back what was decided as long as it had no effect.

        :raises AccessError: for who may not decide about the nonconformity
        :raises UserError: when it is under review or closed, or its dispositions took effect
        """
        self._check_can_decide(self.env._("review"))
        nonconformities = self.sudo()
        nonconformities.closure_id._lock()
        nonconformities.disposition_ids._withdraw(self.env._("taken back into review"))
        nonconformities._set_state("review", reviewed_by_id=self.env.uid, reviewed_at=fields.Datetime.now())
        nonconformities.closure_id.action_refresh()
        return True

    def action_disposition(self, dispositions=()):
        """Decide what happens to the goods.

        :param dispositions: list of dicts with ``disposition``, ``quantity`` and, as the kind needs
            them, ``reason``, ``lot_ids``, ``workcenter_id``, ``scrap_reason_tag_ids``,
            ``regrade_product_id``, ``partner_id``; see ``mrp.closure.disposition.create``.
            Empty for a problem without affected goods.
        :return: the dispositions
        :raises AccessError: without the authority that a disposition needs
        :raises UserError: when more is decided about than there is, or what the kind needs is missing
        """
        check_one(self)
        dispositions = self._check_decisions(dispositions)
        if not dispositions:
            self._settle_without_goods()
        return self.env["mrp.closure.disposition"].create(
            [{**vals, "nonconformity_id": self.id} for vals in dispositions]
        )

    def _check_decisions(self, dispositions):
        """The decisions as a list of dicts."""
        decisions = to_list(dispositions)
        if not isinstance(dispositions, list | tuple) or not all(isinstance(vals, dict) for vals in decisions):
            raise UserError(
                self.env._(
                    "To decide about nonconforming goods, give a list of decisions, each with a disposition "
                    "and a quantity."
                )
            )
        return decisions

    def _settle_without_goods(self):
        self._check_can_decide(self.env._("disposition"))
        nonconformity = self.sudo()
        nonconformity.closure_id._lock()
        nonconformity._check_closure_runs()
        if nonconformity.open_quantity:
            raise UserError(
                self.env._(
                    "To disposition %(nonconformity)s of %(order)s, say what happens to its %(quantity)s %(unit)s.",
                    nonconformity=nonconformity.name,
                    order=nonconformity.closure_id.name,
                    quantity=nonconformity.open_quantity,
                    unit=nonconformity.product_uom_id.name,
                )
            )
        nonconformity._settle()
        nonconformity.closure_id.action_refresh()

    def action_close(self):
        """Close nonconformities of which everything that was decided has been done.

        What moves goods is done when the order closes, and closes its nonconformity by itself.

        :raises AccessError: for who may not decide about the nonconformity
        :raises UserError: naming what is left to do
        """
        self._check_can_decide(self.env._("close"))
        nonconformities = self.sudo()
        nonconformities.closure_id._lock()
        for nonconformity in nonconformities:
            reason = nonconformity._get_unfinished_reason()
            if reason:
                raise UserError(reason)
        nonconformities.disposition_ids._mark_done()
        nonconformities._close()
        nonconformities.closure_id.action_refresh()
        return True

    def action_open_disposition(self):
        """Open the dialog that decides about the rest of the quantity."""
        check_one(self)
        self.check_access("read")
        self._check_not_closed()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide about %(nonconformity)s", nonconformity=self.name),
            "res_model": "mrp.closure.decide",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_nonconformity_id": self.id},
        }

    def action_open_closure(self):
        """Open the closure the nonconformity belongs to."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()

    # Transitions

    def _set_state(self, state, **stamps):
        """The only writer of ``state``; stamps are written with it."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for nonconformity in self:
            if state not in TRANSITIONS[nonconformity.state]:
                raise UserError(
                    self.env._(
                        "To move %(nonconformity)s of %(order)s to %(state)s, bring it on step by step: "
                        "it is %(current)s now.",
                        nonconformity=nonconformity.name,
                        order=nonconformity.closure_id.name,
                        state=labels[state],
                        current=labels[nonconformity.state],
                    )
                )
        if self:
            self._write_evidence({"state": state, **stamps})

    def _settle(self):
        """Dispositioned once the whole quantity is decided about."""
        settled = self.filtered(
            lambda nonconformity: (
                nonconformity.state != "dispositioned"
                and not nonconformity._get_undecided_quantity()
                and not nonconformity._get_quarantined_quantity()
            )
        )
        settled._set_state("dispositioned", dispositioned_by_id=self.env.uid, dispositioned_at=fields.Datetime.now())

    def _close(self):
        self._set_state("closed", closed_by_id=self.env.uid, closed_at=fields.Datetime.now())

    def _follow_goods(self):
        """After goods moved: closed, or under review again while some are in quarantine."""
        decided = self.filtered(lambda nonconformity: nonconformity.state == "dispositioned")
        held = decided.filtered(lambda nonconformity: nonconformity._get_quarantined_quantity())
        held._set_state("review")
        (decided - held).filtered(lambda nonconformity: not nonconformity._get_unfinished_reason())._close()

    # Figures

    def _get_undecided_quantity(self):
        """Quantity that nothing was decided about, 0.0 exactly when there is none."""
        decided = self.disposition_ids.filtered(lambda line: line.status != "withdrawn" and not line.is_final)
        left = self.quantity - sum(decided.mapped("quantity"))
        # On a form without a closure there is no product yet, and no unit.
        return left if self.product_uom_id and not self.product_uom_id.is_zero(left) else 0.0

    def _get_quarantined_quantity(self):
        """Quantity in quarantine whose final disposition is open, 0.0 exactly when there is none."""
        lines = self.disposition_ids.filtered(lambda line: line.status != "withdrawn")
        held = lines.filtered(lambda line: line.disposition == "quarantine" and line.status == "done")
        left = sum(held.mapped("quantity")) - sum(lines.filtered("is_final").mapped("quantity"))
        # On a form without a closure there is no product yet, and no unit.
        return left if self.product_uom_id and not self.product_uom_id.is_zero(left) else 0.0

    def _get_unfinished_reason(self):
        """Why the nonconformity cannot be closed yet, or None."""
        self.ensure_one()
        names = {"nonconformity": self.name, "order": self.closure_id.name}
        if self.state != "dispositioned":
            return self.env._(
                "To close %(nonconformity)s of %(order)s, decide about its whole quantity first.", **names
            )
        pending = self.disposition_ids.filtered(lambda line: line.status == "decided")
        if pending.filtered(lambda line: line._is_rework() and not line.verified_at):
            return self.env._(
                "To close %(nonconformity)s of %(order)s, finish its rework and have it inspected again.", **names
            )
        if waiting := pending._get_waiting_deliveries():
            return self.env._(
                "To close %(nonconformity)s of %(order)s, have the warehouse ship its delivery %(delivery)s.",
                delivery=", ".join(waiting.picking_id.mapped("name")),
                **names,
            )
        if pending.filtered(lambda line: line._moves_goods()):
            return self.env._(
                "To close %(nonconformity)s of %(order)s, mark the order as done: its goods are moved then.", **names
            )
        return None

    # Guards

    def _may_decide(self):
        group = MANAGER if self.severity == "critical" else INSPECTOR
        return self.env.user.has_group(group) and self.has_access("read")

    def _check_can_decide(self, act):
        """Inspectors decide, and about critical ones only managers."""
        for nonconformity in self:
            if not nonconformity._may_decide():
                nonconformity.sudo()._raise_ask(
                    act, MANAGER if nonconformity.sudo().severity == "critical" else INSPECTOR
                )
        self._check_not_closed()

    def _raise_ask(self, act, group):
        raise AccessError(
            self.env._(
                "To %(act)s %(nonconformity)s of %(order)s, ask %(owner)s of work order closure.",
                act=act,
                nonconformity=self.name,
                order=self.closure_id.name,
                owner=self.env.ref(group).sudo().name,
            )
        )

    def _check_not_closed(self):
        for nonconformity in self.sudo():
            if nonconformity.state == "closed":
                raise UserError(
                    self.env._(
                        "To change %(nonconformity)s of %(order)s, report a new problem: this one is closed.",
                        nonconformity=nonconformity.name,
                        order=nonconformity.closure_id.name,
                    )
                )

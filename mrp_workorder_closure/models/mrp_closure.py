from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .requests import check_one

STATES = [
    ("open", "Open"),
    ("to_approve", "To Approve"),
    ("approved", "Approved"),
    ("closed", "Closed"),
    ("cancel", "Cancelled"),
]
# Every change of state there is: reopening leads back from closed, new figures from the two before it.
TRANSITIONS = {
    "open": {"to_approve", "approved", "cancel"},
    "to_approve": {"open", "approved", "cancel"},
    "approved": {"open", "closed", "cancel"},
    "closed": {"open"},
    "cancel": set(),
}
MANAGER = "mrp_workorder_closure.group_manager"
OPERATOR = "mrp_workorder_closure.group_operator"
REVIEWERS = ("mrp_workorder_closure.group_approver", "mrp_workorder_closure.group_cost_controller")


class MrpClosure(models.Model):
    """The case of one manufacturing order: what is still missing before it may close.

    Made at confirmation from the best matching template, exactly one per order. Its
    state moves along ``TRANSITIONS`` and ``_set_state`` is the only writer of it.
    """

    _name = "mrp.closure"
    _description = "Closure"
    _inherit = ["mrp.closure.evidence", "mrp.closure.notes", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(related="production_id.name", string="Order Reference", store=True, precompute=True)
    production_id = fields.Many2one(
        "mrp.production", string="Manufacturing Order", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="production_id.company_id", store=True, precompute=True, index=True)
    product_id = fields.Many2one(related="production_id.product_id", store=True, precompute=True)
    user_id = fields.Many2one(related="production_id.user_id", string="Responsible", store=True, precompute=True)
    production_state = fields.Selection(related="production_id.state", string="Order State", tracking=False)
    date_finished = fields.Datetime(related="production_id.date_finished", string="Order End")
    product_qty = fields.Float(related="production_id.product_qty", string="Planned Quantity", tracking=False)
    qty_producing = fields.Float(related="production_id.qty_producing", string="Quantity Producing")
    product_uom_id = fields.Many2one(related="production_id.product_uom_id")
    template_id = fields.Many2one("mrp.closure.template", required=True, index=True, ondelete="restrict")
    template_version_id = fields.Many2one(
        "mrp.closure.template.version",
        required=True,
        index=True,
        ondelete="restrict",
        help="What the order is held to.",
    )
    template_version = fields.Integer(
        related="template_version_id.number", string="Version of Template", store=True, precompute=True
    )
    state = fields.Selection(STATES, required=True, default="open", tracking=True, index=True)
    revision = fields.Integer(default=1, required=True, help="Raised by one each time the closure is reopened.")
    round = fields.Integer(default=1, required=True, help="Raised by one each time the figures are submitted again.")
    check_ids = fields.One2many("mrp.closure.check", "closure_id", string="Checks")
    check_count = fields.Integer(compute="_compute_check_counts", store=True)
    check_met_count = fields.Integer(
        string="Checks Met", compute="_compute_check_counts", store=True, help="Passed, waived or not applicable."
    )
    check_blocking_count = fields.Integer(
        string="Blocking Checks", compute="_compute_check_counts", store=True, help="Blocking and not met."
    )
    is_waiting_for_me = fields.Boolean(compute="_compute_is_waiting_for_me", search="_search_is_waiting_for_me")
    blocker_message = fields.Text(string="What Is Missing", compute="_compute_blocker_message")
    submitted_by_id = fields.Many2one("res.users", string="Submitted by", index="btree_not_null")
    submitted_at = fields.Datetime()
    approved_at = fields.Datetime()
    closed_at = fields.Datetime(tracking=True)
    close_type = fields.Selection([("normal", "Normal"), ("short", "Short"), ("forced", "Forced")])
    reopen_reason = fields.Char(tracking=True)
    cancel_reason = fields.Char(tracking=True)

    _production_uniq = models.Constraint("UNIQUE(production_id)", "This manufacturing order already has a closure.")

    @api.depends("check_ids.state", "check_ids.severity")
    def _compute_check_counts(self):
        for closure in self:
            checks = closure.check_ids
            unmet = checks.filtered(lambda check: not check._is_met())
            closure.check_count = len(checks)
            closure.check_met_count = len(checks) - len(unmet)
            closure.check_blocking_count = len(unmet.filtered(lambda check: check.severity == "blocking"))

    @api.depends_context("uid")
    @api.depends("state", "check_ids.state")
    def _compute_is_waiting_for_me(self):
        mine = self.filtered_domain(self._get_waiting_for_me_domain())
        for closure in self:
            closure.is_waiting_for_me = closure in mine

    def _search_is_waiting_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_waiting_for_me_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_waiting_for_me_domain(self):
        """Closures with a check that the current user is expected to answer.

        A point that names nobody waits for the responsible of the order.
        """
        user = self.env.user
        nobody = Domain("group_id", "=", False) & Domain("user_ids", "=", False)
        mine = (
            Domain("user_ids", "in", user.ids)
            | Domain("group_id", "in", user._get_group_ids())
            | (nobody & Domain("closure_id.user_id", "=", user.id))
        )
        unmet = Domain("state", "in", ("todo", "fail"))
        return Domain("state", "in", ("open", "to_approve", "approved")) & Domain("check_ids", "any", mine & unmet)

    @api.depends_context("uid", "lang")
    @api.depends("state", "check_ids.state", "production_id.state")
    def _compute_blocker_message(self):
        blockers = defaultdict(list)
        for blocker in self.sudo().production_id._get_closure_gate_blockers():
            blockers[blocker.production.closure_id.id].append(blocker.text)
        for closure in self:
            active = closure.state not in ("closed", "cancel")
            closure.blocker_message = "\n".join(blockers[closure.id]) if active else False

    @api.ondelete(at_uninstall=False)
    def _unlink_if_nothing_closed(self):
        kept = self.filtered(
            lambda closure: closure.state == "closed" or closure.revision > 1 or closure.approval_decision_ids
        )
        if kept:
            raise UserError(
                self.env._(
                    "To keep the evidence of %(closures)s, leave the closure in place: the order was closed with it.",
                    closures=", ".join(kept.mapped("name")),
                )
            )

    # Buttons

    def action_refresh(self):
        """Bring the closure up to date with its order.

        Adds checks for work orders that came later, follows a cancelled order, and
        submits the closure by itself in the first round once everything is complete.
        Of several closures, those that somebody else is working on are left out: most acts on
        a closure end with the same, and the scheduled refresh looks at all of them.

        :return: True
        :raises AccessError: for auditors, who change nothing, and users who may not read the closure
        """
        self._check_is_participant()
        closures = self.sudo()
        # Two who look at once would make the same activities, each without seeing the other's.
        running = closures._filter_running()
        if len(running) > 1:
            closures -= running - running._lock_unless_busy()
        else:
            running._lock()
        closures._refresh()
        return True

    def _filter_running(self):
        return self.filtered(lambda closure: closure.state in ("open", "to_approve", "approved"))

    def _refresh(self):
        """Bring closures up to date, of which the running ones are locked; see ``action_refresh``."""
        closures = self._filter_running()
        closures._refresh_costs()
        closures._follow_cancelled_orders()
        closures = closures.filtered(lambda closure: closure.state != "cancel")
        self.env["mrp.closure.check"]._sync_checks(closures)
        self.env["mrp.closure.balance"]._sync_balances(closures)
        closures.check_ids._refresh_verdicts()
        closures._back_to_open_if_changed()
        closures._back_to_open_if_blocked()
        closures._submit_by_itself()
        closures._refresh_anomalies()
        closures._sync_activities()

    def action_reopen(self, reason):
        """Reopen a closed closure, so that figures of the finished order can be corrected.

        Nothing is un-posted: the order stays done.

        :param reason: why, kept with the closure
        :raises AccessError: when the user is not a closure manager
        :raises UserError: without a reason, or when the closure is not closed
        """
        self._check_is_manager(self.env._("reopen"))
        reason = self._check_reason(reason, self.env._("reopen"))
        closures = self.sudo()
        closures._lock()
        closures._check_state("closed", self.env._("reopen"))
        closures._keep_previous_figures()
        for closure in closures:
            closure._set_state(
                "open",
                revision=closure.revision + 1,
                round=closure.round + 1,
                reopen_reason=reason,
                close_type=False,
                forced_by_id=False,
                force_reason=False,
            )
        closures._sync_activities()
        return True

    def action_cancel_order(self, reason):
        """Cancel an order although components were consumed for it.

        :param reason: why, kept with the closure
        :raises AccessError: when the user is not a closure manager
        :raises UserError: without a reason, or when the order is already done
        """
        self._check_is_manager(self.env._("cancel the order of"))
        reason = self._check_reason(reason, self.env._("cancel the order of"))
        closures = self.sudo()
        closures._lock()
        closures._write_evidence({"cancel_reason": reason})
        self.production_id.action_cancel()
        return True

    def action_open_reason(self):
        """Ask for the reason of the act named in the context, then carry it out."""
        return self.env["mrp.closure.reason"]._get_dialog(self, self.env.context.get("closure_act"))

    def action_open_production(self):
        """Open the manufacturing order."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "mrp.production",
            "res_id": self.production_id.id,
            "views": [(False, "form")],
        }

    # Transitions

    def _set_state(self, state, **stamps):
        """The only writer of ``state``; stamps are written with it."""
        for closure in self:
            if state not in TRANSITIONS[closure.state]:
                raise UserError(
                    self.env._(
                        "To move the closure of %(order)s to %(state)s, bring it on step by step: "
                        "it is %(current)s now.",
                        order=closure.name,
                        state=closure._get_state_label(state),
                        current=closure._get_state_label(closure.state),
                    )
                )
        if self:
            self._write_evidence({"state": state, **stamps})
        if state in ("closed", "cancel"):
            self._sync_activities()

    def _follow_cancelled_orders(self):
        """A closure ends with its order; nobody is asked any more."""
        gone = self.filtered(lambda closure: closure.production_id.state == "cancel" and closure.state != "cancel")
        gone._supersede_approvals(("waiting", "pending"))
        gone._set_state("cancel")

    def _get_action(self):
        """Window action on the closure, or on the list of closures."""
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_action")
        action["context"] = {}
        if len(self) == 1:
            form = self.env.ref("mrp_workorder_closure.mrp_closure_view_form")
            action.update(res_id=self.id, views=[(form.id, "form")], view_mode="form")
        else:
            action["domain"] = [("id", "in", self.ids)]
        return action

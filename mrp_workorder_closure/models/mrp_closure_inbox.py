from odoo import api, fields, models
from odoo.fields import Domain

from .requests import check_one


class MrpClosureApproval(models.Model):
    """The inbox of whoever decides: what waits for them, since when, and until when."""

    _inherit = "mrp.closure.approval"

    age_hours = fields.Float(
        string="Waits (Hours)", compute="_compute_age_hours", help="Since the level was asked, while it is not decided."
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    @api.depends("since", "state")
    def _compute_age_hours(self):
        now = fields.Datetime.now()
        for approval in self:
            waits = approval.since and approval.state == "pending"
            approval.age_hours = (now - approval.since).total_seconds() / 3600 if waits else 0.0

    @api.depends("deadline", "state")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for approval in self:
            approval.is_late = bool(approval.state == "pending" and approval.deadline and approval.deadline <= now)

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "pending") & Domain("deadline", "<=", fields.Datetime.now())
        return late if True in value else ~late

    @api.model
    @api.readonly
    def get_waiting_count(self):
        """How many approvals wait for the current user: the number in the menu."""
        return self.search_count([("is_waiting_for_me", "=", True)])

    @api.model
    def get_empty_list_help(self, help_message):
        """Where no template says yet what must hold, a manager is shown how to begin."""
        if self.env.user.has_group("mrp_workorder_closure.group_manager") and not self._has_templates():
            return self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_template_action")[
                "help"
            ]
        return super().get_empty_list_help(help_message)

    @api.model
    def _has_templates(self):
        return bool(self.env["mrp.closure.template"].with_context(active_test=False).search_count([], limit=1))

    def action_open_closure(self):
        """Open the closure of this approval."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()

    def action_open_decision(self):
        """Open the dialog in which the current user decides about the closures of these approvals.

        :raises AccessError: when it is somebody else's turn on all of them
        :raises UserError: when none of them is to be approved
        """
        return self.closure_id.action_open_decision()


class MrpClosure(models.Model):
    """The ways into the dialog that decides."""

    _inherit = "mrp.closure"

    def action_open_decision(self):
        """Open the dialog in which the current user decides about these closures.

        Closures of which figures changed since they were submitted go back to open first,
        and are left out, as are those that wait for somebody else.

        :return: window action of the dialog; a notice where nothing is left to decide
        :raises AccessError: when it is somebody else's turn on all of them
        :raises UserError: when none of them is to be approved
        """
        self.check_access("read")
        asked = self.filtered("can_decide")
        if not asked:
            # In sudo: the refusal names who is asked.
            self.sudo()._check_state("to_approve", self.env._("decide about"))
            self.sudo()._get_authorities()
        changes = asked._get_changed_figures_told()
        changed = asked.filtered(lambda closure: closure in changes)
        if changed:
            changed.action_refresh()
        asked -= changed
        if not asked:
            return changed._get_changes_notice(changes)
        left_out = [*self.env["mrp.closure.approve"]._tell_left_out(self - asked - changed), *changes.values()]
        return self.env["mrp.closure.approve"]._get_dialog(asked, left_out)

    def _get_changed_figures_told(self):
        """``{closure: sentence}`` for the closures of which figures are no longer those that were submitted."""
        # In sudo: whoever decides is told, with no right on orders.
        changes = self.sudo()._get_changed_figures()
        return {
            closure.sudo(False): self.env._(
                "%(order)s is open again: figures changed since they were submitted. %(changes)s",
                order=closure.name,
                changes="; ".join(told),
            )
            for closure, told in changes.items()
        }

    def _get_changes_notice(self, changes):
        """What the client shows instead of the dialog, then the closures themselves."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Nothing was decided"),
                "message": "\n".join(changes[closure] for closure in self),
                "next": self._get_action(),
            },
        }


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    closure_can_decide = fields.Boolean(
        compute="_compute_closure_can_decide", groups="base.group_user", help="An approval of the order waits for you."
    )
    closure_close_type = fields.Selection(
        related="closure_id.close_type", string="Kind of Close", groups="base.group_user"
    )

    @api.depends_context("uid")
    @api.depends("closure_id.state")
    def _compute_closure_can_decide(self):
        # Orders are for more users than closures are.
        asked = self.sudo().closure_id.filtered(lambda closure: closure.state == "to_approve")
        deciding = asked.sudo(False)._filtered_access("read").filtered("can_decide")
        for order in self:
            order.closure_can_decide = order.sudo().closure_id.sudo(False) in deciding

    def action_open_closure_decision(self):
        """Open the dialog in which the current user decides about the closures of these orders.

        :raises AccessError: when it is somebody else's turn on all of them
        :raises UserError: when none of them is to be approved
        """
        self.check_access("read")
        return self.closure_id.action_open_decision()

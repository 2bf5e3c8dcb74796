from odoo import api, fields, models

from .requests import check_one


class MrpClosureAction(models.Model):
    _inherit = "mrp.closure.action"

    can_plan = fields.Boolean(compute="_compute_can_plan")

    @api.depends_context("uid")
    def _compute_can_plan(self):
        self.can_plan = self.env.user.has_group("mrp_workorder_closure.group_inspector")

    @api.model
    def _get_window(self, domain, **defaults):
        """Window action on actions, for new ones with these defaults."""
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_action_action")
        action["domain"] = domain
        action["context"] = {f"default_{name}": value for name, value in defaults.items()}
        return action

    @api.model
    def _get_form(self, **defaults):
        """Window action on a new action with these defaults."""
        action = self._get_window([], **defaults)
        action.update(views=[(False, "form")], view_mode="form")
        return action


class MrpClosureNonconformity(models.Model):
    """From what went wrong to what is done about it."""

    _inherit = "mrp.closure.nonconformity"

    corrective_action_ids = fields.One2many("mrp.closure.action", "nonconformity_id", string="Corrective Actions")
    corrective_action_count = fields.Integer(compute="_compute_corrective_action_count")

    @api.depends("corrective_action_ids")
    def _compute_corrective_action_count(self):
        actions = self.env["mrp.closure.action"]
        counts = dict(actions._read_group([("nonconformity_id", "in", self.ids)], ["nonconformity_id"], ["__count"]))
        for nonconformity in self:
            nonconformity.corrective_action_count = counts.get(nonconformity, 0)

    def action_open_corrective_actions(self):
        """Open the corrective actions of a nonconformity; a new one is about it."""
        check_one(self)
        self.check_access("read")
        return self.env["mrp.closure.action"]._get_window(
            [("nonconformity_id", "=", self.id)], **self._prepare_action_defaults()
        )

    def action_plan_action(self):
        """Open a new corrective action about this nonconformity.

        :raises AccessError: for who is no inspector
        """
        check_one(self)
        self.check_access("read")
        actions = self.env["mrp.closure.action"]
        actions._check_may_plan()
        return actions._get_form(**self._prepare_action_defaults())

    def _prepare_action_defaults(self):
        # In sudo: names of products are told with the nonconformity.
        product = self.sudo().product_id.display_name
        return {
            "nonconformity_id": self.id,
            "company_id": self.company_id.id,
            "closure_ids": [fields.Command.set(self.closure_id.ids)],
            "product_id": self.closure_id.product_id.id,
            "name": self.env._("Prevent %(nonconformity)s on %(product)s", nonconformity=self.name, product=product),
            "description": self.description,
            "cause": self.root_cause,
            "cause_category": self.root_cause_category,
        }


class MrpClosure(models.Model):
    _inherit = "mrp.closure"

    corrective_action_ids = fields.Many2many(
        "mrp.closure.action", string="Corrective Actions", help="Actions of which this order is one of the facts."
    )
    corrective_action_count = fields.Integer(compute="_compute_corrective_action_count")

    @api.depends("corrective_action_ids")
    def _compute_corrective_action_count(self):
        actions = self.env["mrp.closure.action"]
        counts = dict(actions._read_group([("closure_ids", "in", self.ids)], ["closure_ids"], ["__count"]))
        for closure in self:
            closure.corrective_action_count = counts.get(closure, 0)

    def action_open_corrective_actions(self):
        """Open the corrective actions that are about these closures."""
        self.check_access("read")
        return self.env["mrp.closure.action"]._get_window(
            [("closure_ids", "in", self.ids)],
            closure_ids=[fields.Command.set(self.ids)],
            company_id=self.company_id[:1].id,
        )

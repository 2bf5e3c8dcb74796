from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools import Blocker
from .mrp_closure import MANAGER, STATES
from .requests import check_one


class MrpProduction(models.Model):
    """An order and its closure: which template applies, what blocks it, what the screens show."""

    _inherit = "mrp.production"

    closure_state = fields.Selection(
        [("none", "No Closure"), *STATES], compute="_compute_closure_state", search="_search_closure_state"
    )
    closure_stage = fields.Selection(related="closure_id.state", string="Closure Stage", tracking=False)
    closure_check_ids = fields.One2many(related="closure_id.check_ids", string="Closure Checks")
    closure_check_count = fields.Integer(related="closure_id.check_count")
    closure_check_met_count = fields.Integer(related="closure_id.check_met_count")
    # Names owners of checks: not for a subcontractor who reads his orders in the portal.
    closure_blocker_message = fields.Text(related="closure_id.blocker_message", groups="base.group_user")

    @api.depends("closure_id.state")
    def _compute_closure_state(self):
        for order in self:
            order.closure_state = order.sudo().closure_id.state or "none"

    def _search_closure_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("closure_id.state", "in", [state for state in value if state != "none"])
        return domain | Domain("closure_id", "=", False) if "none" in value else domain

    # What blocks

    @api.readonly
    def get_closure_blockers(self):
        """What keeps these orders from being marked as done.

        :return: list of dicts with ``production_id``, ``production``, ``code``,
            ``message`` (a sentence in the user's language) and ``owner`` (a name, not
            told to portal users); empty when nothing is missing, and for orders
            without a closure
        :raises AccessError: when the user may not read the orders
        """
        self.check_access("read")
        blockers = [blocker.as_dict() for blocker in self._get_closure_gate_blockers()]
        return blockers if self.env.user._is_internal() else [{**blocker, "owner": ""} for blocker in blockers]

    def _get_closure_blockers(self, final=False):
        """What is wrong with orders and checks, whoever approves: it keeps figures from being submitted.

        Free of side effects. A forced close leaves failed checks failed: they no longer block.
        The number of queries does not depend on the number of orders.

        :param final: True once core has filled in all quantities; before that, kinds that
            compare quantities do not look at orders with nothing produced yet
        :return: list of Blocker, in the order of ``self``
        """
        gated = self.sudo().filtered(lambda order: order._is_closure_gated() and order.state != "cancel")
        failures = gated.closure_id.check_ids._get_failures(final=final)
        blockers = []
        for order in gated:
            if order.closure_id.state == "closed":
                continue
            blockers += order._get_closure_order_blockers() or [
                Blocker(
                    order, "check_todo" if check.state == "todo" else "check_fail", failures[check].text, check.owner
                )
                for check in order.closure_id.check_ids
                if check in failures and check.severity == "blocking" and not order.closure_id._is_forced()
            ]
        return blockers

    def _prefetch_closure_moves(self, lines=True):
        """Read components and output of all these orders in one go, with their products and, where asked, their
        lines: rules and figures would read them apart, and some order by order."""
        moves = self.move_raw_ids | self.move_finished_ids
        moves.mapped("product_id.uom_id")
        if lines:
            moves.mapped("move_line_ids.quantity")

    def _prefetch_labour(self):
        """Read the times and analytic lines of all work orders in one go: core would read them one by one."""
        for name in ("time_ids.date_end", "mo_analytic_account_line_ids", "wc_analytic_account_line_ids"):
            self.workorder_ids.mapped(name)

    def _get_closure_order_blockers(self):
        """What is wrong with the order itself, so that its checks need no look yet."""
        self.ensure_one()
        responsible = self.user_id.name or ""
        if self.state == "draft":
            message = self.env._("To close %(order)s, confirm it first.", order=self.name)
            return [Blocker(self, "draft", message, responsible)]
        if not self.closure_id:
            message = self.env._("To close %(order)s, open its closure first: it has none yet.", order=self.name)
            return [Blocker(self, "no_closure", message, responsible)]
        output = self.move_finished_ids.filtered(
            lambda move: move.product_id == self.product_id and move.state != "cancel"
        )
        if not output:
            message = self.env._(
                "To close %(order)s, give it back the move of its finished product: nothing would be received.",
                order=self.name,
            )
            return [Blocker(self, "no_output", message, responsible)]
        return []

    def _get_closure_finished_blockers(self):
        """Orders that are over cannot be marked as done: core would post their labour again."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        return [
            Blocker(
                order,
                order.state,
                self.env._(
                    "To change %(order)s, have its closure reopened: it is %(state)s "
                    "and cannot be marked as done again.",
                    order=order.name,
                    state=labels[order.state],
                ),
                "",
            )
            for order in self
            if order.state in ("done", "cancel")
        ]

    def _get_closure_readiness_blockers(self):
        """What keeps complete-looking orders from being submitted: figures that may still move."""
        blockers = []
        for order in self.sudo().filtered(lambda order: order.state not in ("done", "cancel")):
            for code, message in order._get_unready_figures():
                blockers.append(Blocker(order, code, message, order.user_id.name or ""))
        return blockers

    def _get_unready_figures(self):
        self.ensure_one()
        if self.product_uom_id.is_zero(self.qty_producing):
            yield "quantity", self.env._("To submit %(order)s, enter the quantity produced.", order=self.name)
        if self.product_tracking != "none" and not self.lot_producing_ids:
            yield "lot", self.env._("To submit %(order)s, enter the lot or serial number produced.", order=self.name)
        closure = self.closure_id
        if (
            self._is_below_plan()
            and not closure._is_remainder_decided()
            and (closure._has_levels() or "output_quantity" in closure.check_ids.mapped("kind"))
        ):
            yield (
                "remainder",
                self.env._(
                    "To submit %(order)s, decide on its closure whether the rest is made by a backorder "
                    "or closed short.",
                    order=self.name,
                ),
            )
        if not self.user_id and closure._needs_responsible():
            yield (
                "responsible",
                self.env._("To submit %(order)s, enter its responsible, who has to approve it.", order=self.name),
            )
        unpicked = self.move_raw_ids.filtered(lambda move: move.state not in ("done", "cancel") and not move.picked)
        if unpicked:
            yield (
                "consumption",
                self.env._(
                    "To submit %(order)s, record what was consumed of %(products)s.",
                    order=self.name,
                    products=", ".join(unpicked.product_id.mapped("display_name")),
                ),
            )
        unfinished = self.workorder_ids.filtered(lambda workorder: workorder.state not in ("done", "cancel"))
        if unfinished:
            yield (
                "workorder",
                self.env._(
                    "To submit %(order)s, finish the work orders %(workorders)s.",
                    order=self.name,
                    workorders=", ".join(unfinished.mapped("name")),
                ),
            )

    @api.model
    def _raise_closure_blockers(self, blockers):
        """Refuse with all reasons of all orders in one message, and lead to the closures.

        :raises RedirectWarning: for users who may open closures
        :raises UserError: for all others
        """
        if not blockers:
            return
        orders = self.browse().union(*(blocker.production for blocker in blockers))
        # In sudo: only the way to the closures is looked up.
        orders.sudo().closure_id._raise_refusal("\n".join(blocker.text for blocker in blockers))

    # Which template

    def _get_closure_templates(self, more_rules=()):
        """The template each order is held to, from cached rules.

        :param more_rules: rules of templates that are not in use yet
        :return: ``{order: template}``, an empty template where none applies
        """
        template_model = self.env["mrp.closure.template"]
        templates = {}
        for order in self:
            rules = template_model._get_match_rules(order.company_id.id) + more_rules
            ranked = [
                (rank, rule.sequence, rule.template_id)
                for rule in rules
                if (rank := order._get_closure_match_rank(rule)) is not None
            ]
            templates[order] = template_model.browse(
                min(ranked)[2] if ranked else order._get_default_closure_template_id(rules)
            )
        return templates

    def _get_closure_match_rank(self, rule):
        """How specific a rule is for this order: 0 product, 1 BoM, 2 category, 3 operation
        type, 4 everything; None where it does not apply."""
        if self.bom_id.type == "subcontract" and not rule.subcontracting:
            return None
        criteria = [
            (rule.products, self.product_id.ids),
            (rule.boms, self.bom_id.ids),
            (rule.categories, rule.categories and self._get_closure_category_ids()),
            (rule.picking_types, self.picking_type_id.ids),
        ]
        asked = [(rank, wanted, given) for rank, (wanted, given) in enumerate(criteria) if wanted]
        if any(wanted.isdisjoint(given) for _rank, wanted, given in asked):
            return None
        return asked[0][0] if asked else len(criteria)

    def _get_closure_category_ids(self):
        path = self.product_id.categ_id.parent_path or ""
        return [int(category_id) for category_id in path.split("/") if category_id]

    def _get_default_closure_template_id(self, rules):
        """The company's default template, where it may apply to this order."""
        default = self.company_id.sudo().closure_template_id
        rule = next((rule for rule in rules if rule.template_id == default.id), None)
        subcontracted = self.bom_id.type == "subcontract"
        return default.id if rule and (rule.subcontracting or not subcontracted) else False

    # Making closures

    def action_confirm(self):
        drafts = self.filtered(lambda order: order.state == "draft")
        self.env.add_to_compute(self._fields["closure_template_id"], drafts)
        result = super().action_confirm()
        drafts._create_closures()
        return result

    def _action_confirm_mo_backorders(self):
        result = super()._action_confirm_mo_backorders()
        self._create_closures()
        return result

    def _create_closures(self):
        """Make the closures that confirmed orders with a template lack; idempotent.

        Runs in sudo: whoever confirms an order makes its closure, with no right to
        make closures otherwise.

        :return: the closures made
        """
        orders = self.sudo().filtered(
            lambda order: (
                order.closure_template_id
                and not order.closure_id
                and order.state in ("confirmed", "progress", "to_close")
            )
        )
        baselines = orders._prepare_cost_baselines()
        versions = orders.closure_template_id._get_current_versions()
        closures = (
            self.env["mrp.closure"]
            .sudo()
            .with_context(tracking_disable=True)
            ._create_evidence(
                [
                    {
                        "production_id": order.id,
                        "template_id": order.closure_template_id.id,
                        "template_version_id": versions[order.closure_template_id].id,
                        "cost_baseline": baselines[order],
                    }
                    for order in orders
                ]
            )
        )
        for closure in closures:
            closure.production_id._write_gate({"closure_id": closure.id})
        self.env["mrp.closure.check"]._sync_checks(closures)
        # From the start, so that what is issued can be declared as soon as it is.
        self.env["mrp.closure.balance"]._sync_balances(closures)
        closures._create_first_activities()
        return closures

    def _adopt_closures(self):
        """Make closures for open orders that were confirmed before their template existed.

        :return: the closures made
        """
        orders = self.sudo().filtered(
            lambda order: not order._is_closure_gated() and order.state in ("confirmed", "progress", "to_close")
        )
        templates = orders._get_closure_templates()
        for template, covered in orders.grouped(lambda order: templates[order]).items():
            covered._write_gate({"closure_template_id": template.id})
        return self._create_closures()

    def action_create_closures(self):
        """Make closures for the selected open orders that have none.

        :return: a notification that says how many were made and which orders no template covers
        :raises AccessError: when the user is not a closure manager
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("To make closures for open orders, ask a manager of work order closure."))
        self.check_access("write")
        closures = self._adopt_closures()
        left = self.filtered(lambda order: not order.closure_id)
        message = self.env._("%(count)s orders now have a closure.", count=len(closures))
        if left:
            message += " " + self.env._(
                "Left as they are, because no template covers them or they are not open: %(orders)s.",
                orders=", ".join(left.mapped("name")),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_closure(self):
        """Open the closure of the order; a confirmed order that lacks its closure gets it now.

        :raises UserError: when no template covers the order
        """
        check_one(self)
        self.check_access("read")
        closure = self.closure_id or self._create_closures()
        if not closure:
            raise UserError(
                self.env._(
                    "To open a closure for %(order)s, have a closure manager add a template that covers it, "
                    "then confirm the order.",
                    order=self.name,
                )
            )
        closure.action_refresh()
        return closure._get_action()

    def _action_cancel(self):
        result = super()._action_cancel()
        self.sudo().closure_id._follow_cancelled_orders()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_closure(self):
        # The order goes, and with it the closure that nobody closed.
        self.sudo().closure_id.unlink()

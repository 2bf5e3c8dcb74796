from contextlib import closing

from odoo import Command, api, models
from odoo.fields import Domain

from .requests import check_one

PAGE = 200
MAX_PAGES = 25
# Nobody inspected the past by a plan that did not exist.
UNTRIED_KINDS = ("inspection",)


class MrpClosureTemplate(models.Model):
    """Trying a template on the past: what would have held up orders that are done."""

    _inherit = "mrp.closure.template"

    def action_try(self):
        """Run the automatic checks over the last done orders, and show what they find.

        :return: window action of the trial
        :raises AccessError: when the user is not a closure manager
        """
        check_one(self)
        self._check_is_manager(self.env._("test"))
        trial = self.env["mrp.closure.trial"].create({"template_id": self.id})
        return trial.action_run()

    def _try_on_done_orders(self, count):
        """Findings of the automatic checks for the last done orders that the template covers.

        Nothing is written: the database itself refuses it meanwhile. The number of queries
        does not depend on the number of orders.

        :return: ``(number of orders, list of dicts)``: a dict for each finding, with the ids of
            order and point, and the text
        """
        self.ensure_one()
        with closing(self.env.cr.savepoint()):
            self.env.cr.execute("SET LOCAL transaction_read_only = on")
            orders = self._search_done_orders(count)
            findings = [
                {
                    "production_id": check.production_id.id,
                    "point_id": check.point_ref,
                    "finding": finding.details or finding.text,
                }
                for check, finding in self._get_virtual_checks(orders)._get_failures().items()
            ]
            order_ids = orders.ids
        positions = {order_id: position for position, order_id in enumerate(order_ids)}
        return len(order_ids), sorted(
            findings, key=lambda found: (positions[found["production_id"]], found["point_id"])
        )

    def _search_done_orders(self, count):
        """The last done orders that would get this template if they were confirmed now."""
        order_model = self.env["mrp.production"]
        found = order_model
        for page in range(MAX_PAGES):
            orders = order_model.search(
                self._get_covered_domain(), order="date_finished desc, id desc", limit=PAGE, offset=page * PAGE
            )
            templates = orders._get_closure_templates(() if self.active else (self._get_match_rule(),))
            found += orders.filtered(lambda order, templates=templates: templates[order] == self)
            if len(found) >= count or len(orders) < PAGE:
                break
        return found[:count]

    def _get_covered_domain(self):
        """Done orders that the criteria may cover; which template is the most specific one is seen later."""
        domain = Domain("company_id", "=", self.company_id.id) & Domain("state", "=", "done")
        if self.company_id.sudo().closure_template_id == self:
            return domain
        criteria = [
            ("product_id", "in", self.product_ids),
            ("bom_id", "in", self.bom_ids),
            ("product_id.categ_id", "child_of", self.product_category_ids),
            ("picking_type_id", "in", self.picking_type_ids),
        ]
        return domain & Domain.AND([(field, operator, records.ids)] for field, operator, records in criteria if records)

    def _get_virtual_checks(self, orders):
        """Checks of the automatic points for each order, in memory only."""
        # In sudo: the rules look at figures of orders that the manager may read.
        closure_model, check_model = self.env["mrp.closure"].sudo(), self.env["mrp.closure.check"].sudo()
        automatic = set(
            self.point_ids.filtered(lambda point: not point.is_answered and point.kind not in UNTRIED_KINDS).ids
        )
        points = [point for point in self._read_contents()[self.id]["points"] if point["id"] in automatic]
        names = {point.id: point.name for point in self.point_ids}
        closures = closure_model.concat(*(closure_model.new(vals) for vals in self._prepare_virtual_closures(orders)))
        return check_model.concat(
            *(
                check_model.new(
                    {
                        **check_model._prepare_requirement_vals(point),
                        "user_ids": [Command.clear()],
                        "closure_id": closure,
                        "name": names[point["id"]],
                        "point_ref": point["id"],
                        "state": "todo",
                    }
                )
                for point in points
                for closure in closures
            )
        )

    def _prepare_virtual_closures(self, orders):
        """What was decided and planned for the orders; for those without a closure, what is known now."""
        closures = {closure.production_id: closure for closure in orders.sudo().closure_id}
        baselines = orders.sudo().filtered(lambda order: order not in closures)._prepare_cost_baselines()
        return [
            {
                "production_id": order.id,
                "template_id": self.id,
                "state": "open",
                "cost_baseline": closures[order].cost_baseline if order in closures else baselines[order],
                "remainder": order in closures and closures[order].remainder,
            }
            for order in orders
        ]

    @api.model
    def _describe_trial(self, order_count, held_count, warned_count):
        """The outcome in a sentence or two."""
        if not order_count:
            return self.env._("No closed order is covered by this template.")
        summary = self.env._(
            "%(held)s of %(orders)s orders would have been held up.", held=held_count, orders=order_count
        )
        if warned_count:
            summary += " " + self.env._("%(count)s more would have shown a warning.", count=warned_count)
        return summary

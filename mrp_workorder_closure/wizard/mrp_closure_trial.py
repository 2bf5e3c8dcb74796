from odoo import Command, fields, models

from ..models.requests import check_one


class MrpClosureTrial(models.TransientModel):
    """What a template's automatic checks find on orders that are done."""

    _name = "mrp.closure.trial"
    _description = "Test of a closure template"
    _inherit = ["mrp.closure.dialog"]

    template_id = fields.Many2one("mrp.closure.template", required=True, readonly=True, ondelete="cascade")
    order_count = fields.Integer(string="Orders", default=50, required=True, help="How many closed orders to look at.")
    summary = fields.Char(readonly=True)
    line_ids = fields.One2many("mrp.closure.trial.line", "trial_id", readonly=True)

    _order_count_in_range = models.Constraint(
        "CHECK(order_count BETWEEN 1 AND 1000)", "To test a template, choose between 1 and 1000 orders."
    )

    def action_run(self):
        """Look at the orders again and show the outcome.

        :raises AccessError: when the user is not a closure manager
        """
        check_one(self)
        template = self.template_id
        template._check_is_manager(self.env._("test"))
        order_count, findings = template._try_on_done_orders(self.order_count)
        blocking = set(template.point_ids.filtered(lambda point: point.severity == "blocking").ids)
        held = {found["production_id"] for found in findings if found["point_id"] in blocking}
        warned = {found["production_id"] for found in findings} - held
        self.write(
            {
                "summary": template._describe_trial(order_count, len(held), len(warned)),
                "line_ids": [Command.clear(), *(Command.create(found) for found in findings)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test on Closed Orders: %(template)s", template=template.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class MrpClosureTrialLine(models.TransientModel):
    """One finding on one order."""

    _name = "mrp.closure.trial.line"
    _description = "Finding on a closed order"
    _inherit = ["mrp.closure.dialog"]

    trial_id = fields.Many2one("mrp.closure.trial", required=True, ondelete="cascade", index=True)
    production_id = fields.Many2one("mrp.production", string="Order", ondelete="cascade")
    date_finished = fields.Datetime(related="production_id.date_finished", string="Date")
    point_id = fields.Many2one("mrp.closure.point", string="Requirement", ondelete="cascade")
    severity = fields.Selection(related="point_id.severity")
    finding = fields.Text()

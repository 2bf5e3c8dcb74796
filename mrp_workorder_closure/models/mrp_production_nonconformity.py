from odoo import fields, models
from odoo.exceptions import UserError

from .requests import check_one


class MrpProduction(models.Model):
    """Problems are reported where they are seen: on the order."""

    _inherit = "mrp.production"

    closure_nonconformity_count = fields.Integer(related="closure_id.nonconformity_count", string="Nonconformities")

    def action_open_nonconformities(self):
        """Open the nonconformities of this order."""
        self.check_access("read")
        return self.closure_id.action_open_nonconformities()

    def action_report_problem(self):
        """Report a problem with this order.

        :raises UserError: when the order has no closure
        """
        check_one(self)
        self.check_access("read")
        if not self.closure_id:
            raise UserError(
                self.env._(
                    "To report a problem on %(order)s, confirm it first, with a closure template that covers it.",
                    order=self.name,
                )
            )
        return self.closure_id.action_report_problem()


class MrpWorkorder(models.Model):
    _inherit = "mrp.workorder"

    closure_id = fields.Many2one(related="production_id.closure_id")

    def action_report_problem(self):
        """Report a problem with this work order, at its work center.

        :raises UserError: when its order has no closure
        """
        check_one(self)
        self.check_access("read")
        action = self.production_id.action_report_problem()
        action["context"]["default_workorder_id"] = self.id
        return action

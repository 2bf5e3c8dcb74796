from odoo import models
from odoo.exceptions import UserError

from .requests import check_one


class MrpProduction(models.Model):
    """Leftovers are returned from where they are seen: the order."""

    _inherit = "mrp.production"

    def action_return_leftovers(self):
        """Open the dialog that returns the leftovers of this order.

        :raises UserError: when the order has no closure, or a closed one
        """
        check_one(self)
        self.check_access("read")
        if not self.closure_id:
            raise UserError(
                self.env._(
                    "To settle leftovers of %(order)s, use an order that has a closure, "
                    "or return the components by a transfer.",
                    order=self.name,
                )
            )
        return self.closure_id.action_return()

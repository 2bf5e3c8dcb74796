from odoo import fields, models
from odoo.exceptions import UserError


class MrpProduction(models.Model):
    """Leftovers are returned from where they are seen: the order."""

    _inherit = "mrp.production"

    closure_offered_leftover_count = fields.Integer(
        related="closure_id.offered_leftover_count", string="Offered Leftovers", groups="base.group_user"
    )

    def action_return_leftovers(self):
        """Open the dialog that returns the leftovers of this order.

        :raises UserError: when the order has no closure, or a closed one
        """
        return self._get_leftover_closure().action_return()

    def action_take_over_leftovers(self):
        """Open the dialog that takes over what earlier orders left at the line of this one.

        :raises UserError: when the order has no closure
        """
        return self._get_leftover_closure().action_take_over()

    def _get_leftover_closure(self):
        self.ensure_one()
        self.check_access("read")
        if not self.closure_id:
            raise UserError(
                self.env._(
                    "To settle leftovers of %(order)s, use an order that has a closure, "
                    "or return the components by a transfer.",
                    order=self.name,
                )
            )
        return self.closure_id

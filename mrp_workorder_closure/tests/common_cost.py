from odoo import Command

from .common import ClosureCase


class CostCase(ClosureCase):
    """Tables of one board at 20 and four legs at 5, with a minute of setup and ten of work at 60 an hour each.

    Standard cost of one of ten: 20 + 4 x 5 + 10 + 1 / 10 = 50.1. Values follow average cost.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids.unlink()
        cls.average = cls.env["product.category"].create({"name": "Average", "property_cost_method": "average"})
        cls.fifo = cls.env["product.category"].create({"name": "FIFO", "property_cost_method": "fifo"})
        cls.table.categ_id = cls.average
        cls.workcenter.time_start = 1
        cls.panel = cls.env["product.product"].create({"name": "Panel", "is_storable": True, "standard_price": 23})
        cls.env["stock.quant"]._update_available_quantity(cls.panel, cls.stock, 1000)

    def produce(self, order, qty=10, minutes=101, **used):
        """Output, consumption and time are entered; ``board=…`` and ``leg=…`` overwrite what was used."""
        order.qty_producing = qty
        order.set_qty_producing()
        for name, quantity in used.items():
            order.move_raw_ids.filtered(
                lambda move, name=name: move.product_id == getattr(self, name)
            ).quantity = quantity
        order.move_raw_ids.picked = True
        order.workorder_ids.duration = minutes
        order.workorder_ids.button_finish()

    def close(self, order, **context):
        order.with_context(skip_backorder=True, **context).button_mark_done()
        self.assertEqual(order.closure_state, "closed")
        return order.closure_id.sudo()

    def get_amounts(self, closure):
        """Amounts by cause as they were written, those of 0 left out."""
        totals = {}
        for line in closure.variance_ids:
            totals[line.kind] = round(totals.get(line.kind, 0) + line.amount, 2)
        return {kind: amount for kind, amount in totals.items() if amount}

    def assertVariances(self, closure, **expected):
        """The causes have these amounts, and add up to actual less standard cost."""
        self.assertEqual(self.get_amounts(closure), expected)
        self.assertAlmostEqual(sum(expected.values()), closure.cost_variance)
        self.assertAlmostEqual(closure.actual_cost - closure.standard_cost, closure.cost_variance)

    def add_component(self, order, product, quantity, **vals):
        order.move_raw_ids = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "product_uom": product.uom_id.id,
                    "location_id": order.location_src_id.id,
                    "location_dest_id": order.production_location_id.id,
                    **vals,
                }
            )
        ]
        move = order.move_raw_ids.filtered(lambda move: move.product_id == product)[-1:]
        move.quantity = quantity
        move.picked = True
        return move

    def receive(self, product, quantity, price):
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.stock.id,
            }
        )
        move._action_confirm()
        move.quantity = quantity
        move.picked = True
        move._action_done()
        move.value_manual = quantity * price

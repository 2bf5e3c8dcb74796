from odoo import Command

from .common_leftover import LeftoverCase


class MaterialCase(LeftoverCase):
    """Goods on their way to the line and back: transfers by hand, core's returns, scraps."""

    def make_transfer(self, product, quantity, source=None, target=None, **vals):
        """A done transfer made by hand."""
        source, target = source or self.stock, target or self.line
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": source.id,
                "location_dest_id": target.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": source.id,
                            "location_dest_id": target.id,
                        }
                    )
                ],
                **vals,
            }
        )
        return self.finish(picking)

    def finish(self, picking):
        picking.action_confirm()
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
        picking.move_ids.picked = True
        picking._action_done()
        return picking

    def give_back(self, picking, product, quantity):
        """Core's own return of a part of a transfer."""
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.filtered(lambda line: line.product_id == product).quantity = quantity
        return self.finish(wizard._create_return())

    def scrap(self, order, product, quantity, **vals):
        scrap = self.env["stock.scrap"].create(
            {"production_id": order.id, "product_id": product.id, "scrap_qty": quantity, **vals}
        )
        scrap.do_scrap()
        return scrap

    def assertLeg(self, order, **expected):
        order.invalidate_recordset()
        figures = self.get_figures(order, self.leg)
        names = expected.keys()
        self.assertEqual({name: getattr(figures, f"{name}_qty") for name in names}, expected, order.name)

    def make_one_step(self, **vals):
        self.warehouse.manufacture_steps = "mrp_one_step"
        return self.make_order(**vals)

from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestPushedOutput(ClosureCase):
    """Orders that close together push their goods as their own routes say, and rules are searched once for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shelf, cls.dock = cls.env["stock.location"].create(
            [{"name": name, "location_id": cls.warehouse.view_location_id.id} for name in ("Shelf", "Dock")]
        )
        cls.chair = cls.env["product.product"].create({"name": "Chair", "is_storable": True})
        cls.make_bom(cls.chair)
        cls.template.product_ids += cls.chair
        for product, place in ((cls.table, cls.shelf), (cls.chair, cls.dock)):
            product.route_ids = cls.env["stock.route"].create(
                {
                    "name": f"To {place.name}",
                    "product_selectable": True,
                    "rule_ids": [
                        Command.create(
                            {
                                "name": f"Push to {place.name}",
                                "action": "push",
                                "picking_type_id": cls.warehouse.int_type_id.id,
                                "location_src_id": cls.stock.id,
                                "location_dest_id": place.id,
                            }
                        )
                    ],
                }
            )

    def close(self, *products):
        """Close an order of each product together; returns them, and how often a rule was searched."""
        orders = self.env["mrp.production"]
        for product in products:
            order = self.make_order(qty=1, product=product)
            self.pass_checks(order)
            orders |= order
        searched = []
        cls = self.registry["stock.rule"]
        search = cls._search_rule

        def search_rule(records, *args, **kwargs):
            searched.append(args)
            return search(records, *args, **kwargs)

        with patch.object(cls, "_search_rule", search_rule):
            orders.button_mark_done()
        self.assertEqual(set(orders.mapped("state")), {"done"})
        return orders, len(searched)

    def test_each_product_goes_where_its_own_route_says(self):
        orders, _searched = self.close(self.table, self.chair, self.plain_table, self.table)
        places = [order.move_finished_ids.move_dest_ids.location_dest_id for order in orders]
        self.assertEqual(places, [self.shelf, self.dock, self.env["stock.location"], self.shelf])

    def test_a_rule_is_searched_once_for_orders_that_are_alike(self):
        _orders, once = self.close(self.table)
        _orders, thrice = self.close(self.table, self.table, self.table)
        self.assertEqual(thrice, once)

    def test_a_rule_that_came_in_between_holds_for_the_next_orders(self):
        self.close(self.table)
        self.table.route_ids.rule_ids.location_dest_id = self.dock
        orders, _searched = self.close(self.table)
        self.assertEqual(orders.move_finished_ids.move_dest_ids.location_dest_id, self.dock)

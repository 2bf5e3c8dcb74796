from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common import ClosureCase

CORE = "odoo.addons.stock.models.stock_rule"


@tagged("post_install", "-at_install")
class TestRoutesOfBatches(ClosureCase):
    """Orders that are confirmed or closed together follow the routes of their own products, and rules are
    searched once for those that are alike."""

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
            product.route_ids = cls.make_route(f"To {place.name}", "push", cls.stock, place)

    @classmethod
    def make_route(cls, name, action, source, target):
        rule = {
            "name": name,
            "action": action,
            "picking_type_id": cls.warehouse.int_type_id.id,
            "location_src_id": source.id,
            "location_dest_id": target.id,
        }
        return cls.env["stock.route"].create(
            {"name": name, "product_selectable": True, "rule_ids": [Command.create(rule)]}
        )

    def close(self, *products):
        """Close an order of each product together; returns them, and how often a rule was searched."""
        orders = self.env["mrp.production"]
        for product in products:
            order = self.make_order(qty=1, product=product)
            self.pass_checks(order)
            orders |= order
        searches = self.count_searches(orders.button_mark_done)
        self.assertEqual(set(orders.mapped("state")), {"done"})
        return orders, searches

    def count_searches(self, act):
        """How often core looks for a rule in the database."""
        searched = []
        core = next(base for base in self.registry["stock.rule"].__mro__ if base.__module__ == CORE)
        search = vars(core)["_search_rule"]

        def search_rule(records, *args, **kwargs):
            searched.append(args)
            return search(records, *args, **kwargs)

        with patch.object(core, "_search_rule", search_rule):
            act()
        return len(searched)

    def confirm(self, number):
        orders = self.env["mrp.production"]
        for _number in range(number):
            orders |= self.make_order(qty=1, confirm=False)
        return orders, self.count_searches(orders.action_confirm)

    def test_a_component_is_procured_as_its_own_route_says(self):
        production = self.leg.with_company(self.company).property_stock_production
        self.leg.route_ids = self.make_route("To the line", "pull", self.stock, production)
        orders, _searches = self.confirm(2)
        own = self.leg.route_ids.rule_ids
        for order in orders:
            ruled = order.move_raw_ids.filtered(lambda move: move.rule_id == own)
            self.assertEqual(ruled.product_id, self.leg)

    def test_orders_that_are_alike_are_confirmed_with_the_searches_of_one(self):
        _orders, once = self.confirm(1)
        _orders, thrice = self.confirm(3)
        self.assertGreater(once, 0)
        self.assertEqual(thrice, once)

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

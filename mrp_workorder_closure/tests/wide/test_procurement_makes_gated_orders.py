from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import new_test_user, tagged

from .common import WideCase


class ProcurementCase(WideCase):
    """Tables and plain tables are manufactured to order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mto = cls.env.ref("stock.route_warehouse0_mto")
        cls.mto.active = True
        cls.mto.rule_ids.procure_method = "make_to_order"
        cls.manufacture = cls.warehouse.manufacture_pull_id.route_id
        cls.make_to_order(cls.table | cls.plain_table)
        cls.customer = cls.env["res.partner"].create({"name": "Banquet Hall"})
        cls.seller = new_test_user(
            cls.env, "closure_seller", groups="sales_team.group_sale_salesman", name="Sally Seller"
        )

    @classmethod
    def make_to_order(cls, products):
        products.route_ids = [Command.set((cls.mto | cls.manufacture).ids)]

    def get_orders(self, product, user=None):
        found = self.env["mrp.production"].search([("product_id", "=", product.id)], order="id")
        return found.with_user(user or self.operator)

    def sell(self, product, qty=10):
        """A confirmed sale, and its delivery in the hands of the stock user."""
        sale = (
            self.env["sale.order"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [Command.create({"product_id": product.id, "product_uom_qty": qty})],
                }
            )
        )
        sale.action_confirm()
        return sale.sudo().picking_ids.with_user(self.stock_user)

    def assert_gated(self, order):
        self.assertEqual(order.state, "confirmed")
        self.assertEqual(order.closure_state, "open")
        with self.assert_nothing_posted(), self.assertRaises(RedirectWarning) as refusal:
            order.button_mark_done()
        self.assertIn(order.name, refusal.exception.args[0])
        self.assertEqual(order.state, "confirmed")

    def close(self, order):
        self.pass_checks(order)
        self.assertTrue(order.button_mark_done())
        self.assertEqual(order.state, "done")
        self.assertEqual(order.closure_state, "closed")


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestSales(ProcurementCase):
    """An order made for a sale has its closure, and delivering the sale is no way around it."""

    applications = ("sale_mrp",)

    def test_a_sale_makes_a_gated_order_that_its_delivery_does_not_finish(self):
        delivery = self.sell(self.table)
        order = self.get_orders(self.table)
        self.assert_gated(order)
        delivery.move_ids.write({"quantity": 10, "picked": True})
        delivery.button_validate()
        self.assertEqual(delivery.state, "done")
        self.assert_gated(order)

    def test_closing_the_order_serves_the_delivery_as_in_plain_odoo(self):
        delivery, plain_delivery = self.sell(self.table), self.sell(self.plain_table)
        order, plain = self.get_orders(self.table), self.get_orders(self.plain_table)
        self.assertEqual((delivery.state, plain_delivery.state), ("waiting", "waiting"))
        self.close(order)
        plain.button_mark_done()
        self.assertEqual((delivery.state, plain_delivery.state), ("assigned", "assigned"))
        for ready in (delivery, plain_delivery):
            ready.button_validate()
            self.assertEqual(ready.state, "done")
        self.assert_like_plain(order, plain)

    def test_a_cancelled_sale_leaves_the_order_to_manufacturing(self):
        delivery = self.sell(self.table)
        delivery.sale_id.with_user(self.seller)._action_cancel()
        self.assertEqual(delivery.state, "cancel")
        self.assert_gated(self.get_orders(self.table))


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestReplenishment(ProcurementCase):
    """Orders that the scheduler makes have their closure."""

    applications = ("stock", "mrp", "purchase_mrp")

    def test_a_reordering_rule_makes_a_gated_order(self):
        self.make_rules()
        self.env["stock.rule"].run_scheduler()
        order, plain = self.get_orders(self.table), self.get_orders(self.plain_table)
        self.assertEqual((order.product_qty, plain.product_qty), (10, 10))
        if order.state == "draft":
            (order | plain).action_confirm()
        self.assert_gated(order)
        self.assertEqual(plain.closure_state, "none")
        self.close(order)
        plain.button_mark_done()
        self.assert_like_plain(order, plain)

    def test_replenishing_by_hand_makes_a_gated_order(self):
        rule = self.make_rules()[0].with_user(
            new_test_user(self.env, "closure_planner", groups="stock.group_stock_manager")
        )
        rule.action_replenish()
        order = self.get_orders(self.table)
        if order.state == "draft":
            order.action_confirm()
        self.assert_gated(order)

    def test_the_scheduler_adds_to_no_closed_order(self):
        self.make_rules()
        self.env["stock.rule"].run_scheduler()
        order = self.get_orders(self.table)
        if order.state == "draft":
            order.action_confirm()
        self.close(order)
        # By moves, as goods leave: from quants alone core does not see that something is to be ordered.
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.table.id), ("location_id", "=", self.stock.id)]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 0
        quant.action_apply_inventory()
        self.env["stock.rule"].run_scheduler()
        orders = self.get_orders(self.table)
        self.assertEqual(len(orders), 2)
        self.assertEqual(order.product_qty, 10)
        self.assertTrue(orders[1].closure_template_id)

    def make_rules(self):
        return self.env["stock.warehouse.orderpoint"].create(
            [
                {
                    "product_id": product.id,
                    "location_id": self.stock.id,
                    "product_min_qty": 10,
                    "product_max_qty": 10,
                    "route_id": self.manufacture.id,
                }
                for product in self.table | self.plain_table
            ]
        )


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestRepairs(ProcurementCase):
    """A repair that needs a manufactured part finishes no order."""

    applications = ("mrp_repair",)

    def test_a_repair_makes_a_gated_order_that_it_does_not_finish(self):
        repair = (
            self.env["repair.order"]
            .with_user(self.stock_user)
            .create(
                {
                    "product_id": self.plain_table.id,
                    "picking_type_id": self.warehouse.repair_type_id.id,
                    "move_ids": [
                        Command.create({"repair_line_type": "add", "product_id": self.table.id, "product_uom_qty": 1})
                    ],
                }
            )
        )
        self.env["stock.quant"]._update_available_quantity(self.plain_table, self.stock, 1)
        repair.action_validate()
        order = self.get_orders(self.table)
        self.assertEqual(order.product_qty, 1)
        self.assert_gated(order)
        repair.action_repair_start()
        repair.move_ids.write({"quantity": 1, "picked": True})
        repair.action_repair_end()
        self.assertEqual(repair.state, "done")
        self.assert_gated(order)
        self.close(order)


@tagged("post_install", "-at_install", "-standard", "closure_wide")
class TestChains(ProcurementCase):
    """Of an order and the order for its component, each is gated by its own template only."""

    applications = ("sale_mrp", "purchase_mrp")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk, cls.plain_desk = cls.make_goods("Desk"), cls.make_goods("Plain Desk")
        cls.make_template(cls.desk)
        for product, component in ((cls.desk, cls.plain_table), (cls.plain_desk, cls.table)):
            cls.env["mrp.bom"].create(
                {
                    "product_tmpl_id": product.product_tmpl_id.id,
                    "bom_line_ids": [Command.create({"product_id": component.id, "product_qty": 1})],
                }
            )
        cls.make_to_order(cls.desk | cls.plain_desk)

    def test_a_gated_component_order_does_not_gate_the_order_above_it(self):
        self.sell(self.plain_desk)
        above, below = self.get_orders(self.plain_desk), self.get_orders(self.table)
        self.assertEqual(below.move_dest_ids.raw_material_production_id, above)
        self.assertEqual(above.closure_state, "none")
        self.assert_gated(below)
        self.close(below)
        self.assertEqual(above.move_raw_ids.state, "assigned")
        above.button_mark_done()
        self.assertEqual(above.state, "done")
        self.assertEqual(above.closure_state, "none")

    def test_finishing_the_order_above_does_not_finish_a_gated_component_order(self):
        self.sell(self.plain_desk)
        above, below = self.get_orders(self.plain_desk), self.get_orders(self.table)
        above.qty_producing = 10
        above.set_qty_producing()
        above.move_raw_ids.write({"quantity": 10, "picked": True})
        above.button_mark_done()
        self.assertEqual(above.state, "done")
        self.assert_gated(below)

    def test_a_component_order_without_closure_does_not_open_the_gate_of_the_order_above(self):
        self.sell(self.desk)
        above, below = self.get_orders(self.desk), self.get_orders(self.plain_table)
        self.assertEqual(below.move_dest_ids.raw_material_production_id, above)
        self.assertEqual(below.closure_state, "none")
        self.assert_gated(above)
        below.button_mark_done()
        self.assertEqual(below.state, "done")
        self.assert_gated(above)
        self.close(above)

    def test_confirming_an_order_by_hand_makes_a_gated_order_for_its_component(self):
        above = self.make_order(product=self.plain_desk)
        below = self.get_orders(self.table)
        self.assertEqual(below.move_dest_ids.raw_material_production_id, above)
        self.assertEqual(above.closure_state, "none")
        self.assert_gated(below)

    def test_cancelling_the_order_above_leaves_the_component_order_gated(self):
        above = self.make_order(product=self.plain_desk)
        below = self.get_orders(self.table)
        above.action_cancel()
        self.assertEqual(above.state, "cancel")
        self.assert_gated(below)

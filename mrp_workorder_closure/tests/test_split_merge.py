from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .routes import RouteCase, set_producing


@tagged("post_install", "-at_install")
class TestSplitMerge(RouteCase):
    """However an order comes about, it gets its own closure; none loses it, none inherits answers."""

    def assertOwnClosure(self, order, template=None):
        self.assertEqual(order.closure_template_id, template or self.template)
        self.assertEqual(order.closure_state, "open")
        self.assertEqual(order.closure_id.production_id, order)
        self.assertEqual(order.closure_id.check_ids.mapped("state"), ["todo", "todo"])
        self.assertFalse(order.closure_door)
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), error=RedirectWarning)

    def test_merged_orders_become_one_gated_order(self):
        """D5"""
        orders = self.make_order(qty=4) | self.make_order(qty=6)
        self.pass_checks(orders[0])
        merged = self.env["mrp.production"].browse(self.rpc(orders, "action_merge")["res_id"])
        self.assertEqual((merged.state, merged.product_qty), ("confirmed", 10))
        self.assertOwnClosure(merged)
        self.assertEqual(orders.mapped("state"), ["cancel", "cancel"])
        self.assertEqual(orders.mapped("closure_state"), ["cancel", "cancel"])
        self.pass_checks(merged)
        self.rpc(merged, "button_mark_done")
        self.assertEqual(merged.closure_state, "closed")

    def test_merged_drafts_become_one_draft_that_is_gated_when_confirmed(self):
        """D5"""
        orders = self.make_order(qty=4, confirm=False) | self.make_order(qty=6, confirm=False)
        merged = self.env["mrp.production"].browse(self.rpc(orders, "action_merge")["res_id"])
        self.assertEqual(merged.state, "draft")
        self.assertEqual(merged.closure_template_id, self.template)
        self.rpc(merged, "action_confirm")
        self.assertOwnClosure(merged)

    def split(self, order, quantities):
        action = self.rpc(order, "action_split")
        self.rpc_wizard(
            action["res_model"],
            "action_split",
            {
                "production_id": order.id,
                "production_detailed_vals_ids": [
                    [0, 0, {"quantity": quantity, "user_id": self.operator.id, "date": str(order.date_start)}]
                    for quantity in quantities
                ],
            },
            context=action.get("context"),
        )
        return order.production_group_id.production_ids

    def test_every_piece_of_a_split_order_is_gated(self):
        """D6"""
        order = self.make_order()
        pieces = self.split(order, [3, 3, 4])
        self.assertEqual(sorted(pieces.mapped("product_qty")), [3, 3, 4])
        self.assertEqual(len(pieces.closure_id), 3)
        for piece in pieces:
            self.assertEqual(piece.state, "confirmed")
            self.assertOwnClosure(piece)
        self.pass_checks(pieces)
        self.rpc(pieces, "button_mark_done")
        self.assertEqual(set(pieces.mapped("closure_state")), {"closed"})
        self.assertEqual(self.get_stock(self.table)[self.table], 10)

    def test_answers_stay_with_the_piece_they_were_given_for(self):
        """D6"""
        order = self.make_order()
        self.pass_checks(order)
        pieces = self.split(order, [3, 7])
        self.assertEqual(order.closure_id.check_ids.mapped("state"), ["pass", "pass"])
        self.assertOwnClosure(pieces - order)

    def test_a_split_draft_is_gated_when_confirmed(self):
        """D6"""
        order = self.make_order(confirm=False)
        pieces = self.split(order, [3, 7])
        self.assertEqual(pieces.mapped("state"), ["draft", "draft"])
        self.assertEqual(pieces.closure_template_id, self.template)
        self.assertFalse(pieces.closure_id)
        self.rpc(pieces, "action_confirm")
        for piece in pieces:
            self.assertOwnClosure(piece)

    def test_backorder_upon_backorder(self):
        order = self.make_order()
        for done, rest in ((3, 7), (3, 4)):
            set_producing(order, done)
            self.pass_checks(order)
            self.answer_wizard(self.rpc(order, "button_mark_done"), "action_backorder")
            self.assertEqual(order.closure_state, "closed")
            backorder = order.production_group_id.production_ids.filtered(lambda order: order.state == "confirmed")
            self.assertEqual(backorder.product_qty, rest)
            self.assertOwnClosure(backorder)
            order = backorder

    def test_a_backorder_keeps_to_the_templates_of_its_own_confirmation(self):
        order = self.make_order()
        other = self.env["mrp.closure.template"].create(
            {
                "name": "Stricter",
                "sequence": 1,
                "product_ids": [Command.set(self.table.ids)],
                "point_ids": [Command.create({"name": name}) for name in ("One", "Two")],
            }
        )
        set_producing(order, 4)
        self.pass_checks(order)
        self.answer_wizard(self.rpc(order, "button_mark_done"), "action_backorder")
        self.assertEqual(order.closure_id.template_id, self.template)
        self.assertOwnClosure(order.production_group_id.production_ids - order, template=other)

    def test_a_copy_starts_afresh(self):
        closed = self.make_closed()
        for order in (closed, self.make_order()):
            copy = self.env["mrp.production"].browse(self.rpc(order, "copy"))
            self.assertEqual(copy.state, "draft")
            self.assertFalse(copy.closure_id)
            self.assertFalse(copy.closure_door)
            self.rpc(copy, "action_confirm")
            self.assertOwnClosure(copy)

    def test_an_order_made_by_a_reordering_rule_is_gated(self):
        """G2"""
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.table.id,
                "location_id": self.stock.id,
                "product_min_qty": 5,
                "product_max_qty": 5,
                "route_id": self.warehouse.manufacture_pull_id.route_id.id,
            }
        )
        rule.action_replenish()
        order = self.env["mrp.production"].search([("orderpoint_id", "=", rule.id)])
        self.assertEqual(len(order), 1)
        if order.state == "draft":
            order.action_confirm()
        self.assertOwnClosure(order)

    def test_an_order_made_for_another_order_is_gated(self):
        """G1"""
        route = self.warehouse.manufacture_pull_id.route_id | self.warehouse.mto_pull_id.route_id
        self.warehouse.mto_pull_id.route_id.active = True
        self.table.route_ids = [Command.set(route.ids)]
        dining = self.env["product.product"].create({"name": "Dining Set", "is_storable": True})
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": dining.product_tmpl_id.id,
                "bom_line_ids": [Command.create({"product_id": self.table.id, "product_qty": 1})],
            }
        )
        parent = self.make_order(product=dining, qty=2)
        self.assertEqual(parent.closure_state, "none")
        child = parent._get_children()
        self.assertEqual(child.product_id, self.table)
        self.assertOwnClosure(child)

    def test_many_orders_confirmed_together_get_a_closure_each(self):
        orders = self.env["mrp.production"].union(*(self.make_order(confirm=False) for _number in range(3)))
        orders |= self.make_order(product=self.plain_table, confirm=False)
        self.rpc(orders, "action_confirm")
        self.assertEqual(len(orders.closure_id), 3)
        self.assertEqual(orders.mapped("closure_state"), ["open"] * 3 + ["none"])

    def test_confirming_twice_makes_one_closure(self):
        order = self.make_order()
        closure = order.closure_id
        self.rpc(order, "action_confirm")
        self.rpc(order, "action_open_closure")
        self.rpc(order, "action_create_closures", user=self.manager)
        self.assertEqual(order.closure_id, closure)
        self.assertEqual(self.env["mrp.closure"].search_count([("production_id", "=", order.id)]), 1)

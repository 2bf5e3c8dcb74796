from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import tagged

from .common_rules import RuleCase


@tagged("post_install", "-at_install")
class TestOutputQuantity(RuleCase):
    """Output is compared with plan; what is missing is decided about, what is too much is waived."""

    def test_output_as_planned_passes(self):
        order = self.make_rule_order("output_quantity")
        self.produce(order, 10)
        self.assertHolds(order)

    def test_produce_all_needs_no_quantity_beforehand(self):
        order = self.make_rule_order("output_quantity")
        self.assertEqual(order.get_closure_blockers(), [])
        order.button_mark_done()
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(order.closure_id.close_type, "normal")

    def test_output_below_plan_names_both_figures_and_the_limit(self):
        order = self.make_rule_order("output_quantity", {"tolerance_pct": 5})
        self.produce(order, 9)
        self.assertBlocks(order, "9.0 Units produced, 10.0 Units planned, -10 % (limit 5 %)")

    def test_output_on_the_edge_of_the_tolerance_passes_and_beyond_it_fails(self):
        order = self.make_rule_order("output_quantity", {"tolerance_pct": 10})
        self.produce(order, 9)
        self.assertHolds(order)
        self.produce(order, 8.99)
        self.assertBlocks(order, "8.99 Units")

    def test_over_production_fails_beyond_the_tolerance(self):
        order = self.make_rule_order("output_quantity", {"tolerance_pct": 10})
        self.produce(order, 11)
        self.assertHolds(order)
        self.produce(order, 12)
        self.assertBlocks(order, "12.0 Units produced", "+20 %")

    def test_an_order_in_dozens_is_compared_in_dozens(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.make_rule_order("output_quantity", {"tolerance_pct": 10}, qty=2, product_uom_id=dozen.id)
        self.produce(order, 1.8)
        self.assertHolds(order)
        self.produce(order, 1.5)
        self.assertBlocks(order, "1.5 Dozens produced, 2.0 Dozens planned, -25 % (limit 10 %)")
        self.produce(order, 2)
        self.assertHolds(order)
        order.button_mark_done()
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(sum(order.move_finished_ids.move_line_ids.mapped("quantity_product_uom")), 24)

    def test_a_short_close_needs_a_reason_and_is_recorded_as_such(self):
        order = self.make_rule_order("output_quantity")
        self.produce(order, 9)
        closure = order.closure_id.with_user(self.operator)
        with self.assertRaisesRegex(UserError, "give a reason"):
            closure.action_close_short("  ")
        closure.action_close_short("Tool broke, customer takes nine")
        self.assertHolds(order)
        backorder = order.button_mark_done()
        self.env["mrp.production.backorder"].with_user(self.operator).with_context(backorder["context"]).create(
            {"mrp_production_ids": [Command.set(order.ids)]}
        ).action_close_mo()
        self.assertEqual(order.state, "done")
        self.assertEqual(order.closure_id.close_type, "short")
        self.assertEqual(order.closure_id.short_reason, "Tool broke, customer takes nine")

    def test_a_decision_about_the_rest_does_not_cover_a_lower_output(self):
        order = self.make_rule_order("output_quantity")
        self.produce(order, 7)
        order.closure_id.with_user(self.operator).action_close_short("Customer takes seven")
        self.assertHolds(order)
        self.produce(order, 8)
        self.assertHolds(order)
        self.produce(order, 1)
        self.assertBlocks(order, "1.0 Units produced")

    def test_the_answer_to_core_must_be_the_one_that_was_decided(self):
        order = self.make_rule_order("output_quantity")
        self.produce(order, 9)
        order.closure_id.with_user(self.operator).action_close_short("Customer takes nine")
        with self.assertRaisesRegex(RedirectWarning, "create no backorder"):
            order.with_context(skip_backorder=True, mo_ids_to_backorder=order.ids).button_mark_done()
        order.closure_id.with_user(self.operator).action_keep_backorder()
        with self.assertRaisesRegex(RedirectWarning, "create the backorder"):
            order.with_context(skip_backorder=True).button_mark_done()
        order.with_context(skip_backorder=True, mo_ids_to_backorder=order.ids).button_mark_done()
        self.assertEqual(order.state, "done")
        self.assertEqual(order.closure_id.close_type, "normal")
        backorder = order.production_group_id.production_ids - order
        self.assertEqual(backorder.product_qty, 1)
        self.assertEqual(backorder.closure_state, "open")
        self.assertFalse(backorder.closure_id.remainder)

    def test_a_decision_about_the_rest_that_is_written_passes_the_checks_of_the_action(self):
        order = self.make_rule_order("output_quantity")
        self.produce(order, 9)
        closure = order.closure_id.with_user(self.operator)
        with self.assertRaisesRegex(UserError, "give a reason"):
            closure.write({"remainder": "short"})
        closure.write({"remainder": "short", "short_reason": "Customer takes nine"})
        self.assertEqual((closure.remainder, closure.short_reason), ("short", "Customer takes nine"))
        self.assertEqual(closure.remainder_output, 9)
        closure.remainder = "backorder"
        self.assertEqual((closure.remainder, closure.short_reason), ("backorder", False))
        for user, vals in (
            (self.auditor, {"remainder": "backorder"}),
            (self.operator, {"remainder": False}),
            (self.operator, {"short_reason": "Another one"}),
            (self.operator, {"remainder": "backorder", "state": "approved"}),
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                closure.with_user(user).write(vals)
        self.assertEqual(closure.remainder, "backorder")

    def test_nothing_is_decided_about_an_order_that_is_not_below_plan(self):
        order = self.make_rule_order("output_quantity")
        self.produce(order, 10)
        with self.assertRaisesRegex(UserError, order.name):
            order.closure_id.with_user(self.operator).action_keep_backorder()

    def test_an_order_below_plan_is_not_submitted_before_the_rest_is_decided(self):
        order = self.make_rule_order("output_quantity", {"tolerance_pct": 20})
        self.produce(order, 9)
        order.workorder_ids.button_finish()
        order.closure_id.action_refresh()
        self.assertEqual(order.closure_state, "open")
        order.closure_id.with_user(self.operator).action_keep_backorder()
        self.assertEqual(order.closure_state, "approved")


@tagged("post_install", "-at_install")
class TestConsumption(RuleCase):
    """What was used is compared with the bill of materials for what was produced."""

    def test_consumption_as_planned_passes(self):
        order = self.make_rule_order("consumption")
        self.produce(order, 10)
        self.assertHolds(order)

    def test_more_than_planned_names_product_figures_and_limit(self):
        order = self.make_rule_order("consumption", {"tolerance_pct": 2})
        self.produce(order, 10, leg=50)
        finding = "Leg: 50.0 Units used, 40.0 Units planned for 10.0 Units, +25 % (limit 2 %)"
        self.assertBlocks(order, finding)
        self.assertEqual(order.closure_id.check_ids.message, finding, "lists show what was found, without what to do")

    def test_the_plan_is_for_the_quantity_produced(self):
        order = self.make_rule_order("consumption")
        self.produce(order, 5)
        self.assertHolds(order)
        self.produce(order, 5, leg=40)
        self.assertBlocks(order, "Leg: 40.0 Units used, 20.0 Units planned for 5.0 Units, +100 %")

    def test_the_edge_of_the_tolerance_passes(self):
        order = self.make_rule_order("consumption", {"tolerance_pct": 2.5})
        self.produce(order, 10, leg=41)
        self.assertHolds(order)
        self.produce(order, 10, leg=41.01)
        self.assertBlocks(order, "41.01 Units")

    def test_an_omitted_component_fails(self):
        order = self.make_rule_order("consumption")
        self.produce(order, 10, board=0)
        self.assertBlocks(order, "Board: 0.0 Units used, 10.0 Units planned", "-100 %")

    def test_an_unplanned_component_fails(self):
        order = self.make_rule_order("consumption")
        glue = self.env["product.product"].create({"name": "Glue", "is_storable": True})
        order.move_raw_ids = [
            Command.create({"product_id": glue.id, "product_uom_qty": 1, "product_uom": glue.uom_id.id, "quantity": 1})
        ]
        self.produce(order, 10, board=10)
        self.assertBlocks(order, "Glue: ", "none planned for 10.0 Units")

    def test_a_component_planned_in_dozens_and_used_in_units_is_compared_in_one_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.bom.bom_line_ids.filtered(lambda line: line.product_id == self.leg).write(
            {"product_qty": 1, "product_uom_id": dozen.id}
        )
        order = self.make_rule_order("consumption", qty=2)
        self.produce(order, 2)
        self.assertHolds(order)
        move = order.move_raw_ids.filtered(lambda move: move.product_id == self.leg)
        self.assertEqual((move.product_uom, move.quantity), (dozen, 2))
        move.quantity = 2.5
        self.assertBlocks(order, "Leg: 30.0 Units used, 24.0 Units planned")

    def test_the_plan_is_the_one_of_the_confirmation(self):
        order = self.make_rule_order("consumption")
        self.bom.bom_line_ids.filtered(lambda line: line.product_id == self.leg).product_qty = 6
        self.produce(order, 10)
        self.assertHolds(order)

    def test_consumption_that_only_core_will_fill_in_is_looked_at_when_it_is_final(self):
        order = self.make_rule_order("consumption")
        order.move_raw_ids.filtered(lambda move: move.product_id == self.leg).product_uom_qty = 60
        self.assertEqual(order.get_closure_blockers(), [])
        with self.assertRaises(RedirectWarning) as refusal:
            order.button_mark_done()
        self.assertIn("Leg: 60.0 Units used, 40.0 Units planned", refusal.exception.args[0])
        self.assertEqual(order.state, "confirmed")

    def test_a_waiver_covers_the_figures_it_was_given_for_and_no_others(self):
        order = self.make_rule_order("consumption")
        self.produce(order, 10, leg=50)
        check = order.closure_id.check_ids
        order.closure_id.action_refresh()
        check.with_user(self.manager).action_waive("Legs were cut wrong by the supplier")
        self.assertEqual((check.state, self.get_reasons(order)), ("waived", ""))
        self.produce(order, 10, leg=60)
        self.assertBlocks(order, "60.0 Units used")
        self.assertFalse(check.waiver_reason)


@tagged("post_install", "-at_install")
class TestLotsAndByproducts(RuleCase):
    """Tracked goods have their lots, by-products are recorded as planned."""

    def test_a_tracked_product_needs_its_lot(self):
        self.table.tracking = "lot"
        order = self.make_rule_order("lots_assigned")
        self.produce(order, 10)
        self.assertBlocks(order, "Table has no lot or serial number")
        order.lot_producing_ids = [Command.create({"name": "T-1", "product_id": self.table.id})]
        self.assertHolds(order)

    def test_each_serial_tracked_piece_needs_its_own_number(self):
        self.table.tracking = "serial"
        order = self.make_rule_order("lots_assigned", qty=2)
        order.lot_producing_ids = [Command.create({"name": "S-1", "product_id": self.table.id})]
        order.qty_producing = 2
        order.move_raw_ids.picked = True
        self.assertBlocks(order, "1 serial numbers for 2.0 Units")

    def test_a_tracked_component_needs_the_lot_that_was_used(self):
        self.board.tracking = "lot"
        order = self.make_rule_order("lots_assigned")
        self.produce(order, 10, board=10)
        self.assertBlocks(order, "Board has no lot or serial number")

    def test_a_waiver_of_a_missing_lot_holds_in_every_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.board.tracking = "lot"
        order = self.make_rule_order("lots_assigned")
        self.produce(order, 10, board=10)
        order.closure_id.action_refresh()
        check = order.closure_id.check_ids
        check.with_user(self.manager).with_context(lang="zh_CN").action_waive("Lot label was lost")
        order.closure_id.with_context(lang="en_US").action_refresh()
        self.assertEqual((check.state, self.get_reasons(order)), ("waived", ""))
        self.produce(order, 10, board=11)
        self.assertBlocks(order, "Board has no lot or serial number")

    def test_a_finding_is_not_told_again_because_somebody_speaks_another_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        order = self.make_rule_order("consumption")
        self.produce(order, 10, leg=50)
        closure = order.closure_id
        closure.with_context(lang="en_US").action_refresh()
        check = closure.check_ids
        message, figures = check.message, closure.activity_ids.mapped("closure_figures")
        self.assertTrue(message)
        self.assertTrue(figures)
        closure.with_context(lang="zh_CN").action_refresh()
        self.assertEqual((check.message, closure.activity_ids.mapped("closure_figures")), (message, figures))
        self.produce(order, 10, leg=60)
        closure.with_context(lang="zh_CN").action_refresh()
        self.assertNotEqual(check.message, message)
        self.assertNotEqual(closure.activity_ids.mapped("closure_figures"), figures)

    def test_byproducts_are_compared_with_the_plan(self):
        offcut = self.env["product.product"].create({"name": "Offcut", "is_storable": True})
        self.bom.byproduct_ids = [Command.create({"product_id": offcut.id, "product_qty": 2})]
        order = self.make_rule_order("byproducts_recorded", {"tolerance_pct": 10})
        self.produce(order, 10)
        move = order.move_byproduct_ids
        move.quantity, move.picked = 17, True
        self.assertBlocks(order, "Offcut: 17.0 Units recorded, 20.0 Units planned", "-15 % (limit 10 %)")
        move.quantity = 18
        self.assertHolds(order)

    def test_byproducts_planned_in_dozens_and_recorded_in_units_are_compared_in_one_unit(self):
        offcut = self.env["product.product"].create({"name": "Offcut", "is_storable": True})
        dozen = self.env.ref("uom.product_uom_dozen")
        self.bom.byproduct_ids = [
            Command.create({"product_id": offcut.id, "product_qty": 1, "product_uom_id": dozen.id})
        ]
        order = self.make_rule_order("byproducts_recorded", qty=2, product_uom_id=dozen.id)
        self.produce(order, 2)
        move = order.move_byproduct_ids
        move.quantity, move.picked = 24, True
        self.assertEqual((move.product_uom, order.product_uom_id), (dozen, dozen))
        self.assertHolds(order)
        move.quantity = 23.5
        self.assertBlocks(order, "Offcut: 282.0 Units recorded, 288.0 Units planned for 2.0 Dozens")
        self.produce(order, 1)
        move.quantity, move.picked = 12, True
        self.assertHolds(order)

    def test_scrap_without_a_reason_blocks_and_with_a_reason_passes(self):
        order = self.make_rule_order("scrap_explained")
        scrap = self.env["stock.scrap"].create(
            {"product_id": self.leg.id, "scrap_qty": 3, "production_id": order.id, "location_id": self.stock.id}
        )
        scrap.do_scrap()
        self.assertBlocks(order, scrap.name, "3.0 Units of Leg")
        scrap.scrap_reason_tag_ids = [Command.create({"name": "Cracked"})]
        self.assertHolds(order)

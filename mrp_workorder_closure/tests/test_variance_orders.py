from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_cost import CostCase


@tagged("post_install", "-at_install")
class TestVarianceOrders(CostCase):
    """Variances of closed orders, computed by hand from what core posted."""

    def test_an_order_as_planned_has_no_variance(self):
        order = self.make_order()
        self.produce(order)
        closure = self.close(order)
        self.assertVariances(closure)
        self.assertEqual((closure.standard_cost, closure.actual_cost), (501, 501))
        self.assertEqual((closure.unit_cost, closure.standard_unit_cost), (50.1, 50.1))
        self.assertEqual(
            sorted((line.kind, line.name, line.planned, line.actual) for line in closure.variance_ids),
            [
                ("material_usage", "Board", 200, 200),
                ("material_usage", "Leg", 200, 200),
                ("operation_efficiency", "Assemble", 101, 101),
            ],
        )
        work = closure.variance_ids.filtered(lambda line: line.kind == "operation_efficiency")
        self.assertEqual((work.workorder_id, work.workcenter_id), (order.workorder_ids, self.workcenter))
        self.assertAlmostEqual(work.planned_qty, 101 / 60, 4)
        self.assertEqual(closure.variance_ids.product_id, self.board | self.leg)

    def test_usage_price_and_time_are_told_apart(self):
        order = self.make_order()
        self.board.standard_price = 22
        self.workcenter.costs_hour = 66
        self.produce(order, minutes=120, leg=44)
        closure = self.close(order)
        # Boards 10 x 2, legs 4 x 5, 2 hours x 6, 19 minutes x 1.
        self.assertVariances(closure, material_price=20, material_usage=20, operation_rate=12, operation_efficiency=19)
        self.assertEqual(closure.actual_cost, 220 + 220 + 132)

    def test_changes_of_the_bill_and_of_the_routing_after_confirmation_leave_the_standard_alone(self):
        order = self.make_order()
        self.bom.bom_line_ids[0].product_qty = 9
        self.bom.operation_ids.time_cycle_manual = 99
        self.workcenter.time_start = 33
        self.produce(order, board=10, leg=40)
        self.assertVariances(self.close(order))

    def test_output_below_plan_is_allowed_its_share(self):
        order = self.make_order()
        self.produce(order, 8, minutes=81)
        closure = self.close(order)
        # Of the setup of 1, two tenths are not covered.
        self.assertVariances(closure, lot_size=0.2)
        self.assertEqual(closure.standard_cost, 400.8)

    def test_a_component_that_stands_in_for_another_is_substitution(self):
        order = self.make_order()
        self.produce(order, board=0)
        self.add_component(order, self.panel, 10)
        closure = self.close(order)
        self.assertVariances(closure, substitution=30)
        self.assertEqual(
            {line.product_id: line.amount for line in closure.variance_ids if line.kind == "substitution"},
            {self.board: -200, self.panel: 230},
        )

    def test_scrapped_components_are_scrap_and_not_usage(self):
        order = self.make_order()
        scrap = self.env["stock.scrap"].create(
            {"production_id": order.id, "product_id": self.leg.id, "scrap_qty": 3, "location_id": self.stock.id}
        )
        scrap.do_scrap()
        self.produce(order)
        self.assertVariances(self.close(order), scrap=15)

    def test_an_extra_cost_is_other(self):
        order = self.make_order()
        order.extra_cost = 2
        self.produce(order)
        closure = self.close(order)
        self.assertVariances(closure, other=20)
        self.assertAlmostEqual(closure.actual_cost, order.sudo().move_finished_ids.value)

    def test_an_extra_cost_that_was_planned_is_no_variance(self):
        order = self.make_order(confirm=False, extra_cost=2)
        order.action_confirm()
        self.produce(order)
        closure = self.close(order)
        self.assertVariances(closure)
        self.assertEqual(closure.standard_cost, 521)

    def test_by_products_bear_their_share(self):
        chips = self.env["product.product"].create({"name": "Chips", "is_storable": True, "categ_id": self.average.id})
        self.bom.byproduct_ids = [Command.create({"product_id": chips.id, "product_qty": 2, "cost_share": 10})]
        order = self.make_order()
        self.produce(order, leg=48)
        closure = self.close(order)
        # 40 more for legs, of which the by-product bears a tenth.
        self.assertVariances(closure, material_usage=40, byproduct=-4)
        self.assertEqual((closure.standard_cost, closure.actual_cost), (450.9, 486.9))
        finished = order.sudo().move_finished_ids.filtered(lambda move: move.product_id == self.table)
        self.assertAlmostEqual(finished.value, 486.9)

    def test_a_by_product_that_did_not_come_up_bears_nothing(self):
        chips = self.env["product.product"].create({"name": "Chips", "is_storable": True, "categ_id": self.average.id})
        self.bom.byproduct_ids = [Command.create({"product_id": chips.id, "product_qty": 2, "cost_share": 10})]
        order = self.make_order()
        self.produce(order)
        order.move_byproduct_ids.quantity = 0
        self.assertVariances(self.close(order), byproduct=50.1)

    def test_output_of_a_standard_cost_product_still_shows_what_it_cost(self):
        self.table.categ_id = False
        self.table.standard_price = 45
        order = self.make_order()
        self.produce(order, leg=44)
        closure = self.close(order)
        self.assertEqual(order.sudo().move_finished_ids.value, 450)
        self.assertVariances(closure, material_usage=20)
        self.assertEqual(closure.product_cost_gap, 51)

    def test_fifo_components_cost_what_their_layers_do(self):
        self.board.categ_id = self.fifo
        order = self.make_order()
        self.receive(self.board, 1000, 20)
        self.receive(self.board, 6, 30)
        # Ten are left: four at 20, and six at 30.
        self.env["stock.quant"]._update_available_quantity(self.board, self.stock, -1996)
        self.produce(order)
        preview = order.closure_id.sudo()._compute_variances()[order.closure_id]
        closure = self.close(order)
        self.assertEqual(float(preview.actual), closure.actual_cost)
        self.assertVariances(closure, material_price=60)

    def test_an_order_in_dozens_counts_units(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.make_order(qty=2, product_uom_id=dozen.id)
        minutes = order.workorder_ids.duration_expected
        self.produce(order, 1, minutes=minutes)
        closure = self.close(order)
        self.assertEqual(closure.costed_qty, 12)
        # Half of the output with all of the time: the setup of 1 is half covered, the rest is inefficient.
        self.assertVariances(closure, operation_efficiency=(minutes - 1) / 2, lot_size=0.5)
        self.assertAlmostEqual(closure.unit_cost, closure.actual_cost / 12, delta=0.006)
        self.assertAlmostEqual(closure.standard_unit_cost, 40 + minutes / 24, delta=0.006)

    def test_zero_output_loses_everything_that_was_used(self):
        self.table.tracking = "serial"
        order = self.make_order(qty=3)
        order.lot_producing_ids = self.env["stock.lot"].create({"name": "T1", "product_id": self.table.id})
        order.move_raw_ids.quantity = 4
        order.move_raw_ids.picked = True
        closure = self.close(order, skip_consumption=True)
        self.assertEqual((order.state, order.qty_produced), ("cancel", 0))
        self.assertEqual((closure.standard_cost, closure.unit_cost, closure.actual_cost), (0, 0, 131))
        self.assertEqual(closure.cost_variance_pct, 100)
        # Four boards at 20, four legs at 5, and the 31 minutes that core fills in, one of them setup.
        self.assertVariances(closure, material_usage=100, operation_efficiency=30, lot_size=1)

    def test_an_order_of_another_company_counts_in_its_currency(self):
        yen = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "JPY")])
        yen.active = True
        company = self.env["res.company"].create({"name": "Tokyo", "currency_id": yen.id})
        self.env.user.company_ids += company
        env = self.env(context=dict(self.env.context, allowed_company_ids=company.ids))
        board, desk = env["product.product"].create(
            [{"name": "Board", "is_storable": True}, {"name": "Desk", "is_storable": True}]
        )
        board.standard_price = 333
        env["mrp.closure.template"].create({"name": "Desks", "company_id": company.id, "product_ids": desk.ids})
        warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        env["stock.quant"]._update_available_quantity(board, warehouse.lot_stock_id, 100)
        env["mrp.bom"].create(
            {
                "product_tmpl_id": desk.product_tmpl_id.id,
                "company_id": company.id,
                "consumption": "flexible",
                "bom_line_ids": [Command.create({"product_id": board.id, "product_qty": 1})],
            }
        )
        order = env["mrp.production"].create({"product_id": desk.id, "product_qty": 2})
        order.action_confirm()
        order.qty_producing = 2
        order.set_qty_producing()
        order.move_raw_ids.quantity = 3
        order.move_raw_ids.picked = True
        order.button_mark_done()
        closure = order.closure_id.sudo()
        self.assertEqual(closure.variance_ids.currency_id, yen)
        self.assertEqual((closure.standard_cost, closure.actual_cost), (666, 999))
        self.assertVariances(closure, material_usage=333)

    def test_a_component_made_by_another_order_costs_what_that_order_did(self):
        part = self.env["product.product"].create({"name": "Frame", "is_storable": True, "categ_id": self.average.id})
        self.make_bom(part, operations=())
        self.bom.bom_line_ids = [Command.create({"product_id": part.id, "product_qty": 1})]
        order = self.make_order()
        child = self.make_order(product=part)
        child.qty_producing = 10
        child.set_qty_producing()
        child.move_raw_ids[1].quantity = 50
        child.move_raw_ids.picked = True
        child.button_mark_done()
        self.assertEqual(child.sudo().move_finished_ids.value, 450)
        self.produce(order)
        # The frame had no cost yet: its standard is its own bill, 20 + 4 x 5.
        closure = self.close(order)
        self.assertVariances(closure, material_price=50)
        self.assertEqual(closure.standard_cost, 901)

    def test_reopened_and_closed_again_the_lines_are_written_anew(self):
        order = self.make_order()
        self.produce(order)
        closure = self.close(order)
        first = closure.variance_ids
        closure.with_user(self.manager).action_reopen("Legs were miscounted")
        order.sudo().move_raw_ids.filtered(lambda move: move.product_id == self.leg).quantity = 44
        closure.with_user(self.operator).action_submit()
        self.assertEqual(closure.state, "closed")
        self.assertVariances(closure, material_usage=20)
        self.assertEqual(closure.variance_ids.mapped("revision"), [2] * len(closure.variance_ids))
        self.assertFalse(first & closure.variance_ids)
        self.assertEqual(set(first.mapped("active")), {False})
        self.assertEqual(set(first.mapped("amount")), {0})

    def test_an_operation_that_was_left_out_and_deleted_is_still_told(self):
        order = self.make_order()
        order.workorder_ids.unlink()
        self.bom.operation_ids.unlink()
        order.qty_producing = 10
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        closure = self.close(order)
        self.assertVariances(closure, operation_efficiency=-101)
        line = closure.variance_ids.filtered(lambda line: line.kind == "operation_efficiency")
        self.assertEqual((line.name, line.workcenter_id), ("Assemble", self.workcenter))
        self.assertFalse(line.operation_id or line.workorder_id)

    def test_what_a_cancelled_order_used_is_a_loss(self):
        order = self.make_order()
        order.workorder_ids.duration = 30
        order.move_raw_ids[0].quantity = 3
        order.move_raw_ids[0].picked = True
        closure = order.closure_id.sudo()
        closure.with_user(self.manager)._write_evidence({"cancel_reason": "Only to consume first"})
        order.sudo()._write_gate({"closure_door": "open"})
        order.sudo().move_raw_ids[0]._action_done()
        order.sudo()._write_gate({"closure_door": False})
        closure.with_user(self.manager).action_cancel_order("Customer withdrew")
        self.assertEqual((order.state, closure.state), ("cancel", "cancel"))
        self.assertEqual((closure.standard_cost, closure.actual_cost), (0, 90))
        self.assertVariances(closure, material_usage=60, operation_efficiency=29, lot_size=1)
        report = self.env["mrp.closure.cost.report"].search([("closure_id", "=", closure.id)])
        self.assertEqual(sum(report.mapped("amount")), 90)
        self.assertTrue(all(report.mapped("closed_at")))

    def test_an_order_and_its_backorder_are_each_allowed_their_share(self):
        order = self.make_order()
        self.produce(order, 6, minutes=61)
        preview = order.closure_id.sudo()._compute_variances()[order.closure_id]
        closure = self.close(order, mo_ids_to_backorder=order.ids)
        self.assertEqual((float(preview.standard), float(preview.actual)), (300.6, 301))
        self.assertVariances(closure, lot_size=0.4)
        self.assertEqual(closure.actual_cost, 301)
        backorder = order.production_group_id.production_ids - order
        minutes = backorder.workorder_ids.duration_expected
        self.produce(backorder, 4, minutes=minutes)
        second = self.close(backorder)
        self.assertVariances(second)
        self.assertEqual(second.standard_cost, 160 + minutes)

    def test_a_component_valued_by_lot_costs_what_its_lot_does(self):
        self.board.write({"tracking": "lot", "lot_valuated": True, "categ_id": self.average.id})
        dear = self.env["stock.lot"].create({"name": "Oak", "product_id": self.board.id})
        self.env["stock.quant"]._update_available_quantity(self.board, self.stock, 50, lot_id=dear)
        dear.standard_price = 26
        order = self.make_order()
        self.produce(order)
        lines = order.sudo().move_raw_ids.filtered(lambda move: move.product_id == self.board)
        lines.move_line_ids.unlink()
        lines.move_line_ids = [Command.create({**lines._prepare_move_line_vals(quantity=10), "lot_id": dear.id})]
        lines.picked = True
        preview = order.closure_id.sudo()._compute_variances()[order.closure_id]
        closure = self.close(order)
        self.assertEqual(float(preview.actual), closure.actual_cost)
        self.assertVariances(closure, material_price=60)

    def test_nobody_writes_variances_and_operators_do_not_read_costs(self):
        order = self.make_order()
        self.produce(order)
        closure = self.close(order)
        line = closure.variance_ids[0]
        for name in ("actual_cost", "cost_variance", "cost_closed_at", "costed_qty"):
            with self.assertRaises(AccessError):
                closure.with_user(self.manager).write({name: False})
        for user in (self.manager, self.env.ref("base.user_root")):
            for act in (
                lambda line: line.write({"amount": 1}),
                lambda line: line.unlink(),
                lambda line: line.create({"closure_id": closure.id, "revision": 1, "kind": "other", "amount": 1}),
            ):
                with self.assertRaises(AccessError):
                    act(line.with_user(user))
        with self.assertRaises(AccessError):
            line.with_user(self.operator).read(["amount"])
        for name in ("actual_cost", "cost_variance_pct", "cost_baseline", "variance_ids"):
            with self.assertRaises(AccessError):
                closure.with_user(self.operator).read([name])
        seen = closure.with_user(self.auditor)
        self.assertEqual((seen.actual_cost, sum(seen.variance_ids.mapped("actual"))), (501, 501))


@tagged("post_install", "-at_install")
class TestCloseInThreeStages(CostCase):
    """Material, labour and cost are dated by themselves, each when its part is final."""

    def test_labour_is_dated_when_the_last_work_order_ends_and_again_after_more_work(self):
        order = self.make_order()
        closure = order.closure_id.sudo()
        closure.action_refresh()
        self.assertFalse(closure.labour_closed_at)
        self.produce(order)
        closure.action_refresh()
        self.assertTrue(closure.labour_closed_at)
        self.assertFalse(closure.material_closed_at or closure.cost_closed_at)
        order.workorder_ids.time_ids.date_end = False
        closure.action_refresh()
        self.assertFalse(closure.labour_closed_at)

    def test_labour_is_dated_with_the_end_of_the_work_however_late_that_is_seen(self):
        order = self.make_order()
        with freeze_time("2026-03-31 21:00:00"):
            self.produce(order)
        with freeze_time("2026-04-01 00:30:00"):
            order.closure_id.action_refresh()
        self.assertEqual(str(order.closure_id.labour_closed_at), "2026-03-31 21:00:00")
        with freeze_time("2026-04-02 08:00:00"):
            closure = self.close(order)
        self.assertEqual(str(closure.labour_closed_at), "2026-03-31 21:00:00")
        self.assertEqual(str(closure.cost_closed_at), "2026-04-02 08:00:00")
        with freeze_time("2026-05-01 08:00:00"):
            closure.with_user(self.manager).action_reopen("Wrong quantity")
            closure.with_user(self.operator).action_submit()
        self.assertEqual(str(closure.labour_closed_at), "2026-05-01 08:00:00")

    def test_closing_dates_all_three_and_reopening_takes_them_back(self):
        order = self.make_order()
        self.produce(order)
        closure = self.close(order)
        dates = ("material_closed_at", "labour_closed_at", "cost_closed_at")
        self.assertTrue(all(closure[name] for name in dates))
        closure.with_user(self.manager).action_reopen("Wrong quantity")
        self.assertFalse(any(closure[name] for name in dates))
        closure.with_user(self.operator).action_submit()
        self.assertTrue(all(closure[name] for name in dates))

    def test_material_waits_for_the_last_transfer_of_the_order(self):
        self.warehouse.manufacture_steps = "pbm_sam"
        order = self.make_order(qty=1, picking_type_id=self.warehouse.manu_type_id.id)
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        self.produce(order, 1, minutes=11)
        closure = self.close(order)
        self.assertTrue(closure.cost_closed_at)
        self.assertFalse(closure.material_closed_at)
        pending = order.picking_ids.filtered(lambda picking: picking.state != "done")
        self.assertTrue(pending)
        pending.move_ids.picked = True
        pending.with_user(self.operator).button_validate()
        self.assertTrue(closure.material_closed_at)
        self.assertGreaterEqual(fields.Datetime.now(), closure.material_closed_at)

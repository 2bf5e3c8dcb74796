from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .common_rules import RuleCase


@tagged("post_install", "-at_install")
class TestWork(RuleCase):
    """Work orders, times and stoppages."""

    def log_time(self, order, minutes=10, loss="mrp.block_reason7", **vals):
        start = fields.Datetime.now() - timedelta(minutes=60)
        return self.env["mrp.workcenter.productivity"].create(
            {
                "workorder_id": order.workorder_ids[0].id,
                "workcenter_id": self.workcenter.id,
                "loss_id": self.env.ref(loss).id,
                "date_start": start,
                "date_end": start + timedelta(minutes=minutes),
                **vals,
            }
        )

    def test_an_open_work_order_blocks_instead_of_being_finished_silently(self):
        order = self.make_rule_order("workorders_finished")
        self.produce(order, 10)
        self.assertBlocks(order, "work order Assemble is not finished")
        with self.assertRaises(RedirectWarning):
            order.button_mark_done()
        self.assertNotEqual(order.workorder_ids.state, "done")
        order.workorder_ids.button_finish()
        self.assertHolds(order)

    def test_a_cancelled_work_order_counts_as_ended(self):
        order = self.make_rule_order("workorders_finished")
        order.workorder_ids.action_cancel()
        self.assertHolds(order)

    def test_a_work_order_without_time_blocks(self):
        order = self.make_rule_order("time_recorded")
        order.workorder_ids.button_finish()
        self.assertBlocks(order, "work order Assemble has no time recorded")
        self.log_time(order)
        self.assertHolds(order)

    def test_a_running_timer_blocks(self):
        order = self.make_rule_order("time_recorded")
        order.workorder_ids.button_start()
        self.assertBlocks(order, "a timer of work order Assemble is running")

    def test_lost_time_needs_an_explanation(self):
        order = self.make_rule_order("downtime_explained")
        self.log_time(order)
        self.assertHolds(order)
        log = self.log_time(order, minutes=25, loss="mrp.block_reason1")
        self.assertBlocks(order, "25 minutes of", self.workcenter.name)
        log.description = "Belt torn, replaced"
        self.assertHolds(order)

    def test_a_waiver_of_missing_time_covers_no_running_timer(self):
        order = self.make_rule_order("time_recorded")
        order.closure_id.action_refresh()
        order.closure_id.check_ids.with_user(self.manager).action_waive("Time is kept on paper")
        self.assertEqual(self.get_reasons(order), "")
        order.workorder_ids.button_start()
        self.assertBlocks(order, "a timer of work order Assemble is running")

    def test_a_waiver_of_lost_time_covers_no_longer_stoppage(self):
        order = self.make_rule_order("downtime_explained")
        log = self.log_time(order, minutes=5, loss="mrp.block_reason1")
        order.closure_id.action_refresh()
        order.closure_id.check_ids.with_user(self.manager).action_waive("Short stop, nobody knows")
        self.assertEqual(self.get_reasons(order), "")
        log.date_end += timedelta(minutes=50)
        self.assertBlocks(order, "55 minutes of")

    def test_slow_work_is_no_stoppage(self):
        order = self.make_rule_order("downtime_explained")
        self.log_time(order, minutes=45, loss="mrp.block_reason4")
        self.assertHolds(order)

    def test_a_stoppage_of_the_work_center_during_the_work_needs_an_explanation(self):
        order = self.make_rule_order("downtime_explained")
        worked = self.log_time(order, minutes=30)
        before = self.log_time(order, minutes=5, loss="mrp.block_reason1", workorder_id=False)
        before.write(
            {"date_start": worked.date_start - timedelta(hours=3), "date_end": worked.date_start - timedelta(hours=2)}
        )
        self.assertHolds(order)
        before.date_end = worked.date_start + timedelta(minutes=5)
        self.assertBlocks(order, self.workcenter.name)


@tagged("post_install", "-at_install")
class TestGoods(RuleCase):
    """Transfers, supplied parts and child orders."""

    def test_a_transfer_under_way_blocks_until_it_is_done(self):
        self.warehouse.manufacture_steps = "pbm"
        order = self.make_rule_order("pending_transfers")
        picking = order.picking_ids
        self.assertEqual(len(picking), 1)
        self.assertBlocks(order, f"transfer {picking.name} is not done")
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.assertHolds(order)

    def test_the_transfer_of_a_backorder_does_not_hold_up_the_order_it_came_from(self):
        self.warehouse.manufacture_steps = "pbm"
        order = self.make_rule_order("pending_transfers")
        picking = order.picking_ids
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty / 2
        picking.move_ids.picked = True
        picking._action_done()
        self.assertBlocks(order, "is not done")
        order.with_context(allow_more=True)._split_productions({order: [5, 5]})
        rest = order.production_group_id.production_ids - order
        rest.move_raw_ids.move_orig_ids = order.move_raw_ids.move_orig_ids.filtered(lambda move: move.state != "done")
        order.move_raw_ids.move_orig_ids = order.move_raw_ids.move_orig_ids.filtered(lambda move: move.state == "done")
        self.assertHolds(order)

    def test_a_part_on_its_way_from_the_supplier_blocks(self):
        order = self.make_rule_order("subcontracting_received")
        receipt = self.env["stock.move"].create(
            {
                "product_id": self.leg.id,
                "product_uom_qty": 40,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.stock.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "move_dest_ids": [Command.link(order.move_raw_ids.filtered(lambda m: m.product_id == self.leg).id)],
            }
        )
        receipt._action_confirm()
        self.assertBlocks(order, "Leg of", "is not received")
        receipt.picked = True
        receipt.quantity = 40
        receipt._action_done()
        self.assertHolds(order)

    def test_a_child_order_is_closed_first(self):
        self.make_bom(self.board_set())
        order = self.make_rule_order("child_orders_closed")
        child = self.make_order(product=self.plain_table)
        self.assertHolds(order)
        child.production_group_id.parent_ids = order.production_group_id
        self.assertBlocks(order, f"child order {child.name} is not closed")
        child.button_mark_done()
        self.assertHolds(order)

    def board_set(self):
        return self.env["product.product"].create({"name": "Board Set", "is_storable": True})


@tagged("post_install", "-at_install")
class TestDatesAndMachines(RuleCase):
    """Dates in order, machines in good repair."""

    def test_a_time_log_in_the_future_blocks(self):
        order = self.make_rule_order("dates_consistent")
        self.assertHolds(order)
        log = self.env["mrp.workcenter.productivity"].create(
            {
                "workorder_id": order.workorder_ids.id,
                "workcenter_id": self.workcenter.id,
                "loss_id": self.env.ref("mrp.block_reason7").id,
                "date_start": fields.Datetime.now(),
                "date_end": fields.Datetime.now() + timedelta(hours=2),
            }
        )
        self.assertBlocks(order, "a time log of Assemble lies in the future")
        log.date_end = log.date_start
        self.assertHolds(order)

    def test_a_locked_accounting_period_blocks(self):
        order = self.make_rule_order("dates_consistent")
        self.company.fiscalyear_lock_date = fields.Date.today()
        self.assertBlocks(order, "the accounting period is locked until")
        self.company.fiscalyear_lock_date = fields.Date.today() - timedelta(days=1)
        self.assertHolds(order)

    def test_a_broken_machine_of_a_used_work_center_blocks_until_it_is_repaired(self):
        machine = self.env["maintenance.equipment"].create({"name": "Press 4", "workcenter_id": self.workcenter.id})
        order = self.make_rule_order("equipment_serviced")
        self.assertHolds(order)
        request = self.env["maintenance.request"].create({"name": "Leaks oil", "equipment_id": machine.id})
        self.assertBlocks(order, "Press 4 of Assembly Bench waits for maintenance (Leaks oil)")
        request.stage_id = self.env["maintenance.stage"].search([("done", "=", True)], limit=1)
        self.assertHolds(order)

    def test_planned_maintenance_blocks_only_once_it_is_overdue(self):
        machine = self.env["maintenance.equipment"].create({"name": "Press 4", "workcenter_id": self.workcenter.id})
        order = self.make_rule_order("equipment_serviced")
        request = self.env["maintenance.request"].create(
            {
                "name": "Yearly service",
                "equipment_id": machine.id,
                "maintenance_type": "preventive",
                "schedule_date": fields.Datetime.now() + timedelta(days=1),
            }
        )
        self.assertHolds(order)
        request.schedule_date = fields.Datetime.now() - timedelta(days=1)
        self.assertBlocks(order, "Yearly service")

from datetime import datetime, timedelta

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_approval import ApprovalCase

MORNING = datetime(2026, 3, 2, 8)


@tagged("post_install", "-at_install")
class TestBoard(ApprovalCase):
    """The tracking board: where each order is on its way, how long, what it waits for and for whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspector = new_test_user(
            cls.env,
            "closure_inspector",
            groups="base.group_user,mrp_workorder_closure.group_inspector",
            name="Ivy Inspector",
        )

    def get_row(self, order, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["mrp.closure.board"].with_user(user or self.operator).browse(order.closure_id.id)

    def assertWaits(self, order, stage, next_step, owner):
        row = self.get_row(order)
        self.assertEqual((row.stage, row.next_step, row.owner), (stage, next_step, owner))

    def require(self, *points):
        self.template.point_ids.unlink()
        self.template.point_ids = [Command.create(point) for point in points]

    def produce(self, order):
        order.qty_producing = order.product_qty
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        order.workorder_ids.button_finish()

    # Stages

    def test_an_order_whose_components_are_missing_waits_for_them(self):
        self.bom.bom_line_ids[1].product_id = self.env["product.product"].create({"name": "Brass", "is_storable": True})
        order = self.make_order(user_id=self.operator.id)
        self.assertWaits(order, "issue", "Brass", "Olga Operator")

    def test_an_order_that_is_made_waits_for_its_next_work_order(self):
        order = self.make_order(user_id=self.operator.id)
        order.action_assign()
        self.assertWaits(order, "production", "Assemble (Assembly Bench)", "Olga Operator")
        order.workorder_ids.button_start()
        self.assertEqual(self.get_row(order).stage, "production")

    def test_an_order_without_work_orders_waits_for_its_quantities(self):
        self.bom.operation_ids.unlink()
        order = self.make_order(user_id=False)
        order.action_assign()
        self.assertWaits(order, "production", "Quantities to record", "Operator")

    def test_what_was_made_waits_for_the_inspection_first_then_for_other_checks_then_for_leftovers(self):
        inspectors = self.env.ref("mrp_workorder_closure.group_inspector")
        self.require(
            {"name": "Material is accounted for", "kind": "material_balance", "sequence": 1},
            {"name": "Area is tidy", "sequence": 2, "user_ids": [Command.set(self.manager.ids)]},
            {
                "name": "Final inspection",
                "kind": "inspection",
                "sampling": "fixed",
                "sample_value": 2,
                "sequence": 3,
                "group_id": inspectors.id,
            },
        )
        self.warehouse.manufacture_steps = "pbm"
        order = self.make_order(user_id=self.operator.id)
        for move in order.picking_ids.move_ids:
            move.quantity = move.product_uom_qty + 3
            move.picked = True
        order.picking_ids._action_done()
        self.produce(order)
        order.closure_id.action_refresh()
        self.assertWaits(order, "inspect", "Final inspection", "Inspector")
        self.assertEqual(self.get_row(order).group_id, inspectors)
        inspection = order.closure_id.inspection_ids.with_user(self.inspector)
        inspection.line_ids.write({"inspected": 2, "defective": 0})
        inspection.action_decide()
        self.assertWaits(order, "checks", "Area is tidy", "Max Manager")
        order.closure_id.check_ids.filtered(lambda check: check.kind == "manual").with_user(self.manager).action_pass()
        order.closure_id.action_refresh()
        self.assertWaits(order, "leftovers", "Material is accounted for", "Olga Operator")

    def test_complete_figures_of_an_order_that_nobody_can_submit_by_itself_wait_for_a_person(self):
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted(user_id=self.operator.id)
        closure.with_user(self.paula).action_reject("Count again")
        self.assertWaits(closure.production_id, "submit", "Submit the figures", "Olga Operator")

    def test_a_submitted_order_waits_for_all_levels_that_are_asked_now(self):
        levels = (self.named(self.paula, sequence=1), {"group_id": self.group.id, "sequence": 1})
        self.set_levels(*levels, self.named(self.fiona, sequence=2))
        order = self.make_submitted().production_id
        self.assertWaits(order, "approval", "Level 1, Level 2", "Paula, Production Leads")
        self.approve(order.closure_id, self.paula)
        self.assertWaits(order, "approval", "Level 2", "Production Leads")
        self.approve(order.closure_id, self.peter)
        self.assertWaits(order, "approval", "Level 3", "Fiona")
        self.approve(order.closure_id, self.fiona)
        self.assertWaits(order, "mark_done", "Mark as Done", "Olga Operator")

    def test_a_closed_order_waits_for_the_receipt_of_its_goods_and_then_leaves(self):
        self.warehouse.manufacture_steps = "pbm_sam"
        with freeze_time(MORNING):
            order = self.make_order(user_id=self.operator.id)
            picking = order.picking_ids
            picking.move_ids.picked = True
            picking._action_done()
            self.make_ready(order)
            order.button_mark_done()
            store = order.picking_ids - picking
            self.assertWaits(order, "receive", store.name, "Warehouse")
        with freeze_time(MORNING + timedelta(days=20)):
            self.assertEqual(self.get_row(order).stage, "receive")
            store.move_ids.picked = True
            store._action_done()
        with freeze_time(MORNING + timedelta(days=6)):
            self.assertEqual(self.get_row(order).stage, "closed")
            self.assertFalse(self.get_row(order).next_step)
        with freeze_time(MORNING + timedelta(days=8)):
            rows = self.env["mrp.closure.board"].search([("closure_id", "=", order.closure_id.id)])
            self.assertFalse(rows)

    def test_a_cancelled_order_is_not_on_the_board(self):
        order = self.make_order()
        order.action_cancel()
        self.assertFalse(self.get_row(order).exists())

    def test_a_reopened_order_shows_its_checks_and_not_its_production(self):
        order = self.make_closed()
        order.closure_id.with_user(self.manager).action_reopen("Wrong lot")
        check = order.closure_id.check_ids[0]
        self.assertEqual(self.get_row(order).stage, "submit")
        check.with_user(self.operator).action_fail("Lot is wrong")
        self.assertWaits(order, "checks", check.name, check.owner)

    def test_columns_stand_in_the_order_of_the_way(self):
        self.set_levels(self.named(self.paula))
        self.make_submitted()
        self.make_order().action_assign()
        self.make_order(qty=1000)
        self.env.flush_all()
        board = self.env["mrp.closure.board"].with_user(self.operator).with_context(read_group_expand=True)
        ours = [("template_id", "=", self.template.id)]
        groups = board.web_read_group(ours, ["stage"], ["__count"])["groups"]
        self.assertEqual([group["stage"] for group in groups], ["issue", "production", "approval"])

    # Age, deadline, colour

    def test_the_earliest_deadline_of_checks_and_approvals_is_the_deadline_and_gives_the_colour(self):
        self.template.point_ids[0].deadline_hours = 48
        self.template.point_ids[1].deadline_hours = 72
        self.set_levels(self.named(self.paula, deadline_hours=5))
        order = self.make_order()
        begun = order.closure_id.create_date
        with freeze_time(begun):
            row = self.get_row(order)
            self.assertEqual((row.deadline, row.urgency, row.age_days), (begun + timedelta(days=2), "on_time", 0))
        with freeze_time(begun + timedelta(days=1, minutes=1)):
            row = self.get_row(order)
            self.assertEqual((row.urgency, row.age_days), ("soon", 1))
        with freeze_time(begun + timedelta(days=2, seconds=1)):
            self.assertEqual(self.get_row(order).urgency, "late")
            self.submit(order)
            row = self.get_row(order)
            self.assertEqual((row.stage, row.urgency), ("approval", "soon"))
            self.assertEqual(row.deadline, order.closure_id.approval_ids.deadline)
            self.approve(order.closure_id, self.paula)
            self.assertEqual((self.get_row(order).deadline, self.get_row(order).urgency), (False, "none"))

    def test_progress_is_the_share_of_checks_that_are_met(self):
        order = self.make_order()
        order.closure_id.check_ids[0].with_user(self.operator).action_pass()
        row = self.get_row(order)
        self.assertEqual((row.check_met_count, row.check_count, row.progress), (1, 2, 50))

    # Filters

    def test_the_filters_find_late_ones_mine_and_those_that_wait_for_a_group(self):
        inspectors = self.env.ref("mrp_workorder_closure.group_inspector")
        self.template.point_ids[1].unlink()
        self.template.point_ids[0].write({"group_id": inspectors.id, "deadline_hours": 1})
        self.bom.operation_ids.unlink()
        made, other = self.make_order(), self.make_order()
        self.produce(made)
        self.env.flush_all()
        board = self.env["mrp.closure.board"].with_user(self.inspector)
        ours = [("id", "in", (made + other).closure_id.ids)]
        with freeze_time(made.closure_id.create_date + timedelta(hours=2)):
            self.assertEqual(board.search([*ours, ("urgency", "=", "late")]).closure_id, (made + other).closure_id)
            self.assertEqual(board.search([*ours, ("group_id", "ilike", "inspector")]).closure_id, made.closure_id)
            self.assertEqual(len(board.search([*ours, ("is_mine", "=", True)])), 2)
            self.assertTrue(board.search(ours)[0].is_mine)
            self.assertFalse(board.with_user(self.operator).search([*ours, ("is_mine", "=", True)]))
            self.assertEqual(len(board.search([*ours, ("user_id", "=", self.operator.id)])), 2)

    def test_each_level_and_check_that_waits_for_me_counts_as_mine(self):
        self.set_levels(self.named(self.manager))
        closure = self.make_submitted()
        row = self.get_row(closure.production_id, self.manager)
        self.assertTrue(row.is_mine)
        self.assertFalse(self.get_row(closure.production_id).is_mine)

    # Cost of a page

    def open_board(self, user, limit):
        board = self.env["mrp.closure.board"].with_user(user)
        arch = etree.fromstring(board.get_view(False, "kanban")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        spec = {name: {"fields": {"display_name": {}}} if board._fields[name].relational else {} for name in names}
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        rows = board.web_search_read([("template_id", "=", self.template.id)], spec, limit=limit)["records"]
        return len(rows), self.env.cr.sql_log_count - before

    def test_eighty_cards_of_all_stages_take_the_queries_of_eight(self):
        self.stop_clock()
        self.template.product_ids += self.plain_table
        self.set_levels(self.named(self.paula))
        for number in range(80):
            # Turn by turn, so that eight rows have the stages that eighty have.
            order = self.make_order(qty=1)
            if number % 4 == 1:
                self.produce(order)
            elif number % 4 >= 2:
                self.submit(order)
            if number % 4 == 3:
                self.approve(order.closure_id, self.paula)
        self.open_board(self.operator, 80)
        few, many = self.open_board(self.operator, 8), self.open_board(self.operator, 80)
        self.assertEqual((few[0], many[0]), (8, 80))
        self.assertEqual(few[1], many[1])
        self.assertLess(many[1], 40)

    # Rights

    def test_reviewers_see_the_board_without_rights_on_orders(self):
        order = self.make_order()
        for role in ("warehouse_controller", "cost_controller", "approver", "auditor"):
            user = new_test_user(
                self.env, f"closure_only_{role}", groups=f"base.group_user,mrp_workorder_closure.group_{role}"
            )
            with self.subTest(role=role):
                row = self.get_row(order, user)
                self.assertEqual(row.next_step, "Assemble (Assembly Bench)")
                self.assertEqual(row.action_open_closure()["res_id"], order.closure_id.id)

    def test_the_board_shows_no_order_of_another_company_and_nothing_to_others(self):
        order = self.make_order()
        with self.assertRaises(AccessError):
            self.get_row(order, self.paula).read(["stage"])
        branch = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "closure_stranger",
            groups="base.group_user,mrp_workorder_closure.group_auditor",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        self.assertFalse(self.env["mrp.closure.board"].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self.get_row(order, stranger).action_open_closure()

    def test_nobody_changes_anything_on_the_board(self):
        row = self.get_row(self.make_order(), self.manager)
        with self.assertRaises(AccessError):
            row.write({"stage": "closed"})
        with self.assertRaises(AccessError):
            row.unlink()
        arch = etree.fromstring(row.get_view(False, "kanban")["arch"])
        self.assertEqual((arch.get("records_draggable"), arch.get("create"), arch.get("edit")), ("0", "0", "0"))

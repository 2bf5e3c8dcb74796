from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .closed import FreezeCase


@tagged("post_install", "-at_install")
class TestFree(FreezeCase):
    """What legitimately happens after closing stays possible, as on an order without closure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = cls.make_order(product=cls.plain_table)
        cls.rpc(cls.plain.workorder_ids, "button_start")
        cls.rpc(cls.plain, "button_mark_done")

    def test_unbuilding(self):
        for order in (self.order, self.plain):
            self.rpc_wizard(
                "mrp.unbuild",
                "action_unbuild",
                {
                    "mo_id": order.id,
                    "product_id": order.product_id.id,
                    "product_qty": 3,
                    "product_uom_id": order.product_uom_id.id,
                },
            )
            self.assertEqual(order.unbuild_ids.state, "done")
            self.assertEqual(self.get_stock(order.product_id)[order.product_id], 7)
        self.assertSameAsPlain(self.order, self.plain)

    def test_scrapping_finished_goods(self):
        for order in (self.order, self.plain):
            self.rpc_wizard(
                "stock.scrap",
                "action_validate",
                {"product_id": order.product_id.id, "scrap_qty": 2, "production_id": order.id},
            )
            self.assertEqual(order.scrap_ids.state, "done")
            self.assertTrue(order.scrap_ids.date_done)
            self.assertEqual(self.get_stock(order.product_id)[order.product_id], 8)
        self.assertSameAsPlain(self.order, self.plain)

    def test_a_scrap_that_is_done_stays_as_it_is(self):
        self.rpc_wizard(
            "stock.scrap",
            "action_validate",
            {"product_id": self.table.id, "scrap_qty": 2, "production_id": self.order.id},
        )
        scrap = self.order.scrap_ids
        for vals in ({"scrap_qty": 1}, {"date_done": "2020-01-01 00:00:00"}, {"production_id": False}):
            self.assertFrozen(lambda order, user, vals=vals: self.rpc(scrap, "write", vals, user=user))

    def test_delivering_and_returning_finished_goods(self):
        customers = self.env.ref("stock.stock_location_customers")
        for order in (self.order, self.plain):
            picking = self.env["stock.picking"].create(
                {
                    "picking_type_id": self.warehouse.out_type_id.id,
                    "location_id": self.stock.id,
                    "location_dest_id": customers.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": order.product_id.id,
                                "product_uom_qty": 4,
                                "location_id": self.stock.id,
                                "location_dest_id": customers.id,
                            }
                        )
                    ],
                }
            )
            picking.action_confirm()
            picking.move_ids.write({"quantity": 4, "picked": True})
            self.rpc(picking, "button_validate")
            self.assertEqual(picking.state, "done")
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_id=picking.id, active_model="stock.picking")
                .create({})
            )
            wizard.product_return_moves.quantity = 1
            back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
            back.move_ids.write({"quantity": 1, "picked": True})
            self.rpc(back, "button_validate")
            self.assertEqual(back.state, "done")
        self.assertSameAsPlain(self.order, self.plain)

    def test_counting_stock(self):
        quant = self.env["stock.quant"]._gather(self.table, self.stock)
        quant.inventory_quantity = 8
        quant.action_apply_inventory()
        self.assertEqual(self.get_stock(self.table)[self.table], 8)

    def test_dates_of_its_moves(self):
        moves = self.order.move_finished_ids | self.order.move_raw_ids
        for records in (moves, moves.move_line_ids):
            self.rpc(records, "write", {"date": "2026-01-01 00:00:00"})
            self.assertEqual(set(records.mapped("date")), {fields.Datetime.to_datetime("2026-01-01 00:00:00")})

    def test_a_bill_made_from_it(self):
        self.operator.group_ids += self.env.ref("mrp.group_mrp_manager")
        context = self.rpc(self.order, "action_generate_bom")["context"]
        bom = self.rpc(self.env["mrp.bom"], "create", {"code": "New"}, context=context)
        self.assertEqual(self.order.bom_id.id, bom)
        self.assertEqual(self.order.product_id, self.table)
        self.order.with_user(self.operator)._link_bom(self.bom)
        self.assertEqual(self.order.bom_id, self.bom)

    def test_labour_entries_of_its_times(self):
        entry = self.env["account.move"].create({"move_type": "entry"})
        line = self.env["account.move.line"].create(
            {"move_id": entry.id, "account_id": self.env["account.account"].search([], limit=1).id}
            if self.env["account.account"].search([], limit=1)
            else {"move_id": entry.id, "display_type": "line_note", "name": "Labour"}
        )
        times = self.order.workorder_ids.time_ids
        times.sudo().account_move_line_id = line
        self.assertEqual(times.account_move_line_id, line)

    def test_priority_notes_and_activities(self):
        self.rpc(self.order, "write", {"priority": "1", "date_deadline": "2030-01-01 00:00:00"})
        self.rpc(self.order, "message_post", body="Well done")
        self.assertEqual(self.order.priority, "1")
        copy = self.env["mrp.production"].browse(self.rpc(self.order, "copy"))
        self.assertEqual(copy.state, "draft")

    def test_a_new_order_with_its_product_as_component(self):
        parent = self.env["product.product"].create({"name": "Dining Set", "is_storable": True})
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": parent.product_tmpl_id.id,
                "bom_line_ids": [Command.create({"product_id": self.table.id, "product_qty": 1})],
            }
        )
        order = self.make_order(product=parent, qty=2)
        self.rpc(order, "button_mark_done")
        self.assertEqual(order.state, "done")
        self.assertEqual(self.get_stock(self.table)[self.table], 8)


@tagged("post_install", "-at_install")
class TestReopen(FreezeCase):
    """A manager reopens with a reason; then core's corrections are possible, and submitting closes again."""

    def test_only_a_manager_reopens_and_gives_a_reason(self):
        closure = self.order.closure_id
        self.assertRefused(
            self.order, lambda order: self.rpc(closure, "action_reopen", "Wrong quantity"), error=AccessError
        )
        self.assertRefused(
            self.order, lambda order: self.rpc(closure, "action_reopen", " ", user=self.manager), error=UserError
        )
        self.assertEqual(closure.revision, 1)
        self.reopen()
        self.assertEqual((closure.state, closure.revision), ("open", 2))
        self.assertEqual(closure.reopen_reason, "Wrong quantity")
        self.assertEqual(self.order.state, "done")

    def test_the_quantity_produced_can_be_corrected(self):
        self.reopen()
        self.rpc(self.order, "write", {"qty_producing": 7})
        self.assertEqual(self.get_stock(self.table)[self.table], 7)
        self.assertEqual(self.order.state, "done")

    def test_consumption_times_and_scraps_can_be_corrected(self):
        self.reopen()
        move = self.order.move_raw_ids.filtered(lambda move: move.product_id == self.board)
        before = self.get_stock(self.board)[self.board]
        self.rpc(move, "write", {"quantity": 12})
        self.assertEqual(self.get_stock(self.board)[self.board], before - 2)
        line = move.move_line_ids[0]
        self.rpc(line, "write", {"quantity": line.quantity - 1})
        self.assertEqual(self.get_stock(self.board)[self.board], before - 1)
        times = self.order.workorder_ids.time_ids
        log = self.log_time(self.order, self.operator)
        self.assertEqual(self.order.workorder_ids.time_ids - times, times.browse(log))
        self.rpc_wizard(
            "stock.scrap",
            "action_validate",
            {"product_id": self.board.id, "scrap_qty": 1, "production_id": self.order.id},
        )
        self.assertEqual(self.order.scrap_ids.state, "done")

    def test_a_reopened_order_stays_done_and_keeps_its_moves(self):
        self.reopen()
        self.assertRefused(
            self.order, lambda order: self.rpc(order, "write", {"state": "confirmed"}), error=ValidationError
        )
        self.assertRefused(self.order, lambda order: order.sudo().write({"state": "cancel"}), error=ValidationError)
        self.assertRefused(self.order, lambda order: self.rpc(order, "button_mark_done"))
        self.assertRefused(
            self.order, lambda order: self.rpc(order.move_finished_ids, "write", {"production_id": False})
        )
        self.assertRefused(self.order, lambda order: self.rpc(order.move_finished_ids, "unlink"), says="")

    def test_submitting_closes_it_again_with_the_next_revision(self):
        closure = self.order.closure_id
        closed_at = closure.closed_at
        self.reopen()
        self.rpc(closure.check_ids[0], "action_fail", "Sawdust")
        self.rpc(self.order, "write", {"qty_producing": 7})
        self.assertRefused(self.order, lambda order: self.rpc(closure, "action_submit"), says="Sawdust")
        self.assertEqual(closure.state, "open")
        self.rpc(closure.check_ids[0], "action_pass")
        self.assertEqual(closure.state, "open", "After a reopening a person submits")
        self.rpc(closure, "action_submit")
        self.assertEqual((closure.state, closure.revision, self.order.state), ("closed", 2, "done"))
        self.assertGreaterEqual(closure.closed_at, closed_at)
        self.assertEqual(closure.submitted_by_id, self.operator)
        self.assertFrozen(lambda order, user: self.rpc(order, "write", {"qty_producing": 8}, user=user))

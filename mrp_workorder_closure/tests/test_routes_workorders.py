from odoo import Command
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tests import tagged

from .routes import RouteCase, now, set_producing


@tagged("post_install", "-at_install")
class TestRoutesWorkorders(RouteCase):
    """Work orders finish when their own checks are met, and finishing them never closes the order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bench, cls.plain_bench = cls.make_twins(bom={"operations": ("Cut", "Assemble")})
        cut = cls.bench.bom_ids.operation_ids.filtered(lambda operation: operation.name == "Cut")
        cls.cut_template = cls.env["mrp.closure.template"].create(
            {
                "name": "Benches",
                "sequence": 1,
                "product_ids": [Command.set(cls.bench.ids)],
                "point_ids": [Command.create({"name": "Blade is clean", "operation_ids": [Command.set(cut.ids)]})],
            }
        )

    def make_bench(self, **vals):
        order = self.make_order(product=self.bench, **vals)
        cut, assemble = order.workorder_ids.sorted("sequence")
        self.assertEqual((cut.name, assemble.name), ("Cut", "Assemble"))
        return order, cut, assemble

    @classmethod
    def get_ways_to_finish(cls):
        """Every way to finish a work order: as a client and in sudo."""
        return {
            "finish": lambda workorder: cls.rpc(workorder, "button_finish"),
            "mark as done": lambda workorder: cls.rpc(workorder, "action_mark_as_done"),
            "state from the list": lambda workorder: cls.rpc(workorder, "set_state", "done"),
            "write": lambda workorder: cls.rpc(workorder, "write", {"state": "done"}),
            "save": lambda workorder: cls.rpc(workorder, "web_save", {"state": "done", "qty_produced": 10}, {}),
            "sudo": lambda workorder: workorder.sudo().button_finish(),
            "write in sudo": lambda workorder: workorder.sudo().write({"state": "done"}),
            "through the order": lambda workorder: cls.rpc(
                workorder.production_id, "write", {"workorder_ids": [[1, workorder.id, {"state": "done"}]]}
            ),
        }

    def test_a_work_order_waits_for_its_checks_however_it_is_finished(self):
        for way, finish in self.get_ways_to_finish().items():
            with self.subTest(way=way):
                order, cut, assemble = self.make_bench()
                message = self.assertRefused(
                    order, lambda _order, finish=finish, cut=cut: finish(cut), says="Blade is clean"
                )
                self.assertIn(order.name, message)
                self.assertIn("Cut", message)
                finish(assemble)
                self.assertEqual((cut.state, assemble.state), ("ready", "done"))
                self.pass_checks(order)
                finish(cut)
                self.assertEqual(cut.state, "done")
                self.assertEqual(order.state, "to_close")

    def test_a_failed_check_holds_its_work_order_until_it_is_waived(self):
        order, cut, _assemble = self.make_bench()
        check = cut.closure_check_ids
        self.rpc(check, "action_fail", "Rusty")
        self.assertRefused(order, lambda _order: self.rpc(cut, "button_finish"), says="Rusty")
        self.rpc(check, "action_waive", "Scrapped afterwards", user=self.manager)
        self.rpc(cut, "button_finish")
        self.assertEqual(cut.state, "done")

    def test_the_refusal_leads_to_the_closure(self):
        order, cut, _assemble = self.make_bench()
        with self.assertRaises(RedirectWarning) as refusal:
            cut.with_user(self.operator).button_finish()
        self.assertEqual(refusal.exception.args[1]["res_id"], order.closure_id.id)

    def test_finishing_every_work_order_does_not_close_the_order(self):
        """B1, B2, B3"""
        ways = self.get_ways_to_finish()
        for way in ("finish", "state from the list", "mark as done"):
            with self.subTest(way=way):
                order = self.make_order()
                ways[way](order.workorder_ids)
                self.assertEqual(order.workorder_ids.state, "done")
                self.assertEqual(order.state, "to_close")
                self.assertEqual(order.closure_state, "open")
                self.assertFalse(order.closure_door)
                self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")

    def test_finished_work_orders_do_not_open_the_button(self):
        """B4"""

        def finish_work(order):
            self.rpc(order.workorder_ids, "write", {"state": "done"})

        self.assertGated(
            lambda order: self.rpc(order, "button_mark_done", context={"from_workorder": True}), prepare=finish_work
        )

    def test_lowering_the_quantity_until_the_work_is_done_does_not_close_the_order(self):
        """B5"""
        order = self.make_order()
        self.rpc(order.workorder_ids, "button_start")
        self.rpc(order.workorder_ids, "write", {"qty_produced": 4})
        self.rpc_wizard("change.production.qty", "change_prod_qty", {"mo_id": order.id, "product_qty": 4})
        self.assertEqual(order.workorder_ids.state, "done")
        self.assertEqual(order.state, "to_close")
        self.assertEqual(order.closure_state, "open")
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")

    def test_lowering_the_quantity_does_not_finish_a_work_order_that_waits_for_its_checks(self):
        """B5"""
        order, cut, _assemble = self.make_bench()
        self.rpc(cut, "button_start")
        self.rpc(cut, "write", {"qty_produced": 4})

        def lower(order):
            self.rpc_wizard("change.production.qty", "change_prod_qty", {"mo_id": order.id, "product_qty": 4})

        self.assertRefused(order, lower, error=ValidationError, says="Blade is clean")
        self.pass_checks(order)
        lower(order)
        self.assertEqual(cut.state, "done")

    def test_the_order_waits_for_the_checks_of_its_work_orders(self):
        order, cut, _assemble = self.make_bench()
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Blade is clean")
        self.pass_checks(order)
        self.rpc(order, "button_mark_done")
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(cut.state, "done")

    def test_a_work_order_that_is_gone_leaves_its_check_behind(self):
        for way in ("unlink", "cancel", "another operation"):
            with self.subTest(way=way):
                order, cut, assemble = self.make_bench()
                check = cut.closure_check_ids
                if way == "unlink":
                    self.rpc(cut, "unlink")
                    self.assertFalse(check.workorder_id)
                elif way == "cancel":
                    self.rpc(cut, "set_state", "cancel")
                    self.assertEqual(cut.state, "cancel")
                else:
                    self.rpc(cut, "write", {"operation_id": assemble.operation_id.id})
                self.assertEqual(order.closure_id.check_ids, check)
                self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Blade is clean")

    def test_a_work_order_added_later_brings_its_check(self):
        order, cut, _assemble = self.make_bench()
        self.pass_checks(order)
        added = self.env["mrp.workorder"].browse(
            self.rpc(
                self.env["mrp.workorder"],
                "create",
                {
                    "name": "Cut again",
                    "production_id": order.id,
                    "workcenter_id": self.workcenter.id,
                    "operation_id": cut.operation_id.id,
                },
            )
        )
        self.assertEqual(added.closure_check_ids.mapped("state"), ["todo"])
        self.assertRefused(order, lambda _order: self.rpc(added, "button_finish"), says="Blade is clean")
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Blade is clean")
        self.pass_checks(order)
        self.rpc(order, "button_mark_done")
        self.assertEqual(order.closure_state, "closed")

    def test_a_draft_finishes_no_work_order_that_will_have_checks(self):
        order, cut, assemble = self.make_bench(confirm=False)
        self.assertFalse(order.closure_id)
        self.assertRefused(order, lambda _order: self.rpc(cut, "button_finish"), says="confirm")
        self.assertRefused(order, lambda _order: self.rpc(cut, "write", {"state": "done"}), says="confirm")
        self.rpc(assemble, "button_finish")
        self.assertEqual(assemble.state, "done")

    def test_a_backorder_carries_the_checks_of_its_own_work_orders(self):
        order, cut, _assemble = self.make_bench()
        set_producing(order, 4)
        self.pass_checks(order)
        self.answer_wizard(self.rpc(order, "button_mark_done"), "action_backorder")
        backorder = order.production_group_id.production_ids - order
        rest = backorder.workorder_ids.filtered(lambda workorder: workorder.name == "Cut")
        self.assertEqual(rest.closure_check_ids.mapped("state"), ["todo"])
        self.assertNotEqual(rest.closure_check_ids, cut.closure_check_ids)
        self.assertRefused(backorder, lambda _order: self.rpc(rest, "button_finish"), says="Blade is clean")
        self.pass_checks(backorder)
        self.rpc(backorder, "button_mark_done")
        self.assertEqual(backorder.closure_state, "closed")

    def test_a_bill_changed_after_confirmation_brings_the_checks_of_its_work_orders(self):
        """The gate goes by the work orders that are there, not by those of the day of confirmation."""
        bill = self.env["mrp.bom"].search([("product_tmpl_id", "=", self.bench.product_tmpl_id.id)], limit=1)
        other = self.make_bom(self.bench, operations=("Polish",))
        self.cut_template.point_ids.operation_ids += other.operation_ids
        order, cut, _assemble = self.make_bench(bom_id=bill.id)
        self.pass_checks(order)
        operation = cut.operation_id
        self.rpc(self.env["mrp.bom"].browse(other.id), "read", ["id"])
        order.with_user(self.operator)._link_bom(other)
        polish = order.workorder_ids.filtered(lambda workorder: workorder.name == "Polish")
        self.assertTrue(polish)
        self.assertEqual(polish.closure_check_ids.mapped("state"), ["todo"])
        self.assertTrue(operation)
        self.assertRefused(order, lambda _order: self.rpc(polish, "button_finish"), says="Blade is clean")

    def test_time_can_be_logged_while_a_work_order_waits_for_its_checks(self):
        order, cut, _assemble = self.make_bench()
        self.rpc(cut, "button_start")
        self.rpc(cut, "button_pending")
        self.assertEqual(cut.state, "progress")
        self.rpc(
            self.env["mrp.workcenter.productivity"],
            "create",
            {
                "workorder_id": cut.id,
                "workcenter_id": self.workcenter.id,
                "date_start": now(),
                "loss_id": self.env["mrp.workcenter.productivity.loss"]
                .search([("loss_type", "=", "productive")], limit=1)
                .id,
            },
        )
        self.assertEqual(len(cut.time_ids), 2)
        self.assertEqual(order.closure_state, "open")

    def test_work_orders_without_checks_are_untouched(self):
        order = self.make_order(product=self.plain_bench)
        self.rpc(order.workorder_ids, "button_finish")
        self.assertEqual(set(order.workorder_ids.mapped("state")), {"done"})
        with self.assertRaises(UserError):
            self.rpc(order.workorder_ids, "write", {"qty_produced": 3})

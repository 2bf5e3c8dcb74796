from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .closed import FreezeCase


@tagged("post_install", "-at_install")
class TestFreeze(FreezeCase):
    """A closed order stays as it was closed: order, moves, lines, work orders, time logs and scraps."""

    def test_its_figures(self):
        for vals in (
            {"qty_producing": 7},
            {"product_qty": 12},
            {"product_uom_qty": 12},
            {"date_finished": "2020-01-01 00:00:00"},
            {"date_start": "2020-01-01 00:00:00"},
            {"lot_producing_ids": [[5, 0, 0]]},
            {"extra_cost": 5},
            {"is_locked": False},
            {"location_dest_id": self.warehouse.wh_input_stock_loc_id.id},
            {"name": "MO/1"},
            {"consumption": "strict"},
            {"company_id": self.env["res.company"].create({"name": "Elsewhere"}).id},
        ):
            with self.subTest(vals=vals):
                self.assertFrozen(lambda order, user, vals=vals: self.rpc(order, "write", vals, user=user))

    def test_its_state(self):
        for state in ("draft", "confirmed", "progress", "to_close", "cancel"):
            self.assertFrozen(lambda order, user, state=state: self.rpc(order, "write", {"state": state}, user=user))

    def test_its_lock(self):
        self.assertFrozen(lambda order, user: self.rpc(order, "action_toggle_is_locked", user=user))
        action = self.env.ref("mrp.action_production_order_lock_unlock")
        self.assertFrozen(
            lambda order, user: (
                action.with_user(user)
                .sudo()
                .with_context(active_model=order._name, active_ids=order.ids, active_id=order.id)
                .run()
            )
        )

    def test_the_quantity_wizard(self):
        self.assertFrozen(
            lambda order, user: (
                self.env["change.production.qty"]
                .with_user(user)
                .create({"mo_id": order.id, "product_qty": 12})
                .change_prod_qty()
            )
        )

    def test_another_bill_that_changes_what_was_made(self):
        self.assertFrozen(lambda order, user: self.rpc(order, "write", {"bom_id": self.plain_bom.id}, user=user))
        elsewhere = self.warehouse.manu_type_id.copy({"name": "Elsewhere", "sequence_code": "EW"})
        moved = self.make_bom(self.table, picking_type_id=elsewhere.id)
        self.assertFrozen(lambda order, user: self.rpc(order, "write", {"bom_id": moved.id}, user=user))

    def test_quantities_lots_and_places_of_its_moves(self):
        for vals in (
            {"quantity": 3},
            {"product_uom_qty": 3},
            {"state": "assigned"},
            {"picked": False},
            {"location_id": self.stock.id},
            {"location_dest_id": self.stock.id},
            {"product_id": self.leg.id},
            {"cost_share": 50},
            {"price_unit": 1},
            {"workorder_id": False},
        ):
            for name in ("move_raw_ids", "move_finished_ids"):
                with self.subTest(vals=vals, moves=name):
                    self.assertFrozen(lambda order, user, n=name, v=vals: self.rpc(order[n][0], "write", v, user=user))

    def test_its_moves_through_the_order(self):
        for name in ("move_raw_ids", "move_finished_ids"):
            for command in (
                lambda move: [1, move.id, {"quantity": 3}],
                lambda move: [2, move.id, 0],
                lambda move: [3, move.id, 0],
                lambda _move: [0, 0, {"product_id": self.leg.id, "product_uom_qty": 1}],
            ):
                self.assertFrozen(
                    lambda order, user, n=name, c=command: self.rpc(order, "write", {n: [c(order[n][0])]}, user=user)
                )

    def test_its_move_lines(self):
        for name in ("move_raw_ids", "move_finished_ids"):
            for vals in (
                {"quantity": 3},
                {"location_dest_id": self.warehouse.wh_input_stock_loc_id.id},
                {"location_id": self.stock.id},
                {"lot_name": "X"},
                {"move_id": False},
                {"picked": False},
            ):
                with self.subTest(vals=vals, moves=name):
                    self.assertFrozen(
                        lambda order, user, n=name, v=vals: self.rpc(order[n].move_line_ids[0], "write", v, user=user)
                    )
            self.assertFrozen(
                lambda order, user, n=name: self.rpc(
                    self.env["stock.move.line"],
                    "create",
                    {"move_id": order[n][0].id, "product_id": order[n][0].product_id.id, "quantity": 2},
                    user=user,
                )
            )
            self.assertFrozen(
                lambda order, user, n=name: self.rpc(order[n].move_line_ids[0], "unlink", user=user), says=""
            )

    def test_no_component_is_added_to_it(self):
        """J5"""
        for link in ("raw_material_production_id", "production_id"):
            vals = {
                "product_id": self.leg.id,
                "product_uom_qty": 1,
                "location_id": self.stock.id,
                "location_dest_id": self.order.production_location_id.id,
            }
            self.assertFrozen(
                lambda order, user, link=link, vals=vals: self.rpc(
                    self.env["stock.move"], "create", {**vals, link: order.id}, user=user
                )
            )
            for state in ("draft", "done"):
                move = self.env["stock.move"].create(vals)
                move.state = state
                self.assertFrozen(
                    lambda order, user, link=link, move=move: self.rpc(move, "write", {link: order.id}, user=user),
                    says="To ",
                )

    def test_a_scrap_move_does_not_become_a_product_of_it(self):
        loss = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)], limit=1
        )

        def route(order, user):
            vals = {
                "product_id": self.table.id,
                "product_uom_qty": 1,
                "production_id": order.id,
                "location_id": order.production_location_id.id,
                "location_dest_id": loss.id,
            }
            move = self.env["stock.move"].browse(self.rpc(self.env["stock.move"], "create", vals, user=user))
            self.rpc(move, "write", {"location_dest_id": self.stock.id}, user=user)

        self.assertFrozen(route)

    def test_its_moves_stay_with_it(self):
        other = self.make_order(product=self.plain_table)
        for target in (False, other.id):
            for name, link in (("move_raw_ids", "raw_material_production_id"), ("move_finished_ids", "production_id")):
                self.assertFrozen(
                    lambda order, user, n=name, link=link, t=target: self.rpc(order[n], "write", {link: t}, user=user),
                    says="To ",
                )

    def test_its_work_orders(self):
        for vals in (
            {"duration": 999},
            {"state": "progress"},
            {"state": "cancel"},
            {"name": "Other"},
            {"costs_hour": 1},
            {"cost_mode": "estimated"},
            {"date_finished": "2020-01-01 00:00:00"},
            {"qty_reported_from_previous_wo": 1},
        ):
            with self.subTest(vals=vals):
                self.assertFrozen(lambda order, user, v=vals: self.rpc(order.workorder_ids, "write", v, user=user))
        self.assertFrozen(lambda order, user: self.rpc(order.workorder_ids, "unlink", user=user), says="")
        self.assertFrozen(lambda order, user: self.rpc(order.workorder_ids, "action_cancel", user=user))
        self.assertFrozen(
            lambda order, user: self.rpc(
                self.env["mrp.workorder"],
                "create",
                {"name": "Late", "production_id": order.id, "workcenter_id": self.workcenter.id},
                user=user,
            )
        )

    def test_its_times(self):
        times = self.order.workorder_ids.time_ids
        self.assertTrue(times)
        for vals in (
            {"date_end": "2020-01-01 00:00:00"},
            {"date_start": "2020-01-01 00:00:00"},
            {"duration": 999},
            {"workorder_id": False},
            {"loss_id": self.loss_id},
            {"user_id": self.manager.id},
        ):
            with self.subTest(vals=vals):
                self.assertFrozen(lambda order, user, v=vals: self.rpc(times[0], "write", v, user=user))
        self.assertFrozen(lambda order, user: self.rpc(times, "unlink", user=user))
        self.assertFrozen(self.log_time)
        other = self.make_order(product=self.plain_table)
        log = self.env["mrp.workcenter.productivity"].browse(self.log_time(other, self.operator))
        self.assertFrozen(
            lambda order, user: self.rpc(log, "write", {"workorder_id": order.workorder_ids.id}, user=user)
        )

    def test_no_component_is_scrapped_for_it(self):
        for link, record in (("production_id", self.order), ("workorder_id", self.order.workorder_ids)):
            self.assertFrozen(
                lambda order, user, link=link, record=record: self.rpc(
                    self.env["stock.scrap"],
                    "create",
                    {"product_id": self.board.id, "scrap_qty": 1, link: record.id},
                    user=user,
                )
            )
        other = self.make_order(product=self.plain_table)
        scrap = self.env["stock.scrap"].create({"product_id": self.board.id, "scrap_qty": 1, "production_id": other.id})
        self.assertFrozen(lambda order, user: self.rpc(scrap, "write", {"production_id": order.id}, user=user))
        scrap.action_validate()
        self.assertFrozen(lambda order, user: self.rpc(scrap, "write", {"production_id": order.id}, user=user))

    def test_the_value_of_its_moves_belongs_to_warehouse_and_accounts(self):
        move = self.order.move_finished_ids
        for user in (self.operator, self.manager):
            self.assertRefused(
                self.order, lambda order, user=user: self.rpc(move, "write", {"value": 1}, user=user), error=AccessError
            )
        accountant = new_test_user(
            self.env, "closure_stock_manager", groups="stock.group_stock_manager,mrp.group_mrp_user"
        )
        self.rpc(move, "write", {"value": 77}, user=accountant)
        self.assertEqual(move.value, 77)

    def test_it_is_neither_split_merged_nor_deleted(self):
        other = self.make_order()
        self.assertFrozen(lambda order, user: self.rpc(order, "action_split", user=user), says="")
        self.assertFrozen(lambda order, user: self.rpc(order | other, "action_merge", user=user), says="")
        self.assertFrozen(lambda order, user: order.sudo()._split_productions({order: [4, 6]}), says="")
        self.assertFrozen(lambda order, user: order.sudo().unlink(), says="")

    def test_its_checks(self):
        check = self.order.closure_id.check_ids[0]
        for method, args in (
            ("action_pass", []),
            ("action_fail", ["Late"]),
            ("action_reset", []),
            ("action_not_applicable", ["Late"]),
        ):
            self.assertRefused(
                self.order, lambda order, method=method, args=args: self.rpc(check, method, *args, user=self.manager)
            )
        self.assertRefused(self.order, lambda order: order.closure_id.sudo().unlink(), error=UserError)

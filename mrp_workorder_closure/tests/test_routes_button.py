from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import new_test_user, tagged

from .routes import RouteCase, set_producing


@tagged("post_install", "-at_install")
class TestRoutesButton(RouteCase):
    """Mark as Done, its wizards and its list action pass with a ready closure only, and then do what core does."""

    def mark_done(self, order, **context):
        return self.rpc(order, "button_mark_done", context=context)

    def test_produce_all_on_a_confirmed_order(self):
        """A1"""
        self.assertGated(self.mark_done)

    def test_mark_as_done_on_an_order_to_close(self):
        """A2"""

        def finish_work(order):
            set_producing(order, 10)
            order.workorder_ids.button_finish()

        order = self.assertGated(self.mark_done, prepare=finish_work)
        self.assertEqual(order.closure_id.submitted_by_id, self.operator)

    def test_a_user_with_manufacturing_rights_alone_closes_an_order_with_work_orders(self):
        helper = new_test_user(self.env, "closure_bare", groups="mrp.group_mrp_user")
        order = self.make_order(user=helper)
        self.make_ready(order)
        order.button_mark_done()
        self.assertEqual((order.state, order.closure_state), ("done", "closed"))

    def test_a_forged_context_opens_nothing(self):
        """A3"""

        def route(order):
            self.mark_done(
                order,
                skip_consumption=True,
                skip_backorder=True,
                skip_mo_check=True,
                skip_closure_gate=True,
                closure_door="open",
                default_closure_door="open",
                no_procurement=True,
                from_workorder=True,
                mo_ids_to_backorder=[],
                install_mode=True,
                module="mrp_workorder_closure",
            )

        self.assertGated(route)

    def test_the_step_before_the_button_closes_orders_that_are_always_backordered(self):
        """A4"""
        self.warehouse.manu_type_id.create_backorder = "always"
        order = self.assertGated(
            lambda order: self.rpc(order, "pre_button_mark_done"), prepare=lambda order: set_producing(order, 4)
        )
        self.assertEqual(order.qty_produced, 4)

    def test_the_button_closes_orders_that_are_always_backordered(self):
        """A4"""
        self.warehouse.manu_type_id.create_backorder = "always"
        order = self.assertGated(self.mark_done, prepare=lambda order: set_producing(order, 4))
        self.assertEqual(order.qty_produced, 4)
        backorder = order.production_group_id.production_ids - order
        self.assertEqual(backorder.closure_state, "open")

    def test_the_backorder_wizard_after_a_partial_quantity(self):
        """A5"""
        order = self.assertGated(
            lambda order: self.answer_wizard(self.mark_done(order), "action_backorder"),
            prepare=lambda order: set_producing(order, 4),
        )
        self.assertEqual(order.product_qty, 4)

    def test_the_wizard_that_closes_without_a_backorder(self):
        """A6"""
        order = self.assertGated(
            lambda order: self.answer_wizard(self.mark_done(order), "action_close_mo"),
            prepare=lambda order: set_producing(order, 4),
        )
        self.assertEqual(order.product_qty, 10)
        self.assertFalse(order.production_group_id.production_ids - order)

    def test_a_backorder_wizard_made_by_hand(self):
        """A6b"""
        for button in ("action_close_mo", "action_backorder"):
            with self.subTest(button=button):
                self.assertGated(
                    lambda order, button=button: self.rpc_wizard(
                        "mrp.production.backorder",
                        button,
                        {
                            "mrp_production_ids": [[6, 0, order.ids]],
                            "mrp_production_backorder_line_ids": [
                                [0, 0, {"mrp_production_id": order.id, "to_backorder": True}]
                            ],
                        },
                    ),
                    prepare=lambda order: set_producing(order, 4),
                )

    def use_more(self, order):
        set_producing(order, 10)
        order.move_raw_ids[0].quantity = 15
        order.move_raw_ids[0].picked = True

    def test_the_consumption_wizard_confirmed(self):
        """A7"""
        order = self.assertGated(
            lambda order: self.answer_wizard(self.mark_done(order), "action_confirm"),
            prepare=self.use_more,
            twins=self.make_twins(bom={"consumption": "warning"}),
        )
        self.assertEqual(order.move_raw_ids[0].quantity, 15)

    def test_the_consumption_wizard_that_sets_the_expected_quantities(self):
        """A8"""
        order = self.assertGated(
            lambda order: self.answer_wizard(self.mark_done(order), "action_set_qty"),
            prepare=self.use_more,
            twins=self.make_twins(bom={"consumption": "strict"}),
        )
        self.assertEqual(order.move_raw_ids[0].quantity, 10)

    def test_a_consumption_wizard_made_by_hand_on_a_strict_bill(self):
        """A8b"""
        self.assertGated(
            lambda order: self.rpc_wizard(
                "mrp.consumption.warning", "action_confirm", {"mrp_production_ids": [[6, 0, order.ids]]}
            ),
            prepare=self.use_more,
            twins=self.make_twins(bom={"consumption": "strict"}),
        )

    def test_the_list_action_refuses_the_whole_batch_and_names_every_reason(self):
        """A9"""
        blocked, other = self.make_order(), self.make_order()
        plain, twin = (self.make_order(product=self.plain_table) for _number in range(2))
        action = self.env.ref("mrp.action_production_order_mark_done")
        batch = blocked | plain | other | twin

        def run(order):
            self.rpc(
                action,
                "run",
                context={"active_model": order._name, "active_ids": batch.ids, "active_id": batch.ids[0]},
            )

        message = self.assertRefused(blocked, run, error=RedirectWarning)
        self.assertIn(blocked.name, message)
        self.assertIn(other.name, message)
        self.assertNotIn(plain.name, message)
        self.assertEqual(message.count("Area is tidy"), 2)
        self.assertEqual(plain.state, "confirmed")
        self.pass_checks(blocked)
        self.pass_checks(other)
        run(blocked)
        self.assertEqual(batch.mapped("state"), ["done"] * 4)
        self.assertEqual((blocked | other).mapped("closure_state"), ["closed", "closed"])
        self.assertSameAsPlain(blocked, plain)

    def test_a_partial_order_of_a_type_that_never_backorders(self):
        """A10"""
        self.warehouse.manu_type_id.create_backorder = "never"
        order = self.assertGated(self.mark_done, prepare=lambda order: set_producing(order, 4))
        self.assertEqual(order.qty_produced, 4)

    def test_serial_numbers_from_the_wizard(self):
        """A11"""

        def assign_serials(order):
            order.action_generate_serial()
            self.rpc_wizard(
                "mrp.production.serials",
                "action_apply",
                {
                    "production_id": order.id,
                    "serial_numbers": "\n".join(f"{order.name}-{number}" for number in range(3)),
                },
            )

        order = self.assertGated(
            self.mark_done, prepare=assign_serials, twins=self.make_twins(tracking="serial"), qty=3
        )
        self.assertEqual(len(order.move_finished_ids.lot_ids), 3)

    def test_a_single_serial_number_made_by_the_button(self):
        """A12"""
        order = self.assertGated(self.mark_done, twins=self.make_twins(tracking="serial"), qty=1)
        self.assertEqual(len(order.lot_producing_ids), 1)

    def test_a_draft_must_be_confirmed_before_it_closes(self):
        """A14"""
        draft = self.make_order(confirm=False)
        self.assertFalse(draft.closure_id)
        self.assertRefused(draft, self.mark_done, error=UserError, says="confirm it first")
        draft.action_confirm()
        self.pass_checks(draft)
        self.mark_done(draft)
        self.assertEqual(draft.closure_state, "closed")

    def test_an_order_that_consumes_but_produces_nothing(self):
        """A15, A15b"""

        def consume_only(order):
            order.move_raw_ids.quantity = 4
            order.move_raw_ids.picked = True

        twins = self.make_twins(tracking="serial")
        for context in ({"skip_backorder": True}, {}):
            with self.subTest(context=context):

                def route(order, context=context):
                    order.lot_producing_ids = self.env["stock.lot"].create(
                        {"name": order.name, "product_id": order.product_id.id}
                    )
                    result = self.mark_done(order, skip_consumption=True, **context)
                    if isinstance(result, dict) and result.get("res_model") == "mrp.production.backorder":
                        self.answer_wizard(result, "action_close_mo")

                order = self.assertGated(route, prepare=consume_only, twins=twins, qty=3)
                self.assertEqual(order.move_raw_ids.mapped("state"), ["done", "done"])
                self.assertEqual(order.qty_produced, 0)
                self.assertEqual(order.state, "cancel")
                self.assertRefused(order, self.mark_done, says="cannot be marked as done again")
                self.assertRefused(order, lambda order: self.rpc(order, "write", {"state": "confirmed"}))

    def test_neither_the_superuser_nor_sudo_passes(self):
        """A16"""
        root = self.env.ref("base.user_root")
        self.assertGated(lambda order: order.with_user(root).button_mark_done())
        self.assertGated(lambda order: order.sudo().button_mark_done())

    def test_an_order_that_is_done_cannot_be_marked_as_done_again(self):
        """J1"""
        order = self.make_closed()
        self.assertRefused(order, self.mark_done, says="cannot be marked as done again")
        self.rpc(order.closure_id, "action_reopen", "Wrong quantity", user=self.manager)
        self.assertRefused(order, self.mark_done, says="cannot be marked as done again")

    def test_a_cancelled_order_cannot_be_marked_as_done(self):
        order = self.make_order()
        order.action_cancel()
        self.assertRefused(order, self.mark_done, says="cannot be marked as done again")

    def test_the_door_is_shut_again_when_core_asks_something_first(self):
        """J3"""
        order = self.make_order()
        set_producing(order, 4)
        self.pass_checks(order)
        action = self.mark_done(order)
        self.assertEqual(action["res_model"], "mrp.production.backorder")
        self.assertFalse(order.closure_door)
        self.assertRefused(order, lambda order: self.rpc(order, "write", {"state": "done"}))
        self.answer_wizard(action, "action_backorder")
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(order.closure_door, "sealed")

    def test_the_door_is_shut_after_an_error_that_the_caller_swallowed(self):
        order = self.make_order()
        self.pass_checks(order)
        twin = self.make_order(product=self.plain_table)
        twin.lot_producing_ids = False

        def fail(moves, cancel_backorder=False):
            self.assertEqual(order.closure_door, "open")
            raise UserError("The scale is broken")

        self.patch(self.registry["stock.move"], "_action_done", fail)
        try:
            order.button_mark_done()
        except UserError as error:
            self.assertEqual(str(error), "The scale is broken")
        else:
            self.fail("The error got lost")
        self.assertFalse(order.closure_door)
        self.env.flush_all()
        self.assertNotEqual(order.state, "done")

    def test_a_backorder_carries_its_own_closure_and_waits_for_it(self):
        """J4"""
        order = self.make_order()
        set_producing(order, 4)
        self.pass_checks(order)
        self.answer_wizard(self.mark_done(order), "action_backorder")
        backorder = order.production_group_id.production_ids - order
        self.assertEqual(backorder.closure_state, "open")
        self.assertEqual(set(backorder.closure_id.check_ids.mapped("state")), {"todo"})
        self.assertRefused(backorder, self.mark_done, error=RedirectWarning)
        self.pass_checks(backorder)
        self.mark_done(backorder)
        self.assertEqual(backorder.closure_state, "closed")
        self.assertEqual(backorder.qty_produced, 6)

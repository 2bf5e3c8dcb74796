import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .routes import RouteCase


@tagged("post_install", "-at_install")
class TestRoutesWrites(RouteCase):
    """Nothing that writes or creates makes an order done: neither as a client, nor in sudo, nor in SQL.

    Each route is tried on an order that is not ready and on one that is: both need the button.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.blocked = cls.make_order()
        cls.ready = cls.make_order()
        cls.make_ready(cls.ready)
        cls.ready.closure_id.action_refresh()
        cls.root = cls.env.ref("base.user_root")

    def assertShut(self, route, **kwargs):
        """Refused on both orders, for the operator and for the superuser."""
        self.assertEqual(self.ready.closure_state, "approved")
        for order in (self.blocked, self.ready):
            for user in (self.operator, self.root):
                with self.subTest(order=order.closure_state, user=user.login):
                    self.assertRefused(order.with_user(user), lambda order, user=user: route(order, user), **kwargs)

    def test_writing_the_state(self):
        """C1"""
        self.assertShut(
            lambda order, user: self.rpc(order, "write", {"state": "done"}, user=user), says="use Mark as Done"
        )

    def test_writing_the_state_in_sudo(self):
        """C1"""
        self.assertShut(lambda order, user: order.sudo().write({"state": "done"}))
        self.assertShut(lambda order, user: setattr(order, "state", "done"))

    def test_saving_a_form(self):
        """C2"""
        self.assertShut(lambda order, user: self.rpc(order, "web_save", {"state": "done"}, {"state": {}}, user=user))

    def test_saving_many_records(self):
        """C2"""
        self.assertShut(
            lambda order, user: self.rpc(order, "web_save_multi", [{"state": "done"}], {"state": {}}, user=user)
        )

    def test_importing_a_file(self):
        """C3: an import says what it refused in its result."""
        for order in (self.blocked, self.ready):
            for value in ("done", "Done"):
                result = self.rpc(order, "load", [".id", "state"], [[str(order.id), value]])
                self.assertFalse(result["ids"])
                self.assertIn("use Mark as Done", result["messages"][0]["message"])
                self.assertNotEqual(order.state, "done")
                self.assertFalse(order.closure_door)

    def test_creating_an_order_that_is_done(self):
        """C4, C18, C19"""
        vals = {
            "product_id": self.table.id,
            "product_uom_id": self.table.uom_id.id,
            "product_qty": 3,
            "state": "done",
        }
        orders = self.env["mrp.production"].search_count([])
        forged = [
            (vals, {}),
            ({**vals, "closure_door": "sealed"}, {}),
            ({**vals, "closure_template_id": False}, {}),
            ({**vals, "closure_id": self.ready.closure_id.id}, {}),
            (vals, {"default_closure_door": "sealed"}),
            (vals, {"default_closure_template_id": False}),
            ({key: value for key, value in vals.items() if key != "state"}, {"default_state": "done"}),
        ]
        for values, context in forged:
            for user in (self.operator, self.root):
                with self.subTest(values=values, context=context, user=user.login):
                    self.assertRefused(
                        self.blocked,
                        lambda order, values=values, context=context, user=user: self.rpc(
                            order, "create", values, context=context, user=user
                        ),
                    )
        self.assertRefused(self.blocked, lambda order: self.env["mrp.production"].sudo().create(vals))
        self.assertEqual(self.env["mrp.production"].search_count([]), orders)

    def test_copying_an_order_into_one_that_is_done(self):
        """C4"""
        self.assertShut(lambda order, user: self.rpc(order, "copy", {"state": "done"}, user=user))
        self.assertShut(lambda order, user: self.rpc(order, "copy", {"closure_door": "sealed"}, user=user))

    def test_writing_the_state_of_its_moves(self):
        """C5"""
        self.assertShut(
            lambda order, user: self.rpc(
                order.move_raw_ids | order.move_finished_ids, "write", {"state": "done"}, user=user
            )
        )
        for moves in ("move_raw_ids", "move_finished_ids"):
            self.assertShut(
                lambda order, user, moves=moves: self.rpc(order[moves], "write", {"state": "done"}, user=user)
            )

    def test_writing_its_moves_through_the_order(self):
        """C6"""

        def route(order, user):
            commands = {
                name: [[1, move.id, {"state": "done"}] for move in order[name]]
                for name in ("move_raw_ids", "move_finished_ids")
            }
            self.rpc(order, "write", commands, user=user)

        self.assertShut(route)
        for name in ("all_move_ids", "all_move_raw_ids", "move_byproduct_ids"):

            def save(order, user, name=name):
                self.rpc(order, "web_save", {name: [[1, order.move_finished_ids.id, {"state": "done"}]]}, {}, user=user)

            self.assertShut(save)

    def make_posted_move(self, order, user, **vals):
        """A move that is born done, with a line that moves stock."""
        return self.rpc(
            order.move_finished_ids,
            "create",
            {
                "product_id": self.table.id,
                "product_uom_qty": 10,
                "quantity": 10,
                "location_id": order.production_location_id.id,
                "location_dest_id": self.stock.id,
                "state": "done",
                **vals,
            },
            user=user,
        )

    def test_adding_a_move_that_is_done(self):
        """C7"""
        self.assertShut(lambda order, user: self.make_posted_move(order, user, production_id=order.id))
        self.assertShut(lambda order, user: self.make_posted_move(order, user, raw_material_production_id=order.id))
        self.assertShut(
            lambda order, user: self.rpc(
                order,
                "write",
                {"move_finished_ids": [[0, 0, {"product_id": self.table.id, "state": "done"}]]},
                user=user,
            )
        )

    def test_a_move_born_done_as_a_scrap_cannot_bring_product_into_stock(self):
        """C7: a scrap may be posted on an open order; its lines must not lead elsewhere."""
        loss = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)], limit=1
        )

        def route(order, user):
            self.make_posted_move(
                order,
                user,
                production_id=order.id,
                location_dest_id=loss.id,
                quantity=0,
                move_line_ids=[
                    [0, 0, {"product_id": self.table.id, "quantity": 10, "location_dest_id": self.stock.id}]
                ],
            )

        self.assertShut(route)

    def test_a_line_that_says_it_is_done_posts_nothing(self):
        """C7: core believes the state of a line, whatever its move says."""

        def get_vals(order, **vals):
            return {
                "move_id": order.move_finished_ids.id,
                "product_id": self.table.id,
                "quantity": 10,
                "location_id": order.production_location_id.id,
                "location_dest_id": self.stock.id,
                **vals,
            }

        lines = self.env["stock.move.line"]
        self.assertShut(lambda order, user: self.rpc(lines, "create", get_vals(order, state="done"), user=user))
        self.assertShut(
            lambda order, user: self.rpc(lines, "create", get_vals(order), context={"default_state": "done"}, user=user)
        )
        self.assertShut(
            lambda order, user: (
                self.rpc(order.move_finished_ids.move_line_ids, "write", {"state": "done"}, user=user)
                if order.move_finished_ids.move_line_ids
                else self.rpc(lines, "create", get_vals(order, state="done"), user=user)
            )
        )
        before = self.get_traces(self.blocked)
        self.rpc(self.blocked, "write", {"finished_move_line_ids": [[0, 0, get_vals(self.blocked, state="done")]]})
        self.assertEqual(self.get_traces(self.blocked), before)

    def test_a_line_with_a_user_default_of_done_posts_nothing(self):
        """C7"""
        self.rpc(self.env["ir.default"], "set", "stock.move.line", "state", "done", user_id=True)
        before = self.get_stock(self.table)
        self.assertRefused(
            self.blocked,
            lambda order: self.rpc(
                self.env["stock.move.line"],
                "create",
                {
                    "move_id": order.move_finished_ids.id,
                    "product_id": self.table.id,
                    "quantity": 10,
                    "location_id": order.production_location_id.id,
                    "location_dest_id": self.stock.id,
                },
            ),
        )
        self.assertEqual(self.get_stock(self.table), before)

    def test_editing_a_move_that_was_made_done(self):
        """C8: even one whose state got there behind the ORM."""
        move = self.blocked.move_finished_ids
        self.env.flush_all()
        self.env.cr.execute("UPDATE stock_move SET state = 'done' WHERE id = %s", [move.id])
        self.env.invalidate_all()
        self.assertRefused(self.blocked, lambda order: self.rpc(move, "write", {"quantity": 10}))
        self.assertRefused(
            self.blocked,
            lambda order: self.rpc(
                self.env["stock.move.line"],
                "create",
                {"move_id": move.id, "product_id": self.table.id, "quantity": 10},
            ),
        )

    def test_moving_a_line_to_a_move_that_is_done(self):
        """C8"""
        closed = self.make_closed()
        line = self.ready.move_raw_ids[0].move_line_ids[:1]
        self.assertTrue(line)
        self.assertRefused(
            closed, lambda order: self.rpc(line, "write", {"move_id": order.move_raw_ids[0].id}), says="reopen"
        )

    def test_cancelled_components_do_not_make_an_order_done(self):
        """C11"""

        def route(order, user):
            self.rpc(order.move_raw_ids, "write", {"state": "cancel"}, user=user)
            self.rpc(order.move_finished_ids, "write", {"state": "done"}, user=user)

        self.assertShut(route)

    def test_an_order_without_product_moves_does_not_become_done(self):
        """C12, C12b"""
        for state in ("done", "cancel"):
            for take_away in (
                lambda order, user: self.rpc(order.move_finished_ids, "write", {"production_id": False}, user=user),
                lambda order, user: self.rpc(order.move_finished_ids, "unlink", user=user),
                lambda order, user: self.rpc(order, "write", {"move_finished_ids": [[5, 0, 0]]}, user=user),
                lambda order, user: self.rpc(
                    order, "write", {"move_finished_ids": [[3, order.move_finished_ids.id, 0]]}, user=user
                ),
            ):

                def route(order, user, state=state, take_away=take_away):
                    take_away(order, user)
                    self.rpc(order.move_raw_ids, "write", {"state": state}, user=user)

                self.assertShut(route)

    def test_server_actions_are_no_way_around(self):
        """C14"""
        model = self.env["ir.model"]._get("mrp.production")
        field = self.env["ir.model.fields"]._get("mrp.production", "state")
        write, code = self.env["ir.actions.server"].create(
            [
                {
                    "name": "Write the state",
                    "model_id": model.id,
                    "state": "object_write",
                    "update_path": "state",
                    "update_field_id": field.id,
                    "selection_value": self.env["ir.model.fields.selection"]
                    .search([("field_id", "=", field.id), ("value", "=", "done")])
                    .id,
                },
                {
                    "name": "Run code",
                    "model_id": model.id,
                    "state": "code",
                    "code": "record.sudo().write({'state': 'done'})",
                },
            ]
        )
        for action in (write, code):
            self.assertShut(
                lambda order, user, action=action: action.with_context(
                    active_model="mrp.production", active_ids=order.ids, active_id=order.id
                ).run()
            )

    def test_sql_is_refused_by_the_database(self):
        """C15"""
        for order in (self.blocked, self.ready):
            self.env.flush_all()
            with (
                self.assertRaises(psycopg2.errors.CheckViolation) as refusal,
                mute_logger("odoo.sql_db"),
            ):
                self.env.cr.execute("UPDATE mrp_production SET state = 'done' WHERE id = %s", [order.id])
            self.assertIn("mrp_production_closure_gate", str(refusal.exception))
            self.assertNotEqual(order.state, "done")
        plain = self.make_order(product=self.plain_table)
        self.env.flush_all()
        self.env.cr.execute("UPDATE mrp_production SET state = 'done' WHERE id = %s", [plain.id])

    def test_the_fields_of_the_gate_cannot_be_set(self):
        """C16, C17"""
        for vals in (
            {"closure_door": "open"},
            {"closure_door": "sealed", "state": "done"},
            {"closure_template_id": False},
            {"closure_id": False},
            {"closure_id": False, "closure_template_id": False},
        ):
            self.assertShut(lambda order, user, vals=vals: self.rpc(order, "write", vals, user=user), error=AccessError)
            self.assertShut(
                lambda order, user, vals=vals: self.rpc(order, "web_save", vals, {}, user=user), error=AccessError
            )
            self.assertShut(lambda order, user, vals=vals: order.sudo().write(vals), error=AccessError)
            self.assertShut(lambda order, user, vals=vals: order.sudo().update(vals), error=AccessError)

    def test_defaults_of_users_do_not_reach_the_gate(self):
        """C16, C18"""
        for name, value in (
            ("closure_door", "sealed"),
            ("closure_template_id", False),
            ("closure_id", self.ready.closure_id.id),
        ):
            self.rpc(self.env["ir.default"], "set", "mrp.production", name, value, user_id=True)
        order = self.env["mrp.production"].browse(
            self.rpc(self.env["mrp.production"], "create", {"product_id": self.table.id, "product_qty": 1})
        )
        self.assertEqual(order.closure_template_id, self.template)
        self.assertFalse(order.closure_door)
        self.assertFalse(order.closure_id)

import json

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.service.model import call_kw
from odoo.tools import mute_logger

from .common import ClosureCase

# ValidationError is a UserError; RedirectWarning is none.
REFUSALS = (AccessError, RedirectWarning, UserError)


class RouteCase(ClosureCase):
    """Routes to ``done``: each is tried on an order that is not ready, on one that is,
    and on the plain twin of that one, which no template covers."""

    @classmethod
    def rpc(cls, records, method, *args, user=None, context=None, **kwargs):
        """Call a method the way a client does: as a user, through JSON, with the client's context."""
        model = records.env(user=user or cls.operator, context={})[records._name]
        is_model_method = getattr(getattr(type(model), method), "_api_model", False)
        args, kwargs, context = json.loads(json.dumps([args, kwargs, context or {}], default=str))
        result = call_kw(
            model, method, args if is_model_method else [records.ids, *args], {**kwargs, "context": context}
        )
        cls.env.flush_all()
        return result

    @classmethod
    def rpc_wizard(cls, model, method, vals, context=None):
        """Create a wizard and press one of its buttons, as a client does."""
        wizard = cls.env[model]
        wizard = wizard.browse(cls.rpc(wizard, "create", vals, context=context))
        return cls.rpc(wizard, method, context=context)

    @classmethod
    def answer_wizard(cls, action, method):
        """Press a button of the wizard that ``button_mark_done`` came back with."""
        return cls.rpc_wizard(action["res_model"], method, {}, context=action["context"])

    @classmethod
    def make_twins(cls, bom=None, **vals):
        """Two alike products with a bill of materials each; the template covers the first one only."""
        covered, plain = cls.env["product.product"].create(
            [{"is_storable": True, **vals, "name": name} for name in ("Covered", "Plain")]
        )
        for product in (covered, plain):
            cls.make_bom(product, **(bom or {}))
        cls.template.product_ids += covered
        return covered, plain

    @classmethod
    def get_stock(cls, products):
        """What is on hand, by product, in the company's own locations."""
        quants = cls.env["stock.quant"]._read_group(
            [("product_id", "in", products.ids), ("location_id.usage", "=", "internal")],
            ["product_id"],
            ["quantity:sum"],
        )
        return {product: quantity for product, quantity in quants if quantity}

    @classmethod
    def get_traces(cls, order):
        """Everything that posting an order would leave behind."""
        cls.env.flush_all()
        cls.env.invalidate_all()
        order = order.sudo()
        moves = order.all_move_raw_ids | order.all_move_ids
        return {
            "state": order.state,
            "moves": [(move.id, move.state, move.quantity) for move in moves.sorted("id")],
            "stock": cls.get_stock(moves.product_id),
            "journal entries": cls.env["account.move"].search_count([]),
            "values": moves.filtered(lambda move: move.state == "done").mapped("value"),
            "closure": (order.closure_id.id, order.closure_id.state, order.closure_door, order.closure_template_id.id),
            "checks": [(check.id, check.state) for check in order.closure_id.check_ids.sorted("id")],
            "workorders": [(workorder.id, workorder.state, workorder.duration) for workorder in order.workorder_ids],
        }

    @classmethod
    def get_outcome(cls, order):
        """What an order has become, in words that do not name its product: equal for twins."""
        cls.env.flush_all()
        cls.env.invalidate_all()
        order = order.sudo()
        role = {order.product_id: "product"}

        def describe(moves):
            return sorted(
                (role.get(move.product_id, move.product_id.name), move.state, move.quantity, move.value)
                for move in moves
            )

        backorders = order.production_group_id.production_ids - order
        return {
            "state": order.state,
            "locked": order.is_locked,
            "quantity": (order.product_qty, order.qty_producing, order.qty_produced),
            "components": describe(order.move_raw_ids),
            "products": describe(order.move_finished_ids),
            "workorders": sorted(
                (workorder.name, workorder.state, workorder.qty_produced) for workorder in order.workorder_ids
            ),
            "backorders": sorted((backorder.state, backorder.product_qty) for backorder in backorders),
            "stock": cls.get_stock(order.product_id).get(order.product_id, 0),
        }

    def assertRefused(self, order, route, error=REFUSALS, says="To "):
        """The route is refused in a sentence of ours, and leaves no trace."""
        before, message = self.get_traces(order), ""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                route(order)
                self.env.flush_all()
        except CheckViolation as refusal:
            # Over RPC, Odoo answers with the sentence of the constraint.
            self.assertEqual(refusal.diag.constraint_name, "mrp_production_closure_gate")
            message = self.env["mrp.production"]._closure_gate.message
        except error as refusal:
            message = str(refusal)
        else:
            self.fail(f"Not refused: {order.name} is {order.state} now")
        self.assertEqual(self.get_traces(order), before)
        self.assertIn(says, message)
        return message

    def assertSameAsPlain(self, order, plain):
        """The order closed with its closure, and became what its plain twin became."""
        self.assertEqual(self.get_outcome(order), self.get_outcome(plain))
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(order.closure_door, "sealed")
        self.assertEqual(plain.closure_state, "none")

    def assertGated(self, route, prepare=None, twins=None, **vals):
        """Refused before the checks are met; afterwards it does what plain Odoo does.

        :param prepare: what happens to the order before its checks are answered
        :param twins: the covered product and its plain twin
        """
        covered, plain = twins or (self.table, self.plain_table)
        orders = [self.make_order(product=product, **vals) for product in (covered, covered, plain)]
        blocked, ready, untouched = orders
        for order in orders:
            if prepare:
                prepare(order)
        self.assertEqual(blocked.closure_state, "open")
        message = self.assertRefused(blocked, route)
        self.assertIn(blocked.name, message)
        self.pass_checks(ready)
        route(ready)
        route(untouched)
        self.assertIn(untouched.state, ("done", "cancel"))
        self.assertSameAsPlain(ready, untouched)
        return ready


def set_producing(order, quantity):
    """Enter a quantity as the form does: components follow."""
    order.qty_producing = quantity
    order.set_qty_producing()


def now():
    return fields.Datetime.to_string(fields.Datetime.now())

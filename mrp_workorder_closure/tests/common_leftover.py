from odoo import Command
from odoo.tests import Form, new_test_user

from .common import ClosureCase


class LeftoverCase(ClosureCase):
    """Orders whose components are brought to the line: ``issue``, ``use``, ``settle`` in one line each.

    A warehouse in two steps, a template with nothing but the material balance. User ``controller``
    is a warehouse controller without any right on manufacturing or stock.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.controller = new_test_user(
            cls.env,
            "closure_controller",
            groups="base.group_user,mrp_workorder_closure.group_warehouse_controller",
            name="Wim Warehouse",
        )
        cls.template.point_ids.unlink()
        cls.template.point_ids = [Command.create({"name": "Material is accounted for", "kind": "material_balance"})]
        cls.warehouse.manufacture_steps = "pbm"
        cls.line = cls.warehouse.pbm_loc_id

    @classmethod
    def issue(cls, order):
        """The warehouse brings everything to the line."""
        pickings = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        pickings.move_ids.picked = True
        pickings.button_validate()
        order.invalidate_recordset()

    @classmethod
    def use(cls, order, **used):
        """The operator produces everything; ``leg=36`` overwrites what was used of a component."""
        order.qty_producing = order.product_qty
        order.set_qty_producing()
        for name, quantity in used.items():
            cls.get_move(order, getattr(cls, name)).quantity = quantity
        order.move_raw_ids.picked = True

    @classmethod
    def make_issued(cls, qty=10, **used):
        """An order of which everything was brought, and, where told, used."""
        order = cls.make_order(qty=qty)
        cls.issue(order)
        if used:
            cls.use(order, **used)
        return order

    @classmethod
    def get_move(cls, order, product):
        return order.move_raw_ids.filtered(lambda move: move.product_id == product and not move.scrap_id)

    def open_dialog(self, closures, user=None, method="action_return"):
        """The dialog as the web client opens it."""
        action = getattr(closures.with_user(user or self.operator), method)()
        model = self.env[action["res_model"]].with_user(user or self.operator)
        return model.with_context(**action["context"])

    def settle(self, closures, *decisions, user=None, reason="Two too many", **vals):
        """Settle leftovers in the dialog; each decision is ``(product, act, quantity)`` or with a lot as fourth.

        What no decision names is left.
        """
        wizard = self.open_dialog(closures, user).create({"reason": reason, **vals})
        wizard.line_ids.write({"act": "leave"})
        for product, act, quantity, *lots in decisions:
            line = wizard.line_ids.filtered(
                lambda line, product=product, lots=lots: (
                    line.product_id == product and (not lots or line.lot_id == lots[0])
                )
            )
            line.write({"act": act, "quantity": quantity})
        wizard.action_confirm()
        self.env.invalidate_all()
        return closures.sudo().leftover_ids

    def fill_in(self, closures, user=None):
        """The dialog through its view, for what people see and type."""
        action = closures.with_user(user or self.operator).action_return()
        return Form(self.env[action["res_model"]].with_user(user or self.operator).browse(action["res_id"]))

    def get_stock(self, product, location, lot=None):
        """Quantity of a product in a location, from its quants."""
        domain = [("product_id", "=", product.id), ("location_id", "child_of", location.id)]
        quants = self.env["stock.quant"].search(domain + ([("lot_id", "=", lot.id)] if lot else []))
        return sum(quants.mapped("quantity"))

    def get_reservations(self):
        """Everything that is reserved, by move and lot."""
        lines = self.env["stock.move.line"].search([("state", "not in", ("done", "cancel", "draft"))])
        return {(line.move_id, line.lot_id): line.quantity_product_uom for line in lines}

    def get_figures(self, order, product, lot=None):
        figures = order.closure_id.sudo()._compute_balances()[order.closure_id]
        return figures[product, lot or self.env["stock.lot"]]

    def make_tracked(self, tracking, *quantities):
        """A tracked component on the bill of the table, with a lot in stock for each quantity."""
        product = self.env["product.product"].create(
            {"name": f"Screw by {tracking}", "is_storable": True, "tracking": tracking, "standard_price": 2}
        )
        lots = self.env["stock.lot"].create(
            [{"product_id": product.id, "name": f"{tracking}-{number}"} for number in range(len(quantities))]
        )
        for lot, quantity in zip(lots, quantities, strict=True):
            self.env["stock.quant"]._update_available_quantity(product, self.stock, quantity, lot_id=lot)
        self.bom.bom_line_ids = [Command.create({"product_id": product.id, "product_qty": 1})]
        return product, lots

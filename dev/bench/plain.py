"""Odoo as it comes: the data that all variants share, and what is done with it in each scenario."""

import re

from lxml import etree

from odoo.fields import Command

LIST_VIEW_REF = re.compile(r"'list_view_ref': '([\w.]+)'")
OPERATOR_GROUPS = (
    "mrp.group_mrp_user",
    "mrp.group_mrp_routings",
    # Without these two, mrp_account refuses a manufacturing user some of its own screens.
    "account.group_account_readonly",
    "analytic.group_analytic_accounting",
)
OPERATIONS = ("Saw", "Weld", "Test")


class Plain:
    """A pump of three components and three operations, and the operator who makes it."""

    modules = ("mrp_account", "maintenance")

    def __init__(self):
        self.env = None
        self.ids = {}

    # Data

    def set_up(self):
        """Everything but the orders."""
        self.ids["operator"] = self._make_user("bench_operator", OPERATOR_GROUPS).id
        workcenter = self.env["mrp.workcenter"].create({"name": "Bench line", "costs_hour": 60})
        vals = [{"name": f"Part {n}", "is_storable": True, "standard_price": 10 * n} for n in (1, 2, 3)]
        parts = self.env["product.product"].create(vals)
        pump = self.env["product.product"].create({"name": "Bench Pump", "is_storable": True, "standard_price": 100})
        self.ids["product"] = pump.id
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": pump.product_tmpl_id.id,
                "consumption": "flexible",
                "bom_line_ids": [Command.create({"product_id": part.id, "product_qty": 2}) for part in parts],
                "operation_ids": [
                    Command.create({"name": name, "workcenter_id": workcenter.id, "time_cycle_manual": 5})
                    for name in OPERATIONS
                ],
            }
        )
        stock = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1).lot_stock_id
        for part in parts:
            self.env["stock.quant"]._update_available_quantity(part, stock, 10_000_000)

    def _make_user(self, login, groups=()):
        groups = self.env["res.groups"].union(*map(self.env.ref, ("base.group_user", *groups)))
        vals = {"login": login, "name": login, "email": f"{login}@example.com", "group_ids": [Command.set(groups.ids)]}
        return self.env["res.users"].with_context(no_reset_password=True).create(vals)

    def as_user(self, records, name="operator"):
        """The records as a user's web client has them: no right more, and nothing read yet."""
        user = self.env["res.users"].browse(self.ids[name])
        return records.with_user(user).with_context(allowed_company_ids=self.env.company.ids, lang="en_US")

    def make_drafts(self, number):
        vals = {"product_id": self.ids["product"], "product_qty": 5, "user_id": self.ids["operator"]}
        orders = self.as_user(self.env["mrp.production"]).create([dict(vals) for _number in range(number)])
        return self.as_user(self.env["mrp.production"].browse(orders.ids))

    def make_confirmed(self, number):
        orders = self.make_drafts(number)
        orders.action_confirm()
        return orders

    def make_complete(self, number):
        """Quantities are entered and work orders finished."""
        orders = self.make_confirmed(number)
        for order in orders:
            order.qty_producing = order.product_qty
            order.set_qty_producing()
        orders.move_raw_ids.picked = True
        orders.workorder_ids.button_finish()
        return orders

    def make_ready(self, number):
        """Orders that Mark as Done will close."""
        return self.make_complete(number)

    def make_closed(self, number):
        orders = self.make_ready(number)
        orders.button_mark_done()
        return orders

    # Scenarios: each prepares so many orders and returns what is measured

    def confirm(self, number):
        orders = self.make_drafts(number)
        return orders.action_confirm, lambda: self._expect(orders, "confirmed")

    def mark_done(self, number):
        orders = self.make_ready(number)
        return orders.button_mark_done, lambda: self._expect(orders, "done")

    def open_form(self, number):
        orders = self.make_confirmed(number)
        spec = self._get_spec(orders.browse(), "form")
        return lambda: orders.web_read(spec), None

    def open_list(self, number):
        orders = self.make_confirmed(number)
        spec = self._get_spec(orders.browse(), "list")
        domain = [("state", "in", ("draft", "confirmed", "progress", "to_close"))]
        return lambda: orders.browse().web_search_read(domain, spec, limit=number), None

    def _expect(self, orders, state):
        found = set(orders.mapped("state"))
        assert found == {state}, found

    # What the web client asks for to show a view

    def _get_spec(self, model, view_type, view_id=False):
        return self._get_spec_of_arch(model, model.get_view(view_id, view_type)["arch"])

    def _get_spec_of_arch(self, model, arch):
        nodes = etree.fromstring(arch).xpath(".//field[not(ancestor::field)]")
        return {node.get("name"): self._get_spec_of_field(model, node) for node in nodes}

    def _get_spec_of_field(self, model, node):
        field = model._fields[node.get("name")]
        if field.type == "many2one":
            return {"fields": {"display_name": {}}}
        if field.type not in ("one2many", "many2many") or node.get("invisible") in ("1", "True"):
            return {}
        if "tags" in node.get("widget", ""):
            return {"fields": {"display_name": {}}}
        comodel = model.env[field.comodel_name]
        inline = node.find("list")
        if inline is not None:
            return {"fields": self._get_spec_of_arch(comodel, etree.tostring(inline))}
        named = LIST_VIEW_REF.search(node.get("context", ""))
        return {"fields": self._get_spec(comodel, "list", named and self.env.ref(named[1]).id)}

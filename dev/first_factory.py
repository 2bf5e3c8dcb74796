"""The joinery of which the first version's story is told: what it makes, who works there, what it asks of an order.

Runs with the addon's first version (19.0.1.0.0), beside the demo factory of that version, whose people it borrows,
and again with the code as it is now, on what was upgraded.
"""

import base64
from datetime import timedelta

from odoo.fields import Command

ADDON = "mrp_workorder_closure"
# A picture of one pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
AUTOMATIC_KINDS = """
    output_quantity consumption workorders_finished time_recorded downtime_explained lots_assigned byproducts_recorded
    pending_transfers subcontracting_received child_orders_closed dates_consistent equipment_serviced scrap_explained
    material_balance nonconformities_dispositioned cost_within_tolerance
""".split()
TOLERANT = ("output_quantity", "consumption", "byproducts_recorded", "material_balance", "cost_within_tolerance")


class Joinery:
    """Shelves, which show what approvals may come to, and cabinets, which show every kind of evidence.

    ``clock`` is a frozen one, from freezegun, which ``work`` moves on; without it time passes by itself.
    """

    def __init__(self, env, clock=None):
        self.env = env
        self.clock = clock

    # Who and what there is

    def person(self, login):
        return self.env["res.users"].search([("login", "=", login)])

    def group(self, name):
        return self.env.ref(f"{ADDON}.group_{name}")

    def product(self, code):
        return self.env["product.product"].search([("default_code", "=", code)])

    def orders(self, code):
        """``{what the order is called in the story: order}`` of a product."""
        orders = self.env["mrp.production"].search([("product_id", "=", self.product(code).id)], order="id")
        return {order.origin: order for order in orders}

    @property
    def warehouse(self):
        return self.env["stock.warehouse"].search([("code", "=", "JOIN")])

    # Setting up

    def build(self):
        """A warehouse in two steps, a work center with its machine, products with their bills, two templates."""
        warehouse = self.env["stock.warehouse"].create(
            {"name": "Joinery", "code": "JOIN", "manufacture_steps": "pbm", "reception_steps": "one_step"}
        )
        bench = self.env["mrp.workcenter"].create({"name": "Joiner's Bench", "code": "JB", "costs_hour": 40})
        self.env["maintenance.equipment"].create({"name": "Table Saw", "workcenter_id": bench.id})
        self._make_products()
        self._stock("LEG", 2000)
        lot = self.env["stock.lot"].create({"name": "OAK-1", "product_id": self.product("OAK").id})
        self._stock("OAK", 500, lot_id=lot)
        cabinet = self._make_bill("CABINET", warehouse, bench, ("Saw", "Assemble"))
        self._make_bill("SHELF", warehouse, bench, ("Glue",))
        self._make_cabinet_template(cabinet, warehouse)
        self._make_shelf_template()

    def _make_products(self):
        category = self.env["product.category"].create({"name": "Furniture", "property_cost_method": "average"})
        shared = {"is_storable": True, "categ_id": category.id}
        self.env["product.product"].create(
            [
                {**shared, "name": "Oak Board", "default_code": "OAK", "tracking": "lot", "standard_price": 20},
                {**shared, "name": "Leg", "default_code": "LEG", "standard_price": 5},
                {**shared, "name": "Sawdust", "default_code": "DUST"},
                {**shared, "name": "Cabinet", "default_code": "CABINET", "tracking": "lot"},
                {**shared, "name": "Shelf", "default_code": "SHELF"},
                {**shared, "name": "Cabinet, Second Choice", "default_code": "SECOND", "tracking": "lot"},
            ]
        )

    def _stock(self, code, quantity, **lot):
        self.env["stock.quant"]._update_available_quantity(
            self.product(code), self.warehouse.lot_stock_id, quantity, **lot
        )

    def _make_bill(self, code, warehouse, bench, operations):
        """A bill of a board and four legs, that leaves sawdust."""
        oak, leg, dust = (self.product(part) for part in ("OAK", "LEG", "DUST"))
        return self.env["mrp.bom"].create(
            {
                "product_tmpl_id": self.product(code).product_tmpl_id.id,
                "consumption": "flexible",
                "picking_type_id": warehouse.manu_type_id.id,
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": quantity})
                    for part, quantity in ((oak, 1), (leg, 4))
                ],
                "byproduct_ids": [Command.create({"product_id": dust.id, "product_qty": 1, "cost_share": 1})],
                "operation_ids": [
                    Command.create({"name": name, "workcenter_id": bench.id, "time_cycle_manual": 6})
                    for name in operations
                ],
            }
        )

    def _make_cabinet_template(self, bill, warehouse):
        self.env["mrp.closure.template"].create(
            {
                "name": "Cabinets",
                "bom_ids": [Command.set(bill.ids)],
                "picking_type_ids": [Command.set(warehouse.manu_type_id.ids)],
                "point_ids": [Command.create(vals) for vals in (*self._answered(bill), *self._automatic())],
                "level_ids": [
                    Command.create(
                        {
                            "name": "Workshop",
                            "user_ids": [Command.set(self.person("approver").ids)],
                            "deadline_hours": 24,
                            "reminder_hours": 4,
                            "escalation_group_id": self.group("manager").id,
                            "comment_required": True,
                        }
                    )
                ],
            }
        )

    def _answered(self, bill):
        """Control points that a person answers, one of each kind, and an inspection."""
        height = {"name": "Height", "kind": "variable", "target": 900, "min_value": 899, "max_value": 901, "unit": "mm"}
        scratches = {"name": "Scratches", "picture": base64.b64encode(PICTURE)}
        inspector = {"group_id": self.group("inspector").id}
        return (
            {"name": "Bench is cleared", "instructions": "<p>Nothing of another order lies on it.</p>"},
            {
                "name": "Released for sale",
                "signature_required": True,
                "user_ids": [Command.set(self.person("manager").ids)],
            },
            {"name": "Width", "kind": "measure", "min_value": 499.5, "max_value": 500.5, "unit": "mm"},
            {"name": "Drawing", "kind": "document", "deadline_hours": 8},
            {"name": "Packed cabinet", "kind": "photo", "operation_ids": [Command.set(bill.operation_ids[1:].ids)]},
            {"name": "Label", "severity": "warning"},
            {
                "name": "Final inspection",
                "kind": "inspection",
                "sampling": "fixed",
                "sample_value": 2,
                "signature_required": True,
                "characteristic_ids": [Command.create(height), Command.create(scratches)],
                **inspector,
            },
        )

    def _automatic(self):
        """Control points that the system answers, one of each kind."""
        for kind in AUTOMATIC_KINDS:
            tolerance = {"tolerance_pct": 500 if kind == "cost_within_tolerance" else 10} if kind in TOLERANT else {}
            yield {"name": kind.replace("_", " ").capitalize(), "kind": kind, **tolerance}

    def _make_shelf_template(self):
        """Two levels at the same time, one of them with the responsible, then finance with a signature."""
        self.env["mrp.closure.template"].create(
            {
                "name": "Shelves",
                "product_ids": [Command.set(self.product("SHELF").ids)],
                "point_ids": [Command.create({"name": "Glue is dry"})],
                "level_ids": [
                    Command.create(
                        {"name": "Workshop", "sequence": 10, "user_ids": [Command.set(self.person("approver").ids)]}
                    ),
                    Command.create({"name": "Responsible", "sequence": 10, "is_responsible": True}),
                    Command.create(
                        {
                            "name": "Finance",
                            "sequence": 20,
                            "group_id": self.group("cost_controller").id,
                            "signature_required": True,
                        }
                    ),
                ],
            }
        )

    # Working

    def order(self, code, name, qty=2, confirm=True, responsible="manager"):
        """An order of the operator; ``name`` is what the story calls it."""
        order = (
            self.env["mrp.production"]
            .with_user(self.person("operator"))
            .create(
                {
                    "product_id": self.product(code).id,
                    "product_qty": qty,
                    "origin": name,
                    "user_id": self.person(responsible).id,
                    "picking_type_id": self.warehouse.manu_type_id.id,
                }
            )
        )
        if confirm:
            order.action_confirm()
        return order

    def issue(self, order):
        """The warehouse brings everything to the line."""
        pickings = order.picking_ids.sudo().filtered(lambda picking: picking.state not in ("done", "cancel"))
        pickings.move_ids.picked = True
        pickings.button_validate()
        order.invalidate_recordset()

    def work(self, order, minutes=30):
        """Start each open operation and finish it after a while, by the operator."""
        for workorder in order.workorder_ids.filtered(lambda each: each.state != "done").sorted("id"):
            workorder.button_start()
            if self.clock:
                self.clock.tick(timedelta(minutes=minutes))
            workorder.button_finish()

    def produce(self, order, quantity=None, **used):
        """Enter what was made, and where it differs from the bill, what was used."""
        order.qty_producing = quantity or order.product_qty
        order.set_qty_producing()
        for code, amount in used.items():
            order.move_raw_ids.filtered(lambda move, code=code: move.product_id.default_code == code).quantity = amount
        order.move_raw_ids.picked = True
        order.move_byproduct_ids.picked = True

    def submit_shelf(self, name, quantity=None, **vals):
        """A shelf order with everything done: its closure submits itself."""
        order = self.order("SHELF", name, **vals)
        self.issue(order)
        self.produce(order, quantity)
        self.work(order)
        order.closure_id.check_ids.action_pass()
        order.closure_id.action_refresh()
        return order

    def decide(self, order, login, verdict, comment="Looked at", **target):
        """Decide about a submitted order, with a signature where the level asks for one."""
        closure = order.closure_id.with_user(self.person(login))
        closure._decide_signed(verdict, comment, password=login, **target)

    def release(self, order):
        """Every level of a shelf approves."""
        for login in ("approver", "manager", "cost"):
            self.decide(order, login, "approved")

    def close(self, order):
        order.with_user(self.person("operator")).button_mark_done()
        order.env.flush_all()
        return order

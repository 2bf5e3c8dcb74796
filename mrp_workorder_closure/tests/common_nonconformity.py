from odoo import Command
from odoo.tests import new_test_user

from .common import ClosureCase


class NonconformityCase(ClosureCase):
    """Orders with something wrong: ``report``, ``decide`` and ``close`` in one line each.

    Users: ``inspector`` decides, ``operator`` reports. The template asks for nothing but
    the rule about nonconformities.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspector = new_test_user(
            cls.env,
            "closure_inspector",
            groups="base.group_user,mrp_workorder_closure.group_inspector",
            name="Ina Inspector",
        )
        cls.template.point_ids.unlink()
        cls.template.point_ids = [
            Command.create({"name": "Nothing undecided", "kind": "nonconformities_dispositioned"})
        ]
        cls.supplier_location = cls.env.ref("stock.stock_location_suppliers")

    @classmethod
    def pass_checks(cls, order):
        """Nothing to answer: the only check is the system's."""

    @classmethod
    def report(cls, order, quantity, user=None, **vals):
        return (
            cls.env["mrp.closure.nonconformity"]
            .with_user(user or cls.operator)
            .create({"closure_id": order.closure_id.id, "quantity": quantity, **vals})
        )

    @classmethod
    def decide(cls, nonconformity, *decisions, user=None):
        """Each decision is ``(disposition, quantity)`` or ``(disposition, quantity, values)``."""
        return nonconformity.with_user(user or cls.inspector).action_disposition(
            [
                {"disposition": disposition, "quantity": quantity, **(rest[0] if rest else {})}
                for disposition, quantity, *rest in decisions
            ]
        )

    @classmethod
    def close(cls, order):
        order.with_user(cls.operator).button_mark_done()
        order.invalidate_recordset()

    def get_place(self, hold):
        return self.warehouse._get_closure_location(hold)

    def get_stock(self, product, location):
        """Quantity of a product in a location, from its quants."""
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "child_of", location.id)]
        )
        return sum(quants.mapped("quantity"))

    def get_scrapped(self, product):
        location = self.env["stock.scrap"].new({"company_id": self.company.id}).scrap_location_id
        return self.get_stock(product, location)

    def get_value(self, product):
        """Value of what the company owns of a product."""
        product.invalidate_recordset()
        return product.with_company(self.company).total_value

    def make_product(self, tracking="none", method="average", **vals):
        category = self.env["product.category"].create({"name": f"Made {method}", "property_cost_method": method})
        product = self.env["product.product"].create(
            {
                "name": f"Chair {tracking}",
                "is_storable": True,
                "tracking": tracking,
                "categ_id": category.id,
                "standard_price": 45 if method == "standard" else 0,
                **vals,
            }
        )
        self.template.product_ids = [Command.link(product.id)]
        self.make_bom(product)
        return product

    def make_tracked_order(self, product, qty=10, steps="mrp_one_step"):
        self.warehouse.manufacture_steps = steps
        order = self.make_order(qty=qty, product=product, picking_type_id=self.warehouse.manu_type_id.id)
        if steps != "mrp_one_step":
            order.picking_ids.move_ids.picked = True
            order.picking_ids.button_validate()
        count = {"none": 0, "lot": 1, "serial": qty}[product.tracking]
        lots = self.env["stock.lot"].create(
            [{"product_id": product.id, "name": f"{product.name} {number}"} for number in range(count)]
        )
        order.lot_producing_ids = lots
        order.qty_producing = qty
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        return order

    def assertStock(self, product, accepted=0, quarantined=0, scrapped=0, regraded=0):
        found = {
            "accepted": self.get_stock(product, self.stock)
            + (self.get_stock(product, self.warehouse.sam_loc_id) if self.warehouse.sam_loc_id else 0),
            "quarantined": self.get_stock(product, self.get_place("quarantine")),
            "scrapped": self.get_scrapped(product),
            "regraded": self.get_stock(product, self.get_place("regraded")),
        }
        wanted = {"accepted": accepted, "quarantined": quarantined, "scrapped": scrapped, "regraded": regraded}
        self.assertEqual(found, wanted)

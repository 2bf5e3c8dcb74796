from odoo import Command
from odoo.tests import tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestBaseline(ClosureCase):
    """What an order was planned to take and to cost is kept as it stood at confirmation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offcut = cls.env["product.product"].create({"name": "Offcut", "is_storable": True})
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.bom.byproduct_ids = [
            Command.create(
                {"product_id": cls.offcut.id, "product_qty": 1, "product_uom_id": cls.dozen.id, "cost_share": 5}
            )
        ]
        cls.workcenter.write({"time_start": 6, "time_stop": 4})

    def test_quantities_prices_and_rates_are_those_of_the_confirmation(self):
        order = self.make_order(qty=10)
        baseline = order.sudo().closure_id.cost_baseline
        self.assertEqual((baseline["product_qty"], baseline["uom_id"]), (10, order.product_uom_id.id))
        self.assertEqual(
            baseline["components"],
            {str(self.board.id): {"qty": 10, "price": 20}, str(self.leg.id): {"qty": 40, "price": 5}},
        )
        self.assertEqual(baseline["byproducts"], {str(self.offcut.id): {"qty": 120, "cost_share": 5}})
        self.assertEqual(
            baseline["operations"],
            [
                {
                    "operation_id": self.bom.operation_ids.id,
                    "name": "Assemble",
                    "workorder_id": order.workorder_ids.id,
                    "workcenter_id": self.workcenter.id,
                    "minutes": 110,
                    "setup_minutes": 10,
                    "capacity": 1,
                    "rate": 60,
                }
            ],
        )

    def test_later_prices_rates_and_plans_leave_it_alone(self):
        order = self.make_order(qty=10)
        before = order.sudo().closure_id.cost_baseline
        self.leg.standard_price = 50
        self.workcenter.write({"costs_hour": 600, "time_start": 60})
        self.bom.operation_ids.time_cycle_manual = 99
        self.bom.bom_line_ids[0].product_qty = 7
        order.closure_id.action_refresh()
        self.env.invalidate_all()
        self.assertEqual(order.sudo().closure_id.cost_baseline, before)
        later = self.make_order(qty=10).sudo().closure_id.cost_baseline
        self.assertEqual(later["components"][str(self.leg.id)]["price"], 50)
        self.assertEqual(later["components"][str(self.board.id)]["qty"], 70)
        self.assertEqual((later["operations"][0]["rate"], later["operations"][0]["minutes"]), (600, 1054))

    def test_prices_are_those_of_the_unit_of_the_product_in_the_company_of_the_order(self):
        line = self.bom.bom_line_ids.filtered(lambda line: line.product_id == self.leg)
        line.write({"product_qty": 1, "product_uom_id": self.dozen.id})
        other = self.env["res.company"].create({"name": "Second Factory"})
        self.leg.with_company(other).standard_price = 999
        order = self.make_order(qty=2)
        self.assertEqual(order.sudo().closure_id.cost_baseline["components"][str(self.leg.id)], {"qty": 24, "price": 5})

    def test_an_order_without_a_bill_of_materials_keeps_its_own_lines(self):
        block = self.env["product.product"].create({"name": "Block", "is_storable": True})
        self.template.product_ids += block
        order = self.make_order(product=block, qty=3, confirm=False)
        order.move_raw_ids = [Command.create({"product_id": self.leg.id, "product_uom_qty": 6})]
        order.action_confirm()
        self.assertFalse(order.bom_id)
        self.assertEqual(
            order.sudo().closure_id.cost_baseline["components"], {str(self.leg.id): {"qty": 6, "price": 5}}
        )

from contextlib import contextmanager

from odoo import Command
from odoo.tests import new_test_user

from ..common import ClosureCase


class WideCase(ClosureCase):
    """The small factory in a database with Odoo's other applications.

    A class names the applications it needs; where one is missing it fails: a route
    that nobody tried must not look shut. Products are valued in real time at average
    cost, so that stock of an order makes journal entries.
    """

    applications = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        installed = cls.env["ir.module.module"].search([("state", "=", "installed")]).mapped("name")
        missing = sorted(set(cls.applications) - set(installed))
        if missing:
            raise AssertionError(f"To run {cls.__name__}, install {', '.join(missing)}")
        account = cls.env["account.account"].create(
            {"name": "Cost of Production", "code": "CLOSURE1", "account_type": "asset_current"}
        )
        production = cls.env["stock.location"].search(
            [("usage", "=", "production"), ("company_id", "=", cls.company.id)]
        )
        production.valuation_account_id = account
        cls.valued = cls.env["product.category"].create(
            {"name": "Valued Goods", "property_cost_method": "average", "property_valuation": "real_time"}
        )
        (cls.board | cls.leg | cls.table | cls.plain_table).categ_id = cls.valued
        cls.stock_user = new_test_user(cls.env, "closure_stock_user", groups="stock.group_stock_user", name="Sam Stock")

    @classmethod
    def make_goods(cls, name, **vals):
        return cls.env["product.product"].create({"name": name, "is_storable": True, "categ_id": cls.valued.id, **vals})

    @classmethod
    def make_template(cls, product, **vals):
        """A template for one product, with one blocking check."""
        return cls.env["mrp.closure.template"].create(
            {
                "name": product.name,
                "product_ids": [Command.set(product.ids)],
                "point_ids": [Command.create({"name": "Papers are in"})],
                **vals,
            }
        )

    @contextmanager
    def assert_nothing_posted(self):
        """Neither stock nor journal entries change, and no move gets done."""
        before = self.get_posted()
        yield
        self.env.invalidate_all()
        self.assertEqual(self.get_posted(), before)

    def get_posted(self):
        quants = self.env["stock.quant"]._read_group([], ["product_id", "location_id"], ["quantity:sum"])
        return {
            "quants": sorted((product.id, location.id, quantity) for product, location, quantity in quants if quantity),
            "moves": self.env["stock.move"].search_count([("state", "=", "done")]),
            "entries": self.env["account.move"].search_count([]),
            "orders": self.env["mrp.production"].search_count([("state", "=", "done")]),
        }

    def get_figures(self, order):
        """What closing an order has made of it, without the names that differ between two orders."""
        order = order.sudo()
        moves = order.move_raw_ids | order.move_finished_ids
        entries = moves.account_move_id | self.env["account.move"].search([("ref", "=", f"{order.name} - Labour")])
        return {
            "order": (order.state, order.product_qty, order.qty_producing, order.qty_produced, order.extra_cost),
            "moves": sorted(
                (
                    "output" if move.product_id == order.product_id else move.product_id.name,
                    move.state,
                    move.product_uom_qty,
                    move.quantity,
                    move.value,
                    move.location_id.id,
                    move.location_dest_id.id,
                )
                for move in moves
            ),
            "entries": sorted((line.account_id.code, line.balance) for line in entries.line_ids),
            "workorders": order.workorder_ids.mapped("state"),
            "unit_cost": order.product_id.standard_price,
        }

    def assert_like_plain(self, order, plain):
        """A closed order looks as one that never had a closure."""
        figures = self.get_figures(order)
        self.assertEqual(figures["order"][0], "done")
        self.assertEqual(figures, self.get_figures(plain))
        self.assertEqual(order.closure_state, "closed")
        self.assertEqual(plain.closure_state, "none")

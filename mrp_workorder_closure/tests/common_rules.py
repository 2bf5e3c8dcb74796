from odoo import Command

from .common import ClosureCase


class RuleCase(ClosureCase):
    """One order, one automatic check: ``self.make_rule_order(kind, ...)``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids.unlink()

    @classmethod
    def require(cls, kind, **vals):
        """Put one control point of this kind on the template of the table."""
        cls.template.point_ids.unlink()
        cls.template.point_ids = [Command.create({"name": f"Rule {kind}", "kind": kind, **vals})]

    @classmethod
    def make_rule_order(cls, kind, point=None, **vals):
        cls.require(kind, **(point or {}))
        return cls.make_order(**vals)

    def produce(self, order, qty, **used):
        """Enter the quantity produced; ``board=…`` and ``leg=…`` overwrite what was used of them."""
        order.qty_producing = qty
        order.set_qty_producing()
        for name, quantity in used.items():
            move = order.move_raw_ids.filtered(lambda move, name=name: move.product_id == self[name])
            move.quantity = quantity
        order.move_raw_ids.picked = True

    def __getitem__(self, name):
        return getattr(self, name)

    def get_reasons(self, order):
        """Messages that block the order, in one text."""
        order.invalidate_recordset()
        return "\n".join(blocker["message"] for blocker in order.get_closure_blockers())

    def assertBlocks(self, order, *parts):
        reasons = self.get_reasons(order)
        for part in (order.name, *parts):
            self.assertIn(part, reasons)
        order.closure_id.action_refresh()
        self.assertEqual(order.closure_id.check_ids.state, "fail")

    def assertHolds(self, order):
        self.assertEqual(self.get_reasons(order), "")
        order.closure_id.action_refresh()
        self.assertEqual(order.closure_id.check_ids.state, "pass")

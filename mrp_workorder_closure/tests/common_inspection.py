from odoo import Command
from odoo.tests import new_test_user

from .common import ClosureCase


class InspectionCase(ClosureCase):
    """Orders of tables whose only control point is an inspection.

    Users besides those of ClosureCase: ``inspector``, without any right on manufacturing.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspector = new_test_user(
            cls.env,
            "closure_inspector",
            groups="base.group_user,mrp_workorder_closure.group_inspector",
            name="Ivy Inspector",
        )
        cls.template.point_ids.unlink()

    @classmethod
    def require(cls, characteristics=(), **vals):
        """Put one inspection on the template; ``characteristics`` are values of its characteristics."""
        cls.template.point_ids.unlink()
        point = {"name": "Final inspection", "kind": "inspection", **vals}
        point["characteristic_ids"] = [Command.create(each) for each in characteristics]
        cls.template.point_ids = [Command.create(point)]
        return cls.template.point_ids

    def produce(self, order, qty):
        """The operator enters the quantity produced and what was used."""
        order.qty_producing = qty
        order.set_qty_producing()
        order.move_raw_ids.picked = True

    def make_inspection(self, qty=10, characteristics=(), **vals):
        """The inspection of an order of which everything was produced."""
        self.require(characteristics, **vals)
        order = self.make_order(qty=qty)
        self.produce(order, qty)
        return order.closure_id.inspection_ids.with_user(self.inspector)

    def enter(self, inspection, defective=0, user=None):
        """Enter that the whole sample was inspected, with so many defective units on the first line."""
        lines = inspection.line_ids.with_user(user or self.operator)
        lines.write({"inspected": inspection.sample_size, "defective": 0})
        lines[:1].defective = defective

    def decide(self, inspection, defective=0):
        self.enter(inspection, defective)
        inspection.with_user(self.inspector).action_decide()

    def get_reasons(self, order):
        """Messages that block the order, in one text."""
        order.invalidate_recordset()
        return "\n".join(blocker["message"] for blocker in order.get_closure_blockers())

    def get_history(self, inspection):
        """All notes on the inspection, in one text."""
        return "\n".join(inspection.sudo().message_ids.mapped("body"))

from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_committed import CommittedCase


@tagged("post_install", "-at_install")
class TestRacesOfInspections(CommittedCase):
    """Two persons enter quantities or decide at the same moment: both come to pass, nobody reads of constraints."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,mrp_workorder_closure.group_inspector"
        cls.inspectors = [new_test_user(cls.env, f"closure_inspector_{number}", groups=groups) for number in range(2)]
        cls.second = new_test_user(cls.env, "closure_second", groups="mrp.group_mrp_user")
        cls.template.point_ids.unlink()
        cls.template.point_ids = [Command.create({"name": "Looked at", "kind": "inspection"})]
        cls.commit()

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.sql_db", "odoo.service.model"))

    def make_orders(self, count, quantity=0):
        def make(env):
            orders = env["mrp.production"].create(
                [{"product_id": self.table.id, "product_qty": 2} for _number in range(count)]
            )
            orders.action_confirm()
            for order in orders:
                order.qty_producing = quantity
            return orders.ids

        return self.env["mrp.production"].browse(self.as_request(self.operator, make))

    def test_of_two_who_enter_a_quantity_at_once_both_do_and_one_inspection_is_planned(self):
        order = self.make_orders(1)
        results = self.at_once(
            *(
                (user, lambda env: order.with_env(env).write({"qty_producing": 2}))
                for user in (self.operator, self.second)
            )
        )
        self.assertEqual(results, [True, True])
        with self.looking(order) as seen:
            self.assertEqual(seen.closure_id.inspection_ids.mapped("quantity"), [2])

    def test_the_first_two_lots_of_a_plan_decided_at_once_both_count(self):
        orders = self.make_orders(2, quantity=2)
        with self.looking(orders) as seen:
            inspections = seen.closure_id.inspection_ids

        def decide(inspection):
            def act(env):
                mine = inspection.with_env(env)
                mine.line_ids.action_none_defective()
                return mine.action_decide()

            return act

        results = self.at_once(*zip(self.inspectors, map(decide, inspections), strict=True))
        self.assertEqual(results, [True, True])
        with self.looking(inspections) as seen:
            self.assertEqual(set(seen.mapped("state")), {"accepted"})
            self.assertEqual(seen.counted_in_id.mapped("lot_count"), [2])

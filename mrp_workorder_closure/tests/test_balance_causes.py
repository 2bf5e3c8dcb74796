from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_material import MaterialCase


@tagged("post_install", "-at_install")
class TestBalanceCauses(MaterialCase):
    """Where something is unaccounted, facts that may be why are listed with their documents, and nothing else."""

    def find(self, order, product=None, lot=None, user=None):
        """Facts found about a component, as {kind: [(fact, document)]}."""
        self.env.invalidate_all()
        order.closure_id.action_refresh()
        line = order.closure_id.balance_ids.filtered(
            lambda line: line.product_id == (product or self.leg) and (not lot or line.lot_id == lot)
        )
        action = line.with_user(user or self.operator).action_find_causes()
        causes = self.env[action["res_model"]].with_user(user or self.operator).search(action["domain"])
        found = {}
        for cause in causes:
            found.setdefault(cause.kind, []).append((cause.fact, self.env[cause.res_model].browse(cause.res_id)))
        return found

    def test_nothing_found_is_an_empty_list(self):
        self.assertEqual(self.find(self.make_issued(leg=37)), {})

    def test_the_opposite_deviation_of_another_order_is_found(self):
        order, other = self.make_issued(leg=37), self.make_issued()
        self.give_back(other.picking_ids, self.leg, 3)
        self.use(other, leg=40)
        ((fact, record),) = self.find(order)["neighbour"]
        self.assertEqual(record, other.closure_id)
        for part in (other.name, "3.0 Units more than there was", "40.0 Units issued", "3.0 Units returned"):
            self.assertIn(part, fact)
        ((fact, record),) = self.find(other)["neighbour"]
        self.assertEqual(record, order.closure_id)
        self.assertIn("3.0 Units left over", fact)

    def test_orders_of_other_days_are_not_neighbours(self):
        order, other = self.make_issued(leg=37), self.make_issued(leg=43)
        self.assertIn("neighbour", self.find(order))
        other.closure_id._write_evidence({"state": "approved", "closed_at": fields.Datetime.now() - timedelta(days=20)})
        self.assertNotIn("neighbour", self.find(order))

    def test_a_factor_of_twelve_is_found_in_a_scrap(self):
        order = self.make_issued()
        scrap = self.scrap(order, self.leg, 2, product_uom_id=self.env.ref("uom.product_uom_dozen").id)
        self.use(order, leg=38)
        ((fact, record),) = self.find(order)["unit"]
        self.assertEqual(record, scrap)
        self.assertIn("24.0 Units; with 2.0 Units, a factor of 12, nothing would be unaccounted", fact)

    def test_a_factor_of_ten_is_found_in_the_consumption(self):
        order = self.make_issued(leg=4)
        ((fact, record),) = self.find(order)["unit"]
        self.assertEqual(record, order)
        self.assertIn("4.0 Units; with 40.0 Units, a factor of 10", fact)

    def test_a_factor_against_the_plan_is_found(self):
        order = self.make_issued(leg=38)
        transfer = self.make_transfer(self.leg, 400, origin=order.name)
        self.assertIn(
            (f"Transfer {transfer.name} has 400.0 Units; 40.0 Units were planned, a factor of 10", transfer),
            self.find(order)["unit"],
        )

    def test_what_was_recorded_after_the_inspection_is_found(self):
        self.template.point_ids = [Command.create({"name": "Final look", "kind": "inspection"})]
        order = self.make_issued(leg=38)
        order.closure_id.action_refresh()
        inspection = order.closure_id.inspection_ids
        inspection._write_evidence({"state": "accepted", "decided_at": fields.Datetime.now() + timedelta(minutes=1)})
        scrap = self.scrap(order, self.leg, 3)
        self.assertNotIn("late", self.find(order))
        scrap.move_ids.move_line_ids.date = fields.Datetime.now() + timedelta(minutes=5)
        ((fact, record),) = self.find(order)["late"]
        self.assertEqual(record, scrap)
        self.assertIn("after the inspection Final look", fact)

    def test_lots_of_other_orders_are_found(self):
        screw, lots = self.make_tracked("lot", 10, 10)
        order, other = self.make_issued(), self.make_issued()
        self.use(order)
        self.use(other)
        self.get_move(order, screw).move_line_ids.lot_id = lots[1]
        ((fact, record),) = self.find(order, screw, lots[1])["lot"]
        self.assertEqual(record, other.picking_ids)
        self.assertIn(f"10.0 Units of lot {lots[1].name} for {other.name}", fact)
        self.get_move(other, screw).move_line_ids.lot_id = lots[0]
        ((fact, record),) = self.find(order, screw, lots[0])["lot"]
        self.assertEqual((fact, record), (f"{other.name} consumed 10.0 Units of lot {lots[0].name}", other.closure_id))

    def test_who_may_not_read_the_document_is_led_to_the_closure(self):
        order = self.make_issued(leg=4)
        order.closure_id.action_refresh()
        line = order.closure_id.balance_ids
        for user, model in ((self.operator, "mrp.production"), (self.auditor, "mrp.closure")):
            action = line.filtered(lambda line: line.product_id == self.leg).with_user(user).action_find_causes()
            cause = self.env[action["res_model"]].with_user(user).search(action["domain"])
            self.assertTrue(cause.document)
            self.assertEqual(cause.action_open()["res_model"], model, user.name)

    def test_facts_cannot_be_made_up(self):
        order = self.make_issued(leg=4)
        order.closure_id.action_refresh()
        line = order.closure_id.balance_ids[:1]
        vals = {"balance_id": line.id, "kind": "unit", "fact": "?", "res_model": "res.users", "res_id": self.manager.id}
        for user in (self.operator, self.controller, self.auditor):
            with self.assertRaises(AccessError):
                self.env["mrp.closure.cause"].with_user(user).create(vals)

    def test_more_orders_cost_no_more_queries(self):
        order = self.make_issued(leg=37)
        order.closure_id.action_refresh()
        line = order.closure_id.balance_ids.filtered(lambda line: line.product_id == self.leg)

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            line.action_find_causes()
            return self.env.cr.sql_log_count - before

        self.make_issued(leg=43)
        count()
        few = count()
        for _number in range(6):
            self.make_issued(leg=43)
        self.assertLessEqual(count() - few, 2)

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestAlerts(ClosureCase):
    """What should not wait until the end alerts at once, and goes by itself when mended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspectors = cls.env.ref("mrp_workorder_closure.group_inspector")
        cls.ines = new_test_user(
            cls.env, "closure_ines", groups="mrp.group_mrp_user,mrp_workorder_closure.group_inspector", name="Ines"
        )
        cls.template.point_ids = [
            Command.clear(),
            Command.create(
                {"name": "Oven", "kind": "measure", "min_value": 180, "max_value": 200, "group_id": cls.inspectors.id}
            ),
        ]

    def get_alerts(self, order, active=True):
        alert = self.env.ref("mrp_workorder_closure.mail_activity_type_alert")
        domain = [("res_id", "=", order.closure_id.id), ("activity_type_id", "=", alert.id), ("active", "=", active)]
        return self.env["mail.activity"].search(domain)

    def begin(self, order):
        order.qty_producing = order.product_qty
        order.set_qty_producing()
        self.assertIn(order.state, ("progress", "to_close"))

    def set_stock(self, product, quantity, location=None):
        location = location or self.stock
        quants = self.env["stock.quant"].search([("product_id", "=", product.id), ("location_id", "=", location.id)])
        self.env["stock.quant"]._update_available_quantity(product, location, quantity - sum(quants.mapped("quantity")))

    def test_a_failed_measurement_alerts_the_group_that_answers_at_once(self):
        order = self.make_order()
        order.closure_id.check_ids.with_user(self.ines).action_measure(150)
        alert = self.get_alerts(order)
        self.assertEqual(alert.closure_group_id, self.inspectors)
        self.assertIn("Oven", alert.summary)
        self.assertIn("150", alert.note)
        self.assertEqual(order.closure_id.activity_exception_decoration, "danger")

    def test_the_alert_goes_when_the_value_is_good(self):
        order = self.make_order()
        check = order.closure_id.check_ids.with_user(self.ines)
        check.action_measure(150)
        check.action_measure(190)
        self.assertFalse(self.get_alerts(order) | self.get_alerts(order, active=False))

    def test_the_alert_goes_when_the_failure_is_conceded(self):
        order = self.make_order()
        order.closure_id.check_ids.with_user(self.ines).action_measure(150)
        order.closure_id.check_ids.with_user(self.manager).action_waive("Customer agreed")
        self.assertFalse(self.get_alerts(order))

    def test_another_bad_value_alerts_again_after_the_alert_was_marked_as_done(self):
        order = self.make_order()
        check = order.closure_id.check_ids.with_user(self.ines)
        check.action_measure(150)
        self.get_alerts(order).with_user(self.ines).action_done()
        order.closure_id.action_refresh()
        self.assertFalse(self.get_alerts(order))
        check.action_measure(140)
        self.assertIn("140", self.get_alerts(order).note)

    def test_a_measurement_that_names_nobody_alerts_the_responsible(self):
        self.template.point_ids.group_id = False
        order = self.make_order()
        order.closure_id.check_ids.with_user(self.operator).action_measure(150)
        self.assertEqual(self.get_alerts(order).user_id, self.operator)

    def test_a_component_below_zero_alerts_the_responsible_and_shows_on_the_closure(self):
        order = self.make_order()
        self.begin(order)
        order.move_raw_ids.picked = False
        self.set_stock(self.leg, -3)
        order.closure_id.action_refresh()
        self.assertIn("Leg: -3", order.closure_id.anomaly)
        alert = self.get_alerts(order)
        self.assertEqual(alert.user_id, self.operator)
        self.assertIn("Leg: -3", alert.note)
        self.set_stock(self.leg, 100)
        order.closure_id.action_refresh()
        self.assertFalse(order.closure_id.anomaly or self.get_alerts(order))

    def test_recorded_consumption_of_more_than_there_is_alerts_before_it_is_posted(self):
        self.set_stock(self.leg, 12)
        order = self.make_order()
        self.begin(order)
        legs = order.move_raw_ids.filtered(lambda move: move.product_id == self.leg)
        legs.quantity = 40
        legs.picked = True
        order.closure_id.action_refresh()
        self.assertIn("Leg: 40", order.closure_id.anomaly)
        self.assertIn("12", order.closure_id.anomaly)

    def test_stock_below_zero_in_a_shelf_inside_the_source_counts_and_elsewhere_does_not(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        elsewhere = self.env["stock.location"].create({"name": "Elsewhere", "location_id": self.stock.location_id.id})
        order = self.make_order()
        self.begin(order)
        self.set_stock(self.leg, -3, elsewhere)
        order.closure_id.action_refresh()
        self.assertFalse(order.closure_id.anomaly)
        self.set_stock(self.leg, -2, shelf)
        order.closure_id.action_refresh()
        self.assertIn("Shelf", order.closure_id.anomaly)

    def test_orders_that_have_not_begun_are_not_alerted(self):
        order = self.make_order()
        self.set_stock(self.leg, -3)
        order.closure_id.action_refresh()
        self.assertFalse(order.closure_id.anomaly)

    def test_the_anomaly_goes_to_whoever_answers_for_consumption(self):
        self.template.point_ids = [
            Command.create(
                {"name": "Usage", "kind": "consumption", "group_id": self.inspectors.id, "tolerance_pct": 100}
            )
        ]
        order = self.make_order()
        self.begin(order)
        self.set_stock(self.leg, -3)
        order.closure_id.action_refresh()
        self.assertEqual(self.get_alerts(order).closure_group_id, self.inspectors)
        self.assertFalse(self.get_alerts(order).user_id)

    def test_consumption_over_tolerance_alerts_at_the_next_refresh_and_goes_when_corrected(self):
        self.template.point_ids = [
            Command.clear(),
            Command.create(
                {"name": "Usage", "kind": "consumption", "group_id": self.inspectors.id, "tolerance_pct": 2}
            ),
        ]
        order = self.make_order()
        self.begin(order)
        legs = order.move_raw_ids.filtered(lambda move: move.product_id == self.leg)
        legs.quantity = 60
        order.move_raw_ids.picked = True
        order.closure_id.action_refresh()
        self.assertEqual(self.get_alerts(order).closure_group_id, self.inspectors)
        self.assertIn("Leg", self.get_alerts(order).note)
        legs.quantity = 40
        order.closure_id.action_refresh()
        self.assertFalse(self.get_alerts(order))

    def test_anomalies_of_many_closures_cost_one_query_of_stock(self):
        orders = self.env["mrp.production"].browse([self.make_order().id for _number in range(4)])
        for order in orders:
            self.begin(order)
        closures = orders.closure_id.sudo().browse(orders.closure_id.ids)

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records._refresh_anomalies()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(closures)
        self.assertEqual(count(closures[:1]), count(closures))

    def test_alerts_are_written_in_the_language_of_the_person_who_gets_them(self):
        self.env["res.lang"]._activate_lang("de_DE")
        check = self.env["mrp.closure.point"].browse(self.template.point_ids.ids)
        check.with_context(lang="de_DE").name = "Ofen"
        check.group_id = False
        self.operator.lang = "de_DE"
        order = self.make_order()
        order.closure_id.check_ids.with_user(self.operator).with_context(lang="en_US").action_measure(150)
        self.assertIn("Ofen", self.get_alerts(order).summary)

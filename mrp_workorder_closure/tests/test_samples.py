from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common_leftover import LeftoverCase


@tagged("post_install", "-at_install")
class TestSamples(LeftoverCase):
    """An inspection takes samples of components: scraps of the order that count as samples."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspector = new_test_user(
            cls.env, "closure_inspector", groups="base.group_user,mrp_workorder_closure.group_inspector"
        )
        cls.template.point_ids = [
            Command.create({"name": "Wood is dry", "kind": "inspection", "sampling": "fixed", "sample_value": 1})
        ]

    def take(self, order, product, quantity, lot=None, user=None):
        inspection = order.closure_id.inspection_ids.with_user(user or self.inspector)
        action = inspection.action_take_samples()
        wizard = inspection.env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.create({"product_id": product.id, "quantity": quantity, "lot_id": lot and lot.id})
        wizard.action_take()
        self.env.invalidate_all()

    def make_inspected(self, **used):
        order = self.make_issued(**(used or {"leg": 36}))
        order.closure_id.action_refresh()
        return order

    def test_an_inspector_without_rights_on_stock_takes_a_sample(self):
        order = self.make_inspected()
        before = self.get_reservations()
        self.take(order, self.leg, 3)
        scrap = order.closure_id.inspection_ids.sample_scrap_ids
        self.assertEqual((scrap.state, scrap.scrap_qty, scrap.production_id), ("done", 3, order))
        self.assertEqual(scrap.scrap_reason_tag_ids, self.env.ref("mrp_workorder_closure.scrap_reason_tag_sample"))
        self.assertEqual(self.get_stock(self.leg, self.line), 37)
        self.assertEqual(self.get_reservations(), before)
        figures = self.get_figures(order, self.leg)
        self.assertEqual((figures.sampled_qty, figures.scrapped_qty, figures.unaccounted_qty), (3, 0, 1))

    def test_no_more_is_sampled_than_lies_there(self):
        order = self.make_inspected()
        for quantity in (5, 0, -2):
            with self.subTest(quantity=quantity), self.assertRaises(UserError):
                self.take(order, self.leg, quantity)

    def test_a_tracked_component_is_sampled_by_lot(self):
        screw, lots = self.make_tracked("lot", 4, 10)
        order = self.make_issued()
        order.qty_producing = 10
        order.closure_id.action_refresh()
        inspection = order.closure_id.inspection_ids.with_user(self.inspector)
        form = Form(inspection.env["mrp.closure.sample"].with_context(default_inspection_id=inspection.id))
        form.product_id = screw
        form.lot_id = lots[0]
        form.quantity = 2
        form.save().action_take()
        self.assertEqual(self.get_stock(screw, self.line, lots[0]), 2)
        self.assertEqual(self.get_figures(order, screw, lots[0]).sampled_qty, 2)

    def test_only_open_inspections_take_samples_and_only_for_those_who_take_part(self):
        order = self.make_inspected()
        with self.assertRaises(AccessError):
            self.take(order, self.leg, 1, user=self.auditor)
        inspection = order.closure_id.inspection_ids
        inspection.line_ids.with_user(self.inspector).write({"inspected": inspection.sample_size})
        inspection.with_user(self.inspector).action_decide()
        with self.assertRaisesRegex(UserError, "withdraw its verdict"):
            self.take(order, self.leg, 1)

    def test_a_scrap_cannot_be_called_a_sample_by_hand(self):
        order = self.make_inspected()
        inspection = order.closure_id.inspection_ids
        stockman = new_test_user(self.env, "stockman", groups="stock.group_stock_manager,mrp.group_mrp_manager")
        scraps = self.env["stock.scrap"].with_user(stockman)
        vals = {"product_id": self.leg.id, "scrap_qty": 1, "production_id": order.id}
        with self.assertRaises(AccessError):
            scraps.create({**vals, "closure_inspection_id": inspection.id})
        scrap = scraps.with_context(default_closure_inspection_id=inspection.id).create(vals)
        self.assertFalse(scrap.closure_inspection_id)
        with self.assertRaises(AccessError):
            scrap.write({"closure_inspection_id": inspection.id})
        with self.assertRaises(AccessError):
            inspection.with_user(self.manager).write({"sample_scrap_ids": [Command.link(scrap.id)]})

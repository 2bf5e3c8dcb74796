from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from .common_nonconformity import NonconformityCase

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestNonconformityReport(NonconformityCase):
    """Problems are reported where they are seen, with a photo; rejected inspections report by themselves."""

    def open_dialog(self, records, user=None):
        action = records.with_user(user or self.operator).action_report_problem()
        model = self.env[action["res_model"]].with_user(user or self.operator)
        return Form(model.with_context(**action["context"]))

    def test_an_operator_reports_a_problem_on_the_order_with_a_photo(self):
        order = self.make_order()
        photo = self.env["ir.attachment"].with_user(self.operator).create({"name": "crack.png", "datas": PIXEL})
        dialog = self.open_dialog(order)
        dialog.description = "Crack in the board"
        dialog.quantity = 2
        dialog.photo_ids.add(photo)
        dialog.save().action_report()
        nonconformity = order.closure_id.nonconformity_ids
        self.assertEqual((nonconformity.quantity, nonconformity.product_id), (2, self.table))
        self.assertEqual((nonconformity.state, nonconformity.reported_by_id), ("open", self.operator))
        self.assertEqual((photo.res_model, photo.res_id), (nonconformity._name, nonconformity.id))
        self.assertEqual(order.closure_nonconformity_count, 1)
        nonconformity.with_user(self.manager).action_review()
        for forge in (lambda: photo.write({"datas": PIXEL, "name": "whole.png"}), photo.unlink):
            with self.assertRaisesRegex(UserError, "add another one"):
                forge()
        nonconformity.with_user(self.operator).message_post(body="Another crack", attachments=[("more.png", b"more")])
        self.assertEqual(nonconformity.message_attachment_count, 2)
        self.assertEqual(
            order.with_user(self.operator).action_open_nonconformities()["domain"],
            [("closure_id", "in", order.closure_id.ids)],
        )

    def test_a_problem_reported_on_a_work_order_names_its_operation_and_work_center(self):
        workorder = self.make_order().workorder_ids
        dialog = self.open_dialog(workorder)
        dialog.description = "Glue does not hold"
        dialog.save().action_report()
        nonconformity = workorder.production_id.closure_id.nonconformity_ids
        self.assertEqual(nonconformity.workorder_name, "Assemble")
        self.assertEqual(nonconformity.workcenter_id, self.workcenter)

    def test_an_inspector_without_manufacturing_rights_reports_on_the_closure_and_reads_it_all(self):
        order = self.make_order()
        dialog = self.open_dialog(order.closure_id, user=self.inspector)
        dialog.description = "Wrong colour"
        dialog.save().action_report()
        nonconformity = order.closure_id.nonconformity_ids.with_user(self.inspector)
        self.assertEqual(Form(nonconformity).description, "Wrong colour")
        action = nonconformity.action_open_disposition()
        form = Form(self.env[action["res_model"]].with_user(self.inspector).with_context(**action["context"]))
        self.assertEqual(form.quantity, 1)
        form.disposition = "scrap"
        form.save().action_decide()
        self.assertEqual(nonconformity.state, "dispositioned")

    def test_a_photo_of_somebody_else_cannot_be_taken_over(self):
        order = self.make_order()
        secret = self.env["ir.attachment"].create({"name": "secret.png", "datas": PIXEL})
        model = self.env["mrp.closure.report.problem"].with_user(self.operator)
        vals = {"closure_id": order.closure_id.id, "description": "x", "photo_ids": [Command.set(secret.ids)]}
        with self.assertRaises(AccessError):
            model.create(vals).action_report()
        self.assertFalse(secret.res_model)

    def test_nothing_is_reported_on_an_order_without_closure_or_after_its_closing(self):
        plain = self.make_order(product=self.plain_table)
        with self.assertRaisesRegex(UserError, plain.name):
            plain.with_user(self.operator).action_report_problem()
        order = self.make_order()
        self.close(order)
        with self.assertRaisesRegex(UserError, "reopen its closure"):
            order.with_user(self.operator).action_report_problem()


@tagged("post_install", "-at_install")
class TestReportTour(NonconformityCase, HttpCase):
    """The dialog in a real browser."""

    def test_an_operator_reports_a_problem_with_a_photo_from_the_order(self):
        self.env["res.users"].search([("share", "=", False)]).tour_enabled = False
        order = self.make_order()
        url = f"/odoo/action-mrp.mrp_production_action/{order.id}"
        self.start_tour(url, "mrp_workorder_closure_report_problem", login=self.operator.login, timeout=120)
        nonconformity = order.closure_id.nonconformity_ids
        self.assertEqual((nonconformity.quantity, nonconformity.severity), (3, "major"))
        self.assertEqual(nonconformity.description, "Scratches on the top")
        files = self.env["ir.attachment"].search(
            [("res_model", "=", nonconformity._name), ("res_id", "=", nonconformity.id)]
        )
        self.assertEqual(files.mapped("mimetype"), ["image/png"])

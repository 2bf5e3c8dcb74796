import base64
import doctest

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..tools import photo
from .common import ClosureCase

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CHECK = "mrp.closure.check"


@tagged("post_install", "-at_install")
class TestEvidenceFiles(ClosureCase):
    """Files of an answered check stay as they are until the answer is taken back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspector = new_test_user(
            cls.env, "closure_ines", groups="mrp.group_mrp_user,mrp_workorder_closure.group_inspector", name="Ines"
        )
        cls.template.point_ids = [
            Command.clear(),
            Command.create({"name": "Report", "kind": "document"}),
            Command.create({"name": "Picture", "kind": "photo"}),
            Command.create({"name": "Weigh", "group_id": cls.env.ref("mrp_workorder_closure.group_inspector").id}),
        ]
        cls.order = cls.make_order()
        cls.report, cls.picture, cls.weigh = cls.order.closure_id.check_ids.with_user(cls.operator)

    def attach(self, check, raw=b"figures", user=None, **vals):
        return (
            self.env["ir.attachment"]
            .with_user(user or self.operator)
            .create({"name": "report.txt", "raw": raw, "res_model": CHECK, "res_id": check.id, **vals})
        )

    def decide(self):
        file = self.attach(self.report)
        self.report.action_pass()
        return file

    def test_a_document_needs_a_file(self):
        with self.assertRaisesRegex(UserError, "Report.*attach the document"):
            self.report.action_pass()
        self.decide()
        self.assertEqual(self.report.state, "pass")

    def test_a_link_or_an_empty_file_is_no_document(self):
        self.attach(self.report, raw=b"")
        self.attach(self.report, raw=False, type="url", url="https://example.com/report.pdf")
        with self.assertRaisesRegex(UserError, "Report.*attach the document"):
            self.report.action_pass()
        self.decide()
        self.assertEqual(self.report.state, "pass")

    def test_a_photo_needs_an_image_by_its_content(self):
        with self.assertRaises(UserError):
            self.picture.action_pass()
        for fake in (b"a text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM and more text", b"%PDF-1.4"):
            file = self.attach(self.picture, raw=fake, name="photo.png", mimetype="image/png")
            with self.assertRaises(UserError):
                self.picture.action_pass()
            file.unlink()
        self.attach(self.picture, raw=PIXEL, name="photo.txt")
        self.picture.action_pass()
        self.assertEqual(self.picture.state, "pass")

    def test_the_camera_button_attaches_the_photo_and_answers(self):
        self.assertIs(self.picture.action_photo("photo.png", base64.b64encode(PIXEL).decode()), True)
        self.assertEqual(self.picture.state, "pass")
        file = self.picture.sudo()._get_evidence_files()[self.picture.id]
        self.assertEqual((file.raw, file.create_uid), (PIXEL, self.operator))

    def test_the_camera_button_refuses_what_is_no_photo(self):
        for data in (base64.b64encode(b"a text").decode(), "no base64!", "", None, False, 3):
            with self.assertRaisesRegex(UserError, "Picture"):
                self.picture.action_photo("photo.png", data)
        with self.assertRaisesRegex(UserError, "no photo"):
            self.report.action_photo("photo.png", base64.b64encode(PIXEL).decode())
        self.assertFalse((self.picture | self.report).sudo()._get_evidence_files())

    def test_the_camera_button_is_for_those_who_may_answer_while_the_closure_runs(self):
        data = base64.b64encode(PIXEL).decode()
        with self.assertRaises(AccessError):
            self.picture.with_user(self.auditor).action_photo("photo.png", data)
        self.order.action_cancel()
        with self.assertRaises(UserError):
            self.picture.action_photo("photo.png", data)

    def test_a_photo_that_has_to_be_signed_leads_to_the_dialog(self):
        self.picture.sudo()._write_evidence({"signature_required": True})
        action = self.picture.action_photo("photo.png", base64.b64encode(PIXEL).decode())
        self.assertEqual(action["res_model"], "mrp.closure.answer")
        self.assertEqual(self.picture.state, "todo")

    def test_files_of_an_answered_check_cannot_be_added_changed_or_deleted(self):
        file = self.decide()
        # The superuser, too: evidence is evidence.
        for holder in (file, file.sudo(), file.with_user(self.manager).sudo(), file.with_user(1)):
            for vals in (
                {"raw": b"other"},
                {"datas": base64.b64encode(b"other")},
                {"name": "other.txt"},
                {"res_id": self.weigh.id},
                {"res_model": "mrp.closure", "res_id": self.order.closure_id.id},
                {"res_model": False, "res_id": False},
                {"url": "http://example.com/", "type": "url"},
            ):
                with self.subTest(user=holder.env.user.name, vals=vals), self.assertRaisesRegex(UserError, "Report"):
                    holder.write(vals)
            with self.assertRaisesRegex(UserError, "Report"):
                holder.unlink()
        with self.assertRaisesRegex(UserError, "Report"):
            self.attach(self.report)
        with self.assertRaisesRegex(UserError, "Report"):
            self.env["ir.attachment"].sudo().create(
                {"name": "a", "raw": b"a", "res_model": CHECK, "res_id": self.report.id}
            )

    def test_files_cannot_be_pointed_at_an_answered_check(self):
        self.decide()
        loose = self.env["ir.attachment"].with_user(self.operator).create({"name": "loose.txt", "raw": b"x"})
        other = self.attach(self.picture)
        for file in (loose, loose.sudo(), other):
            with self.assertRaisesRegex(UserError, "Report"), self.env.cr.savepoint():
                file.write({"res_model": CHECK, "res_id": self.report.id})
        with self.assertRaisesRegex(UserError, "Report"):
            self.env["ir.attachment"].with_context(
                default_res_model=CHECK, default_res_id=self.report.id
            ).sudo().create({"name": "a", "raw": b"a"})

    def test_a_message_cannot_smuggle_a_file_into_an_answered_check(self):
        self.decide()
        loose = (
            self.env["ir.attachment"]
            .with_user(self.operator)
            .create({"name": "loose.txt", "raw": b"x", "res_model": "mail.compose.message", "res_id": 0})
        )
        with self.assertRaisesRegex(UserError, "Report"):
            self.report.message_post(body="Look", attachment_ids=loose.ids)

    def test_nobody_adds_files_to_a_check_of_others(self):
        with self.assertRaisesRegex(AccessError, "Weigh"):
            self.attach(self.weigh)
        loose = self.env["ir.attachment"].with_user(self.operator).create({"name": "loose.txt", "raw": b"x"})
        with self.assertRaisesRegex(AccessError, "Weigh"):
            loose.sudo().write({"res_model": CHECK, "res_id": self.weigh.id})
        with self.assertRaises(AccessError):
            self.attach(self.report, user=self.auditor)
        self.assertTrue(self.attach(self.weigh, user=self.inspector))

    def test_taking_the_answer_back_frees_the_files_and_notes_what_they_were(self):
        file = self.decide()
        self.report.action_reset()
        note = self.report.sudo().message_ids.filtered(lambda message: file.checksum in (message.body or ""))
        self.assertIn("report.txt", note.body)
        file.raw = b"better figures"
        file.unlink()
        with self.assertRaises(UserError):
            self.report.action_pass()

    def test_a_failed_answer_holds_its_files_as_well(self):
        file = self.attach(self.report)
        self.report.action_fail("Page 2 is missing")
        with self.assertRaises(UserError):
            file.unlink()

    def test_files_of_finished_closures_stay(self):
        file = self.attach(self.report)
        self.order.action_cancel()
        with self.assertRaisesRegex(UserError, self.order.name):
            file.unlink()

    def test_the_dialog_still_attaches_files_and_answers_again(self):
        for number in range(2):
            upload = (
                self.env["ir.attachment"]
                .with_user(self.operator)
                .create({"name": f"{number}.txt", "raw": b"x", "res_model": "mrp.closure.answer", "res_id": 0})
            )
            self.env["mrp.closure.answer"].with_user(self.operator).create(
                {"check_id": self.report.id, "attachment_ids": [Command.set(upload.ids)]}
            ).action_met()
        self.assertEqual(self.report.state, "pass")
        self.assertEqual(len(self.report.sudo()._get_evidence_files()[self.report.id]), 2)

    def test_reading_and_rewriting_the_same_content_stays_possible(self):
        file = self.decide()
        file.sudo().write({"raw": file.raw, "mimetype": file.mimetype})
        file.sudo().generate_access_token()
        self.assertEqual(file.with_user(self.auditor).raw, b"figures")

    def test_other_attachments_are_untouched(self):
        file = (
            self.env["ir.attachment"]
            .with_user(self.operator)
            .create({"name": "plan.txt", "raw": b"x", "res_model": "mrp.production", "res_id": self.order.id})
        )
        file.name = "plan 2.txt"
        file.unlink()

    def test_an_open_order_can_be_deleted_with_its_files(self):
        order = self.make_order()
        self.attach(order.closure_id.check_ids[0])
        order.action_cancel()
        order.with_user(self.manager).unlink()
        self.assertFalse(order.exists())

    def test_the_examples_in_the_documentation_hold(self):
        self.assertEqual(doctest.testmod(photo).failed, 0)

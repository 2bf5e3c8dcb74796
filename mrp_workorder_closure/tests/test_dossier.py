import hashlib
import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .closed import FreezeCase


@tagged("post_install", "-at_install")
class TestDossier(FreezeCase):
    """Closing writes a dossier that says what was closed, chained to the one before it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dossier = cls.order.closure_id.sudo().dossier_ids

    def test_closing_writes_one_dossier(self):
        self.assertEqual(len(self.dossier), 1)
        self.assertEqual((self.dossier.kind, self.dossier.revision), ("closing", 1))
        self.assertEqual(self.dossier.manifest["order"], self.order.name)
        self.assertEqual(self.dossier.manifest["sealed_by"]["name"], self.operator.name)

    def test_operators_do_not_read_what_an_order_cost_in_its_dossier(self):
        with self.assertRaises(AccessError):
            self.dossier.with_user(self.operator).read(["manifest"])
        self.assertTrue(self.dossier.with_user(self.auditor).read(["manifest"]))

    def test_the_hash_is_that_of_the_canonical_manifest(self):
        text = json.dumps(self.dossier.manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        self.assertEqual(hashlib.sha256(text.encode()).hexdigest(), self.dossier.sha256)
        self.assertEqual(self.dossier._get_manifest_text(), text)

    def test_each_dossier_names_the_one_before_it(self):
        later = self.make_closed().closure_id.sudo().dossier_ids
        self.assertEqual(later.sequence_number, self.dossier.sequence_number + 1)
        self.assertEqual(later.previous_sha256, self.dossier.sha256)
        self.assertEqual(later.manifest["previous_sha256"], self.dossier.sha256)

    def test_companies_have_chains_of_their_own(self):
        other = self.env["res.company"].create({"name": "Other Works"})
        heads = self.env["mrp.closure.dossier"].sudo()._lock_heads(self.company | other)
        self.assertEqual(heads[other.id], (0, None))
        self.assertEqual(heads[self.company.id], (self.dossier.sequence_number, self.dossier.sha256))

    def test_it_says_what_was_made_of_what_by_whom(self):
        sections = self.dossier.manifest["sections"]
        self.assertEqual(sections["order"]["produced"], "10")
        self.assertEqual(sections["order"]["submitted_by"]["name"], self.operator.name)
        self.assertEqual(
            [(move["product"]["name"], move["quantity"]) for move in sections["output"]], [("Table", "10")]
        )
        self.assertEqual(
            {(move["product"]["name"], move["quantity"], move["planned"]) for move in sections["components"]},
            {("Board", "10", "10"), ("Leg", "40", "40")},
        )
        values = {entry["product"]["name"]: entry["value"] for entry in sections["values"]}
        self.assertEqual(values["Board"], "200")
        self.assertEqual(values["Leg"], "200")
        [workorder] = sections["work_orders"]
        self.assertEqual(workorder["times"][0]["person"]["name"], self.operator.name)
        self.assertEqual([check["state"] for check in sections["checks"]], ["pass", "pass"])
        self.assertEqual(sections["checks"][0]["answered_by"]["name"], self.operator.name)
        self.assertEqual(sections["template"]["name"], self.template.name)
        self.assertEqual(sections["template"]["version"], 1)

    def test_files_of_checks_are_there_with_their_hashes(self):
        self.template.point_ids[0].kind = "document"
        order = self.make_order()
        check = order.closure_id.check_ids[0]
        self.env["ir.attachment"].with_user(self.operator).create(
            {"name": "proof.txt", "raw": b"proof", "res_model": check._name, "res_id": check.id}
        )
        self.pass_checks(order)
        self.rpc(order, "button_mark_done")
        dossier = order.closure_id.sudo().dossier_ids
        [file] = dossier.manifest["sections"]["checks"][0]["files"]
        self.assertEqual(file["sha256"], hashlib.sha256(b"proof").hexdigest())
        self.assertEqual(dossier.attachment_ids.id, file["id"])

    def test_a_batch_has_one_dossier_each_without_gap(self):
        orders = self.env["mrp.production"].union(*(self.make_order() for _number in range(3)))
        for order in orders:
            self.pass_checks(order)
        self.rpc(orders, "button_mark_done")
        numbers = sorted(orders.closure_id.sudo().dossier_ids.mapped("sequence_number"))
        first = self.dossier.sequence_number
        self.assertEqual(numbers, [first + 1, first + 2, first + 3])
        self.assertEqual(self.env["mrp.closure.dossier"].verify_chain(), [])

    def test_a_refused_closing_leaves_none(self):
        order = self.make_order()
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"))
        self.assertFalse(order.closure_id.sudo().dossier_ids)

    def test_an_order_cancelled_with_a_reason_leaves_one(self):
        order = self.make_order()
        self.rpc(order.closure_id, "action_cancel_order", "Customer went away", user=self.manager)
        self.assertEqual(order.closure_id.sudo().dossier_ids.kind, "cancel")
        self.assertEqual(
            order.closure_id.sudo().dossier_ids.manifest["sections"]["order"]["cancel_reason"], "Customer went away"
        )

    def test_closing_again_after_reopening_writes_the_next_revision(self):
        self.reopen()
        self.rpc(self.order, "write", {"qty_producing": 7})
        self.rpc(self.order.closure_id, "action_submit")
        first, second = self.order.closure_id.sudo().dossier_ids.sorted("sequence_number")
        self.assertEqual((first.revision, second.revision), (1, 2))
        self.assertEqual(first.manifest["sections"]["order"]["produced"], "10")
        self.assertEqual(second.manifest["sections"]["order"]["produced"], "7")
        self.assertEqual(second.manifest["sections"]["order"]["reopen_reason"], "Wrong quantity")

    def test_whoever_reviews_reads_dossiers_of_their_company_only(self):
        for user in (self.manager, self.auditor):
            self.assertEqual(self.dossier.with_user(user).order_name, self.order.name)
        other = self.env["res.company"].create({"name": "Other Works"})
        self.auditor.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            self.dossier.with_user(self.auditor).read(["manifest"])

    def test_the_number_of_queries_does_not_grow_with_the_orders(self):
        def count(number):
            orders = self.env["mrp.production"].union(*(self.make_order() for _number in range(number)))
            for order in orders:
                self.pass_checks(order)
                order.button_mark_done()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders.closure_id.browse(orders.closure_id.ids)._get_manifest_data()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(1), count(6))

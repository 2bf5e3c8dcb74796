from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .closed import FreezeCase


@tagged("post_install", "-at_install")
class TestAuditTrail(FreezeCase):
    """Who changed what from what to what, when, from which address: one list for the auditor."""

    def act(self):
        order = self.make_order()
        check = order.closure_id.check_ids[0]
        # What came up in this transaction is not tracked in it.
        self.flush_tracking()
        self.env["res.device.log"].sudo().create(
            {
                "session_identifier": "x",
                "user_id": self.operator.id,
                "ip_address": "192.0.2.7",
                "first_activity": fields.Datetime.now() - timedelta(minutes=5),
                "last_activity": fields.Datetime.now(),
            }
        )
        self.rpc(check, "action_fail", "Sawdust")
        self.flush_tracking()
        return order.closure_id, check

    def search(self, closure, user=None):
        return self.env["mrp.closure.audit"].with_user(user or self.auditor).search([("closure_id", "=", closure.id)])

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_an_answer_is_listed(self):
        closure, check = self.act()
        entries = {entry.field_name: entry for entry in self.search(closure)}
        state = entries["state"]
        self.assertEqual((state.old_value, state.new_value), ("To Do", "Failed"))
        self.assertEqual(state.user_id, self.operator)
        self.assertEqual((state.record_name, state.field_label), (check.display_name, "State"))
        self.assertEqual(state.address, "192.0.2.7")
        self.assertEqual(entries["message"].new_value, "Sawdust")

    def test_only_auditors_and_managers_read_it(self):
        closure, _check = self.act()
        self.assertTrue(self.search(closure, self.manager))
        with self.assertRaises(AccessError):
            self.search(closure, self.operator)

    def test_it_ends_at_the_company(self):
        closure, _check = self.act()
        other = self.env["res.company"].create({"name": "Other Works"})
        self.auditor.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(self.search(closure))

from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .closed import FreezeCase
from .common_leftover import LeftoverCase
from .common_rpc import RpcCase


@tagged("post_install", "-at_install")
class TestAuditTrail(FreezeCase):
    """Who changed what from what to what, when, from which address: one list for the auditor."""

    def act(self):
        order = self.make_order()
        check = order.closure_id.check_ids[0]
        # What came up in this transaction is not tracked in it.
        self.flush_tracking()
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
        self.assertFalse(state.address, "Nobody asked for it over the network")
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


@tagged("post_install", "-at_install")
class TestAuditTrailAddress(RpcCase):
    """The address from which a change was asked for is kept with it, and is for those who watch over the archive."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order()
        cls.check = cls.order.closure_id.check_ids[0]

    def act(self):
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.login(self.operator)
        self.call(self.check, "action_fail", "Sawdust")
        self.env.invalidate_all()
        return self.env["mail.message"].search(
            [("model", "=", self.check._name), ("res_id", "=", self.check.id), ("tracking_value_ids", "!=", False)]
        )

    def test_the_trail_says_from_where_a_change_was_asked_for(self):
        message = self.act()
        trail = self.env["mrp.closure.audit"].with_user(self.auditor)
        entries = trail.search([("closure_id", "=", self.order.closure_id.id), ("field_name", "=", "state")])
        self.assertEqual((entries.address, entries.user_id), ("127.0.0.1", self.operator))
        self.assertEqual(message.sudo().closure_address, "127.0.0.1")

    @mute_logger("odoo.http")
    def test_nobody_writes_an_address_and_few_read_it(self):
        message = self.act()
        with self.assertRaises(JsonRpcException):
            self.call(message, "read", ["closure_address"])
        for user in (self.operator, self.manager):
            self.login(user)
            with self.assertRaises(JsonRpcException):
                self.call(message, "write", {"closure_address": "192.0.2.9"})
        with self.assertRaises(AccessError):
            message.sudo().write({"closure_address": "192.0.2.9"})
        forged = message.sudo().create(
            {"model": self.check._name, "res_id": self.check.id, "closure_address": "192.0.2.9"}
        )
        self.assertFalse(forged.closure_address)


@tagged("post_install", "-at_install")
class TestAuditTrailOfMaterial(LeftoverCase):
    """What was declared and explained about material is part of the trail."""

    def test_a_declaration_and_an_explanation_are_listed(self):
        order = self.make_issued(leg=39, board=10)
        closure = order.closure_id
        closure.with_user(self.operator).action_refresh()
        self.env.flush_all()
        self.env.cr.precommit.run()
        legs = closure.balance_ids.filtered(lambda line: line.product_id == self.leg)
        legs.with_user(self.controller).action_explain("Fell into the drain")
        self.env.flush_all()
        self.env.cr.precommit.run()
        entries = self.env["mrp.closure.audit"].search([("closure_id", "=", closure.id)])
        explained = entries.filtered(lambda entry: entry.field_name == "explanation")
        self.assertEqual((explained.new_value, explained.user_id), ("Fell into the drain", self.controller))

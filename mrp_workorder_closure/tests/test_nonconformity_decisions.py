from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestNonconformityDecisions(NonconformityCase):
    """Who decides what, how quantities are split, and what the order waits for."""

    def test_an_undecided_nonconformity_holds_up_its_order(self):
        order = self.make_order()
        nonconformity = self.report(order, 3, description="Scratched")
        with self.assertRaisesRegex(RedirectWarning, f"decide about 3.0 Units of Table in {nonconformity.name}"):
            self.close(order)
        self.decide(nonconformity, ("scrap", 2))
        self.assertEqual((nonconformity.state, nonconformity.open_quantity), ("open", 1))
        with self.assertRaisesRegex(RedirectWarning, f"decide about 1.0 Units of Table in {nonconformity.name}"):
            self.close(order)
        self.decide(nonconformity, ("regrade", 1))
        self.assertEqual((nonconformity.state, nonconformity.open_quantity), ("dispositioned", 0))
        self.close(order)
        self.assertEqual((order.closure_state, nonconformity.state), ("closed", "closed"))
        self.assertEqual(nonconformity.closed_by_id, self.operator)

    def test_it_holds_up_its_order_also_where_the_template_does_not_ask(self):
        self.template.point_ids.unlink()
        order = self.make_order()
        nonconformity = self.report(order, 3, severity="critical")
        blockers = order.get_closure_blockers()
        self.assertEqual([blocker["code"] for blocker in blockers], ["nonconformity"])
        self.assertEqual(blockers[0]["owner"], "Manager")
        with self.assertRaisesRegex(RedirectWarning, nonconformity.name):
            self.close(order)
        self.decide(nonconformity, ("scrap", 3), user=self.manager)
        self.close(order)
        self.assertEqual(order.closure_state, "closed")

    def test_a_closure_that_was_ready_is_open_again_when_a_problem_is_reported(self):
        order = self.make_order()
        self.make_ready(order)
        order.closure_id.action_refresh()
        self.assertEqual(order.closure_state, "approved")
        self.report(order, 1)
        self.assertEqual(order.closure_state, "open")

    def test_never_more_is_decided_about_than_there_is(self):
        nonconformity = self.report(self.make_order(), 3)
        with self.assertRaisesRegex(UserError, "leave it at its 3.0 Units: 1.0 too many"):
            self.decide(nonconformity, ("scrap", 2), ("quarantine", 2))
        self.assertFalse(nonconformity.disposition_ids)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.decide(nonconformity, ("scrap", -1))

    def test_operators_report_and_inspectors_decide(self):
        nonconformity = self.report(self.make_order(), 2)
        with self.assertRaisesRegex(AccessError, "ask Inspector"):
            self.decide(nonconformity, ("scrap", 2), user=self.operator)
        line = self.decide(nonconformity, ("scrap", 2))
        self.assertEqual((line.decided_by_id, nonconformity.dispositioned_by_id), (self.inspector, self.inspector))
        self.assertTrue(line.decided_at and nonconformity.dispositioned_at)
        self.assertIn("Scrap: 2.0 Units", "".join(nonconformity.sudo().message_ids.mapped("body")))

    def test_a_concession_needs_a_manager_and_a_reason(self):
        nonconformity = self.report(self.make_order(), 2)
        with self.assertRaisesRegex(AccessError, "ask Manager"):
            self.decide(nonconformity, ("use_as_is", 2, {"reason": "Nobody sees it"}))
        with self.assertRaisesRegex(UserError, "reason of the concession"):
            self.decide(nonconformity, ("use_as_is", 2, {"reason": " "}), user=self.manager)
        self.decide(nonconformity, ("use_as_is", 2, {"reason": "Nobody sees it"}), user=self.manager)
        self.assertEqual(nonconformity.state, "dispositioned")

    def test_the_dialog_says_beforehand_who_takes_a_decision(self):
        nonconformity = self.report(self.make_order(), 2)
        decide = self.env["mrp.closure.decide"].with_context(default_nonconformity_id=nonconformity.id)
        for user, concession, scrap in ((self.inspector, "Manager", False), (self.manager, False, False)):
            with self.subTest(user=user.name), Form(decide.with_user(user)) as dialog:
                dialog.disposition, dialog.reason = "use_as_is", "Nobody sees it"
                self.assertEqual(dialog.ask, concession)
                dialog.disposition = "scrap"
                self.assertEqual(dialog.ask, scrap)

    def test_a_concession_can_be_left_to_a_group_of_the_company(self):
        group = self.env["res.groups"].create({"name": "Customer Quality"})
        self.company.closure_concession_group_id = group
        quality = new_test_user(
            self.env, "closure_quality", groups="base.group_user,mrp_workorder_closure.group_operator"
        )
        nonconformity = self.report(self.make_order(), 2)
        with self.assertRaisesRegex(AccessError, "ask Customer Quality"):
            self.decide(nonconformity, ("use_as_is", 2, {"reason": "Agreed"}), user=quality)
        quality.group_ids = [Command.link(group.id)]
        with self.assertRaisesRegex(AccessError, "ask Inspector"):
            self.decide(nonconformity, ("scrap", 2), user=quality)
        self.decide(nonconformity, ("use_as_is", 2, {"reason": "Agreed"}), user=quality)
        self.assertEqual(nonconformity.state, "dispositioned")

    def test_critical_ones_are_for_managers_and_only_managers_lower_the_severity(self):
        nonconformity = self.report(self.make_order(), 2, severity="critical")
        with self.assertRaisesRegex(AccessError, "ask Manager"):
            self.decide(nonconformity, ("scrap", 2))
        with self.assertRaisesRegex(AccessError, "ask Manager"):
            nonconformity.with_user(self.inspector).severity = "minor"
        with self.assertRaisesRegex(AccessError, "ask Manager"):
            nonconformity.with_user(self.inspector).action_review()
        nonconformity.with_user(self.manager).severity = "major"
        self.decide(nonconformity, ("scrap", 2))

    def test_what_was_decided_can_be_taken_back_until_the_order_closes(self):
        order = self.make_order()
        nonconformity = self.report(order, 2)
        line = self.decide(nonconformity, ("scrap", 2))
        nonconformity.with_user(self.inspector).action_review()
        self.assertEqual((nonconformity.state, line.status, nonconformity.open_quantity), ("review", "withdrawn", 2))
        self.assertEqual(nonconformity.reviewed_by_id, self.inspector)
        nonconformity.with_user(self.inspector).quantity = 1
        self.decide(nonconformity, ("quarantine", 1))
        self.close(order)
        self.assertStock(self.table, accepted=9, quarantined=1)
        with self.assertRaisesRegex(UserError, "Quarantine has begun"):
            nonconformity.with_user(self.inspector).action_review()

    def test_a_problem_without_affected_goods_needs_a_word_of_the_inspector(self):
        order = self.make_order()
        nonconformity = self.report(order, 0, description="Guard rail is loose")
        with self.assertRaisesRegex(RedirectWarning, nonconformity.name):
            self.close(order)
        with self.assertRaisesRegex(AccessError, "ask Inspector"):
            nonconformity.with_user(self.operator).action_disposition()
        nonconformity.with_user(self.inspector).action_disposition()
        nonconformity.with_user(self.inspector).action_close()
        self.assertEqual((nonconformity.state, nonconformity.closed_by_id), ("closed", self.inspector))
        with self.assertRaisesRegex(UserError, "this one is closed"):
            nonconformity.with_user(self.operator).root_cause = "Screw"

    def test_affected_goods_are_not_settled_without_a_word_about_them(self):
        nonconformity = self.report(self.make_order(), 2).with_user(self.inspector)
        with self.assertRaisesRegex(UserError, "say what happens to its 2.0 Units"):
            nonconformity.action_disposition()
        self.assertEqual(nonconformity.state, "open")

    def test_a_nonconformity_is_not_closed_before_its_goods_are_moved(self):
        nonconformity = self.report(self.make_order(), 2)
        with self.assertRaisesRegex(UserError, "decide about its whole quantity"):
            nonconformity.with_user(self.inspector).action_close()
        self.decide(nonconformity, ("scrap", 2))
        with self.assertRaisesRegex(UserError, "mark the order as done"):
            nonconformity.with_user(self.inspector).action_close()

    def test_dispositions_given_as_lines_of_the_nonconformity_are_checked_alike(self):
        nonconformity = self.report(self.make_order(), 2)
        commands = [Command.create({"disposition": "scrap", "quantity": 2, "reason": "Split"})]
        with self.assertRaises(AccessError):
            nonconformity.with_user(self.operator).disposition_ids = commands
        nonconformity.with_user(self.inspector).disposition_ids = commands
        self.assertEqual(nonconformity.state, "dispositioned")
        self.assertEqual(nonconformity.disposition_ids.decided_by_id, self.inspector)

    def test_serial_numbers_are_named_one_by_one(self):
        product = self.make_product("serial")
        order = self.make_tracked_order(product, qty=4)
        nonconformity = self.report(order, 2)
        lots = order.lot_producing_ids
        with self.assertRaisesRegex(UserError, "choose the serial numbers"):
            self.decide(nonconformity, ("scrap", 2))
        self.decide(nonconformity, ("scrap", 1, {"lot_ids": [Command.set(lots[0].ids)]}))
        with self.assertRaisesRegex(UserError, "about which nothing was decided"):
            self.decide(nonconformity, ("quarantine", 1, {"lot_ids": [Command.set(lots[0].ids)]}))
        foreign = self.env["stock.lot"].create({"product_id": product.id, "name": "Elsewhere"})
        self.decide(nonconformity, ("quarantine", 1, {"lot_ids": [Command.set(foreign.ids)]}))
        with self.assertRaisesRegex(RedirectWarning, "Elsewhere"):
            self.close(order)

    def test_a_waived_check_lets_undecided_goods_into_stock(self):
        order = self.make_order()
        nonconformity = self.report(order, 2)
        order.closure_id.action_refresh()
        order.closure_id.check_ids.with_user(self.manager).action_waive("Customer is waiting")
        self.close(order)
        self.assertEqual(order.closure_state, "closed")
        self.assertStock(self.table, accepted=10)
        self.assertEqual((nonconformity.state, nonconformity.open_quantity), ("open", 2))
        for record in (nonconformity, order.closure_id):
            notes = "".join(record.sudo().message_ids.mapped("body"))
            self.assertIn("The order closed without this: decide about 2.0 Units", notes)
            self.assertIn("Conceded by Max Manager: Customer is waiting", notes)

    def test_a_check_that_only_warns_lets_nothing_undecided_pass(self):
        self.template.point_ids.severity = "warning"
        order = self.make_order()
        nonconformity = self.report(order, 2)
        with self.assertRaisesRegex(RedirectWarning, nonconformity.name):
            self.close(order)

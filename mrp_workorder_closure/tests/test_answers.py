import logging
from contextlib import suppress

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import mute_logger, new_test_user, tagged

from .common import ClosureCase

USERS_LOGGER = "odoo.addons.mrp_workorder_closure.models.res_users"
CORE_LOGGERS = ("odoo.addons.base.models.res_users", "odoo.addons.auth_totp.models.res_users")
PASSWORD = "closure_operator"


@tagged("post_install", "-at_install")
class TestAnswers(ClosureCase):
    """Answers of persons: what each kind takes, who may give them, and what is kept."""

    def make_check(self, user=None, **point):
        point.setdefault("name", "Oven")
        self.template.point_ids = [Command.clear(), Command.create(point)]
        return self.make_order().closure_id.check_ids.with_user(user or self.operator)

    def measure(self, value, low=0.0, high=0.0):
        check = self.make_check(kind="measure", min_value=low, max_value=high, unit="°C")
        check.action_measure(value)
        return check.state

    def get_dialog(self, check, user=None, **vals):
        return self.env["mrp.closure.answer"].with_user(user or self.operator).create({"check_id": check.id, **vals})

    # Manual

    def test_a_confirmation_keeps_who_and_when(self):
        check = self.make_check()
        check.action_pass()
        self.assertEqual((check.state, check.done_by_id), ("pass", self.operator))
        self.assertTrue(check.done_at)

    def test_what_is_not_met_needs_a_finding(self):
        check = self.make_check()
        for reason in ("", "   ", None, False, 3):
            with self.assertRaisesRegex(UserError, "Oven"):
                check.action_fail(reason)
        check.action_fail(" Door is bent ")
        self.assertEqual((check.state, check.message), ("fail", "Door is bent"))

    def test_a_value_that_was_not_entered_is_not_zero(self):
        check = self.make_check(kind="measure", max_value=200, unit="°C")
        dialog = self.get_dialog(check)
        with self.assertRaisesRegex(UserError, "enter the measured value; if it is 0"):
            dialog.action_met()
        self.assertEqual((check.state, check.done_by_id.id), ("todo", False))
        dialog.is_zero = True
        dialog.action_met()
        self.assertEqual((check.state, check.message), ("pass", "0.0 °C (0.0 °C to 200.0 °C)"))

    def test_a_confirmation_takes_no_value(self):
        with self.assertRaisesRegex(UserError, "no measured value"):
            self.make_check().action_measure(5)

    # Measure

    def test_the_limits_decide_and_their_edges_are_inside(self):
        for value, verdict in (
            (179.999999, "fail"),
            (180, "pass"),
            (190.5, "pass"),
            (200, "pass"),
            (200.000001, "fail"),
        ):
            with self.subTest(value=value):
                self.assertEqual(self.measure(value, 180, 200), verdict)

    def test_a_figure_on_the_edge_is_not_thrown_out_by_the_machine(self):
        self.assertEqual(self.measure(0.1 + 0.2, 0.1, 0.3), "pass")

    def test_one_limit_or_none(self):
        self.assertEqual(self.measure(180, low=180), "pass")
        self.assertEqual(self.measure(1e9, low=180), "pass")
        self.assertEqual(self.measure(179, low=180), "fail")
        self.assertEqual(self.measure(-10, high=-10), "pass")
        self.assertEqual(self.measure(-9, high=-10), "fail")
        self.assertEqual(self.measure(-12345.678), "pass")

    def test_the_finding_names_value_unit_and_limits(self):
        check = self.make_check(kind="measure", min_value=180, max_value=200, unit="°C")
        check.action_measure(150.5)
        self.assertEqual(check.message, "150.5 °C (180.0 °C to 200.0 °C)")
        self.assertEqual(check.value, 150.5)

    def test_only_finite_numbers_are_measured_values(self):
        check = self.make_check(kind="measure", min_value=180, max_value=200)
        for value in (
            float("nan"),
            float("inf"),
            float("-inf"),
            True,
            False,
            None,
            "190",
            [],
            {},
            1e10,
            -1e10,
            10**400,
        ):
            with self.subTest(value=str(value)[:10]), self.assertRaisesRegex(UserError, "as a number"):
                check.action_measure(value)
        self.assertEqual(check.state, "todo")

    def test_a_measurement_is_not_confirmed_without_a_value(self):
        with self.assertRaisesRegex(UserError, "measured value"):
            self.make_check(kind="measure").action_pass()

    def test_the_dialog_measures(self):
        check = self.make_check(kind="measure", min_value=180, max_value=200)
        dialog = self.get_dialog(check, value=190)
        self.assertEqual(dialog.limits, "180.0 to 200.0")
        dialog.action_met()
        self.assertEqual((check.state, check.value), ("pass", 190))

    # Signature

    def test_a_signed_answer_is_given_in_the_dialog_only(self):
        check = self.make_check(signature_required=True)
        for answer in (check.action_pass, lambda: check.action_fail("Bent")):
            with self.assertRaisesRegex(UserError, "Answer dialog"):
                answer()
        measured = self.make_check(kind="measure", signature_required=True)
        with self.assertRaisesRegex(UserError, "Answer dialog"):
            measured.action_measure(3)
        self.assertEqual((check.state, measured.state), ("todo", "todo"))

    def test_a_wrong_password_decides_nothing(self):
        check = self.make_check(signature_required=True)
        dialog = self.get_dialog(check)
        for password in ("wrong", "", None, False, 7, {"password": PASSWORD}):
            with (
                self.subTest(password=password),
                mute_logger(USERS_LOGGER, *CORE_LOGGERS),
                self.assertRaises(UserError),
            ):
                dialog.with_context(closure_password=password).action_met()
        self.assertEqual((check.state, check.signed_name, check.done_by_id.id), ("todo", False, False))

    def test_the_password_of_somebody_else_is_no_signature(self):
        dialog = self.get_dialog(self.make_check(signature_required=True))
        with mute_logger(USERS_LOGGER, *CORE_LOGGERS), self.assertRaises(UserError):
            dialog.with_context(closure_password="closure_manager").action_met()

    def test_the_right_password_signs_with_the_printed_name(self):
        check = self.make_check(signature_required=True)
        self.get_dialog(check).with_context(closure_password=PASSWORD).action_met()
        self.assertEqual((check.state, check.signed_name, check.done_by_id), ("pass", "Olga Operator", self.operator))

    def test_a_negative_answer_is_signed_as_well(self):
        check = self.make_check(signature_required=True)
        dialog = self.get_dialog(check, reason="Bent")
        with self.assertRaises(UserError):
            dialog.action_not_met()
        dialog.with_context(closure_password=PASSWORD).action_not_met()
        self.assertEqual((check.state, check.signed_name), ("fail", "Olga Operator"))

    def test_the_password_is_kept_nowhere(self):
        check = self.make_check(signature_required=True)
        secret = "Tr0ub4dor-and-3-horses"
        self.operator.sudo().password = secret
        seen = []
        model = type(self.env["mrp.closure.check"])
        original = model._write_evidence

        def spy(records, vals):
            seen.append(str(records.env.context))
            return original(records, vals)

        self.patch(model, "_write_evidence", spy)
        dialog = self.get_dialog(check, password=secret)
        result = dialog.with_context(closure_password=secret).action_met()
        self.env.flush_all()
        self.assertTrue(seen)
        self.assertNotIn(secret, "".join(seen))
        self.assertNotIn(secret, str(result))
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT 1 FROM "{table}" t WHERE t::text LIKE %s LIMIT 1', [f"%{secret}%"])
            self.assertFalse(self.env.cr.fetchall(), table)

    def test_refused_signatures_are_counted_and_logged_without_the_password(self):
        dialog = self.get_dialog(self.make_check(signature_required=True))
        counter = self.operator.with_user(self.manager)
        with self.assertLogs(USERS_LOGGER, logging.WARNING) as logs, mute_logger(*CORE_LOGGERS):
            for _number in range(2):
                # Without assertRaises, which would roll the count back with the refusal.
                with self.enter_registry_test_mode(), suppress(UserError):
                    dialog.with_context(closure_password="s3cret-guess").action_met()
        self.assertEqual(len(logs.output), 2)
        self.assertIn("closure_operator", logs.output[1])
        self.assertIn("2 in a row", logs.output[1])
        self.assertNotIn("s3cret-guess", str(logs.output))
        counter.invalidate_recordset()
        self.assertEqual(counter.closure_signature_failures, 2)
        dialog.with_context(closure_password=PASSWORD).action_met()
        self.assertEqual(counter.closure_signature_failures, 0)

    def test_the_count_of_refused_signatures_is_not_for_everybody(self):
        with self.assertRaises(AccessError):
            self.operator.with_user(self.operator).read(["closure_signature_failures"])

    # Trail

    def get_trail(self, check, field):
        self.env.flush_all()
        self.cr.precommit.run()
        values = check.sudo().message_ids.tracking_value_ids.filtered(lambda value: value.field_id.name == field)
        return values.sorted("id")

    def test_changing_an_answer_keeps_the_earlier_one_in_the_trail(self):
        check = self.make_check(kind="measure", min_value=180, max_value=200)
        self.cr.precommit.run()
        for value in (150, 190):
            # A caller may ask for no trail, and gets one.
            check.with_context(tracking_disable=True, mail_notrack=True).action_measure(value)
            self.cr.precommit.run()
        values = self.get_trail(check, "value")
        self.assertEqual(values.mapped("new_value_float"), [150, 190])
        self.assertEqual(values.mapped("old_value_float"), [0, 150])
        self.assertEqual(self.get_trail(check, "state").mapped("new_value_char"), ["Failed", "Passed"])
        self.assertEqual(values.mail_message_id.author_id, self.operator.partner_id)

    def test_taking_an_answer_back_leaves_it_to_do_and_in_the_trail(self):
        check = self.make_check()
        self.cr.precommit.run()
        check.action_pass()
        self.cr.precommit.run()
        check.action_reset()
        self.assertEqual((check.state, check.done_by_id.id, check.done_at), ("todo", False, False))
        self.assertIn("Passed", self.get_trail(check, "state").mapped("old_value_char"))

    # Who

    def test_what_names_nobody_is_answered_by_operators(self):
        check = self.make_check()
        with self.assertRaisesRegex(AccessError, "Olga Operator"):
            check.with_user(self.auditor).action_pass()
        check.action_pass()

    def test_what_names_a_group_is_answered_by_its_members_only(self):
        inspectors = self.env.ref("mrp_workorder_closure.group_inspector")
        ines = new_test_user(
            self.env, "closure_ines", groups="mrp.group_mrp_user,mrp_workorder_closure.group_inspector", name="Ines"
        )
        check = self.make_check(group_id=inspectors.id)
        with self.assertRaisesRegex(AccessError, "Inspector"):
            check.action_pass()
        self.assertFalse(check.can_answer)
        check.with_user(ines).action_pass()
        self.assertEqual(check.done_by_id, ines)

    def test_what_names_persons_is_answered_by_them_only(self):
        ines = new_test_user(self.env, "closure_ines", groups="mrp.group_mrp_user", name="Ines")
        check = self.make_check(user_ids=[Command.set(ines.ids)])
        for stranger in self.operator, self.manager:
            with self.assertRaisesRegex(AccessError, "Ines"):
                check.with_user(stranger).action_pass()
        check.with_user(ines).action_pass()

    def test_nobody_answers_in_the_dialog_for_others(self):
        ines = new_test_user(self.env, "closure_ines", groups="mrp.group_mrp_user", name="Ines")
        check = self.make_check(user_ids=[Command.set(ines.ids)])
        with self.assertRaises(AccessError):
            self.get_dialog(check).action_met()

    def test_the_dialog_shows_a_check_only_to_those_who_may_read_it(self):
        clerk = new_test_user(self.env, "closure_clerk", groups="base.group_user", name="Clara")
        check = self.make_check(instructions="<p>Secret recipe</p>")
        own = self.get_dialog(check)
        self.assertIn("Secret recipe", own.instructions)
        with self.assertRaises(AccessError):
            self.get_dialog(check, user=clerk)

    def test_closed_and_cancelled_closures_take_no_answers(self):
        check = self.make_check()
        check.production_id.action_cancel()
        for answer in (check.action_pass, lambda: check.action_fail("Bent"), check.action_reset):
            with self.assertRaisesRegex(UserError, check.closure_id.name):
                answer()

    def test_what_the_system_evaluates_is_answered_by_nobody(self):
        check = self.make_check(kind="workorders_finished")
        for answer in (check.action_pass, lambda: check.action_fail("Bent"), check.action_reset):
            with self.assertRaisesRegex(UserError, "system"):
                answer()

    # Waived and set aside

    def test_a_waiver_is_bound_to_the_figures_it_was_given_for(self):
        check = self.make_check(kind="measure", min_value=180, max_value=200)
        check.action_measure(150)
        check.with_user(self.manager).action_waive("Customer agreed")
        self.assertEqual((check.state, check.waived_by_id), ("waived", self.manager))
        self.assertFalse(check.production_id.get_closure_blockers())
        check.action_measure(140)
        self.assertEqual((check.state, check.waiver_reason), ("fail", False))
        self.assertTrue(check.production_id.get_closure_blockers())

    def test_a_waiver_of_automatic_figures_ends_when_they_change(self):
        check = self.make_check(kind="consumption", tolerance_pct=0)
        order = check.production_id
        order.qty_producing = 10
        order.set_qty_producing()
        legs = order.move_raw_ids.filtered(lambda move: move.product_id == self.leg)
        legs.quantity = 44
        order.move_raw_ids.picked = True
        check.closure_id.action_refresh()
        check.with_user(self.manager).action_waive("Four were bent")
        check.closure_id.action_refresh()
        self.assertEqual(check.state, "waived")
        legs.quantity = 60
        check.closure_id.action_refresh()
        self.assertEqual((check.state, check.waiver_reason), ("fail", False))

    def test_only_what_failed_is_waived_by_a_manager_with_a_reason(self):
        check = self.make_check()
        with self.assertRaisesRegex(UserError, "fail first"):
            check.with_user(self.manager).action_waive("Why not")
        check.action_fail("Bent")
        with self.assertRaises(AccessError):
            check.action_waive("Why not")
        with self.assertRaisesRegex(UserError, "reason"):
            check.with_user(self.manager).action_waive(" ")

    def test_not_applicable_needs_a_manager_and_a_reason(self):
        check = self.make_check()
        with self.assertRaises(AccessError):
            check.action_not_applicable("No oven here")
        for reason in ("", " ", None):
            with self.assertRaisesRegex(UserError, "reason"):
                check.with_user(self.manager).action_not_applicable(reason)
        check.with_user(self.manager).action_not_applicable("No oven here")
        self.assertEqual((check.state, check.message), ("not_applicable", "No oven here"))

    def test_what_a_manager_set_aside_is_brought_back_by_managers_only(self):
        for point in ({"kind": "manual"}, {"kind": "workorders_finished"}):
            with self.subTest(**point):
                check = self.make_check(**point)
                check.with_user(self.manager).action_not_applicable("No oven here")
                for answer in (check.action_reset, check.action_pass):
                    with self.assertRaisesRegex(AccessError, "anager"):
                        answer()
                check.with_user(self.manager).action_reset()
                self.assertEqual(check.state, "todo" if point["kind"] == "manual" else "fail")

    def test_a_waiver_is_taken_back_by_managers_only(self):
        check = self.make_check()
        check.action_fail("Bent")
        check.with_user(self.manager).action_waive("Fine")
        with self.assertRaises(AccessError):
            check.action_reset()
        check.with_user(self.manager).action_reset()
        self.assertEqual((check.state, check.waiver_reason), ("todo", False))

    def test_what_was_waived_may_be_mended_and_answered_again(self):
        check = self.make_check()
        check.action_fail("Bent")
        check.with_user(self.manager).action_waive("Fine")
        check.action_pass()
        self.assertEqual((check.state, check.waived_by_id.id), ("pass", False))

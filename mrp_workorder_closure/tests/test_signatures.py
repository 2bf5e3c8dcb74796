from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestSignatures(ApprovalCase):
    """A signature is the signer's own password, each time; without it nothing is decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_levels(cls.named(cls.paula, cls.peter, signature_required=True), cls.named(cls.quentin))

    def sign(self, closure, user, password, verdict="approved", comment=None, **kwargs):
        return closure.with_user(user)._decide_signed(verdict, comment, password=password, **kwargs)

    def test_an_unsigned_decision_is_refused_and_names_the_dialog(self):
        closure = self.make_submitted()
        as_paula = closure.with_user(self.paula)
        self.assertRefused(UserError, "use the Review and Decide dialog", as_paula.action_approve)
        self.assertRefused(UserError, "use the Review and Decide dialog", as_paula.action_reject, "No")

    def test_no_context_and_no_comment_stand_for_the_password(self):
        closure = self.make_submitted()
        context = {"closure_password": self.paula.login, "password": self.paula.login, "signing": True}
        self.assertRefused(
            UserError,
            "use the Review and Decide dialog",
            closure.with_user(self.paula).with_context(**context).action_approve,
        )

    def test_the_password_of_the_signer_signs_with_name_time_and_meaning(self):
        closure = self.make_submitted()
        self.sign(closure, self.paula, self.paula.login)
        decision = closure.approval_decision_ids
        self.assertEqual((decision.signed_name, decision.user_id), ("Paula", self.paula))
        self.assertTrue(decision.decided_at)
        self.assertIn("I approve the figures", decision.meaning)
        self.assertEqual(decision.fingerprint, closure.fingerprint)
        self.assertEqual(self.get_states(closure), ["approved", "pending"])

    def test_the_printed_name_stays_when_the_person_is_renamed(self):
        closure = self.make_submitted()
        self.sign(closure, self.paula, self.paula.login)
        self.paula.name = "Paula Married"
        self.assertEqual(closure.approval_decision_ids.signed_name, "Paula")

    def test_turning_down_is_signed_too(self):
        closure = self.make_submitted()
        self.assertRefused(UserError, "enter your password", self.sign, closure, self.paula, None, "rejected", "No")
        self.sign(closure, self.paula, self.paula.login, "rejected", "No")
        self.assertEqual(closure.approval_decision_ids.signed_name, "Paula")

    def test_wrong_passwords_decide_nothing_and_are_counted_and_logged(self):
        closure = self.make_submitted()
        for password in ("wrong", self.peter.login, "", None, 5, True):
            with self.subTest(password=password):
                self.assertRefused(UserError, "enter", self.sign, closure, self.paula, password)
        with self.assertLogs("odoo.addons.mrp_workorder_closure.models.res_users", "WARNING") as logs:
            self.assertRefused(UserError, "enter the password", self.sign, closure, self.paula, "wrong-again")
        self.assertIn(self.paula.login, logs.output[0])
        self.assertNotIn("wrong-again", "".join(logs.output))
        self.assertEqual(closure.state, "to_approve")

    def test_a_user_without_a_password_is_told_how_to_get_one(self):
        sso = new_test_user(self.env, "closure_sso", groups="base.group_user", name="Sso")
        self.env.cr.execute("UPDATE res_users SET password = NULL WHERE id = %s", [sso.id])
        self.set_levels(self.named(sso, signature_required=True))
        closure = self.make_submitted()
        self.assertRefused(UserError, "single sign-on, have an administrator", self.sign, closure, sso, "anything")

    def test_each_signature_verifies_the_password_again(self):
        closures = self.make_submitted() | self.make_submitted()
        users = type(self.env["res.users"])
        verify, verified = users._check_credentials, []

        def count(user, credential, env):
            verified.append(user.id)
            return verify(user, credential, env)

        self.patch(users, "_check_credentials", count)
        self.sign(closures, self.paula, self.paula.login)
        self.assertEqual(verified, [self.paula.id] * 2)
        self.assertEqual(closures.approval_decision_ids.mapped("signed_name"), ["Paula", "Paula"])

    def test_levels_without_signature_need_no_password_in_the_dialog(self):
        closure = self.make_submitted()
        self.sign(closure, self.paula, self.paula.login)
        self.sign(closure, self.quentin, None)
        self.assertEqual(closure.state, "approved")
        self.assertFalse(closure.approval_decision_ids[-1].signed_name)

    def test_the_password_is_stored_nowhere(self):
        password = "closure-secret-password"
        self.paula.password = password
        closure = self.make_submitted()
        self.sign(closure, self.paula, password)
        # In sudo: every field there is.
        closure = closure.sudo()
        decision = closure.approval_decision_ids
        self.assertNotIn(password, str(decision.read() + closure.read() + closure.message_ids.read(["body"])))

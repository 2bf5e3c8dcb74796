from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_committed import CommittedCase

PASSWORDS = ("closure-not-mine", "closure-nor-this")


@tagged("post_install", "-at_install")
class TestSignatureFailures(CommittedCase):
    """Refused signatures are counted in a transaction of their own: the refusal undoes everything else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signer = new_test_user(cls.env, "closure_signer", groups="base.group_user", name="Sigrid Signer")
        cls.template.level_ids = [
            (0, 0, {"name": "Quality", "user_ids": [(6, 0, cls.signer.ids)], "signature_required": True})
        ]
        order = cls.make_order()
        cls.make_ready(order)
        cls.closure = order.closure_id
        cls.closure.with_user(cls.operator).action_refresh()
        cls.commit()

    def sign(self, password):
        def act(env):
            return self.closure.with_env(env)._decide_signed("approved", None, password=password)

        return self.as_request(self.signer, act)

    def get_failures(self):
        with self.looking(self.signer) as signer:
            return signer.closure_signature_failures

    @mute_logger("odoo.addons.base.models.res_users")
    def test_wrong_passwords_are_counted_until_the_right_one(self):
        for number, password in enumerate(PASSWORDS, 1):
            with self.assertLogs("odoo.addons.mrp_workorder_closure.models.res_users", "WARNING") as logs:
                refusal = self.sign(password)
            self.assertIsInstance(refusal, UserError)
            self.assertIn(f"{number} in a row", logs.output[0])
            self.assertNotIn(password, "".join(logs.output))
            self.assertEqual(self.get_failures(), number)
        with self.looking(self.closure) as closure:
            self.assertEqual((closure.state, len(closure.approval_decision_ids)), ("to_approve", 0))
        self.assertIs(self.sign(self.signer.login), True)
        self.assertEqual(self.get_failures(), 0)
        with self.looking(self.closure) as closure:
            self.assertEqual((closure.state, closure.approval_decision_ids.signed_name), ("approved", "Sigrid Signer"))

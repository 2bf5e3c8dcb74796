from odoo import Command
from odoo.tests import new_test_user

from .common import ClosureCase


class ApprovalCase(ClosureCase):
    """Orders of the table with approval levels; nobody but the operator has a right on orders.

    Users: ``paula`` and ``peter`` (production), ``quentin`` (quality), ``fiona`` (finance):
    plain internal users who are named by a level and have no other right.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env["res.groups"].create({"name": "Production Leads"})
        for name in ("paula", "peter", "quentin", "fiona", "wanda"):
            login = f"closure_{name}"
            setattr(cls, name, new_test_user(cls.env, login, groups="base.group_user", name=name.capitalize()))
        cls.group.user_ids = cls.paula | cls.peter

    @classmethod
    def set_levels(cls, *levels):
        """Levels of the template: dicts of values; a name and a sequence are made up where they are missing."""
        cls.template.level_ids.unlink()
        cls.template.level_ids = [
            Command.create({"name": f"Level {number}", "sequence": 10 * number, **vals})
            for number, vals in enumerate(levels, 1)
        ]

    @classmethod
    def named(cls, *users, **vals):
        """Values of a level that these persons decide."""
        return {"user_ids": [Command.set([user.id for user in users])], **vals}

    @classmethod
    def make_submitted(cls, **vals):
        """The closure of an order that the operator made ready and that submitted itself."""
        return cls.submit(cls.make_order(**vals))

    @classmethod
    def submit(cls, order):
        """Complete the figures of an order: its closure submits itself."""
        cls.make_ready(order)
        order.closure_id.with_user(cls.operator).action_refresh()
        return order.closure_id

    @classmethod
    def get_states(cls, closure):
        """States of the approvals of the running round, in the order of the levels."""
        approvals = closure.approval_ids.filtered(lambda approval: approval.round == closure.round)
        return approvals.sorted(lambda approval: (approval.sequence, approval.id)).mapped("state")

    def approve(self, closure, *users, **kwargs):
        for user in users:
            closure.with_user(user).action_approve(**kwargs)

    def assertRefused(self, error, says, act, *args, **kwargs):
        """The act is refused with a sentence, and nothing is decided."""
        before = self.env["mrp.closure.approval.decision"].search_count([])
        with self.assertRaisesRegex(error, says) as refusal, self.env.cr.savepoint():
            act(*args, **kwargs)
        self.assertRegex(str(refusal.exception.args[0]), "^To ")
        self.assertEqual(self.env["mrp.closure.approval.decision"].search_count([]), before)

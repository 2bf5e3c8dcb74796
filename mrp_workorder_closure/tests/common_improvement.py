from contextlib import contextmanager
from datetime import datetime

from freezegun import freeze_time

from odoo.tests import new_test_user

from .common import ClosureCase

MARCH = datetime(2026, 3, 2, 9)


class ImprovementCase(ClosureCase):
    """Orders closed on known days, and people who improve something.

    Users besides those of ClosureCase: ``inspector`` plans actions, ``owner`` is a plain internal user,
    ``controller`` reviews costs.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, role in (("inspector", "inspector"), ("controller", "cost_controller"), ("approver", "approver")):
            user = new_test_user(
                cls.env, f"closure_{name}", groups=f"base.group_user,mrp_workorder_closure.group_{role}", name=name
            )
            setattr(cls, name, user)
        cls.owner = new_test_user(cls.env, "closure_owner", groups="base.group_user", name="Otto Owner")

    @contextmanager
    def at(self, day):
        """On a day, at nine in the morning UTC."""
        self.env.flush_all()
        with freeze_time(datetime.combine(day, MARCH.time())):
            yield
            self.env.flush_all()

    def close_orders(self, day, number, waived=0):
        """So many orders closed on a day, some of them with a waiver."""
        with self.at(day):
            for index in range(number):
                order = self.make_order(qty=1)
                if index < waived:
                    check = order.closure_id.check_ids[0]
                    check.with_user(self.operator).action_fail("Dirty")
                    check.with_user(self.manager).action_waive("Cleaned tomorrow")
                self.pass_checks(order)
                order.button_mark_done()
                self.assertEqual(order.closure_state, "closed")

    def plan(self, user=None, **vals):
        return (
            self.env["mrp.closure.action"]
            .with_user(user or self.inspector)
            .create(
                {
                    "name": "Sweep the area after each shift",
                    "user_id": self.owner.id,
                    "due_date": "2026-03-12",
                    "indicator": "waivers",
                    "target_value": 1,
                    "measure_days": 10,
                    **vals,
                }
            )
        )

    def run_cron(self, name, day):
        with self.at(day), self.enter_registry_test_mode():
            self.env.ref(f"mrp_workorder_closure.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def follow(self, day):
        """The cron runs on a day."""
        self.run_cron("ir_cron_follow_actions", day)

import threading

from odoo import Command, api
from odoo.exceptions import RedirectWarning, UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import SQL

NAMES = ("operator", "paula", "peter", "quentin")


@tagged("post_install", "-at_install")
class TestRaces(BaseCase):
    """Two at the same moment, each in a thread with a database connection of its own.

    What they work on is committed and taken away again. Both begin before either goes on,
    so their transactions overlap; what fails for that reason is run again, as Odoo's own
    requests are. Nobody reads of serialization; nothing is lost or counted twice.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.ids = {}
        with self.registry.cursor() as cr:
            self.make_data(api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True}))
        self.addCleanup(self.take_away)

    def make_data(self, env):
        groups = {"operator": "mrp.group_mrp_user"}
        users = {
            name: new_test_user(env, f"closure_race_{name}", groups=groups.get(name, "base.group_user"))
            for name in NAMES
        }
        product = env["product.product"].create({"name": "Raced Block", "is_storable": True})
        template = env["mrp.closure.template"].create(
            {"name": "Raced", "product_ids": [Command.set(product.ids)], "company_id": env.company.id}
        )
        self.ids = {name: user.id for name, user in users.items()}
        self.ids |= {"product": product.id, "template": template.id}

    def submit(self, *levels):
        """A closure to approve, of an order below plan whose rest is decided: Mark as Done asks before it posts."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.ids["operator"], {})
            template = env["mrp.closure.template"].sudo().browse(self.ids["template"])
            template.level_ids = [
                Command.create(
                    {
                        "name": f"Level {number}",
                        "sequence": 10,
                        "min_approvals": vals.get("needed", 1),
                        "user_ids": [Command.set([self.ids[name] for name in vals["names"]])],
                    }
                )
                for number, vals in enumerate(levels, 1)
            ]
            order = env["mrp.production"].create({"product_id": self.ids["product"], "product_qty": 10})
            order.action_confirm()
            order.qty_producing = 8
            order.closure_id.action_keep_backorder()
            self.assertEqual(order.closure_id.state, "to_approve")
            self.ids |= {"order": order.id, "closure": order.closure_id.id}

    def take_away(self):
        """Decisions are never deleted, but by who owns the database."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            order = env["mrp.production"].browse(self.ids.get("order"))
            for table in ("mrp_closure_approval_decision", "mrp_closure_approval"):
                env.execute_query(
                    SQL(
                        "DELETE FROM %s WHERE closure_id = %s RETURNING id",
                        SQL.identifier(table),
                        self.ids.get("closure"),
                    )
                )
            if order:
                order.action_cancel()
                order.unlink()
            env["mrp.closure.template"].browse(self.ids["template"]).unlink()
            env["product.product"].browse(self.ids["product"]).unlink()
            users = env["res.users"].browse([self.ids[name] for name in NAMES])
            partners = users.partner_id
            env["mail.message"].search([("author_id", "in", partners.ids)]).unlink()
            users.unlink()
            partners.unlink()

    def race(self, *acts):
        """Run acts ``(user, function of the closure)`` at the same moment.

        :return: their results, exceptions among them, in the order of the acts
        """
        barrier = threading.Barrier(len(acts), timeout=60)
        results = [None] * len(acts)

        def run(number, user, act):
            begun = []
            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, self.ids[user], {})

                    def once():
                        closure = env["mrp.closure"].browse(self.ids["closure"])
                        # The transaction sees the database as it is from here on.
                        closure.sudo().read(["state"])
                        if not begun:
                            begun.append(True)
                            barrier.wait()
                        return act(closure)

                    results[number] = retrying(once, env)
            except Exception as error:
                results[number] = error

        threads = [threading.Thread(target=run, args=(number, *act)) for number, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        return results

    def look(self, read):
        """What anybody sees afterwards."""
        with self.registry.cursor() as cr:
            return read(api.Environment(cr, api.SUPERUSER_ID, {})["mrp.closure"].browse(self.ids["closure"]))

    def get_decisions(self):
        return self.look(
            lambda closure: sorted(
                (decision.user_id.id, decision.verdict) for decision in closure.approval_decision_ids
            )
        )

    def assertSentence(self, result):
        """Whoever came second is told in a sentence of ours."""
        self.assertIsInstance(result, (UserError, RedirectWarning))
        self.assertRegex(str(result.args[0]), "^To ")

    def test_the_last_two_of_parallel_levels_at_once_release_the_order(self):
        self.submit({"names": ["paula"]}, {"names": ["quentin"]})
        results = self.race(
            ("paula", lambda closure: closure.action_approve()),
            ("quentin", lambda closure: closure.action_approve()),
        )
        self.assertEqual(results, [True, True])
        self.assertEqual(len(self.get_decisions()), 2)
        self.assertEqual(self.look(lambda closure: closure.state), "approved")
        self.assertEqual(self.look(lambda closure: set(closure.approval_ids.mapped("state"))), {"approved"})

    def test_two_of_a_quorum_at_once_are_both_counted(self):
        self.submit({"names": ["paula", "peter", "quentin"], "needed": 2})
        results = self.race(
            ("paula", lambda closure: closure.action_approve()), ("peter", lambda closure: closure.action_approve())
        )
        self.assertEqual(results, [True, True])
        self.assertEqual(len(self.get_decisions()), 2)
        self.assertEqual(self.look(lambda closure: closure.state), "approved")

    def test_a_double_click_counts_once(self):
        self.submit({"names": ["paula", "peter"], "needed": 2})
        results = self.race(
            ("paula", lambda closure: closure.action_approve()), ("paula", lambda closure: closure.action_approve())
        )
        results.sort(key=lambda result: result is not True)
        self.assertIs(results[0], True)
        self.assertSentence(results[1])
        self.assertEqual(self.get_decisions(), [(self.ids["paula"], "approved")])
        self.assertEqual(self.look(lambda closure: closure.state), "to_approve")

    def test_of_an_approval_and_a_refusal_at_once_none_is_lost(self):
        self.submit({"names": ["paula"]}, {"names": ["quentin"]})
        approved, rejected = self.race(
            ("paula", lambda closure: closure.action_approve()),
            ("quentin", lambda closure: closure.action_reject("No")),
        )
        self.assertIs(rejected, True)
        if approved is not True:
            self.assertSentence(approved)
        self.assertEqual(len(self.get_decisions()), 1 + (approved is True))
        self.assertEqual(self.look(lambda closure: (closure.state, closure.round)), ("open", 2))
        self.assertNotIn("approved", self.look(lambda closure: closure.approval_ids.mapped("state")))

    def test_an_approval_beside_a_change_of_figures_does_not_hold_for_the_new_ones(self):
        self.submit({"names": ["paula"]})

        def change(closure):
            closure.production_id.qty_producing = 9
            return True

        approved, changed = self.race(("paula", lambda closure: closure.action_approve()), ("operator", change))
        self.assertIs(changed, True)
        if approved is not True:
            self.assertSentence(approved)
        refusal = self.race(("operator", lambda closure: closure.production_id.button_mark_done()))[0]
        self.assertSentence(refusal)
        self.assertRegex(str(refusal.args[0]), "8 Units → 9 Units" if approved is True else "approved at")
        self.race(("operator", lambda closure: closure.action_refresh()))
        self.assertEqual(self.look(lambda closure: (closure.state, closure.round)), ("open", 2))

    def test_an_approval_beside_a_refresh_with_other_figures_is_superseded_or_refused(self):
        self.submit({"names": ["paula"]})

        def change(closure):
            closure.production_id.qty_producing = 9
            return closure.action_refresh()

        approved, refreshed = self.race(("paula", lambda closure: closure.action_approve()), ("operator", change))
        self.assertIs(refreshed, True)
        if approved is not True:
            self.assertSentence(approved)
        self.assertEqual(len(self.get_decisions()), int(approved is True))
        self.assertEqual(self.look(lambda closure: (closure.state, closure.round)), ("open", 2))
        self.assertEqual(self.look(lambda closure: closure.approval_ids.mapped("state")), ["superseded"])

    def test_the_button_beside_the_last_approval_is_refused_or_goes_on(self):
        self.submit({"names": ["paula"]})
        approved, pressed = self.race(
            ("paula", lambda closure: closure.action_approve()),
            ("operator", lambda closure: closure.production_id.button_mark_done()),
        )
        self.assertIs(approved, True)
        if isinstance(pressed, Exception):
            self.assertSentence(pressed)
        else:
            self.assertEqual(pressed["res_model"], "mrp.production.backorder")
        self.assertEqual(len(self.get_decisions()), 1)
        self.assertEqual(
            self.look(lambda closure: (closure.state, closure.production_id.state, closure.production_id.closure_door)),
            ("approved", "progress", False),
        )

    def test_two_submissions_at_once_ask_once(self):
        self.submit({"names": ["paula"]})
        self.race(("paula", lambda closure: closure.action_reject("Again")))
        results = self.race(
            ("operator", lambda closure: closure.action_submit()), ("operator", lambda closure: closure.action_submit())
        )
        results.sort(key=lambda result: result is not True)
        self.assertIs(results[0], True)
        self.assertSentence(results[1])
        self.assertEqual(self.look(lambda closure: closure.approval_ids.mapped("state")), ["pending", "rejected"])

    def forget_activities(self):
        """What a closure that has just become somebody's work looks like before anybody refreshes it."""

        def forget(closure):
            closure.activity_ids.sudo().unlink()
            closure.message_follower_ids.unlink()

        self.look(forget)

    def test_two_refreshes_at_once_make_each_activity_once(self):
        self.submit({"names": ["paula"]})
        self.forget_activities()
        results = self.race(
            ("operator", lambda closure: closure.action_refresh()), ("paula", lambda closure: closure.action_refresh())
        )
        self.assertEqual(results, [True, True])
        self.assertEqual(self.look(lambda closure: closure.activity_ids.user_id.ids), [self.ids["paula"]])
        self.assertEqual(self.look(lambda closure: len(closure.activity_ids)), 1)

    def refresh_overtaken_by(self, act):
        """Run the scheduled refresh, where somebody acts on the closure once its transaction has begun."""
        overtakers = []

        def refresh(closures):
            closures.read(["state"])
            if not overtakers:
                overtakers.append(self.look(act))
            closures._refresh_by_cron()

        with self.registry.cursor() as cr, self.assertNoLogs("odoo", level="ERROR"):
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            env["mrp.closure"].browse(self.ids["closure"])._run_in_batches(refresh)
        self.assertTrue(overtakers)

    def test_the_scheduled_refresh_beside_that_of_a_person_logs_no_failure(self):
        self.submit({"names": ["paula"]})
        self.forget_activities()
        self.refresh_overtaken_by(lambda closure: closure.action_refresh())
        self.assertEqual(self.look(lambda closure: len(closure.activity_ids)), 1)

    def test_the_scheduled_refresh_gives_way_to_people_and_comes_back(self):
        self.submit({"names": ["paula"]})
        self.refresh_overtaken_by(lambda closure: closure._lock())
        self.assertTrue(self.look(lambda closure: closure.refreshed_at))

from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ClosureCase
from .common_committed import CommittedCase


@tagged("post_install", "-at_install")
class TestConcurrency(ClosureCase):
    """Of an answer and a Mark as Done at the same time, one is run again.

    PostgreSQL refuses the second transaction where the first left a new version of the
    closure's row; that it does is looked at here, because a test has one transaction only.
    """

    def get_row_version(self, closure):
        self.env.flush_all()
        self.env.cr.execute("SELECT ctid::text FROM mrp_closure WHERE id = %s", [closure.id])
        return self.env.cr.fetchone()[0]

    def assertTouches(self, closure, act):
        before = self.get_row_version(closure)
        act()
        self.assertNotEqual(self.get_row_version(closure), before)

    def test_an_answer_that_changes_no_count_is_still_seen_by_mark_as_done(self):
        self.template.point_ids[0].write({"kind": "measure", "min_value": 1, "max_value": 9})
        order = self.make_order()
        check = order.closure_id.check_ids[0].with_user(self.operator)
        check.action_measure(5)
        self.assertTouches(order.closure_id, lambda: check.action_measure(6))
        self.assertEqual((check.state, check.value), ("pass", 6))

    def test_mark_as_done_is_seen_by_answers(self):
        order = self.make_order()
        self.pass_checks(order)
        self.assertTouches(order.closure_id, order.button_mark_done)
        self.assertEqual(order.closure_state, "closed")


@tagged("post_install", "-at_install")
class TestTwoConnections(CommittedCase):
    """Two persons act in the same moment: one of them first, the other on what is true then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "mrp.group_mrp_user,account.group_account_readonly,analytic.group_analytic_accounting"
        cls.second = new_test_user(cls.env, "closure_second", groups=groups, name="Sam Second")
        cls.template.point_ids[1].operation_ids = cls.bom.operation_ids
        cls.commit()

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.sql_db", "odoo.service.model"))

    def make_answered_order(self):
        """An order whose two checks are answered, one of the order and one of its work order."""

        def make(env):
            order = env["mrp.production"].create({"product_id": self.table.id, "product_qty": 10})
            order.action_confirm()
            order.closure_id.check_ids.action_pass()
            return order.id

        return self.env["mrp.production"].browse(self.as_request(self.operator, make))

    def take_back(self, check):
        result = self.as_request(self.second, lambda env: check.with_env(env).action_reset())
        self.assertIs(result, True)

    def assertTakenBack(self, result, check):
        """Refused because of an answer that was taken back in the meantime."""
        self.assertIsInstance(result, (RedirectWarning, UserError))
        self.assertIn(check.name, result.args[0])

    def test_of_two_who_close_an_order_at_once_one_closes_it_and_one_is_told(self):
        order = self.make_answered_order()
        results = self.at_once(
            *((user, lambda env: order.with_env(env).button_mark_done()) for user in (self.operator, self.second))
        )
        self.assertEqual(results.count(True), 1, results)
        refusal = next(result for result in results if result is not True)
        self.assertIsInstance(refusal, RedirectWarning)
        self.assertIn("cannot be marked as done again", refusal.args[0])
        with self.looking(order) as order:
            closure = order.closure_id
            self.assertEqual((order.state, closure.state, order.closure_door), ("done", "closed", "sealed"))
            self.assertEqual(order.move_finished_ids.mapped("quantity"), [10])
            quants = order.env["stock.quant"].search([("product_id", "=", self.table.id)])
            moved = order.env["stock.move.line"].search([("product_id", "=", self.table.id), ("state", "=", "done")])
            at_hand = quants.filtered(lambda quant: quant.location_id.usage == "internal")
            self.assertEqual(sum(at_hand.mapped("quantity")), sum(moved.mapped("quantity")))
            values = closure.message_ids.sudo().tracking_value_ids
            self.assertEqual(values.mapped("new_value_char").count("Closed"), 1)

    def test_an_order_is_not_closed_on_an_answer_that_was_just_taken_back(self):
        order = self.make_answered_order()
        with self.looking(order) as seen:
            check = seen.closure_id.check_ids[0]
        result = self.as_request(
            self.operator, lambda env: order.with_env(env).button_mark_done(), lambda: self.take_back(check)
        )
        with self.looking(order) as seen:
            self.assertTakenBack(result, check.with_env(seen.env))
            self.assertEqual((seen.state, seen.closure_state), ("confirmed", "open"))

    def test_a_work_order_is_not_finished_on_an_answer_that_was_just_taken_back(self):
        for finish in (
            lambda workorder: workorder.button_finish(),
            lambda workorder: workorder.write({"state": "done"}),
        ):
            order = self.make_answered_order()
            with self.looking(order) as seen:
                workorder, check = seen.workorder_ids, seen.workorder_ids.closure_check_ids
            result = self.as_request(
                self.operator,
                lambda env, workorder=workorder, finish=finish: finish(workorder.with_env(env)),
                lambda check=check: self.take_back(check),
            )
            with self.looking(workorder) as seen:
                self.assertTakenBack(result, check.with_env(seen.env))
                self.assertNotEqual(seen.state, "done")

    def test_an_answer_and_the_finish_of_its_work_order_at_once_both_come_to_pass(self):
        order = self.make_answered_order()
        with self.looking(order) as seen:
            workorder, check = seen.workorder_ids, seen.workorder_ids.closure_check_ids
        results = self.at_once(
            (self.operator, lambda env: workorder.with_env(env).button_finish()),
            (self.second, lambda env: check.with_env(env).action_pass()),
        )
        self.assertEqual([result for result in results if isinstance(result, Exception)], [])
        with self.looking(workorder) as seen:
            self.assertEqual((seen.state, seen.closure_check_ids.state), ("done", "pass"))

    def test_of_two_who_confirm_under_a_changed_template_at_once_both_do_and_one_version_is_recorded(self):
        def make(env):
            return env["mrp.production"].create([{"product_id": self.table.id} for _number in range(2)]).ids

        orders = self.env["mrp.production"].browse(self.as_request(self.operator, make))
        self.as_request(self.manager, lambda env: self.template.with_env(env).point_ids[0].write({"name": "Swept"}))
        with self.looking(self.template) as seen:
            before = seen.recorded_version
        results = self.at_once(
            *(
                (user, lambda env, order=order: order.with_env(env).action_confirm())
                for user, order in zip((self.operator, self.second), orders, strict=True)
            )
        )
        self.assertEqual([result for result in results if isinstance(result, Exception)], [])
        with self.looking(orders) as seen:
            self.assertEqual(seen.closure_id.mapped("template_version"), [before + 1] * 2)

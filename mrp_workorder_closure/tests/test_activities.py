from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ClosureCase

CHECK_TYPE = "mrp_workorder_closure.mail_activity_type_check"


@tagged("post_install", "-at_install")
class TestActivities(ClosureCase):
    """Everybody who answers for a check finds it in the inbox, as one activity a closure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspectors = cls.env.ref("mrp_workorder_closure.group_inspector")
        groups = "mrp.group_mrp_user,mrp_workorder_closure.group_inspector"
        cls.ines, cls.igor = (
            new_test_user(cls.env, f"closure_{name.lower()}", groups=groups, name=name) for name in ("Ines", "Igor")
        )
        cls.plain_bom.operation_ids.unlink()
        cls.plain_bom.bom_line_ids[1:].unlink()
        cls.quick_bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.table.product_tmpl_id.id,
                "sequence": 0,
                "bom_line_ids": [Command.create({"product_id": cls.board.id, "product_qty": 1})],
            }
        )

    def set_points(self, *points):
        self.template.point_ids = [Command.clear(), *(Command.create(point) for point in points)]

    def get_activities(self, order):
        return self.env["mail.activity"].search(
            [("res_model", "=", "mrp.closure"), ("res_id", "=", order.closure_id.id)], order="id"
        )

    def count_inbox(self, user):
        groups = self.env["res.users"].with_user(user)._get_activity_groups()
        return next((group for group in groups if group["model"] == "mrp.closure"), None)

    def count_confirm_queries(self, product, count):
        orders = (
            self.env["mrp.production"]
            .with_user(self.operator)
            .create([{"product_id": product.id, "product_qty": 1} for _number in range(count)])
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        orders.action_confirm()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_a_group_has_one_activity_that_names_it_and_counts_its_checks(self):
        self.set_points(
            {"name": "Weigh", "group_id": self.inspectors.id},
            {"name": "Look", "group_id": self.inspectors.id},
        )
        order = self.make_order()
        activity = self.get_activities(order)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.closure_group_id, self.inspectors)
        self.assertFalse(activity.user_id)
        self.assertIn("Inspector", activity.summary)
        self.assertIn("2", activity.summary)
        self.assertTrue(activity.automated)

    def test_each_named_person_has_an_activity(self):
        self.set_points({"name": "Weigh", "user_ids": [Command.set((self.ines | self.igor).ids)]})
        activities = self.get_activities(self.make_order())
        self.assertEqual(activities.user_id, self.ines | self.igor)
        self.assertEqual(len(activities), 2)

    def test_what_names_nobody_is_work_of_the_responsible(self):
        activity = self.get_activities(self.make_order())
        self.assertEqual(activity.user_id, self.operator)
        self.assertIn("2", activity.summary)

    def test_what_names_nobody_is_work_of_the_operators_where_nobody_is_responsible(self):
        activity = self.get_activities(self.make_order(user_id=False))
        self.assertEqual(activity.closure_group_id, self.env.ref("mrp_workorder_closure.group_operator"))

    def test_each_member_finds_the_work_of_the_group_in_the_inbox(self):
        self.set_points({"name": "Weigh", "group_id": self.inspectors.id, "deadline_hours": 0.01})
        order = self.make_order()
        for member in self.ines, self.igor:
            self.assertEqual(self.count_inbox(member)["total_count"], 1)
        self.assertFalse(self.count_inbox(self.operator))
        self.get_activities(order).date_deadline = fields.Date.subtract(fields.Date.today(), days=1)
        counts = self.count_inbox(self.ines)
        self.assertEqual((counts["overdue_count"], counts["today_count"], counts["planned_count"]), (1, 0, 0))

    def test_a_closure_counts_once_with_own_work_and_work_of_the_group(self):
        self.set_points(
            {"name": "Weigh", "group_id": self.inspectors.id, "deadline_hours": 0.01},
            {"name": "Look", "user_ids": [Command.set(self.ines.ids)]},
        )
        self.make_order()
        counts = self.count_inbox(self.ines)
        self.assertEqual(counts["total_count"] + counts["planned_count"], 1)

    def test_the_inbox_leads_to_the_closures_with_work_of_the_group(self):
        self.set_points({"name": "Weigh", "group_id": self.inspectors.id, "deadline_hours": 0.01})
        order, other = self.make_order(), self.make_order()
        other.closure_id.check_ids.with_user(self.ines).action_pass()
        closures = self.env["mrp.closure"].with_user(self.igor)
        found = closures.search([("my_activity_date_deadline", "!=", False)])
        self.assertIn(order.closure_id, found)
        self.assertNotIn(other.closure_id, found)
        self.assertIn(order.closure_id, closures.search([("my_activity_date_deadline", "=", "today")]))
        self.assertNotIn(order.closure_id, closures.search([("my_activity_date_deadline", "<", "today")]))
        self.assertEqual(order.closure_id.with_user(self.igor).my_activity_date_deadline, fields.Date.today())
        self.assertFalse(closures.with_user(self.operator).search([("my_activity_date_deadline", "!=", False)]))

    def test_my_activities_lists_the_work_of_my_groups(self):
        self.set_points({"name": "Weigh", "group_id": self.inspectors.id})
        order = self.make_order()
        mine = self.env["mail.activity"].with_user(self.ines).search([("is_of_my_group", "=", True)])
        self.assertIn(self.get_activities(order).id, mine.ids)
        others = self.env["mail.activity"].with_user(self.operator).search([("is_of_my_group", "=", True)])
        self.assertNotIn(self.get_activities(order).id, others.ids)

    def test_closures_of_other_companies_are_not_counted(self):
        self.set_points({"name": "Weigh", "group_id": self.inspectors.id, "deadline_hours": 0.01})
        self.make_order()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "closure_stranger",
            groups="mrp.group_mrp_user,mrp_workorder_closure.group_inspector",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.count_inbox(stranger))

    def test_users_without_closures_keep_their_inbox(self):
        clerk = new_test_user(self.env, "closure_clerk", groups="base.group_user")
        self.assertFalse(self.count_inbox(clerk))

    def test_the_activity_counts_down_and_goes_by_itself(self):
        order = self.make_order()
        tidy, tools = order.closure_id.check_ids.with_user(self.operator)
        tidy.action_pass()
        self.assertEqual(self.get_activities(order).summary, "Checks to answer: 1")
        tools.action_pass()
        self.assertFalse(self.get_activities(order))
        tools.action_reset()
        self.assertEqual(len(self.get_activities(order)), 1)

    def test_work_marked_as_done_by_hand_comes_back_while_checks_are_unmet(self):
        order = self.make_order()
        self.get_activities(order).with_user(self.operator).action_done()
        self.assertFalse(self.get_activities(order))
        order.closure_id.action_refresh()
        self.assertEqual(len(self.get_activities(order)), 1)

    def test_nothing_is_left_to_do_on_a_closed_or_cancelled_order(self):
        self.template.point_ids[1].severity = "warning"
        closed, cancelled = self.make_order(), self.make_order()
        closed.closure_id.check_ids[0].with_user(self.operator).action_pass()
        self.assertTrue(self.get_activities(closed) and self.get_activities(cancelled))
        closed.button_mark_done()
        self.assertEqual(closed.closure_state, "closed")
        cancelled.action_cancel()
        self.assertFalse(self.get_activities(closed) | self.get_activities(cancelled))

    def test_a_reopened_closure_has_its_work_again(self):
        self.template.point_ids[1].severity = "warning"
        order = self.make_order()
        order.closure_id.check_ids[0].with_user(self.operator).action_pass()
        order.button_mark_done()
        order.closure_id.with_user(self.manager).action_reopen("Wrong lot")
        self.assertEqual(self.get_activities(order).summary, "Checks to answer: 1")

    def test_a_second_refresh_writes_no_activity(self):
        self.set_points({"name": "Weigh", "group_id": self.inspectors.id}, {"name": "Look"})
        order = self.make_order()
        activities = self.get_activities(order)
        stamps = activities.mapped("write_date")
        order.closure_id.sudo()._sync_activities()
        self.env.flush_all()
        with self.assertQueryCount(2):
            order.closure_id.sudo()._sync_activities()
            self.env.flush_all()
        self.assertEqual(self.get_activities(order), activities)
        self.assertEqual(activities.mapped("write_date"), stamps)

    def test_the_work_is_due_with_the_earliest_deadline(self):
        self.set_points({"name": "Weigh", "deadline_hours": 48}, {"name": "Look", "deadline_hours": 24})
        order = self.make_order()
        self.assertEqual(
            self.get_activities(order).date_deadline, min(order.closure_id.check_ids.mapped("deadline")).date()
        )

    def test_nobody_gets_mail_because_an_order_was_confirmed(self):
        self.set_points({"name": "Weigh", "user_ids": [Command.set(self.ines.ids)]})
        before = self.env["mail.message"].search_count([("model", "=", "mrp.closure")])
        self.make_order()
        self.assertEqual(self.env["mail.message"].search_count([("model", "=", "mrp.closure")]), before)

    def test_nobody_assigns_work_to_a_group_by_hand(self):
        order = self.make_order()
        vals = {
            "res_model_id": self.env["ir.model"]._get_id("mrp.closure"),
            "res_id": order.closure_id.id,
            "activity_type_id": self.env.ref("mrp_workorder_closure.mail_activity_type_alert").id,
            "user_id": self.operator.id,
        }
        managers = self.env.ref("mrp_workorder_closure.group_manager")
        activities = self.env["mail.activity"].with_user(self.operator)
        with self.assertRaisesRegex(AccessError, "name the group on the control point"):
            activities.create({**vals, "closure_group_id": managers.id})
        mine = activities.with_context(default_closure_group_id=managers.id).create(vals)
        self.assertFalse(mine.closure_group_id)
        with self.assertRaises(AccessError):
            mine.closure_group_id = managers

    def test_the_activity_types_of_closures_stay(self):
        with self.assertRaises(UserError):
            self.env.ref(CHECK_TYPE).unlink()

    def test_confirming_fifty_orders_costs_at_most_twelve_queries_and_one_an_order_more(self):
        self.set_points(
            {"name": "Weigh", "group_id": self.inspectors.id, "deadline_hours": 2},
            {"name": "Look"},
            {"name": "Ask", "user_ids": [Command.set(self.ines.ids)]},
        )
        for product in (self.plain_table, self.table):
            self.count_confirm_queries(product, 2)
        plain = self.count_confirm_queries(self.plain_table, 50)
        t = self.count_confirm_queries(self.table, 50)
        self.assertLessEqual(t, plain + 12 + 50)

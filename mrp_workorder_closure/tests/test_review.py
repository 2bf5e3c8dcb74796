from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_improvement import ImprovementCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestReview(ImprovementCase):
    """When a month or a quarter is over, a review puts its figures beside those of the one before, once."""

    def make_reviews(self, day):
        self.run_cron("ir_cron_make_reviews", day)
        return self.get_reviews()

    def get_reviews(self):
        return self.env["mrp.closure.review"].search([("company_id", "=", self.company.id)], order="id")

    def get_line(self, review, code):
        return review.line_ids.filtered(lambda line: line.code == code)

    def test_a_month_and_a_quarter_are_reviewed_when_they_are_over_and_once(self):
        self.close_orders(date(2026, 3, 10), 1)
        reviews = self.make_reviews(date(2026, 4, 1))
        self.assertEqual(sorted(reviews.mapped("name")), ["2026 Q1", "2026-03"])
        self.assertEqual(self.make_reviews(date(2026, 4, 1)), reviews)
        self.assertEqual(self.make_reviews(date(2026, 4, 30)), reviews)
        later = self.make_reviews(date(2026, 5, 1)) - reviews
        self.assertEqual((later.name, later.date_from, later.date_to), ("2026-04", date(2026, 4, 1), date(2026, 4, 30)))

    def test_periods_that_were_missed_are_reviewed_afterwards(self):
        self.company.closure_review_kinds = "month"
        self.close_orders(date(2026, 2, 10), 1)
        self.make_reviews(date(2026, 3, 1))
        self.close_orders(date(2026, 3, 10), 1)
        self.close_orders(date(2026, 5, 10), 1)
        self.assertEqual(
            self.make_reviews(date(2026, 6, 2)).mapped("name"), ["2026-02", "2026-03", "2026-04", "2026-05"]
        )

    def test_a_period_in_which_nothing_happened_is_not_reviewed(self):
        self.close_orders(date(2026, 3, 10), 1)
        self.assertFalse(self.make_reviews(date(2026, 3, 11)))
        self.make_reviews(date(2026, 4, 1))
        later = self.make_reviews(date(2026, 5, 1)).filtered(lambda review: review.name == "2026-04")
        self.assertEqual(self.get_line(later, "closed").value_text, "–")
        self.assertEqual(self.get_line(later, "closed").previous_text, "1")

    def test_a_company_chooses_which_reviews_it_wants(self):
        self.close_orders(date(2026, 3, 10), 1)
        for kinds, expected in (("none", []), ("quarter", ["2026 Q1"]), ("month", ["2026-03"])):
            self.company.closure_review_kinds = kinds
            before = self.get_reviews()
            self.assertEqual((self.make_reviews(date(2026, 4, 2)) - before).mapped("name"), expected)

    def test_the_database_refuses_a_second_review_of_a_period(self):
        self.close_orders(date(2026, 3, 10), 1)
        review = self.make_reviews(date(2026, 4, 1))[0]
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            review._make(self.company, review.kind, review.date_from)

    def test_figures_of_the_period_stand_beside_those_of_the_one_before(self):
        self.company.closure_review_kinds = "month"
        self.close_orders(date(2026, 2, 10), 2, waived=2)
        self.close_orders(date(2026, 3, 10), 3, waived=1)
        self.close_orders(date(2026, 4, 1), 1, waived=1)
        review = self.make_reviews(date(2026, 4, 2))
        closed, waivers = self.get_line(review, "closed"), self.get_line(review, "waivers")
        self.assertEqual((closed.value, closed.previous, closed.trend), (3, 2, "better"))
        self.assertEqual((waivers.value_text, waivers.previous_text, waivers.change_text), ("1", "2", "-1"))
        self.assertEqual(waivers.trend, "better")
        self.assertEqual(self.get_line(review, "rejected_lots").value_text, "–")
        self.assertEqual(len(review.line_ids), len(self.env["mrp.closure.indicator"]._get_indicators()))

    def test_the_top_causes_are_named(self):
        self.company.closure_review_kinds = "month"
        self.bom.bom_line_ids.product_qty = 1
        with self.at(date(2026, 3, 5)):
            for number in range(3):
                check = self.make_order(qty=1).closure_id.check_ids[0 if number else 1]
                check.with_user(self.operator).action_fail("Dirty")
        review = self.make_reviews(date(2026, 4, 2))
        blockers = review.cause_ids.filtered(lambda cause: cause.kind == "blocker")
        self.assertEqual(
            [(cause.name, cause.count) for cause in blockers], [("Area is tidy", 2), ("Tools are back", 1)]
        )

    def test_a_manager_says_what_follows_and_finishes_the_review(self):
        self.close_orders(date(2026, 3, 10), 1)
        review = self.make_reviews(date(2026, 4, 1))[0].with_user(self.manager)
        self.assertIn(self.manager, review.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, "write what follows"):
            review.action_done()
        review.comment = "Fewer waivers: go on"
        review.action_done()
        self.assertEqual((review.state, review.reviewed_by_id), ("reviewed", self.manager))
        self.assertFalse(review.sudo().activity_ids)
        with self.assertRaisesRegex(UserError, "has finished it"):
            review.comment = "Something else"

    def test_a_figure_that_got_worse_starts_an_action(self):
        self.company.closure_review_kinds = "month"
        self.close_orders(date(2026, 2, 10), 2, waived=0)
        self.close_orders(date(2026, 3, 10), 3, waived=2)
        review = self.make_reviews(date(2026, 4, 2))
        line = self.get_line(review, "waivers").with_user(self.inspector)
        self.assertEqual(line.trend, "worse")
        vals = {
            name[8:]: value for name, value in line.action_improve()["context"].items() if name.startswith("default_")
        }
        action = self.env["mrp.closure.action"].with_user(self.inspector).create(vals)
        self.assertEqual((action.source, action.review_id, action.indicator), ("review", review, "waivers"))
        self.assertEqual((action.target_value, action.measure_days), (0, 31))
        self.assertEqual(review.action_ids, action)

    def test_figures_and_comments_are_written_by_nobody_else(self):
        self.close_orders(date(2026, 3, 10), 1)
        review = self.make_reviews(date(2026, 4, 1))[0]
        for user in (self.inspector, self.auditor, self.controller, self.approver):
            with self.subTest(user=user.login):
                self.assertTrue(review.with_user(user).name)
                with self.assertRaises(AccessError):
                    review.with_user(user).comment = "Mine"
                with self.assertRaises(AccessError):
                    review.with_user(user).action_done()
        for user in (self.manager, self.env.ref("base.user_root")):
            with self.assertRaises(AccessError):
                review.with_user(user).write({"state": "reviewed"})
            with self.assertRaises(AccessError):
                review.line_ids[0].with_user(user).write({"value": 100})
            with self.assertRaises(AccessError):
                self.env["mrp.closure.review"].with_user(user).create(
                    {"company_id": self.company.id, "kind": "month", "date_from": "2020-01-01", "date_to": "2020-01-31"}
                )
        with self.assertRaises(AccessError):
            review.with_user(self.manager).unlink()
        with self.assertRaises(AccessError):
            review.with_user(self.operator).read(["name"])

    def test_figures_of_costs_are_for_finance(self):
        self.close_orders(date(2026, 3, 10), 1)
        review = self.make_reviews(date(2026, 4, 1))[0]
        self.assertTrue(self.get_line(review, "scrap_cost").is_cost)
        for user, sees in (
            (self.inspector, False),
            (self.approver, False),
            (self.controller, True),
            (self.auditor, True),
            (self.manager, True),
        ):
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                codes = review.with_user(user).line_ids.mapped("code")
                self.assertIn("waivers", codes)
                self.assertEqual("scrap_cost" in codes, sees)
                self.assertEqual("cost_variance_pct" in codes, sees)

    def test_reviews_of_another_company_are_not_seen(self):
        self.close_orders(date(2026, 3, 10), 1)
        review = self.make_reviews(date(2026, 4, 1))[0]
        branch = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "closure_stranger",
            groups="base.group_user,mrp_workorder_closure.group_manager",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        self.assertFalse(review.with_user(stranger).has_access("read"))
        self.assertFalse(review.line_ids.with_user(stranger)._filtered_access("read"))

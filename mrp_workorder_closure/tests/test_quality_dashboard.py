from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common_inspection import InspectionCase


@tagged("post_install", "-at_install")
class TestQualityDashboard(InspectionCase, HttpCase):
    """One page with the figures of quality, each of which opens what it was made of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require([{"name": "Scratches"}, {"name": "Colour"}], scope="full")
        old = cls.env["mrp.closure.inspection"].search([])
        old._write_evidence({"first_verdict": False})
        old.line_ids._write_evidence({"defective": 0})
        cls.env["mrp.closure.nonconformity"].search([])._write_evidence({"state": "closed"})

    def make_lot(self, scratches=0, colour=0):
        order = self.make_order(qty=10)
        order.qty_producing = 10
        inspection = order.closure_id.inspection_ids.with_user(self.inspector)
        inspection.line_ids.write({"inspected": 10})
        for line, defective in zip(inspection.line_ids, (scratches, colour), strict=True):
            line.defective = defective
        inspection.action_decide()
        return inspection

    def get_cards(self, user=None, **options):
        cards = self.env["mrp.closure.quality"].with_user(user or self.inspector).get_cards(**options)
        return {card["key"]: card for card in cards}

    def get_records(self, action):
        return self.env[action["res_model"]].with_user(self.inspector).search(action["domain"])

    def test_every_figure_is_right_and_opens_what_it_was_made_of(self):
        good, first, second = self.make_lot(), self.make_lot(scratches=1, colour=2), self.make_lot(colour=1)
        cards = self.get_cards()
        self.assertEqual(cards["first_pass"]["figure"], "33.3 %")
        self.assertEqual(cards["first_pass"]["detail"], "1 of 3 accepted at once")
        self.assertEqual(self.get_records(cards["first_pass"]["action"]), second | first | good)
        self.assertEqual(cards["rejected"]["figure"], "2")
        self.assertEqual(self.get_records(cards["rejected"]["bars"][0]["action"]), second | first)
        bars = cards["characteristic"]["bars"]
        self.assertEqual(
            [(bar["label"], bar["figure"], bar["share"]) for bar in bars],
            [("Colour", "3 (75 %)", 100), ("Scratches", "1 (100 %)", 100 / 3)],
        )
        self.assertEqual(sum(self.get_records(bars[0]["action"]).mapped("defective")), 3)
        (bench,) = cards["workcenter"]["bars"]
        self.assertEqual((bench["label"], bench["figure"]), ("Assembly Bench", "4 (100 %)"))
        self.assertEqual(sum(self.get_records(bench["action"]).mapped("defective")), 4)
        self.assertEqual((cards["age"]["figure"], cards["age"]["detail"]), ("2", "open, 0 of them critical"))
        self.assertEqual(self.get_records(cards["age"]["bars"][0]["action"]).inspection_id, second | first)

    def test_a_period_holds_the_verdicts_given_in_it(self):
        old = self.make_lot(colour=1)
        old._write_evidence({"decided_at": fields.Datetime.now() - timedelta(days=40)})
        self.assertEqual(self.get_cards(days=30)["rejected"]["figure"], "0")
        self.assertEqual(self.get_cards(days=90)["rejected"]["figure"], "1")
        self.assertEqual(self.get_cards(days=30)["age"]["figure"], "1", "open problems are shown whatever their age")

    def test_an_empty_period_has_no_yield(self):
        cards = self.get_cards()
        self.assertEqual((cards["first_pass"]["figure"], cards["first_pass"]["bars"]), ("–", []))
        self.assertEqual(cards["characteristic"]["figure"], "0")

    def test_who_may_not_read_inspections_sees_no_figures(self):
        """An internal user may open what a level names them for: a stranger sees that there is nothing."""
        self.make_lot(colour=1)
        stranger = new_test_user(self.env, "closure_stranger", groups="base.group_user")
        self.assertLessEqual({card["figure"] for card in self.get_cards(user=stranger).values()}, {"0", "–"})
        self.assertEqual(self.get_cards(user=self.auditor)["rejected"]["figure"], "1")
        outsider = new_test_user(self.env, "closure_outsider", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.get_cards(user=outsider)

    def test_figures_of_another_company_are_not_counted(self):
        self.make_lot(colour=1)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other = new_test_user(
            self.env,
            "closure_elsewhere",
            groups="base.group_user,mrp_workorder_closure.group_inspector",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertEqual(self.get_cards(user=other)["rejected"]["figure"], "0")

    def test_more_lots_cost_no_more_queries(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.get_cards()
            return self.env.cr.sql_log_count - before

        self.make_lot(colour=1)
        count()
        few = count()
        for _number in range(4):
            self.make_lot(scratches=1, colour=1)
        self.assertLessEqual(count(), few)

    def test_an_inspector_follows_a_bar_down_to_one_result(self):
        self.make_lot()
        self.make_lot(colour=3)
        self.start_tour(
            "/odoo/closure-quality", "mrp_closure_quality_dashboard", login="closure_inspector", timeout=120
        )

import doctest

from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from ..tools import canonical
from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestFingerprint(ApprovalCase):
    """Decisions are bound to figures: with other figures they hold no longer, and everybody is told which changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_levels(cls.named(cls.paula), cls.named(cls.quentin))

    def use_more_boards(self, closure, quantity=27):
        closure.production_id.move_raw_ids.filtered(lambda move: move.product_id == self.board).quantity = quantity

    def assertChanged(self, closure, *says):
        told = "\n".join(closure._get_changed_figures().get(closure, []))
        for part in says:
            self.assertIn(part, told)
        if not says:
            self.assertFalse(told)

    def test_canonical_json_documents_itself(self):
        self.assertFalse(doctest.testmod(canonical).failed)

    def test_submission_stores_figures_and_their_fingerprint(self):
        closure = self.make_submitted()
        self.assertEqual(closure.figures["output"], {str(self.table.id): {"quantity": "10"}})
        self.assertEqual(closure.figures["consumption"][str(self.leg.id)], {"quantity": "40"})
        self.assertEqual(len(closure.fingerprint), 64)
        self.assertEqual(closure.fingerprint, closure._get_fingerprint(closure.figures))
        self.assertChanged(closure)

    def test_each_decision_carries_the_fingerprint(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula, self.quentin)
        self.assertEqual(set(closure.approval_decision_ids.mapped("fingerprint")), {closure.fingerprint})

    def test_the_fingerprint_of_one_closure_proves_nothing_about_another(self):
        first, second = (self.make_submitted() for _number in range(2))
        self.assertNotEqual(first.fingerprint, second.fingerprint)
        self.assertNotEqual(first._get_fingerprint({"a": "1"}), second._get_fingerprint({"a": "1"}))

    def test_the_same_figures_have_the_same_fingerprint_in_every_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        closure = self.make_submitted()
        figures = closure.with_context(lang="fr_FR")._get_figures()[closure]
        self.assertEqual(closure._get_fingerprint(figures), closure.fingerprint)

    def test_mark_as_done_refuses_other_figures_and_says_from_what_to_what(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula, self.quentin)
        self.use_more_boards(closure)
        order = closure.production_id
        with self.assertRaisesRegex(RedirectWarning, "Board: 10 Units → 27 Units"), self.env.cr.savepoint():
            order.with_user(self.operator).button_mark_done()
        self.assertEqual((order.state, closure.state), ("to_close", "approved"))
        self.assertEqual([blocker["code"] for blocker in order.get_closure_blockers()], ["figures"])

    def test_a_decision_about_other_figures_is_refused_and_names_them(self):
        closure = self.make_submitted()
        self.use_more_boards(closure)
        self.assertRefused(UserError, "10 Units → 27 Units", closure.with_user(self.paula).action_approve)
        self.assertRefused(UserError, "27 Units", closure.with_user(self.paula).action_reject, "No")

    def test_a_refresh_supersedes_approvals_and_tells_those_who_approved(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula)
        self.use_more_boards(closure)
        closure.with_user(self.operator).action_refresh()
        self.assertEqual((closure.state, closure.round), ("open", 2))
        self.assertEqual(closure.approval_ids.mapped("state"), ["superseded", "superseded"])
        self.assertFalse(closure.fingerprint)
        message = closure.message_ids.filtered(lambda message: "27 Units" in (message.body or ""))
        self.assertIn("Board: 10 Units → 27 Units", message.body)
        self.assertIn(self.paula.partner_id, message.partner_ids)
        self.assertNotIn(self.quentin.partner_id, message.partner_ids)
        self.assertEqual(closure.approval_decision_ids.mapped("round"), [1])

    def test_after_changed_figures_a_person_submits(self):
        closure = self.make_submitted()
        self.use_more_boards(closure)
        closure.with_user(self.operator).action_refresh()
        closure.with_user(self.operator).action_refresh()
        self.assertEqual(closure.state, "open")
        closure.with_user(self.operator).action_submit()
        self.assertEqual((closure.state, self.get_states(closure)), ("to_approve", ["pending", "waiting"]))
        self.approve(closure, self.paula, self.quentin)
        closure.production_id.with_user(self.operator).button_mark_done()
        self.assertEqual(closure.state, "closed")

    def test_figures_put_back_are_the_figures_that_were_approved(self):
        closure = self.make_submitted()
        self.use_more_boards(closure)
        self.assertChanged(closure, "Board: 10 Units → 27 Units")
        self.use_more_boards(closure, 10)
        self.assertChanged(closure)

    def test_output_time_and_scrap_are_figures(self):
        closure = self.make_submitted()
        order = closure.production_id
        order.qty_producing = 9
        self.assertChanged(closure, "Table: 10 Units → 9 Units")
        order.qty_producing = 10
        order.workorder_ids.duration = 95
        self.assertChanged(closure, "Assemble", "→ 95 min")
        scrap = self.env["stock.scrap"].create(
            {"product_id": self.leg.id, "production_id": order.id, "scrap_qty": 3, "location_id": self.stock.id}
        )
        scrap.action_validate()
        self.assertChanged(closure, "Scrap of Leg: – → 3 Units")

    def test_lots_of_components_are_figures(self):
        self.board.tracking = "lot"
        lots = self.env["stock.lot"].create([{"name": name, "product_id": self.board.id} for name in ("B1", "B2")])
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(self.board, self.stock, 100, lot_id=lot)
        closure = self.make_submitted()
        line = closure.production_id.move_raw_ids.move_line_ids.filtered(lambda line: line.product_id == self.board)
        old, new = line.lot_id, lots - line.lot_id
        line.lot_id = new
        self.assertChanged(closure, f"Board, {old.name}: 10 Units → –", f"Board, {new.name}: – → 10 Units")

    def test_an_answer_that_changes_is_told(self):
        closure = self.make_submitted()
        check = closure.check_ids[0]
        check.with_user(self.operator).action_fail("Sawdust everywhere")
        self.assertEqual(closure.state, "open")
        self.assertIn("Area is tidy: Passed → Failed, Sawdust everywhere", "".join(closure.message_ids.mapped("body")))

    def test_what_is_decided_about_nonconforming_goods_is_a_figure(self):
        closure = self.make_submitted()
        nonconformity = self.env["mrp.closure.nonconformity"]._create_evidence(
            [
                {
                    "name": "NC/1",
                    "closure_id": closure.id,
                    "product_id": self.table.id,
                    "quantity": 2,
                    "reported_by_id": self.operator.id,
                    "reported_at": closure.create_date,
                }
            ]
        )
        self.assertChanged(closure, f"{nonconformity.name}: – → Minor, 2")

    def test_the_decision_about_the_rest_is_a_figure(self):
        order = self.make_order()
        self.make_ready(order)
        order.qty_producing = 8
        closure = order.closure_id
        closure.with_user(self.operator).action_refresh()
        self.assertEqual(closure.state, "open")
        self.assertIn(
            "remainder", [blocker["code"] for blocker in order.get_closure_blockers()], "asked for with levels only"
        )
        closure.with_user(self.operator).action_close_short("Board shortage")
        self.assertEqual(closure.state, "to_approve")
        closure.with_user(self.operator).action_keep_backorder()
        self.assertEqual(closure.state, "open")
        self.assertIn("Close Short, Board shortage → Backorder", "".join(closure.message_ids.mapped("body")))

    def test_notes_and_planning_dates_are_no_figures(self):
        closure = self.make_submitted()
        self.approve(closure, self.paula, self.quentin)
        order = closure.production_id
        order.write({"priority": "1", "date_deadline": "2030-01-01 00:00:00", "origin": "Somewhere"})
        order.workorder_ids.write({"name": "Put together"})
        order.message_post(body="A note")
        self.table.name = "Renamed table"
        closure.with_user(self.operator).action_refresh()
        self.assertEqual((closure.state, closure.round), ("approved", 1))
        self.assertChanged(closure)

    def test_core_may_not_change_approved_figures_while_it_closes(self):
        """The look at final quantities compares again: an addon may write them in core's first half."""
        closure = self.make_submitted()
        self.approve(closure, self.paula, self.quentin)
        order = closure.production_id
        production = type(self.env["mrp.production"])
        fill = production._button_mark_done_sanity_checks

        def change(orders):
            self.use_more_boards(closure, 12)
            return fill(orders)

        self.patch(production, "_button_mark_done_sanity_checks", change)
        with self.assertRaisesRegex(RedirectWarning, "Board: 10 Units → 12 Units"), self.env.cr.savepoint():
            order.with_user(self.operator).button_mark_done()
        self.assertEqual(closure.state, "approved")

    def test_a_part_that_is_added_later_changes_no_earlier_submission(self):
        closure = self.make_submitted()
        figures = {part: entries for part, entries in closure.figures.items() if part != "time"}
        closure._write_evidence({"figures": figures})
        closure.production_id.workorder_ids.duration = 95
        self.assertChanged(closure)

    def test_changed_figures_are_found_with_the_same_queries_for_one_and_for_many(self):
        closures = self.env["mrp.closure"].union(*(self.make_submitted() for _number in range(5)))
        counts = []
        for asked in (closures[0], closures[0], closures):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(asked._get_changed_figures())
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 1)

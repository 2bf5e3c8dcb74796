import doctest

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import mrp_closure_drift
from .closed import FreezeCase
from .common_nonconformity import NonconformityCase


@tagged("post_install", "-at_install")
class TestDossierAddenda(FreezeCase):
    """What happens to a closed order is sealed as an addendum; what nothing allows is told, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closure = cls.order.closure_id
        cls.dossier = cls.closure.sudo().dossier_ids

    def compare(self):
        """What the nightly comparison seals: the addenda that came up."""
        before = self.closure.sudo().dossier_ids
        with self.enter_registry_test_mode():
            self.env.ref("mrp_workorder_closure.ir_cron_seal_addenda").method_direct_trigger()
        self.env.invalidate_all()
        return self.closure.sudo().dossier_ids - before

    def assertSealed(self, section, is_expected=True):
        addendum = self.closure._seal_addenda()
        self.assertEqual((addendum.kind, addendum.base_id), ("addendum", self.dossier))
        self.assertEqual(addendum.manifest["adds_to"]["sha256"], self.dossier.sha256)
        self.assertEqual(
            {change["section"] for change in addendum.manifest["changes"]} - {"values"}, {section} - {"values"}
        )
        self.assertEqual({change["is_expected"] for change in addendum.manifest["changes"]}, {is_expected})
        self.assertEqual(self.closure._get_drift(), {}, "What is sealed is no drift any more")
        self.assertEqual(self.env["mrp.closure.dossier"].verify_chain(), [])
        return addendum.manifest

    def get_messages(self, user):
        return self.env["mail.message"].search_count([("partner_ids", "in", user.partner_id.ids)])

    def test_an_order_left_alone_gets_none(self):
        self.assertFalse(self.closure._seal_addenda())
        self.table.name = "Renamed Table"
        self.board.default_code = "B-1"
        self.assertFalse(self.closure._seal_addenda(), "A new name changes nothing of what was made")

    def test_unbuilding(self):
        self.rpc_wizard(
            "mrp.unbuild",
            "action_unbuild",
            {
                "mo_id": self.order.id,
                "product_id": self.table.id,
                "product_qty": 3,
                "product_uom_id": self.order.product_uom_id.id,
            },
        )
        manifest = self.assertSealed("unbuilds")
        self.assertEqual(manifest["sections"]["unbuilds"][0]["quantity"], "3")

    def test_scrapping_finished_goods(self):
        self.rpc_wizard(
            "stock.scrap",
            "action_validate",
            {"product_id": self.table.id, "scrap_qty": 2, "production_id": self.order.id},
        )
        manifest = self.assertSealed("scraps")
        [scrap] = manifest["sections"]["scraps"]
        self.assertEqual((scrap["quantity"], scrap["recorded_by"]["name"]), ("2", self.operator.name))

    def test_a_later_value_of_the_goods(self):
        self.order.move_finished_ids.sudo().value += 12.5
        manifest = self.assertSealed("values")
        [change] = manifest["changes"]
        self.assertEqual(float(change["after"]["value"]) - float(change["before"]["value"]), 12.5)

    def test_a_return_of_a_delivery_made_for_the_order(self):
        customers = self.env.ref("stock.stock_location_customers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": customers.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.table.id,
                            "product_uom_qty": 4,
                            "location_id": self.stock.id,
                            "location_dest_id": customers.id,
                            "move_orig_ids": [Command.set(self.order.move_finished_ids.ids)],
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.write({"quantity": 4, "picked": True})
        picking.button_validate()
        self.assertFalse(self.closure._seal_addenda(), "A delivery changes nothing of the order")
        wizard = (
            self.env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking").create({})
        )
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 1, "picked": True})
        back.button_validate()
        manifest = self.assertSealed("returns")
        self.assertEqual(manifest["sections"]["returns"][0]["quantity"], "1")

    def test_a_change_by_sql_is_sealed_and_told(self):
        before = self.get_messages(self.auditor)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE stock_move_line SET quantity = 9, quantity_product_uom = 9 WHERE move_id = %s",
                self.order.move_finished_ids.id,
            )
        )
        manifest = self.assertSealed("output", is_expected=False)
        [change] = manifest["changes"]
        self.assertEqual((change["before"]["quantity"], change["after"]["quantity"]), ("10", "9"))
        self.assertGreater(self.get_messages(self.auditor), before)
        self.assertGreater(self.get_messages(self.manager), 0)
        self.assertEqual(self.get_messages(self.operator), 0)

    def test_a_verdict_changed_by_sql_is_sealed_and_told(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE mrp_closure_check SET state = 'waived' WHERE id = %s", self.closure.check_ids[0].id)
        )
        self.assertSealed("checks", is_expected=False)

    def test_a_forced_close_made_up_by_sql_is_sealed_and_told(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE mrp_closure SET forced_by_id = %s WHERE id = %s", self.manager.id, self.closure.id)
        )
        self.assertSealed("order", is_expected=False)

    def test_the_examples_in_the_documentation_hold(self):
        self.assertFalse(doctest.testmod(mrp_closure_drift).failed)

    def test_a_sealed_scrap_that_vanishes_is_told(self):
        self.rpc_wizard(
            "stock.scrap",
            "action_validate",
            {"product_id": self.table.id, "scrap_qty": 2, "production_id": self.order.id},
        )
        self.closure._seal_addenda()
        self.env.cr.execute(SQL("UPDATE stock_scrap SET state = 'draft' WHERE id = %s", self.order.scrap_ids.id))
        addendum = self.closure._seal_addenda()
        self.assertFalse(addendum.manifest["changes"][0]["is_expected"])

    def test_the_cron_seals_what_it_finds_and_goes_on(self):
        other = self.make_closed()
        self.rpc_wizard(
            "stock.scrap",
            "action_validate",
            {"product_id": self.table.id, "scrap_qty": 2, "production_id": self.order.id},
        )
        self.assertEqual(self.compare().kind, "addendum")
        self.assertTrue(self.closure.compared_at)
        self.assertTrue(other.closure_id.compared_at)
        self.assertEqual(len(other.closure_id.sudo().dossier_ids), 1)

    def test_reopening_seals_first_what_happened_before(self):
        self.order.move_finished_ids.sudo().value += 12.5
        self.reopen()
        self.assertEqual(
            self.closure.sudo().dossier_ids.sorted("sequence_number").mapped("kind"), ["closing", "addendum"]
        )
        self.assertFalse(self.closure._seal_addenda(), "While it is reopened, it may change")
        self.rpc(self.order, "write", {"qty_producing": 7})
        self.rpc(self.closure, "action_submit")
        kinds = self.closure.sudo().dossier_ids.sorted("sequence_number").mapped("kind")
        self.assertEqual(kinds, ["closing", "addendum", "closing"])
        self.assertFalse(self.closure._seal_addenda())

    def test_who_may_not_reopen_seals_nothing(self):
        self.order.move_finished_ids.sudo().value += 12.5
        with self.assertRaises(AccessError):
            self.rpc(self.closure, "action_reopen", "Why not")
        self.assertEqual(len(self.closure.sudo().dossier_ids), 1)

    def test_the_number_of_queries_does_not_grow_with_the_orders(self):
        closures = self.closure.union(*(self.make_closed().closure_id for _number in range(5)))

        def count(closures):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            closures.browse(closures.ids)._get_drift()
            return self.env.cr.sql_log_count - before

        count(closures[0])
        self.assertEqual(count(closures[0]), count(closures))


@tagged("post_install", "-at_install")
class TestDispositionAddenda(NonconformityCase):
    """What becomes of goods in quarantine after the order was closed belongs to its archive."""

    def test_a_final_disposition_after_quarantine(self):
        order = self.make_tracked_order(self.make_product())
        nonconformity = self.report(order, 4)
        self.decide(nonconformity, ("quarantine", 4))
        self.close(order)
        closure = order.closure_id
        closing = closure.sudo().dossier_ids
        self.assertFalse(closure._seal_addenda())
        nonconformity.with_user(self.manager).action_disposition(
            [
                {"disposition": "scrap", "quantity": 3},
                {"disposition": "use_as_is", "quantity": 1, "reason": "Only a scratch"},
            ]
        )
        addendum = closure.sudo().dossier_ids - closing
        self.assertEqual(addendum.base_id, closing, "Sealed at once, by who decided")
        self.assertEqual(addendum.manifest["sealed_by"]["id"], self.manager.id)
        self.assertFalse(closure._seal_addenda())
        changes = addendum.manifest["changes"]
        self.assertEqual({change["section"] for change in changes}, {"nonconformities", "scraps"})
        self.assertTrue(all(change["is_expected"] for change in changes))
        [sealed] = addendum.manifest["sections"]["nonconformities"]
        self.assertEqual(
            [(line["disposition"], line["quantity"], line["is_final"]) for line in sealed["dispositions"]],
            [("quarantine", "4", False), ("scrap", "3", True), ("use_as_is", "1", True)],
        )
        self.assertIn("Use as Is", str(addendum.manifest_html))
        self.assertNotIn("use_as_is", str(addendum.manifest_html))

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common_nonconformity import NonconformityCase
from .screens import ScreenCase


@tagged("post_install", "-at_install")
class TestNonconformityScreens(NonconformityCase, ScreenCase):
    """Every role opens nonconformities, none of them needs rights on manufacturing orders for it."""

    def test_every_role_opens_nonconformities_and_their_figures_without_manufacturing_rights(self):
        order = self.make_tracked_order(self.make_product("lot"))
        nonconformity = self.report(
            order, 3, workorder_id=order.workorder_ids.id, lot_ids=[Command.set(order.lot_producing_ids.ids)]
        )
        self.decide(nonconformity, ("rework", 1), ("quarantine", 2))
        for role in ("operator", "inspector", "warehouse_controller", "cost_controller", "approver", "auditor"):
            with self.subTest(role=role):
                groups = f"base.group_user,mrp_workorder_closure.group_{role}"
                user = new_test_user(self.env, f"closure_only_{role}", groups=groups)
                model = self.env["mrp.closure.nonconformity"].with_user(user)
                for view_type in ("list", "kanban"):
                    rows = self.open_list(model, [("id", "=", nonconformity.id)], view_type)
                    self.assertEqual(len(rows), 1)
                self.assertEqual(
                    self.open_form(nonconformity.with_user(user))["lot_names"], order.lot_producing_ids.name
                )
                self.open_form(order.closure_id.with_user(user))
                pivot = model.formatted_read_group([], ["workcenter_id", "severity"], ["quantity:sum"])
                self.assertEqual(pivot[0]["quantity:sum"], 3)
                lines = self.env["mrp.closure.disposition"].with_user(user)
                groups = lines.formatted_read_group([], ["disposition"], ["quantity:sum"])
                self.assertEqual(
                    {group["disposition"]: group["quantity:sum"] for group in groups}, {"rework": 1, "quarantine": 2}
                )

    def test_a_lot_that_is_being_entered_has_no_name_yet(self):
        lot = [Command.create({})]
        for model in ("mrp.closure.nonconformity", "mrp.closure.disposition"):
            with self.subTest(model):
                self.assertFalse(self.env[model].new({"lot_ids": lot}).lot_names)

    def test_a_form_that_is_being_edited_shows_what_deviates_as_it_is_stored(self):
        closure = self.report(self.make_order(), 2).closure_id
        edited = closure.new(origin=closure)
        self.assertTrue(closure.deviations)
        self.assertEqual((edited.deviations, edited.all_figures), (closure.deviations, closure.all_figures))
        self.assertFalse(closure.new({}).deviations)

    def test_the_check_about_nonconformities_waits_for_who_decides_about_them(self):
        check = self.make_order().closure_id.check_ids
        self.assertEqual(check.owner, "Inspector")
        self.template.point_ids.user_ids = self.manager
        check = self.make_order().closure_id.check_ids
        self.assertEqual(check.owner, "Max Manager")

    def test_open_nonconformities_are_found_by_age(self):
        nonconformity = self.report(self.make_order(), 1)
        nonconformity.sudo()._write_evidence({"reported_at": "2020-01-01 08:00:00"})
        arch = self.env["mrp.closure.nonconformity"].get_view(view_type="search")["arch"]
        self.assertIn("older_than_month", arch)
        self.assertGreater(nonconformity.age_days, 365)
        domain = [("state", "!=", "closed"), ("reported_at", "<", "today -1m")]
        self.assertIn(nonconformity, self.env["mrp.closure.nonconformity"].search(domain))

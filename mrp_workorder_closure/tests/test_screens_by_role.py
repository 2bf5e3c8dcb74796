from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .screens import ScreenCase

VIEWS = [
    ("mrp.closure", "list"),
    ("mrp.closure", "kanban"),
    ("mrp.closure.check", "list"),
    ("mrp.closure.check", "kanban"),
    ("mrp.closure.template", "list"),
    ("mrp.closure.template", "kanban"),
]


@tagged("post_install", "-at_install")
class TestScreensByRole(ScreenCase):
    """Our own pages need no rights on manufacturing orders or work centers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.write(
            {
                "bom_ids": [Command.set(cls.bom.ids)],
                "point_ids": [
                    Command.create(
                        {
                            "name": "Holds 80 kg",
                            "operation_ids": [Command.set(cls.bom.operation_ids.ids)],
                            "group_id": cls.env.ref("mrp_workorder_closure.group_inspector").id,
                        }
                    )
                ],
            }
        )
        cls.order = cls.make_order()
        cls.closed = cls.make_order()
        inspector = cls.make_user("inspector")
        for check in cls.closed.closure_id.check_ids:
            check.with_user(inspector if check.group_id else cls.operator).action_pass()
        cls.closed.button_mark_done()

    @classmethod
    def make_user(cls, role):
        return new_test_user(
            cls.env, f"closure_only_{role}", groups=f"base.group_user,mrp_workorder_closure.group_{role}"
        )

    def test_every_role_opens_closures_checks_and_templates_without_manufacturing_rights(self):
        roles = ("warehouse_controller", "cost_controller", "approver", "auditor")
        for user in [self.make_user(role) for role in roles] + [self.operator, self.manager]:
            for model_name, view_type in VIEWS:
                with self.subTest(user=user.login, model=model_name, view=view_type):
                    model = self.env[model_name].with_user(user)
                    rows = self.open_list(model, [])
                    self.assertTrue(rows)
                    for row in rows:
                        self.open_form(model.browse(row["id"]))

    def test_those_roles_cannot_read_the_order_itself(self):
        for role in ("cost_controller", "approver", "auditor"):
            user = self.make_user(role)
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.order.with_user(user).read(["name"])

    def test_an_auditor_reads_the_checks_of_a_closure_with_work_order_and_owner(self):
        closure = self.order.closure_id.with_user(self.auditor)
        self.env.invalidate_all()
        values = self.open_form(closure)
        self.assertEqual(values["name"], self.order.name)
        self.assertEqual(len(values["check_ids"]), 3)
        self.assertIn("Holds 80 kg", values["blocker_message"])
        check = next(row for row in values["check_ids"] if row["name"] == "Holds 80 kg")
        self.assertIn("Assemble", check["workorder_id"]["display_name"])
        self.assertEqual(check["owner"], "Inspector")
        self.assertFalse(check["can_answer"])

    def test_each_role_without_manufacturing_sees_our_own_menu(self):
        menu = self.env.ref("mrp_workorder_closure.mrp_closure_menu")
        manufacturing = self.env.ref("mrp.menu_mrp_root")
        for role in ("inspector", "warehouse_controller", "cost_controller", "approver", "auditor"):
            user = self.env["res.users"].search([("login", "=", f"closure_only_{role}")]) or self.make_user(role)
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            with self.subTest(role=role):
                self.assertIn(menu.id, visible)
                self.assertNotIn(manufacturing.id, visible)

    def test_a_person_can_be_given_several_duties_in_the_user_form(self):
        """The form shows one selection a privilege: no two of these may share one."""
        duties = ("inspector", "warehouse_controller", "cost_controller", "approver", "auditor", "manager")
        groups = [self.env.ref(f"mrp_workorder_closure.group_{duty}") for duty in duties]
        self.assertEqual(len({group.privilege_id for group in groups}), len(duties))
        self.assertEqual(self.env.ref("mrp_workorder_closure.group_operator").privilege_id.name, "Work Order Closure")

    def test_a_passed_check_offers_no_answer_as_its_main_button(self):
        model = self.env["mrp.closure.check"].with_user(self.operator)
        check = {"can_answer": True, "kind": "measure", "signature_required": False, "closure_state": "open"}
        for view_type, main in (("form", "oe_highlight"), ("kanban", "btn-primary")):
            arch = etree.fromstring(model.get_view(False, view_type)["arch"])
            for state, expected in (("todo", 1), ("fail", 1), ("pass", 0)):
                shown = [
                    button
                    for button in arch.iter("button")
                    if main in button.get("class", "")
                    and button.get("name") == "action_open_answer"
                    and not safe_eval(button.get("invisible"), {**check, "state": state})
                ]
                self.assertEqual(len(shown), expected, (view_type, state))

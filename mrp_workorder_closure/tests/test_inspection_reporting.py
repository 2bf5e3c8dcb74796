import ast

from odoo.tests import Form, tagged

from .common_inspection import InspectionCase

ACTIONS = ("inspection", "first_pass", "defect", "defect_workcenter", "rejected", "sampling")


@tagged("post_install", "-at_install")
class TestInspectionReporting(InspectionCase):
    """The figures of the quality dashboard, and screens that need no manufacturing rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require([{"name": "Scratches"}, {"name": "Colour"}])

    def make_lots(self):
        """Four lots: one rejected for colour, one rejected and then accepted, two accepted at once."""
        inspections = self.env["mrp.closure.inspection"]
        for scratches, colour in ((0, 5), (3, 0), (1, 0), (0, 0)):
            order = self.make_order(qty=500)
            order.qty_producing = 500
            inspection = order.closure_id.inspection_ids.with_user(self.inspector)
            inspection.line_ids.write({"inspected": 80})
            for line, defective in zip(inspection.line_ids, (scratches, colour), strict=True):
                line.defective = defective
            inspection.action_decide()
            inspections |= inspection
        inspections[1].with_user(self.manager).action_withdraw("Sorted, inspect again")
        inspections[1].line_ids.defective = 0
        inspections[1].action_decide()
        return inspections.with_user(self.inspector)

    def get_groups(self, name, groupby, aggregate):
        """The groups that the dashboard's action shows, largest first."""
        action = self.env["ir.actions.act_window"]._for_xml_id(f"mrp_workorder_closure.mrp_closure_{name}_action")
        model = self.env[action["res_model"]].with_user(self.inspector)
        domain = [*ast.literal_eval(action["domain"]), ("product_id", "=", self.table.id)]
        groups = model.formatted_read_group(domain, [groupby], [aggregate], order=f"{aggregate} desc")
        return [(group[groupby], group[aggregate]) for group in groups]

    def test_first_pass_yield_is_the_share_of_lots_accepted_the_first_time(self):
        self.make_lots()
        groups = self.get_groups("first_pass", "product_id", "first_pass_yield:avg")
        self.assertEqual([value for _product, value in groups], [50.0])

    def test_an_undecided_inspection_is_in_no_yield(self):
        order = self.make_order(qty=500)
        order.qty_producing = 500
        self.assertEqual(self.get_groups("first_pass", "product_id", "first_pass_yield:avg"), [])

    def test_defects_are_ranked_by_characteristic(self):
        self.make_lots()
        groups = self.get_groups("defect", "name", "defective:sum")
        self.assertEqual(groups, [("Colour", 5), ("Scratches", 1)])

    def test_defects_are_ranked_by_work_center(self):
        self.make_lots()
        groups = self.get_groups("defect_workcenter", "workcenter_name", "defective:sum")
        self.assertEqual(groups, [("Assembly Bench", 6)])

    def test_rejected_lots_are_listed_also_when_they_were_accepted_later(self):
        inspections = self.make_lots()
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_rejected_action")
        domain = [*ast.literal_eval(action["domain"]), ("product_id", "=", self.table.id)]
        self.assertEqual(self.env["mrp.closure.inspection"].search(domain, order="id"), inspections[:2])
        views = dict(map(reversed, self.env["ir.actions.act_window"].browse(action["id"]).views))
        self.assertEqual(next(iter(views)), "list")
        graph = self.env["mrp.closure.inspection"].get_view(views["graph"], "graph")["arch"]
        self.assertNotIn("first_pass_yield", graph, "of rejected lots it is always nothing")

    def test_every_screen_opens_for_an_inspector_and_an_auditor_without_manufacturing_rights(self):
        inspections = self.make_lots()
        records = {
            "mrp.closure.inspection": inspections,
            "mrp.closure.inspection.line": inspections.line_ids,
            "mrp.closure.sampling": inspections.sampling_id,
        }
        for user in (self.inspector, self.auditor):
            self.assertFalse(self.env["mrp.production"].with_user(user).has_access("read"))
            for name in ACTIONS:
                action = self.env["ir.actions.act_window"]._for_xml_id(
                    f"mrp_workorder_closure.mrp_closure_{name}_action"
                )
                model = action["res_model"]
                for kind in action["view_mode"].split(","):
                    with self.subTest(user=user.login, action=name, view=kind):
                        self.assertOpens(model, kind, records[model].with_user(user))

    def assertOpens(self, model, kind, records):
        view = records.get_view(view_type=kind)
        names = [name for name in view["models"][model] if name != "id"]
        if kind in ("list", "kanban", "form"):
            found = records.web_read({name: self.get_specification(records, name) for name in names})
            self.assertEqual(len(found), len(records))

    def get_specification(self, records, name):
        field = records._fields[name]
        return {"fields": {"display_name": {}}} if field.relational else {}

    def test_lists_export_their_columns(self):
        self.inspector.group_ids |= self.env.ref("base.group_allow_export")
        inspections = self.make_lots()
        columns = [
            "order_name",
            "name",
            "product_id/name",
            "sample_size",
            "defective_count",
            "state",
        ]
        rows = inspections.export_data(columns)["datas"]
        self.assertEqual(len(rows), 4)
        self.assertEqual(rows[0][1:3], ["Final inspection", "Table"])
        rows = inspections.line_ids.export_data(["inspection_id/order_name", "name", "inspected", "defective"])["datas"]
        self.assertEqual({row[1] for row in rows}, {"Scratches", "Colour"})

    def test_the_form_takes_results_of_an_operator(self):
        order = self.make_order(qty=500)
        order.qty_producing = 500
        inspection = order.closure_id.inspection_ids.with_user(self.operator)
        with Form(inspection) as form, form.line_ids.edit(0) as line:
            line.inspected = 50
            line.defective = 1
        self.assertEqual((inspection.line_ids[0].inspected, inspection.defective_count), (50, 1))

    def test_typed_readings_are_counted_before_they_are_saved(self):
        inspection = self.make_inspection(
            characteristics=[{"name": "Length", "kind": "variable", "min_value": 9, "max_value": 11}]
        )
        with Form(inspection) as form, form.line_ids.edit(0) as line:
            line.readings = "10 12 9"
            self.assertEqual((line.inspected, line.defective), (3, 1))
        self.assertEqual((inspection.line_ids.inspected, inspection.line_ids.defective), (3, 1))

    def test_the_template_form_takes_an_inspection_with_characteristics(self):
        with Form(self.template.with_user(self.manager)) as form, form.point_ids.new() as point:
            point.name = "Sizes"
            point.kind = "inspection"
            point.aql = 2.5
        self.assertEqual(self.template.point_ids[-1:].aql, 2.5)

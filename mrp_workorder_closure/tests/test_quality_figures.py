import ast
import json
from io import BytesIO

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo import Command
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common_inspection import InspectionCase
from .screens import ScreenCase

PREFIX = "mrp_workorder_closure"


@tagged("post_install", "-at_install")
class TestQualityFigures(InspectionCase, ScreenCase):
    """Behind every figure of the quality reports stand the records it was made of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require([{"name": "Scratches"}, {"name": "Colour"}], scope="full", sampling="fixed", sample_value=1)
        cls.env["mrp.closure.nonconformity"].search([])._write_evidence({"state": "closed"})

    def make_lot(self, scratches=0, colour=0, qty=10):
        order = self.make_order(qty=qty)
        order.qty_producing = qty
        inspection = order.closure_id.inspection_ids.with_user(self.inspector)
        inspection.line_ids.write({"inspected": qty})
        for line, defective in zip(inspection.line_ids, (scratches, colour), strict=True):
            line.defective = defective
        inspection.action_decide()
        return inspection

    def report_at(self, moment, **vals):
        with freeze_time(moment):
            return (
                self.env["mrp.closure.nonconformity"]
                .with_user(self.operator)
                .create({"closure_id": self.order.closure_id.id, "quantity": 1, **vals})
            )

    def get_bars(self, name, groupby, aggregate):
        """``{bar: (figure, records behind it)}`` of a chart, the way the web client asks for them."""
        action = self.env["ir.actions.act_window"]._for_xml_id(f"{PREFIX}.mrp_closure_{name}_action")
        model = self.env[action["res_model"]].with_user(self.inspector)
        domain = [*ast.literal_eval(action["domain"]), ("product_id", "=", self.table.id)]
        bars = {}
        for group in model.formatted_read_group(domain, [groupby], [aggregate]):
            records = model.search([*domain, *group["__extra_domain"]])
            views = [view_type for _view, view_type in action["views"]]
            self.assertTrue({"list", "form"} <= set(views), "a chart leads to a list and from there to a form")
            self.open_list(model, [("id", "in", records.ids)])
            self.open_form(records[0])
            bars[group[groupby]] = (group[aggregate], records)
        return bars

    def test_first_pass_yield_leads_to_its_inspections(self):
        good, bad = self.make_lot(), self.make_lot(colour=1)
        ((figure, records),) = self.get_bars("first_pass", "product_id", "first_pass_yield:avg").values()
        self.assertEqual((figure, records), (50.0, bad | good))

    def test_defects_by_characteristic_lead_to_the_results(self):
        lots = [self.make_lot(scratches=2), self.make_lot(scratches=1, colour=4)]
        bars = self.get_bars("defect", "name", "defective:sum")
        self.assertEqual({name: figure for name, (figure, _records) in bars.items()}, {"Scratches": 3, "Colour": 4})
        defects = bars["Scratches"][1].filtered("defective")
        self.assertEqual(defects.inspection_id, lots[0] | lots[1])

    def test_defects_by_work_center_lead_to_the_results(self):
        self.make_lot(scratches=2, colour=1)
        bars = self.get_bars("defect_workcenter", "workcenter_name", "defective:sum")
        self.assertEqual(bars["Assembly Bench"][0], 3)
        self.assertEqual(sum(bars["Assembly Bench"][1].mapped("defective")), 3)

    def test_rejected_lots_are_counted_and_led_to(self):
        self.make_lot()
        bad = self.make_lot(colour=1)
        ((figure, records),) = self.get_bars("rejected", "product_id", "__count").values()
        self.assertEqual((figure, records), (1, bad))

    @freeze_time("2030-06-30 12:00:00")
    def test_open_nonconformities_are_charted_by_age_to_the_day(self):
        self.order = self.make_order()
        ages = {
            "2030-06-30 11:00:00": "1_week",
            "2030-06-22 12:00:01": "1_week",
            "2030-06-22 12:00:00": "2_month",
            "2030-05-30 12:00:01": "2_month",
            "2030-05-30 12:00:00": "3_quarter",
            "2030-03-31 12:00:01": "3_quarter",
            "2030-03-31 12:00:00": "4_older",
            "2025-01-01 00:00:00": "4_older",
        }
        reported = {self.report_at(moment): age for moment, age in ages.items()}
        for nonconformity, age in reported.items():
            self.assertEqual(nonconformity.age_group, age, nonconformity.reported_at)
        bars = self.get_bars("nonconformity_age", "age_group", "__count")
        self.assertEqual(list(bars), ["1_week", "2_month", "3_quarter", "4_older"])
        for age, (figure, records) in bars.items():
            expected = {nonconformity for nonconformity, found in reported.items() if found == age}
            self.assertEqual((figure, set(records)), (2, expected))

    @freeze_time("2030-06-30 12:00:00")
    def test_a_closed_nonconformity_is_in_no_bar_and_keeps_the_age_it_had(self):
        self.order = self.make_order()
        kept = self.report_at("2030-06-01 12:00:00", severity="minor")
        kept.sudo()._write_evidence({"state": "closed", "closed_at": "2030-06-03 12:00:00"})
        self.assertFalse(self.get_bars("nonconformity_age", "age_group", "__count"))
        found = kept.search([("age_group", "=", "1_week"), ("id", "=", kept.id)])
        self.assertEqual(found, kept)
        self.assertFalse(kept.search([("age_group", "!=", "1_week"), ("id", "=", kept.id)]))


@tagged("post_install", "-at_install")
class TestQualityExports(InspectionCase, HttpCase):
    """Lists are exported with their own columns, by the client's own way, without rights on manufacturing."""

    def export(self, user, model, names, ids):
        """Rows of the workbook that the web client downloads."""
        self.authenticate(user.login, user.login)
        labels = self.env[model].fields_get([name.split("/")[0] for name in names])
        data = {
            "model": model,
            "fields": [{"name": name, "label": labels[name]["string"], "type": labels[name]["type"]} for name in names],
            "ids": ids,
            "domain": [],
            "import_compat": False,
            "groupby": [],
            "context": {},
        }
        values = {"data": json.dumps(data), "csrf_token": Request.csrf_token(self)}
        response = self.url_open("/web/export/xlsx", data=values)
        self.assertEqual(response.status_code, 200, response.text[:300])
        return [list(row) for row in load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True)]

    def get_columns(self, model, user):
        """Columns of the list as the user sees it."""
        view = self.env[model].with_user(user).get_view(view_type="list")
        return [name for name in view["models"][model] if name != "id" and f'name="{name}"' in view["arch"]]

    def test_inspections_results_and_nonconformities_are_exported_by_their_lists(self):
        exporter = new_test_user(
            self.env,
            "closure_exporter",
            groups=f"base.group_user,base.group_allow_export,{PREFIX}.group_inspector",
        )
        inspection = self.make_inspection(characteristics=[{"name": "Scratches"}], qty=10)
        self.enter(inspection, defective=2)
        inspection.action_decide()
        nonconformity = inspection.sudo().nonconformity_ids
        for records, expected in (
            (inspection, {inspection.order_name, "Final inspection", "Rejected", 2}),
            (inspection.line_ids, {"Scratches", 10, 2}),
            (nonconformity, {nonconformity.name, "Major", 10}),
        ):
            with self.subTest(model=records._name):
                names = self.get_columns(records._name, exporter)
                rows = self.export(exporter, records._name, names, records.ids)
                self.assertEqual(len(rows), 2)
                self.assertLessEqual(expected, set(rows[1]))

    @mute_logger("odoo.addons.web.controllers.export", "odoo.http")
    def test_who_may_not_export_is_refused(self):
        inspection = self.make_inspection()
        self.inspector.group_ids = [Command.unlink(self.env.ref("base.group_allow_export").id)]
        with self.assertRaisesRegex(AssertionError, "500|permission|allowed"):
            self.export(self.inspector, inspection._name, ["name"], inspection.ids)

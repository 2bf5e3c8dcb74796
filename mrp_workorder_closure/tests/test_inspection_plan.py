from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_inspection import InspectionCase


@tagged("post_install", "-at_install")
class TestInspectionPlan(InspectionCase):
    """Inspections come up at the right moment and follow the quantity; the posting makes none."""

    def test_a_sample_inspection_is_planned_once_the_quantity_is_entered(self):
        self.require()
        order = self.make_order(qty=500)
        self.assertFalse(order.closure_id.inspection_ids)
        order.qty_producing = 500
        inspection = order.closure_id.inspection_ids
        self.assertEqual(
            (inspection.lot_size, inspection.sample_size, inspection.acceptance_number),
            (500, 50, 1),
        )
        self.assertEqual((inspection.scope, inspection.state), ("sample", "todo"))
        self.assertEqual((inspection.product_id, inspection.name), (self.table, "Final inspection"))

    def test_an_inspection_of_every_unit_is_planned_once_the_quantity_is_entered(self):
        self.require(scope="full")
        order = self.make_order(qty=30)
        self.assertFalse(order.closure_id.inspection_ids)
        order.qty_producing = 30
        inspection = order.closure_id.inspection_ids
        self.assertEqual((inspection.sample_size, inspection.acceptance_number), (30, 0))

    def test_a_first_article_inspection_is_planned_at_confirmation(self):
        self.require(scope="first_article")
        inspection = self.make_order(qty=500).closure_id.inspection_ids
        self.assertEqual((inspection.lot_size, inspection.sample_size, inspection.acceptance_number), (500, 1, 0))

    def test_an_operation_inspection_is_planned_at_confirmation_for_its_work_order(self):
        self.bom.operation_ids = [Command.create({"name": "Pack", "workcenter_id": self.workcenter.id})]
        self.require(scope="operation", operation_ids=[Command.set(self.bom.operation_ids[:1].ids)])
        order = self.make_order(qty=500)
        inspection = order.closure_id.inspection_ids
        self.assertEqual(inspection.workorder_id, order.workorder_ids[0])
        self.assertEqual((inspection.workorder_name, inspection.sample_size), ("Assemble", 50))
        self.assertEqual(inspection.workcenter_id, self.workcenter)

    def test_an_operation_inspection_without_operations_is_planned_for_every_work_order(self):
        self.bom.operation_ids = [Command.create({"name": "Pack", "workcenter_id": self.workcenter.id})]
        self.require(scope="operation")
        order = self.make_order()
        self.assertEqual(order.closure_id.inspection_ids.workorder_id, order.workorder_ids)

    def test_a_fixed_sample_and_a_percentage_accept_no_defective_unit(self):
        fixed = self.make_inspection(qty=50, sampling="fixed", sample_value=8)
        self.assertEqual((fixed.sample_size, fixed.acceptance_number), (8, 0))
        percent = self.make_inspection(qty=50, sampling="percent", sample_value=5)
        self.assertEqual((percent.sample_size, percent.acceptance_number), (3, 0))

    def test_without_characteristics_there_is_one_count_overall(self):
        inspection = self.make_inspection()
        self.assertEqual(len(inspection.line_ids), 1)
        self.assertEqual(inspection.line_ids.name, "Overall")
        self.assertEqual((inspection.line_ids.display_name, inspection.line_ids.kind), ("Overall", "attribute"))

    def test_each_characteristic_has_its_line_as_it_stood_at_confirmation(self):
        point = self.require(
            [
                {
                    "name": "Length",
                    "kind": "variable",
                    "min_value": 9,
                    "max_value": 11,
                    "target": 10,
                    "unit": "mm",
                },
                {"name": "Scratches", "instructions": "<p>Look from one metre</p>"},
            ]
        )
        order = self.make_order()
        point.characteristic_ids[0].write({"name": "Width", "max_value": 12})
        order.qty_producing = 10
        length, scratches = order.closure_id.inspection_ids.line_ids
        self.assertEqual((length.name, length.limits_text, length.target), ("Length", "9 mm to 11 mm", 10))
        self.assertEqual((scratches.name, scratches.kind), ("Scratches", "attribute"))
        self.assertIn("one metre", scratches.instructions)
        self.assertEqual(length.characteristic_id, point.characteristic_ids[0])

    def test_a_changed_characteristic_makes_a_new_version_of_the_template(self):
        point = self.require([{"name": "Length", "kind": "variable", "min_value": 9, "max_value": 11}])
        before = self.make_order().closure_id.template_version_id
        point.characteristic_ids.max_value = 12
        after = self.make_order().closure_id.template_version_id
        self.assertEqual(after.number, before.number + 1)
        change = before._get_changes(after)[0]
        self.assertIn("Upper Limit 12", before._describe_change(change))

    def test_the_lines_of_a_removed_characteristic_are_planned_all_the_same(self):
        point = self.require([{"name": "Length", "kind": "variable", "min_value": 9, "max_value": 11}])
        order = self.make_order()
        point.characteristic_ids.unlink()
        order.qty_producing = 10
        line = order.closure_id.inspection_ids.line_ids
        self.assertEqual((line.name, line.max_value), ("Length", 11))
        self.assertFalse(line.characteristic_id)

    def test_refreshing_again_plans_nothing_twice(self):
        inspection = self.make_inspection()
        closure = inspection.closure_id
        closure.action_refresh()
        closure.action_refresh()
        self.assertEqual(closure.inspection_ids, inspection)

    def test_another_quantity_plans_an_undecided_inspection_again_and_says_so(self):
        inspection = self.make_inspection(qty=500)
        self.produce(inspection.sudo().closure_id.production_id, 100)
        self.assertEqual((inspection.lot_size, inspection.sample_size), (100, 13))
        self.assertIn("50 of 500, at most 1 defective → 13 of 100, at most 0 defective", self.get_history(inspection))

    def test_another_quantity_withdraws_a_verdict_and_its_history_keeps_it(self):
        inspection = self.make_inspection(qty=500)
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        self.decide(inspection, defective=1)
        self.assertEqual(inspection.state, "accepted")
        self.produce(order, 400)
        self.assertEqual(inspection.state, "todo")
        self.assertFalse(inspection.decided_by_id or inspection.decided_at)
        history = self.get_history(inspection)
        for part in (
            "Verdict withdrawn: the quantity of the lot changed",
            "Accepted by Ivy Inspector",
            "1 defective",
        ):
            self.assertIn(part, history)
        self.assertIn("inspect 50 of 400", self.get_reasons(order))

    def test_an_approved_closure_is_open_again_when_the_quantity_of_its_lot_changes(self):
        inspection = self.make_inspection(qty=10)
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        order.workorder_ids.button_finish()
        self.decide(inspection)
        self.assertEqual(order.closure_state, "approved")
        order.qty_producing = 9
        self.assertEqual(order.closure_state, "open")

    def test_the_same_quantity_entered_again_keeps_the_verdict(self):
        inspection = self.make_inspection(qty=10)
        self.decide(inspection)
        order = inspection.sudo().closure_id.production_id
        order.qty_producing = 10
        order.qty_producing = 0
        order.qty_producing = 10
        self.assertEqual(inspection.state, "accepted")

    def test_another_planned_quantity_plans_an_operation_inspection_again(self):
        self.require(scope="operation")
        order = self.make_order(qty=100)
        self.env["change.production.qty"].create({"mo_id": order.id, "product_qty": 500}).change_prod_qty()
        self.assertEqual(order.closure_id.inspection_ids.sample_size, 50)

    def test_a_part_of_a_unit_counts_as_one_in_the_lot(self):
        self.table.uom_id = self.env.ref("uom.product_uom_kgm")
        self.table.uom_id.rounding = 0.01
        self.bom.product_uom_id = self.table.uom_id
        inspection = self.make_inspection(qty=20.2, scope="full")
        self.assertEqual((inspection.quantity, inspection.lot_size), (20.2, 21))

    def test_a_lot_in_dozens_is_inspected_in_the_unit_of_the_product(self):
        self.require(scope="full")
        order = self.make_order(qty=2, product_uom_id=self.env.ref("uom.product_uom_dozen").id)
        order.qty_producing = 2
        self.assertEqual(order.closure_id.inspection_ids.lot_size, 24)

    def test_a_backorder_gets_inspections_of_its_own(self):
        inspection = self.make_inspection(qty=10)
        order = inspection.sudo().closure_id.production_id.with_user(self.operator)
        self.produce(order, 6)
        order.workorder_ids.button_finish()
        self.decide(inspection)
        order.with_context(skip_backorder=True, mo_ids_to_backorder=order.ids).button_mark_done()
        backorder = order.production_group_id.production_ids - order
        self.assertEqual((order.closure_state, inspection.lot_size), ("closed", 6))
        self.assertFalse(backorder.closure_id.inspection_ids)
        backorder.qty_producing = 4
        self.assertEqual(backorder.closure_id.inspection_ids.lot_size, 4)


@tagged("post_install", "-at_install")
class TestInspectionOfSerials(InspectionCase):
    """Each unit of a product tracked by serial number can be inspected by itself."""

    def make_serial_order(self, count=3, **vals):
        self.table.tracking = "serial"
        self.require(per_serial=True, **vals)
        order = self.make_order(qty=count)
        lots = self.env["stock.lot"].create([{"product_id": self.table.id, "name": f"T-{n}"} for n in range(count)])
        return order, lots

    def test_each_serial_number_gets_an_inspection_of_one_unit(self):
        order, lots = self.make_serial_order()
        self.assertFalse(order.closure_id.inspection_ids)
        order.write({"lot_producing_ids": [Command.set(lots.ids)], "qty_producing": 3})
        inspections = order.closure_id.inspection_ids
        self.assertEqual(inspections.lot_id, lots)
        self.assertEqual(set(inspections.mapped("sample_size")), {1})
        self.assertEqual(set(inspections.mapped("acceptance_number")), {0})

    def test_one_rejected_serial_number_blocks_by_its_name(self):
        order, lots = self.make_serial_order()
        order.write({"lot_producing_ids": [Command.set(lots.ids)], "qty_producing": 3})
        for inspection in order.closure_id.inspection_ids:
            self.decide(inspection, defective=1 if inspection.lot_id.name == "T-1" else 0)
        reasons = self.get_reasons(order)
        self.assertIn("T-1: 1 defective", reasons)
        self.assertNotIn("T-2", reasons)

    def test_a_serial_number_taken_off_the_order_takes_its_inspection_along(self):
        order, lots = self.make_serial_order()
        order.write({"lot_producing_ids": [Command.set(lots.ids)], "qty_producing": 3})
        first = order.closure_id.inspection_ids.filtered(lambda inspection: inspection.lot_id == lots[0])
        self.decide(first)
        order.write({"lot_producing_ids": [Command.set(lots[1:].ids)], "qty_producing": 2})
        self.assertFalse(first.active)
        self.assertIn("Set aside", self.get_history(first))
        self.assertNotIn("T-0", self.get_reasons(order))
        order.write({"lot_producing_ids": [Command.set(lots.ids)], "qty_producing": 3})
        self.assertTrue(first.active)
        self.assertEqual(first.state, "accepted")

    def test_without_serial_numbers_the_order_asks_for_them(self):
        order, _lots = self.make_serial_order()
        order.qty_producing = 3
        self.assertIn("the serial numbers produced, then inspect", self.get_reasons(order))


@tagged("post_install", "-at_install")
class TestInspectionPoints(InspectionCase):
    """What a control point of the kind inspection may ask for."""

    def test_an_aql_outside_the_tables_is_refused(self):
        with self.assertRaises(ValidationError):
            self.require(aql=0.4)
        for aql in (0.65, 1.0, 1.5, 2.5, 4.0):
            self.require(aql=aql)

    def test_a_sample_that_is_no_number_of_units_or_share_of_the_lot_is_refused(self):
        for vals in (
            {"sampling": "fixed"},
            {"sampling": "fixed", "sample_value": 2.5},
            {"sampling": "percent"},
            {"sampling": "percent", "sample_value": 101},
        ):
            with self.subTest(**vals), self.assertRaises(ValidationError):
                self.require(**vals)

    def test_a_sample_of_the_output_cannot_gate_an_operation(self):
        with self.assertRaises(ValidationError):
            self.require(operation_ids=[Command.set(self.bom.operation_ids.ids)])

    def test_limits_that_contradict_each_other_are_refused(self):
        with self.assertRaises(ValidationError):
            self.require([{"name": "Length", "kind": "variable", "min_value": 3, "max_value": 2}])

    def test_the_defaults_are_a_sample_by_the_tables_with_an_aql_of_one_per_cent(self):
        point = self.require()
        self.assertEqual((point.scope, point.sampling, point.aql), ("sample", "iso2859", 1.0))

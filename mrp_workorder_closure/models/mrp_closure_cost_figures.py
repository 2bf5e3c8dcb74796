from collections import defaultdict

from odoo import models

from ..tools import Actual, Material, Plan, PlannedMaterial, PlannedWork, Work, compute_variances, get_standard_cost

ENDED = ("done", "cancel")
# Read for all orders at once, before anything is looked at order by order.
PREFETCH = (
    "move_raw_ids.move_line_ids.quantity",
    "move_finished_ids.quantity",
    "workorder_ids.time_ids.date_start",
    "scrap_ids.move_ids.value",
    "scrap_ids.scrap_reason_tag_ids",
)


class MrpClosure(models.Model):
    """Cost of orders, from real moves and times: what was posted, or what would be posted now.

    In sudo throughout: figures of the closure are for its readers in finance, who have no rights on orders.
    """

    _inherit = "mrp.closure"

    def _compute_variances(self):
        """The cost sheets of closures, in company currency.

        Before the order is done, a preview of what closing would post. The number of queries does
        not grow with the closures, but for the layers of each FIFO component.

        :return: ``{closure: CostSheet}``; keys of lines are products, moves of scraps, reasons of scrapped output,
            ``(operation, workorder)`` as ``_match_work`` gives them, or None
        """
        closures = self.sudo()
        plans, actuals = closures._get_cost_plans(), closures._get_actual_costs()
        return {
            closure: compute_variances(plans[sudo], actuals[sudo], sudo.company_id.currency_id.rounding)
            for closure, sudo in zip(self, closures, strict=True)
        }

    def _get_standard_unit_costs(self):
        """What one good unit of the product costs by plan, net of by-products: ``{closure: amount}``."""
        plans = self.sudo()._get_cost_plans()
        costs = {}
        for closure in self:
            order = closure.sudo().production_id
            one = order.product_id.uom_id._compute_quantity(1, order.product_uom_id, round=False)
            costs[closure] = float(get_standard_cost(plans[closure.sudo()], one))
        return costs

    # Plan

    def _get_cost_plans(self):
        """The plan of each closure, in the unit of its order: ``{closure: Plan}``."""
        return {closure: closure._get_cost_plan(closure._get_cost_baseline()) for closure in self}

    def _get_cost_plan(self, baseline):
        order, product_model = self.production_id, self.env["product.product"]
        planned = baseline["product_qty"]
        # Baselines of before costs were reviewed lack prices of the output.
        units = order.product_uom_id._compute_quantity(planned, order.product_id.uom_id, round=False)
        return Plan(
            quantity=planned,
            materials={
                product_model.browse(int(product_id)): PlannedMaterial(line["qty"], line["price"])
                for product_id, line in baseline["components"].items()
            },
            work={
                (index, False): PlannedWork(line["minutes"], min(line["setup_minutes"], line["minutes"]), line["rate"])
                for index, line in enumerate(baseline["operations"])
            },
            subcontracting=baseline.get("subcontracting_price", 0.0) * units,
            other=0.0 if order.bom_id.type == "subcontract" else baseline.get("extra_cost", 0.0) * units,
            byproduct_pct=sum(line["cost_share"] for line in baseline["byproducts"].values()),
            lot_size=baseline.get("lot_size") or None,
        )

    def _match_work(self, workorders):
        """Which planned operation each work order carries out.

        A work order that core split or planned anew is found by its operation, then by its name.

        :return: ``{workorder: key}``: ``(index in the baseline, False)``, or ``(False, workorder id)``
        """
        self.ensure_one()
        matches = {}
        left = dict(enumerate(self._get_cost_baseline()["operations"]))
        for get_plan, get_real in (
            (lambda line: line.get("workorder_id"), lambda workorder: workorder.id),
            (lambda line: line["operation_id"], lambda workorder: workorder.operation_id.id),
            (lambda line: line["name"], lambda workorder: workorder.name),
        ):
            for workorder in workorders:
                wanted = get_real(workorder)
                index = next((number for number, line in left.items() if wanted and get_plan(line) == wanted), None)
                if workorder not in matches and index is not None:
                    matches[workorder] = (index, False)
                    del left[index]
        return {workorder: matches.get(workorder, (False, workorder.id)) for workorder in workorders}

    # Actual

    def _get_actual_costs(self):
        """What each order took, in the unit of the order: ``{closure: Actual}``."""
        orders = self.production_id
        for path in PREFETCH:
            orders.mapped(path)
        dispositions = self.nonconformity_ids.disposition_ids
        dispositions.mapped("scrap_ids")
        dispositions.mapped("scrap_reason_tag_ids")
        rework = dispositions.workorder_id
        recorded = orders.move_raw_ids.filtered(lambda move: move.state == "done" or move._is_cost_pending())
        values = recorded._get_expected_values()
        moves = recorded.grouped("raw_material_production_id")
        return {
            closure: closure._get_actual_cost(
                [
                    Material(
                        move.product_id, move._get_recorded_units(), values[move], bool(move.workorder_id & rework)
                    )
                    for move in moves.get(closure.production_id, ())
                ],
                rework,
            )
            for closure in self
        }

    def _get_actual_cost(self, materials, rework):
        order = self.production_id
        produced = order._get_costed_output()
        scrapped = self._get_scrap_by_reason()
        units = order.product_uom_id._compute_quantity(produced, order.product_id.uom_id, round=False)
        is_subcontracted = order.bom_id.type == "subcontract"
        return Actual(
            produced=produced,
            good=produced - sum(scrapped.values()),
            materials=tuple(materials),
            work=tuple(self._get_actual_work(rework)),
            scraps=tuple(order._get_scrapped_components()),
            subcontracting=order._get_subcontracting_cost(self, units) if is_subcontracted else 0.0,
            other=0.0 if is_subcontracted else order.extra_cost * units,
            byproduct_pct=sum(
                order.move_byproduct_ids.filtered(lambda move: move.state != "cancel" and move.quantity > 0).mapped(
                    "cost_share"
                )
            ),
            scrap_reasons={reason: quantity for reason, quantity in scrapped.items() if reason},
        )

    def _get_actual_work(self, rework):
        workorders = self.production_id.workorder_ids
        # A list, not a difference of recordsets: that would read the work orders order by order.
        keys = self._match_work([workorder for workorder in workorders if workorder not in rework])
        for workorder in workorders:
            hours, cost = workorder._get_cost_figures()
            yield Work(keys.get(workorder, (False, workorder.id)), hours, cost, workorder in rework)

    def _get_scrap_by_reason(self):
        """Output that is scrapped: by disposition, done or not, or on the order itself.

        :return: ``{first reason, or an empty record: quantity in the unit of the order}``
        """
        order = self.production_id
        product = order.product_id
        decided = self.nonconformity_ids.disposition_ids
        quantities = defaultdict(float)
        for line in decided:
            if line.disposition == "scrap" and line.status != "withdrawn" and line.product_id == product:
                quantities[line._get_scrap_reasons()[:1]] += line.quantity
        # A loop, not a filtered recordset: that would read the scraps order by order.
        for scrap in order.scrap_ids:
            if scrap.state == "done" and scrap.product_id == product and scrap not in decided.scrap_ids:
                units = scrap.product_uom_id._compute_quantity(scrap.scrap_qty, product.uom_id, round=False)
                quantities[scrap.scrap_reason_tag_ids[:1]] += units
        return {
            reason: product.uom_id._compute_quantity(quantity, order.product_uom_id, round=False)
            for reason, quantity in quantities.items()
        }


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def _get_costed_output(self):
        """Output in the unit of the order, with what is scrapped of it."""
        self.ensure_one()
        return self.qty_produced if self.state in ENDED else self.qty_producing

    def _get_scrapped_components(self):
        """Scrapped components with their value; scrapped output counts at its standard instead."""
        self.ensure_one()
        made = self.move_finished_ids.product_id
        for move in self.scrap_ids.move_ids:
            if move.state == "done" and move.product_id not in made:
                yield Material(move, move._get_recorded_units(), move.value)

    def _get_subcontracting_cost(self, closure, units):
        """What the subcontractor asks for these units: posted, ordered, or else planned.

        :param units: output in the unit of the product
        """
        self.ensure_one()
        if self.state in ENDED or self.extra_cost:
            return self.extra_cost * units
        receipts = self.move_finished_ids.move_dest_ids.filtered(
            lambda move: move.is_subcontract and move.state != "cancel"
        )
        ordered = sum(
            receipt._get_value_from_quotation(receipt.product_qty)["value"] or receipt.price_unit * receipt.product_qty
            for receipt in receipts
        )
        ordered_units = sum(receipts.mapped("product_qty"))
        if ordered and ordered_units:
            return ordered / ordered_units * units
        return closure._get_cost_baseline().get("subcontracting_price", 0.0) * units


class StockMove(models.Model):
    _inherit = "stock.move"

    def _is_cost_pending(self):
        """Whether closing the order would post this component."""
        self.ensure_one()
        return self.state not in ENDED and self.picked

    def _get_recorded_units(self):
        """Recorded quantity in the unit of the product, not rounded."""
        self.ensure_one()
        quantity = self.quantity if self.state == "done" else self._get_picked_quantity()
        return self.product_uom._compute_quantity(quantity, self.product_id.uom_id, round=False)

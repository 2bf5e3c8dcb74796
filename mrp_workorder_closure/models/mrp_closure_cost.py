from odoo import fields, models

from .mrp_closure_baseline import COST_GROUPS

# Counted in hours where they are about work.
HOUR_KINDS = ("operation_rate", "operation_efficiency", "rework")


class MrpClosure(models.Model):
    """Cost of the order against its plan: a preview until it closes, then what was posted.

    Costs are for finance: every field here is for ``COST_GROUPS`` only.
    """

    _inherit = "mrp.closure"

    variance_ids = fields.One2many("mrp.closure.variance", "closure_id", string="Variances", groups=COST_GROUPS)
    currency_id = fields.Many2one(related="company_id.currency_id", string="Currency")
    costed_qty = fields.Float(
        string="Good Output",
        digits="Product Unit",
        groups=COST_GROUPS,
        help="Output without what was scrapped, in the unit of the product.",
    )
    standard_cost = fields.Monetary(
        groups=COST_GROUPS,
        help="What the good output was allowed to cost, by bill of materials, operations, prices and rates as they "
        "stood when the order was confirmed.",
    )
    actual_cost = fields.Monetary(
        groups=COST_GROUPS, help="Components, work, scrap and other costs of the order, less what by-products bear."
    )
    cost_variance = fields.Monetary(
        groups=COST_GROUPS,
        help="Actual less standard cost: positive is unfavourable. A preview until the order closes.",
    )
    cost_variance_pct = fields.Float(
        string="Cost Variance (%)",
        digits=(16, 2),
        groups=COST_GROUPS,
        aggregator="avg",
        help="In per cent of the standard cost; 100 where no cost was planned.",
    )
    unit_cost = fields.Float(
        digits="Product Price", groups=COST_GROUPS, aggregator="avg", help="Actual cost of one good unit."
    )
    standard_unit_cost = fields.Float(
        digits="Product Price",
        groups=COST_GROUPS,
        aggregator="avg",
        help="Standard cost of one unit, as planned at confirmation.",
    )
    product_cost_gap = fields.Monetary(
        string="Standard Against Product Cost",
        groups=COST_GROUPS,
        help="Standard cost less the cost that the product had when the order was confirmed, times the good output: "
        "it reconciles the variances with a valuation at the cost of the product.",
    )

    def _submit(self):
        """Conditions of approval levels look at the cost of this moment."""
        self._refresh_costs()
        return super()._submit()

    def _close(self):
        """Write the variances of what core just posted."""
        self._post_variances()
        return super()._close()

    def _follow_cancelled_orders(self):
        """What was used of an order that a manager cancelled is a loss: it is written too."""
        self.filtered(
            lambda closure: (
                closure.cancel_reason and closure.state != "cancel" and closure.production_id.state == "cancel"
            )
        )._post_variances()
        return super()._follow_cancelled_orders()

    def _refresh_costs(self):
        """Store the totals, for screens, lists and conditions of levels."""
        self._store_costs(self._compute_variances())

    def _store_costs(self, sheets):
        unit_costs = self._get_standard_unit_costs()
        for closure in self:
            vals = closure._prepare_cost_vals(sheets[closure], unit_costs[closure])
            changed = {name: value for name, value in vals.items() if closure[name] != value}
            if changed:
                closure._write_evidence(changed)

    def _prepare_cost_vals(self, sheet, standard_unit_cost):
        order = self.production_id
        output = order._get_costed_output() - sum(self._get_scrap_by_reason().values())
        uom = order.product_id.uom_id
        good = order.product_uom_id._compute_quantity(output, uom, round=False)
        product_price = self._get_cost_baseline().get("product_price", 0.0)
        standard, actual = float(sheet.standard), float(sheet.actual)
        pct = float(sheet.variance / sheet.standard * 100) if sheet.standard else 100.0 * bool(sheet.variance)
        vals = {
            "costed_qty": good,
            "standard_cost": standard,
            "actual_cost": actual,
            "cost_variance": float(sheet.variance),
            "cost_variance_pct": pct,
            "unit_cost": 0.0 if uom.is_zero(good) else actual / good,
            "standard_unit_cost": standard_unit_cost,
            "product_cost_gap": standard - product_price * good,
            "posted_value": order._get_goods_value(),
        }
        # As they are read back, so that what did not change is not written again.
        return {name: self._fields[name].convert_to_cache(value, self) for name, value in vals.items()}

    def _post_variances(self):
        """Write the variance lines; those of the revision before are archived."""
        lines = self.variance_ids
        if lines:
            lines._write_evidence({"active": False})
        sheets = self._compute_variances()
        self.env["mrp.closure.variance"]._create_evidence(
            [vals for closure in self for vals in closure._prepare_variance_vals(sheets[closure])]
        )
        self._store_costs(sheets)

    def _prepare_variance_vals(self, sheet):
        """Values of the lines of a cost sheet, with the records they are about."""
        self.ensure_one()
        workorders = {key: workorder for workorder, key in self._match_work(self.production_id.workorder_ids).items()}
        return [
            {
                "closure_id": self.id,
                "revision": self.revision,
                "kind": line.kind,
                "planned": float(line.planned),
                "actual": float(line.actual),
                "amount": float(line.amount),
                "planned_qty": float(line.planned_qty),
                "actual_qty": float(line.actual_qty),
                **self._prepare_line_item_vals(line, workorders),
            }
            for line in sheet.lines
        ]

    def _prepare_line_item_vals(self, line, workorders):
        """What a line is about: a component, an operation, or the order's product."""
        is_output = line.kind == "scrap" and (not line.key or line.key._name == "stock.scrap.reason.tag")
        if is_output:
            product = self.production_id.product_id
            return {
                "product_id": product.id,
                "name": product.display_name,
                "uom_id": self.production_id.product_uom_id.id,
                "scrap_reason_id": line.key and line.key.id,
            }
        if isinstance(line.key, models.BaseModel):
            return self._prepare_goods_line_vals(line)
        return self._prepare_operation_line_vals(line, workorders) if line.key else {}

    def _prepare_goods_line_vals(self, line):
        """A component, or the move of a scrap. What was omitted may have been deleted since it was planned."""
        is_scrap = line.key._name == "stock.move"
        product = line.key.product_id if is_scrap else line.key
        product = product if line.actual_qty else product.exists()
        return {
            "product_id": product.id,
            "name": product.display_name,
            "uom_id": product.uom_id.id,
            "scrap_reason_id": is_scrap and line.key.scrap_id.scrap_reason_tag_ids[:1].id,
        }

    def _prepare_operation_line_vals(self, line, workorders):
        """A work order, or an operation that has none: it may have been deleted since it was planned."""
        index, workorder_id = line.key
        workorder = workorders.get(line.key) or self.env["mrp.workorder"].browse(workorder_id or ())
        operation, workcenter, name = workorder.operation_id, workorder.workcenter_id, workorder.name
        if not workorder:
            planned = self._get_cost_baseline()["operations"][index]
            operation = self.env["mrp.routing.workcenter"].browse(planned["operation_id"] or ()).exists()
            workcenter = self.env["mrp.workcenter"].browse(planned["workcenter_id"] or ()).exists()
            name = planned["name"]
        return {
            "workorder_id": workorder.id,
            "name": name,
            "operation_id": operation.id,
            "workcenter_id": workcenter.id,
            "uom_id": line.kind in HOUR_KINDS and self._get_known_id("uom.product_uom_hour"),
        }

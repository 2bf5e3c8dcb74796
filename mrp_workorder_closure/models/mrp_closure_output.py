from odoo import api, fields, models

from .requests import check_one


class MrpClosure(models.Model):
    """Nonconformities of a closure, and what became of the output: produced = good + what is not."""

    _inherit = "mrp.closure"

    nonconformity_ids = fields.One2many("mrp.closure.nonconformity", "closure_id", string="Nonconformities")
    nonconformity_count = fields.Integer(compute="_compute_nonconformity_counts", store=True)
    nonconformity_open_count = fields.Integer(
        string="Open Nonconformities", compute="_compute_nonconformity_counts", store=True
    )
    produced_qty = fields.Float(string="Produced", digits="Product Unit", compute="_compute_output")
    good_qty = fields.Float(
        string="Good", digits="Product Unit", compute="_compute_output", help="Accepted into stock."
    )
    quarantined_qty = fields.Float(
        string="Quarantined",
        digits="Product Unit",
        compute="_compute_output",
        help="In quarantine, also for the return to a supplier.",
    )
    scrapped_qty = fields.Float(string="Scrapped", digits="Product Unit", compute="_compute_output")
    regraded_qty = fields.Float(string="Regraded", digits="Product Unit", compute="_compute_output")

    @api.depends("nonconformity_ids.state")
    def _compute_nonconformity_counts(self):
        for closure in self:
            nonconformities = closure.nonconformity_ids
            closure.nonconformity_count = len(nonconformities)
            closure.nonconformity_open_count = len(
                nonconformities.filtered(lambda nonconformity: nonconformity.state != "closed")
            )

    @api.depends("production_id.qty_producing", "nonconformity_ids.disposition_ids.status")
    def _compute_output(self):
        # In sudo: the figures of the closure are for everybody who may read it.
        for closure in self.sudo():
            output = closure._get_output_split()[closure.product_id]
            closure.produced_qty = output["produced"]
            closure.good_qty = output["good"]
            closure.quarantined_qty = output["quarantined"]
            closure.scrapped_qty = output["scrapped"]
            closure.regraded_qty = output["regraded"]

    def _get_output_split(self):
        """What became of the output, by product; before the order closes, what will become of it.

        For each product: produced = good + quarantined + scrapped + regraded.

        :return: ``{product: {"produced", "good", "quarantined", "scrapped", "regraded"}}``, the
            finished product first, then by-products, in the unit of the product
        """
        self.ensure_one()
        order = self.production_id
        split = {order.product_id: self._start_split(self._get_produced_quantity())}
        for product, moves in (
            order.move_byproduct_ids.filtered(lambda move: move.state != "cancel").grouped("product_id").items()
        ):
            quantity = sum(move.product_uom._compute_quantity(move.quantity, product.uom_id) for move in moves)
            split[product] = self._start_split(quantity)
        places = {"scrap": "scrapped", "regrade": "regraded", "use_as_is": "good"}
        for line in self.nonconformity_ids.disposition_ids.filtered(lambda line: line.status != "withdrawn"):
            if line._moves_goods() and line.product_id in split:
                output = split[line.product_id]
                output["quarantined" if line.is_final else "good"] -= line.quantity
                output[places.get(line.disposition, "quarantined")] += line.quantity
        return split

    def _get_produced_quantity(self):
        order = self.production_id
        produced = order.qty_produced if order.state == "done" else order.qty_producing
        return order.product_uom_id._compute_quantity(produced, order.product_id.uom_id)

    def _get_produced_lots(self, product):
        """Lots the order makes of a product; by-products get theirs on their move."""
        order = self.production_id
        moves = order.move_finished_ids.filtered(lambda move: move.product_id == product)
        recorded = moves.move_line_ids.lot_id
        return recorded or (order.lot_producing_ids if product == order.product_id else recorded)

    @api.model
    def _start_split(self, quantity):
        return {"produced": quantity, "good": quantity, "quarantined": 0.0, "scrapped": 0.0, "regraded": 0.0}

    def _get_nonconformity_reasons(self):
        """What is left to do about nonconformities before the order may close.

        Goods that the closing itself moves are no reason, nor are goods in quarantine afterwards.

        :return: list of ``(nonconformity, reason)``, the reason being a part of a sentence
        """
        self.ensure_one()
        reasons = []
        for nonconformity in self.nonconformity_ids.filtered(lambda kept: kept.state != "closed"):
            undecided = nonconformity._get_undecided_quantity()
            names = {
                "nonconformity": nonconformity.name,
                "quantity": undecided,
                "unit": nonconformity.product_uom_id.name,
                "product": nonconformity.product_id.display_name,
            }
            if undecided:
                reason = self.env._("decide about %(quantity)s %(unit)s of %(product)s in %(nonconformity)s", **names)
                reasons.append((nonconformity, reason))
            elif nonconformity.state != "dispositioned" and not nonconformity._get_quarantined_quantity():
                reasons.append((nonconformity, self.env._("decide about %(nonconformity)s", **names)))
            elif nonconformity.disposition_ids.filtered(
                lambda line: line.status == "decided" and line._is_rework() and not line.verified_at
            ):
                reason = self.env._("finish the rework of %(nonconformity)s and have it inspected again", **names)
                reasons.append((nonconformity, reason))
        return reasons

    def action_open_nonconformities(self):
        """Open the nonconformities of these closures."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_nonconformity_action")
        action["domain"] = [("closure_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_report_problem(self):
        """Open the dialog that reports a problem with the order of this closure."""
        check_one(self)
        self._check_can_report()
        return self.env["mrp.closure.report.problem"]._get_dialog(self)

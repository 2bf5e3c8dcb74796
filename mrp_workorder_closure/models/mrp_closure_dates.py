from odoo import fields, models

ENDED = ("done", "cancel")


class MrpClosure(models.Model):
    """Closing in three stages: material, labour and cost, each dated by itself once its part is final."""

    _inherit = "mrp.closure"

    material_closed_at = fields.Datetime(
        string="Material Closed on", help="Components and output are posted, and no transfer of the order is under way."
    )
    labour_closed_at = fields.Datetime(
        string="Labour Closed on", help="All work orders are finished, and no timer runs."
    )
    cost_closed_at = fields.Datetime(string="Cost Closed on", help="The variances of the order are written.")

    def _refresh(self):
        result = super()._refresh()
        self._date_stages()
        return result

    def action_reopen(self, reason):
        """Figures may change again: no stage is final."""
        result = super().action_reopen(reason)
        # In sudo: the right to reopen was checked, and a manager writes no evidence himself.
        self.sudo()._write_evidence({"material_closed_at": False, "labour_closed_at": False, "cost_closed_at": False})
        return result

    def _close(self):
        result = super()._close()
        self._date_stages()
        return result

    def _date_stages(self):
        """Set the date of each stage that became final; take back that of a stage that began anew."""
        pending = self._get_orders_with_transfers()
        closed = {
            "material_closed_at": self.filtered(
                lambda closure: closure.production_id not in pending and closure._is_material_posted()
            ),
            "labour_closed_at": self.filtered(lambda closure: closure._is_labour_final()),
            "cost_closed_at": self.filtered(lambda closure: closure.state == "closed"),
        }
        for name, final in closed.items():
            dated = self.filtered(name)
            for date, closures in (
                (final - dated).grouped(lambda closure, name=name: closure._get_stage_end(name)).items()
            ):
                closures._write_evidence({name: date})
            if dated - final:
                (dated - final)._write_evidence({name: False})

    def _get_stage_end(self, name):
        """When a stage became final: for labour the end of the work, which may be seen a while later. What a
        reopened closure has become again is final from now on."""
        now = fields.Datetime.now()
        if name != "labour_closed_at" or self.revision > 1:
            return now
        workorders = self.production_id.workorder_ids
        ends = filter(None, [*workorders.mapped("date_finished"), *workorders.time_ids.mapped("date_end")])
        return min(now, max(ends, default=now))

    def _is_material_posted(self):
        order = self.production_id
        return order.state in ENDED and all(
            move.state in ENDED for move in order.move_raw_ids | order.move_finished_ids
        )

    def _is_labour_final(self):
        """An order without work orders has no labour of its own: that is final once there is output."""
        order = self.production_id
        workorders = order.workorder_ids
        if not workorders:
            return order.state in ENDED or not order.product_uom_id.is_zero(order.qty_producing)
        return all(workorder.state in ENDED for workorder in workorders) and all(
            log.date_end for log in workorders.time_ids
        )

    def _get_orders_with_transfers(self):
        """Orders that are over and of which a transfer is under way, in one query."""
        groups = self.production_id.filtered(lambda order: order.state in ENDED).production_group_id
        if not groups:
            return self.env["mrp.production"]
        moves = self.env["stock.move"].search(
            [("production_group_id", "in", groups.ids), ("picking_id", "!=", False), ("state", "not in", ENDED)]
        )
        pending = self.env["mrp.production"]
        for move in moves:
            served = move.move_dest_ids.raw_material_production_id | move.move_orig_ids.production_id
            # Of a group with backorders: those that the transfer serves, or, where nothing says so, all.
            pending |= served or move.production_group_id.production_ids
        return pending


class StockMove(models.Model):
    """The last transfer of an order that is closed already ends the stage of its material."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._date_closed_material()
        return moves

    def _action_cancel(self):
        result = super()._action_cancel()
        self._date_closed_material()
        return result

    def _date_closed_material(self):
        """In sudo: whoever moves goods dates the stage, with no right on closures."""
        transferred = self.filtered(lambda move: move.picking_id and move.state in ENDED)
        closures = transferred.sudo().production_group_id.production_ids.closure_id
        closures.filtered(lambda closure: closure.state == "closed" and not closure.material_closed_at)._date_stages()

from collections import defaultdict
from datetime import date

from odoo import fields, models

ENDED = ("done", "cancel")
# Work that took longer than expected is core's "performance": a matter of cost, not of stoppages.
LOST_TIME = ("availability", "quality")


class MrpClosureCheck(models.Model):
    """Automatic rules about what went on around the order: work, time, goods, dates, machines.

    Each takes checks of its kind and returns ``{check: Finding}`` for those that do not
    hold, with a number of queries that does not depend on the number of orders.
    """

    _inherit = "mrp.closure.check"

    def _evaluate_workorders_finished(self):
        """No work order is left open: core would finish it silently and pick its components."""
        return self._find(
            lambda check: [
                (workorder.id, self.env._("work order %(name)s is not finished", name=workorder.name))
                for workorder in check.production_id.workorder_ids
                if workorder.state not in ENDED
            ]
        )

    def _evaluate_time_recorded(self):
        """Every work order has real time, and no timer is running."""
        return self._find(lambda check: check._get_time_gaps())

    def _evaluate_downtime_explained(self):
        """Time lost on the order's work orders and work centers has an explanation."""
        stoppages = self._get_stoppages()
        return self._find(
            lambda check: [
                (
                    f"{log.id}:{log.date_start}:{log.date_end or ''}",
                    self.env._(
                        "%(minutes)s minutes of %(loss)s on %(workcenter)s have no explanation",
                        minutes=round(((log.date_end or fields.Datetime.now()) - log.date_start).total_seconds() / 60),
                        loss=log.loss_id.name,
                        workcenter=log.workcenter_id.name,
                    ),
                )
                for log in check._get_losses(stoppages)
                if not (log.description or "").strip()
            ]
        )

    def _evaluate_pending_transfers(self):
        """No transfer of the order is under way: issues, returns and receipts are done or cancelled."""
        pending = self._get_pending_transfers()
        return self._find(
            lambda check: [
                (picking.id, self.env._("transfer %(name)s is not done", name=picking.name))
                for picking in pending.get(check.production_id, ())
            ]
        )

    def _evaluate_subcontracting_received(self):
        """Parts that a supplier makes or delivers for the order have been received."""
        supply = self._get_supply_moves()
        return self._find(
            lambda check: [
                (
                    move.id,
                    self.env._(
                        "%(product)s of %(transfer)s is not received",
                        product=move.product_id.display_name,
                        transfer=move.picking_id.name or move.origin or move.reference,
                    ),
                )
                for move in supply[check.production_id]
                if move.location_id.usage == "supplier" or move.picking_type_id.code == "incoming"
            ]
        )

    def _evaluate_child_orders_closed(self):
        """Orders that make components for this one are done, with their closures closed."""
        return self._find(
            lambda check: [
                (child.id, self.env._("child order %(name)s is not closed", name=child.name))
                for child in check.production_id.production_group_id.child_ids.production_ids
                if child.state not in ENDED or child.closure_id.state in ("open", "to_approve", "approved")
            ]
        )

    def _evaluate_dates_consistent(self):
        """Nothing of the order lies in the future, and the period it closes in is not locked."""
        now = fields.Datetime.now()
        return self._find(lambda check: check._get_date_conflicts(now))

    def _evaluate_equipment_serviced(self):
        """Machines of the order have no open repair and no overdue maintenance."""
        waiting = self._get_maintenance_requests()
        return self._find(
            lambda check: [
                (
                    request.id,
                    self.env._(
                        "%(equipment)s of %(workcenter)s waits for maintenance (%(request)s)",
                        equipment=request.equipment_id.name,
                        workcenter=request.equipment_id.workcenter_id.name,
                        request=request.name,
                    ),
                )
                for workcenter in check.production_id.workorder_ids.workcenter_id
                for request in waiting.get(workcenter, ())
            ]
        )

    # Facts

    def _find(self, get_details):
        """Findings from ``get_details(check)``: a list of (figure, text), empty where the check holds."""
        findings = {}
        for check in self:
            found = list(get_details(check))
            if found:
                findings[check] = check._make_finding(
                    [text for _figure, text in found], [figure for figure, _text in found]
                )
        return findings

    def _get_time_gaps(self):
        for workorder in self.production_id.workorder_ids.filtered(lambda workorder: workorder.state != "cancel"):
            logs = workorder.time_ids
            if any(not log.date_end for log in logs):
                running = self.env._("a timer of work order %(name)s is running", name=workorder.name)
                yield f"{workorder.id}:running", running
            elif sum(logs.mapped("duration")) <= 0:
                yield workorder.id, self.env._("work order %(name)s has no time recorded", name=workorder.name)

    def _get_stoppages(self):
        """Time logs without work order (a blocked work center) of the work centers used, since
        the first work of these orders, in one query."""
        workorders = self.production_id.workorder_ids
        starts = workorders.time_ids.mapped("date_start")
        log_model = self.env["mrp.workcenter.productivity"]
        if not starts:
            return log_model
        return log_model.search(
            [
                ("workcenter_id", "in", workorders.workcenter_id.ids),
                ("workorder_id", "=", False),
                ("loss_type", "in", LOST_TIME),
                "|",
                ("date_end", "=", False),
                ("date_end", ">", min(starts)),
            ]
        )

    def _get_losses(self, stoppages):
        workorders = self.production_id.workorder_ids
        losses = workorders.time_ids.filtered(lambda log: log.loss_type in LOST_TIME)
        for workorder in workorders.filtered(lambda workorder: workorder.time_ids):
            begin = min(workorder.time_ids.mapped("date_start"))
            end = max(log.date_end or fields.Datetime.now() for log in workorder.time_ids)
            losses |= stoppages.filtered(
                lambda log, workcenter=workorder.workcenter_id, begin=begin, end=end: (
                    log.workcenter_id == workcenter
                    and log.date_start < end
                    and (not log.date_end or log.date_end > begin)
                )
            )
        return losses

    def _get_pending_transfers(self):
        """Open transfers by order. Those that only serve another order of the same group (a
        backorder, say) are not counted."""
        orders = self.production_id
        moves = self.env["stock.move"].search(
            [
                ("production_group_id", "in", orders.production_group_id.ids),
                ("picking_id", "!=", False),
                ("state", "not in", ENDED),
            ]
        )
        pending = defaultdict(lambda: self.env["stock.picking"])
        for move in moves:
            served = move.move_dest_ids.raw_material_production_id
            origin = (
                move.move_orig_ids.production_id | move.origin_returned_move_id.move_dest_ids.raw_material_production_id
            )
            for order in move.production_group_id.production_ids & orders:
                if order in (served | origin) or not (served | origin):
                    pending[order] |= move.picking_id
        return pending

    def _get_supply_moves(self):
        """Open moves upstream of the components, by order, level by level for all orders at once."""
        supply = defaultdict(lambda: self.env["stock.move"])
        seen = set()
        level = [(order, move) for order in self.production_id for move in order.move_raw_ids.move_orig_ids]
        while level:
            seen.update(level)
            for order, move in level:
                if move.state not in ENDED:
                    supply[order] |= move
            level = [
                (order, origin) for order, move in level for origin in move.move_orig_ids if (order, origin) not in seen
            ]
        return supply

    def _get_date_conflicts(self, now):
        order = self.production_id
        # A try on the past asks what the check would have said when the order ended.
        is_past = order.state == "done" and not self._origin
        now = order.date_finished if is_past else now
        logs = order.workorder_ids.time_ids.filtered(
            lambda log: max(log.date_start, log.date_end or log.date_start) > now
        )
        for log in logs:
            yield log.id, self.env._("a time log of %(name)s lies in the future", name=log.workorder_id.name)
        # Not a union: it would read the moves order by order.
        moves = (*order.all_move_raw_ids, *order.all_move_ids)
        for move in moves:
            # What was made may be scrapped, stored or delivered at any time after the end of its order.
            if move.state == "done" and move.date > now and not (is_past and move.scrap_id):
                product = move.product_id.display_name
                yield move.id, self.env._("the move of %(product)s lies in the future", product=product)
        for picking in order.picking_ids:
            late = picking.date_done and picking.date_done > now
            if late and (not is_past or picking.move_ids.move_dest_ids.raw_material_production_id):
                yield picking.id, self.env._("transfer %(name)s lies in the future", name=picking.name)
        company = order.company_id
        lock = max(company.user_fiscalyear_lock_date or date.min, company.user_hard_lock_date or date.min)
        closing = fields.Date.to_date(order.date_finished) if order.state == "done" else now.date()
        if lock >= closing:
            yield lock, self.env._("the accounting period is locked until %(date)s", date=lock)

    def _get_maintenance_requests(self):
        """Open requests that stand in the way, by work center: repairs, blocked ones, overdue
        maintenance. Read in sudo: operators see their own requests only."""
        workcenters = self.production_id.workorder_ids.workcenter_id
        requests = (
            self.env["maintenance.request"]
            .sudo()
            .search(
                [
                    ("equipment_id.workcenter_id", "in", workcenters.ids),
                    ("archive", "=", False),
                    ("stage_id.done", "=", False),
                    "|",
                    "|",
                    ("maintenance_type", "=", "corrective"),
                    ("kanban_state", "=", "blocked"),
                    ("schedule_date", "<", fields.Datetime.now()),
                ]
            )
        )
        return requests.grouped(lambda request: request.equipment_id.workcenter_id)

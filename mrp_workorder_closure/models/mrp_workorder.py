from odoo import api, fields, models
from odoo.exceptions import ValidationError

# What a closed closure has sealed.
FROZEN_FIELDS = frozenset(
    "state name sequence workcenter_id operation_id production_id qty_produced qty_producing time_ids duration "
    "duration_expected duration_unit date_start date_finished costs_hour cost_mode finished_lot_ids move_raw_ids "
    "move_finished_ids move_line_ids leave_id qty_reported_from_previous_wo".split()
)


class MrpWorkorder(models.Model):
    """Checks of a work order gate its finish; a closed order's work orders stay as they are."""

    _inherit = "mrp.workorder"

    closure_check_ids = fields.One2many("mrp.closure.check", "workorder_id", string="Closure Checks", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["mrp.production"].browse(
            {vals["production_id"] for vals in vals_list if vals.get("production_id")}
        )
        orders._check_closure_not_closed()
        workorders = super().create(vals_list)
        # In sudo: whoever adds a work order brings its checks along, with no right to make checks otherwise.
        closures = workorders.sudo().production_id.closure_id.filtered(lambda closure: closure.state != "cancel")
        self.env["mrp.closure.check"]._sync_checks(closures)
        return workorders

    def write(self, vals):
        if not FROZEN_FIELDS.isdisjoint(vals):
            self.production_id._check_closure_not_closed()
        if vals.get("state") == "done":
            self._lock_checked_closures()
            self._check_closure_reasons()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_closure_not_closed(self):
        self.production_id._check_closure_not_closed()

    def button_finish(self):
        """Finish work orders whose checks are met.

        :raises RedirectWarning: with the checks that are missing, and a way to them
        """
        unfinished = self.filtered(lambda workorder: workorder.state not in ("done", "cancel"))
        unfinished._lock_checked_closures()
        reasons = unfinished._get_closure_reasons()
        if reasons:
            # In sudo: only the way to the closures is looked up.
            self.production_id.sudo().closure_id._raise_refusal("\n".join(reasons))
        return super().button_finish()

    def _lock_checked_closures(self):
        """Let no answer to their checks change until these work orders are finished."""
        # In sudo: answers wait, whoever finishes the work order.
        gated = self.sudo().filtered(lambda workorder: workorder.production_id.closure_id)
        gated.closure_check_ids.closure_id._lock()

    @api.constrains("state")
    def _check_closure_gate(self):
        self.filtered(lambda workorder: workorder.state == "done")._check_closure_reasons()

    def _check_closure_reasons(self):
        reasons = self._get_closure_reasons()
        if reasons:
            raise ValidationError("\n".join(reasons))

    def _get_closure_reasons(self):
        """Why these work orders cannot be finished, one sentence a check.

        :return: list of sentences that name work order, order and who can help
        """
        # In sudo: whoever may finish the work order is told why not, whatever they may read.
        gated = self.sudo().filtered(
            lambda workorder: (
                workorder.production_id._is_closure_gated() and not workorder.production_id.closure_id._is_forced()
            )
        )
        if not gated:
            return []
        early = gated.filtered(lambda workorder: workorder.operation_id in workorder._get_unopened_operations())
        blocking = gated.closure_check_ids.filtered(lambda check: check.severity == "blocking")
        return [
            self.env._(
                "To finish %(workorder)s, confirm %(order)s first: the checks of the work order come with it.",
                workorder=workorder.name,
                order=workorder.production_id.name,
            )
            for workorder in early
        ] + [f"{finding.text} ({check.owner})" for check, finding in blocking._get_failures().items()]

    def _get_unopened_operations(self):
        """Operations with checks on an order that has no closure yet."""
        order = self.production_id
        return order.closure_template_id.point_ids.operation_ids if not order.closure_id else self.operation_id.browse()

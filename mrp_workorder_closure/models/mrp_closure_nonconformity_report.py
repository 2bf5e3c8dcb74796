from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .mrp_closure import MANAGER, OPERATOR
from .mrp_closure_evidence import _Evidence
from .mrp_closure_nonconformity import INSPECTOR

# What whoever reports a problem says about it.
REPORT_FIELDS = frozenset(
    "closure_id workorder_id workcenter_id product_id lot_ids severity quantity description root_cause "
    "root_cause_category".split()
)
# What an inspector may correct until it is decided what happens to the goods.
ASSESSED_FIELDS = frozenset({"severity", "quantity", "lot_ids"})


class MrpClosureNonconformity(models.Model):
    """Reporting a problem, and correcting the report until it is decided about."""

    _inherit = "mrp.closure.nonconformity"

    @api.model_create_multi
    def create(self, vals_list):
        """Report problems.

        :param vals_list: dicts with ``closure_id`` and any of ``workorder_id``, ``workcenter_id``,
            ``product_id`` (the finished product unless given), ``lot_ids``, ``severity``,
            ``quantity`` (unit of the product), ``description``, ``root_cause``, ``root_cause_category``;
            ``disposition_ids`` for who decides at once, see ``mrp.closure.disposition.create``
        :raises AccessError: for who is no operator, for values that actions write, and for decisions
            without the authority they need
        :raises UserError: when the closure is closed or cancelled
        """
        if all(isinstance(vals, _Evidence) for vals in vals_list):
            return super().create(vals_list)
        decisions = [vals.get("disposition_ids") for vals in vals_list]
        vals_list = [{name: value for name, value in vals.items() if name != "disposition_ids"} for vals in vals_list]
        for vals in vals_list:
            if not REPORT_FIELDS.issuperset(vals):
                raise AccessError(
                    self.env._(
                        "To report a problem, say what was found: what is decided about it is recorded by its buttons."
                    )
                )
        closures = self.env["mrp.closure"].browse({vals.get("closure_id") for vals in vals_list} - {None, False})
        closures._check_can_report()
        # All or nothing, also for callers that go on after an error.
        with self.env.cr.savepoint():
            made = self._report(vals_list)
            for nonconformity, commands in zip(made, decisions, strict=True):
                if commands:
                    nonconformity.disposition_ids = commands
        return made

    @api.model
    def _report(self, vals_list):
        """Open nonconformities after the caller's own checks; runs in sudo for that reason."""
        now = fields.Datetime.now()
        self.env["mrp.closure"].browse({vals["closure_id"] for vals in vals_list})._lock()
        prepared = [self._prepare_report_vals(vals, now) for vals in vals_list]
        # All or nothing, also for callers that go on after an error.
        with self.env.cr.savepoint():
            made = self.sudo()._create_evidence(prepared)
            made._check_report()
            made.closure_id.action_refresh()
        return made.with_env(self.env)

    @api.model
    def _prepare_report_vals(self, vals, now):
        closure = self.env["mrp.closure"].sudo().browse(vals["closure_id"])
        workorder = self.env["mrp.workorder"].sudo().browse(vals.get("workorder_id") or [])
        return {
            "product_id": closure.production_id.product_id.id,
            "workcenter_id": workorder.workcenter_id.id,
            **vals,
            "name": self.env["ir.sequence"]
            .sudo()
            .with_company(closure.company_id)
            .next_by_code("mrp.closure.nonconformity"),
            "reported_by_id": self.env.uid,
            "reported_at": now,
        }

    @api.model
    def _open_from_inspections(self, inspections):
        """Open one nonconformity for each rejected inspection, see ``_get_rejected_quantity``.

        :param inspections: rejected inspections; the caller checked the right to reject them
        :return: the nonconformities, in the order of ``inspections``
        """
        return self._report([self._prepare_inspection_vals(inspection) for inspection in inspections])

    @api.model
    def _prepare_inspection_vals(self, inspection):
        earlier = ", ".join(inspection.nonconformity_ids.sorted("id").mapped("name"))
        details = {"inspection": inspection.display_name, "earlier": earlier}
        again = self.env._("Rejected inspection: %(inspection)s, again after %(earlier)s", **details)
        first = self.env._("Rejected inspection: %(inspection)s", **details)
        return {
            "closure_id": inspection.closure_id.id,
            "inspection_id": inspection.id,
            "workorder_id": inspection.workorder_id.id,
            "lot_ids": [Command.set(inspection.lot_id.ids)],
            "severity": "major",
            "quantity": inspection._get_new_quantity(),
            "description": again if earlier else first,
        }

    def _check_report(self):
        """What is reported belongs to the order it is reported on."""
        for nonconformity in self.sudo():
            order = nonconformity.production_id
            if nonconformity.product_id not in order.move_finished_ids.product_id | order.product_id:
                raise ValidationError(
                    self.env._(
                        "To report a problem with %(product)s on %(order)s, choose a product or by-product "
                        "of this order.",
                        product=nonconformity.product_id.display_name,
                        order=order.name,
                    )
                )
            foreign = nonconformity.lot_ids.filtered(lambda lot, kept=nonconformity: lot.product_id != kept.product_id)
            if foreign or nonconformity.workorder_id.production_id - order:
                raise ValidationError(
                    self.env._(
                        "To report a problem on %(order)s, choose its own work orders and the lots of %(product)s.",
                        order=order.name,
                        product=nonconformity.product_id.display_name,
                    )
                )

    def write(self, vals):
        """Correct what was reported; everything that was decided changes by its buttons only.

        :raises AccessError: for evidence, and for who may not assess the nonconformity
        :raises UserError: when it is closed, or decided already
        """
        if isinstance(vals, _Evidence):
            return super().write(vals)
        own = [name for name in vals if name in self._free_fields or name in ASSESSED_FIELDS]
        if own and not self.env.su:
            self.check_access("write")
        if set(own) - {"disposition_ids"}:
            self._check_not_closed()
        assessed = {name: vals[name] for name in vals if name in ASSESSED_FIELDS}
        rest = {name: value for name, value in vals.items() if name not in assessed}
        result = super().write(rest) if rest else True
        if assessed:
            self._assess(assessed)
        return result

    def _check_files_are_free(self, adding=False):
        """Photos can be added; those that were there when the review began stay as they are."""
        for nonconformity in () if adding else self.sudo():
            if nonconformity.state != "open":
                raise UserError(
                    self.env._(
                        "To correct the photos of %(nonconformity)s of %(order)s, add another one: "
                        "these are evidence of what was decided.",
                        nonconformity=nonconformity.name,
                        order=nonconformity.closure_id.name,
                    )
                )

    def _assess(self, vals):
        # First: a refresh of many closures leaves out those that others are working on.
        self.sudo().closure_id._lock()
        for nonconformity in self.sudo():
            nonconformity._check_can_assess(vals)
        with self.env.cr.savepoint():
            self.sudo()._write_evidence(vals)
            self._check_report()
            self.sudo().disposition_ids._check_amounts()
            self.sudo().closure_id.action_refresh()

    def _check_can_assess(self, vals):
        user = self.env.user
        own_report = self.reported_by_id == user and self.state == "open" and "severity" not in vals
        if not (user.has_group(INSPECTOR) or own_report):
            self._raise_ask(self.env._("assess"), INSPECTOR)
        if (
            self.severity == "critical"
            and vals.get("severity", "critical") != "critical"
            and not user.has_group(MANAGER)
        ):
            self._raise_ask(self.env._("lower the severity of"), MANAGER)
        if self.state not in ("open", "review") or self.disposition_ids.filtered(lambda line: line.status == "done"):
            raise UserError(
                self.env._(
                    "To correct %(nonconformity)s of %(order)s, take it back into review before its order is closed.",
                    nonconformity=self.name,
                    order=self.closure_id.name,
                )
            )


class MrpClosure(models.Model):
    _inherit = "mrp.closure"

    def _check_can_report(self):
        """Operators report problems while the closure runs.

        :raises AccessError: for who is no operator, or may not read the closure
        :raises UserError: without a closure, or when it is closed or cancelled
        """
        if not self.env.user.has_group(OPERATOR):
            raise AccessError(self.env._("To report a problem, ask an operator of work order closure."))
        self.check_access("read")
        if not self or any(closure.state in ("closed", "cancel") for closure in self.sudo()):
            raise UserError(
                self.env._(
                    "To report a problem on %(orders)s, have a manager reopen its closure: it is over.",
                    orders=", ".join(self.sudo().mapped("name")) or self.env._("an order"),
                )
            )

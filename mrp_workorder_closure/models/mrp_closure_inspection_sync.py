from math import ceil

from odoo import api, models
from odoo.tools import SQL

from ..tools import plan_inspection, to_decimal
from .mrp_closure_characteristic import EARLY_SCOPES, PLAIN_FIELDS

# What decides how much is to be inspected.
PLANNED_BY = frozenset({"qty_producing", "lot_producing_ids", "product_qty"})
RUNNING = ("open", "to_approve", "approved")
TRANSLATED = ("name", "unit", "instructions")


class MrpClosureInspection(models.Model):
    """Planning: inspections come up at confirmation or once the quantity is known, and follow it."""

    _inherit = "mrp.closure.inspection"

    @api.model
    def _sync_inspections(self, closures):
        """Plan the inspections that closures lack and those whose lot changed; idempotent, one batch.

        Called when closures are made and refreshed, and when somebody enters a quantity or a
        serial number; never while an order is being closed.

        :return: the inspections that were made or changed
        """
        # In sudo: plans follow from template and quantities, whoever enters them.
        model = self.sudo().with_context(tracking_disable=True)
        checks = closures.sudo().check_ids.filtered(lambda check: check._is_planned_inspection())
        if not checks:
            return model
        points = checks._get_inspection_points()
        checks = checks.filtered(lambda check: check in points)
        samplings = checks._get_samplings(points)
        known = model.with_context(active_test=False).search([("check_id", "in", checks.ids)])
        known = {(inspection.check_id, inspection.lot_id): inspection for inspection in known}
        wanted = {
            (check, lot): model._prepare_plan(points[check], quantity, samplings[check], lot)
            for check in checks
            for lot, quantity in check._get_inspection_targets(points[check])
        }
        changed = model._replan({known[key]: plan for key, plan in wanted.items() if key in known})
        changed |= model._retire([inspection for key, inspection in known.items() if key not in wanted and key[1]])
        missing = [key for key in wanted if key not in known]
        alive = checks._get_alive_characteristics(points) if missing else set()
        vals_list = [model._prepare_inspection_vals(*key, points[key[0]], wanted[key]) for key in missing]
        if vals_list:
            # Two who enter the same quantity at once would plan the same, each without seeing the other's.
            self.env["mrp.closure.check"].union(*(check for check, _lot in missing)).closure_id._lock()
            changed |= model._create_evidence(vals_list)._add_lines(points, alive)
        return changed

    @api.model
    def _prepare_plan(self, point, quantity, sampling, lot):
        """The plan for a lot, as its product is inspected now."""
        lot_size = max(ceil(to_decimal(quantity, 1e-6)), 1)
        by_tables = point["sampling"] == "iso2859" and point["scope"] in ("sample", "operation") and not lot
        strictness = (sampling.state or "normal") if by_tables else "normal"
        strictness = "tightened" if strictness == "stopped" else strictness
        plan = plan_inspection(point, lot_size, strictness)
        return {
            "quantity": quantity,
            "lot_size": lot_size,
            "sample_size": plan.sample_size,
            "acceptance_number": plan.acceptance_number,
            "strictness": strictness,
            "sampling_id": sampling.id if by_tables else False,
        }

    @api.model
    def _prepare_inspection_vals(self, check, lot, point, plan):
        workorder = check.workorder_id or check.production_id.workorder_ids[-1:]
        return {
            "closure_id": check.closure_id.id,
            "check_id": check.id,
            "point_id": check.point_id.id,
            "point_ref": check.point_ref,
            "workorder_id": check.workorder_id.id,
            "workcenter_id": workorder.workcenter_id.id,
            "workcenter_name": workorder.workcenter_id.name,
            "lot_id": lot.id,
            "scope": point["scope"],
            "sampling": point["sampling"],
            "aql": point["aql"],
            **plan,
        }

    def _add_lines(self, points, alive):
        """Make the lines of new inspections, one for each characteristic, with their texts."""
        self._copy_names()
        wanted = {inspection: points[inspection.check_id]["characteristic_ids"] or [{"id": 0}] for inspection in self}
        self._make_lines(wanted, alive)
        return self

    @api.model
    def _make_lines(self, wanted, alive):
        """Make lines.

        :param wanted: ``{inspection: [characteristic as plain data]}``
        :param alive: ids of characteristics that exist
        """
        vals_list = []
        for inspection, characteristics in wanted.items():
            for each in characteristics:
                plain = {name: each[name] for name in PLAIN_FIELDS if name in each and name not in TRANSLATED}
                vals_list.append(
                    {
                        "inspection_id": inspection.id,
                        "characteristic_id": each["id"] if each["id"] in alive else False,
                        "characteristic_ref": each["id"],
                        **plain,
                    }
                )
        self.env["mrp.closure.inspection.line"].sudo()._create_evidence(vals_list)._copy_texts_of_version()

    def _copy_names(self):
        """Copy the names of the checks in every language, in one statement."""
        self.flush_recordset()
        self.env["mrp.closure.check"].flush_model(["name"])
        self.env.execute_query(
            SQL(
                """UPDATE mrp_closure_inspection i SET name = c.name FROM mrp_closure_check c
                   WHERE c.id = i.check_id AND i.id IN %s RETURNING i.id""",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["name"])

    @api.model
    def _replan(self, plans):
        """Follow lots that changed; a verdict on another quantity is withdrawn.

        :param plans: ``{inspection: plan}``
        :return: the inspections that changed
        """
        changed = self.union(*(inspection for inspection, plan in plans.items() if inspection._differs(plan)))
        moved = changed.filtered(lambda inspection: not inspection._is_same_quantity(plans[inspection]["quantity"]))
        reason = self.env._("the quantity of the lot changed")
        moved._withdraw(reason)
        bodies = {}
        for inspection in changed:
            plan = {"active": True}
            if inspection.state == "todo":
                plan |= plans[inspection]
            before = inspection._describe_plan()
            inspection._write_evidence(plan)
            after = inspection._describe_plan()
            if before != after:
                text = self.env._("Planned again: %(before)s → %(after)s.", before=before, after=after)
                bodies[inspection.id] = text
        if bodies:
            self.browse(bodies)._message_log_batch(bodies=bodies)
        return changed

    def _differs(self, plan):
        """Whether a plan is another one; of a decided inspection only the quantity counts."""
        self.ensure_one()
        if not self.active or not self._is_same_quantity(plan["quantity"]):
            return True
        names = [name for name in plan if name != "quantity"]
        return self.state == "todo" and any(self._get_plain(name) != plan[name] for name in names)

    def _describe_plan(self):
        self.ensure_one()
        return self.env._(
            "%(sample)s of %(lot)s, at most %(acceptance)s defective",
            sample=self.sample_size,
            lot=f"{self.quantity:g}",
            acceptance=self.acceptance_number,
        )

    def _get_plain(self, name):
        value = self[name]
        return value.id if isinstance(value, models.BaseModel) else value

    def _is_same_quantity(self, quantity):
        """Whether a quantity is that of the plan, in the precision of the product's unit."""
        self.ensure_one()
        return not self.product_id.uom_id.compare(self.quantity, quantity)

    @api.model
    def _retire(self, inspections):
        """Set aside inspections of serial numbers that the order no longer has."""
        gone = self.union(*inspections).filtered("active")
        gone._set_aside(self.env._("Set aside: the serial number is no longer part of the order."))
        return gone

    def _set_aside(self, text):
        """Off the lists, with the reason in the history."""
        if self:
            self._write_evidence({"active": False})
            self._message_log_batch(bodies=dict.fromkeys(self.ids, text))

    def _is_outdated(self):
        """Whether the lot is another one than the inspection was planned for."""
        self.ensure_one()
        check = self.check_id
        point = check._get_inspection_points().get(check)
        if not point:
            return False
        targets = dict(check._get_inspection_targets(point))
        return self.lot_id not in targets or not self._is_same_quantity(targets[self.lot_id])


class MrpClosureInspectionLine(models.Model):
    """Texts of results, in all languages."""

    _inherit = "mrp.closure.inspection.line"

    def _copy_texts_of_version(self):
        """Copy name, unit and instructions of the characteristics in every language, in one statement."""
        if not self:
            return
        self.flush_recordset()
        self.env["mrp.closure.template.version"].flush_model()
        assignments = SQL(", ").join(
            SQL("%s = NULLIF(c.characteristic->%s, '{}'::jsonb)", SQL.identifier(name), name) for name in TRANSLATED
        )
        self.env.execute_query(
            SQL(
                """WITH characteristics AS MATERIALIZED (
                       SELECT v.id AS version_id, (p.value->>'id')::int AS point_ref,
                              (c.value->>'id')::int AS ref, c.value AS characteristic
                       FROM mrp_closure_template_version v
                       CROSS JOIN LATERAL jsonb_array_elements(v.content->'points') p(value)
                       CROSS JOIN LATERAL jsonb_array_elements(p.value->'characteristic_ids') c(value)
                       WHERE v.id IN %s
                   )
                   UPDATE mrp_closure_inspection_line l SET %s
                   FROM mrp_closure_inspection i
                   JOIN mrp_closure k ON k.id = i.closure_id
                   JOIN characteristics c ON c.version_id = k.template_version_id
                   WHERE i.id = l.inspection_id AND c.point_ref = i.point_ref
                     AND c.ref = l.characteristic_ref AND l.id IN %s
                   RETURNING l.id""",
                tuple(self.inspection_id.closure_id.template_version_id.ids),
                assignments,
                tuple(self.ids),
            )
        )
        self.filtered(lambda line: not line.characteristic_ref)._name_overall()
        self.invalidate_recordset(TRANSLATED)

    def _name_overall(self):
        """Lines without characteristic are called Overall, in the words of each installed language."""
        self._write_own_words("name", lambda env: env._("Overall"))


class MrpClosureCheck(models.Model):
    """What checks of the kind inspection ask for."""

    _inherit = "mrp.closure.check"

    @api.model
    def _sync_checks(self, closures):
        """Checks come with their inspections."""
        result = super()._sync_checks(closures)
        self.env["mrp.closure.inspection"]._sync_inspections(closures)
        return result

    @api.model
    def _get_targets(self, point, workorders):
        """The scope operation without operations means every work order there is."""
        if (
            point["kind"] == "inspection"
            and point["scope"] == "operation"
            and not point["operation_ids"]
            and workorders
        ):
            return workorders
        return super()._get_targets(point, workorders)

    def _is_planned_inspection(self):
        self.ensure_one()
        return (
            self.kind == "inspection"
            and self.state != "not_applicable"
            and self.closure_id.state in RUNNING
            and self.production_id.closure_door != "open"
        )

    def _get_inspection_points(self):
        """``{check: its control point as plain data}``, as the closures' versions have it.

        Without checks whose requirement their version no longer has.
        """
        points = {version: version._get_points() for version in self.closure_id.template_version_id}
        found = {check: points[check.closure_id.template_version_id].get(check.point_ref) for check in self}
        return {check: point for check, point in found.items() if point}

    def _get_samplings(self, points):
        """``{check: switching state of its product and plan}``, an empty record where there is none yet."""
        model = self.env["mrp.closure.sampling"].sudo()
        keys = {
            check: model._get_key(
                {
                    "company_id": check.company_id.id,
                    "product_id": check.closure_id.product_id.id,
                    "point_ref": check.point_ref,
                    "aql": points[check]["aql"],
                }
            )
            for check in self
        }
        found = model._get_samplings(set(keys.values()))
        return {check: found.get(key, model) for check, key in keys.items()}

    def _get_inspection_targets(self, point):
        """What is to be inspected now: pairs of serial number (mostly none) and quantity.

        Quantities are in the unit of the product. Empty while the quantity is not known.
        """
        self.ensure_one()
        order = self.production_id
        none = self.env["stock.lot"]
        early = point["scope"] in EARLY_SCOPES
        output = order.qty_produced if order.state == "done" else order.qty_producing
        if early:
            # Once the order is done, core has cut the planned quantity to what was made.
            planned = self.inspection_ids[:1].quantity if order.state == "done" else 0
            return [(none, planned or self._convert_quantity(order.product_qty))]
        if order.product_uom_id.is_zero(output):
            return []
        if point["per_serial"] and order.product_tracking == "serial":
            return [(lot, 1.0) for lot in order.lot_producing_ids]
        return [(none, self._convert_quantity(output))]

    def _convert_quantity(self, quantity):
        order = self.production_id
        return order.product_uom_id._compute_quantity(quantity, order.product_id.uom_id)

    def _get_alive_characteristics(self, points):
        """Ids of the characteristics that were not deleted since the versions were recorded."""
        ids = {each["id"] for check in self for each in points[check]["characteristic_ids"]}
        return set(self.env["mrp.closure.characteristic"].sudo().browse(ids).exists().ids)


class MrpProduction(models.Model):
    """Who enters a quantity or a serial number plans the inspections of it."""

    _inherit = "mrp.production"

    def write(self, vals):
        result = super().write(vals)
        if not PLANNED_BY.isdisjoint(vals):
            self._sync_closure_inspections()
        return result

    def _sync_closure_inspections(self):
        """Plan the inspections of these orders, and open closures again whose verdicts fell."""
        # In sudo: plans follow from quantities, whoever may enter them.
        closures = self.sudo().closure_id
        changed = self.env["mrp.closure.inspection"]._sync_inspections(closures)
        if changed:
            changed.check_id._refresh_verdicts()
            changed.closure_id._back_to_open_if_blocked()

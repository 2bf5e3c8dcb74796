from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class MrpClosureCheck(models.Model):
    """Making checks: each applies a control point, as the closure's version has it."""

    _inherit = "mrp.closure.check"

    point_ref = fields.Integer(
        string="Requirement Reference",
        required=True,
        help="Which control point of the closure's template version this is, also after the point was removed.",
    )

    _point_workorder_uniq = models.UniqueIndex(
        "(closure_id, point_ref, workorder_id) WHERE workorder_id IS NOT NULL",
        "This requirement is already on the work order.",
    )

    @api.model
    def _sync_checks(self, closures):
        """Make the checks that closures lack; idempotent, one batch for all of them.

        A running closure keeps the version it began with: work orders that come later get
        its requirements, whatever the template says by then.
        """
        known = {(check.closure_id.id, check.point_ref, check.workorder_id.id) for check in closures.check_ids}
        missing = [
            (closure, point, workorder)
            for closure in closures
            for point in closure.template_version_id._get_points().values()
            for workorder in self._get_targets(point, closure.production_id.workorder_ids)
            if (closure.id, point["id"], workorder.id) not in known
        ]
        if missing:
            points = self._get_live_points([point for _closure, point, _workorder in missing])
            # In sudo: checks follow from the template, whoever confirms the order or plans its work.
            checks = self.sudo().with_context(tracking_disable=True)
            checks._create_evidence(
                [
                    self._prepare_check_vals(point, closure, workorder)
                    for point, (closure, _point, workorder) in zip(points, missing, strict=True)
                ]
            )._copy_texts_of_version()

    @api.model
    def _get_targets(self, point, workorders):
        """The work orders that a point applies to; one empty record for the order as a whole."""
        if not point["operation_ids"]:
            return [workorders.browse()]
        return workorders.filtered(lambda workorder: workorder.operation_id.id in point["operation_ids"])

    @api.model
    def _prepare_check_vals(self, point, closure, workorder):
        """Values of the check that applies a live point to one order or work order."""
        vals = {
            "closure_id": closure.id,
            "point_id": point["point_id"],
            "point_ref": point["id"],
            "workorder_id": workorder.id,
            "deadline": self._get_deadline(point, closure),
            **self._prepare_requirement_vals(point),
        }
        if not point["user_ids"]:
            del vals["user_ids"]  # a new check names nobody anyway, and saying so is slow
        return vals

    @api.model
    def _prepare_requirement_vals(self, point):
        """The part of a check that says what is required, the same for every order."""
        return {
            "sequence": point["sequence"],
            "kind": point["kind"],
            "severity": point["severity"],
            "min_value": point["min_value"],
            "max_value": point["max_value"],
            "tolerance_pct": point["tolerance_pct"],
            "signature_required": point["signature_required"],
            "group_id": point["group_id"],
            "user_ids": [fields.Command.set(point["user_ids"])],
        }

    @api.model
    def _get_deadline(self, point, closure):
        hours = point["deadline_hours"]
        return hours and closure.create_date + timedelta(hours=hours)

    @api.model
    def _get_live_points(self, points):
        """Points as plain data, with ``point_id``, without what was deleted since they were recorded."""
        alive = self._get_existing_ids(
            {
                "mrp.closure.point": {point["id"] for point in points},
                "res.groups": {point["group_id"] for point in points if point["group_id"]},
                "res.users": {user_id for point in points for user_id in point["user_ids"]},
            }
        )
        return [
            {
                **point,
                "point_id": point["id"] if point["id"] in alive["mrp.closure.point"] else False,
                "group_id": point["group_id"] if point["group_id"] in alive["res.groups"] else False,
                "user_ids": [user_id for user_id in point["user_ids"] if user_id in alive["res.users"]],
            }
            for point in points
        ]

    @api.model
    def _get_existing_ids(self, ids_by_model):
        """Which of these records still exist, as ``exists`` says, in one query for all models."""
        existing = {model: set() for model in ids_by_model}
        queries = [
            SQL("SELECT %s, id FROM %s WHERE id IN %s", model, SQL.identifier(self.env[model]._table), tuple(ids))
            for model, ids in ids_by_model.items()
            if ids
        ]
        for model, record_id in self.env.execute_query(SQL(" UNION ALL ").join(queries)) if queries else ():
            existing[model].add(record_id)
        return existing

    def _copy_texts_of_version(self):
        """Copy name, instructions and unit in every language, in one statement."""
        names = ("name", "instructions", "unit")
        self.flush_recordset()
        self.env["mrp.closure"].flush_model(["template_version_id"])
        self.env["mrp.closure.template.version"].flush_model()
        assignments = SQL(", ").join(
            SQL("%s = NULLIF(p.point->%s, '{}'::jsonb)", SQL.identifier(name), name) for name in names
        )
        self.env.execute_query(
            SQL(
                """WITH points AS MATERIALIZED (
                       SELECT v.id AS version_id, (p.value->>'id')::int AS ref, p.value AS point
                       FROM mrp_closure_template_version v
                       CROSS JOIN LATERAL jsonb_array_elements(v.content->'points') p(value)
                       WHERE v.id IN %s
                   )
                   UPDATE mrp_closure_check c SET %s
                   FROM mrp_closure k
                   JOIN points p ON p.version_id = k.template_version_id
                   WHERE k.id = c.closure_id AND p.ref = c.point_ref AND c.id IN %s
                   RETURNING c.id""",
                tuple(self.closure_id.template_version_id.ids),
                assignments,
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(names)

from odoo import fields, models

from ..tools import get_plain_json, to_decimal


class MrpClosure(models.Model):
    """What a dossier says about an order: one method ``_get_manifest_<section>`` for each section.

    Each takes closures and returns ``{closure: plain data}``, in a number of queries that does not
    grow with the closures. Lists hold entries with an ``id`` of their own, so that two states of a
    section can be compared. Amounts are decimals: quantities in the unit of the product, money in
    the currency of the company. Times are UTC. What is named is there as ``{id, name}``: a name may
    change later, what it stood for may not.
    """

    _inherit = "mrp.closure"

    def _get_manifest_sections(self):
        """Names of the sections, in the order in which they are read."""
        return (
            "order",
            "template",
            "output",
            "components",
            "values",
            "work_orders",
            "checks",
            "inspections",
            "nonconformities",
            "scraps",
            "unbuilds",
            "returns",
        )

    def _get_manifest_outline(self):
        """All sections as they stand now: ``{closure: {section: plain data}}``, as read back from JSON.

        Of files, what the database says of them: none is read. ``_get_manifest_data`` adds their hashes.
        Texts that have translations are written as they were entered first.
        """
        # In sudo: the dossier is the same, whoever closes the order.
        closures = self.sudo().with_context(lang=None, active_test=False)
        found = {closure.id: {} for closure in closures}
        for section in self._get_manifest_sections():
            for closure, data in getattr(closures, f"_get_manifest_{section}")().items():
                found[closure.id][section] = get_plain_json(data)
        return {closure: found[closure.id] for closure in self}

    def _get_manifest_order(self):
        files = self._read_manifest_files()
        self.production_id.mapped("product_id.uom_id.rounding")
        manifests = {}
        for closure in self:
            order, uom = closure.production_id, closure.product_id.uom_id
            planned, produced = (
                order.product_uom_id._compute_quantity(quantity, uom, round=False)
                for quantity in (order.product_qty, order.qty_produced)
            )
            manifests[closure] = {
                "id": order.id,
                "number": order.name,
                "state": order.state,
                "product": _name_product(order.product_id),
                "unit": _name(uom),
                "planned": to_decimal(planned, uom.rounding),
                "produced": to_decimal(produced, uom.rounding),
                "bill_of_materials": _name(order.bom_id),
                "operation_type": _name(order.picking_type_id),
                "responsible": _name(order.user_id),
                "started": _time(order.date_start),
                "finished": _time(order.date_finished),
                "revision": closure.revision,
                "round": closure.round,
                "close_type": closure.close_type or None,
                **closure._describe_force(),
                "remainder": closure.remainder or None,
                "short_reason": closure.short_reason or None,
                "submitted_by": _name(closure.submitted_by_id),
                "submitted": _time(closure.submitted_at),
                "approved": _time(closure.approved_at),
                "closed": _time(closure.closed_at),
                "reopen_reason": closure.reopen_reason or None,
                "cancel_reason": closure.cancel_reason or None,
                "files": files[closure.id],
            }
        return manifests

    def _describe_force(self):
        """Who closed by force, and why; nothing about any other close."""
        self.ensure_one()
        if not self.forced_by_id:
            return {}
        return {"forced_by": _name(self.forced_by_id), "force_reason": self.force_reason}

    def _get_manifest_template(self):
        self.template_version_id.mapped("number")
        return {
            closure: {
                "id": closure.template_id.id,
                "name": closure.template_id.name,
                "version": closure.template_version_id.number,
                "version_id": closure.template_version_id.id,
            }
            for closure in self
        }

    def _get_manifest_output(self):
        """Finished goods and by-products that were received."""
        self._prefetch_moves("move_finished_ids")
        return {
            closure: [_describe_move(move) for move in closure.production_id.move_finished_ids if move.state == "done"]
            for closure in self
        }

    def _get_manifest_components(self):
        """Components that were consumed, and what was planned of them."""
        self._prefetch_moves("move_raw_ids")
        return {
            closure: [_describe_move(move) for move in closure.production_id.move_raw_ids if move.state == "done"]
            for closure in self
        }

    def _get_manifest_values(self):
        """What stock was valued at: by move, in the currency of the company."""
        manifests = {}
        for closure in self:
            order, currency = closure.production_id, closure.company_id.currency_id
            moves = (order.move_finished_ids | order.move_raw_ids).filtered(lambda move: move.state == "done")
            manifests[closure] = [
                {
                    "id": move.id,
                    "product": _name_product(move.product_id),
                    "value": to_decimal(move.value, currency.rounding),
                    "currency": currency.name,
                }
                for move in moves.sorted("id")
            ]
        return manifests

    def _get_manifest_work_orders(self):
        """Work orders with times and people."""
        self.production_id.workorder_ids.mapped("workcenter_id.name")
        times = self.production_id.workorder_ids.time_ids
        times.mapped("loss_id.name")
        times.mapped("user_id.name")
        return {
            closure: [
                {
                    "id": workorder.id,
                    "name": workorder.name,
                    "work_center": _name(workorder.workcenter_id),
                    "state": workorder.state,
                    "quantity": to_decimal(workorder.qty_produced),
                    "expected_minutes": to_decimal(workorder.duration_expected, 0.01),
                    "minutes": to_decimal(workorder.duration, 0.01),
                    "hourly_rate": to_decimal(workorder.costs_hour),
                    "started": _time(workorder.date_start),
                    "finished": _time(workorder.date_finished),
                    "times": [
                        {
                            "id": log.id,
                            "person": _name(log.user_id),
                            "kind": _name(log.loss_id),
                            "from": _time(log.date_start),
                            "to": _time(log.date_end),
                            "minutes": to_decimal(log.duration, 0.01),
                        }
                        for log in workorder.time_ids.sorted("id")
                    ],
                }
                for workorder in closure.production_id.workorder_ids.sorted("id")
            ]
            for closure in self
        }

    def _prefetch_moves(self, name):
        moves = self.production_id.mapped(name)
        moves.mapped("move_line_ids.lot_id.name")
        moves.mapped("move_line_ids.quantity_product_uom")
        moves.mapped("product_id.uom_id.rounding")


def _describe_move(move):
    """What one done move took or brought, by lot."""
    rounding = move.product_id.uom_id.rounding
    lots = [
        {
            "id": line.id,
            "lot": line.lot_id.id or None,
            "number": line.lot_id.name or None,
            "quantity": to_decimal(line.quantity_product_uom, rounding),
            "to": _name(line.location_dest_id),
        }
        for line in move.move_line_ids.sorted("id")
    ]
    planned = move.product_uom._compute_quantity(move.product_uom_qty, move.product_id.uom_id, round=False)
    quantity = sum(line.quantity_product_uom for line in move.move_line_ids)
    return {
        "id": move.id,
        "product": _name_product(move.product_id),
        "unit": _name(move.product_id.uom_id),
        "planned": to_decimal(planned, rounding),
        "quantity": to_decimal(quantity, rounding),
        "lots": lots,
    }


def _name(record):
    """A record as what it is and what it is called; None where there is none."""
    return {"id": record.id, "name": record.display_name} if record else None


def _name_product(product):
    return {"id": product.id, "name": product.name, "code": product.default_code or None}


def _time(value):
    return fields.Datetime.to_string(value) if value else None

from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

HOLDS = [("quarantine", "Quarantine"), ("regraded", "Regraded Goods")]


class HoldPlace(NamedTuple):
    """A location for goods on hold, as it is kept in the cache."""

    id: int
    parent_id: int
    path: str
    hold: str
    active: bool


class StockWarehouse(models.Model):
    """Each warehouse has places for goods that are in stock and not accepted, made when first needed."""

    _inherit = "stock.warehouse"

    def _get_closure_location(self, hold):
        """The location of a warehouse for goods on hold.

        Beside the stock location, not inside it, so that nothing takes from it by itself.

        :param hold: ``quarantine`` or ``regraded``
        """
        self.ensure_one()
        locations = self.env["stock.location"].sudo()
        for place in locations._get_closure_hold_places():
            found = locations.browse(place.id)
            # A place that a savepoint took back may still be in the cache.
            if place.hold == hold and place.parent_id == self.view_location_id.id and place.active and found.exists():
                return found
        # Two orders that need the first one at the same time make one: changing the row makes the
        # second transaction fail to serialize, and Odoo runs it again.
        self.env.execute_query(
            SQL("UPDATE stock_warehouse SET write_date = write_date WHERE id = %s RETURNING id", self.id)
        )
        names = {"quarantine": self.env._("Quarantine"), "regraded": self.env._("Regraded")}
        return locations.create(
            {
                "name": names[hold],
                "location_id": self.view_location_id.id,
                "company_id": self.company_id.id,
                "usage": "internal",
                "closure_hold": hold,
            }
        )


class StockLocation(models.Model):
    _inherit = "stock.location"

    closure_hold = fields.Selection(
        HOLDS,
        string="On Hold",
        help="Goods here are not accepted. Quarantine: they leave only when it is decided what happens to them. "
        "Regraded goods: they leave only by transfers that start here.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        locations = super().create(vals_list)
        if any(vals.get("closure_hold") for vals in vals_list):
            self.env.registry.clear_cache()
        return locations

    def write(self, vals):
        if "closure_hold" in vals:
            self._check_hold_is_free(vals["closure_hold"] or False)
        result = super().write(vals)
        if not {"closure_hold", "location_id", "active"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def _check_hold_is_free(self, hold):
        """Refuse to release what is on hold by calling its place something else."""
        changed = self.filtered(lambda location: location.closure_hold and location.closure_hold != hold)
        # In sudo: goods of every company count.
        goods = [("location_id", "in", changed.ids), ("quantity", "!=", 0)]
        if changed and self.env["stock.quant"].sudo().search_count(goods, limit=1):
            raise UserError(
                self.env._(
                    "To use %(locations)s for other goods, have an inspector decide about those on hold there first.",
                    locations=", ".join(changed.mapped("display_name")),
                )
            )

    @api.model
    @tools.ormcache()
    def _get_closure_hold_places(self):
        """Every location for goods on hold, archived ones too, as plain values."""
        held = self.sudo().with_context(active_test=False).search([("closure_hold", "!=", False)])
        return tuple(
            HoldPlace(
                location.id, location.location_id.id, location.parent_path, location.closure_hold, location.active
            )
            for location in held
        )

    def _get_closure_holds_inside(self):
        """Ids of the locations for goods on hold that a search below this location, if any, would find."""
        path = self.parent_path or ""
        return [
            place.id
            for place in self._get_closure_hold_places()
            if place.id != self.id and path and place.path.startswith(path)
        ]


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _get_gather_domain(self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False):
        """Goods on hold are not found from above: only who asks for their location finds them."""
        domain = super()._get_gather_domain(product_id, location_id, lot_id, package_id, owner_id, strict)
        held = [] if strict else location_id._get_closure_holds_inside()
        return domain & fields.Domain("location_id", "not in", held) if held else domain

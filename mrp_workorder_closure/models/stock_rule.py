from contextlib import contextmanager

from odoo import api, models

KNOWN = "mrp_workorder_closure.rules"
ARGUMENTS = frozenset({"route_ids", "warehouse_id", "packaging_uom_id", "domain"})


class StockRule(models.Model):
    _inherit = "stock.rule"

    @contextmanager
    def _remember_rules(self):
        """Within the block, a rule is searched once for all moves that ask alike."""
        cache = self.env.cr.cache
        if KNOWN in cache:
            yield
            return
        cache[KNOWN] = {}
        try:
            yield
        finally:
            cache.pop(KNOWN, None)

    @api.model
    def _get_push_rule(self, product_id, location_dest_id, values):
        known = self.env.cr.cache.get(KNOWN)
        if known is None or not ARGUMENTS.issuperset(values):
            return super()._get_push_rule(product_id, location_dest_id, values)
        asked = tuple(sorted((name, repr(value)) for name, value in values.items()))
        key = (self.env, product_id, location_dest_id, asked)
        if key not in known:
            known[key] = super()._get_push_rule(product_id, location_dest_id, values)
        return known[key]

    def _search_rule(self, route_ids, packaging_uom_id, product_id, warehouse_id, domain):
        known = self.env.cr.cache.get(KNOWN)
        if known is None:
            return super()._search_rule(route_ids, packaging_uom_id, product_id, warehouse_id, domain)
        key = (self.env, route_ids, packaging_uom_id, product_id, warehouse_id, repr(domain))
        if key not in known:
            known[key] = super()._search_rule(route_ids, packaging_uom_id, product_id, warehouse_id, domain)
        return known[key]


class StockMove(models.Model):
    """Orders that are confirmed or closed together ask for the same rules: core would search them move by move."""

    _inherit = "stock.move"

    def _adjust_procure_method(self, picking_type_code=False):
        # In sudo: whoever confirms an order need not read templates.
        if not self.sudo().raw_material_production_id.closure_template_id:
            return super()._adjust_procure_method(picking_type_code=picking_type_code)
        with self.env["stock.rule"]._remember_rules():
            return super()._adjust_procure_method(picking_type_code=picking_type_code)

    def _push_apply(self):
        if not self._get_closure_moves():
            return super()._push_apply()
        with self.env["stock.rule"]._remember_rules():
            return super()._push_apply()

from contextlib import contextmanager

from odoo import api, models

KNOWN = "mrp_workorder_closure.push_rules"
ARGUMENTS = frozenset({"route_ids", "warehouse_id", "packaging_uom_id", "domain"})


class StockRule(models.Model):
    _inherit = "stock.rule"

    @contextmanager
    def _remember_push_rules(self):
        """Within the block, a push rule is searched once for all moves that ask alike."""
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


class StockMove(models.Model):
    _inherit = "stock.move"

    def _push_apply(self):
        """Orders that close together push their goods alike: core would search the same rules move by move."""
        if not self._get_closure_moves():
            return super()._push_apply()
        with self.env["stock.rule"]._remember_push_rules():
            return super()._push_apply()

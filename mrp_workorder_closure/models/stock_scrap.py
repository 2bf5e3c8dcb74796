from odoo import api, models

FROZEN_FIELDS = frozenset(
    "production_id workorder_id product_id product_uom_id scrap_qty lot_id package_id owner_id location_id "
    "scrap_location_id state scrap_reason_tag_ids move_ids".split()
)


class StockScrap(models.Model):
    """Scraps of a closed order stay as they are; its finished goods may still be scrapped."""

    _inherit = "stock.scrap"

    @api.model_create_multi
    def create(self, vals_list):
        scraps = super().create(vals_list)
        scraps._check_closure_not_closed()
        return scraps

    def write(self, vals):
        if not FROZEN_FIELDS.isdisjoint(vals):
            self._check_closure_not_closed()
        if "date_done" in vals:
            # Core stamps it in a write of its own, after the state.
            self.filtered("date_done")._check_closure_not_closed()
        result = super().write(vals)
        if not {"production_id", "workorder_id", "product_id"}.isdisjoint(vals):
            self._check_closure_not_closed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_closure_not_closed(self):
        self._check_closure_not_closed()

    def _check_closure_not_closed(self):
        for scrap in self:
            orders = scrap.production_id | scrap.workorder_id.production_id
            if scrap.state == "done" or scrap.product_id not in orders.move_finished_ids.product_id:
                orders._check_closure_not_closed()

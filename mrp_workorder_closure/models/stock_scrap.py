from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

FROZEN_FIELDS = frozenset(
    "production_id workorder_id product_id product_uom_id scrap_qty lot_id package_id owner_id location_id "
    "scrap_location_id state scrap_reason_tag_ids move_ids closure_nonconformity_id".split()
)


class StockScrap(models.Model):
    """Scraps say what they belong to; those of a closed order stay as they are, except of its finished goods."""

    _inherit = "stock.scrap"

    closure_nonconformity_id = fields.Many2one(
        "mrp.closure.nonconformity",
        string="Nonconformity",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('closure_id.production_id', '=', production_id)]",
        help="The problem because of which it is scrapped.",
    )
    closure_inspection_id = fields.Many2one(
        "mrp.closure.inspection",
        string="Sample of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The inspection that used it up. It counts as a sample, not as scrap.",
    )

    @api.model
    def default_get(self, fields):
        return super().default_get([name for name in fields if name != "closure_inspection_id"])

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_is_no_sample(vals)
        scraps = super().create(vals_list)
        scraps._check_closure_not_closed()
        return scraps

    def write(self, vals):
        self._check_is_no_sample(vals)
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

    def _check_is_no_sample(self, vals):
        if vals.get("closure_inspection_id"):
            raise AccessError(
                self.env._("To take samples, use the button on the inspection: a scrap cannot be called a sample.")
            )

    def _link_to_inspection(self, inspection):
        """Make these scraps samples of an inspection, past the guard; unreachable over RPC."""
        return super().write({"closure_inspection_id": inspection.id})

    @api.constrains("closure_nonconformity_id", "production_id", "workorder_id")
    def _check_closure_links(self):
        """Operation and nonconformity are of the same order as the scrap."""
        # In sudo: whoever scraps need not read nonconformities.
        for scrap in self.sudo():
            order = scrap.production_id or scrap.workorder_id.production_id
            nonconformity = scrap.closure_nonconformity_id
            if nonconformity and nonconformity.production_id != order:
                raise ValidationError(
                    self.env._(
                        "To scrap %(product)s because of %(nonconformity)s, choose a problem of the same order.",
                        product=scrap.product_id.display_name,
                        nonconformity=nonconformity.name,
                    )
                )
            if scrap.workorder_id and scrap.workorder_id.production_id != order and order._is_closure_gated():
                raise ValidationError(
                    self.env._(
                        "To scrap %(product)s at %(workorder)s, choose an operation of the same order.",
                        product=scrap.product_id.display_name,
                        workorder=scrap.workorder_id.name,
                    )
                )

    def _check_closure_not_closed(self):
        for scrap in self:
            orders = scrap.production_id | scrap.workorder_id.production_id
            if scrap.state == "done" or scrap.product_id not in orders.move_finished_ids.product_id:
                orders._check_closure_not_closed()

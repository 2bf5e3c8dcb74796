from odoo import Command, fields, models
from odoo.exceptions import UserError

from .requests import check_one


class MrpClosureInspection(models.Model):
    """Samples that an inspection uses up: scraps of the order that count as samples, not as scrap."""

    _inherit = "mrp.closure.inspection"

    sample_scrap_ids = fields.One2many("stock.scrap", "closure_inspection_id", string="Samples Taken")
    sample_summary = fields.Char(string="Samples Taken of Components", compute="_compute_sample_summary")

    def _compute_sample_summary(self):
        # In sudo: who may read the inspection reads what it took, without rights on stock.
        for inspection in self.sudo():
            inspection.sample_summary = ", ".join(
                f"{scrap.scrap_qty:g} {scrap.product_uom_id.name} {scrap.product_id.display_name} "
                f"{scrap.lot_id.name or ''}".strip()
                for scrap in inspection.sample_scrap_ids
            )

    def action_take_samples(self):
        """Open the dialog that takes a sample of a component."""
        check_one(self)
        self._check_can_take_samples()
        return self.env["mrp.closure.sample"]._get_dialog(self)

    def _check_can_take_samples(self):
        self.closure_id._check_may_settle_leftovers(self.env._("take samples of"))
        for inspection in self.sudo():
            if inspection.state != "todo" or inspection.closure_id.state in ("closed", "cancel"):
                raise UserError(
                    self.env._(
                        "To take samples for %(inspection)s, withdraw its verdict first: it is decided.",
                        inspection=inspection.display_name,
                    )
                )

    def _take_sample(self, product, lot, quantity):
        """Scrap a sample of a component, in sudo after ``_check_can_take_samples``.

        :param quantity: in the unit of the product
        :return: the scraps, one for each place it was taken from
        :raises UserError: for more than lies at the line
        """
        self.ensure_one()
        closure = self.closure_id
        closure._lock()
        closure._check_countable(product, lot, quantity)
        figures = closure._compute_balances()
        closure._check_leftover(product, lot, quantity, figures[closure].get((product, lot)))
        closure._release_reservation(product, lot, quantity, figures[closure][product, lot])
        location = closure._get_component_location(product)
        order = closure.production_id
        scraps = self.env["stock.scrap"].create(
            [
                {
                    "product_id": product.id,
                    "product_uom_id": product.uom_id.id,
                    "scrap_qty": vals.pop("quantity"),
                    "production_id": order.id,
                    "workorder_id": self.workorder_id.id,
                    "company_id": closure.company_id.id,
                    "origin": f"{order.name}: {self.name}",
                    "scrap_reason_tag_ids": [
                        Command.link(self.env.ref("mrp_workorder_closure.scrap_reason_tag_sample").id)
                    ],
                    **vals,
                }
                for vals in closure._allocate_goods(location, product, lot, quantity)
            ]
        )
        scraps._link_to_inspection(self)
        scraps.do_scrap()
        closure.action_refresh()
        return scraps

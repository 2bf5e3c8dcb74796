from odoo import Command, models
from odoo.exceptions import UserError


class MrpClosureDisposition(models.Model):
    """What decisions do to the goods: transfers, scraps, regrading and returns.

    Everything here runs in sudo: the right to decide was checked when the decision was
    taken, and whoever closes the order carries it out without rights on stock.
    """

    _inherit = "mrp.closure.disposition"

    def _get_holding_location(self):
        """Where goods of this decision stand, apart from accepted stock."""
        warehouse = self.nonconformity_id.production_id.picking_type_id.warehouse_id
        return warehouse._get_closure_location("regraded" if self.disposition == "regrade" else "quarantine")

    def _take_effect_if_posted(self):
        """Decisions about goods that are in stock already take effect at once."""
        posted = self.filtered(lambda line: line.nonconformity_id.production_id.state == "done")
        if posted:
            posted._bring_to_place()
            posted._take_effect()
            posted.nonconformity_id._follow_goods()

    def _bring_to_place(self):
        for line in self:
            warehouse = line.nonconformity_id.production_id.picking_type_id.warehouse_id
            stock = warehouse.lot_stock_id
            if line.is_final:
                origin = warehouse._get_closure_location("quarantine")
                destination = stock if line.disposition == "use_as_is" else line._get_holding_location()
            else:
                origin = stock
                destination = line._get_holding_location() if line._moves_goods() else stock
            if origin != destination:
                line._transfer(origin, destination)

    def _take_effect(self):
        """Carry out what follows once the goods stand in their holding location."""
        self.filtered(lambda line: line.disposition == "scrap")._scrap()
        returns = self.filtered(lambda line: line.disposition == "return_to_supplier")
        for line in returns:
            line._hand_to_warehouse()
        for line in self.filtered("regrade_product_id"):
            line._convert()
        (self - returns)._mark_done()

    # Goods

    def _allocate(self, location):
        """The quants in a location that this decision is about.

        :return: list of ``(quant, quantity)`` in the unit of the product
        :raises UserError: when less is there
        """
        product, left, parts = self.product_id, self.quantity, []
        quant_model = self.env["stock.quant"]
        for lot in self.lot_ids or [self.env["stock.lot"]]:
            wanted = 1 if product.tracking == "serial" else left
            found = quant_model._get_reserve_quantity(product, location, wanted, lot_id=lot)
            parts += found
            left -= sum(quantity for _quant, quantity in found)
            if product.uom_id.compare(left, 0) <= 0:
                break
        if product.uom_id.compare(left, 0) > 0:
            raise UserError(
                self.env._(
                    "To carry out %(nonconformity)s of %(order)s, bring %(quantity)s %(unit)s of %(product)s %(lots)s "
                    "to %(location)s first: it is not there.",
                    nonconformity=self.nonconformity_id.name,
                    order=self.closure_id.name,
                    quantity=left,
                    unit=product.uom_id.name,
                    product=product.display_name,
                    lots=self.lot_names,
                    location=location.display_name,
                )
            )
        return parts

    def _prepare_line_commands(self, parts, destination, picked):
        return [
            Command.create(
                {
                    "product_id": quant.product_id.id,
                    "product_uom_id": quant.product_id.uom_id.id,
                    "quantity": quantity,
                    "location_id": quant.location_id.id,
                    "location_dest_id": destination.id,
                    "lot_id": quant.lot_id.id,
                    "package_id": quant.package_id.id,
                    "owner_id": quant.owner_id.id,
                    "picked": picked,
                    "company_id": self.company_id.id,
                }
            )
            for quant, quantity in parts
        ]

    def _prepare_move_vals(self, origin, destination, line_commands, product=None, picked=True):
        product = product or self.product_id
        return {
            "product_id": product.id,
            "product_uom": product.uom_id.id,
            "product_uom_qty": self.product_id.uom_id._compute_quantity(self.quantity, product.uom_id),
            "location_id": origin.id,
            "location_dest_id": destination.id,
            "origin": self.nonconformity_id.name,
            "company_id": self.company_id.id,
            "move_line_ids": line_commands,
            "picked": picked,
        }

    def _make_picking(self, picking_type, origin, destination, picked, **vals):
        """A transfer of exactly these goods, confirmed; its moves are linked to the decision first."""
        commands = self._prepare_line_commands(self._allocate(origin), destination, picked)
        move_vals = self._prepare_move_vals(origin, destination, commands, picked=picked)
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "location_id": origin.id,
                "location_dest_id": destination.id,
                "origin": self.nonconformity_id.name,
                "company_id": self.company_id.id,
                "move_ids": [Command.create({**move_vals, "picking_type_id": picking_type.id})],
                **vals,
            }
        )
        self._write_evidence({"move_ids": [Command.link(move.id) for move in picking.move_ids]})
        picking.action_confirm()
        return picking

    def _transfer(self, origin, destination):
        """Move the goods inside the warehouse, by a transfer that is done at once."""
        warehouse = self.nonconformity_id.production_id.picking_type_id.warehouse_id
        picking = self._make_picking(warehouse.int_type_id, origin, destination, picked=True)
        if self.is_final and self.disposition == "use_as_is":
            self._ask_again(picking.move_ids)
        picking._action_done()

    def _scrap(self):
        for line in self:
            nonconformity, place = line.nonconformity_id, line._get_holding_location()
            scraps = self.env["stock.scrap"].create(
                [
                    {
                        "product_id": line.product_id.id,
                        "product_uom_id": line.product_id.uom_id.id,
                        "scrap_qty": quantity,
                        "lot_id": quant.lot_id.id,
                        "owner_id": quant.owner_id.id,
                        "location_id": place.id,
                        "production_id": nonconformity.production_id.id,
                        "workorder_id": nonconformity.workorder_id.id,
                        "closure_nonconformity_id": nonconformity.id,
                        "company_id": line.company_id.id,
                        "origin": f"{nonconformity.name}: {line.reason}" if line.reason else nonconformity.name,
                        "scrap_reason_tag_ids": [Command.set(line._get_scrap_reasons().ids)],
                    }
                    for quant, quantity in line._allocate(place)
                ]
            )
            line._write_evidence({"scrap_ids": [Command.link(scrap.id) for scrap in scraps]})
            scraps.do_scrap()

    def _get_scrap_reasons(self):
        return self.scrap_reason_tag_ids or self.env.ref("mrp_workorder_closure.scrap_reason_tag_nonconformity")

    # Regrading

    def _convert(self):
        """Take the goods out of stock as what they were made as, and into stock as what they are now.

        Both moves pass the production location. Where the new product is valued at actual cost,
        the value goes with the goods; at standard cost the difference stays in production.
        """
        place = self._get_holding_location()
        product = self.regrade_product_id
        company = self.company_id
        between = product.with_company(company).property_stock_production
        stock = self.nonconformity_id.production_id.picking_type_id.warehouse_id.lot_stock_id
        parts = self._allocate(place)
        taken = self.env["stock.move"].create(
            self._prepare_move_vals(place, between, self._prepare_line_commands(parts, between, True))
        )
        taken._action_done()
        received = self.env["stock.move"].create(
            self._prepare_move_vals(between, stock, self._prepare_regraded_commands(parts, between, stock), product)
        )
        received._action_done()
        if product.with_company(company).cost_method in ("fifo", "average"):
            self.env["product.value"].create({"move_id": received.id, "value": taken.value, "company_id": company.id})
        self._write_evidence({"move_ids": [Command.link(move.id) for move in taken | received]})

    def _prepare_regraded_commands(self, parts, between, stock):
        """Lines of the regraded product, in lots of the same names."""
        product = self.regrade_product_id
        names = {quant.lot_id.name or self.nonconformity_id.name for quant, _quantity in parts}
        lots = self._get_regraded_lots(names) if product.tracking != "none" else {}
        return [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_id": product.uom_id.id,
                    "quantity": quant.product_id.uom_id._compute_quantity(quantity, product.uom_id),
                    "location_id": between.id,
                    "location_dest_id": stock.id,
                    "lot_id": lots[quant.lot_id.name or self.nonconformity_id.name].id if lots else False,
                    "owner_id": quant.owner_id.id,
                    "picked": True,
                    "company_id": self.company_id.id,
                }
            )
            for quant, quantity in parts
        ]

    def _get_regraded_lots(self, names):
        """Lots of the regraded product by name, made where they are missing."""
        lot_model, product = self.env["stock.lot"], self.regrade_product_id
        found = lot_model.search([("product_id", "=", product.id), ("name", "in", list(names))]).grouped("name")
        missing = sorted(names - set(found))
        made = lot_model.create(
            [{"name": name, "product_id": product.id, "company_id": self.company_id.id} for name in missing]
        )
        return {**found, **made.grouped("name")}

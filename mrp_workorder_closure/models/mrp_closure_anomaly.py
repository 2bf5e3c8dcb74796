from collections import defaultdict

from odoo import fields, models
from odoo.tools import formatLang


class MrpClosure(models.Model):
    """Anomalies of stock: components below zero where the order takes them from.

    Derived at refresh from quants and recorded consumption, with one grouped query for
    all closures and no hook on stock moves.
    """

    _inherit = "mrp.closure"

    anomaly = fields.Text(
        string="Stock Anomaly", help="Components of which less than nothing is in stock, at the last refresh."
    )
    anomaly_figures = fields.Char(help="Technical: the figures of the anomaly, the same in every language.")

    def _refresh_anomalies(self):
        stock = self._get_component_stock()
        for closure in self:
            findings = list(closure._find_anomalies(stock))
            figures = ";".join(figure for figure, _text in findings) or False
            if figures != closure.anomaly_figures:
                text = "\n".join(text for _figure, text in findings)
                closure._write_evidence({"anomaly": text or False, "anomaly_figures": figures})

    def _get_consuming_moves(self):
        """Moves of storable components of orders that have begun."""
        begun = self.production_id.filtered(lambda order: order.state in ("progress", "to_close", "done"))
        return begun.move_raw_ids.filtered(lambda move: move.state != "cancel" and move.product_id.is_storable)

    def _get_component_stock(self):
        """Quantity in stock, and the lowest quantity of one quant, by component and location.

        :return: ``{product: [(location, quantity, lowest)]}``
        """
        moves = self._get_consuming_moves()
        sources = moves.raw_material_production_id.location_src_id
        stock = defaultdict(list)
        if moves:
            groups = self.env["stock.quant"]._read_group(
                [("product_id", "in", moves.product_id.ids), ("location_id", "child_of", sources.ids)],
                ["product_id", "location_id"],
                ["quantity:sum", "quantity:min"],
            )
            for product, location, quantity, lowest in groups:
                stock[product].append((location, quantity, lowest))
        return stock

    def _find_anomalies(self, stock):
        """Pairs of figures and text, a component each."""
        self.ensure_one()
        source = self.production_id.location_src_id
        for product, moves in self._get_consuming_moves().grouped("product_id").items():
            uom = product.uom_id
            inside = [row for row in stock[product] if row[0].parent_path.startswith(source.parent_path)]
            on_hand = sum(quantity for _location, quantity, _lowest in inside)
            taken = sum(
                move.product_uom._compute_quantity(move.quantity, uom)
                for move in moves
                if move.picked and move.state != "done"
            )
            for location, _quantity, lowest in inside:
                if uom.compare(lowest, 0) < 0:
                    yield (
                        f"{product.id}@{location.id}:{lowest:g}",
                        self.env._(
                            "%(product)s: %(quantity)s in stock in %(location)s",
                            product=product.display_name,
                            quantity=self._format_quantity(lowest, uom),
                            location=location.display_name,
                        ),
                    )
            if uom.compare(taken, 0) > 0 and uom.compare(taken, on_hand) > 0:
                yield (
                    f"{product.id}:{taken:g}>{on_hand:g}",
                    self.env._(
                        "%(product)s: %(taken)s consumed, %(on_hand)s in stock in %(location)s",
                        product=product.display_name,
                        taken=self._format_quantity(taken, uom),
                        on_hand=self._format_quantity(on_hand, uom),
                        location=source.display_name,
                    ),
                )

    def _format_quantity(self, quantity, uom):
        return f"{formatLang(self.env, quantity, dp='Product Unit')} {uom.name}"

    def _get_anomaly_addressees(self):
        """Who answers for consumption; where no check is about it, the order's responsible."""
        self.ensure_one()
        if not self.anomaly:
            return []
        checks = self.check_ids.filtered(lambda check: check.kind == "consumption")
        named = {addressee for check in checks for addressee in check._get_addressees()}
        return list(named) or self._get_responsible_addressees()

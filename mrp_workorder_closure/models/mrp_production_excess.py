from typing import Any, NamedTuple

from odoo import api, fields, models

from ..tools import Blocker
from .mrp_closure_nonconformity import INSPECTOR

# What says how much, and which pieces, an order makes.
OUTPUT_FIELDS = frozenset({"qty_producing", "lot_producing_ids", "product_qty"})
ENDED = ("done", "cancel")


class Excess(NamedTuple):
    """More is kept out of stock than is produced, or other lots.

    :param nonconformities: whose decisions are meant
    :param lots: lots that the order does not produce
    """

    nonconformities: Any
    product: Any
    lots: Any


class MrpClosure(models.Model):
    """What is kept out of stock is produced, by quantity and by lot."""

    _inherit = "mrp.closure"

    def _get_excesses(self, final=False):
        """Decisions about more than is produced, or about lots that are not.

        The number of queries does not depend on the number of closures.

        :param final: True once core is done with quantities; before that, what is not entered
            yet is not compared
        :return: list of Excess
        """
        excesses = []
        closures = self.filtered("nonconformity_count")
        # Read for all at once: records that are filtered closure by closure would be read so, too.
        closures.nonconformity_ids.disposition_ids.mapped("lot_ids")
        for path in ("lot_producing_ids", "move_finished_ids.move_line_ids.lot_id"):
            closures.production_id.mapped(path)
        for closure in closures:
            lines = closure.nonconformity_ids.disposition_ids.filtered(
                lambda line: line.status == "decided" and line._moves_goods() and not line._has_begun()
            )
            split = closure._get_output_split() if lines else {}
            for product, held in lines.grouped("product_id").items():
                output = split.get(product) or closure._start_split(0.0)
                produced = closure._get_produced_lots(product)
                foreign = held.lot_ids - produced if produced or final else produced
                known = final or not product.uom_id.is_zero(output["produced"])
                if foreign or (known and product.uom_id.compare(output["good"], 0) < 0):
                    meant = held.filtered(lambda line, foreign=foreign: not foreign or line.lot_ids & foreign)
                    excesses.append(Excess(meant.nonconformity_id, product, foreign))
        return excesses

    def _back_to_open_if_blocked(self):
        """Decisions that no longer fit the output open an approved closure again, and who decided is told."""
        result = super()._back_to_open_if_blocked()
        self._refresh_excesses()
        return result

    def _refresh_excesses(self):
        """Mark the nonconformities that need another decision; tell about those that are new."""
        closures = self.filtered(
            lambda closure: (
                closure.nonconformity_count
                and closure.state not in ("closed", "cancel")
                and closure.production_id.state not in ENDED
                and closure.production_id.closure_door != "open"
            )
        )
        excesses = closures._get_excesses()
        meant = self.env["mrp.closure.nonconformity"].union(*(excess.nonconformities for excess in excesses))
        marked = closures.nonconformity_ids.filtered("is_excessive")
        (marked - meant)._write_evidence({"is_excessive": False})
        (marked - meant)._settle_told()
        (meant - marked)._write_evidence({"is_excessive": True})
        texts = {
            nonconformity: self._describe_excess(excess)
            for excess in excesses
            for nonconformity in excess.nonconformities - marked
        }
        self.env["mrp.closure.nonconformity"]._tell_deciders(texts)
        meant.closure_id.filtered(lambda closure: closure.state in ("to_approve", "approved"))._reopen_round()

    @api.model
    def _describe_excess(self, excess):
        return self.env._(
            "To close %(order)s, correct what was decided about %(nonconformity)s: "
            "it is about more of %(product)s %(lots)s than is produced.",
            order=excess.nonconformities.closure_id.name,
            nonconformity=", ".join(excess.nonconformities.mapped("name")),
            product=excess.product.display_name,
            lots=", ".join(excess.lots.mapped("name")),
        )


class MrpClosureNonconformity(models.Model):
    _inherit = "mrp.closure.nonconformity"

    is_excessive = fields.Boolean(string="Decided about Too Much", help="More was decided about than is produced.")


class MrpProduction(models.Model):
    _inherit = "mrp.production"

    def write(self, vals):
        """Whoever changes the output learns at once which decisions it no longer covers."""
        result = super().write(vals)
        if not OUTPUT_FIELDS.isdisjoint(vals):
            # In sudo: what was decided must fit the output, whoever enters it.
            self.sudo().closure_id._refresh_excesses()
        return result

    def _get_closure_blockers(self, final=False):
        """Early and at the end, and whatever was waived: nothing can be moved that is not there."""
        blockers = super()._get_closure_blockers(final=final)
        closures = self.sudo().closure_id.filtered(
            lambda closure: closure.state not in ("closed", "cancel") and closure.production_id.state not in ENDED
        )
        owner = None
        for excess in closures._get_excesses(final=final):
            owner = owner or self.env.ref(INSPECTOR).sudo().name
            order = excess.nonconformities.closure_id.production_id
            blockers.append(Blocker(order, "nonconformity", closures._describe_excess(excess), owner))
        return blockers

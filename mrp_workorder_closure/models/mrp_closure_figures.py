from odoo import api, fields, models

from ..tools import get_plain_fingerprint, get_plain_json
from .plain_json import PlainJson

# What core must not have changed while it closes the order.
FINAL_PARTS = ("output", "consumption")
NOTHING = "–"


class MrpClosure(models.Model):
    """The figures that somebody approves, and their fingerprint.

    Figures consist of parts. A part is a name in ``_get_figure_parts`` and two methods:
    ``_get_figures_<part>`` returns ``{closure: {key: entry}}`` for all closures at once, plain
    data without floats and without words in a language; ``_describe_figure_<part>(key, entry)``
    says label and value in the user's language. Notes, dates and names are no figures.
    """

    _inherit = "mrp.closure"

    figures = PlainJson(readonly=True, copy=False, help="What was submitted, as plain data.")
    fingerprint = fields.Char(
        readonly=True, copy=False, help="Hash of the figures that were submitted; each decision carries it."
    )

    @api.model
    def _get_figure_parts(self):
        """Names of the parts, in the order in which changes are told."""
        return (
            "output",
            "consumption",
            "scrap",
            "time",
            "checks",
            "inspections",
            "nonconformities",
            "dispositions",
            "remainder",
            "template",
        )

    def _prefetch_whole(self):
        """Read the closures with the plain data on them at once: the gate looks at both."""
        names = [
            name
            for name, field in self._fields.items()
            if field.store and (field.prefetch is True or isinstance(field, PlainJson))
        ]
        self.fetch(names)

    def _get_figures(self, parts=None):
        """The figures as they are now, in a number of queries that does not grow with the closures.

        :param parts: names of the parts; all of them by default
        :return: ``{closure: {part: {key: entry}}}``, as they are read back from JSON
        """
        # In sudo: figures of the closure are for everybody who may read it, and for the gate.
        closures = self.sudo()
        closures.production_id._prefetch_closure_moves()
        found = {closure.id: {} for closure in closures}
        for part in parts or self._get_figure_parts():
            for closure, entries in getattr(closures, f"_get_figures_{part}")().items():
                found[closure.id][part] = get_plain_json(entries)
        return {closure: found[closure.id] for closure in self}

    def _get_fingerprint(self, figures):
        """Hash of figures, bound to this closure and its revision: it proves nothing about another one.

        :param figures: as ``_get_figures`` returns them
        """
        self.ensure_one()
        return get_plain_fingerprint(
            {"closure": self.id, "order": self.production_id.id, "revision": self.revision, "figures": figures}
        )

    def _get_changed_figures(self, final=False):
        """What is no longer as it was submitted, in words of the user's language.

        :param final: True where core has begun to close the order: only output and consumption
            are compared
        :return: ``{closure: list of sentences}``, for the closures with changes only;
            closures without submitted figures have none
        """
        submitted = self.filtered("fingerprint")
        parts = tuple(part for part in self._get_figure_parts() if not final or part in FINAL_PARTS)
        current = submitted._get_figures(parts)
        changes = {}
        for closure in submitted:
            # Most did not change: the hash tells it without reading what was submitted.
            if not final and closure._get_fingerprint(current[closure]) == closure.fingerprint:
                continue
            figures = closure.figures
            told = [
                closure._describe_change_of_figure(part, key, old, new)
                # What came into being as a part after the submission was approved by nobody, but did not change.
                for part in parts
                if part in figures
                for key, old, new in self._get_differences(figures[part], current[closure][part])
            ]
            if told:
                changes[closure] = told
        return changes

    @api.model
    def _get_differences(self, old, new):
        """Triples of key, old and new entry, None where there is none."""
        keys = [*old, *(key for key in new if key not in old)]
        return [(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]

    def _describe_change_of_figure(self, part, key, old, new):
        """One change in words, e.g. "Steel plate: 25 kg → 27 kg"."""
        self.ensure_one()
        describe = getattr(self.sudo(), f"_describe_figure_{part}")
        (label, before), (_label, after) = (describe(key, entry) for entry in (old, new))
        if before == after:
            return self.env._("%(figure)s: %(value)s, changed in detail", figure=label, value=after)
        return self.env._("%(figure)s: %(old)s → %(new)s", figure=label, old=before, new=after)

    def _seal_figures(self):
        """Values that bind a submission to the figures of this moment: ``{closure: vals}``."""
        return {
            closure: {"figures": figures, "fingerprint": closure._get_fingerprint(figures)}
            for closure, figures in self._get_figures().items()
        }

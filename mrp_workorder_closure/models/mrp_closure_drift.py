from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import find_files
from .mrp_closure_evidence import _Evidence

# A closure that was looked at less long ago is left out when the cron is taken up again.
COMPARE_EVERY = timedelta(hours=12)
# What may legitimately happen to a closed order: the section, and the keys it may touch; an empty
# set means any. Everything else is sealed, too, and told to whoever watches over the archive.
EXPECTED = {
    "order": {"bill_of_materials", "files"},
    "values": set(),
    "nonconformities": set(),
    "scraps": set(),
    "unbuilds": set(),
    "returns": set(),
}
# Sections of which entries may come up, but those that were sealed stay.
GROWING = ("scraps", "unbuilds", "returns")
NAME_KEYS = {"id", "name", "code"}
# What dossiers of forced closes did not tell at first.
FORCE_KEYS = {"forced_by", "force_reason"}


class MrpClosure(models.Model):
    """Drift: what became different since an order was sealed is sealed as an addendum, whoever caused it."""

    _inherit = "mrp.closure"

    compared_at = fields.Datetime(help="Technical: when the order was last compared with its dossier.")

    def _get_drift(self):
        """Compare closed orders with their latest dossiers.

        Reads the database, so that what was changed past the ORM is seen, too.

        Files count by what the database says of them. Those of an order that differs are read.

        :return: ``{closure: list of changes}`` for those that differ; a change is a dict with
            ``section``, ``id`` (of the entry), ``before``, ``after``, ``is_expected``
        """
        closures = self.sudo().filtered(lambda closure: closure.state == "closed")
        self.env.flush_all()
        self.env.invalidate_all()
        latest = closures._get_latest_dossiers()
        sealed = {closure: latest[closure.id].manifest["sections"] for closure in closures.browse(latest)}
        # Files of what looks unchanged are not read here: see mrp_closure_dossier_reading.py.
        outlines = closures.browse(latest)._get_manifest_outline()
        differing = [
            closure
            for closure, before in sealed.items()
            if _compare_all(_leave_out_hashes(before), _leave_out_unsealed(before, outlines[closure]))
        ]
        current = closures.union(*differing)._get_manifest_data() if differing else {}
        changes = {
            closure: _compare_all(
                *_leave_out_unread(sealed[closure], _leave_out_unsealed(sealed[closure], current[closure]))
            )
            for closure in differing
        }
        return {closure: found for closure, found in changes.items() if found}

    def _get_latest_dossiers(self):
        """``{closure id: its latest dossier}``, closings and addenda alike."""
        rows = self.env["mrp.closure.dossier"].search(
            [("closure_id", "in", self.ids)], order="closure_id, sequence_number"
        )
        return {dossier.closure_id.id: dossier for dossier in rows}

    def _seal_addenda(self):
        """Seal what became different since the latest dossier.

        :return: the addenda
        """
        drift = self._get_drift()
        if not drift:
            return self.env["mrp.closure.dossier"]
        closures = self.browse([closure.id for closure in drift]).sudo()
        # Nobody reopens or closes them meanwhile.
        closures._lock()
        latest, sections = closures._get_latest_dossiers(), closures._get_manifest_data()
        dossiers = (
            self.env["mrp.closure.dossier"]
            .sudo()
            ._append(
                [
                    {
                        "closure": closure,
                        "kind": "addendum",
                        "sections": sections[closure],
                        "base": latest[closure.id],
                        "changes": changes,
                    }
                    for closure, changes in drift.items()
                ]
            )
        )
        self._alert_unexpected(drift)
        return dossiers

    def _alert_unexpected(self, drift):
        """Tell managers and auditors what changed although nothing allows it."""
        labels = self.env["mrp.closure.dossier"]._get_section_labels()
        for closure, changes in drift.items():
            sections = {change["section"] for change in changes if not change["is_expected"]}
            unexpected = sorted(labels.get(section, section) for section in sections)
            if unexpected:
                self.env["mrp.closure.verification"]._notify(
                    closure.company_id,
                    self.env._("%(order)s was changed after it was closed", order=closure.name),
                    self.env._(
                        "%(order)s is closed, and yet it is no longer as it was archived: %(sections)s. "
                        "What it is now was sealed as an addendum to its dossier. To see what changed, open "
                        "the dossiers of the order.",
                        order=closure.name,
                        sections=", ".join(unexpected),
                    ),
                    closure,
                )

    def action_reopen(self, reason):
        """Seal what happened since the closing before anything is corrected."""
        self._check_is_manager(self.env._("reopen"))
        self.filtered(lambda closure: closure.state == "closed")._seal_addenda()
        return super().action_reopen(reason)

    @api.model
    def _cron_seal_addenda(self):
        """Compare all closed orders with their dossiers, those first that were not looked at the longest."""
        stale = Domain("compared_at", "=", False) | Domain("compared_at", "<", fields.Datetime.now() - COMPARE_EVERY)
        closures = self.search(
            Domain("state", "=", "closed") & Domain("dossier_ids", "!=", False) & stale,
            order="compared_at NULLS FIRST, id",
        )
        closures._run_in_batches(lambda batch: batch._compare_by_cron())

    def _compare_by_cron(self):
        self._seal_addenda()
        self._write_evidence({"compared_at": fields.Datetime.now()})


class MrpClosureDisposition(models.Model):
    _inherit = "mrp.closure.disposition"

    @api.model_create_multi
    def create(self, vals_list):
        """What is decided about quarantined goods of a closed order is sealed at once."""
        lines = super().create(vals_list)
        if not all(isinstance(vals, _Evidence) for vals in vals_list):
            # In sudo: whoever has the authority to decide, which was checked, seals what they decided.
            lines.sudo().closure_id._seal_addenda()
        return lines


def _compare_all(before, after):
    """Changes of all sections; one that this version of the addon does not know, or knows newly, is no change."""
    return [change for name in after if name in before for change in _compare(name, before[name], after[name])]


def _leave_out_hashes(data):
    """Sections as ``_get_manifest_outline`` gives them: without what is known of files by reading them only."""
    return _leave_out(data, {"sha256"})


def _leave_out_unsealed(before, after):
    """What this version of the addon tells of files and forced closes, and an earlier one did not, is no change.

    >>> _leave_out_unsealed({"files": [{"id": 1}]}, {"files": [{"id": 1, "checksum": "a"}]})
    {'files': [{'id': 1}]}
    >>> _leave_out_unsealed({"files": []}, {"files": [{"id": 1, "checksum": "a"}]})
    {'files': [{'id': 1, 'checksum': 'a'}]}
    >>> forced = {"order": {"close_type": "forced", "forced_by": {"id": 2}}}
    >>> _leave_out_unsealed({"order": {"close_type": "forced"}}, forced)
    {'order': {'close_type': 'forced'}}
    >>> _leave_out_unsealed({"order": {"close_type": "normal"}}, forced) == forced
    True
    """
    order = before.get("order", {})
    if order.get("close_type") == "forced" and FORCE_KEYS.isdisjoint(order):
        told = {key: value for key, value in after["order"].items() if key not in FORCE_KEYS}
        after = {**after, "order": told}
    sealed = set().union(*find_files(before))
    told = set().union(*find_files(after))
    return _leave_out(after, told - sealed - {"sha256"}) if sealed else after


def _leave_out_unread(before, after):
    """A file that could not be read, now or when it was sealed, is not changed by that; nor is a link, which the
    first version sealed with the hash of nothing.

    >>> _leave_out_unread({"files": [{"id": 1, "sha256": "a"}]}, {"files": [{"id": 1, "sha256": None}]})
    ({'files': [{'id': 1}]}, {'files': [{'id': 1}]})
    """
    unread = {file["id"] for data in (before, after) for file in find_files(data) if file["sha256"] is None}
    return _leave_out(before, {"sha256"}, unread), _leave_out(after, {"sha256"}, unread)


def _leave_out(data, keys, ids=None):
    """Sections without these keys of files; ``ids``: of these only."""
    if isinstance(data, list):
        return [_leave_out(item, keys, ids) for item in data]
    if isinstance(data, dict):
        return {
            name: [_leave_out_of_file(file, keys, ids) for file in value]
            if name == "files"
            else _leave_out(value, keys, ids)
            for name, value in data.items()
        }
    return data


def _leave_out_of_file(file, keys, ids):
    return {key: file[key] for key in file if key not in keys or (ids is not None and file["id"] not in ids)}


def _compare(section, before, after):
    """Changes of one section, entry by entry."""
    if isinstance(before, dict):
        before, after = [before], [after]
    old, new = ({entry.get("id"): entry for entry in entries} for entries in (before, after))
    return [
        {
            "section": section,
            "id": key,
            "before": old.get(key),
            "after": new.get(key),
            "is_expected": _is_expected(section, old.get(key), new.get(key)),
        }
        for key in sorted(old.keys() | new.keys())
        if _strip(old.get(key)) != _strip(new.get(key))
    ]


def _is_expected(section, old, new):
    if section not in EXPECTED:
        return False
    if section in GROWING:
        return old is None
    keys = EXPECTED[section]
    if not old or not new:
        return False
    return not keys or {name for name in old | new if _strip(old.get(name)) != _strip(new.get(name))} <= keys


def _strip(data):
    """Data without the names of what it refers to: a product may be renamed."""
    if isinstance(data, list):
        return [_strip(item) for item in data]
    if isinstance(data, dict):
        if "id" in data and "name" in data and data.keys() <= NAME_KEYS:
            return data["id"]
        return {key: _strip(value) for key, value in data.items()}
    return data

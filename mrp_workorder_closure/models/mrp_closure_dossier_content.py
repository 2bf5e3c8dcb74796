from odoo import fields, models

from .mrp_closure_dossier_codes import spell_out

# Figures that mean nothing where they are 0 in all entries.
LIMITS = {"lower_limit", "upper_limit", "tolerance"}
# Ids and marks that only programs need.
HIDDEN = {"id", "version_id", "figures", "is_planned", "lot", "checksum"}


class MrpClosureDossier(models.Model):
    """The manifest as a person reads it: tables for each section, for the screen, print and spreadsheets."""

    _inherit = "mrp.closure.dossier"

    manifest_html = fields.Html(string="Content", compute="_compute_manifest_html", sanitize=False)

    def _compute_manifest_html(self):
        for dossier in self:
            dossier.manifest_html = self.env["ir.qweb"]._render(
                "mrp_workorder_closure.mrp_closure_dossier_content", {"tables": dossier._get_tables()}
            )

    def _get_tables(self):
        """``[(title, columns, rows)]``, of texts; entries inside entries follow in tables of their own.

        A table without columns has rows of a label and a value.
        """
        self.ensure_one()
        labels, titles, codes = self._get_entry_labels(), self._get_section_labels(), self._get_code_labels()
        tables = []
        if "changes" in self.manifest:
            tables += _make_tables(self.env._("What Changed"), self._describe_changes(labels, titles, codes), {})
        sections = self.manifest["sections"]
        for section in sorted(sections, key=_Order(titles)):
            data = spell_out(section, sections[section], codes)
            entries = data if isinstance(data, list) else [data]
            tables += _make_tables(titles.get(section, section), entries, labels)
        return tables

    def _describe_changes(self, labels, titles, codes):
        changes = []
        for change in self.manifest["changes"]:
            before, after = (spell_out(change["section"], change[side] or {}, codes) for side in ("before", "after"))
            differing = [name for name in {**before, **after} if before.get(name) != after.get(name)]
            changes.append(
                {
                    self.env._("Section"): titles.get(change["section"], change["section"]),
                    self.env._("Entry"): _tell_name(after or before),
                    self.env._("Before"): _tell_all(before, differing, labels),
                    self.env._("After"): _tell_all(after, differing, labels),
                    self.env._("Expected"): change["is_expected"],
                }
            )
        return changes


class _Order:
    """Sorts keys as they stand in labels, others after them by themselves."""

    def __init__(self, labels):
        self.places = {name: place for place, name in enumerate(labels)}

    def __call__(self, name):
        return self.places.get(name, len(self.places)), name if name not in self.places else ""


def _make_tables(title, entries, labels):
    entries = [entry for entry in entries if entry]
    if not entries:
        return []
    flat, nested = [], []
    for entry in entries:
        flat.append({name: _tell(value) for name, value in entry.items() if not _is_nested(value)})
        for name in sorted(
            filter(lambda name, entry=entry: _is_worth_a_table(name, entry[name]), entry), key=_Order(labels)
        ):
            nested += _make_tables(f"{title}: {_tell_name(entry)}: {labels.get(name, name)}", entry[name], labels)
    names = dict.fromkeys(name for entry in flat for name in entry if name not in HIDDEN)
    columns = [name for name in names if any(entry.get(name) not in _get_blanks(name) for entry in flat)]
    if labels:
        columns.sort(key=_Order(labels))
    if len(flat) == 1:
        return [(title, [], [[labels.get(name, name), flat[0][name]] for name in columns]), *nested]
    rows = [[entry.get(name, "") for name in columns] for entry in flat]
    return [(title, [labels.get(name, name) for name in columns], rows), *nested]


def _get_blanks(name):
    """What says nothing in a column."""
    return (None, "", "0") if name in LIMITS else (None, "")


def _is_nested(value):
    """Whether a value is a list of entries."""
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _is_worth_a_table(name, value):
    """Whether entries inside an entry say more than it does: goods without lots and numbers lie in one place."""
    return _is_nested(value) and (name != "lots" or len(value) > 1 or any(lot.get("number") for lot in value))


def _tell_name(entry):
    """What an entry is about."""
    return _tell(entry.get("name") or entry.get("number") or entry.get("product") or entry.get("id"))


def _tell_all(entry, names, labels):
    names = [name for name in sorted(names, key=_Order(labels)) if name in entry and name not in HIDDEN]
    return "; ".join(f"{labels.get(name, name)}: {_tell(entry[name])}" for name in names)


def _tell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, dict):
        text = value.get("name") or value.get("number") or value.get("id") or ""
        return f"[{value['code']}] {text}" if value.get("code") else str(text)
    if isinstance(value, list):
        return ", ".join(map(_tell, value))
    return str(value)

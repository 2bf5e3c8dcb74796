from odoo import fields, models


class MrpClosureDossier(models.Model):
    """The manifest as a person reads it: one table for each section, for the screen and for print."""

    _inherit = "mrp.closure.dossier"

    manifest_html = fields.Html(string="Content", compute="_compute_manifest_html", sanitize=False)

    def _compute_manifest_html(self):
        for dossier in self:
            dossier.manifest_html = self.env["ir.qweb"]._render(
                "mrp_workorder_closure.mrp_closure_dossier_content", {"tables": dossier._get_tables()}
            )

    def _get_tables(self):
        """``[(title, columns, rows)]``, of texts; entries inside entries follow in tables of their own."""
        self.ensure_one()
        titles = self._get_section_titles()
        tables = []
        if "changes" in self.manifest:
            tables += self._make_tables(titles["changes"], self._describe_changes())
        for section, data in self.manifest["sections"].items():
            entries = data if isinstance(data, list) else [data]
            tables += self._make_tables(titles.get(section, _prettify(section)), entries)
        return tables

    def _get_section_titles(self):
        return {
            "changes": self.env._("What Changed"),
            "order": self.env._("Order"),
            "template": self.env._("Closure Template"),
            "output": self.env._("Output"),
            "components": self.env._("Components"),
            "values": self.env._("Values"),
            "work_orders": self.env._("Work Orders"),
            "checks": self.env._("Checks"),
            "inspections": self.env._("Inspections"),
            "nonconformities": self.env._("Nonconformities"),
            "scraps": self.env._("Scraps"),
            "unbuilds": self.env._("Unbuild Orders"),
            "returns": self.env._("Returns from Customers"),
            "balance": self.env._("Material Balance"),
            "approvals": self.env._("Approvals"),
            "variances": self.env._("Variances"),
        }

    def _describe_changes(self):
        titles = self._get_section_titles()
        changes = []
        for change in self.manifest["changes"]:
            before, after = change["before"] or {}, change["after"] or {}
            differing = [name for name in {**before, **after} if before.get(name) != after.get(name)]
            changes.append(
                {
                    "section": titles.get(change["section"], change["section"]),
                    "number": change["id"],
                    "before": "; ".join(
                        f"{_prettify(name)}: {_tell(before[name])}" for name in differing if name in before
                    ),
                    "after": "; ".join(
                        f"{_prettify(name)}: {_tell(after[name])}" for name in differing if name in after
                    ),
                    "expected": change["is_expected"],
                }
            )
        return changes

    def _make_tables(self, title, entries):
        entries = [entry for entry in entries if entry]
        if not entries:
            return []
        flat, nested = [], []
        for entry in entries:
            flat.append({name: _tell(value) for name, value in entry.items() if not _is_nested(value)})
            name_of = entry.get("name") or entry.get("number") or _tell(entry.get("product")) or entry.get("id")
            for name, value in entry.items():
                if _is_nested(value) and value:
                    nested += self._make_tables(f"{title}: {name_of}: {_prettify(name)}", value)
        columns = [
            name
            for name in dict.fromkeys(name for entry in flat for name in entry)
            if any(entry.get(name) not in ("", None) for entry in flat)
        ]
        if len(flat) == 1:
            rows = [(_prettify(name), flat[0][name]) for name in columns]
            return [(title, (), rows), *nested]
        rows = [[entry.get(name, "") for name in columns] for entry in flat]
        return [(title, [_prettify(name) for name in columns], rows), *nested]


def _is_nested(value):
    """Whether a value is a list of entries."""
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


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


def _prettify(name):
    return name.replace("_", " ").capitalize()

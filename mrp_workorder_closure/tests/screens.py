import re

from lxml import etree

from .common import ClosureCase

LIST_VIEW_REF = re.compile(r"'list_view_ref': '([\w.]+)'")


class ScreenCase(ClosureCase):
    """Reads records the way the web client does when it opens one of their views."""

    def get_spec(self, model, view_type, view_id=False):
        """What the web client asks ``web_read`` for, to show this view to the user of ``model``."""
        return self._get_spec_of_arch(model, model.get_view(view_id, view_type)["arch"])

    def _get_spec_of_arch(self, model, arch):
        spec = {}
        arch = etree.fromstring(arch)
        for node in arch.xpath(".//field[not(ancestor::field)]"):
            field = model._fields[node.get("name")]
            spec[field.name] = self._get_spec_of_field(model, field, node)
        return spec

    def _get_spec_of_field(self, model, field, node):
        if field.type == "many2one":
            return {"fields": {"display_name": {}}}
        if field.type not in ("one2many", "many2many") or node.get("invisible") in ("1", "True"):
            return {}
        comodel = model.env[field.comodel_name]
        if "tags" in node.get("widget", ""):
            return {"fields": {"display_name": {}}}
        inline = node.find("list")
        if inline is not None:
            return {"fields": self._get_spec_of_arch(comodel, etree.tostring(inline))}
        named = LIST_VIEW_REF.search(node.get("context", ""))
        return {"fields": self.get_spec(comodel, "list", named and self.env.ref(named[1]).id)}

    def open_form(self, record, view_id=False):
        """Open a record's form; fails where the user may not read what is on it."""
        return record.web_read(self.get_spec(record.browse(), "form", view_id))[0]

    def open_list(self, model, domain, view_type="list", view_id=False, limit=80):
        """Open a list or kanban of records."""
        return model.web_search_read(domain, self.get_spec(model, view_type, view_id), limit=limit)["records"]

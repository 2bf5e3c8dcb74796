import base64
import json

from odoo import api, fields, models

from ..tools import FORMAT, FORMAT_VERSION
from .requests import check_one

# Criteria of a template: entry of the file, and the field.
CRITERIA = {
    "products": "product_ids",
    "boms": "bom_ids",
    "categories": "product_category_ids",
    "operation_types": "picking_type_ids",
}
# References of a control point or a level: field, and entry of the file. All others have the field's name.
POINT_REFERENCES = {
    "operation_ids": "operations",
    "group_id": "group",
    "user_ids": "users",
    "escalation_group_id": "escalation_group",
}


class MrpClosureTemplate(models.Model):
    """A template as a JSON file, with names instead of ids, to be imported elsewhere."""

    _inherit = "mrp.closure.template"

    export_file = fields.Binary(compute="_compute_export_file", groups="mrp_workorder_closure.group_manager")
    export_filename = fields.Char(compute="_compute_export_file", groups="mrp_workorder_closure.group_manager")

    @api.depends("name")
    def _compute_export_file(self):
        for template in self:
            text = json.dumps(template._export_data(), ensure_ascii=False, indent=2) if template.id else ""
            template.export_file = base64.b64encode(text.encode())
            template.export_filename = f"{template.name or ''}.json".replace("/", "-")

    def action_export(self):
        """Download the template as a JSON file.

        :raises AccessError: when the user is not a closure manager
        """
        check_one(self)
        self._check_is_manager(self.env._("export"))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/export_file?filename_field=export_filename&download=true",
            "target": "download",
        }

    def _export_data(self):
        """The template as plain data, as ``tools.parse_template_file`` reads it."""
        self.ensure_one()
        self.flush_recordset(["name"])
        name = self._fields["name"]._get_stored_translations(self)
        points = self.env["mrp.closure.point"]._read_requirements(self).get(self.id, [])
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "name": self._keep_installed(name),
            "sequence": self.sequence,
            "include_subcontracting": self.include_subcontracting,
            "criteria": {
                entry: [self._get_portable_name(record) for record in self[field]] for entry, field in CRITERIA.items()
            },
            "points": [self._export_point(point) for point in points],
        }

    def _export_point(self, point):
        return self._export_requirement(self.env["mrp.closure.point"], point)

    def _export_requirement(self, model, line):
        data = {}
        for name in model._get_requirement_fields():
            field, value = model._fields[name], line[name]
            entry = POINT_REFERENCES.get(name, name)
            if field.type == "many2many":
                records = self.env[field.comodel_name].browse(value).exists()
                data[entry] = [self._get_portable_name(record) for record in records]
            elif field.type == "many2one":
                data[entry] = self._get_portable_name(self.env[field.comodel_name].browse(value)) if value else ""
            else:
                data[entry] = self._keep_installed(value) if field.translate else value
        return data

    @api.model
    def _keep_installed(self, translations):
        """Texts in the installed languages, and as they were first written."""
        installed = {"en_US", *(code for code, _name in self.env["res.lang"].get_installed())}
        return {lang: text for lang, text in translations.items() if lang in installed}

    @api.model
    def _get_portable_name(self, record):
        """What names a record in a file: the same in every database and language."""
        record = record.with_context(lang="en_US")
        return getattr(self, f"_get_portable_name_{record._table}")(record)

    def _get_portable_name_product_product(self, product):
        return {"code": product.default_code or "", "name": product.name}

    def _get_portable_name_product_category(self, category):
        return category.complete_name

    def _get_portable_name_stock_picking_type(self, picking_type):
        return {"name": picking_type.name, "warehouse": picking_type.warehouse_id.code or ""}

    def _get_portable_name_mrp_bom(self, bom):
        product = bom.product_id or bom.product_tmpl_id
        return {"code": bom.code or "", "product": {"code": product.default_code or "", "name": product.name}}

    def _get_portable_name_mrp_routing_workcenter(self, operation):
        return {"bom": self._get_portable_name_mrp_bom(operation.bom_id), "operation": operation.name}

    def _get_portable_name_res_groups(self, group):
        # In sudo: the file names the group of a point that the manager sees, nothing else of it.
        return group.get_external_id()[group.id] or group.sudo().full_name

    def _get_portable_name_res_users(self, user):
        return user.login

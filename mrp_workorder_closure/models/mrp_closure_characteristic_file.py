from odoo import Command, api, models

from .mrp_closure_characteristic import PLAIN_FIELDS


class MrpClosureTemplate(models.Model):
    """Characteristics travel in the files of templates, without their pictures."""

    _inherit = "mrp.closure.template"

    def _export_point(self, point):
        translated = self.env["mrp.closure.characteristic"]._fields
        return {
            **super()._export_point(point),
            "characteristics": [
                {
                    name: self._keep_installed(each[name]) if translated[name].translate else each[name]
                    for name in PLAIN_FIELDS
                }
                for each in point["characteristic_ids"]
            ],
        }

    @api.model
    def _get_file_choices(self):
        point, characteristic = self.env["mrp.closure.point"], self.env["mrp.closure.characteristic"]
        fields = {
            "scope": point._fields["scope"],
            "sampling": point._fields["sampling"],
            "characteristic_kind": characteristic._fields["kind"],
            "limits": characteristic._fields["limits"],
        }
        choices = {name: [value for value, _label in field.selection] for name, field in fields.items()}
        return {**super()._get_file_choices(), **choices}

    @api.model
    def _prepare_point(self, point, entry, company, known):
        fields = self.env["mrp.closure.characteristic"]._fields
        commands = [
            Command.create(
                {
                    name: self._get_source_text(each[name]) if fields[name].translate else each[name]
                    for name in PLAIN_FIELDS
                }
            )
            for each in point["characteristics"]
        ]
        return {**super()._prepare_point(point, entry, company, known), "characteristic_ids": commands}

    @api.model
    def _import_data(self, data, company, extra_vals):
        template = super()._import_data(data, company, extra_vals)
        for point, entries in zip(template.point_ids.sorted("id"), data["points"], strict=True):
            template._set_translations(point.characteristic_ids.sorted("id"), entries["characteristics"])
        return template

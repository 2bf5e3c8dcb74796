from odoo import Command, api, models


class MrpClosureTemplate(models.Model):
    """Approval levels travel in the files of templates."""

    _inherit = "mrp.closure.template"

    def _export_data(self):
        level_model = self.env["mrp.closure.level"]
        levels = level_model._read_requirements(self).get(self.id, [])
        return {
            **super()._export_data(),
            "auto_close": self.auto_close,
            "levels": [self._export_requirement(level_model, level) for level in levels],
        }

    @api.model
    def _import_data(self, data, company, extra_vals):
        importer, known = self.with_company(company), {}
        levels = [
            Command.create(
                importer._prepare_requirement(self.env["mrp.closure.level"], level, f"levels {number}", company, known)
            )
            for number, level in enumerate(data["levels"], 1)
        ]
        template = super()._import_data(
            data, company, {**extra_vals, "auto_close": data["auto_close"], "level_ids": levels}
        )
        template._set_translations(template.level_ids.sorted("id"), data["levels"])
        return template

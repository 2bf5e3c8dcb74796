from pathlib import Path

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.tools import file_path

from .requests import check_one

STANDARD = "mrp_workorder_closure/data/library/four_departments.json"


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

    def action_add_standard_levels(self):
        """Add the levels production, quality, warehouse and finance, one after the other.

        :raises AccessError: when the user is not a closure manager
        :raises UserError: when the template has levels already
        """
        check_one(self)
        self._check_is_manager(self.env._("add levels to"))
        if self.level_ids:
            raise UserError(
                self.env._(
                    "To add the four levels to %(template)s, remove its levels first: it has some.", template=self.name
                )
            )
        data = self._parse_file(Path(file_path(STANDARD)).read_bytes())
        level_model, known = self.env["mrp.closure.level"], {}
        template = self.with_context(lang="en_US")
        template.level_ids = [
            Command.create(self._prepare_requirement(level_model, level, "levels", self.company_id, known))
            for level in data["levels"]
        ]
        template._set_translations(template.level_ids.sorted("id"), data["levels"])
        return True

import json
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_path

from ..models.requests import check_one

LIBRARY = "mrp_workorder_closure/data/library"


class MrpClosureLibrary(models.TransientModel):
    """Ready templates to start from: one record for each, made when the library is opened."""

    _name = "mrp.closure.library"
    _description = "Library of closure templates"
    _order = "id"

    key = fields.Char(required=True, readonly=True)
    name = fields.Char(readonly=True)
    description = fields.Char(readonly=True)
    point_count = fields.Integer(string="Control Points", readonly=True)

    @api.model
    def action_open(self):
        """Show the library in a dialog.

        :raises AccessError: when the user is not a closure manager
        """
        self.env["mrp.closure.template"]._check_is_manager(self.env._("add"))
        entries = self.create(
            [
                {
                    "key": key,
                    "name": self._get_text(data["name"]),
                    "description": self._get_text(data["description"]),
                    "point_count": len(data["points"]),
                }
                for key, data in self._read_library().items()
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New from Library"),
            "res_model": self._name,
            "views": [(False, "kanban")],
            "target": "new",
            "domain": [("id", "in", entries.ids)],
        }

    def action_use(self):
        """Make a template from the chosen entry and open it.

        It is archived: without criteria it would cover every order of the company at once.

        :raises AccessError: when the user is not a closure manager
        :raises UserError: when the company already has a template of that name
        """
        check_one(self)
        path = self._get_files().get(self.key)
        if not path:
            raise UserError(self.env._("To add a template from the library, choose one of those it shows."))
        template_model = self.env["mrp.closure.template"]
        return template_model._import_file(path.read_bytes(), self.env.company, active=False)._get_form_action()

    @api.model
    def _read_library(self):
        """``{key: data}`` of the templates that come with the application."""
        return {key: json.loads(path.read_bytes()) for key, path in self._get_files().items()}

    @api.model
    def _get_files(self):
        return {path.stem: path for path in sorted(Path(file_path(LIBRARY)).glob("*.json"))}

    @api.model
    def _get_text(self, translations):
        return translations.get(self.env.lang) or translations["en_US"]

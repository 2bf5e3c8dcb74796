from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.requests import check_one


class MrpClosureVersionMove(models.TransientModel):
    """Say what a version changes for open closures, then move them to it."""

    _name = "mrp.closure.version.move"
    _description = "Move open closures to a version"
    _inherit = ["mrp.closure.dialog"]

    version_id = fields.Many2one("mrp.closure.template.version", required=True, readonly=True)
    template_id = fields.Many2one(related="version_id.template_id")
    closure_count = fields.Integer(string="Open Closures", compute="_compute_closure_count")
    line_ids = fields.One2many("mrp.closure.version.move.line", "move_id", readonly=True)

    @api.depends("version_id")
    def _compute_closure_count(self):
        for move in self:
            move.closure_count = len(move._get_closures())

    @api.model
    def _get_dialog(self, version):
        """Window action of the preview for a version."""
        move = self.create({"version_id": version.id})
        move.line_ids = [fields.Command.create(vals) for vals in move._prepare_lines()]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move Open Closures to Version %(number)s", number=version.number),
            "res_model": self._name,
            "res_id": move.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _get_closures(self):
        """Open closures of other versions, those that the user may see."""
        return self.env["mrp.closure"].search(
            [
                ("template_id", "=", self.version_id.template_id.id),
                ("state", "=", "open"),
                ("template_version_id", "!=", self.version_id.id),
            ]
        )

    def _prepare_lines(self):
        version = self.version_id
        return [
            {
                "version_id": old.id,
                "closure_count": len(closures),
                "change": change.kind,
                "requirement": version._get_text((change.new or change.old)["name"]),
                "details": version._describe_change(change),
            }
            for old, closures in self._get_closures().grouped("template_version_id").items()
            for change in old._get_changes(version) + old._get_level_changes(version)
        ]

    def action_confirm(self):
        """Move the open closures to the version that was shown.

        :raises AccessError: when the user is not a closure manager
        :raises UserError: when the template has changed since the preview
        """
        check_one(self)
        template, version = self.template_id, self.version_id
        template._check_is_manager(self.env._("move the closures of"))
        if template._get_current_version() != version.sudo():
            raise UserError(
                self.env._(
                    "To move the closures of %(template)s, look at the changes again: "
                    "the template was changed meanwhile.",
                    template=template.name,
                )
            )
        # In sudo: the manager may write the template, and read these closures.
        self._get_closures().sudo()._move_to_version(version.sudo())
        return {"type": "ir.actions.act_window_close"}


class MrpClosureVersionMoveLine(models.TransientModel):
    """One difference between the version of some open closures and the new one."""

    _name = "mrp.closure.version.move.line"
    _description = "Change of a requirement"
    _inherit = ["mrp.closure.dialog"]

    move_id = fields.Many2one("mrp.closure.version.move", required=True, ondelete="cascade", index=True)
    version_id = fields.Many2one("mrp.closure.template.version")
    version_number = fields.Integer(related="version_id.number", string="From Version")
    closure_count = fields.Integer(string="Closures")
    change = fields.Selection([("added", "Added"), ("changed", "Changed"), ("removed", "Removed")])
    requirement = fields.Char()
    details = fields.Text(string="What Changes")

import base64
import binascii

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.requests import check_one
from ..tools import MAX_BYTES


class MrpClosureTemplateImport(models.TransientModel):
    """Upload a template that was exported as a JSON file."""

    _name = "mrp.closure.template.import"
    _description = "Import a closure template"

    file = fields.Binary(required=True, attachment=False)
    filename = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)

    def action_import(self):
        """Make the template and open it.

        :raises AccessError: when the user is not a closure manager
        :raises UserError: in one sentence, for a file that cannot be imported
        """
        check_one(self)
        template_model = self.env["mrp.closure.template"]
        template_model._check_is_manager(self.env._("import"))
        uploaded = self.with_context(bin_size=False).file
        if len(uploaded) > MAX_BYTES * 2:
            raise UserError(
                self.env._("To import a template, choose a file of at most %(value)s kB.", value=MAX_BYTES // 1000)
            )
        try:
            content = base64.b64decode(uploaded)
        except binascii.Error as error:
            raise UserError(self.env._("To import a template, upload its file again: it arrived damaged.")) from error
        return template_model._import_file(content, self.company_id)._get_form_action()

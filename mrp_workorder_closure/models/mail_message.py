from odoo import api, models
from odoo.exceptions import AccessError

WORDING = frozenset(
    {"body", "subject", "author_id", "email_from", "date", "message_type", "subtype_id", "model", "res_id"}
)


class MailMessage(models.Model):
    """What actions noted on evidence keeps its words, also for whoever acted.

    Core lets authors rewrite their messages, and who acts is the author of the note about it.
    Comments stay their author's own.
    """

    _inherit = "mail.message"

    def write(self, vals):
        if not self.env.su and not WORDING.isdisjoint(vals):
            self._check_notes_stay()
        return super().write(vals)

    def _check_notes_stay(self):
        # In sudo: what kind of note it is decides, not who may read it.
        notes = self.sudo().filtered(
            lambda note: note.message_type != "comment" and self._is_about_evidence(note.model)
        )
        if notes:
            raise AccessError(
                self.env._(
                    "To add to the history of %(records)s, write another note: what was done is recorded for good.",
                    records=", ".join(notes.mapped(lambda note: note.record_name or "")),
                )
            )

    @api.model
    def _is_about_evidence(self, model):
        return model in self.env and issubclass(type(self.env[model]), type(self.env["mrp.closure.evidence"]))

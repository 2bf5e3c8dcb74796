from odoo import fields, models

from ..tools import DeliveryError


class MailMail(models.Model):
    _inherit = "mail.mail"

    closure_message_id = fields.Many2one(
        "mrp.closure.message", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """A mail of a channel that could not be sent is one of the messages that were given up."""
        if failure_type:
            for mail in self.filtered("closure_message_id"):
                labels = dict(self._fields["failure_type"]._description_selection(self.env))
                reason = failure_reason or mail.failure_reason or labels.get(failure_type, failure_type)
                mail.closure_message_id._give_up(DeliveryError("mail", text=reason))
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)

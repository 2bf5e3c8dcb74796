from odoo import models

ACTIVITY = "mail.mail_activity_data_todo"


class MrpClosureNonconformity(models.Model):
    """Who decided is told when what was decided no longer holds."""

    _inherit = "mrp.closure.nonconformity"

    def _tell_deciders(self, texts, deciders=None):
        """Leave a note and an activity; the activity goes by itself once it is decided again.

        :param texts: ``{nonconformity: sentence}``
        :param deciders: users to tell; those whose decisions are in force unless given
        """
        for nonconformity, text in texts.items():
            standing = nonconformity.disposition_ids.filtered(lambda line: line.status != "withdrawn")
            users = standing.decided_by_id if deciders is None else deciders
            users = users.filtered("active") or nonconformity.closure_id.user_id.filtered("active")
            nonconformity.message_post(body=text)
            # In sudo and without mail: whoever moved the goods may not assign work to others.
            quiet = nonconformity.sudo().with_context(mail_activity_quick_update=True)
            for user in users:
                quiet.activity_schedule(ACTIVITY, summary=text, user_id=user.id)

    def _set_state(self, state, **stamps):
        result = super()._set_state(state, **stamps)
        self._settle_told()
        return result

    def _settle_told(self):
        """What was told is answered once everything is decided and fits."""
        answered = self.filtered(lambda kept: kept.state in ("dispositioned", "closed") and not kept.is_excessive)
        if answered:
            # In sudo: it was assigned by the system, to whoever decided before.
            answered.sudo().activity_unlink([ACTIVITY])

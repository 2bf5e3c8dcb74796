from contextlib import suppress

from odoo import models
from odoo.exceptions import MissingError


class MrpClosure(models.Model):
    """The history of closures: what changed on many of them is noted at once."""

    _inherit = "mrp.closure"

    def _message_track(self, fields_iter, initial_values_dict):
        """As in core, which writes the messages of a hundred closures one after the other.

        What others add to such messages (a subtype, a text, an author) is left to core.
        """
        if len(self) < 2:
            return super()._message_track(fields_iter, initial_values_dict)
        tracked = self.fields_get(fields_iter, attributes=("string", "type", "selection", "currency_field"))
        tracking = {}
        for closure in self:
            # Deleted in the meantime.
            with suppress(MissingError):
                tracking[closure.id] = closure._mail_track(tracked, initial_values_dict[closure.id])
        changed = self.browse([closure_id for closure_id, (_names, vals) in tracking.items() if vals])
        if len(changed) < 2 or changed._has_words_of_its_own(tracking, initial_values_dict):
            return super()._message_track(fields_iter, initial_values_dict)
        messages = changed._message_log_batch({})
        # In sudo: the trail is kept whoever changed the closure.
        self.env["mail.tracking.value"].sudo().create(
            [
                {**vals, "mail_message_id": message.id}
                for message in messages
                for _command, _id, vals in tracking[message.res_id][1]
            ]
        )
        return tracking

    def _has_words_of_its_own(self, tracking, initial_values_dict):
        """Whether a message about one of these closures says more than what changed."""
        data = self.env.cr.precommit.data
        if data.get(f"mail.tracking.message.{self._name}") or data.get(f"mail.tracking.author.{self._name}"):
            return True
        return any(
            closure._track_subtype({name: initial_values_dict[closure.id][name] for name in tracking[closure.id][0]})
            or closure._track_get_default_log_message(tracking[closure.id][0])
            for closure in self
        )

from odoo import models

# Where notes wait while the changes of many closures are tracked.
WAITING = "mrp_workorder_closure.notes"


class MrpClosure(models.Model):
    """Notes of changes are written for all closures at once; core writes each in two statements of its own."""

    _inherit = "mrp.closure"

    def _message_track(self, fields_iter, initial_values_dict):
        waiting = self.env.cr.precommit.data
        waiting[WAITING] = []
        try:
            result = super()._message_track(fields_iter, initial_values_dict)
        finally:
            notes = waiting.pop(WAITING)
        self._write_notes(notes)
        return result

    def _message_log(self, **kwargs):
        notes = self.env.cr.precommit.data.get(WAITING)
        if notes is None:
            return super()._message_log(**kwargs)
        notes.append((self, kwargs))
        return self.env["mail.message"]

    def _write_notes(self, notes):
        """Write notes as ``_message_log`` would: those of one author in one batch, then what they track."""
        batches = {}
        for closure, kwargs in notes:
            batches.setdefault(kwargs.get("author_id"), []).append((closure, kwargs))
        tracked = []
        for author_id, batch in batches.items():
            closures = self.browse([closure.id for closure, _kwargs in batch])
            bodies = {closure.id: kwargs.get("body") or "" for closure, kwargs in batch}
            messages = closures._message_log_batch(bodies, author_id=author_id)
            for message, (closure, kwargs) in zip(messages, batch, strict=True):
                tracked += [
                    {**vals, "mail_message_id": message.id} for _command, _id, vals in kwargs["tracking_value_ids"]
                ]
                message._invalidate_documents(closure._name, closure.id)
        # In sudo, as core: what was tracked is written whoever made the change.
        self.env["mail.tracking.value"].sudo().create(tracked)

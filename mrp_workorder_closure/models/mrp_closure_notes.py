from odoo import models

# Where notes wait while the changes of many records are tracked.
WAITING = "mrp_workorder_closure.notes"
TRACKED = {"body", "author_id", "tracking_value_ids"}


class MrpClosureNotes(models.AbstractModel):
    """Notes of changes are written for all records at once; core writes each in two statements of its own."""

    _name = "mrp.closure.notes"
    _description = "Notes of changes"
    _inherit = ["mail.thread"]

    def _message_track(self, fields_iter, initial_values_dict):
        waiting, key, notes = self.env.cr.precommit.data, (WAITING, self._name), []
        outer = waiting.get(key)
        waiting[key] = notes
        try:
            result = super()._message_track(fields_iter, initial_values_dict)
        finally:
            waiting[key] = outer
        self._write_notes(notes)
        return result

    def _message_log(self, **kwargs):
        notes = self.env.cr.precommit.data.get((WAITING, self._name))
        if notes is None or not kwargs.get("tracking_value_ids") or not TRACKED.issuperset(kwargs):
            return super()._message_log(**kwargs)
        notes.append((self, kwargs))
        return self.env["mail.message"]

    def _write_notes(self, notes):
        """Write notes as ``_message_log`` would: those of one author in one batch, then what they track."""
        batches = {}
        for record, kwargs in notes:
            batches.setdefault(kwargs.get("author_id"), []).append((record, kwargs))
        tracked = []
        for author_id, batch in batches.items():
            records = self.browse([record.id for record, _kwargs in batch])
            bodies = {record.id: kwargs.get("body") or "" for record, kwargs in batch}
            messages = records._message_log_batch(bodies, author_id=author_id)
            for message, (record, kwargs) in zip(messages, batch, strict=True):
                tracked += [
                    {**vals, "mail_message_id": message.id} for _command, _id, vals in kwargs["tracking_value_ids"]
                ]
                message._invalidate_documents(record._name, record.id)
        # In sudo, as core: what was tracked is written whoever made the change.
        self.env["mail.tracking.value"].sudo().create(tracked)

from markupsafe import Markup

from odoo import models

# What an answer depends on: where one of these changes, it is taken back.
VERDICT_FIELDS = frozenset("kind severity min_value max_value unit tolerance_pct signature_required".split())


class MrpClosure(models.Model):
    """Moving open closures to another version of their template."""

    _inherit = "mrp.closure"

    def _move_to_version(self, version):
        """Bring closures to a version, with their checks; each closure's history says what changed.

        The caller has checked who may do it. Answers that rest on something that changed
        are taken back, and stay in the history of their check.
        """
        moving = self.filtered(lambda closure: closure.template_version_id != version)
        moving._lock()
        moving._check_state("open", self.env._("move to another version"))
        notes = {}
        for old, closures in moving.grouped("template_version_id").items():
            changes = old._get_changes(version)
            closures._write_evidence({"template_version_id": version.id})
            closures._apply_changes(changes, version)
            note = closures._describe_move(old, version, changes + old._get_level_changes(version))
            notes.update(dict.fromkeys(closures.ids, note))
        self.env["mrp.closure.check"]._sync_checks(moving)
        moving._message_log_batch(bodies=notes)
        moving.action_refresh()

    def _describe_move(self, old, version, changes):
        """Chatter message: what was added, changed and removed."""
        labels = {
            "added": self.env._("Added"),
            "changed": self.env._("Changed"),
            "removed": self.env._("Removed"),
        }
        lines = Markup().join(
            Markup("<li>%s</li>")
            % ": ".join(
                part
                for part in (
                    labels[change.kind],
                    version._get_text((change.new or change.old)["name"]),
                    version._describe_change(change),
                )
                if part
            )
            for change in changes
        )
        title = self.env._(
            "Moved from version %(old)s to version %(new)s of %(template)s.",
            old=old.number,
            new=version.number,
            template=version.template_id.name,
        )
        return Markup("%s<ul>%s</ul>") % (title, lines)

    def _apply_changes(self, changes, version):
        """What is no longer asked for is retired; what changed is taken over, and answers
        that rested on it are taken back."""
        by_ref = {change.ref: change for change in changes}
        retired = taken_back = changed = self.env["mrp.closure.check"]
        for check in self.check_ids.filtered(lambda check: check.point_ref in by_ref):
            change = by_ref[check.point_ref]
            if change.kind == "removed" or ("operation_ids" in change.fields and not check._is_target(change.new)):
                retired |= check
                continue
            changed |= check
            asked_anew = "operation_ids" in change.fields and not check._is_target(change.old)
            if check.state != "todo" and (asked_anew or not VERDICT_FIELDS.isdisjoint(change.fields)):
                taken_back |= check
        retired._retire(version)
        taken_back._take_back(version)
        changed._take_over(by_ref)


class MrpClosureCheck(models.Model):
    """What a new version of the template does to a check."""

    _inherit = "mrp.closure.check"

    def _retire(self, version):
        """The requirement is gone: the check stays on record as not applicable."""
        text = self.env._("Not asked for since version %(number)s of the template", number=version.number)
        self._message_log_batch(bodies=dict.fromkeys(self.ids, text))
        waiver = dict.fromkeys(("waived_by_id", "waiver_reason", "waived_figures"), False)
        self._write_evidence({"state": "not_applicable", "message": text, **waiver})

    def _is_target(self, point):
        return self.workorder_id in self._get_targets(point, self.production_id.workorder_ids)

    def _take_back(self, version):
        """Undo answers, and keep them in the history."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        bodies = {}
        for check in self:
            bodies[check.id] = self.env._(
                "Taken back by version %(number)s of the template. Earlier answer: %(state)s, %(details)s",
                number=version.number,
                state=labels[check.state],
                details=", ".join(filter(None, [check.message, check.waiver_reason, check.done_by_id.name])) or "–",
            )
        self._message_log_batch(bodies=bodies)
        self._write_evidence(
            {
                "state": "todo",
                "value": 0.0,
                "message": False,
                "done_by_id": False,
                "done_at": False,
                "signed_name": False,
                "waived_by_id": False,
                "waiver_reason": False,
                "waived_figures": False,
            }
        )

    def _take_over(self, changes):
        """Write what changed. An answer that stands keeps the words it was given to."""
        points = self._get_live_points([change.new for change in changes.values() if change.kind == "changed"])
        for point in points:
            checks = self.filtered(lambda check, ref=point["id"]: check.point_ref == ref)
            fields_changed = changes[point["id"]].fields
            if checks:
                vals = self._prepare_requirement_vals(point)
                taken_over = {name: value for name, value in vals.items() if name in fields_changed}
                # Without figures the next refresh words the finding anew: it holds the requirement's name.
                checks._write_evidence({**taken_over, "figures": False})
            if "deadline_hours" in fields_changed:
                for check in checks:
                    check._write_evidence({"deadline": self._get_deadline(point, check.closure_id)})
        unanswered = self.filtered(lambda check: check.state == "todo")
        if unanswered:
            unanswered._copy_texts_of_version()

from odoo import models

from .mrp_closure_characteristic import PLAIN_FIELDS

# What decides how much is inspected, and what results of a characteristic are judged by.
PLANNED_FROM = frozenset("scope sampling aql sample_value per_serial".split())
JUDGED_BY = tuple(name for name in PLAIN_FIELDS if name not in ("sequence", "target", "name", "instructions"))
OVERALL = {"id": 0}


class MrpClosureCheck(models.Model):
    """What a new version of the template does to inspections."""

    _inherit = "mrp.closure.check"

    def _retire(self, version):
        """Nothing is inspected for a requirement that is gone; what was decided stays on record."""
        result = super()._retire(version)
        self.inspection_ids.filtered(lambda inspection: inspection.state == "todo")._set_aside(
            self.env._("Set aside: not asked for since version %(number)s of the template.", number=version.number)
        )
        return result

    def _take_over(self, changes):
        """Inspections ask for what the new version asks for."""
        result = super()._take_over(changes)
        for ref, checks in self.grouped("point_ref").items():
            if "inspection" in (changes[ref].old["kind"], changes[ref].new["kind"]):
                checks._change_inspections(changes[ref])
        return result

    def _change_inspections(self, change):
        """Bring the inspections of one control point to its new version; the plans follow when they are synced.

        A verdict stands, in its words, as long as plan and limits are the same.
        """
        number = self.closure_id.template_version_id[:1].number
        inspections = self.with_context(active_test=False).inspection_ids
        added, stale = self._compare_characteristics(change)
        if added or stale or not PLANNED_FROM.isdisjoint(change.fields):
            inspections._withdraw(
                self.env._("version %(number)s of the template asks for something else", number=number)
            )
        undecided = inspections.filtered(lambda inspection: inspection.state == "todo")
        if not {"scope", "per_serial", "kind"}.isdisjoint(change.fields):
            undecided.filtered("active")._set_aside(
                self.env._("Set aside: version %(number)s of the template plans anew.", number=number)
            )
        if undecided:
            undecided._write_evidence({name: change.new[name] for name in ("scope", "sampling", "aql")})
            undecided._copy_names()
            undecided._change_lines(change.new, added, stale, number)

    def _compare_characteristics(self, change):
        """Ids of characteristics to inspect anew, and of those whose results no longer count."""
        old, new = (
            {each["id"]: each for each in point["characteristic_ids"] or [OVERALL]}
            for point in (change.old, change.new)
        )
        changed = {
            ref
            for ref in new.keys() & old.keys()
            if any(old[ref].get(name) != new[ref].get(name) for name in JUDGED_BY)
        }
        return new.keys() - old.keys() | changed, old.keys() - new.keys() | changed


class MrpClosureInspection(models.Model):
    """Lines of undecided inspections after their template changed."""

    _inherit = "mrp.closure.inspection"

    def _change_lines(self, point, added, stale, number):
        """Set aside lines whose characteristic is gone or judged otherwise, and make those that lack.

        :param point: the control point as plain data
        :param added: ids of characteristics that need a line
        :param stale: ids of characteristics whose lines no longer count
        :param number: number of the version, for the history
        """
        gone = self.line_ids.filtered(lambda line: line.characteristic_ref in stale)
        bodies = {}
        for line in gone.filtered("inspected"):
            bodies.setdefault(line.inspection_id.id, []).append(f"{line.display_name}: {line._describe_counts()}")
        title = self.env._("Set aside by version %(number)s of the template", number=number)
        if bodies:
            self.browse(bodies)._message_log_batch(
                bodies={key: f"{title}: {'; '.join(texts)}" for key, texts in bodies.items()}
            )
        gone._write_evidence({"active": False})
        characteristics = point["characteristic_ids"] or [OVERALL]
        for each in characteristics:
            kept = self.line_ids.filtered(lambda line, ref=each["id"]: line.characteristic_ref == ref)
            kept._write_evidence({name: each[name] for name in ("sequence", "target") if name in each})
        self.line_ids._copy_texts_of_version()
        missing = [each for each in characteristics if each["id"] in added]
        if missing:
            alive = self.check_id._get_alive_characteristics(dict.fromkeys(self.check_id, point))
            self._make_lines(dict.fromkeys(self, missing), alive)

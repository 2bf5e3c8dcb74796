from collections import namedtuple

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.tools import SQL, html2plaintext

from ..tools import to_decimal
from .mrp_closure import MANAGER
from .requests import check_one

# One difference between two versions: kind is added, changed or removed; ``old`` and ``new``
# are requirements as plain data, None where there is none; ``fields`` are the names that differ;
# ``model`` is what the requirement is: a control point or a level.
Change = namedtuple("Change", "kind ref old new fields model")


class MrpClosureTemplateVersion(models.Model):
    """What a template required at some time, as plain data. Never changed, never deleted.

    A version is recorded when a closure needs it and the template says something else
    than its latest version. Closures keep the version they began with.
    """

    _name = "mrp.closure.template.version"
    _description = "Closure template version"
    _inherit = ["mrp.closure.evidence"]
    _order = "template_id, number desc"
    _rec_name = "number"

    template_id = fields.Many2one("mrp.closure.template", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    number = fields.Integer(string="Version", required=True, readonly=True)
    content = fields.Json(
        required=True,
        readonly=True,
        prefetch=False,
        help="The control points, with their texts in all languages.",
    )

    _number_uniq = models.Constraint("UNIQUE(template_id, number)", "This version is already recorded.")

    @api.depends("number", "template_id.name")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(template)s, version %(number)s", template=version.template_id.name, number=version.number
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        # What closures were held to stays on record.
        raise AccessError(
            self.env._(
                "To keep the evidence of %(versions)s, leave it in place: versions are never deleted.",
                versions=", ".join(self.sudo().mapped("display_name")),
            )
        )

    @tools.ormcache("self.id")
    def _get_content(self):
        """The content, read once in a process: it never changes, and each read of the field copies all of it.

        Callers leave it as it is.
        """
        return self.content

    def _get_points(self):
        """``{point id: requirement as plain data}``, in their order."""
        self.ensure_one()
        return {point["id"]: point for point in self._get_content()["points"]}

    def _get_levels(self):
        """The approval levels as plain data, in their order; empty where nobody has to approve."""
        self.ensure_one()
        return self._get_content().get("levels", [])

    def _get_changes(self, newer):
        """What a closure of this version has to take over to be of the newer one: list of Change."""
        return self._compare("mrp.closure.point", self._get_points(), newer._get_points())

    def _get_level_changes(self, newer):
        """What a closure's next submission asks of other people in the newer version: list of Change."""
        old, new = ({level["id"]: level for level in version._get_levels()} for version in (self, newer))
        return self._compare("mrp.closure.level", old, new)

    @api.model
    def _compare(self, model, old_lines, new_lines):
        changes = []
        for ref, new in new_lines.items():
            old = old_lines.get(ref)
            differing = [name for name in new if old and name != "id" and old.get(name) != new[name]]
            if old is None or differing:
                changes.append(Change("changed" if old else "added", ref, old, new, differing, model))
        return changes + [
            Change("removed", ref, old, None, [], model) for ref, old in old_lines.items() if ref not in new_lines
        ]

    @api.model
    def _describe_change(self, change):
        """The change in words: each field from what to what; empty for added and removed ones."""
        texts = []
        for name in change.fields:
            field = self.env[change.model]._fields[name]
            old, new = (self._describe_value(field, line.get(name)) for line in (change.old, change.new))
            label = field._description_string(self.env)
            if old == new:
                texts.append(self.env._("%(field)s: translated", field=label))
            else:
                texts.append(self.env._("%(field)s: %(old)s → %(new)s", field=label, old=old, new=new))
        return "; ".join(texts)

    @api.model
    def _describe_value(self, field, value):
        if field.type in ("char", "html") and field.translate:
            text = html2plaintext(self._get_text(value)) if field.type == "html" else self._get_text(value)
            return f"{text[:80]}…" if len(text) > 80 else text or "–"
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type == "float":
            return f"{to_decimal(value or 0).normalize():f}"
        if field.relational:
            ids = value if isinstance(value, list) else [value] if value else []
            # In sudo: names only, of records that whoever reads the template sees on it anyway.
            records = self.env[field.comodel_name].sudo().browse(ids).exists()
            return ", ".join(records.mapped("display_name")) or "–"
        return str(value or 0) if field.type == "integer" else value or "–"

    @api.model
    def _get_text(self, translations):
        """The text in the user's language, else as it was written."""
        translations = translations or {}
        return translations.get(self.env.lang or "en_US") or translations.get("en_US") or ""


class MrpClosureTemplate(models.Model):
    """Versions of a template."""

    _inherit = "mrp.closure.template"

    recorded_version = fields.Integer(copy=False, readonly=True, help="Number of the latest recorded version.")
    version = fields.Integer(
        compute="_compute_version",
        help="The version that the next closure gets. A change of a control point raises it.",
    )
    version_ids = fields.One2many("mrp.closure.template.version", "template_id", string="Recorded Versions")
    outdated_closure_count = fields.Integer(compute="_compute_version")

    @api.depends("point_ids", "recorded_version")
    def _compute_version(self):
        saved = self._origin
        latest, contents = saved._get_latest_versions(), saved._read_contents()
        counts = {}
        for template, version, count in self.env["mrp.closure"]._read_group(
            [("template_id", "in", saved.ids), ("state", "=", "open")],
            ["template_id", "template_version_id"],
            ["__count"],
        ):
            counts.setdefault(template.id, {})[version.id] = count
        for template in self:
            version_id, number, content = latest.get(template._origin.id, (False, 0, None))
            is_recorded = content == contents.get(template._origin.id)
            template.version = number if is_recorded else number + 1
            template.outdated_closure_count = sum(
                count
                for used_id, count in counts.get(template._origin.id, {}).items()
                if not is_recorded or used_id != version_id
            )

    def action_move_open_closures(self):
        """Show what the current version changes for open closures of earlier ones, and offer to move them.

        :return: window action of the preview
        :raises AccessError: when the user is not a closure manager
        """
        check_one(self)
        self._check_is_manager(self.env._("move the closures of"))
        return self.env["mrp.closure.version.move"]._get_dialog(self._get_current_version())

    def _get_current_version(self):
        """The version of one template that holds now."""
        self.ensure_one()
        return self._get_current_versions()[self]

    def _get_current_versions(self):
        """The versions that hold now; records those that are new. Three queries for all templates.

        The number is written on the template first: of two transactions that record a
        version of one template, the later fails with a serialization error and is run again.

        :return: ``{template: version}``, in sudo
        """
        # In sudo: whoever confirms an order needs the version of its template recorded.
        templates = self.sudo()
        latest, contents = templates._get_latest_versions(), templates._read_contents()
        version_model = self.env["mrp.closure.template.version"].sudo()
        versions, changed = {}, []
        for template in templates:
            version_id, _number, content = latest.get(template.id, (False, 0, None))
            versions[template] = version_model.browse(version_id)
            if content != contents[template.id]:
                changed.append(template)
        for template in changed:
            template.recorded_version = latest.get(template.id, (False, 0))[1] + 1
        templates.flush_recordset(["recorded_version"])
        recorded = version_model._create_evidence(
            [
                {
                    "template_id": template.id,
                    "number": template.recorded_version,
                    "content": contents[template.id],
                }
                for template in changed
            ]
        )
        return {**versions, **{version.template_id: version for version in recorded}}

    def _get_latest_versions(self):
        """``{template id: (version id, number, content)}`` of the templates that have versions."""
        # In sudo: numbers and contents are compared, whoever confirms an order or looks at a template.
        version_model = self.env["mrp.closure.template.version"].sudo()
        version_model.flush_model(["template_id", "number"])
        latest = SQL(
            """SELECT DISTINCT ON (template_id) id FROM mrp_closure_template_version
               WHERE template_id IN %s ORDER BY template_id, number DESC""",
            tuple(self.ids),
        )
        # Fetched as records, so that whoever makes checks of a version has it at hand.
        names = ["template_id", "number", "content"]
        versions = version_model.search_fetch([("id", "in", latest)], names) if self else version_model
        return {version.template_id.id: (version.id, version.number, version.content) for version in versions}

    def _read_contents(self):
        """``{template id: what the template requires, as plain data}``."""
        points = self.env["mrp.closure.point"]._read_requirements(self)
        return {template_id: {"points": points.get(template_id, [])} for template_id in self.ids}

    def _check_is_manager(self, act):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "To %(act)s %(templates)s, ask a manager of work order closure.",
                    act=act,
                    templates=", ".join(self.sudo().mapped("name")) or self.env._("a closure template"),
                )
            )
        self.check_access("write")

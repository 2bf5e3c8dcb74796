from odoo import api, models
from odoo.tools import SQL


class MrpClosureRequirement(models.AbstractModel):
    """Lines of a template as plain data: control points and approval levels.

    What ``_get_requirement_fields`` names makes up the versions and the files of a template.
    """

    _name = "mrp.closure.requirement"
    _description = "Requirement of a closure template"

    @api.model
    def _get_requirement_fields(self):
        """Fields that say what is required: they make up the versions and the files of a template."""
        return ()

    @api.model
    def _read_requirements(self, templates):
        """Lines of templates as plain data, texts with all their translations, in one query.

        :return: ``{template id: list of dicts}``; the dicts have ``id`` and the requirement fields
        """
        names = self._get_requirement_fields()
        if not templates.ids:
            return {}
        self.flush_model()
        columns = SQL(", ").join(self._get_requirement_sql(self._fields[name]) for name in names)
        rows = self.env.execute_query(
            SQL(
                """SELECT p.template_id, p.id, %s FROM %s p
                   WHERE p.template_id IN %s ORDER BY p.sequence, p.id""",
                columns,
                SQL.identifier(self._table),
                tuple(templates.ids),
            )
        )
        requirements = {}
        for template_id, ref, *values in rows:
            line = {
                name: self._get_plain_value(self._fields[name], value)
                for name, value in zip(names, values, strict=True)
            }
            requirements.setdefault(template_id, []).append({"id": ref, **line})
        return requirements

    @api.model
    def _get_requirement_sql(self, field):
        if field.type != "many2many":
            return SQL.identifier("p", field.name)
        return SQL(
            "ARRAY(SELECT r.%s FROM %s r WHERE r.%s = p.id ORDER BY 1)",
            SQL.identifier(field.column2),
            SQL.identifier(field.relation),
            SQL.identifier(field.column1),
        )

    @api.model
    def _get_plain_value(self, field, value):
        """A column's value as it is kept in JSON, the same for empty and for unset."""
        if field.translate:
            return {lang: text for lang, text in (value or {}).items() if text and not lang.startswith("_")}
        if field.type == "many2many":
            return list(value)
        if field.type == "float":
            return float(value or 0)
        return value or (0 if field.type == "integer" else False)

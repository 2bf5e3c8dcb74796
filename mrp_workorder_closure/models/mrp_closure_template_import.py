import json

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import TemplateFileError, parse_template_file
from .mrp_closure_template_export import CRITERIA, POINT_REFERENCES


class MrpClosureTemplate(models.Model):
    """Making a template from a file: everything is checked and looked up first, then made at once."""

    _inherit = "mrp.closure.template"

    @api.model
    def _import_file(self, content, company, **vals):
        """Make the template that a file describes.

        :param content: the file, bytes
        :param vals: values that are not in the file
        :raises AccessError: when the user is not a closure manager
        :raises UserError: for a file that is no template, or names what does not exist here
        """
        self._check_is_manager(self.env._("import"))
        try:
            return self._import_data(self._parse_file(content), company, vals)
        except RecursionError as error:
            raise UserError(
                self.env._("To import the template, simplify the instructions in the file: they are nested too deeply.")
            ) from error

    @api.model
    def _parse_file(self, content):
        choices = self._get_file_choices()
        try:
            return parse_template_file(content, choices)
        except TemplateFileError as error:
            raise UserError(self._describe_file_error(error)) from error

    @api.model
    def _get_file_choices(self):
        """What the entries of a file may say where a field has a selection."""
        return {
            name: [value for value, _label in self.env["mrp.closure.point"]._fields[name].selection]
            for name in ("kind", "severity")
        }

    @api.model
    def _import_data(self, data, company, extra_vals):
        importer = self.with_company(company)
        importer._check_name_is_free(data["name"], company)
        known = {}
        vals = {
            "company_id": company.id,
            "sequence": data["sequence"],
            "include_subcontracting": data["include_subcontracting"],
            "name": importer._get_source_text(data["name"]),
            **extra_vals,
        }
        for entry, field in CRITERIA.items():
            names = data["criteria"].get(entry, [])
            records = [
                importer._find_named(
                    self._fields[field].comodel_name, name, f"criteria, {entry} {number}", company, known
                )
                for number, name in enumerate(names, 1)
            ]
            vals[field] = [Command.set([record.id for record in records])]
        vals["point_ids"] = [
            Command.create(importer._prepare_point(point, f"points {number}", company, known))
            for number, point in enumerate(data["points"], 1)
        ]
        template = importer.with_context(lang="en_US").create(vals)
        template._set_translations(template, [data])
        template._set_translations(template.point_ids.sorted("id"), data["points"])
        return template.with_context(lang=self.env.context.get("lang"))

    @api.model
    def _prepare_point(self, point, entry, company, known):
        return self._prepare_requirement(self.env["mrp.closure.point"], point, entry, company, known)

    @api.model
    def _prepare_requirement(self, model, line, entry, company, known):
        vals = {}
        for name in model._get_requirement_fields():
            field = model._fields[name]
            file_entry = POINT_REFERENCES.get(name, name)
            value = line[file_entry]
            if field.relational:
                names = value if isinstance(value, list) else [value] if value else []
                ids = [
                    self._find_named(field.comodel_name, item, f"{entry}, {file_entry}", company, known).id
                    for item in names
                ]
                vals[name] = [Command.set(ids)] if field.type == "many2many" else ids[:1] and ids[0]
            else:
                vals[name] = self._get_source_text(value) if field.translate else value
        return vals

    @api.model
    def _get_source_text(self, translations):
        return translations.get("en_US") or next(iter(translations.values()), False)

    @api.model
    def _set_translations(self, records, data):
        """Write the texts of all installed languages as they are in the file.

        Past the ORM: it would take instructions apart and pair their sentences. They are
        sanitized here as the field itself does it.
        """
        installed = {code for code, _name in self.env["res.lang"].get_installed()} - {"en_US"}
        records.flush_recordset()
        for record, entries in zip(records, data, strict=True):
            for name, field in record._fields.items():
                texts = entries.get(name) if field.store and field.translate else None
                translations = {
                    lang: field.convert_to_cache(text, record, validate=True)
                    for lang, text in (texts or {}).items()
                    if lang in installed
                }
                if translations:
                    column = SQL.identifier(name)
                    self.env.execute_query(
                        SQL(
                            "UPDATE %s SET %s = %s || %s::jsonb WHERE id = %s RETURNING id",
                            SQL.identifier(record._table),
                            column,
                            column,
                            json.dumps(translations),
                            record.id,
                        )
                    )
        records.invalidate_recordset()

    @api.model
    def _check_name_is_free(self, translations, company):
        # In sudo: names are unique in the company, whether the user sees the other template or not.
        for lang, name in translations.items():
            if lang != "en_US" and lang not in dict(self.env["res.lang"].get_installed()):
                continue
            templates = self.sudo().with_context(lang=lang)
            if templates.search_count([("company_id", "=", company.id), ("name", "=", name)], limit=1):
                raise UserError(
                    self.env._(
                        'To import the template "%(template)s", rename the one that %(company)s already has '
                        "under this name.",
                        template=name,
                        company=company.name,
                    )
                )

    # Records by their names

    @api.model
    def _find_named(self, model, name, entry, company, known):
        """The one record that a file names.

        :raises UserError: where there is none, or more than one
        """
        key = (model, repr(name))
        if key not in known:
            candidates = (
                self.env[model].with_context(lang="en_US").search(self._get_candidates_domain(model, name, company))
            )
            known[key] = candidates.filtered(lambda record: self._is_named(record, name))
        found = known[key]
        if len(found) != 1:
            label = self._get_name_text(name)
            kind = self.env["ir.model"]._get(model).name
            if found:
                message = self.env._(
                    'To import the template, make the name of %(kind)s "%(name)s" (%(entry)s) unique: '
                    "there are several.",
                    kind=kind,
                    name=label,
                    entry=entry,
                )
            else:
                message = self.env._(
                    'To import the template, create %(kind)s "%(name)s" or take it out of the file (%(entry)s): '
                    "%(company)s has none of this name.",
                    kind=kind,
                    name=label,
                    entry=entry,
                    company=company.name,
                )
            raise UserError(message)
        return found

    @api.model
    def _is_named(self, record, name):
        if record._name == "res.groups" and record.id == self._get_group_id(name):
            return True
        return self._get_portable_name(record) == name

    @api.model
    def _get_name_text(self, name):
        if isinstance(name, str):
            return name
        return " / ".join(self._get_name_text(part) for part in name.values() if part)

    @api.model
    def _get_candidates_domain(self, model, name, company):
        """Records that may be meant; ``_get_portable_name`` decides."""
        shared = Domain("company_id", "in", (False, company.id))
        if model == "product.product":
            return shared & Domain("name", "=", name["name"]) & Domain("default_code", "=", name["code"] or False)
        if model == "product.category":
            return Domain("complete_name", "=", name)
        if model == "stock.picking.type":
            return (
                Domain("company_id", "=", company.id)
                & Domain("code", "=", "mrp_operation")
                & Domain("name", "=", name["name"])
            )
        if model == "mrp.bom":
            return shared & Domain("product_tmpl_id.name", "=", name["product"]["name"])
        if model == "mrp.routing.workcenter":
            product = Domain("bom_id.product_tmpl_id.name", "=", name["bom"]["product"]["name"])
            return shared & product & Domain("name", "=", name["operation"])
        if model == "res.groups":
            return Domain("id", "=", self._get_group_id(name)) | Domain("name", "=", name.rpartition(" / ")[2])
        return Domain("login", "=", name) & Domain("share", "=", False) & Domain("company_ids", "in", company.ids)

    @api.model
    def _get_group_id(self, name):
        module, _dot, identifier = name.partition(".")
        # In sudo: external ids are technical, and a group is all that is taken from them.
        data = (
            self.env["ir.model.data"]
            .sudo()
            .search([("module", "=", module), ("name", "=", identifier), ("model", "=", "res.groups")])
        )
        return data.res_id

    # What is wrong with a file

    @api.model
    def _describe_file_error(self, error):
        """One sentence for a TemplateFileError, naming the entry."""
        values = {"entry": error.entry, "value": error.value}
        sentences = {
            "size": self.env._("To import a template, choose a file of at most %(value)s kB.", **values),
            "json": self.env._(
                "To import a template, choose a JSON file that was exported from a closure template: "
                "this one cannot be read (%(value)s).",
                **values,
            ),
            "format": self.env._(
                'To import a template, choose a file that says "%(value)s" in its entry "format": '
                "this is something else.",
                **values,
            ),
            "version": self.env._(
                "To import this template, export it again from a matching version: "
                '"%(entry)s" %(value)s is not known here.',
                **values,
            ),
        }
        return sentences.get(error.reason) or self.env._(
            'To import the template, correct the entry "%(entry)s" in the file: %(expected)s.',
            entry=error.entry,
            expected=self._describe_expected(error.reason, error.value),
        )

    @api.model
    def _describe_expected(self, reason, value):
        return {
            "missing": self.env._("it is missing"),
            "unknown": self.env._("there is no such entry"),
            "object": self.env._("an object in braces is expected"),
            "list": self.env._("a list is expected"),
            "text": self.env._("a text is expected"),
            "empty": self.env._("a text is expected, it is empty"),
            "flag": self.env._("true or false is expected"),
            "number": self.env._("a number is expected (%(range)s)", range=value),
            "whole": self.env._("a whole number is expected (%(range)s)", range=value),
            "choice": self.env._("one of these is expected: %(options)s", options=value),
            "many": self.env._("at most %(count)s are accepted", count=value),
            "long": self.env._("at most %(count)s characters are accepted", count=value),
            "characters": self.env._("it has characters that cannot be shown"),
            "language": self.env._("%(language)s is no language code such as en_US", language=value),
        }[reason]

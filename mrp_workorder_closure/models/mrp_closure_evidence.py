import json

from odoo import api, models, tools
from odoo.exceptions import AccessError
from odoo.tools import SQL

MODULE = "mrp_workorder_closure"


class _Evidence(dict):
    """Values that passed the checks of an action. RPC, imports and defaults only know plain
    dicts, so their kind is the permission, which no context carries on to other writes."""


class MrpClosureEvidence(models.AbstractModel):
    """Records that prove something: they change through their actions only.

    Every field that this addon declares on an inheriting model is evidence,
    unless the model names it in ``_free_fields``. ``create`` and ``write``
    refuse evidence to everybody, the superuser included; the actions of the
    model check group, state and separation of duties first and then call
    ``_create_evidence`` or ``_write_evidence``, which cannot be reached over RPC.
    """

    _name = "mrp.closure.evidence"
    _description = "Closure evidence"

    _free_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse to make evidence by hand.

        :raises AccessError: always, but for an action of this addon
        """
        if not all(isinstance(vals, _Evidence) for vals in vals_list):
            raise AccessError(
                self.env._(
                    "To add a record of %(model)s, confirm a manufacturing order that a "
                    "closure template covers: it cannot be made by hand.",
                    model=self.env["ir.model"]._get(self._name).name,
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        """Write what is free, refuse what is evidence.

        :raises AccessError: when ``vals`` holds evidence
        """
        if not isinstance(vals, _Evidence):
            self._check_no_evidence(vals)
        return super().write(vals)

    def _check_no_evidence(self, names):
        evidence = [name for name in names if self._is_evidence_field(name)]
        if evidence:
            labels = [self._fields[name]._description_string(self.env) for name in evidence]
            raise AccessError(
                self.env._(
                    'To change "%(fields)s" of %(records)s, use the buttons on the closure: '
                    "these fields are evidence and cannot be written directly.",
                    fields=", ".join(str(label) for label in labels),
                    records=", ".join(self.sudo().mapped("display_name")),
                )
            )

    def _is_evidence_field(self, name):
        field = self._fields.get(name)
        return bool(field) and MODULE in field._modules and name not in self._free_fields

    @api.model
    def default_get(self, fields):
        """Defaults of evidence come from the field definitions only: neither a
        ``default_*`` key of the context nor a user-defined default may speak for it."""
        evidence, with_default = self._get_evidence_names()
        defaults = super().default_get([name for name in fields if name not in evidence])
        for name in with_default.intersection(fields):
            field = self._fields[name]
            value = field.convert_to_cache(field.default(self), self, validate=False)
            defaults[name] = field.convert_to_write(value, self)
        return defaults

    @api.model
    @tools.ormcache()
    def _get_evidence_names(self):
        """Names of all evidence, and of what has a default of it: asked for each record that is made."""
        evidence = frozenset(name for name in self._fields if self._is_evidence_field(name))
        return evidence, frozenset(name for name in evidence if self._fields[name].default)

    @api.model
    def _add_precomputed_values(self, vals_list):
        """What follows from another record is read there: core makes a new record of each to compute it."""
        for name, field in self._fields.items():
            if not (field.precompute and field.readonly and field.related and field.related.count(".") == 1):
                continue
            link, source = field.related.split(".")
            if all(link in vals for vals in vals_list):
                # In sudo, as related fields are computed.
                parents = self.env[self._fields[link].comodel_name].sudo().browse([vals[link] for vals in vals_list])
                for vals, parent in zip(vals_list, parents, strict=True):
                    vals[name] = field.convert_to_write(parent[source], self)
        return super()._add_precomputed_values(vals_list)

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        """Refuse to translate evidence: core writes translations past ``write``."""
        self._check_no_evidence([field_name])
        return super()._update_field_translations(field_name, translations, digest=digest, source_lang=source_lang)

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """What the chatter logged of evidence is evidence: it can be added to, not rewritten or deleted."""
        if message_operation in ("write", "unlink"):
            return dict.fromkeys(self, "unlink")
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    @api.model
    @tools.ormcache("xmlid", "self.env.lang")
    def _get_group_name(self, xmlid):
        """Name of a group of this addon in the user's language: owners of many records have the same few."""
        # In sudo: a name, for whoever reads who is asked.
        return self.env.ref(xmlid).sudo().name

    def _create_evidence(self, vals_list):
        """Make records after the caller's own checks."""
        context = {key: value for key, value in self.env.context.items() if not key.startswith("default_")}
        clean = self.with_env(self.env(context=context))
        return clean.create([_Evidence(vals) for vals in vals_list])

    def _write_own_words(self, name, say):
        """Write words of this addon's code in every installed language: they are for whoever reads them.

        :param name: of a translated field
        :param say: called with the environment of each language, returns the words
        """
        if not self:
            return
        languages = {code for code, _name in self.env["res.lang"].get_installed()} | {"en_US"}
        words = {code: say(self.with_context(lang=code).env) for code in sorted(languages)}
        self.flush_recordset([name])
        self.env.execute_query(
            SQL(
                "UPDATE %s SET %s = %s::jsonb WHERE id IN %s RETURNING id",
                SQL.identifier(self._table),
                SQL.identifier(name),
                json.dumps(words),
                tuple(self.ids),
            )
        )
        self.invalidate_recordset([name])

    def _write_evidence(self, vals):
        """Write evidence after the caller's own checks.

        Through ``write``, so that automation rules and other addons see it. The trail is
        kept whatever the caller's context says.
        """
        return self.with_context(tracking_disable=False, mail_notrack=False).write(_Evidence(vals))

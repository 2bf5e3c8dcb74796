from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .mrp_closure_channel import ADMINISTRATOR

SECRETS = frozenset({"url", "secret"})


class _SecretChar(fields.Char):
    """A text that no INSERT carries: ``_write_secrets`` writes it afterwards."""

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        return None

    def get_column_update(self, record):
        return self.convert_to_column(self._get_cache(record.env)[record.id], record)


class MrpClosureChannel(models.Model):
    """What keeps addresses and secrets out of the log.

    Odoo logs each statement that fails with all its values, and PostgreSQL quotes the row that misses a
    value. So what is required is asked for before, and addresses and secrets go to the database in a
    statement of their own: the row is the transaction's by then, and an error of it is not logged.
    """

    _inherit = "mrp.closure.channel"

    url = _SecretChar(
        string="Address",
        copy=False,
        groups=ADMINISTRATOR,
        help="As the robot's settings show it, its access token included. Only administrators see it.",
    )
    secret = _SecretChar(
        copy=False,
        groups=ADMINISTRATOR,
        help="Signs each message. Only administrators see it. Empty: messages are not signed.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.browse().check_access("create")
        defaults = self.default_get(self._get_required_names())
        for vals in vals_list:
            self._check_nothing_is_missing({**defaults, **vals}, self._get_required_names())
        return super().create(vals_list)

    def write(self, vals):
        self.check_access("write")
        self._check_nothing_is_missing(vals, self._get_required_names() & vals.keys())
        return super().write(vals)

    @api.model
    def _get_required_names(self):
        return {name for name, field in self._fields.items() if field.store and field.required}

    @api.model
    def _check_nothing_is_missing(self, vals, names):
        missing = sorted(self._fields[name]._description_string(self.env) for name in names if not vals.get(name))
        if missing:
            raise ValidationError(
                self.env._("To save a notification channel, enter: %(missing)s.", missing=", ".join(missing))
            )

    @api.model
    def _create(self, data_list):
        secrets = [{name: data["stored"].get(name) for name in SECRETS} for data in data_list]
        channels = super()._create(data_list)
        channels._write_secrets(secrets)
        return channels

    def _write_multi(self, vals_list):
        super()._write_multi(
            [{name: value for name, value in vals.items() if name not in SECRETS} for vals in vals_list]
        )
        self._write_secrets([{name: vals[name] for name in SECRETS & vals.keys()} for vals in vals_list])

    def _write_secrets(self, vals_list):
        for channel, vals in zip(self, vals_list, strict=True):
            for name, value in vals.items():
                self.env.cr.execute(
                    SQL(
                        "UPDATE mrp_closure_channel SET %s = %s WHERE id = %s",
                        SQL.identifier(name),
                        self._fields[name].convert_to_column(value, channel),
                        channel.id,
                    ),
                    log_exceptions=False,
                )

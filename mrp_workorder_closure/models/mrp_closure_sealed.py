from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

FUNCTION = "mrp_closure_refuse_change"


class MrpClosureSealed(models.AbstractModel):
    """Records that are written once and never change again: for nobody, in no way.

    The ORM refuses in a sentence; triggers refuse what comes past it. An upgrade script that
    has to change such a table disables the triggers explicitly and enables them ALWAYS again.
    Rows carry no creator and writer: deleting a user would change them.
    """

    _name = "mrp.closure.sealed"
    _description = "Sealed record"
    _inherit = ["mrp.closure.evidence"]
    _log_access = False

    def init(self):
        result = super().init()
        if not self._abstract:
            self._make_triggers()
        return result

    def write(self, vals):
        """Refuse.

        :raises AccessError: always, where there is a record
        """
        self._check_no_record()
        return super().write(vals)

    def unlink(self):
        """Refuse.

        :raises AccessError: always, where there is a record
        """
        self._check_no_record()
        return super().unlink()

    def _check_no_record(self):
        if self:
            raise AccessError(
                self.env._(
                    "To keep the evidence of %(records)s, leave it as it is: sealed records never change.",
                    records=", ".join(self.sudo().mapped("display_name")),
                )
            )

    @api.model
    def _make_triggers(self):
        """Triggers that also fire for the owner of the table and for replication."""
        cr = self.env.cr
        cr.execute(
            SQL(
                """CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$
                   BEGIN
                       RAISE integrity_constraint_violation
                           USING MESSAGE = 'Rows of ' || TG_TABLE_NAME || ' are sealed: nobody changes or deletes them';
                   END $$""",
                SQL.identifier(FUNCTION),
            )
        )
        for name, event in self._get_triggers().items():
            if self._get_trigger_state(name) is not None:
                continue
            cr.execute(
                SQL(
                    "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH %s EXECUTE FUNCTION %s()",
                    SQL.identifier(name),
                    SQL(event),
                    SQL.identifier(self._table),
                    SQL("STATEMENT" if event == "TRUNCATE" else "ROW"),
                    SQL.identifier(FUNCTION),
                )
            )
            cr.execute(
                SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", SQL.identifier(self._table), SQL.identifier(name))
            )

    @api.model
    def _get_triggers(self):
        """``{name: event}``"""
        return {
            f"{self._table}_sealed_rows": "UPDATE OR DELETE",
            f"{self._table}_sealed_table": "TRUNCATE",
        }

    @api.model
    def _get_trigger_state(self, name):
        """How the trigger is enabled, "A" for always; None where there is no such trigger."""
        rows = self.env.execute_query(
            SQL(
                "SELECT tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s AND NOT tgisinternal",
                self._table,
                name,
            )
        )
        return rows[0][0] if rows else None

    @api.model
    def _get_missing_triggers(self):
        """Names of triggers that do not stand as they were made."""
        return [name for name in self._get_triggers() if self._get_trigger_state(name) != "A"]

    @api.model
    def _drop_triggers(self):
        """Make the table an ordinary one: the addon is being uninstalled."""
        for name in self._get_triggers():
            self.env.cr.execute(
                SQL("DROP TRIGGER IF EXISTS %s ON %s", SQL.identifier(name), SQL.identifier(self._table))
            )

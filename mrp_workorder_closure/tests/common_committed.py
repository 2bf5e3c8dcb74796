from contextlib import contextmanager
from threading import Barrier, Thread
from unittest.mock import patch

from psycopg2 import Error

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests.common import get_db_name
from odoo.tools import SQL, mute_logger

from .common import ClosureCase


class CommittedCase(ClosureCase):
    """A factory that other connections see: its records are committed, and deleted at the end."""

    @classmethod
    def setUpClass(cls):
        with Registry(get_db_name()).cursor() as cr:
            newest = cls.get_newest_ids(cr)
        # Cleanups run from last to first: this one when the connection of the class is closed.
        cls.addClassCleanup(cls.delete_newer, newest)
        super().setUpClass()
        cls.commit()

    @classmethod
    def commit(cls):
        """Commit what the class made, before its tests begin: Odoo forbids it on the cursor itself."""
        cls.env.flush_all()
        type(cls.cr).commit(cls.cr)

    @classmethod
    def get_newest_ids(cls, cr):
        """``{table: highest id}`` of every table with ids."""
        cr.execute(
            """SELECT table_name FROM information_schema.columns JOIN information_schema.tables
               USING (table_schema, table_name) WHERE table_schema = current_schema()
               AND table_type = 'BASE TABLE' AND column_name = 'id' AND data_type = 'integer'"""
        )
        newest = {}
        for (table,) in cr.fetchall():
            cr.execute(SQL("SELECT coalesce(max(id), 0) FROM %s", SQL.identifier(table)))
            newest[table] = cr.fetchone()[0]
        return newest

    @classmethod
    def delete_newer(cls, newest):
        """Delete what came after these ids, past the ORM, which keeps evidence; referring rows first."""
        registry = Registry(get_db_name())
        with registry.cursor() as cr, mute_logger("odoo.sql_db"), cls.unsealed(cr):
            tables = [table for table, highest in cls.get_newest_ids(cr).items() if highest > newest.get(table, 0)]
            while tables:
                kept = [table for table in tables if not cls.try_to_delete(cr, table, newest.get(table, 0))]
                if len(kept) == len(tables):
                    raise AssertionError(f"Rows that refer to each other are left over in {kept}")
                tables = kept
        registry.clear_all_caches()

    @classmethod
    @contextmanager
    def unsealed(cls, cr):
        """Whoever owns the database may delete dossiers, once their triggers are off."""
        registry = Registry(get_db_name())
        env = api.Environment(cr, SUPERUSER_ID, {})
        sealed = [
            env[name] for name in registry.descendants(["mrp.closure.sealed"], "_inherit") if not env[name]._abstract
        ]
        for model in sealed:
            cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(model._table)))
        yield
        for model in sealed:
            for trigger in model._get_triggers():
                cr.execute(
                    SQL(
                        "ALTER TABLE %s ENABLE ALWAYS TRIGGER %s",
                        SQL.identifier(model._table),
                        SQL.identifier(trigger),
                    )
                )

    @classmethod
    def try_to_delete(cls, cr, table, highest):
        try:
            with cr.savepoint():
                cr.execute(SQL("DELETE FROM %s WHERE id > %s", SQL.identifier(table), highest))
        except Error:
            return False
        return True

    def as_request(self, user, act, before=None):
        """Run ``act(env)`` as Odoo runs a request: in a transaction of its own, again when it must be.

        :param before: called once the transaction has begun to see the database
        :return: what ``act`` returns, or the exception it raises
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, user.id, {})
            env.user.fetch(["login"])
            if before:
                before()
            try:
                return retrying(lambda: act(env), env)
            except Exception as error:
                cr.rollback()
                return error

    def at_once(self, *requests):
        """Run pairs of user and act in threads, each in a transaction that began before any other ended."""
        barrier, results = Barrier(len(requests)), [None] * len(requests)

        def run(position, user, act):
            results[position] = self.as_request(user, act, lambda: barrier.wait(timeout=30))

        threads = [Thread(target=run, args=(position, *request)) for position, request in enumerate(requests)]
        # Once for all of them: threads that patch and restore in turns leave a patch behind.
        with patch("odoo.service.model.time.sleep"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=60)
        return results

    @contextmanager
    def looking(self, record):
        """The record as a new connection sees it."""
        with self.registry.cursor() as cr:
            yield record.with_env(api.Environment(cr, SUPERUSER_ID, {}))

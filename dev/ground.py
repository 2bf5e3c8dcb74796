"""What both commands stand on: an Odoo, its Python packages and a running database server."""

import contextlib
import os

from cache import digest
from databases import Databases
from layers import Layers
from odoo_source import find_odoo
from postgres import Connection, choose_server
from python_env import PythonEnv

VARIABLES = """\
variables (an option wins over its variable):
  CLOSURE_CACHE     the folder that holds all that is fetched and built
                    (default: mrp-workorder-closure in your cache folder)
  CLOSURE_ODOO      an Odoo 19.0 that you have: a checkout or an installation
  CLOSURE_ODOO_GIT  the repository to clone Odoo from where Debian's package is out of reach
  CLOSURE_PG        a PostgreSQL server that you run: postgresql://user:password@host:port
  CLOSURE_PYTHON    the Python to use (3.10 to 3.13)
"""


def add_options(parser):
    parser.add_argument(
        "--odoo",
        metavar="PATH",
        default=os.environ.get("CLOSURE_ODOO"),
        help="use this Odoo 19.0 instead of fetching one",
    )
    for name in ("host", "port", "user", "password"):
        parser.add_argument(
            f"--db-{name}",
            metavar=name.upper(),
            help=f"{name} of a PostgreSQL server that you run",
        )


@contextlib.contextmanager
def ground(options, cache, *parts):
    """Fetch what is missing, start the server, and yield the databases and their layers."""
    with cache.lock():
        odoo = find_odoo(cache, options.odoo)
        python_env = PythonEnv(cache)
        python_env.ensure(*parts)
        server = choose_server(options, cache, python_env)
    with server.running():
        connection = Connection(server, python_env.python)
        version = connection.check()
        databases = Databases(cache, odoo, python_env.python, connection)
        yield databases, Layers(databases, digest(odoo.key, python_env.key, version))

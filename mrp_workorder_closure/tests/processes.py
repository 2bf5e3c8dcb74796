import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from odoo.sql_db import db_connect
from odoo.tests import BaseCase
from odoo.tools import SQL, config

# A database with the addon that nobody is connected to, named by ./test: others are copied from it.
TEMPLATE = os.environ.get("CLOSURE_TEMPLATE_DATABASE")
PROGRAM = Path(__file__).with_name("closers.py")
OPTIONS = ("addons_path", "data_dir", "db_host", "db_port", "db_user", "db_password")


class ProcessCase(BaseCase):
    """Real transactions in processes of their own, on a database that is dropped afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.make_database(TEMPLATE)
        folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.config = Path(folder, "odoo.conf")
        options = {name: config[name] for name in OPTIONS if config[name]}
        options["addons_path"] = ",".join(config["addons_path"])
        cls.config.write_text("[options]\n" + "".join(f"{name} = {value}\n" for name, value in options.items()))

    @classmethod
    def make_database(cls, template, suffix="processes"):
        name = f"{template}_{suffix}_{os.getpid()}"
        cls.create_database(name, template)
        cls.addClassCleanup(cls.drop_database, name)
        filestore = Path(config.filestore(name))
        shutil.copytree(config.filestore(template), filestore, copy_function=os.link)
        cls.addClassCleanup(shutil.rmtree, filestore)
        return name

    @classmethod
    def create_database(cls, name, template):
        cls.run_sql(SQL("CREATE DATABASE %s TEMPLATE %s", SQL.identifier(name), SQL.identifier(template)))

    @classmethod
    def drop_database(cls, name):
        cls.run_sql(SQL("DROP DATABASE %s WITH (FORCE)", SQL.identifier(name)))

    @classmethod
    def run_sql(cls, statement):
        """Run a statement outside of any transaction."""
        with contextlib.closing(db_connect("postgres", allow_uri=True).cursor()) as cr:
            cr._cnx.autocommit = True
            cr.execute(SQL("%s", statement))

    @classmethod
    def query(cls, statement):
        with contextlib.closing(db_connect(cls.database).cursor()) as cr:
            cr.execute(SQL("%s", statement))
            return cr.fetchall()

    @classmethod
    def start(cls, command, *arguments, database=None):
        words = [command, *map(json.dumps, arguments)]
        return subprocess.Popen(
            [sys.executable, PROGRAM, cls.config, database or cls.database, *words], stdout=subprocess.PIPE, text=True
        )

    @classmethod
    def call(cls, command, *arguments, database=None):
        process = cls.start(command, *arguments, database=database)
        output, _errors = process.communicate(timeout=300)
        if process.returncode:
            raise AssertionError(f"{command} ended with {process.returncode}")
        return json.loads(output.splitlines()[-1])

"""Odoo databases with their files: made, copied, renamed and dropped as one.

A database counts as existing under its final name only when it is complete.
"""

import os
import re
import shutil
from pathlib import Path

import processes
from cache import UNFINISHED, digest
from console import Failure, step

REPOSITORY = Path(__file__).resolve().parent.parent
LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (\w+) ")
PREFIX = "closure_"


class Databases:
    def __init__(self, cache, odoo, python, connection):
        self.cache = cache
        self.odoo = odoo
        self.python = python
        self.connection = connection
        self.data = cache.folder("data")
        self.config = cache.folder("config") / f"odoo-{digest(REPOSITORY)}.conf"
        self.config.write_text(
            "[options]\n"
            f"addons_path = {REPOSITORY}\n"
            f"data_dir = {self.data}\n"
            "http_interface = 127.0.0.1\n"
            "list_db = False\n"
            "max_cron_threads = 0\n"
        )

    # Names and files

    def filestore(self, name):
        return self.data / "filestore" / name

    def names(self):
        rows = self.connection.sql("SELECT datname FROM pg_database")
        return {name for [name] in rows if name.startswith(PREFIX)}

    def exists(self, name):
        """Both halves must be there: another machine's server may hold only one."""
        return self.filestore(name).is_dir() and name in self.names()

    def drop(self, name):
        self.connection.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def copy(self, source, target):
        """Copy a database; the files are shared, Odoo never changes one in place."""
        self.drop(target)
        self.connection.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
        shutil.copytree(self.filestore(source), self.filestore(target), copy_function=os.link)

    def restore(self, path, name):
        """Make a database of a dump, whose files lie in it."""
        self._create_empty(name)
        self.connection.restore(path, name)

    def _create_empty(self, name):
        self.drop(name)
        self.connection.sql(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'")
        self.filestore(name).mkdir(parents=True)

    def _rename(self, name, final):
        self.drop(final)
        self.filestore(name).rename(self.filestore(final))
        self.connection.sql(f'ALTER DATABASE "{name}" RENAME TO "{final}"')

    # Odoo

    def variables(self):
        """The environment in which Odoo finds itself, the server and the programs it calls."""
        variables = self.connection.variables()
        variables["PYTHONPATH"] = str(self.odoo.python_path)
        # The server's own programs first: another version's pg_dump refuses it.
        folders = filter(None, (self.python.parent, self.connection.server.bin, os.environ["PATH"]))
        variables["PATH"] = os.pathsep.join(map(str, folders))
        variables["PYTHONPYCACHEPREFIX"] = str(self.cache.folder("pycache"))
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        return variables

    def command(self, *arguments):
        return [self.python, "-m", "odoo", *arguments]

    def log_path(self, name):
        return self.cache.folder("log") / f"{name}.log"

    def install(self, name, modules, title, demo=False, update=False, log_name=None):
        """Install or update modules in a database; return the path of the log."""
        log_path = self.log_path(log_name or name)
        command = self.command(
            *("--config", self.config, "--database", name),
            *("--update" if update else "--init", ",".join(modules)),
            *("--stop-after-init", "--no-http"),
            *(["--with-demo"] if demo else []),
        )
        with step(title, lambda: _modules_loaded(log_path)), log_path.open("w") as log:
            code = processes.finish(processes.start(command, log, env=self.variables()))
        if code:
            raise Failure(_sentence(log_path, modules))
        return log_path

    def build(self, name, modules, title, template=None, demo=False):
        """Make a database that exists under its name only once it is complete."""
        unfinished = name + UNFINISHED.replace(".", "_")
        if template:
            self.copy(template, unfinished)
        else:
            self._create_empty(unfinished)
        try:
            self.install(unfinished, modules, title, demo=demo, log_name=name)
            self._rename(unfinished, name)
        except BaseException:
            self.drop(unfinished)
            raise


def _modules_loaded(log_path):
    found = re.findall(r"Loading module (\S+) \((\d+/\d+)\)", log_path.read_text(errors="replace"))
    return f"module {found[-1][1]}, {found[-1][0]}" if found else "starting"


def _sentence(log_path, modules):
    text = log_path.read_text(errors="replace")
    if processes.NO_SPACE in text:
        return processes.failure_sentence(log_path, "install the addon")
    lines = [line for line in text.splitlines() if line.strip()]
    reasons = [line for line in lines if not LOG_LINE.match(line)] or lines[-1:] or ["no output"]
    return (
        f"To install {', '.join(modules)}, mend what Odoo could not load: {reasons[-1].strip()} "
        f"(the whole story: {log_path})."
    )


def complaints(log_path):
    """The warnings and errors in a log of Odoo."""
    lines = log_path.read_text(errors="replace").splitlines()
    bad = ("WARNING", "ERROR", "CRITICAL")
    return [line for line in lines if (found := LOG_LINE.match(line)) and found[1] in bad]

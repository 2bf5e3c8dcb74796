"""The embedded PostgreSQL server that lives in the cache.

It listens on a socket only, in a folder that nobody else may enter.
Whoever uses it holds a shared lock; the last one to leave stops it, unless it was
running before any of us came. It trades safety against power cuts for speed: it is
for demonstrations and tests.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import processes
from cache import digest
from console import Failure, step

ROLE = "odoo"
# PostgreSQL refuses to run as root: then it runs as the user that owns nothing.
UNPRIVILEGED = "nobody"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}


class EmbeddedServer:
    """A server of our own. As root its files lie outside root's home, which is closed."""

    password = None
    user = ROLE
    port = None

    def __init__(self, cache, wheel):
        self.cache = cache
        self.wheel = wheel
        self.as_root = os.geteuid() == 0
        self.root = self._choose_root()
        self.bin = self.root / "server" / wheel.name / "pginstall18" / "bin"
        self.data = self.root / "data"
        self.host = str(self._choose_socket_folder())
        self.mark = self.root / "started-by-us"

    def _choose_root(self):
        here = self.cache.root / "postgres"
        if not self.as_root or _is_open_to_all(self.cache.root):
            return here
        return Path("/var/tmp") / f"mrp-workorder-closure-{digest(self.cache.root)}"

    def _choose_socket_folder(self):
        folder = self.root / "socket"
        if len(str(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return folder
        return Path("/var/tmp") / f"closure-{os.getuid()}-{digest(self.cache.root)}"

    @contextlib.contextmanager
    def running(self):
        """Have the server run for the length of the block."""
        _make_own_folder(self.root)
        with (self.root / "users.lock").open("a") as users:
            try:
                with self._starting():
                    fcntl.flock(users, fcntl.LOCK_SH)
                    self._install()
                    self._initialise()
                    self._start()
                yield self
            finally:
                self._leave(users)

    @contextlib.contextmanager
    def _starting(self):
        with (self.root / "start.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _leave(self, users):
        with self._starting():
            fcntl.flock(users, fcntl.LOCK_UN)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.mark.exists():
                    self._control("stop", "-m", "fast", check=False)
                    self.mark.unlink()

    def _install(self):
        """Copy the programs from the Python package to where the server's user can read."""
        final = self.root / "server"
        if self.bin.exists():
            return
        unfinished = self.root / "server.unfinished"
        for folder in (unfinished, final):
            shutil.rmtree(folder, ignore_errors=True)
        programs = Path(self.wheel.name, "pginstall18")
        shutil.copytree(self.wheel.parent / programs, unfinished / programs)
        libraries = self.wheel.with_name(f"{self.wheel.name}.libs")
        shutil.copytree(libraries, unfinished / libraries.name)
        for path in (unfinished, *unfinished.rglob("*")):
            executable = path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
        unfinished.rename(final)

    def _initialise(self):
        for folder in (self.data, Path(self.host)):
            _make_own_folder(folder, self._owner())
            folder.chmod(0o700)
        if (self.data / "initialised").exists():
            return
        with step("Making a PostgreSQL cluster"):
            self._empty_data_folder()
            options = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
            self._run([self.bin / "initdb", "-D", self.data, "-U", ROLE, *options])
            (self.data / "initialised").touch()

    def _empty_data_folder(self):
        for path in self.data.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _start(self):
        if self._control("status", check=False) == 0:
            return
        self.mark.touch()
        settings = {**SETTINGS, "unix_socket_directories": self.host}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._control("start", "-w", "-t", "120", "-l", self.data / "server.log", "-o", options)

    def _control(self, verb, *arguments, check=True):
        command = [self.bin / "pg_ctl", verb, "-D", self.data, *arguments]
        return self._run(command, check=check)

    def _owner(self):
        return pwd.getpwnam(UNPRIVILEGED) if self.as_root else None

    def _run(self, command, check=True):
        """Run one of the server's programs as its owner, to the end even when interrupted.

        Otherwise a server that is just starting would stay behind.
        """
        owner = self._owner()
        identity = {}
        if owner:
            identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile("w+") as output:
            child = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                **identity,
            )
            try:
                child.wait()
            finally:
                child.wait()
            output.seek(0)
            text = output.read()
        if check and child.returncode:
            self._explain(text)
        return child.returncode

    def _explain(self, text):
        log = self.data / "server.log"
        detail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        if processes.NO_SPACE in text + detail:
            raise Failure(
                "To start PostgreSQL, free some disk space, or name a cache folder on another disk with CLOSURE_CACHE."
            )
        last = (text.strip().splitlines() or ["no output"])[-1]
        raise Failure(
            f"To start PostgreSQL afresh, delete {self.root} and run this again (it said: {last}; its log: {log})."
        )


def _is_open_to_all(path):
    """Whether every user may pass through a folder and those above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _make_own_folder(path, owner=None):
    """Make a folder, and refuse one that somebody else put there before us."""
    path.mkdir(parents=True, exist_ok=True)
    found = path.lstat()
    expected = {os.geteuid()} | ({owner.pw_uid} if owner else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in expected:
        raise Failure(f"To keep the database private, delete {path}: it belongs to somebody else.")
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)

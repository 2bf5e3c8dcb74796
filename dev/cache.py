"""The cache: one folder outside the repository that holds all that was fetched or built.

Whatever is in it under its final name is complete: things are made under a
temporary name and renamed when they are whole, so a killed set-up leaves nothing
that a later one could mistake for finished work.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from console import Failure, say

GIGABYTE = 1024**3
UNFINISHED = ".unfinished"


def default_root():
    """Where the cache lies: CLOSURE_CACHE, else the user's own cache folder."""
    if named := os.environ.get("CLOSURE_CACHE"):
        return Path(named).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "mrp-workorder-closure"


def digest(*parts):
    """A short name for a combination of texts."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:10]


def digest_of_files(folder, leave_out=()):
    """A short name for the names and contents of all files under a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        ignored = any(relative == out or relative.startswith(out + "/") for out in leave_out)
        if ignored or "__pycache__" in relative or not path.is_file():
            continue
        total.update(f"{relative}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()[:10]


class Cache:
    def __init__(self, root=None):
        self.root = Path(root) if root else default_root()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            probe = self.root / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except (PermissionError, FileExistsError, NotADirectoryError):
            raise Failure(
                f"To set up, make {self.root} writable for you, or name another folder with CLOSURE_CACHE."
            ) from None

    def folder(self, name):
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @contextlib.contextmanager
    def lock(self):
        """Only one set-up at a time; a killed one gives its lock back by dying."""
        with (self.root / "setup.lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("- Waiting for another set-up in the same cache to finish ...")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def need_space(self, gigabytes, goal):
        """Refuse early what would fill the disk half-way."""
        free = shutil.disk_usage(self.root).free / GIGABYTE
        if free < gigabytes:
            raise Failure(
                f"To {goal}, free {gigabytes - free:.1f} GB more on the disk of {self.root}, "
                "or name a folder on another disk with CLOSURE_CACHE."
            )

    @contextlib.contextmanager
    def build(self, name):
        """Yield an empty folder that becomes `name` once the block ends well."""
        final = self.root / name
        unfinished = final.with_name(final.name + UNFINISHED)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            yield unfinished
            shutil.rmtree(final, ignore_errors=True)
            unfinished.rename(final)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

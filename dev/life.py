"""The life of one database, which stages of the test command tell chapter by chapter."""

import contextlib
import json
import os
import subprocess

from console import Failure, say, step
from databases import PREFIX, complaints
from layers import ADDON
from tally import Tally


class Life:
    """One database, told chapter by chapter; each chapter is a process of its own, as a restarted server is."""

    def __init__(self, workshop, title, story):
        """``story`` is the path of the program that tells the chapters."""
        self.workshop = workshop
        self.databases = workshop.databases
        self.title = title
        self.story = story
        self.name = f"{PREFIX}test_{story.stem}_{os.getpid()}"
        self.tally = Tally()

    @contextlib.contextmanager
    def lived(self, begin):
        """Drop at the end the database that ``begin`` makes under a name."""
        try:
            begin(self.name)
            yield self
        finally:
            self.databases.drop(self.name)

    def tell(self, chapter, name=None):
        """Run a chapter, in another database too; a story that breaks fails this stage and ends this life."""
        databases = self.databases
        log = databases.log_path(f"{self.story.stem}-{chapter}")
        command = [databases.python, self.story, databases.config, name or self.name, chapter]
        with step(f"{self.title}: {chapter.replace('_', ' ')}"), log.open("w") as handle:
            child = subprocess.run(
                list(map(str, command)),
                env=databases.variables(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=handle,
                text=True,
                check=False,
            )
        if child.returncode:
            last = (child.stdout.strip().splitlines() or [f"see {log}"])[-1]
            raise Failure(f"{self.title}, {chapter.replace('_', ' ')}: {last}")
        self._check_log(f"{chapter.replace('_', ' ')} logs a warning", log)
        return json.loads(child.stdout.splitlines()[-1])

    def load(self, title, modules=(ADDON,), **options):
        """Install or update the addon; its log must be clean."""
        log = self.databases.install(
            self.name, modules, f"{self.title}: {title}", log_name=f"{self.story.stem}-load", **options
        )
        self._check_log(f"{title} logs a warning", log)

    def _check_log(self, sentence, log):
        found = complaints(log)
        for line in found:
            say(f"  {line}")
        self.check(sentence, not found)

    def check(self, sentence, holds):
        self.tally.check(f"{self.title}: {sentence}", holds)

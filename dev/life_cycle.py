"""The stage that lives through the life of an installation, on databases of its own.

History first, then the addon, uninstalled and installed again; and the first version that
databases were made with, its closures open, upgraded to the code as it is now.
"""

import contextlib
import copy
import json
import os
import subprocess
import tarfile

from console import Failure, say, step
from databases import PREFIX, REPOSITORY, complaints
from layers import ADDON, DEMO, PLAIN
from tally import Tally

STORY = REPOSITORY / "dev" / "life_story.py"
# The first version of which databases are promised to be upgradable: 19.0.1.0.0.
FIRST_VERSION = "5a4cc6494370e96d601a3a4ec3a3eddb2c9b9a7d"


class Life:
    """One database, told chapter by chapter; each chapter is a process of its own, as a restarted server is."""

    def __init__(self, workshop, kind, title):
        self.workshop = workshop
        self.databases = workshop.databases
        self.kind = kind
        self.title = title
        self.name = f"{PREFIX}test_life_{kind.name}_{os.getpid()}"
        self.tally = Tally()

    @contextlib.contextmanager
    def lived(self):
        with self.workshop.cache.lock():
            self.databases.copy(self.workshop.layers.base(self.kind), self.name)
        try:
            yield self
        finally:
            self.databases.drop(self.name)

    def tell(self, chapter, databases=None):
        """Run a chapter; a story that breaks fails this stage and ends this life."""
        databases = databases or self.databases
        log = databases.log_path(f"life-{self.kind.name}-{chapter}")
        command = [databases.python, STORY, databases.config, self.name, chapter]
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
        self.tally.passed += 1
        return json.loads(child.stdout.splitlines()[-1])

    def load(self, title, databases=None, **options):
        """Install or update the addon; its log must be clean."""
        log = (databases or self.databases).install(
            self.name, [ADDON], f"{self.title}: {title}", log_name=f"life-{self.kind.name}-load", **options
        )
        found = complaints(log)
        for line in found:
            say(f"  {line}")
        self.tally.check(f"{self.title}: {title} logs a warning", not found)

    def check(self, sentence, holds):
        self.tally.check(f"{self.title}: {sentence}", holds)


def install_uninstall_reinstall(workshop):
    """A factory with history installs the addon, drops it, and takes it up again."""
    life = Life(workshop, PLAIN, "Life cycle")
    with life.lived():
        life.tell("make_history")
        life.load("installing over history")
        life.tell("use_installed")
        life.tell("uninstall")
        life.tell("use_without")
        life.load("installing again")
        life.tell("use_again")
    return life.tally


def upgrade_from_first_version(workshop):
    """Closures that were open in the first version go on after the upgrade, with their evidence as it was."""
    life = Life(workshop, DEMO, "Upgrade")
    first = _databases_of_first_version(workshop)
    if not first:
        life.tally.skipped.append("upgrade from the first version: its commit is not in this copy of the repository")
        return life.tally
    with life.lived():
        life.tell("make_history", first)
        life.load("the first version, with its demo factory", first, demo=True)
        life.tell("use_installed", first)
        before = life.tell("recount", first)
        life.load("upgrading to this version", update=True)
        after = life.tell("recount")
        for table, rows in before.items():
            lost = {key: row for key, row in rows.items() if after[table].get(key) != row}
            life.check(f"the upgrade changed {table}: {dict(list(lost.items())[:3])}", not lost)
        life.tell("use_upgraded")
    return life.tally


def _databases_of_first_version(workshop):
    """The same databases, with the first version on the addons path; None where git does not know it."""
    target = workshop.cache.root / f"first-{FIRST_VERSION[:10]}"
    if not target.exists():
        archive = subprocess.run(
            ["git", "archive", FIRST_VERSION, ADDON], cwd=REPOSITORY, capture_output=True, check=False
        )
        if archive.returncode:
            return None
        with workshop.cache.build(target.name) as folder:
            (folder / "addon.tar").write_bytes(archive.stdout)
            with tarfile.open(folder / "addon.tar") as handle:
                handle.extractall(folder, filter="data")
    databases = copy.copy(workshop.databases)
    databases.config = databases.config.with_name(f"first-{databases.config.name}")
    settings = workshop.databases.config.read_text()
    databases.config.write_text(settings.replace(str(REPOSITORY), str(target)))
    return databases


def life_cycle(workshop):
    say("\n== The life of an installation")
    total = Tally()
    for story in (install_uninstall_reinstall, upgrade_from_first_version):
        try:
            total.add(story(workshop))
        except Failure as failure:
            say(f"  {failure}")
            total.failed.append(str(failure))
    return total

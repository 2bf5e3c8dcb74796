"""Packages of the machine's own Debian mirror, unpacked into a folder.

Needs no root and changes nothing on the system: apt works on a private list of
sources, and dpkg only extracts. The mirror is the one the machine already uses,
and its signatures are checked as always.
"""

import re
import shutil
import subprocess
from pathlib import Path

import processes
from console import Failure, step

KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")
INDEX_FORMAT = "$(REPO_URI) $(CODENAME) $(ORIGIN) $(LABEL)"


def find_mirror():
    """The (address, release name) of the machine's Debian mirror, or None."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        return None
    answer = subprocess.run(
        ["apt-get", "indextargets", "--format", INDEX_FORMAT, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in answer.stdout.splitlines():
        address, codename, *origin = line.split(" ")
        if origin == ["Debian", "Debian"] and "-" not in codename:
            return address, codename
    return None


def find_keyring():
    """The file with Debian's signing keys, or None: unsigned packages are not taken."""
    folder = Path("/usr/share/keyrings")
    return next((folder / name for name in KEYRINGS if (folder / name).exists()), None)


class PrivateApt:
    """apt with its own list of sources below a folder."""

    def __init__(self, folder, mirror, keyring, suites):
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        sources = folder / "sources.list"
        sources.write_text("".join(f"deb [signed-by={keyring}] {mirror} {suite} main\n" for suite in suites))
        self.options = [
            f"-oDir::State::lists={folder / 'lists'}",
            f"-oDir::Cache={folder / 'cache'}",
            f"-oDir::Etc::sourcelist={sources}",
            "-oDir::Etc::sourceparts=-",
            "-oAPT::Sandbox::User=",
            "-oAPT::Update::Error-Mode=any",
            "-oAcquire::Languages=none",
            "-oAcquire::Retries=2",
            "-oAcquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
        ]

    def _run(self, *command, goal):
        return processes.run(
            [command[0], *self.options, *command[1:]],
            self.folder / f"{command[0]}-{command[1]}.log",
            goal,
            cwd=self.folder / "debs",
        )

    def update(self):
        with step("Reading the package index of Debian"):
            self._run("apt-get", "update", goal="read Debian's package index")

    def has(self, package):
        try:
            return "Package:" in self._run("apt-cache", "show", package, goal="look it up")
        except Failure:
            return False

    def download(self, packages, title):
        """Download packages, each given as name/suite."""
        debs = self.folder / "debs"

        def megabytes():
            size = sum(path.stat().st_size for path in debs.iterdir())
            return f"{size / 1e6:.0f} MB"

        with step(f"Downloading {title}", megabytes):
            self._run("apt-get", "download", *packages, goal=f"download {title}")

    def unpack(self, into):
        """Extract all that was downloaded; return {package: version}."""
        versions = {}
        for deb in sorted((self.folder / "debs").glob("*.deb")):
            processes.run(
                ["dpkg", "-x", deb, into],
                self.folder / "unpack.log",
                f"unpack {deb.name}",
            )
            package, version = re.match(r"([^_]+)_([^_]+)_", deb.name).groups()
            versions[package] = version
        return versions

"""Where Odoo 19 comes from.

In this order: the one the user names, the one in the cache, the package that the
machine's Debian mirror holds, a shallow clone of Odoo's public repository.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import debian
import processes
from cache import digest
from console import Failure, say, step

SERIES = "19.0"
REPOSITORY = "https://github.com/odoo/odoo.git"
PACKAGE = "odoo-19"
# The package links these by relative symlinks instead of holding them itself.
LINKED_PACKAGES = (
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
# Odoo's style sheets need version 4.7; later releases of Debian hold 7.
ICON_FONT = "fonts-font-awesome"
ICON_FONT_SUITES = ("bookworm", "trixie")
# The web client's bundle names this script (the background blur of video calls),
# the package leaves it out, and each page would log an error.
STRIPPED_SCRIPT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
STRIPPED_SCRIPT_TEXT = "/* Left out of Debian's package; only video calls use it. */\n"
ODOO_GIGABYTES = 2.5


@dataclass
class Odoo:
    """An Odoo that can be run: the folder above its package, and what tells it from others."""

    python_path: Path
    key: str


def find_odoo(cache, named=None):
    """An Odoo 19: the named one, or the cached one, or one that is fetched now."""
    if named:
        return from_user(Path(named).expanduser().absolute())
    target = cache.root / "odoo"
    if not (target / "VERSION").exists():
        fetch(cache)
    return _checked(_package_parent(target), (target / "VERSION").read_text())


def from_user(path):
    """The Odoo at a path: a checkout, its odoo-bin, the package, or a system root."""
    parent = _package_parent(path)
    if not parent:
        raise Failure(
            f"To use your own Odoo, name a folder that holds odoo/release.py "
            f"(a checkout of branch {SERIES}, or the folder of an installation): "
            f"{path} does not."
        )
    commit = subprocess.run(
        ["git", "-C", str(parent), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return _checked(parent, f"{parent} {commit.stdout.strip()}")


def _package_parent(path):
    for folder in (path, path.parent, path / "usr/lib/python3/dist-packages"):
        if (folder / "odoo" / "release.py").is_file():
            return folder
    return None


def _checked(parent, version):
    text = (parent / "odoo" / "release.py").read_text()
    found = re.search(r"^version_info\s*=\s*\(\s*'?([^,']+)'?\s*,\s*(\d+)", text, re.MULTILINE)
    series = ".".join(found.groups()) if found else "an unknown series"
    if series != SERIES:
        raise Failure(
            f"To run this addon, name an Odoo of series {SERIES} with --odoo or CLOSURE_ODOO: "
            f"the one in {parent} is {series}."
        )
    return Odoo(parent, digest(text, version))


def fetch(cache):
    """Put Odoo into the cache: from Debian where that works, else from its repository."""
    cache.need_space(ODOO_GIGABYTES, "fetch Odoo")
    mirror, keyring = debian.find_mirror(), debian.find_keyring()
    reason = "this machine's package sources lead to no Debian mirror"
    if mirror and keyring:
        try:
            return fetch_package(cache, *mirror, keyring)
        except Failure as failure:
            reason = str(failure).rstrip(".")
    say(f"  No package of Odoo here ({reason}): Odoo's public repository takes its place.")
    return fetch_clone(cache, os.environ.get("CLOSURE_ODOO_GIT") or REPOSITORY)


def fetch_package(cache, mirror, codename, keyring):
    """Unpack Debian's package of Odoo, and what it links to, into the cache."""
    icon_suite = codename if codename in ICON_FONT_SUITES else ICON_FONT_SUITES[-1]
    with cache.build("odoo") as root, cache.build("apt") as folder:
        apt = debian.PrivateApt(folder, mirror, keyring, ("sid", icon_suite))
        apt.update()
        if not apt.has(PACKAGE):
            raise Failure(f"the Debian mirror holds no {PACKAGE}")
        apt.download([f"{name}/sid" for name in LINKED_PACKAGES], "fonts and scripts")
        apt.download([f"{ICON_FONT}/{icon_suite}"], "the icon font")
        apt.download([f"{PACKAGE}/sid"], "Odoo 19 (about 120 MB)")
        with step("Unpacking Odoo (about 1.1 GB)"):
            versions = apt.unpack(root)
            (root / "VERSION").write_text(f"Debian {versions[PACKAGE]}")
            _checked(_package_parent(root), versions[PACKAGE])
            script = _package_parent(root) / "odoo/addons" / STRIPPED_SCRIPT
            if not script.exists():
                script.parent.mkdir(parents=True, exist_ok=True)
                script.write_text(STRIPPED_SCRIPT_TEXT)
    shutil.rmtree(cache.root / "apt")


def fetch_clone(cache, address):
    """Clone the last commit of the series into the cache."""
    if not shutil.which("git"):
        raise Failure(
            "To fetch Odoo from its public repository, install git, "
            "or name an Odoo that you have with --odoo or CLOSURE_ODOO."
        )
    log = cache.folder("log") / "git-clone.log"
    with cache.build("odoo") as root:
        clone = root / "checkout"
        with step(f"Cloning Odoo {SERIES} from {address} (some hundred MB)"):
            processes.run(
                ["git", "clone", "--depth", "1", "--branch", SERIES, address, clone],
                log,
                "fetch Odoo",
                "connect to the network, or name an Odoo that you have "
                "with --odoo or CLOSURE_ODOO, or another repository with CLOSURE_ODOO_GIT",
                env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            )
        if not _package_parent(clone):
            raise Failure(
                f"To fetch Odoo, name a repository of Odoo with CLOSURE_ODOO_GIT: {address} holds no odoo/release.py."
            )
        commit = subprocess.run(
            ["git", "-C", str(clone), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        shutil.rmtree(clone / ".git")
        (clone / "VERSION").write_text(f"commit {commit}")
        _checked(clone, commit)
        for part in clone.iterdir():
            part.rename(root / part.name)
        clone.rmdir()

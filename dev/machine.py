"""System packages: installed where we may, and named where we may not."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import processes
from console import Failure, step

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


@dataclass
class Tool:
    """Something from the system that the tests use, and what they lose without it."""

    title: str
    package: str
    loss: str
    commands: tuple = ()
    language: str = ""

    def is_there(self):
        if any(shutil.which(command) for command in self.commands):
            return True
        return bool(self.language) and _has_font_for(self.language)


TOOLS = (
    Tool("a browser", "chromium", "the browser tours are skipped", BROWSERS),
    Tool("wkhtmltopdf", "wkhtmltopdf", "tests that print a PDF are skipped", ("wkhtmltopdf",)),
    Tool(
        "a Chinese font",
        "fonts-noto-cjk",
        "pictures of Chinese screens show boxes",
        language="zh",
    ),
)


def _has_font_for(language):
    if not shutil.which("fc-list"):
        return False
    answer = subprocess.run(["fc-list", f":lang={language}"], capture_output=True, text=True, check=False)
    return bool(answer.stdout.strip())


def may_install():
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages, title):
    """Install packages with apt-get; raises Failure where that does not work."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with tempfile.TemporaryDirectory() as folder, step(f"Installing {title} with apt-get"):
        log = Path(folder) / "apt-get.log"
        with contextlib.suppress(Failure):
            processes.run(["apt-get", "update"], log, "read the index", env=environment)
        command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        processes.run(command, log, f"install {title}", env=environment)


def provide_tools():
    """Install what the tests use where we may; return sentences on what is left out."""
    left_out = []
    for tool in TOOLS:
        if not tool.is_there() and may_install():
            with contextlib.suppress(Failure):
                install([tool.package], tool.title)
        if not tool.is_there():
            left_out.append(
                f"no {tool.title.removeprefix('a ')} on this machine, so {tool.loss}; "
                f"to have it, install the package {tool.package} as root"
            )
    return left_out

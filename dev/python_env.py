"""The Python packages of Odoo and of the tests, in an environment of their own."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import machine
import processes
from cache import digest
from console import Failure, step

REQUIREMENTS = Path(__file__).parent
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
NETWORK_ADVICE = "connect to the network (Python packages come from your pip's index)"
ENVIRONMENT_GIGABYTES = 1


class PythonEnv:
    """One environment per Python version and set of Odoo's requirements.

    An environment cannot be moved, so it is built in place and each finished part
    leaves a mark; whatever lacks the first mark is thrown away and made again.
    """

    def __init__(self, cache):
        self.cache = cache
        key = digest(sys.executable, VERSION, (REQUIREMENTS / "requirements-odoo.txt").read_text())
        self.name = f"python/{VERSION}-{key}"
        self.root = cache.root / self.name
        self.python = self.root / "bin" / "python"
        self.key = self.name

    def ensure(self, *parts):
        """Have the packages of each requirements file; takes no time when they are there."""
        for part in ("odoo", *parts):
            text = (REQUIREMENTS / f"requirements-{part}.txt").read_text()
            mark = self.root / f"have-{part}-{digest(text)}"
            if mark.exists():
                continue
            if part == "odoo":
                self._make_empty()
            with step(f"Installing Python packages: {part}"):
                self._install(part)
            mark.touch()

    def _make_empty(self):
        self.cache.need_space(ENVIRONMENT_GIGABYTES, "install the Python packages")
        shutil.rmtree(self.root, ignore_errors=True)
        with step(f"Making a Python {VERSION} environment"):
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self._log_run(self._maker(), "make a Python environment")

    def _maker(self):
        """The command that makes an environment; Debian splits ensurepip off."""
        if not _has("ensurepip") and machine.may_install():
            machine.install([f"python{VERSION}-venv"], "the Python environment maker")
        if _has("ensurepip"):
            return [sys.executable, "-m", "venv", self.root]
        if _has("virtualenv"):
            return [sys.executable, "-m", "virtualenv", self.root]
        if _has("pip"):
            tools = self.cache.folder("tools")
            command = [sys.executable, "-m", "pip", "install", "--target", tools, "virtualenv"]
            self._log_run(command, "fetch virtualenv", NETWORK_ADVICE)
            return ["env", f"PYTHONPATH={tools}", sys.executable, "-m", "virtualenv", self.root]
        raise Failure(
            "To make a Python environment, install the package "
            f"python{VERSION}-venv (as root: apt-get install python{VERSION}-venv)."
        )

    def _install(self, part):
        requirements = REQUIREMENTS / f"requirements-{part}.txt"
        command = [self.python, "-m", "pip", "install", "--no-input", "-r", requirements]
        self._log_run(command, "install the Python packages", NETWORK_ADVICE)

    def _log_run(self, command, goal, advice=""):
        environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        log = self.cache.folder("log") / "python.log"
        processes.run(command, log, goal, advice, env=environment)

    def find_package(self, name):
        """The folder of an installed package."""
        code = f"import {name}; print({name}.__path__[0])"
        command = [self.python, "-c", code]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        return Path(answer.stdout.strip())


def _has(module):
    importlib.invalidate_caches()
    return importlib.util.find_spec(module) is not None

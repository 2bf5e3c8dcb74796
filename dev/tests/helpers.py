"""Stand-ins: an Odoo of any series, its repository, and scripts that run on their own."""

import socket
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def make_odoo(folder, series=(19, 0)):
    """The least that passes for a checkout of Odoo."""
    (folder / "odoo").mkdir(parents=True)
    release = f"version_info = ({series[0]}, {series[1]}, 0, 'final', 0, '')\n"
    (folder / "odoo" / "release.py").write_text(release)
    (folder / "odoo-bin").touch()
    return folder


def make_bare_repository(folder, series=(19, 0)):
    """A bare repository whose branch 19.0 holds a stand-in for Odoo."""
    work = make_odoo(folder / "work", series)
    author = ("-c", "user.name=Test", "-c", "user.email=test@test.example")
    for command in (
        ("init", "--quiet", "--initial-branch=19.0"),
        ("add", "."),
        (*author, "commit", "--quiet", "--message=Odoo"),
        ("clone", "--quiet", "--bare", ".", str(folder / "bare.git")),
    ):
        subprocess.run(["git", *command], cwd=work, check=True)
    return f"file://{folder / 'bare.git'}"


def start_script(code):
    """Run Python code with the scripts of dev/ on its path."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, 'dev')\n{code}"]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def is_alive(pid):
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

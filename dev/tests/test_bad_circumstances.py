"""Whatever goes wrong: one sentence, no traceback, nothing half-made, nothing left running."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from cache import Cache
from console import Failure
from helpers import REPOSITORY, free_port, is_alive, make_odoo, start_script, wait_until
from postgres import Connection, NamedServer, from_uri
from processes import failure_sentence


def run(*arguments, **variables):
    return subprocess.run(
        ["./run", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def assert_one_sentence(answer, start):
    assert answer.returncode == 1
    sentence = answer.stderr.strip()
    assert sentence.startswith(start) and "\n" not in sentence
    assert "Traceback" not in answer.stdout + answer.stderr


def test_a_taken_port_is_named_before_anything_is_fetched(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = run("--port", port, CLOSURE_CACHE=str(tmp_path / "cache"))
    assert_one_sentence(answer, f"To serve the web client, free port {port}")
    assert not (tmp_path / "cache").exists()


def test_a_port_that_cannot_be_is_refused(tmp_path):
    answer = run("--port", "99999", CLOSURE_CACHE=str(tmp_path / "cache"))
    assert_one_sentence(answer, "To serve the web client, choose a --port from 1 to 65535")
    assert not (tmp_path / "cache").exists()


def test_an_address_that_is_not_of_this_machine_is_refused(tmp_path):
    answer = run("--interface", "192.0.2.1", CLOSURE_CACHE=str(tmp_path / "cache"))
    assert_one_sentence(answer, "To serve the web client, choose another --port or --interface")


def test_an_odoo_of_another_series_is_refused_by_the_command(tmp_path):
    odoo = make_odoo(tmp_path / "odoo17", series=(17, 0))
    answer = run("--port", free_port(), "--odoo", str(odoo), CLOSURE_CACHE=str(tmp_path / "cache"))
    assert_one_sentence(answer, "To run this addon, name an Odoo of series 19.0")


def test_a_cache_folder_that_may_not_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    answer = run("--port", free_port(), CLOSURE_CACHE=str(tmp_path / "file"))
    assert_one_sentence(answer, "To set up, make ")


def test_an_unreachable_database_server_is_named_by_the_command():
    answer = run("--port", free_port(), CLOSURE_PG="postgresql://somebody@127.0.0.1:1")
    assert_one_sentence(answer, "To use the database, start the PostgreSQL server 127.0.0.1:1")


def test_a_database_address_of_another_kind_is_refused():
    with pytest.raises(Failure, match="To use your own PostgreSQL, write CLOSURE_PG as"):
        from_uri("mysql://host")


def test_the_parts_of_a_database_address_are_understood():
    server = from_uri("postgresql://us%40er:pass%2Fword@db.example:5433/ignored")
    assert server == NamedServer("db.example", "5433", "us@er", "pass/word")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ([120000, "odoo", True], "version 13 or later"),
        ([160000, "postgres", True], "another database role than postgres"),
        ([160000, "odoo", False], "the right CREATEDB"),
    ],
)
def test_a_server_that_odoo_could_not_use_is_refused(monkeypatch, row, sentence):
    connection = Connection(NamedServer("host"), sys.executable)
    monkeypatch.setattr(connection, "sql", lambda _statement: [row])
    with pytest.raises(Failure, match=sentence):
        connection.check()


def test_too_little_space_is_refused_before_anything_is_fetched(cache, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(free=1024**3))
    with pytest.raises(Failure, match=r"^To fetch Odoo, free 1\.5 GB more on the disk"):
        cache.need_space(2.5, "fetch Odoo")


def test_a_disk_that_fills_up_meanwhile_leaves_nothing_half_made(tmp_path):
    script = start_script(f"""
from cache import Cache
from console import run_main
def main():
    with Cache({str(tmp_path)!r}).build("thing") as folder:
        (folder / "part").touch()
        with open("/dev/full", "w") as full:
            full.write("x" * 100_000)
run_main(main)
""")
    output = script.communicate(timeout=30)[0]
    assert script.returncode == 1
    assert output.strip().startswith("To go on, free some disk space")
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_ran_out_of_space_is_told_from_other_failures(tmp_path):
    log = tmp_path / "log"
    log.write_text("tar: No space left on device\n")
    assert failure_sentence(log, "unpack it").startswith("To unpack it, free some disk space")
    log.write_text("first\nthe reason\n")
    assert "its last line: the reason" in failure_sentence(log, "unpack it")


def test_a_killed_set_up_is_made_anew_by_the_next(tmp_path):
    killed = start_script(f"""
import time
from cache import Cache
cache = Cache({str(tmp_path)!r})
with cache.lock(), cache.build("thing") as folder:
    (folder / "half").touch()
    print("ready", flush=True)
    time.sleep(60)
""")
    assert killed.stdout.readline() == "ready\n"
    killed.kill()
    killed.wait()
    cache = Cache(tmp_path)
    assert not (tmp_path / "thing").exists()
    with cache.lock(), cache.build("thing") as folder:
        (folder / "whole").touch()
    assert [path.name for path in (tmp_path / "thing").iterdir()] == ["whole"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["setup.lock", "thing"]


SCRIPT_WITH_A_CHILD = """
import pathlib, processes
from console import run_main
def main():
    processes.run(["sh", "-c", "echo $$ > {pid}; sleep 300"], {log!r}, "sleep")
run_main(main)
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_stops_a_command_stops_its_children_too(tmp_path, signum):
    pid_file = tmp_path / "pid"
    script = start_script(SCRIPT_WITH_A_CHILD.format(pid=pid_file, log=str(tmp_path / "log")))
    wait_until(lambda: pid_file.exists() and pid_file.read_text().strip())
    child = int(pid_file.read_text())
    script.send_signal(signum)
    output = script.communicate(timeout=30)[0]
    wait_until(lambda: not is_alive(child))
    assert "Traceback" not in output
    if signum != signal.SIGKILL:
        assert script.returncode == 130 and "nothing is left running" in output


def test_two_set_ups_wait_for_each_other(cache, tmp_path):
    mark = tmp_path / "mark"
    with cache.lock():
        other = start_script(f"""
import pathlib
from cache import Cache
with Cache({str(cache.root)!r}).lock():
    pathlib.Path({str(mark)!r}).touch()
""")
        assert "Waiting for another set-up" in other.stdout.readline()
        assert not mark.exists()
    other.wait(timeout=30)
    assert Path(mark).exists()

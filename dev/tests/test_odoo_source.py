import shutil

import debian
import odoo_source
import pytest
from console import Failure
from helpers import make_bare_repository, make_odoo


@pytest.fixture
def no_debian(monkeypatch):
    monkeypatch.setattr(debian, "find_mirror", lambda: None)


def put_programs(folder, monkeypatch, output, code=0):
    """Stand-ins for Debian's programs that say one thing."""
    folder.mkdir(exist_ok=True)
    for name in ("apt-get", "apt-cache", "dpkg"):
        (folder / name).write_text(f"#!/bin/sh\necho '{output}'; exit {code}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def leftovers(cache):
    return [path.name for path in cache.root.iterdir() if path.name not in ("log", "setup.lock")]


def test_without_a_debian_mirror_odoo_is_cloned(cache, tmp_path, monkeypatch, no_debian):
    monkeypatch.setenv("CLOSURE_ODOO_GIT", make_bare_repository(tmp_path))
    odoo = odoo_source.find_odoo(cache)
    assert (odoo.python_path / "odoo" / "release.py").is_file()
    assert (cache.root / "odoo" / "VERSION").read_text().startswith("commit ")
    assert leftovers(cache) == ["odoo"]


def test_a_second_set_up_does_not_clone_again(cache, tmp_path, monkeypatch, no_debian):
    monkeypatch.setenv("CLOSURE_ODOO_GIT", make_bare_repository(tmp_path))
    first = odoo_source.find_odoo(cache)
    shutil.rmtree(tmp_path / "bare.git")
    assert odoo_source.find_odoo(cache) == first


def test_a_debian_mirror_that_does_not_answer_is_replaced_by_a_clone(cache, tmp_path, monkeypatch):
    """As on a machine whose own mirror does not carry the package."""
    put_programs(tmp_path / "bin", monkeypatch, "E: nothing here", code=100)
    monkeypatch.setattr(debian, "find_mirror", lambda: ("file:///nowhere", "bookworm"))
    monkeypatch.setattr(debian, "find_keyring", lambda: tmp_path / "keyring.gpg")
    monkeypatch.setenv("CLOSURE_ODOO_GIT", make_bare_repository(tmp_path))
    assert odoo_source.find_odoo(cache).python_path == cache.root / "odoo"
    assert leftovers(cache) == ["odoo"]


def test_the_mirror_is_the_one_the_machine_uses(tmp_path, monkeypatch):
    targets = (
        "http://other/ thing Other Other",
        "http://mirror/d/ trixie-updates Debian Debian",
        "http://mirror/d/ trixie Debian Debian",
    )
    put_programs(tmp_path, monkeypatch, "\n".join(targets))
    assert debian.find_mirror() == ("http://mirror/d/", "trixie")


def test_sources_of_ubuntu_are_no_debian_mirror(tmp_path, monkeypatch):
    put_programs(tmp_path, monkeypatch, "http://mirror/u/ noble Ubuntu Ubuntu")
    assert debian.find_mirror() is None


def test_without_network_one_sentence_says_what_to_do(cache, tmp_path, monkeypatch, no_debian):
    monkeypatch.setenv("CLOSURE_ODOO_GIT", f"file://{tmp_path / 'nowhere.git'}")
    with pytest.raises(Failure, match="To fetch Odoo, connect to the network"):
        odoo_source.find_odoo(cache)
    assert leftovers(cache) == []


def test_a_repository_of_another_series_is_refused(cache, tmp_path, monkeypatch, no_debian):
    monkeypatch.setenv("CLOSURE_ODOO_GIT", make_bare_repository(tmp_path, series=(18, 0)))
    with pytest.raises(Failure, match=r"series 19\.0.* is 18\.0"):
        odoo_source.find_odoo(cache)
    assert leftovers(cache) == []


def test_an_odoo_of_another_series_is_refused(cache, tmp_path):
    with pytest.raises(Failure, match=r"^To run this addon, name an Odoo of series 19\.0 .* is 18\.0"):
        odoo_source.find_odoo(cache, make_odoo(tmp_path / "old", series=(18, 0)))


def test_a_folder_without_odoo_is_refused(cache, tmp_path):
    with pytest.raises(Failure, match="To use your own Odoo, name a folder that holds"):
        odoo_source.find_odoo(cache, tmp_path)


@pytest.mark.parametrize("named", ["", "odoo-bin", "odoo"])
def test_a_checkout_is_found_by_its_folder_its_program_or_its_package(cache, tmp_path, named):
    checkout = make_odoo(tmp_path / "checkout")
    assert odoo_source.find_odoo(cache, checkout / named).python_path == checkout


def test_an_unpacked_debian_system_is_found(cache, tmp_path):
    packages = make_odoo(tmp_path / "usr/lib/python3/dist-packages")
    assert odoo_source.find_odoo(cache, tmp_path).python_path == packages

"""The upgrade stage: what it compares, and the dump that it starts from."""

import lzma
import re

import pytest
from first_dump import NEWER
from schema import CATALOG, differences
from sql_restore import HEADING
from upgrade import FIRST_DUMP, changes, changes_of_records

NEW_SERVER = """\
\\restrict abc123
SET statement_timeout = 0;
SET transaction_timeout = 0;
CREATE TABLE child (
    NOT NULL id,
    CONSTRAINT parent_name_not_null NOT NULL name,
    tag character varying NOT NULL
)
\\unrestrict abc123
"""


@pytest.fixture(scope="module")
def dump():
    with lzma.open(FIRST_DUMP, "rt", encoding="utf-8", newline="\n") as handle:
        return handle.read()


def test_rows_that_changed_or_went_are_told_and_new_columns_are_not():
    before = {"check": {1: {"id": 1, "state": "pass"}, 2: {"id": 2, "state": "fail"}, 3: {"id": 3, "state": "todo"}}}
    after = {"check": {1: {"id": 1, "state": "pass", "new": 5}, 2: {"id": 2, "state": "pass"}}}
    assert list(changes(before, after)) == ["check 2 state: fail became pass", "check lost 3"]
    assert list(changes({"link": {(("a", 1),): {"a": 1}}}, {})) == ["link lost (('a', 1),)"]


def test_records_that_an_installation_has_otherwise_are_told():
    found = {"cron": {"active": "True"}, "old": {}}
    wanted = {"cron": {"active": "False"}, "new": {}}
    sentences = ["old is left over", "new is missing", "cron, active: True instead of False"]
    assert list(changes_of_records(found, wanted)) == sentences


class Catalog:
    """Answers each statement with the texts of a database."""

    def __init__(self, **texts):
        self.texts = texts

    def sql(self, statement, name):
        return [[text] for text in self.texts[name]] if statement == CATALOG["columns"] else []


def test_a_schema_is_compared_whatever_its_server_made_of_expressions():
    same = Catalog(upgraded=["a CHECK ((b)::text = 'c'::text)"], installed=["a CHECK (b = 'c'::character varying)"])
    assert list(differences(same, "upgraded", "installed")) == []
    other = Catalog(upgraded=["t.a integer", "t.old text"], installed=["t.a integer NOT NULL"])
    assert list(differences(other, "upgraded", "installed")) == [
        "columns that an installation has not: t.a integer",
        "columns that an installation has not: t.old text",
        "columns that are missing: t.a integer NOT NULL",
    ]


def test_what_only_new_servers_know_is_left_out():
    kept = "SET statement_timeout = 0;\nCREATE TABLE child (\n    tag character varying NOT NULL\n)\n"
    assert NEWER.sub("", NEW_SERVER) == kept


def test_the_dump_is_small_and_runs_part_by_part_on_older_servers(dump):
    assert FIRST_DUMP.stat().st_size < 3_000_000
    assert len(HEADING.split(dump)) > 1000
    assert not NEWER.search(dump)


def test_the_dump_tells_no_secret_and_nothing_of_the_machine_that_made_it(dump):
    assert "pbkdf2" not in dump
    assert not re.search(r"/(?:root|tmp|work|home/[a-z]+/\.cache)/", dump)
    assert not re.search(r"openerp-[a-z-]+@", dump)
    assert "'database.secret', 'none'" in dump

"""Make the dump of the addon's first version anew, from which `./test` starts its upgrade.

    python3 dev/first_dump.py

The first version's code comes from the history of this repository; its story is told in `first_story.py`. The dump
is plain SQL for PostgreSQL 13 and later, without owners, secrets and what Odoo makes again by itself.
"""

import argparse
import contextlib
import copy
import io
import lzma
import re
import subprocess
import tarfile
import tempfile

import processes
from cache import Cache
from console import Failure, run_main, say, step
from databases import PREFIX, REPOSITORY
from ground import VARIABLES, add_options, ground
from layers import ADDON, PLAIN

# The first version of which databases are promised to be upgradable: 19.0.1.0.0.
FIRST_VERSION = "5a4cc6494370e96d601a3a4ec3a3eddb2c9b9a7d"
FIRST_DUMP = REPOSITORY / "dev" / "first_version.sql.xz"
STORY = REPOSITORY / "dev" / "first_story.py"
BEFORE = ("keep_files_inside", "make_history")
AFTER = (
    *("use_installed", "open_factory", "approve_shelves", "close_shelves", "change_closed"),
    *("make_cabinets", "settle_leftovers", "keep_archive", "take_stock"),
)
# What nobody misses: pictures and style sheets of Odoo, what was triggered or logged, what proves who one is or where.
CLEANING = (
    "DELETE FROM ir_attachment WHERE url LIKE '/web/assets/%'",
    "DELETE FROM ir_attachment WHERE res_field IS NOT NULL AND res_model NOT LIKE 'mrp.closure%'",
    "DELETE FROM ir_logging",
    "DELETE FROM ir_cron_trigger",
    "DELETE FROM ir_cron_progress",
    "DELETE FROM bus_bus",
    "DELETE FROM res_device_log",
    "DELETE FROM res_users_log",
    "DELETE FROM res_users_apikeys",
    "DELETE FROM mail_mail",
    "UPDATE res_users SET password = NULL",
    "UPDATE mail_message SET message_id = '<' || id || '@example.com>'",
    "UPDATE ir_config_parameter SET value = 'none' WHERE key IN ('database.secret', 'database.uuid')",
)
OPTIONS = ("--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=200", "--encoding=UTF8")
# Lines for newer servers or for psql alone; a table has the NOT NULLs of its parent anyway.
NEWER = re.compile(
    r"^(?:SET transaction_timeout = 0;|\\(?:un)?restrict \w+|    (?:CONSTRAINT \w+ )?NOT NULL \w+,)\n", re.MULTILINE
)


def parse_options():
    parser = argparse.ArgumentParser(
        prog="dev/first_dump.py",
        description="Make the dump of the addon's first version anew, from which ./test starts its upgrade.",
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    return parser.parse_args()


@contextlib.contextmanager
def first_version(databases):
    """The same databases, with the first version of the addon on the addons path."""
    archive = subprocess.run(
        ["git", "archive", FIRST_VERSION, ADDON], cwd=REPOSITORY, stdout=subprocess.PIPE, check=False
    )
    if archive.returncode:
        raise Failure(f"To make the dump, fetch the whole history of the repository: {FIRST_VERSION[:10]} is missing.")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(archive.stdout)) as handle:
        handle.extractall(folder, filter="data")
        first = copy.copy(databases)
        first.config = databases.config.with_name(f"first-{databases.config.name}")
        first.config.write_text(databases.config.read_text().replace(str(REPOSITORY), folder))
        yield first


def tell(databases, name, chapter):
    log = databases.log_path(f"first-{chapter}")
    with step(f"The first version: {chapter.replace('_', ' ')}"):
        command = [databases.python, STORY, databases.config, name, chapter]
        processes.run(command, log, f"tell {chapter}", env=databases.variables())


def make(databases, layers, name):
    """Tell the whole story in one database."""
    with databases.cache.lock():
        databases.copy(layers.base(PLAIN), name)
    for chapter in BEFORE:
        tell(databases, name, chapter)
    with first_version(databases) as first:
        first.install(name, [ADDON], "Installing the first version")
        for chapter in AFTER:
            tell(first, name, chapter)
    for statement in CLEANING:
        databases.connection.sql(statement, name)


def dump(databases, name):
    """The database as SQL that any server from PostgreSQL 13 on takes."""
    answer = subprocess.run(
        ["pg_dump", *OPTIONS, name], env=databases.variables(), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise Failure(f"To make the dump, mend what pg_dump met: {answer.stderr.strip()}")
    return NEWER.sub("", answer.stdout)


def main():
    options = parse_options()
    with ground(options, Cache()) as (databases, layers):
        name = f"{PREFIX}first_version"
        try:
            make(databases, layers, name)
            text = dump(databases, name)
        finally:
            databases.drop(name)
    with step("Compressing"):
        FIRST_DUMP.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    say(f"{FIRST_DUMP}: {FIRST_DUMP.stat().st_size / 1e6:.2f} MB, {len(text) / 1e6:.0f} MB of SQL")
    return 0


if __name__ == "__main__":
    run_main(main)

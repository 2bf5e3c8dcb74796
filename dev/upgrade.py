"""The stage that upgrades a dump of the addon's first version, as factories that began with it do."""

from console import say, step
from databases import REPOSITORY
from layers import PLAIN
from life import Life
from schema import differences

STORY = REPOSITORY / "dev" / "upgrade_story.py"
# Made by `dev/first_dump.py`.
FIRST_DUMP = REPOSITORY / "dev" / "first_version.sql.xz"
# Besides the addon's own tables, those of the orders and of what proves something about them.
TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND (relname LIKE '%mrp\\_closure%' OR relname IN (
        'mrp_production', 'mrp_workorder', 'mrp_workcenter_productivity', 'stock_picking', 'stock_move',
        'stock_move_line', 'stock_quant', 'stock_lot', 'stock_scrap', 'product_value', 'mail_message',
        'mail_tracking_value', 'mail_activity', 'ir_attachment', 'res_users', 'res_company'))
"""
# Odoo writes these records anew, as they were; a line's copy of its closure's state is no longer kept.
WRITTEN = {("ir_attachment", "write_date"), ("res_users", "write_date"), ("mrp_closure_balance", "closure_state")}
SHOWN = 10


def upgrade_from_first_version(workshop):
    """Closures that were open in the first version go on after the upgrade, with their evidence as it was."""
    life = Life(workshop, "Upgrade", STORY)

    def begin(name):
        with step("Upgrade: restoring the dump of the first version"):
            workshop.databases.restore(FIRST_DUMP, name)

    with life.lived(begin):
        before = recount(life)
        # Odoo as a whole: it too may be newer than the dump.
        life.load("Odoo and the addon to this version", ("base",), update=True)
        report(life, "the upgrade changed a row", changes(before, recount(life)))
        compare_with_installed(workshop, life)
        for chapter in ("read_upgraded", "use_upgraded", "look_back"):
            life.tell(chapter)
    return life.tally


def recount(life):
    """Every row of what an upgrade leaves as it is: ``{table: {key: {column: value}}}``."""
    sql, rows = life.databases.connection.sql, {}
    tables = [table for [table] in sql(TABLES, life.name)]
    statement = " UNION ALL ".join(f"SELECT '{table}', to_jsonb(t) FROM \"{table}\" t" for table in tables)
    for table, row in sql(statement, life.name):
        rows.setdefault(table, {})[row.get("id") or tuple(sorted(row.items()))] = row
    return rows


def changes(before, after):
    """Sentences on rows that are not what they were, in the columns that they had."""
    for table, rows in before.items():
        for key, old in rows.items():
            new = after.get(table, {}).get(key)
            if new is None:
                yield f"{table} lost {key}"
                continue
            for column, value in old.items():
                if new.get(column) != value and (table, column) not in WRITTEN:
                    yield f"{table} {key} {column}: {value} became {new.get(column)}"


def compare_with_installed(workshop, life):
    """What an installation of this version makes, an upgrade makes too: tables and the records of the addon's files."""
    with workshop.copy_of(PLAIN) as installed:
        different = differences(life.databases.connection, life.name, installed)
        report(life, "an installation has another schema", different)
        found, wanted = life.tell("describe"), life.tell("describe", installed)
        report(life, "an installation has other records", changes_of_records(found, wanted))


def changes_of_records(found, wanted):
    yield from (f"{name} is left over" for name in sorted(found.keys() - wanted.keys()))
    yield from (f"{name} is missing" for name in sorted(wanted.keys() - found.keys()))
    for name in sorted(found.keys() & wanted.keys()):
        old, new = found[name], wanted[name]
        for field in sorted(old.keys() | new.keys()):
            if old.get(field) != new.get(field):
                yield f"{name}, {field}: {old.get(field)} instead of {new.get(field)}"


def report(life, title, sentences):
    """One check that there is nothing to say."""
    sentences = list(sentences)
    for sentence in sentences[:SHOWN]:
        say(f"  {sentence[:400]}")
    life.check(f"{title} ({len(sentences)} times)", not sentences)

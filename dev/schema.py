"""What a database is made of, as its catalog says: for comparing one that was upgraded with one that was installed."""

import re

# Each statement gives one text for each thing; ids and orders of columns, which history decides, are not in them.
CATALOG = {
    "columns": """
        SELECT concat_ws(' ', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
                         CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
                         '-- ' || col_description(c.oid, a.attnum))
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
              AND NOT a.attisdropped""",
    # NOT NULL is said with the columns: only newer servers have constraints for it.
    "constraints": """
        SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid),
                         '-- ' || obj_description(oid, 'pg_constraint'))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "indexes": """
        SELECT concat_ws(' ', indexdef, '-- ' || obj_description(format('%I', indexname)::regclass, 'pg_class'))
        FROM pg_indexes WHERE schemaname = 'public'""",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": """
        SELECT pg_get_functiondef(p.oid) FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
              AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')""",
    "views": "SELECT concat_ws(' ', viewname, definition) FROM pg_views WHERE schemaname = 'public'",
    "recorded constraints": """
        SELECT concat_ws(' ', m.name, k.name, k.type, k.definition)
        FROM ir_model_constraint k JOIN ir_module_module m ON m.id = k.module""",
    "recorded relations": """
        SELECT concat_ws(' ', m.name, r.name) FROM ir_model_relation r JOIN ir_module_module m ON m.id = r.module""",
    "modules": "SELECT concat_ws(' ', name, state, latest_version) FROM ir_module_module WHERE state <> 'uninstalled'",
}


# What a server writes otherwise when it reads its own text of an expression, as it does in a restored database.
REWRITTEN = re.compile(r"::(?:character varying|text)(?:\[\])?|[()]")


def differences(connection, upgraded, installed):
    """Sentences on what one database has and the other has not."""
    for what, statement in CATALOG.items():
        found, wanted = (
            {REWRITTEN.sub("", text) for [text] in connection.sql(statement, name)} for name in (upgraded, installed)
        )
        yield from (f"{what} that an installation has not: {text}" for text in sorted(found - wanted))
        yield from (f"{what} that are missing: {text}" for text in sorted(wanted - found))

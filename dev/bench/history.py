"""Orders that lie in the database already: copies, by SQL, of some that were closed for good.

Copied is each row of an order and what refers to it, to any depth: moves, lines, work orders, messages, closures,
dossiers, reviews, logs. Foreign keys and triggers are off meanwhile, so it is cheap; nothing checks what is copied.
"""

from odoo.tools import SQL

# A message names its document like this; so do followers, attachments, reviews and logs.
MODEL_COLUMNS = ("model", "res_model", "model_model")


class Copier:
    def __init__(self, cr, order_ids):
        self.cr = cr
        self.keys = self._read_foreign_keys()
        self.columns = self._read_columns()
        self.rows = {"mrp_production": list(order_ids)}  # ids to copy, by table
        self.relations = {}  # tables without an id, and the column that decides

    def copy(self, number):
        """Insert so many copies of all rows."""
        self._collect()
        self.cr.execute("SET LOCAL session_replication_role = replica")
        offsets = {table: self._get_offset(table) for table in self.rows}
        for table in self.rows:
            self._copy_table(table, offsets, number)
        for table, column in self.relations.items():
            self._copy_relation(table, column, offsets, number)

    def _collect(self):
        """Follow references from the orders to all that refers to them."""
        waiting = list(self.rows)
        while waiting:
            parent = waiting.pop(0)
            for table, column in self._get_children(parent):
                if "id" not in self.columns[table]:
                    self.relations.setdefault(table, column)
                    continue
                found = self._select_ids(table, SQL("%s = ANY(%s)", SQL.identifier(column), self.rows[parent]))
                self._add(table, found, waiting)
            for table, column in self._get_polymorphic_children():
                found = self._select_ids(
                    table,
                    SQL(
                        "replace(%s, '.', '_') = %s AND res_id = ANY(%s)",
                        SQL.identifier(column),
                        parent,
                        self.rows[parent],
                    ),
                )
                self._add(table, found, waiting)

    def _add(self, table, found, waiting):
        known = set(self.rows.get(table, ()))
        if found - known:
            self.rows[table] = sorted(known | found)
            waiting.append(table)

    def _get_children(self, parent):
        return [(table, column) for (table, column), target in self.keys.items() if target == parent]

    def _get_polymorphic_children(self):
        for table, columns in self.columns.items():
            if {"id", "res_id"} <= columns.keys():
                for column in MODEL_COLUMNS:
                    if columns.get(column) in ("character varying", "text"):
                        yield table, column

    def _select_ids(self, table, condition):
        self.cr.execute(SQL("SELECT id FROM %s WHERE %s", SQL.identifier(table), condition))
        return {row_id for [row_id] in self.cr.fetchall()}

    # Copies

    def _get_offset(self, table):
        """Where ids of copy 1 begin, and how far those of the next one are."""
        ids = self.rows[table]
        self.cr.execute(SQL("SELECT max(id) FROM %s", SQL.identifier(table)))
        [[last]] = self.cr.fetchall()
        return last - min(ids) + 1, max(ids) - min(ids) + 1

    def _shift(self, table, column, target, offsets):
        """A column that refers to a copied row refers to the copy of the same number."""
        first, span = offsets[target]
        value = SQL.identifier("t", column)
        return SQL(
            "CASE WHEN %s = ANY(%s) THEN %s + %s + (k - 1) * %s ELSE %s END",
            value,
            self.rows[target],
            value,
            first,
            span,
            value,
        )

    def _get_value(self, table, column, offsets):
        unique = self._get_unique_value(table, column, offsets)
        if unique:
            return unique
        target = self.keys.get((table, column))
        if column == "id":
            target = table
        if target in offsets and self.columns[table][column] == "integer":
            return self._shift(table, column, target, offsets)
        if column == "res_id":
            return self._shift_res_id(table, offsets)
        return SQL.identifier("t", column)

    def _shift_res_id(self, table, offsets):
        model = next((name for name in MODEL_COLUMNS if name in self.columns[table]), None)
        if not model:
            return SQL("t.res_id")
        cases = [
            SQL(
                "WHEN replace(%s, '.', '_') = %s THEN %s",
                SQL.identifier("t", model),
                target,
                self._shift(table, "res_id", target, offsets),
            )
            for target in offsets
        ]
        return SQL("CASE %s ELSE t.res_id END", SQL(" ").join(cases))

    def _get_unique_value(self, table, column, offsets):
        if (table, column) in (("mrp_production", "name"), ("mrp_closure", "name")):
            # The number of the copy is that of its first row: unique in a second batch of copies too.
            return SQL("t.name || '/' || (%s + k)", offsets[table][0])
        if (table, column) == ("mrp_closure_dossier", "sequence_number"):
            first, _span = offsets[table]
            return SQL("t.sequence_number + %s + (k - 1) * %s", first, len(self.rows[table]))
        return None

    def _copy_table(self, table, offsets, number):
        names = list(self.columns[table])
        self.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s t, generate_series(1, %s) k WHERE t.id = ANY(%s)",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(self._get_value(table, name, offsets) for name in names),
                SQL.identifier(table),
                number,
                self.rows[table],
            )
        )
        self.cr.execute(
            SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM %s", table, SQL.identifier(table))
        )

    def _copy_relation(self, table, column, offsets, number):
        names = list(self.columns[table])
        target = self.keys[table, column]
        self.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s t, generate_series(1, %s) k WHERE %s = ANY(%s)"
                " ON CONFLICT DO NOTHING",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(self._get_value(table, name, offsets) for name in names),
                SQL.identifier(table),
                number,
                SQL.identifier("t", column),
                self.rows[target],
            )
        )

    # The catalogue

    def _read_foreign_keys(self):
        self.cr.execute(
            """
            SELECT child.relname, a.attname, parent.relname
              FROM pg_constraint c
              JOIN pg_class child ON child.oid = c.conrelid
              JOIN pg_class parent ON parent.oid = c.confrelid
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 1
            """
        )
        return {(table, column): target for table, column, target in self.cr.fetchall()}

    def _read_columns(self):
        self.cr.execute(
            """
            SELECT c.table_name, c.column_name, c.data_type
              FROM information_schema.columns c
              JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
             ORDER BY c.ordinal_position
            """
        )
        columns = {}
        for table, column, kind in self.cr.fetchall():
            columns.setdefault(table, {})[column] = kind
        return columns


def copy_orders(cr, order_ids, number):
    """Have at least so many more orders like these, and let the planner know."""
    copies = -(-number // len(order_ids))
    Copier(cr, order_ids).copy(copies)
    cr.commit()
    cr.execute("ANALYZE")

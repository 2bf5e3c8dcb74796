"""Run the SQL of a dump, compressed with xz, in an empty database.

Runs in the environment that holds psycopg2, so that no program of a PostgreSQL server is needed. The connection
comes from the PG* variables, the path from the command line.
"""

import lzma
import re
import sys

import psycopg2

# What pg_dump writes above each part. Parts run one by one: all at once would take more locks than a server gives.
HEADING = re.compile(r"^--\n-- (?:Data for )?Name: .*\n--\n", re.MULTILINE)


def restore(path):
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as handle:
        parts = HEADING.split(handle.read())
    connection = psycopg2.connect("", connect_timeout=10)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        for part in parts:
            if part.strip():
                cursor.execute(part)


if __name__ == "__main__":
    try:
        restore(sys.argv[1])
    except psycopg2.Error as error:
        sys.exit(" ".join(str(error).split()))

"""Run one SQL statement and print its rows as JSON.

Runs in the environment that holds psycopg2. The connection comes from the PG*
variables, the statement from the command line.
"""

import json
import sys

import psycopg2

try:
    connection = psycopg2.connect("", connect_timeout=10)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sys.argv[1])
        print(json.dumps(cursor.fetchall() if cursor.description else []))
except psycopg2.Error as error:
    sys.exit(" ".join(str(error).split()))

"""What programs that tell a story share: each chapter is a process of its own, as a restarted server is.

They run on Odoo's own path and answer with one line of JSON, or with a sentence and exit code 1.
"""

import json
from contextlib import closing

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config


class Broken(Exception):
    """The story does not go on as it should."""


def expect(holds, sentence):
    if not holds:
        raise Broken(sentence)


def run(chapters, config_path, database, chapter, context=None):
    """Tell one of ``{name: function of an environment}``, commit, and print what it answers; the exit code."""
    config.parse_config(["-c", config_path, "-d", database, "--no-http", "--max-cron-threads", "0"], setup_logging=True)
    registry = Registry(database)
    with closing(registry.cursor()) as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, context or {})
        try:
            answer = chapters[chapter](env)
        except Broken as broken:
            print(broken)
            return 1
        cr.commit()
    print(json.dumps(answer))
    return 0

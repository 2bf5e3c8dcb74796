from odoo.tools import SQL

from .models.mrp_closure_sealed import FUNCTION


def uninstall_hook(env):
    """Unseal what was sealed: Odoo removes tables itself, but no triggers and functions."""
    for name in env.registry.descendants(["mrp.closure.sealed"], "_inherit"):
        if not env[name]._abstract:
            env[name]._drop_triggers()
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s()", SQL.identifier(FUNCTION)))

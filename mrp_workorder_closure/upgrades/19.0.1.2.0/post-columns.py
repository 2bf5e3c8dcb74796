"""The state of the closure is no longer kept on each line of its balance: it was written with every step."""


def migrate(cr, version):
    cr.execute("ALTER TABLE mrp_closure_balance DROP COLUMN IF EXISTS closure_state")

"""Give a database a template for every order, which asks nothing: closures, gate and freeze apply everywhere.

Run by `core_suites.py` with the configuration and the database, in Odoo's Python.
"""

import sys

import odoo.api
from odoo.modules.registry import Registry
from odoo.tools import config


def main(configuration, database):
    config.parse_config(["--config", configuration, "--database", database])
    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        for company in env["res.company"].search([]):
            vals = {"name": "Every order", "company_id": company.id, "include_subcontracting": True}
            env["mrp.closure.template"].create(vals)


if __name__ == "__main__":
    main(*sys.argv[1:])

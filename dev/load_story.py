"""A program for the load test: makes the factory that is worked on, and looks at it afterwards.

    load_story.py CONFIG DATABASE prepare ORDERS     people, a template with levels, confirmed orders
    load_story.py CONFIG DATABASE look RECORD.json   what became of what people were told

Runs on Odoo's own path and answers with one line of JSON.
"""

import json
import sys
from contextlib import closing

from load_look import AT_LINE, look
from load_roles import BOARDS, TABLES

from odoo import Command, api
from odoo.modules.registry import Registry
from odoo.tests import new_test_user
from odoo.tools import config

MODULE = "mrp_workorder_closure"
CHECKS = 3
LEGS = 4
# Each role with no more rights than it needs; the levels name those who approve.
# A user with Manufacturing alone cannot make backorders in this build of Odoo; nobody makes one here.
ROLES = {
    "operator": ("mrp.group_mrp_user", 4),
    "inspector": (f"base.group_user,{MODULE}.group_inspector", 2),
    "controller": (f"base.group_user,{MODULE}.group_warehouse_controller", 1),
    "quality": ("base.group_user", 2),
    "finance": (f"base.group_user,{MODULE}.group_cost_controller", 2),
    "auditor": (f"base.group_user,{MODULE}.group_auditor", 1),
    "manager": (f"base.group_user,{MODULE}.group_manager", 1),
}
POINTS = [
    *({"name": f"Check {number}"} for number in range(CHECKS)),
    {"name": "Looked at", "kind": "inspection"},
    {"name": "As many as planned", "kind": "output_quantity"},
    {"name": "As much as planned", "kind": "consumption", "tolerance_pct": 30},
    {"name": "Everything is accounted for", "kind": "material_balance", "tolerance_pct": 25},
]


def prepare(env, count):
    """Orders of tables, whose components lie at the line, under a template with two levels of two persons each."""
    users = {
        role: [new_test_user(env, f"load_{role}_{number}", groups=groups) for number in range(people)]
        for role, (groups, people) in ROLES.items()
    }
    table, board, leg = env["product.product"].create(
        [{"name": f"Load {kind}", "is_storable": True, "standard_price": 5} for kind in ("Table", "Board", "Leg")]
    )
    fill_line(env, board | leg)
    env["mrp.bom"].create(
        {
            "product_tmpl_id": table.product_tmpl_id.id,
            "consumption": "flexible",
            "bom_line_ids": [
                Command.create({"product_id": board.id, "product_qty": BOARDS}),
                Command.create({"product_id": leg.id, "product_qty": LEGS}),
            ],
        }
    )
    make_template(env, table, users)
    hurry_crons(env)
    orders = env["mrp.production"].create([{"product_id": table.id, "product_qty": TABLES} for _number in range(count)])
    orders.action_confirm()
    return {
        "users": {role: [user.login for user in people] for role, people in users.items()},
        "orders": orders.ids,
        "board": board.id,
    }


def fill_line(env, components):
    """The line lies in the stock: nothing is picked, so what was issued is what people declare."""
    warehouse = env["stock.warehouse"].search([], limit=1)
    line = env["stock.location"].create({"name": "Line", "location_id": warehouse.lot_stock_id.id})
    warehouse.manu_type_id.default_location_src_id = line
    for component in components:
        env["stock.quant"]._update_available_quantity(component, line, AT_LINE)


def make_template(env, table, users):
    levels = [
        {"name": name.title(), "sequence": place, "user_ids": [Command.set([user.id for user in users[name]])]}
        for place, name in enumerate(("quality", "finance"), 1)
    ]
    env["mrp.closure.template"].create(
        {
            "name": "Load",
            "product_ids": [Command.set(table.ids)],
            "point_ids": [Command.create(point) for point in POINTS],
            "level_ids": [Command.create(level) for level in levels],
        }
    )


def hurry_crons(env):
    """What runs by itself every hour or night runs every minute: beside the people, not after them."""
    names = env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", "ir.cron")])
    crons = env["ir.cron"].browse(names.mapped("res_id"))
    crons.write({"interval_number": 1, "interval_type": "minutes"})


def main(config_path, database, command, argument):
    config.parse_config(["-c", config_path, "-d", database, "--no-http", "--max-cron-threads", "0"], setup_logging=True)
    registry = Registry(database)
    with closing(registry.cursor()) as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True})
        answer = prepare(env, int(argument)) if command == "prepare" else look(env, argument)
        cr.commit()
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])

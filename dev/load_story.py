"""A program for the load test: makes the factory that is worked on, and looks at it afterwards.

    load_story.py CONFIG DATABASE prepare ORDERS     users, a template with levels, confirmed orders
    load_story.py CONFIG DATABASE look RECORD.json   what became of what the users were told

Runs on Odoo's own path and answers with one line of JSON.
"""

import json
import sys
from contextlib import closing

from odoo import Command, api
from odoo.modules.registry import Registry
from odoo.tests import new_test_user
from odoo.tools import config

CHECKS = 4
# A user with Manufacturing alone cannot make backorders in this build of Odoo; nobody makes one here.
ROLES = {
    "operator": ("mrp.group_mrp_user", 4),
    "quality": ("base.group_user", 2),
    "finance": ("base.group_user", 2),
}


def prepare(env, count):
    """Orders with checks that anybody of the shop floor answers, and two levels with two persons each."""
    users = {
        role: [new_test_user(env, f"load_{role}_{number}", groups=group) for number in range(people)]
        for role, (group, people) in ROLES.items()
    }
    table, board = env["product.product"].create(
        [{"name": f"Load {kind}", "is_storable": True, "standard_price": 5} for kind in ("Table", "Board")]
    )
    stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
    env["stock.quant"]._update_available_quantity(board, stock, 100_000)
    env["mrp.bom"].create(
        {
            "product_tmpl_id": table.product_tmpl_id.id,
            "bom_line_ids": [Command.create({"product_id": board.id, "product_qty": 2})],
        }
    )
    levels = [
        {"name": name.title(), "sequence": place, "user_ids": [Command.set([user.id for user in users[name]])]}
        for place, name in enumerate(("quality", "finance"), 1)
    ]
    env["mrp.closure.template"].create(
        {
            "name": "Load",
            "product_ids": [Command.set(table.ids)],
            "point_ids": [Command.create({"name": f"Check {number}"}) for number in range(CHECKS)],
            "level_ids": [Command.create(level) for level in levels],
        }
    )
    orders = env["mrp.production"].create([{"product_id": table.id, "product_qty": 2} for _number in range(count)])
    orders.action_confirm()
    return {
        "users": {role: [user.login for user in people] for role, people in users.items()},
        "orders": orders.ids,
    }


def look(env, path):
    """Sentences about what was told to a user and is not so; empty where nothing was lost."""
    with open(path) as handle:
        told = json.load(handle)
    orders = env["mrp.production"].browse(told["orders"])
    closed = orders.closure_id.filtered(lambda closure: closure.state == "closed")
    lost = [
        *look_at_orders(orders, told["done"]),
        *look_at_decisions(orders.closure_id, told["approved"]),
        *(f"the archive: {finding['message']}" for finding in env["mrp.closure.dossier"].verify_chain()),
    ]
    for check in env["mrp.closure.check"].browse(told["answered"]):
        if check.state != "pass":
            lost.append(f"check {check.id} was answered, and is {check.state}")
    return {"lost": lost, "closed": len(closed)}


def look_at_orders(orders, done):
    """An order is done, its closure closed and its dossier sealed; or none of it."""
    for order in orders:
        closed = order.closure_id.state == "closed"
        if (order.state == "done") != closed or closed != bool(order.closure_id.dossier_ids):
            yield f"{order.name} is {order.state}, its closure {order.closure_id.state}"
        if order.id in done and not closed:
            yield f"{order.name} was marked as done, and is {order.state}"


def look_at_decisions(closures, approved):
    """Each approval that somebody was told of is on record, and once."""
    decisions = closures.approval_decision_ids.filtered(lambda decision: decision.verdict == "approved")
    known = {(decision.closure_id.id, decision.user_id.login) for decision in decisions}
    for closure_id, login in approved:
        if (closure_id, login) not in known:
            yield f"the approval of closure {closure_id} by {login} is not on record"
    if len(known) != len(decisions):
        yield "a decision was counted twice"


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

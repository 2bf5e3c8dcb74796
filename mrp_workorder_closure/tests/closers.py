"""A program for tests: closes orders in real transactions, as the workers of a server do.

    closers.py CONFIG DATABASE COMMAND [JSON]

It answers with one line of JSON. Not imported by the tests, but started as processes of their own.
"""

import json
import resource
import sys
import threading
import time

from odoo import Command, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config


def prepare(registry, groups):
    """Make orders that are ready to close; each group has a product and components of its own."""
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True})
        operator = env["res.users"].create(
            {
                "name": "Olga Operator",
                "login": "closer",
                "group_ids": [
                    Command.link(env.ref(name).id) for name in ("mrp.group_mrp_user", "account.group_account_readonly")
                ],
            }
        )
        made = {name: _make_orders(env, name, count).ids for name, count in groups.items()}
    return {"uid": operator.id, "orders": made}


def _make_orders(env, name, count):
    table, board = env["product.product"].create(
        [{"name": f"{kind} {name}", "is_storable": True, "standard_price": 5} for kind in ("Table", "Board")]
    )
    warehouse = env["stock.warehouse"].search([], limit=1)
    env["stock.quant"]._update_available_quantity(board, warehouse.lot_stock_id, 1000)
    env["mrp.bom"].create(
        {
            "product_tmpl_id": table.product_tmpl_id.id,
            "bom_line_ids": [Command.create({"product_id": board.id, "product_qty": 1})],
        }
    )
    env["mrp.closure.template"].create(
        {
            "name": name,
            "product_ids": [Command.set(table.ids)],
            "point_ids": [Command.create({"name": "Area is tidy"})],
        }
    )
    orders = env["mrp.production"].create([{"product_id": table.id, "product_qty": 1} for _number in range(count)])
    orders.action_confirm()
    orders.closure_id.check_ids.action_pass()
    return orders


def close(registry, uid, groups):
    """Close lists of batches at the same time, one thread for each list; batches one after the other."""
    start, results = threading.Barrier(len(groups)), {}
    threads = [
        threading.Thread(target=_close_batches, args=(registry, uid, name, batches, start, results))
        for name, batches in groups.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _close_batches(registry, uid, name, batches, start, results):
    result = results[name] = {"attempts": [], "error": None}
    start.wait()
    try:
        for batch in batches:
            result["attempts"].append(0)
            with registry.cursor() as cr:
                env = api.Environment(cr, uid, {})

                def mark_done(env=env, batch=batch):
                    result["attempts"][-1] += 1
                    env["mrp.production"].browse(batch).button_mark_done()

                retrying(mark_done, env)
    except Exception as error:
        result["error"] = repr(error)


def hang(registry, uid, batch, when):
    """Close a batch and never come to the end: stop before or after the dossiers are written, or before the commit."""
    model = registry["mrp.closure.dossier"]
    append = model._append

    def stop(self, entries):
        made = append(self, entries) if when == "after" else None
        self.env.flush_all()
        sys.stdout.write("hanging\n")
        sys.stdout.flush()
        time.sleep(600)
        return made

    model._append = api.model(stop)
    with registry.cursor() as cr:
        api.Environment(cr, uid, {})["mrp.production"].browse(batch).button_mark_done()


def fill(registry, order, count):
    """Add so many dossiers of an order that is closed: what an archive looks like after years."""
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        dossier = env["mrp.production"].browse(order).closure_id.dossier_ids[0]
        entry = {"closure": dossier.closure_id, "kind": "closing", "sections": dossier.manifest["sections"]}
        for _number in range(count // 100):
            env["mrp.closure.dossier"]._append([entry] * 100)
            env.cr.commit()
            env.invalidate_all()
    return count


def export(registry, kind, first, last):
    """Export dossiers as the cron does, part by part, and tell the peak of this process's memory in bytes."""
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        numbers = [("sequence_number", ">=", first), ("sequence_number", "<=", last)]
        asked = env["mrp.closure.export"].create(
            {"kind": kind, "dossier_ids": [Command.set(env["mrp.closure.dossier"].search(numbers).ids)]}
        )
        while asked.state in ("todo", "running"):
            asked._make_part()
            env.cr.commit()
            env.invalidate_all()
        done = asked.state, asked.done_count
    return [*done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]


def report(registry):
    """What an auditor's look finds, and the chain itself."""
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        dossiers = env["mrp.closure.dossier"].search([], order="sequence_number")
        return {
            "findings": env["mrp.closure.dossier"].verify_chain(),
            "numbers": dossiers.mapped("sequence_number"),
            "closures": dossiers.closure_id.mapped("state"),
            "orders": [dossier.closure_id.production_id.id for dossier in dossiers],
        }


def main():
    path, database, command, *arguments = sys.argv[1:]
    config.parse_config(["-c", path, "-d", database, "--log-level=critical"])
    registry = Registry(database)
    answer = globals()[command](registry, *(json.loads(argument) for argument in arguments))
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()

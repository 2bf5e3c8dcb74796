"""A program for the life cycle stage: tells and checks the story of one database.

life_story.py CONFIG DATABASE CHAPTER
"""

import sys

from story import expect, run

from odoo import Command
from odoo.exceptions import RedirectWarning, UserError

ADDON = "mrp_workorder_closure"
BARRIERS = (UserError, RedirectWarning)
# What the addon leaves in a database, as SQL that counts it. Its name stays in the list of modules.
TRACES = {
    "tables": "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND relname LIKE 'mrp_closure%'",
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns "
    "WHERE table_schema = 'public' AND column_name LIKE '%closure%'",
    "triggers": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE '%closure%'",
    "functions": "SELECT proname FROM pg_proc WHERE proname LIKE '%closure%'",
    "constraints": "SELECT conname FROM pg_constraint WHERE conname LIKE '%closure%'",
    "names": f"SELECT name FROM ir_model_data WHERE module = '{ADDON}'",
    "jobs": "SELECT cron_name FROM ir_cron WHERE cron_name LIKE 'Work Order Closure%'",
    "attachments": "SELECT name FROM ir_attachment WHERE res_model LIKE 'mrp.closure%'",
    "activities": "SELECT res_model FROM mail_activity WHERE res_model LIKE 'mrp.closure%'",
}


def make_history(env):
    """Orders as a factory has them before it installs the addon: done, started, waiting, cancelled."""
    table, board = env["product.product"].create(
        [
            {"name": f"History {kind}", "default_code": kind, "is_storable": True, "standard_price": 5}
            for kind in ("Table", "Board")
        ]
    )
    stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
    env["stock.quant"]._update_available_quantity(board, stock, 1000)
    env["mrp.bom"].create(
        {
            "product_tmpl_id": table.product_tmpl_id.id,
            "bom_line_ids": [Command.create({"product_id": board.id, "product_qty": 2})],
        }
    )
    done, started, waiting, cancelled, draft = make_orders(env, table, 5)
    (done | started | waiting | cancelled).action_confirm()
    finish(done)
    started.qty_producing = 2
    started._set_qty_producing()
    cancelled.action_cancel()
    return {"table": table.id, "done": done.id, "started": started.id, "waiting": waiting.id, "draft": draft.id}


def make_orders(env, product, count):
    return env["mrp.production"].create([{"product_id": product.id, "product_qty": 2} for _number in range(count)])


def finish(order):
    """Produce all of an order; True when it is done."""
    order.button_mark_done()
    order.env.flush_all()
    return order.state == "done"


def find(env, kind):
    """An order of the history, by its place."""
    table = env["product.product"].search([("default_code", "=", "Table")], limit=1)
    orders = env["mrp.production"].search([("product_id", "=", table.id)], order="id", limit=5)
    return dict(zip(("done", "started", "waiting", "cancelled", "draft"), orders, strict=True))[kind]


def use_installed(env):
    """After installing: history is as it was, a catch-all template covers what is confirmed from now on."""
    table = find(env, "done").product_id
    expect(not env["mrp.closure"].search([("production_id.product_id", "=", table.id)]), "History got closures.")
    env["mrp.closure.template"].create(
        {"name": "All", "product_ids": [Command.set(table.ids)], "point_ids": [Command.create({"name": "Tidy"})]}
    )
    expect(find(env, "done").state == "done", "A done order is no longer done.")
    expect(finish(find(env, "started")), "An order that was started before the installation cannot be finished.")
    expect(not find(env, "started").closure_id, "An order from before the installation got a closure.")
    draft = find(env, "draft")
    draft.action_confirm()
    expect(draft.closure_id.state == "open", "An order confirmed after the installation has no closure.")
    return refuse_and_close(env, draft)


def refuse_and_close(env, order):
    """The gate refuses, then lets through; a second order of its product stays open and gated."""
    expect(is_refused(order), "The gate let an order pass whose check nobody answered.")
    order.closure_id.check_ids.action_pass()
    expect(finish(order) and order.closure_id.state == "closed", "An order with all checks met does not close.")
    findings = env["mrp.closure.dossier"].verify_chain()
    expect(not findings, f"The chain of dossiers is broken: {findings}")
    another = make_orders(env, order.product_id, 1)
    another.action_confirm()
    return {"open": another.closure_id.id, "dossiers": env["mrp.closure.dossier"].search_count([])}


def is_refused(order):
    try:
        with order.env.cr.savepoint():
            finish(order)
            raise AssertionError
    except BARRIERS:
        return True
    except AssertionError:
        return False


def uninstall(env):
    """What is looked for afterwards is there before: a name that nothing has would never be missed."""
    for what in ("tables", "columns", "triggers", "functions", "constraints", "names", "jobs"):
        env.cr.execute(TRACES[what])
        expect(env.cr.fetchall(), f"The addon has no {what}: the list of traces is out of date.")
    env["ir.module.module"].search([("name", "=", ADDON)]).button_immediate_uninstall()
    return {}


def use_without(env):
    """After uninstalling: nothing is left, and orders that had a closure are ordinary orders."""
    expect("mrp.closure" not in env, "The model is still there.")
    for what, statement in TRACES.items():
        env.cr.execute(statement)
        left = [row[0] for row in env.cr.fetchall()]
        expect(not left, f"Uninstalling left {what}: {', '.join(map(str, left))}")
    table = find(env, "done").product_id
    gated = env["mrp.production"].search([("product_id", "=", table.id), ("state", "=", "confirmed")])
    expect(gated, "No order is waiting.")
    expect(all(finish(order) for order in gated), "An order cannot be finished after uninstalling.")
    (fresh,) = make_orders(env, table, 1)
    fresh.action_confirm()
    expect(finish(fresh), "A new order cannot be finished after uninstalling.")
    make_orders(env, table, 1).action_confirm()
    return {}


def use_again(env):
    """After installing once more: a new template gates new orders."""
    table = find(env, "done").product_id
    env["mrp.closure.template"].create(
        {"name": "Again", "product_ids": [Command.set(table.ids)], "point_ids": [Command.create({"name": "Tidy"})]}
    )
    (order,) = make_orders(env, table, 1)
    order.action_confirm()
    return refuse_and_close(env, order)


CHAPTERS = {chapter.__name__: chapter for chapter in (make_history, use_installed, uninstall, use_without, use_again)}


if __name__ == "__main__":
    sys.exit(run(CHAPTERS, *sys.argv[1:], {"tracking_disable": True}))

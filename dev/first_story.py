"""A program for `dev/first_dump.py`: the life that the addon's first version had before its dump was taken.

    first_story.py CONFIG DATABASE CHAPTER

Each chapter is told at a day of its own, so that telling it again gives the same story. Every feature that the first
version kept rows of leaves some; the chapter `take_stock` says which did not.
"""

import base64
import sys
from unittest.mock import patch

import life_story
from first_cabinets import make_cabinets, settle_leftovers
from first_factory import ADDON, Joinery
from freezegun import freeze_time
from story import expect, run

from odoo import fields
from odoo.modules.module import get_manifest
from odoo.sql_db import BaseCursor, Cursor
from odoo.tools import SQL, convert_file

DAYS = {
    "make_history": "2025-10-01 08:00:00",
    "use_installed": "2025-10-02 08:00:00",
    "open_factory": "2025-10-06 06:00:00",
    "approve_shelves": "2025-10-07 06:00:00",
    "close_shelves": "2025-10-08 06:00:00",
    "change_closed": "2025-10-09 06:00:00",
    "make_cabinets": "2025-10-13 06:00:00",
    "settle_leftovers": "2025-10-14 06:00:00",
    "keep_archive": "2025-10-20 06:00:00",
    "take_stock": "2025-10-20 20:00:00",
}


def keep_files_inside(env):
    """Before the addon comes: files lie in the database, where the dump takes them along; nobody gets mail."""
    env["ir.config_parameter"].set_param("ir_attachment.location", "db")
    env["ir.attachment"].force_storage()
    env["res.users"].search([]).notification_type = "inbox"
    return {}


def open_factory(joinery):
    """The demo factory of the first version, as if people had entered it, and the joinery."""
    env = joinery.env
    names = env["ir.model.data"].search([("module", "=", ADDON)])
    for path in get_manifest(ADDON)["demo"]:
        convert_file(env, ADDON, path, {}, mode="init", noupdate=True)
    (env["ir.model.data"].search([("module", "=", ADDON)]) - names).unlink()
    env["res.users"].search([]).notification_type = "inbox"
    joinery.build()


# Approvals


def approve_shelves(joinery):
    """Shelf orders in every stage of their approval, none of them closed."""
    for name in ("Untouched", "Half", "Sent back", "Turned down", "Submitted again", "Released", "Two more", "Absent"):
        joinery.submit_shelf(name)
    orders = joinery.orders("SHELF")
    joinery.decide(orders["Half"], "approver", "approved")
    for login in ("approver", "manager"):
        joinery.decide(orders["Sent back"], login, "approved")
    joinery.decide(orders["Sent back"], "cost", "sent_back", "Look at the price of oak", target_sequence=10)
    for name in ("Turned down", "Submitted again"):
        joinery.decide(orders[name], "approver", "rejected", "One is crooked")
    orders["Submitted again"].closure_id.with_user(joinery.person("operator")).action_submit()
    joinery.release(orders["Released"])
    joinery.decide(orders["Two more"], "approver", "signer_added", target_user_id=joinery.person("inspector").id)
    joinery.decide(orders["Two more"], "manager", "forwarded", target_user_id=joinery.person("warehouse").id)
    _stand_in(joinery, orders["Absent"])
    _leave_unfinished(joinery)


def _stand_in(joinery, order):
    today = fields.Date.today()
    joinery.env["mrp.closure.delegation"].create(
        {
            "user_id": joinery.person("approver").id,
            "delegate_id": joinery.person("auditor").id,
            "date_from": today,
            "date_to": today,
            "reason": "At the fair",
        }
    )
    joinery.decide(order, "auditor", "approved")


def _leave_unfinished(joinery):
    """Orders that wait, and one that was cancelled before anything was done."""
    joinery.order("SHELF", "Draft", confirm=False)
    joinery.order("SHELF", "Confirmed")
    joinery.order("SHELF", "Given up").action_cancel()
    rest = joinery.order("SHELF", "Rest later", qty=4)
    joinery.issue(rest)
    joinery.produce(rest, 3)
    rest.closure_id.action_keep_backorder()


# Closing


def close_shelves(joinery):
    """Shelf orders that were closed in each of the ways there are, and some that were opened again."""
    for name in ("Plain", "Corrected", "Opened again", "Scrapped later"):
        order = joinery.submit_shelf(name)
        _raise_prices(joinery)
        joinery.release(order)
        joinery.close(order)
    short, parted = (joinery.submit_shelf(name, 3, qty=4) for name in ("Short", "Parted"))
    short.closure_id.action_close_short("The oak ran out")
    parted.closure_id.action_keep_backorder()
    for order, backorders in ((short, []), (parted, parted.ids)):
        joinery.release(order)
        joinery.close(order.with_context(skip_backorder=True, mo_ids_to_backorder=backorders))
    _force(joinery)
    _cancel_consumed(joinery)


def _raise_prices(joinery):
    """What an order costs differs from what was planned at its confirmation, by price and by rate."""
    joinery.product("LEG").standard_price += 1
    joinery.env["mrp.workcenter"].search([("code", "=", "JB")]).costs_hour += 2


def _force(joinery):
    company, manager = joinery.env.company, joinery.person("manager")
    for name, second in (("Forced", False), ("Forced by two", True)):
        company.closure_force_second_person = second
        order = joinery.order("SHELF", name)
        joinery.issue(order)
        joinery.produce(order)
        order.closure_id.with_user(manager).action_force_close("The customer waits")


def _cancel_consumed(joinery):
    """An order that was begun before a template covered it got its closure late, and is cancelled by the manager."""
    manager = joinery.person("manager")
    template = joinery.env["mrp.closure.template"].search([("name", "=", "Shelves")])
    template.active = False
    order = joinery.order("SHELF", "Cancelled")
    joinery.issue(order)
    move = order.move_raw_ids.sudo().filtered(lambda move: move.product_id.default_code == "LEG")
    move.write({"quantity": 2, "picked": True})
    move._action_done()
    template.active = True
    template.with_user(manager).action_apply_to_open_orders()
    order.closure_id.with_user(manager).action_cancel_order("The customer cancelled")


def change_closed(joinery):
    """After closing: corrections of what was reopened, and what is sealed as an addendum."""
    manager, orders = joinery.person("manager"), joinery.orders("SHELF")
    for name in ("Corrected", "Opened again"):
        orders[name].closure_id.with_user(manager).action_reopen("One was counted twice")
    corrected = orders["Corrected"]
    corrected.move_raw_ids.filtered(lambda move: move.product_id.default_code == "LEG").move_line_ids[:1].quantity = 7
    closure = corrected.closure_id.with_user(joinery.person("operator"))
    closure.action_refresh()
    closure.action_submit()
    joinery.release(corrected)
    scrap = joinery.env["stock.scrap"].create(
        {"product_id": joinery.product("SHELF").id, "scrap_qty": 1, "production_id": orders["Scrapped later"].id}
    )
    scrap.do_scrap()
    orders["Scrapped later"].closure_id._seal_addenda()


# The archive


def keep_archive(joinery):
    """Prints, verification, export, what the nightly jobs do, templates that go on, settings."""
    env, manager, auditor = joinery.env, joinery.person("manager"), joinery.person("auditor")
    printed = env["mrp.closure.dossier.file"].search([], order="id", limit=2)
    printed._write_evidence({"pdf": base64.b64encode(b"%PDF-1.4\n%%EOF\n")})
    printed._write_evidence({"state": "done", "printed_at": fields.Datetime.now()})
    printed[1:].dossier_id.file_ids._write_evidence({"active": False})
    env["mrp.closure.verification"].with_user(auditor).action_verify()
    for kind in ("zip", "csv"):
        env["mrp.closure.export"].with_user(auditor).create({"kind": kind})
    env["mrp.closure.export"]._cron_export()
    for job in ("remind_of_approvals", "remind_late_checks", "refresh", "seal_addenda"):
        getattr(env["mrp.closure"], f"_cron_{job}")()
    _change_templates(env, manager)
    env.company.write({"closure_archive_years": 10, "closure_concession_group_id": joinery.group("inspector").id})


def _change_templates(env, manager):
    templates = env["mrp.closure.template"].with_user(manager)
    cabinets, shelves = (templates.search([("name", "=", name)]) for name in ("Cabinets", "Shelves"))
    # An open closure moves to the new version of its template, those of the other template stay.
    cabinets.point_ids[:1].instructions = "<p>Nothing of another order lies on it or under it.</p>"
    moving = cabinets.action_move_open_closures()
    env[moving["res_model"]].with_user(manager).browse(moving["res_id"]).action_confirm()
    shelves.point_ids.severity = "warning"
    library = env["mrp.closure.library"].with_user(manager)
    library.search(library.action_open()["domain"])[:1].action_use()
    env["mrp.closure.trial"].with_user(manager).create({"template_id": shelves.id}).action_run()
    default = templates.create({"name": "Everything else", "active": False})
    env.company.closure_template_id = default


def take_stock(joinery):
    """No table of the addon is left without a row, but those of dialogs, which Odoo empties after hours."""
    env = joinery.env
    fields_of_addon = [
        field
        for name in env
        for field in env[name]._fields.values()
        if env[name]._auto and not env[name]._transient and field.store and ADDON in field._modules
    ]
    tables = {env[field.model_name]._table for field in fields_of_addon if field.model_name.startswith("mrp.closure")}
    tables |= {field.relation for field in fields_of_addon if field.type == "many2many"}
    empty = sorted(
        table for table in tables if not env.execute_query(SQL("SELECT 1 FROM %s LIMIT 1", SQL.identifier(table)))
    )
    expect(not empty, f"The first version's story leaves no row in {', '.join(empty)}.")
    findings = env["mrp.closure.dossier"].verify_chain()
    expect(not findings, f"The first version's own chain is broken: {findings}")
    return {"tables": len(tables)}


def at_its_day(chapter):
    """A chapter for `run` that is told to a joinery, at its day by every clock but the server's own."""

    def tell(env):
        with freeze_time(DAYS[chapter.__name__]) as clock:

            def now(_cursor):
                return fields.Datetime.now()

            with patch.object(Cursor, "now", now), patch.object(BaseCursor, "now", now):
                answer = chapter(env if chapter.__module__ == "life_story" else Joinery(env, clock))
                # What is written down before a commit, as the history of records, belongs to that day too.
                env.cr.flush()
        return answer or {}

    return tell


CHAPTERS = {
    "keep_files_inside": keep_files_inside,
    **{
        chapter.__name__: at_its_day(chapter)
        for chapter in (
            life_story.make_history,
            life_story.use_installed,
            open_factory,
            approve_shelves,
            close_shelves,
            change_closed,
            make_cabinets,
            settle_leftovers,
            keep_archive,
            take_stock,
        )
    },
}


if __name__ == "__main__":
    sys.exit(run(CHAPTERS, *sys.argv[1:]))

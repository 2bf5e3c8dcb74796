"""A program for the upgrade stage: what a database says of itself, and how its life goes on after an upgrade.

    upgrade_story.py CONFIG DATABASE CHAPTER

The orders are those of `first_story.py`, and are called what they are called there.
"""

import re
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from dateutil.relativedelta import relativedelta
from first_cabinets import answer, find_checks, hand_in_drawing, photograph, sign_release
from first_factory import ADDON, Joinery
from life_story import find, refuse_and_close
from story import expect, run

from odoo import models

# What differs between two databases whatever their code is: who and when, and what happened since.
HAPPENED = frozenset(
    """
    create_date create_uid write_date write_uid nextcall lastcall failure_count first_failure_date
    arch_prev arch_updated parent_path user_ids
    """.split()
)
NUMBER = re.compile(r'(?<=name=")[0-9]+(?=")')
MONTH = datetime(2025, 10, 1)
RUNNING = ("open", "to_approve", "approved")
# Prints need a server that answers wkhtmltopdf.
NOT_RUN = "ir_cron_print_dossiers"


def describe(env):
    """What the addon's files put into a database: ``{external id: {field: text}}``, records by their external ids."""
    rows = env["ir.model.data"].search([])
    names = {(row.model, row.res_id): row.complete_name for row in rows}
    described = {}
    for model, named in rows.filtered(lambda row: row.module == ADDON).grouped("model").items():
        fields = [name for name, field in env[model]._fields.items() if field.store and name not in {*HAPPENED, "id"}]
        records = env[model].with_context(active_test=False).browse(named.mapped("res_id"))
        for row, record in zip(named, records, strict=True):
            texts = {name: _tell_value(record[name], names) for name in fields}
            described[row.name] = {"noupdate": str(row.noupdate), **texts}
    return described


def _tell_value(value, names):
    if isinstance(value, models.BaseModel):
        return " ".join(sorted(names.get((value._name, key), "?") for key in value.ids))
    # Views name the actions of their buttons by number.
    return NUMBER.sub("action", str(value))


# What was closed


def read_upgraded(env):
    """The archive verifies, what was closed reads as it was, and the analysis knows it."""
    check_archive(env, "The upgrade")
    closed = env["mrp.closure"].search([("state", "=", "closed")])
    orders = Joinery(env).orders("SHELF")
    expect(not orders["Plain"].closure_id.later_cost, "The value of an order reads as cost that came after closing.")
    without = closed.filtered(lambda closure: not closure.started_qty or not closure.accepted_qty)
    expect(not without, f"Orders have no output: {without.mapped('name')}")
    for name in ("Corrected", "Opened again"):
        reopened_at = orders[name].closure_id.reopened_at
        expect(str(reopened_at).startswith("2025-10-09"), f"{name}: reopened at {reopened_at}")
    outdated = env["mrp.closure.template"].search([("name", "!=", "Shelves")]).filtered("outdated_closure_count")
    expect(not outdated, f"The upgrade reads as a change of templates: {outdated.mapped('name')}")
    _read_everything(env)
    _read_analysis(env, closed)
    return {"closed": len(closed)}


def check_archive(env, who):
    findings = env["mrp.closure.dossier"].verify_chain()
    expect(not findings, f"{who} broke the chain of dossiers: {findings}")
    drift = env["mrp.closure"].search([("state", "=", "closed")])._get_drift()
    expect(not drift, f"{who} reads as changes of closed orders: {drift}")
    verification = env["mrp.closure.verification"].with_user(Joinery(env).person("auditor"))
    made = verification.browse(verification.action_verify()["res_id"])
    expect(made.result == "intact", f"{who} broke the archive: {made.message}")


def _read_everything(env):
    """Every field of every record of the addon can be read, and every dossier printed and exported."""
    for name in sorted(name for name in env if name.startswith("mrp.closure") and not env[name]._abstract):
        env[name].with_context(active_test=False).search([]).read()
    dossiers = env["mrp.closure.dossier"].search([])
    env["ir.actions.report"]._render_qweb_html(f"{ADDON}.report_dossier", dossiers.ids)
    from odoo.addons.mrp_workorder_closure.tools import check_dossiers

    with tempfile.TemporaryDirectory() as folder:
        with Path(folder, "all.zip").open("w+b") as target:
            dossiers.sorted("sequence_number")._write_zip(target)
        count, _heads, findings = check_dossiers.check([Path(folder)])
    expect((count, findings) == (len(dossiers), []), f"Exported dossiers are not what was sealed: {findings}")


def _read_analysis(env, closed):
    """Reports and figures tell of the month in which the first version's orders were closed."""
    report = env["mrp.closure.report"].search([("state", "=", "closed")])
    expect(report.closure_id == closed and all(report.mapped("yield_pct")), "The analysis lacks closed orders.")
    indicators = env["mrp.closure.indicator"]
    figures = indicators._measure(
        list(indicators._get_indicators()), env.company, MONTH, MONTH + relativedelta(months=1)
    )
    counts = {"closed": len(closed), "reopened": 2, "forced_closes": 1}
    found = {code: figures[code] for code in counts}
    expect(found == counts, f"The analysis counts {found} instead of {counts}.")
    expect(0 < figures["yield"] < 100, f"The analysis says a yield of {figures['yield']}.")


# What was open


def use_upgraded(env):
    """Every closure that was open goes on, by the people whose turn it is, and closes."""
    joinery = Joinery(env)
    running = env["mrp.closure"].search([("state", "in", RUNNING)])
    closings = [("kind", "=", "closing")]
    before = env["mrp.closure.dossier"].search_count(closings)
    for login in ("operator", "inspector", "warehouse", "cost", "approver", "auditor", "manager"):
        joinery.person(login).password = login
    running.action_refresh()
    _finish_history(env)
    _finish_shelves(joinery)
    _finish_cabinets(joinery)
    _finish_pumps(joinery)
    left = running.filtered(lambda closure: closure.state != "closed")
    expect(not left, f"Closures of the first version do not close: {left.mapped('production_id.name')}")
    made = env["mrp.closure.dossier"].search_count(closings) - before
    expect(made > len(running), f"{made} dossiers were made of {len(running)} closures that were open, and a draft.")
    check_archive(env, "Going on after the upgrade")
    return {"closed": len(running), "dossiers": made}


def _finish_history(env):
    table = find(env, "done").product_id
    closure = env["mrp.closure"].search([("production_id.product_id", "=", table.id), ("state", "=", "open")], limit=1)
    refuse_and_close(env, closure.production_id)


def _finish_shelves(joinery):
    """Each goes on at the level where it was; see ``approve_shelves``. Of what was parted the backorder is left."""
    operator, orders = joinery.person("operator"), joinery.orders("SHELF")
    orders["Draft"].with_user(operator).action_confirm()
    for name in ("Draft", "Confirmed", "Parted"):
        joinery.issue(orders[name])
        joinery.produce(orders[name])
    for name in ("Draft", "Confirmed", "Parted", "Rest later"):
        joinery.work(orders[name])
        orders[name].closure_id.with_user(operator).check_ids.action_pass()
    for name in ("Turned down", "Opened again"):
        orders[name].closure_id.with_user(operator).action_submit()
    everybody = ("approver", "manager", "cost")
    decisions = {
        "Released": (),
        "Half": everybody[1:],
        "Absent": everybody[1:],
        "Two more": ("approver", "inspector", "warehouse", "cost"),
        **dict.fromkeys(("Untouched", "Sent back", "Submitted again", "Turned down"), everybody),
        **dict.fromkeys(("Draft", "Confirmed", "Parted", "Rest later", "Opened again"), everybody),
    }
    for name, logins in decisions.items():
        for login in logins:
            joinery.decide(orders[name], login, "approved")
        if orders[name].state != "done":
            backorders = orders[name].ids if name == "Rest later" else []
            joinery.close(orders[name].with_context(skip_backorder=True, mo_ids_to_backorder=backorders))
    forced = orders["Forced by two"]
    joinery.person("auditor").group_ids += joinery.group("force_close")
    joinery.decide(forced, "auditor", "approved")
    joinery.close(forced)


def _finish_cabinets(joinery):
    """What was issued is made, what failed is decided about; see ``make_cabinets`` and ``settle_leftovers``."""
    orders = joinery.orders("CABINET")
    joinery.issue(orders["Next"])
    for name in ("Next", "Left over"):
        order = orders[name]
        order.lot_producing_ids = joinery.env["stock.lot"].create(
            {"name": f"CAB-{name}", "product_id": order.product_id.id}
        )
        if name == "Next":
            joinery.produce(order)
        photograph(joinery, order)
        joinery.work(order)
        answer(joinery, order)
    _mend(joinery, orders["Failed"])
    for name in ("Waiting", "Next", "Left over", "Failed"):
        _waive(joinery, orders[name])
        joinery.decide(orders[name], "approver", "approved")
        joinery.close(orders[name])


def _mend(joinery, order):
    """The rejected lot is kept as it is; what failed is answered again."""
    _concede(joinery, order)
    hand_in_drawing(joinery, order)
    sign_release(joinery, order)
    find_checks(order)["Bench is cleared"].with_user(joinery.person("operator")).action_pass()


def _concede(joinery, order):
    for nonconformity in order.closure_id.nonconformity_ids.with_user(joinery.person("manager")):
        nonconformity.action_disposition(
            [{"disposition": "use_as_is", "quantity": nonconformity.open_quantity, "reason": "Good enough"}]
        )


def _waive(joinery, order):
    """What the system still finds is conceded by the manager."""
    failed = order.closure_id.check_ids.filtered(lambda check: check.state == "fail" and check.severity == "blocking")
    for check in failed.with_user(joinery.person("manager")):
        check.action_waive("Known from before the upgrade")


def _finish_pumps(joinery):
    """The demo factory's orders: answered by whoever is asked, inspected, decided about, returned, approved."""
    env, asked = joinery.env, {group: joinery.person(group) for group in ("inspector", "warehouse")}
    found = env["mrp.production"].search([("name", "=like", "WH/MO/%-_")])
    orders = {order.name.removeprefix("WH/MO/"): order for order in found}
    for name in ("PUMP-1", "PUMP-2"):
        for check in orders[name].closure_id.check_ids.filtered(lambda check: check.state == "todo"):
            by_warehouse = check.group_id == joinery.group("warehouse_controller")
            check.with_user(asked["warehouse"] if by_warehouse else joinery.person("operator")).action_pass()
        _waive(joinery, orders[name])
    inspection = orders["PUMP-5"].closure_id.inspection_ids.with_user(asked["inspector"])
    inspection.line_ids.filtered(lambda line: line.kind == "variable").readings = "25.01 24.96 25.06 25.03 24.98"
    inspection.line_ids.filtered(lambda line: line.kind == "attribute").action_none_defective()
    inspection.action_decide()
    _concede(joinery, orders["PUMP-6"])
    dialog = orders["SET-1"].closure_id.with_user(joinery.person("operator")).action_return()
    leftovers = env[dialog["res_model"]].with_user(joinery.person("operator")).browse(dialog["res_id"])
    leftovers.reason = "More were issued than needed"
    leftovers.action_confirm()
    for name in ("DOSE-1", "DOSE-2", "DOSE-3"):
        logins = ("approver", "inspector", "cost") if name == "DOSE-3" else ("approver", "cost")
        for login in logins:
            joinery.decide(orders[name], login, "approved")
    for name in ("PUMP-1", "PUMP-2", "PUMP-3", "PUMP-5", "PUMP-6", "SET-1", "DOSE-1", "DOSE-2", "DOSE-3"):
        joinery.close(orders[name])


def look_back(env):
    """The nightly jobs run over all of it, and find nothing wrong."""
    jobs = env["ir.model.data"].search([("module", "=", ADDON), ("model", "=", "ir.cron"), ("name", "!=", NOT_RUN)])
    for job in env["ir.cron"].with_context(active_test=False).browse(jobs.mapped("res_id")):
        job.method_direct_trigger()
    check_archive(env, "A nightly job")
    review_model = env["mrp.closure.review"]
    review_model._make(env.company, "month", MONTH.date())
    review = review_model.search([("date_from", "=", MONTH)])
    expect(review.line_ids, "The month in which the first version was used has no review.")
    return {"jobs": len(jobs)}


CHAPTERS = {chapter.__name__: chapter for chapter in (describe, read_upgraded, use_upgraded, look_back)}


if __name__ == "__main__":
    sys.exit(run(CHAPTERS, *sys.argv[1:]))

"""The cabinets of the first version's story: a chapter about quality, and one about material."""

import base64

from first_factory import PICTURE

from odoo import fields
from odoo.fields import Command

# Quality


def make_cabinets(joinery):
    """A cabinet order with every kind of evidence closes; others wait in between."""
    closed = begin(joinery, "Complete", 10)
    _report(joinery, closed)
    _settle_small(joinery, closed)
    answer(joinery, closed)
    joinery.decide(closed, "approver", "approved")
    joinery.close(closed)
    _release_from_quarantine(joinery, closed)
    waiting = begin(joinery, "Waiting", 2)
    answer(joinery, waiting)
    failed = begin(joinery, "Failed", 3)
    checks = find_checks(failed)
    checks["Width"].with_user(joinery.person("operator")).action_measure(501)
    checks["Width"].with_user(joinery.person("manager")).action_waive("Fits all the same")
    checks["Label"].with_user(joinery.person("manager")).action_not_applicable("Sold without a label")
    checks["Bench is cleared"].with_user(joinery.person("operator")).action_fail("Clamps of another order")
    _reject(joinery, failed)
    joinery.order("CABINET", "Next", qty=2)


def begin(joinery, name, quantity):
    order = joinery.order("CABINET", name, qty=quantity)
    joinery.issue(order)
    order.lot_producing_ids = joinery.env["stock.lot"].create(
        {"name": f"CAB-{name}", "product_id": order.product_id.id}
    )
    joinery.produce(order)
    photograph(joinery, order)
    joinery.work(order)
    _stop(order)
    order.closure_id.action_refresh()
    return order


def photograph(joinery, order):
    """The picture without which the last operation cannot be finished."""
    photo = order.closure_id.check_ids.filtered(lambda check: check.kind == "photo")
    photo.with_user(joinery.person("operator")).action_photo("cabinet.png", base64.b64encode(PICTURE))


def _stop(order):
    """A stoppage of the work center, with its reason."""
    loss = order.env["mrp.workcenter.productivity.loss"].search([("loss_type", "=", "availability")], limit=1)
    workorder = order.workorder_ids[:1]
    order.env["mrp.workcenter.productivity"].sudo().create(
        {
            "workorder_id": workorder.id,
            "workcenter_id": workorder.workcenter_id.id,
            "date_start": fields.Datetime.now(),
            "date_end": fields.Datetime.now(),
            "loss_id": loss.id,
            "description": "Blade changed",
        }
    )


def answer(joinery, order):
    """Every check that persons answer is met."""
    operator, closure = joinery.person("operator"), order.closure_id
    checks = find_checks(order)
    checks["Width"].with_user(operator).action_measure(500.1)
    (checks["Bench is cleared"] | checks["Label"]).with_user(operator).action_pass()
    hand_in_drawing(joinery, order)
    sign_release(joinery, order)
    inspect(joinery, closure, "900.2 899.8", 0)
    closure.with_user(operator).action_refresh()


def find_checks(order):
    """``{requirement: check}``; the cabinets have no check twice."""
    return {check.name: check for check in order.closure_id.check_ids}


def hand_in_drawing(joinery, order):
    """A check that a document meets."""
    operator = joinery.person("operator")
    document = joinery.env["ir.attachment"].with_user(operator)
    document = document.create({"name": "drawing.txt", "raw": b"Cabinet, drawing 12\n"})
    dialog = joinery.env["mrp.closure.answer"].with_user(operator)
    drawing = find_checks(order)["Drawing"]
    dialog.create({"check_id": drawing.id, "attachment_ids": [Command.set(document.ids)]}).action_met()


def sign_release(joinery, order):
    """A check that a signature meets."""
    signed = joinery.env["mrp.closure.answer"].with_user(joinery.person("manager"))
    signed = signed.with_context(closure_password="manager")
    signed.create({"check_id": find_checks(order)["Released for sale"].id}).action_met()


def inspect(joinery, closure, readings, defective):
    inspector = joinery.person("inspector")
    inspection = closure.inspection_ids.with_user(inspector)
    for line in inspection.line_ids:
        entered = {"readings": readings} if line.kind == "variable" else {"inspected": 2, "defective": defective}
        line.write({**entered, "note": "With the long gauge"})
    inspection.line_ids[:1].write(
        {"report": base64.b64encode(b"Height of two cabinets\n"), "report_name": "height.txt"}
    )
    dialog = inspection.env["mrp.closure.decision"].with_context(closure_password="inspector")
    dialog.create({"inspection_id": inspection.id}).action_decide()


def _report(joinery, order):
    """A problem with a photo, about which each disposition there is decides a part."""
    nonconformity = _tell_problem(joinery, order, 7, "Doors are scratched")
    inspector, manager = joinery.person("inspector"), joinery.person("manager")
    nonconformity.with_user(inspector).action_disposition([{"disposition": "scrap", "quantity": 2}])
    nonconformity.with_user(inspector).action_review()
    nonconformity.with_user(inspector).write({"root_cause": "Blunt blade", "root_cause_category": "machine"})
    tag = joinery.env["stock.scrap.reason.tag"].create({"name": "Split wood"})
    supplier = joinery.env["res.partner"].create({"name": "Oak Mill"})
    second = joinery.product("SECOND")
    nonconformity.with_user(inspector).action_disposition(
        [
            {"disposition": "rework", "quantity": 1, "minutes": 5},
            {"disposition": "repair", "quantity": 1, "minutes": 5},
            {"disposition": "regrade", "quantity": 1, "regrade_product_id": second.id},
            {"disposition": "scrap", "quantity": 1, "scrap_reason_tag_ids": [Command.set(tag.ids)]},
            {"disposition": "quarantine", "quantity": 1},
            {"disposition": "return_to_supplier", "quantity": 1, "partner_id": supplier.id},
        ]
    )
    nonconformity.with_user(manager).action_disposition(
        [{"disposition": "use_as_is", "quantity": 1, "reason": "On the back"}]
    )
    joinery.work(order, 5)
    reworks = nonconformity.disposition_ids.filtered(lambda line: line.disposition in ("rework", "repair"))
    reworks.with_user(inspector).action_verify()


def _settle_small(joinery, order):
    """A problem without affected goods, from its report to its end."""
    small = _tell_problem(joinery, order, 0, "Label hangs loose").with_user(joinery.person("inspector"))
    small.action_disposition()
    small.action_close()


def _tell_problem(joinery, order, quantity, description):
    operator = joinery.person("operator")
    photo = joinery.env["ir.attachment"].with_user(operator).create({"name": "scratch.png", "raw": PICTURE})
    dialog = joinery.env["mrp.closure.report.problem"].with_user(operator)
    dialog.create(
        {
            "closure_id": order.closure_id.id,
            "workorder_id": order.workorder_ids[:1].id,
            "lot_ids": [Command.set(order.lot_producing_ids.ids)],
            "quantity": quantity,
            "severity": "major" if quantity else "minor",
            "description": description,
            "photo_ids": [Command.set(photo.ids)],
        }
    ).action_report()
    return order.closure_id.nonconformity_ids.filtered(lambda each: each.description == description)


def _release_from_quarantine(joinery, order):
    """Goods in quarantine are decided about; the nonconformity closes."""
    nonconformity = order.closure_id.nonconformity_ids.filtered("quantity")
    nonconformity.with_user(joinery.person("manager")).action_disposition(
        [{"disposition": "use_as_is", "quantity": 1, "reason": "Polished"}]
    )


def _reject(joinery, order):
    """An inspection that is rejected, withdrawn and rejected again, and a problem nobody has decided about."""
    inspector = joinery.person("inspector")
    inspection = order.closure_id.inspection_ids.with_user(inspector)
    inspect(joinery, order.closure_id, "905 899.8", 1)
    inspection.with_user(joinery.person("manager")).action_withdraw("Read the wrong gauge", mistaken=True)
    inspect(joinery, order.closure_id, "902 899.8", 1)


# Material


def settle_leftovers(joinery):
    """Leftovers returned, kept, handed on and taken over; samples; what is unaccounted explained."""
    orders = joinery.orders("CABINET")
    source, target = joinery.order("CABINET", "Left over", qty=5), orders["Next"]
    joinery.issue(source)
    joinery.produce(source, LEG=10, OAK=4)
    source.closure_id.action_refresh()
    _take_sample(joinery, source)
    bench = source.workorder_ids.workcenter_id
    photo = joinery.env["ir.attachment"].with_user(joinery.person("operator"))
    photo = photo.create({"name": "legs.png", "raw": PICTURE})
    for code, act, quantity, more in (
        ("LEG", "return", 2, {}),
        ("LEG", "keep", 4, {"workcenter_id": bench.id, "photo_ids": [Command.set(photo.ids)]}),
        ("LEG", "transfer", 1, {"target_closure_id": target.closure_id.id}),
        ("OAK", "keep", 1, {}),
    ):
        _settle(joinery, source, code, act, quantity, **more)
    kept = source.closure_id.leftover_ids.filtered(
        lambda leftover: leftover.state == "kept" and leftover.product_id.default_code == "LEG"
    )
    kept.with_user(joinery.person("operator")).action_take_over(target.closure_id.id, 1)
    _lose(joinery, orders["Failed"])


def _settle(joinery, order, code, act, quantity, **vals):
    action = order.closure_id.with_user(joinery.person("operator")).action_return()
    dialog = joinery.env["mrp.closure.return"].with_user(joinery.person("operator")).browse(action["res_id"])
    dialog.write({"reason": "Too many were issued", **vals})
    dialog.line_ids.act = "leave"
    dialog.line_ids.filtered(lambda line: line.product_id.default_code == code and not line.leftover_id).write(
        {"act": act, "quantity": quantity}
    )
    dialog.action_confirm()
    joinery.env.invalidate_all()


def _take_sample(joinery, order):
    inspection = order.closure_id.inspection_ids.with_user(joinery.person("inspector"))
    dialog = joinery.env["mrp.closure.sample"].with_user(joinery.person("inspector"))
    dialog.create(
        {"inspection_id": inspection.id, "product_id": joinery.product("LEG").id, "quantity": 1}
    ).action_take()


def _lose(joinery, order):
    """Legs were scrapped and some are missing; the warehouse explains it."""
    leg = joinery.product("LEG")
    order.move_raw_ids.filtered(lambda move: move.product_id == leg).quantity = 9
    scrap = joinery.env["stock.scrap"].create({"production_id": order.id, "product_id": leg.id, "scrap_qty": 1})
    scrap.do_scrap()
    order.closure_id.action_refresh()
    line = order.closure_id.balance_ids.filtered(lambda line: line.product_id == leg)
    line.with_user(joinery.person("warehouse")).action_explain("Two fell behind the saw")

"""What became of what people were told in the load test: sentences about what is not so."""

import json
from collections import Counter

# So many of each component lie at the line before anybody works, put there without a move.
AT_LINE = 100_000


def look(env, path):
    """Sentences about what was told to somebody and is not so; empty where nothing was lost."""
    with open(path) as handle:
        notes = json.load(handle)
    told = {}
    for entry in notes["told"]:
        told.setdefault(entry.pop("what"), []).append(entry)
    orders = env["mrp.production"].browse(notes["orders"])
    closures = orders.closure_id
    closed = closures.filtered(lambda closure: closure.state == "closed")
    lost = [
        *look_at_orders(orders, notes["done"]),
        *look_at_answers(env, told.get("answer", ())),
        *look_at_approvals(closures, told.get("approval", ())),
        *look_at_verdicts(closures, told.get("verdict", ())),
        *look_at_dispositions(closures, told.get("disposition", ())),
        *look_at_balances(env, told.get("declaration", ()), told.get("explanation", ())),
        *look_at_leftovers(closures, told.get("leftover", ())),
        *look_at_stock(orders),
        *look_at_costs(closed),
        *look_at_dossiers(closed),
    ]
    return {"lost": lost, "closed": len(closed), "told": {what: len(entries) for what, entries in told.items()}}


def look_at_orders(orders, done):
    """An order is done, its closure closed and its dossier sealed; or none of it."""
    for order in orders:
        closed = order.closure_id.state == "closed"
        sealed = order.closure_id.dossier_ids.filtered(lambda dossier: dossier.kind == "closing")
        if (order.state == "done") != closed or len(sealed) != closed:
            yield f"{order.name} is {order.state}, its closure {order.closure_id.state}, with {len(sealed)} dossiers"
        if order.id in done and not closed:
            yield f"{order.name} was marked as done, and is {order.state}"


def look_at_answers(env, told):
    """Each answer that somebody was told of stands."""
    for check in env["mrp.closure.check"].browse({entry["check"] for entry in told}):
        if check.state != "pass":
            yield f"check {check.id} was answered, and is {check.state}"


def look_at_approvals(closures, told):
    """Each approval that somebody was told of is on record, once; and no other."""
    decisions = closures.approval_decision_ids.filtered(lambda decision: decision.verdict == "approved")
    known = Counter((decision.closure_id.id, decision.user_id.login) for decision in decisions)
    yield from compare("approval", Counter((entry["closure"], entry["login"]) for entry in told), known)


def look_at_verdicts(closures, told):
    """Each verdict that an inspector was told of is in the history of its inspection, once; the last one stands."""
    inspections = closures.inspection_ids
    values = inspections.message_ids.tracking_value_ids.filtered(lambda value: value.field_id.name == "state")
    known = Counter(
        (
            value.mail_message_id.res_id,
            value.mail_message_id.author_id.user_ids.login,
            value.new_value_char.lower(),
        )
        for value in values
        if value.new_value_char in ("Accepted", "Rejected")
    )
    verdicts = [(entry["inspection"], entry["login"], entry["verdict"]) for entry in told]
    yield from compare("verdict", Counter(verdicts), known)
    states = {inspection: verdict for inspection, _login, verdict in verdicts}
    for inspection in inspections:
        if inspection.state != states.get(inspection.id, "todo"):
            yield f"inspection {inspection.id} was {states.get(inspection.id)}, and is {inspection.state}"


def look_at_dispositions(closures, told):
    """Each decision about nonconforming goods is on record, once; and done where the order is closed."""
    dispositions = closures.nonconformity_ids.disposition_ids
    known = Counter((line.nonconformity_id.id, line.disposition, line.quantity, line.reason) for line in dispositions)
    wanted = Counter(
        (entry["nonconformity"], entry["disposition"], entry["quantity"], entry["reason"]) for entry in told
    )
    yield from compare("disposition", wanted, known)
    for line in dispositions:
        if line.closure_id.state == "closed" and line.status != "done":
            yield f"disposition {line.id} of {line.closure_id.name} is {line.status}, though the order is closed"


def look_at_balances(env, declared, explained):
    """What was declared stands; what was explained is in the history of its line, once."""
    for entry in declared:
        line = env["mrp.closure.balance"].browse(entry["line"])
        if line.declared_qty != entry["quantity"]:
            yield f"{entry['quantity']} was declared on balance line {line.id}, and it says {line.declared_qty}"
    lines = env["mrp.closure.balance"].browse({entry["line"] for entry in explained})
    values = lines.message_ids.tracking_value_ids
    known = Counter((value.mail_message_id.res_id, value.new_value_char) for value in values)
    for entry in explained:
        if known[entry["line"], entry["reason"]] != 1:
            yield f"the explanation of balance line {entry['line']}, {entry['reason']}, is on record otherwise"


def look_at_leftovers(closures, told):
    """Each decision about a leftover is on record, once; what was returned was moved."""
    leftovers = closures.leftover_ids
    known = Counter((leftover.act, leftover.reason) for leftover in leftovers)
    yield from compare("leftover", Counter((entry["act"], entry["reason"]) for entry in told), known)
    for leftover in leftovers:
        if leftover.act == "return" and leftover.move_id.state != "done":
            yield f"leftover {leftover.id} of {leftover.closure_id.name} was returned, and its transfer is not done"


def look_at_stock(orders):
    """What lies anywhere is what moves brought there."""
    env = orders.env
    moves = orders.move_raw_ids | orders.move_finished_ids
    for product in moves.product_id:
        lines = env["stock.move.line"].search([("product_id", "=", product.id), ("state", "=", "done")])
        expected = Counter()
        for line in lines:
            expected[line.location_dest_id] += line.quantity
            expected[line.location_id] -= line.quantity
        if product in orders.move_raw_ids.product_id:
            expected[orders.location_src_id] += AT_LINE
        quants = env["stock.quant"]._read_group([("product_id", "=", product.id)], ["location_id"], ["quantity:sum"])
        for location, quantity in quants:
            if quantity != expected.pop(location, 0):
                yield f"{quantity} {product.name} lie in {location.name}, not what moves brought there"
        for location, quantity in expected.items():
            if quantity:
                yield f"{quantity} {product.name} should lie in {location.name}"


def look_at_costs(closed):
    """The lines of variance lead from standard to actual cost."""
    for closure in closed:
        lines = closure.variance_ids
        difference = closure.actual_cost - closure.standard_cost
        found = {round(sum(lines.mapped("amount")), 2), round(closure.cost_variance, 2), round(difference, 2)}
        if len(found) > 1 or not lines:
            yield f"the variance lines of {closure.name} do not add up: {sorted(found)}"


def look_at_dossiers(closed):
    """Each dossier verifies, in its place; and what is archived is what is there."""
    dossiers = closed.env["mrp.closure.dossier"]
    for finding in [*dossiers.verify_chain(), *closed.dossier_ids._verify_itself()]:
        yield f"the archive: {finding['message']}"
    for addendum in closed.dossier_ids.filtered(lambda dossier: dossier.kind == "addendum"):
        unexpected = [change["section"] for change in addendum.manifest["changes"] if not change["is_expected"]]
        if unexpected:
            yield f"{addendum.display_name} says that something changed after closing: {unexpected}"
    for closure, changes in closed._get_drift().items():
        yield f"{closure.name} is not as it was archived: {[change['section'] for change in changes]}"


def compare(what, told, known):
    """What was told against what is on record, both counted."""
    for entry in told | known:
        if told[entry] != known[entry]:
            yield f"{what} {entry}: told {told[entry]} times, on record {known[entry]} times"

"""What people of each role do in the load test.

They get in each other's way on purpose: all work on the few orders that come next.
"""

from typing import NamedTuple

from load_person import Person, Refusal

# An order is for so many tables, and each takes so many boards.
TABLES = 2
BOARDS = 2
RUNNING = ("open", "to_approve", "approved")


class Plan(NamedTuple):
    """What is to happen to an order: known by its place, so that whoever works on it does the same.

    Every fourth takes a board more than planned. For every other somebody declares what was issued: as much as was
    used, or up to two boards more, which are then left over; at times only after the figures were submitted. One in
    ten is rejected.
    """

    used: int
    issued: int
    is_declared: bool
    is_late: bool
    is_rejected: bool

    @classmethod
    def of(cls, place):
        used = TABLES * BOARDS + (place % 4 == 1)
        surplus = place // 2 % 3
        return cls(used, used + surplus, place % 2 == 0, surplus > 0 and place % 5 == 0, place % 10 == 3)


class Operator(Person):
    """Answers checks, enters what was made and used, declares what was issued, marks as done."""

    def work(self):
        order = self.random.choice(self.notebook.left())
        names = ["state", "closure_state", "closure_id", "qty_producing"]
        (read,) = self.call("mrp.production", "read", [order], names)
        plan = Plan.of(self.notebook.places[order])
        if read["state"] in ("done", "cancel"):
            self.notebook.note_done(order)
        elif read["closure_state"] == "approved":
            self._mark_done(order)
        elif read["closure_state"] == "open":
            self._bring_on(order, read, plan)
        elif plan.is_late and (line := self._find_undeclared(order, plan)):
            self._declare(line, plan)
        else:
            self.call("mrp.production", "get_closure_blockers", [order])

    def _mark_done(self, order):
        self.call("mrp.production", "button_mark_done", [order])
        (now,) = self.call("mrp.production", "read", [order], ["state"])
        if now["state"] == "done":
            self.notebook.note_done(order)

    def _bring_on(self, order, read, plan):
        check = self.pick(
            "mrp.closure.check",
            [("closure_id.production_id", "=", order), ("kind", "=", "manual"), ("state", "=", "todo")],
        )
        if check:
            self.call("mrp.closure.check", "action_pass", [check["id"]])
            self.notebook.note("answer", check=check["id"])
        elif not read["qty_producing"]:
            self._enter(order, plan)
        elif not plan.is_late and (line := self._find_undeclared(order, plan)):
            self._declare(line, plan)
        else:
            self._submit(order, read)

    def _enter(self, order, plan):
        self.call("mrp.production", "write", [order], {"qty_producing": TABLES})
        self.call("mrp.production", "set_qty_producing", [order])
        if plan.used != TABLES * BOARDS:
            component = [("raw_material_production_id", "=", order), ("product_id", "=", self.board)]
            (move,) = self.search("stock.move", component, "id")
            used = [[1, move["id"], {"quantity": plan.used, "picked": True}]]
            self.call("mrp.production", "write", [order], {"move_raw_ids": used})

    def _find_undeclared(self, order, plan):
        domain = [
            ("closure_id.production_id", "=", order),
            ("product_id", "=", self.board),
            ("is_declared", "=", False),
        ]
        return plan.is_declared and self.pick("mrp.closure.balance", domain)

    def _declare(self, line, plan):
        self.call("mrp.closure.balance", "action_declare_issued", [line["id"]], plan.issued)
        self.notebook.note("declaration", line=line["id"], quantity=plan.issued)

    def _submit(self, order, read):
        """The first round submits itself; in later ones a person does, once nobody else has to do something."""
        blockers = self.call("mrp.production", "get_closure_blockers", [order])
        if not any(blocker["code"].startswith(("check", "nonconformity")) for blocker in blockers):
            self.call("mrp.closure", "action_submit", [read["closure_id"][0]])
        else:
            self.wait(0.2)


class Inspector(Person):
    """Decides inspections, and what becomes of what was rejected; of goods in quarantine after the order closed."""

    def work(self):
        waiting = [("state", "=", "todo"), ("closure_state", "in", RUNNING)]
        if problem := self.pick("mrp.closure.nonconformity", [("open_quantity", ">", 0)], "open_quantity"):
            self._decide_about(problem)
        elif inspection := self.pick("mrp.closure.inspection", waiting, "sample_size", "line_ids", "closure_id"):
            self._inspect(inspection)
        else:
            self.call("mrp.closure.quality", "get_cards", 30)
            self.wait(0.5)

    def _inspect(self, inspection):
        (closure,) = self.call("mrp.closure", "read", [inspection["closure_id"][0]], ["production_id"])
        is_rejected = Plan.of(self.notebook.places[closure["production_id"][0]]).is_rejected
        found = {"inspected": inspection["sample_size"], "defective": int(is_rejected)}
        self.call("mrp.closure.inspection.line", "write", inspection["line_ids"], found)
        self.call("mrp.closure.inspection", "action_decide", [inspection["id"]])
        verdict = "rejected" if is_rejected else "accepted"
        self.notebook.note("verdict", inspection=inspection["id"], login=self.login, verdict=verdict)

    def _decide_about(self, problem):
        """A part is scrapped, the rest goes to quarantine; what is there already is scrapped too."""
        left = problem["open_quantity"]
        decisions = [("scrap", left)] if left < TABLES else [("scrap", left - 1), ("quarantine", 1)]
        dispositions = [
            {"disposition": disposition, "quantity": quantity, "reason": self.remark("Bent")}
            for disposition, quantity in decisions
        ]
        self.call("mrp.closure.nonconformity", "action_disposition", [problem["id"]], dispositions)
        for vals in dispositions:
            self.notebook.note("disposition", nonconformity=problem["id"], **vals)


class Controller(Person):
    """Explains what is left over where it is little, else returns it or keeps it at the line."""

    def work(self):
        left = [
            ("closure_id.production_id", "in", self.notebook.left()),
            ("closure_state", "in", RUNNING),
            ("unaccounted_qty", ">", 0),
            ("explained_by_id", "=", False),
        ]
        line = self.pick("mrp.closure.balance", left, "unaccounted_qty")
        if not line:
            self.search("mrp.closure.balance", [("open_qty", ">", 0)], "component", "open_value", "age_days", limit=80)
            self.wait(0.5)
        elif line["unaccounted_qty"] == 1 and self.random.random() < 0.5:
            reason = self.remark("Broken on the way")
            self.call("mrp.closure.balance", "action_explain", [line["id"]], reason)
            self.notebook.note("explanation", line=line["id"], reason=reason)
        else:
            self._settle(line)

    def _settle(self, line):
        action = self.call("mrp.closure.balance", "action_return", [line["id"]])
        dialog = action["res_id"]
        domain = [("wizard_id", "=", dialog)]
        rows = self.search(action["res_model"] + ".line", domain, "leftover_qty", "leftover_id")
        act, reason = self.random.choice(("return", "keep")), self.remark("Not needed")
        decisions = [
            [1, row["id"], {"act": "leave" if row["leftover_id"] else act, "quantity": row["leftover_qty"]}]
            for row in rows
        ]
        self.call(action["res_model"], "write", [dialog], {"reason": reason, "line_ids": decisions})
        self.call(action["res_model"], "action_confirm", [dialog])
        self.notebook.note("leftover", line=line["id"], act=act, reason=reason)


class Approver(Person):
    """Decides about what waits for them."""

    def work(self):
        waiting = [("state", "=", "pending"), ("user_ids.login", "=", self.login)]
        approval = self.pick("mrp.closure.approval", waiting, "closure_id")
        if approval:
            self._approve(approval["closure_id"][0])
        else:
            self.look()

    def _approve(self, closure):
        """Where figures have changed, do what the refusal asks for."""
        try:
            self.call("mrp.closure", "action_approve", [closure], "looked at it")
        except Refusal as refusal:
            if "refresh its closure" in str(refusal):
                self.call("mrp.closure", "action_refresh", [closure])
            raise
        self.notebook.note("approval", closure=closure, login=self.login)

    def look(self):
        """What they do while nothing waits."""
        self.wait(0.3)


class Finance(Approver):
    """Approves, and reads what orders cost."""

    def look(self):
        self.random.choice((self._read_analysis, self._read_cost_sheet, self._read_dashboard))()
        self.wait(1)

    def _read_analysis(self):
        for model, groupby in (
            ("mrp.closure.cost.report", ["kind", "closed_at:day"]),
            ("mrp.closure.variance", ["closure_id", "kind"]),
        ):
            self.call(model, "formatted_read_group", [], groupby, ["amount:sum", "__count"], limit=80)

    def _read_cost_sheet(self):
        names = ["cost_sheet", "standard_cost", "actual_cost", "cost_variance"]
        closures = self.search("mrp.closure", [("production_id", "in", self.notebook.left())], "id")
        self.call("mrp.closure", "read", [self.random.choice(closures)["id"]], names)

    def _read_dashboard(self):
        self.call("mrp.closure.dashboard", "get_dashboard", 30)


class Auditor(Person):
    """Verifies the archive and reads dossiers and the trail."""

    pause = 2.0

    def work(self):
        findings = self.call("mrp.closure.dossier", "verify_chain", [])
        if findings:
            raise AssertionError(f"the archive: {findings[0]['message']}")
        self.search("mrp.closure.dossier", [], "order_name", "sha256", "previous_sha256", "manifest", limit=5)
        self.search("mrp.closure.audit", [], "date", "user_id", "field_name", "old_value", "new_value", limit=40)


class Manager(Person):
    """Brings the next orders up to date, verifies the archive, has dossiers printed again and exported."""

    pause = 2.0

    def work(self):
        self.random.choice((self._refresh, self._refresh, self._verify, self._print, self._export))()

    def _refresh(self):
        closures = self.search("mrp.closure", [("production_id", "in", self.notebook.left())], "id")
        self.call("mrp.closure", "action_refresh", [closure["id"] for closure in closures])

    def _verify(self):
        self.call("mrp.closure.verification", "action_verify", [])

    def _print(self):
        prints = self.search("mrp.closure.dossier.file", [], "state", limit=20)
        self.call("mrp.closure.dossier.file", "action_print", [each["id"] for each in prints])

    def _export(self):
        self.call("mrp.closure.export", "create", [{"kind": "csv"}])


KINDS = {
    "operator": Operator,
    "inspector": Inspector,
    "controller": Controller,
    "quality": Approver,
    "finance": Finance,
    "auditor": Auditor,
    "manager": Manager,
}

"""Odoo with this addon: a template with ten checks, four levels, balance, inspection, and a dossier of each order."""

from plain import Plain

from odoo.exceptions import RedirectWarning
from odoo.fields import Command

POINTS = (
    ("manual", {}),
    ("manual", {}),
    ("measure", {"min_value": 9, "max_value": 11, "unit": "bar"}),
    ("output_quantity", {"tolerance_pct": 5}),
    ("consumption", {"tolerance_pct": 10}),
    ("workorders_finished", {}),
    ("lots_assigned", {}),
    ("material_balance", {}),
    ("inspection", {}),
    ("nonconformities_dispositioned", {}),
)
APPROVERS = ("production", "quality", "warehouse", "finance")


class Closures(Plain):
    modules = (*Plain.modules, "mrp_workorder_closure")

    def set_up(self):
        super().set_up()
        inspector = self._make_user("bench_inspector", ["mrp_workorder_closure.group_inspector"])
        self.ids["inspector"] = inspector.id
        for name in APPROVERS:
            self.ids[name] = self._make_user(f"bench_{name}").id
        self.env["mrp.closure.template"].create(
            {
                "name": "Bench pumps",
                "product_ids": [Command.set([self.ids["product"]])],
                "point_ids": [
                    Command.create({"name": f"Point {n}: {kind}", "sequence": n, "kind": kind, **vals})
                    for n, (kind, vals) in enumerate(POINTS)
                ],
                "level_ids": [
                    Command.create({"name": name, "sequence": n, "user_ids": [Command.set([self.ids[name]])]})
                    for n, name in enumerate(APPROVERS)
                ],
            }
        )

    def answer(self, orders, inspector):
        """Answer the checks and decide the inspections."""
        checks = orders.closure_id.check_ids
        checks.filtered(lambda check: check.kind == "manual").action_pass()
        checks.filtered(lambda check: check.kind == "measure").action_measure(10)
        for inspection in orders.closure_id.inspection_ids.with_user(inspector):
            inspection.line_ids.write({"inspected": inspection.sample_size, "defective": 0})
            inspection.action_decide()

    def approve(self, closures):
        for name in APPROVERS:
            self.as_user(closures, name).action_approve()

    def make_ready(self, number):
        orders = self.make_complete(number)
        self.answer(orders, self.ids["inspector"])
        closures = self.as_user(self.env["mrp.closure"].browse(orders.closure_id.ids))
        closures.action_refresh()
        self._expect(closures, "to_approve")
        self.approve(closures)
        self._expect(closures, "approved")
        return orders

    # Scenarios

    def mark_done(self, number):
        act, check = super().mark_done(number)
        closures = act.__self__.closure_id

        def check_closures():
            check()
            self._expect(closures, "closed")
            assert len(closures.sudo().dossier_ids) == number

        return act, check_closures

    def refuse(self, number):
        orders = self.make_complete(number)

        def act():
            try:
                orders.button_mark_done()
            except RedirectWarning:
                return
            raise AssertionError("not refused")

        return act, None

    def request_and_approve(self, number):
        orders = self.make_complete(number)
        # The system submits in the name of the responsible; where there is none, the closures wait for a person.
        orders = orders.with_user(self.env.user)
        orders.user_id = False
        self.answer(orders, self.env.user)
        orders.user_id = self.ids["operator"]
        closures = self.env["mrp.closure"].browse(orders.closure_id.ids)
        self._expect(closures, "open")

        def act():
            self.as_user(closures).action_submit()
            self.approve(closures)

        return act, lambda: self._expect(closures, "approved")

    def refresh(self, number):
        orders = self.make_complete(number)
        return self.as_user(self.env["mrp.closure"].browse(orders.closure_id.ids)).action_refresh, None

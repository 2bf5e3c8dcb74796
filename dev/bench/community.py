"""Odoo with what users would assemble from the community: tier validation, quality control and audit log."""

from plain import Plain

from odoo.exceptions import ValidationError
from odoo.fields import Command

APPROVERS = ("production", "quality", "warehouse", "finance")
# Auditing moves and work orders as well took 1,067 queries an order, instead of those it takes so.
AUDITED = ("mrp.production",)


class Community(Plain):
    modules = (*Plain.modules, "bench_community")

    def set_up(self):
        super().set_up()
        model = self.env["ir.model"]._get("mrp.production")
        for number, name in enumerate(APPROVERS):
            # Reviewers need to read what they review.
            self.ids[name] = self._make_user(f"bench_{name}", ["mrp.group_mrp_user"]).id
            vals = {"model_id": model.id, "review_type": "individual", "reviewer_id": self.ids[name]}
            vals.update(name=name, sequence=40 - number, approve_sequence=True)
            self.env["tier.definition"].create(vals)
        question = {"name": "Overall", "type": "qualitative"}
        question["ql_values"] = [Command.create({"name": "Good", "ok": True}), Command.create({"name": "Bad"})]
        test = self.env["qc.test"].create({"name": "Final", "test_lines": [Command.create(question)]})
        trigger = self.env["qc.trigger"].create({"name": "Order done"})
        line = {"trigger": trigger.id, "test": test.id, "product": self.ids["product"]}
        self.env["qc.trigger.product_line"].create(line)
        for name in AUDITED:
            vals = {"name": name, "model_id": self.env["ir.model"]._get_id(name), "log_type": "full"}
            self.env["auditlog.rule"].create({**vals, "state": "confirmed"})

    def approve(self, orders):
        """There is no approval of many at once."""
        for name in APPROVERS:
            for order in self.as_user(orders, name):
                order.validate_tier()

    def make_ready(self, number):
        orders = self.make_complete(number)
        orders.request_validation()
        self.approve(orders)
        orders.invalidate_recordset()
        found = set(orders.mapped("validation_status"))
        assert found == {"validated"}, found
        return orders

    # Scenarios

    def refuse(self, number):
        orders = self.make_complete(number)

        def act():
            try:
                orders.button_mark_done()
                orders.env.flush_all()
            except ValidationError:
                # As the end of a refused request: what was not written is forgotten.
                orders.env.transaction.clear()
                return
            raise AssertionError("not refused")

        return act, None

    def request_and_approve(self, number):
        orders = self.make_complete(number)

        def act():
            orders.request_validation()
            self.approve(orders)

        return act, None

from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .common_approval import ApprovalCase

# What the benchmark measures: ten checks, four levels, balance, inspection and dossier.
KINDS = (
    ("manual", {}),
    ("manual", {}),
    ("measure", {"min_value": 9, "max_value": 11}),
    ("output_quantity", {}),
    ("consumption", {"tolerance_pct": 10}),
    ("workorders_finished", {}),
    ("lots_assigned", {}),
    ("material_balance", {}),
    ("inspection", {}),
    ("nonconformities_dispositioned", {}),
)


@tagged("post_install", "-at_install", "mrp_closure")
class TestPromisedQueries(ApprovalCase):
    """The README promises how much a template with everything on costs; see dev/benchmark.py for times."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_levels(*(cls.named(user) for user in (cls.paula, cls.peter, cls.quentin, cls.fiona)))
        cls.template.point_ids.unlink()
        cls.template.point_ids = [
            Command.create({"name": f"Point {number}", "sequence": number, "kind": kind, **vals})
            for number, (kind, vals) in enumerate(KINDS)
        ]
        vals = [{"product_id": cls.table.id, "product_qty": 1} for _number in range(100)]
        cls.orders = cls.env["mrp.production"].with_user(cls.operator).create(vals)
        cls.orders.action_confirm()
        for order in cls.orders:
            order.qty_producing = 1
            order.set_qty_producing()
        cls.orders.move_raw_ids.picked = True
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.stop_clock()

    def count(self, act, *args):
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act(*args)
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def refuse(self, orders):
        with self.assertRaisesRegex(RedirectWarning, "Point 0"):
            orders.button_mark_done()

    def test_refusing_a_hundred_orders_takes_at_most_thirty_queries_altogether(self):
        inspection = self.orders[0].closure_id.inspection_ids
        key = {name: inspection[name].id for name in ("company_id", "product_id", "point_id")}
        key |= {"point_ref": inspection.point_ref, "aql": inspection.aql}
        # As where lots were inspected before: the switching state of the plan is looked at too.
        self.env["mrp.closure.sampling"].sudo()._create_evidence([key])
        self.count(self.refuse, self.orders[:2])
        self.assertLessEqual(self.count(self.refuse, self.orders), 30)

    def test_submitting_and_four_approvals_of_a_hundred_closures_take_at_most_four_queries_for_each(self):
        closures = self.env["mrp.closure"].browse(self.orders.closure_id.ids).with_context(tracking_disable=False)
        self.orders.with_user(self.env.user).user_id = False
        # The system submits in the name of the responsible: where there is none, closures wait for a person.
        checks = closures.check_ids
        checks.filtered(lambda check: check.kind == "manual").action_pass()
        checks.filtered(lambda check: check.kind == "measure").action_measure(10)
        for inspection in closures.inspection_ids:
            inspection.line_ids.write({"inspected": inspection.sample_size, "defective": 0})
            inspection.action_decide()
        self.orders.workorder_ids.button_finish()
        self.assertEqual(set(closures.mapped("state")), {"open"})

        def act():
            closures.with_user(self.operator).action_submit()
            for user in (self.paula, self.peter, self.quentin, self.fiona):
                closures.with_user(user).action_approve()

        queries = self.count(act)
        self.assertEqual(set(closures.mapped("state")), {"approved"})
        self.assertLessEqual(queries, 340)

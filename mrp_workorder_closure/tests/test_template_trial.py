from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ClosureCase


@tagged("post_install", "-at_install")
class TestTemplateTrial(ClosureCase):
    """Try it on the past: what would a template have held up?"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trial_template = cls.env["mrp.closure.template"].create(
            {
                "name": "Plain tables",
                "active": False,
                "product_ids": [Command.set(cls.plain_table.ids)],
                "point_ids": [
                    Command.create({"name": "Tidy", "sequence": 1}),
                    Command.create({"name": "Material", "sequence": 2, "kind": "consumption", "tolerance_pct": 5}),
                    Command.create(
                        {"name": "Scrap reason", "sequence": 3, "kind": "scrap_explained", "severity": "warning"}
                    ),
                    Command.create({"name": "Work done", "sequence": 4, "kind": "workorders_finished"}),
                ],
            }
        )
        cls.material, cls.scrap = cls.trial_template.point_ids[1:3]

    def make_done(self, boards=None, scrap=False, product=None):
        """An order of 10 that is done, with this many boards used."""
        order = self.make_order(product=product or self.plain_table)
        order.qty_producing = 10
        order.set_qty_producing()
        if boards is not None:
            order.move_raw_ids.filtered(lambda move: move.product_id == self.board).quantity = boards
        order.move_raw_ids.picked = True
        if scrap:
            self.env["stock.scrap"].create(
                {"product_id": self.leg.id, "scrap_qty": 1, "production_id": order.id, "location_id": self.stock.id}
            ).do_scrap()
        self.pass_checks(order)
        order.button_mark_done()
        self.assertEqual(order.state, "done")
        return order

    def run_trial(self, template=None, **vals):
        action = (template or self.trial_template).with_user(self.manager).action_try()
        trial = self.env["mrp.closure.trial"].with_user(self.manager).browse(action["res_id"])
        if vals:
            trial.write(vals)
            trial.action_run()
        return trial

    def count_rows(self):
        """Rows of every table, but for those of the trial itself."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT table_name FROM information_schema.tables
               WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
               AND table_name NOT LIKE 'mrp_closure_trial%'"""
        )
        counts = {}
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 (names from the catalogue)
            counts[table] = self.env.cr.fetchone()[0]
        return counts

    def test_it_names_the_orders_that_would_have_been_held_up_and_why(self):
        good = self.make_done()
        wasteful = self.make_done(boards=12)
        scrapped = self.make_done(scrap=True)
        trial = self.run_trial()
        self.assertEqual(trial.summary, "1 of 3 orders would have been held up. 1 more would have shown a warning.")
        lines = {line.production_id: line for line in trial.line_ids}
        self.assertNotIn(good, lines)
        self.assertEqual(lines[wasteful].point_id, self.material)
        self.assertEqual(lines[wasteful].date_finished, wasteful.date_finished)
        self.assertIn("12.0", lines[wasteful].finding)
        self.assertIn("10.0", lines[wasteful].finding)
        self.assertEqual(lines[scrapped].point_id, self.scrap)

    def test_a_wider_tolerance_holds_up_fewer_orders(self):
        self.make_done(boards=12)
        self.assertIn("1 of 1", self.run_trial().summary)
        self.material.tolerance_pct = 20
        trial = self.run_trial()
        self.assertIn("0 of 1", trial.summary)
        self.assertFalse(trial.line_ids)

    def test_only_orders_that_the_template_would_get_are_looked_at(self):
        self.make_done()
        self.make_done(product=self.table)
        self.assertIn("of 1 orders", self.run_trial().summary)
        self.trial_template.product_ids = False
        self.assertIn("of 1 orders", self.run_trial().summary, "the other template is more specific for tables")
        category = self.env["product.category"].create({"name": "Nothing"})
        self.trial_template.product_category_ids = category
        self.assertEqual(self.run_trial().summary, "No closed order is covered by this template.")

    def test_orders_with_a_closure_are_tried_with_the_points_as_they_are_now(self):
        order = self.make_done(product=self.table, boards=12)
        self.assertIn("0 of 1", self.run_trial(self.template).summary)
        self.env["mrp.closure.point"].create(
            {"template_id": self.template.id, "name": "Material", "kind": "consumption", "tolerance_pct": 1}
        )
        trial = self.run_trial(self.template)
        self.assertEqual(trial.line_ids.production_id, order)
        self.assertEqual(len(order.closure_id.check_ids), 2)

    def test_it_looks_at_the_last_orders_only(self):
        first = self.make_done(boards=12)
        first.date_finished = "2020-01-01"
        self.make_done()
        self.assertIn("1 of 2", self.run_trial().summary)
        self.assertIn("0 of 1", self.run_trial(order_count=1).summary)

    def test_nothing_is_written(self):
        self.make_done(boards=12, scrap=True)
        before = self.count_rows()
        statements = []
        execute = type(self.env.cr).execute

        def spy(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)).strip().upper())
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", spy):
            self.trial_template.with_user(self.manager)._try_on_done_orders(50)
        self.assertTrue(statements)
        self.assertFalse([text for text in statements if text.startswith(("INSERT", "UPDATE", "DELETE", "ALTER"))])
        self.run_trial()
        self.assertEqual(self.count_rows(), before)

    def test_the_database_refuses_a_rule_that_writes(self):
        order = self.make_done()

        def write(checks):
            checks.production_id.write({"origin": "written"})
            checks.env.flush_all()
            return {}

        check_class = type(self.env["mrp.closure.check"])
        with (
            patch.object(check_class, "_evaluate_scrap_explained", write),
            self.assertRaisesRegex(Exception, "read-only"),
            self.env.cr.savepoint(),
            self.assertLogs("odoo.sql_db", "ERROR"),
        ):
            self.trial_template.with_user(self.manager)._try_on_done_orders(50)
        self.assertFalse(order.origin)
        order.origin = "free to write afterwards"
        self.env.flush_all()

    def test_more_orders_cost_no_more_queries(self):
        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.trial_template.with_user(self.manager)._try_on_done_orders(50)
            return self.env.cr.sql_log_count - before

        self.trial_template.point_ids = [
            Command.create({"name": kind, "kind": kind})
            for kind, _label in self.material._fields["kind"].selection
            if kind not in ("manual", "measure", "document", "photo")
        ]
        for _number in range(2):
            self.make_done(boards=12, scrap=True)
        count_queries()
        few = count_queries()
        for _number in range(8):
            self.make_done(boards=12, scrap=True)
        self.assertLessEqual(count_queries() - few, 5)

    def test_only_managers_try_templates(self):
        with self.assertRaisesRegex(AccessError, "ask a manager"):
            self.trial_template.with_user(self.operator).action_try()
        with self.assertRaises(AccessError):
            self.env["mrp.closure.trial"].with_user(self.operator).create({"template_id": self.trial_template.id})

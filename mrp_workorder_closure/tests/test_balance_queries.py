from odoo.tests import tagged

from .common_material import MaterialCase


@tagged("post_install", "-at_install")
class TestBalanceQueries(MaterialCase):
    """Balancing many orders costs no more queries than balancing one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = (
            cls.env["mrp.production"]
            .with_user(cls.operator)
            .create([{"product_id": cls.table.id, "product_qty": 10} for _number in range(40)])
        )
        cls.orders.action_confirm()
        cls.issue(cls.orders)
        cls.orders.move_raw_ids.picked = True
        scraps = cls.env["stock.scrap"].create(
            [{"production_id": order.id, "product_id": cls.leg.id, "scrap_qty": 1} for order in cls.orders[:10]]
        )
        scraps.do_scrap()
        cls.orders.closure_id.action_refresh()
        cls.env.flush_all()

    def count_queries(self, act, orders):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act(orders.closure_id.with_user(self.operator))
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def assertSameQueries(self, act):
        act(self.orders.closure_id)
        one, many = self.count_queries(act, self.orders[:1]), self.count_queries(act, self.orders)
        self.assertLessEqual(many, one + 8, "Odoo reads at most 1,000 records in one statement")

    def test_figures_of_40_orders(self):
        self.assertSameQueries(lambda closures: closures._compute_balances())
        balances = self.orders.closure_id._compute_balances()
        for order in self.orders:
            line = balances[order.closure_id][self.leg, self.env["stock.lot"]]
            scrapped = 1 if order in self.orders[:10] else 0
            self.assertEqual((line.issued_qty, line.consumed_qty, line.scrapped_qty), (40, 40, scrapped))

    def test_refreshing_40_closures(self):
        self.assertSameQueries(lambda closures: closures.action_refresh())

    def test_what_blocks_40_orders(self):
        self.assertSameQueries(lambda closures: closures.sudo().production_id.get_closure_blockers())

    def test_showing_the_output_of_40_orders(self):
        self.assertSameQueries(lambda closures: closures.mapped("output_equation"))

    def test_the_first_lines_of_40_orders_are_made_in_few_statements(self):
        def start(closures):
            closures.sudo().balance_ids.unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            closures.env["mrp.closure.balance"]._sync_balances(closures.browse(closures.ids))
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = start(self.orders[:5].closure_id), start(self.orders.closure_id)
        self.assertLess(many - few, 20)

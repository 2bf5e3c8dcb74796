from collections import defaultdict
from contextlib import closing

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common_material import MaterialCase

small = st.integers(min_value=1, max_value=3)
which = st.integers(min_value=0, max_value=3)
steps = st.one_of(
    st.tuples(st.just("confirm"), small, which),
    st.tuples(st.just("issue"), st.sampled_from([1, 2, 9, 9]), which),
    st.tuples(st.just("supplement"), small, which),
    st.tuples(st.just("produce"), small, which),
    st.tuples(st.just("scrap"), small, which),
    st.tuples(st.just("scrap_dozen"), small, which),
    st.tuples(st.just("give_back"), small, which),
    st.tuples(st.just("return"), small, which),
    st.tuples(st.just("keep"), small, which),
    st.tuples(st.just("take_over"), small, which),
    st.tuples(st.just("close"), small, which),
    st.tuples(st.just("backorder"), small, which),
)
# Every story begins with goods on their way, or little would be possible.
stories = st.lists(steps, min_size=3, max_size=7).map(lambda story: [("confirm", 3, 0), ("issue", 9, 0), *story])
# No shrinking: a story takes a second, and it is printed as it is.
few = settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@tagged("post_install", "-at_install")
class TestBalanceProperties(MaterialCase):
    """Whatever happens, balance lines say what quants and moves say, and no quantity appears or vanishes.

    Random stories about tables of legs (planned in dozens, counted in pieces), screws with lots
    and chips with serial numbers; after each step everything is compared.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.point_ids.severity = "warning"
        cls.screw, _lots = cls.make_tracked(cls, "lot", 9, 200)
        cls.chip, _serials = cls.make_tracked(cls, "serial", *[1] * 40)
        cls.bom.operation_ids.unlink()
        cls.bom.bom_line_ids.filtered(lambda line: line.product_id == cls.board).unlink()
        cls.bom.bom_line_ids.filtered(lambda line: line.product_id == cls.leg).write(
            {"product_uom_id": cls.env.ref("uom.product_uom_dozen").id, "product_qty": 0.5}
        )
        cls.bom.bom_line_ids.filtered(lambda line: line.product_id == cls.screw).product_qty = 2
        cls.components = cls.leg | cls.screw | cls.chip

    @few
    @given(story=stories)
    def test_in_one_step(self, story):
        self.tell("mrp_one_step", story)

    @few
    @given(story=stories)
    def test_in_two_steps(self, story):
        self.tell("pbm", story)

    @few
    @given(story=stories)
    def test_in_three_steps(self, story):
        self.tell("pbm_sam", story)

    def test_a_story_in_which_everything_happens(self):
        story = [
            *[("confirm", 3, 0), ("issue", 9, 0), ("supplement", 2, 0), ("scrap", 2, 0), ("scrap_dozen", 2, 0)],
            *[("produce", 2, 0), ("return", 2, 0), ("keep", 2, 0), ("backorder", 2, 0), ("confirm", 2, 0)],
            *[("issue", 9, 1), ("supplement", 3, 1), ("produce", 1, 1), ("give_back", 1, 1), ("keep", 1, 1)],
            *[("take_over", 1, 0), ("produce", 1, 0), ("close", 1, 0), ("close", 1, 0)],
        ]
        for manufacture_steps in ("mrp_one_step", "pbm"):
            self.tell(manufacture_steps, story)

    # The story

    def tell(self, manufacture_steps, story):
        with closing(self.env.cr.savepoint()):
            self.warehouse.manufacture_steps = manufacture_steps
            self.begin = self.count_everything()
            self.all_orders = self.env["mrp.production"]
            for act, quantity, number in story:
                if act != "confirm" and not self.get_order(number):
                    continue
                try:
                    with self.env.cr.savepoint():
                        getattr(self, f"do_{act}")(quantity, number)
                except (UserError, ValidationError):
                    # Refused: nothing happened, and everything must still agree.
                    self.env.invalidate_all()
                self.assertAllAgrees(f"{manufacture_steps}: {act} in {story}")

    def get_order(self, number, open_only=True):
        orders = self.get_orders()
        if open_only:
            orders = orders.filtered(lambda order: order.state not in ("done", "cancel"))
        return orders[number % len(orders)] if orders else orders

    def get_orders(self):
        """All orders of the story, those that core made of them included."""
        return self.all_orders.production_group_id.production_ids.sorted("id").with_user(self.env.user)

    def do_confirm(self, quantity, _number):
        if len(self.all_orders) < 3:
            self.all_orders |= self.make_order(qty=quantity, picking_type_id=self.warehouse.manu_type_id.id).sudo()

    def do_issue(self, quantity, number):
        """Pick some of everything, or all of it; the rest is a transfer of its own."""
        order = self.get_order(number)
        picking = order.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel") and picking.location_dest_id == self.line
        )[:1]
        if not picking:
            return
        for move in picking.move_ids if quantity < 9 else ():
            move.quantity = min(quantity, move.quantity)
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()

    def do_supplement(self, quantity, number):
        self.make_transfer(self.leg, quantity, origin=self.get_order(number).name)

    def do_produce(self, quantity, number):
        """Use what was planned for so much, and one leg more or less."""
        order = self.get_order(number)
        order.qty_producing = quantity
        order.set_qty_producing()
        self.get_move(order, self.leg).quantity += (quantity - 2) / 12
        order.move_raw_ids.picked = True

    def do_scrap(self, quantity, number):
        self.scrap(self.get_order(number), self.leg, quantity)

    def do_scrap_dozen(self, quantity, number):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.scrap(self.get_order(number), self.leg, 1, product_uom_id=dozen.id)

    def do_give_back(self, quantity, number):
        picked = self.get_order(number).picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.location_dest_id == self.line
        )
        if picked:
            self.give_back(picked[:1], self.leg, quantity)

    def do_return(self, quantity, number):
        self.settle_some(number, "return", quantity)

    def do_keep(self, quantity, number):
        self.settle_some(number, "keep", quantity)

    def settle_some(self, number, act, quantity):
        """Settle a part of the first leftover there is, and, of the others, all of one."""
        closure = self.get_order(number).closure_id
        figures = closure._compute_balances()[closure]
        decisions = [
            (product, act, min(quantity, line.leftover_qty) if product.tracking != "serial" else 1, lot)
            for (product, lot), line in figures.items()
            if line.leftover_qty
        ]
        self.settle(closure, *decisions[:2])

    def do_take_over(self, quantity, number):
        closure = self.get_order(number).closure_id
        leftover = self.all_orders.production_group_id.production_ids.closure_id.leftover_ids.filtered(
            lambda leftover: leftover.state == "kept" and leftover.closure_id != closure
        )[:1]
        if leftover:
            leftover.with_user(self.operator).action_take_over(closure.id, min(quantity, leftover.quantity))

    def do_close(self, quantity, number):
        self.finish_some(quantity, number, "action_close_mo")

    def do_backorder(self, quantity, number):
        self.finish_some(quantity, number, "action_backorder")

    def finish_some(self, quantity, number, answer):
        order = self.get_order(number).with_user(self.operator)
        if not order.qty_producing:
            self.do_produce(quantity, number)
        if order.closure_id.is_below_plan and answer == "action_backorder":
            order.closure_id.action_keep_backorder()
        action = order.button_mark_done()
        if isinstance(action, dict):
            wizard = self.env[action["res_model"]].with_user(self.operator).with_context(**action["context"])
            getattr(wizard.create({}), answer)()

    # What must hold

    def count_everything(self):
        quants = self.env["stock.quant"].search([("product_id", "in", self.components.ids)])
        totals = defaultdict(float)
        for quant in quants:
            totals[quant.product_id, quant.lot_id] += quant.quantity
        return {key: round(quantity, 4) for key, quantity in totals.items()}

    def assertAllAgrees(self, story):
        self.env.flush_all()
        self.env.invalidate_all()
        orders = self.get_orders()
        for (product, lot), quantity in self.count_everything().items():
            self.assertAlmostEqual(quantity, self.begin.get((product, lot), 0), 4, f"{product.name} {lot.name} {story}")
        balances = orders.closure_id._compute_balances()
        totals = defaultdict(lambda: defaultdict(float))
        for figures in balances.values():
            for key, line in figures.items():
                for name in ("issued", "consumed", "scrapped", "returned", "unaccounted"):
                    totals[key][name] += getattr(line, f"{name}_qty")
        self.assertMovesAgree(orders, totals, story)
        if self.warehouse.manufacture_steps != "mrp_one_step":
            self.assertLineAgrees(orders, totals, story)
        self.assertLinesAreStored(orders, story)

    def assertMovesAgree(self, orders, totals, story):
        """Figures of all orders together are what the move lines say, counted apart from the balance."""
        lines = self.env["stock.move.line"].search([("product_id", "in", self.components.ids)])
        seen = defaultdict(lambda: defaultdict(float))
        inside = lambda location: location == self.line  # noqa: E731
        for line in lines.filtered(lambda line: line.state != "cancel"):
            key, quantity, done = (line.product_id, line.lot_id), line.quantity_product_uom, line.state == "done"
            if line.move_id.scrap_id:
                seen[key]["scrapped"] += quantity * done
            elif line.move_id.raw_material_production_id:
                seen[key]["consumed"] += quantity * (done or line.picked)
            elif done and inside(line.location_dest_id) != inside(line.location_id):
                seen[key]["issued" if inside(line.location_dest_id) else "returned"] += quantity
        names = ["consumed", "scrapped"]
        if self.warehouse.manufacture_steps != "mrp_one_step":
            names += ["issued", "returned"]
        for key in set(seen) | set(totals):
            for name in names:
                self.assertAlmostEqual(
                    totals[key][name], seen[key][name], 4, f"{name} {key[0].name} {key[1].name} {story}"
                )

    def assertLineAgrees(self, orders, totals, story):
        """What lies at the line is what nobody accounted for, what was kept, and what is used but not posted."""
        expected = defaultdict(float)
        for key, figures in totals.items():
            expected[key] += figures["unaccounted"]
        for leftover in orders.closure_id.leftover_ids:
            if leftover.state == "kept":
                expected[leftover.product_id, leftover.lot_id] += leftover.quantity
        for line in orders.move_raw_ids.move_line_ids:
            if line.picked and line.state not in ("done", "cancel"):
                expected[line.product_id, line.lot_id] += line.quantity_product_uom
        quants = self.env["stock.quant"].search(
            [("product_id", "in", self.components.ids), ("location_id", "=", self.line.id)]
        )
        there = defaultdict(float)
        for quant in quants:
            there[quant.product_id, quant.lot_id] += quant.quantity
        for key in set(expected) | set(there):
            self.assertAlmostEqual(expected[key], there[key], 4, f"at the line: {key[0].name} {key[1].name} {story}")

    def assertLinesAreStored(self, orders, story):
        """After a refresh the lines of running closures show the figures of now."""
        running = orders.closure_id.filtered(lambda closure: closure.state not in ("closed", "cancel"))
        running.action_refresh()
        balances = running._compute_balances()
        for closure in running:
            stored = {(line.product_id, line.lot_id): line.unaccounted_qty for line in closure.balance_ids}
            fresh = {key: line.unaccounted_qty for key, line in balances[closure].items()}
            self.assertEqual(stored, fresh, story)

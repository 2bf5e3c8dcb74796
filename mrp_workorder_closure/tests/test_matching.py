from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .routes import RouteCase


@tagged("post_install", "-at_install")
class TestMatching(RouteCase):
    """The most specific template applies, from the order's confirmation on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.active = False
        cls.furniture = cls.env["product.category"].create({"name": "Furniture"})
        cls.tables = cls.env["product.category"].create({"name": "Tables", "parent_id": cls.furniture.id})
        cls.table.categ_id = cls.tables
        cls.picking_type = cls.warehouse.manu_type_id
        cls.criteria = {
            "product_ids": cls.table,
            "bom_ids": cls.bom,
            "product_category_ids": cls.tables,
            "picking_type_ids": cls.picking_type,
        }

    @classmethod
    def make_template(cls, name, **vals):
        return (
            cls.env["mrp.closure.template"]
            .with_user(cls.manager)
            .create({"name": name, "point_ids": [Command.create({"name": "Area is tidy"})], **vals})
        )

    def get_template(self, **vals):
        """The template that a new order is held to."""
        order = self.make_order(**vals)
        self.assertEqual(order.closure_id.template_id, order.closure_template_id)
        return order.closure_template_id

    def test_more_specific_beats_less_specific(self):
        templates = [self.make_template("Everything")]
        for name, records in reversed(self.criteria.items()):
            self.assertEqual(self.get_template(), templates[-1])
            templates.append(self.make_template(name, sequence=50, **{name: [Command.set(records.ids)]}))
        self.assertEqual(self.get_template(), templates[-1])
        self.assertEqual(templates[-1].product_ids, self.table)
        for template in reversed(templates):
            self.assertEqual(self.get_template(), template)
            template.active = False
        self.assertFalse(self.get_template())

    def test_all_criteria_of_a_template_must_hold(self):
        other = self.picking_type.copy({"name": "Other", "sequence_code": "OT"})
        self.make_template(
            "Tables elsewhere", product_ids=[Command.set(self.table.ids)], picking_type_ids=[Command.set(other.ids)]
        )
        self.assertFalse(self.get_template())
        self.assertEqual(self.get_template(picking_type_id=other.id).name, "Tables elsewhere")

    def test_a_category_covers_the_categories_below_it(self):
        template = self.make_template("Furniture", product_category_ids=[Command.set(self.furniture.ids)])
        self.assertEqual(self.get_template(), template)
        self.assertFalse(self.get_template(product=self.plain_table))
        self.plain_table.categ_id = self.furniture
        self.assertEqual(self.get_template(product=self.plain_table), template)

    def test_among_equals_the_lowest_sequence_and_then_the_oldest_applies(self):
        first, second, third = (
            self.make_template(name, sequence=sequence) for name, sequence in (("A", 20), ("B", 10), ("C", 10))
        )
        self.assertEqual(self.get_template(), second)
        second.active = False
        self.assertEqual(self.get_template(), third)
        third.sequence = 30
        self.assertEqual(self.get_template(), first)

    def test_templates_of_other_companies_do_not_apply(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["mrp.closure.template"].create({"name": "Everything", "company_id": other.id})
        self.assertFalse(self.get_template())

    def test_the_default_template_of_the_company_covers_what_no_other_covers(self):
        default = self.make_template("Default", product_ids=[Command.set(self.plain_table.ids)])
        self.assertFalse(self.get_template())
        self.company.closure_template_id = default
        self.assertEqual(self.get_template(), default)
        special = self.make_template("Tables", product_ids=[Command.set(self.table.ids)])
        self.assertEqual(self.get_template(), special)
        special.active = False
        default.active = False
        self.assertFalse(self.get_template())

    def test_subcontracted_orders_match_only_templates_that_include_them(self):
        """The type of these bills comes with an application of its own, so it is written in SQL here."""
        template = self.make_template("Everything")
        self.company.closure_template_id = template
        order = self.make_order(confirm=False)
        self.assertEqual(order.closure_template_id, template)
        self.env.flush_all()
        self.env.cr.execute("UPDATE mrp_bom SET type = 'subcontract' WHERE id = %s", [self.bom.id])
        self.env.invalidate_all()
        self.assertFalse(order._get_closure_templates()[order])
        template.include_subcontracting = True
        self.assertEqual(order._get_closure_templates()[order], template)

    def test_a_kit_is_no_way_around(self):
        """Clients may name any bill, also one that core offers for kits only."""
        template = self.make_template("Everything")
        kit = self.make_bom(self.table, type="phantom", operations=())
        order = self.make_order(bom_id=kit.id)
        self.assertEqual(order.closure_template_id, template)
        self.assertEqual(order.closure_state, "open")
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"))

    def test_drafts_follow_their_product_and_the_templates(self):
        order = self.make_order(confirm=False)
        self.assertFalse(order.closure_template_id)
        template = self.make_template("Tables", product_ids=[Command.set(self.table.ids)])
        self.assertEqual(order.closure_template_id, template)
        order.product_id = self.plain_table
        self.assertFalse(order.closure_template_id)
        order.product_id = self.table
        self.assertEqual(order.closure_template_id, template)
        template.active = False
        self.assertFalse(order.closure_template_id)
        template.active = True
        order.action_confirm()
        self.assertEqual(order.closure_id.template_id, template)

    def test_a_category_changed_before_confirmation_counts(self):
        template = self.make_template("Furniture", product_category_ids=[Command.set(self.furniture.ids)])
        order = self.make_order(product=self.plain_table, confirm=False)
        self.assertFalse(order.closure_template_id)
        self.plain_table.categ_id = self.furniture
        order.action_confirm()
        self.assertEqual(order.closure_id.template_id, template)

    def test_later_changes_act_on_later_confirmations_only(self):
        first = self.make_template("First")
        order = self.make_order()
        second = self.make_template("Second", product_ids=[Command.set(self.table.ids)])
        first.point_ids = [Command.create({"name": "Late requirement"})]
        self.assertEqual(order.closure_id.template_id, first)
        self.rpc(order, "action_open_closure")
        self.assertEqual(order.closure_id.check_ids.mapped("name"), ["Area is tidy"])
        self.assertEqual(self.get_template(), second)
        first.active = False
        self.assertEqual(order.closure_state, "open")
        self.assertRefused(order, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")

    def test_orders_that_were_open_before_stay_without_a_closure(self):
        order = self.make_order()
        self.assertEqual(order.closure_state, "none")
        template = self.make_template("Everything")
        self.env.flush_all()
        self.assertFalse(order.closure_template_id)
        order.picking_type_id = self.picking_type
        order.bom_id = self.make_bom(self.table)
        self.env.flush_all()
        self.assertFalse(order.closure_template_id)
        self.assertEqual(order.get_closure_blockers(), [])
        self.rpc(order, "button_mark_done")
        self.assertEqual((order.state, order.closure_state), ("done", "none"))
        self.assertEqual(self.get_template(), template)

    def test_a_template_is_applied_to_open_orders_by_its_button(self):
        covered, other = self.make_order(), self.make_order(product=self.plain_table)
        done = self.make_order()
        done.button_mark_done()
        template = self.make_template("Tables", product_ids=[Command.set(self.table.ids)])
        self.assertRefused(
            covered, lambda order: self.rpc(template, "action_apply_to_open_orders"), error=AccessError, says=""
        )
        result = self.rpc(template, "action_apply_to_open_orders", user=self.manager)
        self.assertIn("1 open orders", result["params"]["message"])
        self.assertEqual(covered.closure_state, "open")
        self.assertEqual(covered.closure_template_id, template)
        self.assertEqual((other | done).mapped("closure_state"), ["none", "none"])
        self.assertRefused(covered, lambda order: self.rpc(order, "button_mark_done"), says="Area is tidy")
        self.rpc(template, "action_apply_to_open_orders", user=self.manager)
        self.assertEqual(self.env["mrp.closure"].search_count([("template_id", "=", template.id)]), 1)

    def test_closures_are_made_for_selected_open_orders(self):
        orders = self.make_order() | self.make_order(product=self.plain_table) | self.make_order()
        orders[2].button_mark_done()
        self.make_template("Tables", product_ids=[Command.set(self.table.ids)])
        self.assertRefused(orders[0], lambda _order: self.rpc(orders, "action_create_closures"), error=AccessError)
        result = self.rpc(orders, "action_create_closures", user=self.manager)
        self.assertIn(orders[1].name, result["params"]["message"])
        self.assertIn(orders[2].name, result["params"]["message"])
        self.assertEqual(orders.mapped("closure_state"), ["open", "none", "none"])

    def test_an_order_that_is_done_gets_no_closure(self):
        order = self.make_order()
        order.button_mark_done()
        self.make_template("Everything")
        self.rpc(order, "action_create_closures", user=self.manager)
        self.env.flush_all()
        self.assertFalse(order.closure_template_id)
        self.assertFalse(order.closure_id)
        self.rpc(order, "write", {"qty_producing": 7})
        self.assertEqual(self.get_stock(self.table)[self.table], 7)

    def test_a_used_template_is_archived_not_deleted(self):
        template = self.make_template("Everything")
        order = self.make_order()
        for user in (self.manager, self.env.ref("base.user_root")):
            self.assertRefused(
                order, lambda order, user=user: self.rpc(template, "unlink", user=user), error=UserError, says="archive"
            )
        template.active = False
        self.assertEqual(order.closure_id.template_id, template)

    def test_an_unused_template_is_deleted_and_drafts_forget_it(self):
        template = self.make_template("Everything")
        draft, cancelled = self.make_order(confirm=False), self.make_order(confirm=False)
        cancelled.action_cancel()
        self.assertEqual((draft | cancelled).closure_template_id, template)
        self.env.flush_all()
        self.rpc(template, "unlink", user=self.manager)
        self.assertFalse(template.exists())
        self.assertFalse(draft.closure_template_id)

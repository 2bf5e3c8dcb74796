from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user


class ClosureCase(TransactionCase):
    """A small factory: a table made of a board and four legs, one work center, one template.

    The template covers the table only, so that every other order stays without closure.
    Users: ``operator`` (manufacturing user), ``manager`` (closure manager), ``auditor``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.env.company
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.stock = cls.warehouse.lot_stock_id
        # With mrp_account, a manufacturing user cannot make backorders without these two
        # read groups: see odoo.addons.mrp_account, AccessError on analytic lines.
        groups = "mrp.group_mrp_user,account.group_account_readonly,analytic.group_analytic_accounting"
        cls.operator = new_test_user(cls.env, "closure_operator", groups=groups, name="Olga Operator")
        cls.manager = new_test_user(
            cls.env, "closure_manager", groups=f"{groups},mrp_workorder_closure.group_manager", name="Max Manager"
        )
        cls.auditor = new_test_user(
            cls.env, "closure_auditor", groups="base.group_user,mrp_workorder_closure.group_auditor", name="Ada Auditor"
        )
        cls.workcenter = cls.env["mrp.workcenter"].create({"name": "Assembly Bench", "costs_hour": 60})
        cls.board, cls.leg, cls.table, cls.plain_table = cls.env["product.product"].create(
            [
                {"name": "Board", "is_storable": True, "standard_price": 20},
                {"name": "Leg", "is_storable": True, "standard_price": 5},
                {"name": "Table", "is_storable": True},
                {"name": "Plain Table", "is_storable": True},
            ]
        )
        cls.env["stock.quant"]._update_available_quantity(cls.board, cls.stock, 1000)
        cls.env["stock.quant"]._update_available_quantity(cls.leg, cls.stock, 4000)
        cls.bom = cls.make_bom(cls.table)
        cls.plain_bom = cls.make_bom(cls.plain_table)
        cls.template = cls.env["mrp.closure.template"].create(
            {
                "name": "Tables",
                "product_ids": [Command.set(cls.table.ids)],
                "point_ids": [
                    Command.create({"name": "Area is tidy", "sequence": 1}),
                    Command.create({"name": "Tools are back", "sequence": 2}),
                ],
            }
        )

    def stop_clock(self):
        """Until the end of the test no second passes: a batch that crosses one is written in two parts,
        which takes further queries."""
        self.startPatcher(freeze_time(fields.Datetime.now()))

    @classmethod
    def make_bom(cls, product, operations=("Assemble",), **vals):
        """A bill of one board and four legs, with an operation for each name."""
        return cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "product_qty": 1,
                "consumption": "flexible",
                "bom_line_ids": [
                    Command.create({"product_id": cls.board.id, "product_qty": 1}),
                    Command.create({"product_id": cls.leg.id, "product_qty": 4}),
                ],
                "operation_ids": [
                    Command.create(
                        {"name": name, "workcenter_id": cls.workcenter.id, "time_cycle_manual": 10, "sequence": number}
                    )
                    for number, name in enumerate(operations)
                ],
                **vals,
            }
        )

    @classmethod
    def make_order(cls, qty=10, product=None, confirm=True, user=None, **vals):
        """A manufacturing order of the operator; confirmed unless told otherwise."""
        order = (
            cls.env["mrp.production"]
            .with_user(user or cls.operator)
            .create({"product_id": (product or cls.table).id, "product_qty": qty, **vals})
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def pass_checks(cls, order):
        """The operator answers every check of the order."""
        order.closure_id.check_ids.filtered(lambda check: check.state == "todo").with_user(cls.operator).action_pass()

    @classmethod
    def make_ready(cls, order):
        """Quantities are entered, work orders finished, checks answered: figures are complete."""
        order.qty_producing = order.product_qty
        order.set_qty_producing()
        order.move_raw_ids.picked = True
        cls.pass_checks(order)
        order.workorder_ids.button_finish()

    @classmethod
    def make_closed(cls, **vals):
        order = cls.make_order(**vals)
        cls.pass_checks(order)
        order.button_mark_done()
        return order

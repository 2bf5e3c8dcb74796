import base64

from odoo import Command
from odoo.tests import new_test_user

from .common_leftover import LeftoverCase

PHOTO = base64.b64encode(b"\x00\x00\x00\x18ftypheic" + bytes(16)).decode()
OURS = "mrp_workorder_closure.group_"
KINDS = ("attribute", "variable")
# One user for each, with nothing but the role; the operator and the manager are those of ClosureCase.
ROLES = {
    "portal": "base.group_portal",
    "nobody": "base.group_user",
    "named": "base.group_user",
    "delegate": "base.group_user",
    "inspector": f"base.group_user,{OURS}inspector",
    "warehouse_controller": f"base.group_user,{OURS}warehouse_controller",
    "cost_controller": f"base.group_user,{OURS}cost_controller",
    "approver": f"base.group_user,{OURS}approver",
    "force_close": f"base.group_user,{OURS}force_close",
}


class WorldCase(LeftoverCase):
    """A factory with closures in every state, a second company, and one user for each role.

    ``self.roles`` maps the name of a role to its user; ``stranger`` is a manager of the second
    company, ``named`` is named by an approval level and has no other right, ``delegate`` stands in for ``named``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {role: cls.make_user(role, groups) for role, groups in ROLES.items()}
        cls.roles |= {"operator": cls.operator, "manager": cls.manager, "auditor": cls.auditor}
        cls.make_second_company()
        cls.cabinet = cls.env["product.product"].create({"name": "Cabinet", "is_storable": True})
        cls.make_bom(cls.cabinet)
        cls.make_templates()
        cls.make_open_closures()
        cls.make_later_closures()
        cls.make_loose_records()
        cls.env.flush_all()

    @classmethod
    def make_user(cls, role, groups, **vals):
        return new_test_user(cls.env, f"closure_role_{role}", groups=groups, name=f"Role {role}", **vals)

    @classmethod
    def make_second_company(cls):
        """A company with an order of its own, whose manager works there only."""
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        companies = {"company_id": cls.elsewhere.id, "company_ids": [Command.set(cls.elsewhere.ids)]}
        groups = f"mrp.group_mrp_user,{OURS}manager,{OURS}auditor"
        cls.roles["stranger"] = cls.make_user("stranger", groups, **companies)
        env = cls.env(user=cls.roles["stranger"], context={"tracking_disable": True})
        env["mrp.closure.template"].create(
            {"name": "Tables there", "point_ids": [Command.create({"name": "Area is tidy there"})]}
        )
        cls.foreign_order = env["mrp.production"].create({"product_id": cls.table.id, "product_qty": 1})
        cls.foreign_order.action_confirm()
        env["mrp.closure.nonconformity"].create({"closure_id": cls.foreign_order.closure_id.id, "quantity": 1})

    @classmethod
    def make_templates(cls):
        """Tables wait for two levels; cabinets have a point of every kind that people answer."""
        cls.template.point_ids.unlink()
        cls.template.point_ids = [Command.create({"name": "Area is tidy"}), Command.create({"name": "Tools are back"})]
        cls.template.level_ids = [
            Command.create({"name": "Named", "sequence": 10, "user_ids": [Command.set(cls.roles["named"].ids)]}),
            Command.create({"name": "Group", "sequence": 20, "group_id": cls.env.ref(f"{OURS}approver").id}),
        ]
        characteristics = [
            Command.create({"name": "Scratches"}),
            Command.create({"name": "Height", "kind": "variable", "min_value": 70, "max_value": 80}),
        ]
        points = [
            {"name": "Swept"},
            {"name": "Signed", "signature_required": True},
            {"name": "Weight", "kind": "measure", "min_value": 10, "max_value": 90, "unit": "kg"},
            {"name": "Certificate", "kind": "document"},
            {"name": "Picture", "kind": "photo"},
            {"name": "Counted", "group_id": cls.env.ref(f"{OURS}cost_controller").id},
            {"name": "Inspected", "kind": "inspection", "scope": "full", "characteristic_ids": characteristics},
            {"name": "Accounted for", "kind": "material_balance", "tolerance_pct": 50},
            {"name": "Decided", "kind": "nonconformities_dispositioned"},
        ]
        cls.rich_template = cls.env["mrp.closure.template"].create(
            {
                "name": "Cabinets",
                "product_ids": [Command.set(cls.cabinet.ids)],
                "point_ids": [Command.create({"sequence": number, **point}) for number, point in enumerate(points)],
            }
        )

    @classmethod
    def make_open_closures(cls):
        """Cabinets: one untouched, one with an answer and a decision of every kind, one that left something."""
        orders = cls.untouched, cls.worked, cls.left, cls.measured = [
            cls.make_order(product=cls.cabinet) for _number in range(4)
        ]
        shop = cls.env["stock.warehouse"].create({"name": "Shop in one step", "code": "SHOP"})
        cls.unstaged = cls.make_order(product=cls.cabinet, picking_type_id=shop.manu_type_id.id)
        for order in orders:
            cls.issue(order)
        for order in orders[1:]:
            cls.use(order, leg=38)
        for order in orders:
            order.closure_id.with_user(cls.operator).action_refresh()
        cls.answer(cls.worked.closure_id)
        cls.enter(cls.measured.closure_id)
        cls.enter(cls.worked.closure_id).action_decide()
        cls.report(cls.worked.closure_id)
        cls.keep(cls.left.closure_id)

    @classmethod
    def answer(cls, closure):
        checks = {check.name: check for check in closure.check_ids.with_user(cls.operator)}
        checks["Swept"].action_fail("Sawdust")
        checks["Weight"].action_measure(95)
        checks["Weight"].with_user(cls.manager).action_waive("Heavier wood")
        checks["Picture"].action_photo("picture.png", PHOTO)
        checks["Certificate"].with_user(cls.manager).action_not_applicable("No certificate")

    @classmethod
    def enter(cls, closure):
        """Results of an inspection, one unit of which is defective."""
        inspection = closure.inspection_ids.with_user(cls.roles["inspector"])
        counted, measured = (inspection.line_ids.filtered(lambda line, kind=kind: line.kind == kind) for kind in KINDS)
        counted.write({"inspected": inspection.sample_size, "defective": 1})
        measured.readings = " ".join(["75"] * inspection.sample_size)
        return inspection

    @classmethod
    def report(cls, closure):
        """Problems: one open, one decided in two parts of which one is rework, one without goods."""
        model = cls.env["mrp.closure.nonconformity"].with_user(cls.operator)
        _undecided, decided, minor = model.create(
            [{"closure_id": closure.id, "quantity": quantity} for quantity in (1, 2, 0)]
        )
        decided.with_user(cls.roles["inspector"]).action_disposition(
            [
                {"disposition": "scrap", "quantity": 1},
                {"disposition": "rework", "quantity": 1, "workcenter_id": cls.workcenter.id},
            ]
        )
        minor.with_user(cls.roles["inspector"]).action_disposition()
        reworks = decided.disposition_ids.workorder_id.with_user(cls.operator)
        reworks.button_start()
        reworks.button_finish()

    @classmethod
    def keep(cls, closure):
        """One of the two legs that are left stays at the line."""
        action = closure.with_user(cls.operator).action_return()
        dialog = cls.env[action["res_model"]].with_user(cls.operator).with_context(**action["context"])
        dialog = dialog.create({"reason": "One too many"})
        dialog.line_ids.write({"act": "leave"})
        dialog.line_ids.filtered(lambda line: line.product_id == cls.leg).write({"act": "keep", "quantity": 1})
        dialog.action_confirm()

    @classmethod
    def make_later_closures(cls):
        """Tables: open, below plan, to approve at each level, approved, closed, reopened, cancelled, draft, plain."""
        names = ("fresh", "short", "ready", "pending", "second", "approved", "closed", "reopened", "cancelled")
        for name in names:
            order = cls.make_order()
            setattr(cls, name, order)
            if name != "fresh":
                cls.issue(order)
            if name == "short":
                order.qty_producing = 6
                order.set_qty_producing()
                order.move_raw_ids.picked = True
            elif name != "fresh":
                cls.make_ready(order)
        cls.draft = cls.make_order(confirm=False)
        cls.plain = cls.make_order(product=cls.plain_table)
        submitted = (cls.pending, cls.second, cls.approved, cls.closed, cls.reopened)
        for order in submitted:
            order.closure_id.with_user(cls.operator).action_refresh()
        for order in submitted[1:]:
            order.closure_id.with_user(cls.roles["named"]).action_approve()
        for order in submitted[2:]:
            order.closure_id.with_user(cls.roles["approver"]).action_approve()
        for order in (cls.closed, cls.reopened):
            order.with_user(cls.operator).button_mark_done()
        cls.reopened.closure_id.with_user(cls.manager).action_reopen("Miscounted")
        cls.cancelled.closure_id.with_user(cls.manager).action_cancel_order("Not wanted")

    @classmethod
    def make_loose_records(cls):
        """What no order brings along: a delegation, a verification, an export, a plan that is stopped."""
        env = cls.env(user=cls.roles["named"])
        env["mrp.closure.delegation"].create({"delegate_id": cls.roles["delegate"].id, "date_to": "2099-01-01"})
        cls.env["mrp.closure.verification"].with_user(cls.auditor).action_verify()
        cls.env["mrp.closure.export"].with_user(cls.auditor).create({"kind": "csv"})
        cls.env["mrp.closure.sampling"]._create_evidence(
            [
                {
                    "company_id": cls.company.id,
                    "product_id": cls.cabinet.id,
                    "point_ref": 0,
                    "aql": 1,
                    "state": "stopped",
                    "rejected_total": 5,
                }
            ]
        )
        cls.env["mrp.closure.dossier.file"].search([], limit=1)._write_evidence({"state": "failed"})
        cls.worked.closure_id.balance_ids[:1].with_user(cls.operator).action_find_causes()
        cls.make_told_records()
        cls.make_improvements(cls.company, cls.roles["inspector"], cls.worked)
        cls.make_improvements(cls.elsewhere, cls.roles["stranger"], cls.foreign_order)

    @classmethod
    def make_told_records(cls):
        """A channel of each company that nobody answers, archived, with a message that was given up."""
        for company in (cls.company, cls.elsewhere):
            channel = cls.env["mrp.closure.channel"].create(
                {
                    "name": f"Robot of {company.name}",
                    "company_id": company.id,
                    "kind": "webhook",
                    "url": "https://robot.invalid/hook/abcdef",
                    "secret": "SECworld",
                    "active": False,
                    "lang": "en_US",
                }
            )
            written = {"en_US": {"title": "Closed", "text": "It is closed."}}
            cls.env["mrp.closure.message"].create(
                {"channel_id": channel.id, "event": "closed", "state": "dead", "payload": {"written": written}}
            )

    @classmethod
    def make_improvements(cls, company, planner, order):
        """Corrective actions, one proposed and one planned by a person; a review with a figure and a cause."""
        values = {
            "name": "Sweep after each shift",
            "company_id": company.id,
            "due_date": "2099-01-01",
            "indicator": "waivers",
            "closure_ids": [Command.set(order.closure_id.ids)],
        }
        actions = cls.env["mrp.closure.action"]
        actions.with_user(planner).create({**values, "user_id": planner.id})
        actions._create_evidence([{**values, "state": "proposed"}])
        period = {"kind": "month", "date_from": "2026-03-01", "date_to": "2026-03-31"}
        review = cls.env["mrp.closure.review"]._create_evidence([{"company_id": company.id, **period}])
        cls.env["mrp.closure.review.line"]._create_evidence([{"review_id": review.id, "code": "waivers"}])
        cls.env["mrp.closure.review.cause"]._create_evidence(
            [{"review_id": review.id, "kind": "blocker", "name": "Area is tidy", "count": 2}]
        )

import random
from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import new_test_user

from ..models.mrp_closure_check import STATES
from .common import ClosureCase

NOW = datetime(2031, 6, 30, 12)


class AnalysisCase(ClosureCase):
    """A year of closures whose times, verdicts and costs are made up, written as the actions would write them.

    Driving hundreds of orders takes hours; what the reports promise is about what is on record. ``closures`` are of two
    products in two categories and of two lines, some of them cancelled; a chair is cut at the ``saw`` before it comes
    to the ``second_line``. ``NOW`` is later than everything else in the database.
    Users: ``controller`` (costs), ``approver``, ``inspector``, ``keeper`` (warehouse controller), besides those of a
    plain case.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, group in (
            ("controller", "cost_controller"),
            ("approver", "approver"),
            ("inspector", "inspector"),
            ("keeper", "warehouse_controller"),
        ):
            login = f"closure_analysis_{name}"
            setattr(
                cls, name, new_test_user(cls.env, login, groups=f"base.group_user,mrp_workorder_closure.group_{group}")
            )
        cls.level_group = cls.env["res.groups"].create({"name": "Line Leads"})
        cls.chairs = cls.env["product.category"].create({"name": "Chairs"})
        cls.chair = cls.env["product.product"].create(
            {"name": "Chair", "is_storable": True, "categ_id": cls.chairs.id, "standard_price": 1}
        )
        cls.saw, cls.second_line = cls.env["mrp.workcenter"].create([{"name": "Saw"}, {"name": "Second Line"}])
        cut, assemble = cls.make_bom(cls.chair, operations=("Cut", "Assemble")).operation_ids
        cut.workcenter_id, assemble.workcenter_id = cls.saw, cls.second_line
        cls.template.write(
            {
                "product_ids": [Command.link(cls.chair.id)],
                "point_ids": [
                    Command.create({"name": "Saw is clean", "operation_ids": [Command.set(cut.ids)]}),
                    Command.create({"name": "Work is finished", "kind": "workorders_finished"}),
                    Command.create({"name": "Everything is moved", "kind": "pending_transfers"}),
                    Command.create({"name": "Dates are right", "kind": "dates_consistent"}),
                ],
            }
        )

    @classmethod
    def make_history(cls, seed, count):
        """Closures with random stages, approvals, checks, balances and costs; the same for the same seed."""
        rng = random.Random(seed)
        orders = cls.env["mrp.production"].create(
            [
                {
                    "product_id": rng.choice((cls.table, cls.chair)).id,
                    "product_qty": rng.randint(1, 9),
                    "user_id": rng.choice((cls.operator, cls.manager)).id,
                }
                for _number in range(count)
            ]
        )
        orders.action_confirm()
        closures = orders.closure_id.sudo().sorted("id")
        for closure in closures:
            cls._make_stages(rng, closure)
            cls._make_checks(rng, closure)
        cls._make_balances(rng, closures)
        cls._make_inspections(rng, closures)
        cls._make_variances(rng, closures)
        cls.env.flush_all()
        return closures

    @classmethod
    def _make_stages(cls, rng, closure):
        state = rng.choice(("open", "to_approve", "to_approve", "approved", "cancel", *["closed"] * 8))
        work = NOW - timedelta(days=rng.uniform(1, 200))
        submitted = work + timedelta(hours=rng.uniform(-5, 60))
        approved = submitted + timedelta(hours=rng.uniform(0, 90))
        closed = approved + timedelta(hours=rng.uniform(0, 30))
        standard = rng.choice((0, rng.uniform(10, 900)))
        is_reopened = rng.random() < 0.2
        vals = {
            "state": state,
            "round": rng.choice((1, 1, 1, 2, 3)),
            "revision": 2 if is_reopened else 1,
            "reopened_at": is_reopened and closed - timedelta(days=rng.uniform(0, 40)),
            "labour_closed_at": rng.random() < 0.8 and work,
            "standard_cost": standard,
            "actual_cost": rng.choice((0, standard * rng.uniform(0.8, 1.4))),
        }
        vals["cost_variance"] = vals["actual_cost"] - vals["standard_cost"]
        if state != "open":
            vals["submitted_at"] = submitted
        # Without levels, the button does all of it in one go.
        has_levels = rng.random() < 0.75
        if not has_levels:
            approved = closed = submitted
        if state in ("approved", "closed"):
            vals.update(approved_at=approved, close_type=rng.choice((False, "short", "forced")))
        if state == "closed":
            started = rng.choice((0, 5, 10))
            vals.update(
                closed_at=closed,
                close_type=vals["close_type"] or "normal",
                started_qty=started,
                accepted_qty=rng.uniform(0, started),
            )
        if vals.get("close_type") == "forced":
            vals["forced_by_id"] = cls.manager.id
        closure._write_evidence({name: cls._round(value) for name, value in vals.items()})
        if state != "open" and (has_levels or state == "to_approve"):
            cls._make_approvals(rng, closure)

    @classmethod
    def _round(cls, value):
        return value.replace(microsecond=0) if isinstance(value, datetime) else value

    @classmethod
    def _make_approvals(cls, rng, closure):
        for number in range(rng.randint(1, 3)):
            since = closure.submitted_at + timedelta(hours=5 * number)
            hours = rng.randint(1, 100)
            state = rng.choice(("approved", "approved", "rejected", "superseded", "pending", "waiting"))
            if closure.state == "cancel" and state in ("pending", "waiting"):
                state = "superseded"
            asked, over = state != "waiting", state not in ("pending", "waiting")
            (approval,) = cls.env["mrp.closure.approval"]._create_evidence(
                [
                    {
                        "closure_id": closure.id,
                        "round": closure.round,
                        "sequence": 10 * number,
                        "name": rng.choice(("Production", "Quality")),
                        "state": state,
                        "group_id": rng.choice((False, cls.level_group.id)),
                        "user_ids": [Command.set(rng.choice(([], cls.operator.ids, (cls.operator | cls.manager).ids)))],
                        "since": asked and since,
                        "deadline": asked and rng.choice((False, since + timedelta(hours=rng.randint(1, 100)))),
                        "decided_at": over and since + timedelta(hours=hours),
                        "is_forced": bool(closure.forced_by_id) and rng.random() < 0.5,
                    }
                ]
            )
            if over and (state != "superseded" or rng.random() < 0.7):
                cls._decide(
                    approval, {"superseded": "sent_back"}.get(state, state), rng.choice((cls.operator, cls.manager))
                )

    @classmethod
    def _decide(cls, approval, verdict, user):
        cls.env["mrp.closure.approval.decision"]._create_evidence(
            [
                {
                    "approval_id": approval.id,
                    "closure_id": approval.closure_id.id,
                    "company_id": approval.company_id.id,
                    "round": approval.round,
                    "user_id": user.id,
                    "decided_at": approval.decided_at,
                    "verdict": verdict,
                    "meaning": verdict,
                    "fingerprint": "0",
                }
            ]
        )

    @classmethod
    def _make_checks(cls, rng, closure):
        for check in closure.check_ids:
            vals = {"state": rng.choice(("pass", "pass", "waived", "fail", "todo"))}
            if vals["state"] == "fail":
                vals["done_at"] = cls._round(NOW - timedelta(days=rng.uniform(1, 200)))
            check._write_evidence(vals)

    @classmethod
    def make_check_history(cls, seed, closures):
        """Random changes of the checks of closures, as their chatter has them.

        :return: ``{check: [(moment, state), ...]}`` in the order of time, for the checks that changed
        """
        rng = random.Random(seed)
        labels, history, notes = dict(STATES), {}, []
        field_id = cls.env["ir.model.fields"]._get_ids("mrp.closure.check")["state"]
        for check in closures.check_ids.filtered(lambda check: rng.random() < 0.7):
            work = check.closure_id.labour_closed_at or NOW - timedelta(days=20)
            hours = sorted(rng.sample(range(-60, 100), rng.randint(1, 4)))
            moments = [cls._round(min(work + timedelta(hours=hour), NOW)) for hour in hours]
            history[check] = [(moment, rng.choice(("pass", "fail", "waived", "todo"))) for moment in moments]
            check._write_evidence({"state": history[check][-1][1]})
            notes += [(check, moment, labels[state]) for moment, state in history[check]]
        cls.env["mail.message"].create(
            [
                {
                    "model": check._name,
                    "res_id": check.id,
                    "date": moment,
                    "message_type": "notification",
                    "tracking_value_ids": [Command.create({"field_id": field_id, "new_value_char": label})],
                }
                for check, moment, label in notes
            ]
        )
        cls.env.flush_all()
        return history

    @classmethod
    def _make_balances(cls, rng, closures):
        cls.env["mrp.closure.balance"]._create_evidence(
            [
                {
                    "closure_id": closure.id,
                    "product_id": product.id,
                    "kept_qty": rng.choice((0, rng.randint(1, 9))),
                    "unit_cost": rng.uniform(1, 50),
                }
                for closure in closures
                for product in rng.sample((cls.board, cls.leg), rng.randint(0, 2))
            ]
        )

    @classmethod
    def _make_inspections(cls, rng, closures):
        cls.env["mrp.closure.inspection"]._create_evidence(
            [
                {
                    "closure_id": closure.id,
                    "point_ref": 1,
                    "name": "Final",
                    "scope": "full",
                    "state": "todo" if verdict is False else "accepted",
                    "first_verdict": verdict,
                    "decided_at": verdict and cls._round(NOW - timedelta(days=rng.uniform(1, 200))),
                }
                for closure in closures
                for verdict in [rng.choice((False, "accepted", "accepted", "rejected"))]
            ]
        )

    @classmethod
    def _make_variances(cls, rng, closures):
        cls.env["mrp.closure.variance"]._create_evidence(
            [
                {
                    "closure_id": closure.id,
                    "revision": closure.revision,
                    "kind": rng.choice(("scrap", "scrap", "rework", "material_usage")),
                    "amount": rng.uniform(-20, 90),
                    "active": rng.random() < 0.8,
                }
                for closure in closures
                for _line in range(rng.randint(0, 2))
            ]
        )

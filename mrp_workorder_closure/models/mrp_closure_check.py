from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools import Finding
from .mrp_closure_point import ANSWERED_KINDS, KINDS, QUANTITY_KINDS, SEVERITIES

STATES = [
    ("todo", "To Do"),
    ("pass", "Passed"),
    ("fail", "Failed"),
    ("waived", "Waived"),
    ("not_applicable", "Not Applicable"),
]
MET = ("pass", "waived", "not_applicable")
# Kinds that look at what was moved, line by line.
LINE_KINDS = ("consumption", "lots_assigned", "byproducts_recorded")
TIME_LOGS = "workorder_ids.time_ids.loss_type"
# What the rules of a kind read beyond the order and its moves and work orders.
PREFETCH = {
    "time_recorded": (TIME_LOGS,),
    "downtime_explained": (TIME_LOGS,),
    "dates_consistent": (TIME_LOGS, "picking_ids.date_done"),
    "subcontracting_received": ("move_raw_ids.move_orig_ids.state",),
    "scrap_explained": (
        "scrap_ids.scrap_reason_tag_ids",
        "scrap_ids.closure_nonconformity_id",
        "closure_id.nonconformity_ids.disposition_ids.status",
    ),
    "child_orders_closed": ("production_group_id.child_ids.production_ids.closure_id.state",),
}


class MrpClosureCheck(models.Model):
    """One control point applied to one order or work order: verdict and evidence.

    Each kind has a method ``_evaluate_<kind>``: it takes checks of that kind and returns
    ``{check: Finding}`` for those that do not hold. A kind without its method makes the
    gate fail rather than pass. The rules of the automatic kinds stand in
    ``mrp_closure_rules_*.py``; their stored verdicts serve the screens, the gate evaluates again.
    """

    _name = "mrp.closure.check"
    _description = "Closure check"
    _inherit = ["mrp.closure.evidence", "mrp.closure.notes"]
    _order = "sequence, id"

    closure_id = fields.Many2one("mrp.closure", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="closure_id.company_id", store=True, precompute=True)
    production_id = fields.Many2one(related="closure_id.production_id")
    closure_state = fields.Selection(related="closure_id.state", string="Closure State", tracking=False)
    point_id = fields.Many2one("mrp.closure.point", index="btree_not_null", ondelete="set null")
    workorder_id = fields.Many2one("mrp.workorder", index="btree_not_null", ondelete="set null")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Requirement", translate=True)
    instructions = fields.Html(translate=True)
    kind = fields.Selection(KINDS, required=True, default="manual")
    severity = fields.Selection(SEVERITIES, required=True, default="blocking")
    group_id = fields.Many2one("res.groups", string="Answered by Group")
    user_ids = fields.Many2many("res.users", string="Answered by Persons")
    owner = fields.Char(string="Waits for", compute="_compute_owner")
    state = fields.Selection(STATES, required=True, default="todo", tracking=True)
    min_value = fields.Float(string="Lower Limit", digits=(16, 6))
    max_value = fields.Float(string="Upper Limit", digits=(16, 6))
    unit = fields.Char(translate=True)
    tolerance_pct = fields.Float(string="Tolerance (%)", digits=(16, 6))
    value = fields.Float(string="Measured Value", digits=(16, 6), tracking=True)
    deadline = fields.Datetime(index="btree_not_null")
    signature_required = fields.Boolean()
    signed_name = fields.Char(
        string="Signed by", tracking=True, help="Printed name of the person who signed the answer."
    )
    message = fields.Char(string="Finding", tracking=True)
    figures = fields.Char(help="Technical: the figures of the finding, the same in every language.")
    done_by_id = fields.Many2one("res.users", string="Answered by", tracking=True)
    done_at = fields.Datetime(string="Answered on")
    last_answered_by_id = fields.Many2one(
        "res.users",
        string="Last Answered by",
        help="Who gave the latest answer, also when it was taken back: they do not concede what they found.",
    )
    waived_by_id = fields.Many2one("res.users", string="Waived by", tracking=True)
    waiver_reason = fields.Char(tracking=True)
    waived_figures = fields.Char(help="The figures that were conceded. A waiver ends when they change.")
    can_answer = fields.Boolean(compute="_compute_can_answer")

    @api.depends_context("lang")
    @api.depends("group_id", "user_ids", "closure_id.user_id")
    def _compute_owner(self):
        for check in self.sudo():
            names = (
                check.user_ids.mapped("name")
                or check.group_id.mapped("name")
                or check.closure_id.user_id.mapped("name")
            )
            check.owner = ", ".join(names) or self._get_group_name("mrp_workorder_closure.group_operator")

    @api.depends_context("uid")
    @api.depends("group_id", "user_ids", "state", "closure_state")
    def _compute_can_answer(self):
        for check in self:
            check.can_answer = not check._get_cannot_answer_reason()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._(
                'To take "%(checks)s" off %(orders)s, have a closure manager declare it not applicable: '
                "a check goes with its closure only.",
                checks=", ".join(self.mapped("name")),
                orders=", ".join(self.closure_id.mapped("name")),
            )
        )

    # Verdicts

    def _get_failures(self, final=True):
        """Evaluate the checks, without side effects.

        :param final: False while quantities may still be filled in by Mark as Done; the
            kinds that compare them are then left out for orders with nothing produced yet
        :return: ``{check: Finding}`` for the checks that do not hold
        :raises AttributeError: for a kind without its ``_evaluate_<kind>`` method
        """
        compared = self.filtered(lambda check: check.kind in QUANTITY_KINDS)
        compared.production_id._prefetch_closure_moves(lines=False)
        checks = self if final else self.filtered(lambda check: not check._is_too_early())
        checks.filtered(lambda check: check.kind in LINE_KINDS).production_id._prefetch_closure_moves()
        failures = {}
        for kind, same_kind in checks.grouped("kind").items():
            same_kind._prefetch_figures(*PREFETCH.get(kind, ()))
            failures.update(getattr(same_kind, f"_evaluate_{kind}")())
        return {check: finding for check, finding in failures.items() if not check._is_conceded(finding)}

    def _prefetch_figures(self, *paths):
        """Read what a rule looks at for all checks at once: records filtered one order at a
        time would otherwise be read one order at a time."""
        for path in paths:
            self.mapped(f"production_id.{path}")

    def _is_too_early(self):
        self.ensure_one()
        order = self.production_id
        if self.kind not in QUANTITY_KINDS or order.state in ("done", "cancel"):
            return False
        return order._has_open_quantities()

    def _is_conceded(self, finding):
        """A waiver covers the figures it was given for, no others; "not applicable" covers any."""
        self.ensure_one()
        if self.state == "not_applicable":
            return True
        return self.state == "waived" and self.waived_figures == finding.figures

    def _is_automatic(self):
        self.ensure_one()
        return self.kind not in dict(ANSWERED_KINDS)

    def _evaluate_manual(self):
        """Kinds that a person answers hold when the answer says so."""
        findings = {}
        for check in self:
            if check.state == "todo":
                findings[check] = Finding(
                    "todo",
                    self.env._(
                        'To finish %(subject)s, answer the check "%(check)s".',
                        subject=check._get_subject(),
                        check=check.name,
                    ),
                )
            elif check.state in ("fail", "waived"):
                findings[check] = Finding(
                    check.waived_figures or "fail",
                    self.env._(
                        'To finish %(subject)s, mend what failed "%(check)s" and answer it again, or have it waived: '
                        "%(finding)s",
                        subject=check._get_subject(),
                        check=check.name,
                        finding=check.message,
                    ),
                )
        return findings

    def _evaluate_measure(self):
        return self._evaluate_manual()

    def _evaluate_document(self):
        return self._evaluate_manual()

    def _evaluate_photo(self):
        return self._evaluate_manual()

    def _get_subject(self):
        """What the check is about: the order, or one of its work orders."""
        self.ensure_one()
        order = self.closure_id.name
        return f"{order} / {self.workorder_id.name}" if self.workorder_id else order

    def _is_met(self):
        self.ensure_one()
        return self.state in MET

    def _refresh_verdicts(self):
        """Store the verdicts of automatic checks, for screens and lists; the gate evaluates again."""
        checks = self.filtered(lambda check: check._is_automatic() and check.state != "not_applicable")
        early = checks.filtered(lambda check: check._is_too_early())
        failures = (checks - early)._get_failures()
        verdicts = defaultdict(self.browse)
        for check in checks:
            if check in failures:
                finding = failures[check]
                state = "todo" if finding.figures == "todo" else "fail"
                # What was found: the screens that show it say themselves what to do about it.
                figures, message = finding.figures, finding.details or finding.text
            else:
                state = "todo" if check in early else "waived" if check.state == "waived" else "pass"
                figures = message = False
            # Not the message: it is in the language of whoever found it first.
            if (check.state, check.figures or False) != (state, figures) and state != "waived":
                verdicts[state, figures, message] |= check
        for (state, figures, message), changed in verdicts.items():
            changed._write_evidence(
                {
                    "state": state,
                    "figures": figures,
                    "message": message,
                    "waived_by_id": False,
                    "waiver_reason": False,
                    "waived_figures": False,
                }
            )
            changed._notify_failures()

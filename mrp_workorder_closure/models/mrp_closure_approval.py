from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

APPROVAL_STATES = [
    ("waiting", "Waiting"),
    ("pending", "Pending"),
    ("approved", "Approved"),
    ("rejected", "Turned Down"),
    ("superseded", "Superseded"),
    ("skipped", "Skipped"),
]
# What counts as this level's turn being over.
SETTLED = ("approved", "skipped")


class MrpClosureApproval(models.Model):
    """One level in one round on one closure, with a copy of who may decide and what it takes.

    Decisions are appended to it and never edited. Waiting: an earlier level is asked first.
    Skipped: its condition did not hold. Superseded: the figures, or an earlier level, changed.
    """

    _name = "mrp.closure.approval"
    _description = "Approval"
    _inherit = ["mrp.closure.evidence"]
    _order = "closure_id desc, round desc, sequence, id"

    closure_id = fields.Many2one("mrp.closure", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="closure_id.company_id", store=True, precompute=True, index=True)
    closure_state = fields.Selection(related="closure_id.state", string="Closure State")
    order_name = fields.Char(related="closure_id.name", string="Order")
    product_id = fields.Many2one(related="closure_id.product_id", string="Product")
    submitted_by_id = fields.Many2one(related="closure_id.submitted_by_id")
    round = fields.Integer(required=True)
    level_id = fields.Many2one(
        "mrp.closure.level", string="Level of the Template", index="btree_not_null", ondelete="set null"
    )
    level_ref = fields.Integer(
        string="Level Reference", help="Which level of the template version this is; 0 for a forced close."
    )
    sequence = fields.Integer(required=True, default=10)
    name = fields.Char(string="Level", translate=True)
    state = fields.Selection(APPROVAL_STATES, required=True, default="waiting", index=True)
    group_id = fields.Many2one("res.groups", string="Approved by Group", ondelete="restrict")
    user_ids = fields.Many2many(
        "res.users", "mrp_closure_approval_user_rel", "approval_id", "user_id", string="Approved by Persons"
    )
    signer_ids = fields.Many2many(
        "res.users",
        "mrp_closure_approval_signer_rel",
        "approval_id",
        "user_id",
        string="Asked to Sign as Well",
        help="Each of them has to approve, besides the approvals needed.",
    )
    min_approvals = fields.Integer(string="Approvals Needed", default=1)
    comment_required = fields.Boolean()
    signature_required = fields.Boolean()
    is_forced = fields.Boolean(string="Forced Close", help="The second person's approval of a forced close.")
    owner = fields.Char(string="Waits for", compute="_compute_owner")
    deadline_hours = fields.Float()
    reminder_hours = fields.Float()
    escalation_group_id = fields.Many2one("res.groups", string="Escalated to", ondelete="set null")
    since = fields.Datetime(string="Asked on", help="When the level was asked.")
    deadline = fields.Datetime(index="btree_not_null")
    remind_at = fields.Datetime(help="When those who are asked are to be reminded.")
    reminded_at = fields.Datetime(string="Reminded on")
    escalated_at = fields.Datetime(string="Escalated on")
    decided_at = fields.Datetime(string="Decided on")
    waited_hours = fields.Float(
        string="Waited (Hours)",
        compute="_compute_waited_hours",
        store=True,
        aggregator="avg",
        help="From being asked to the decision.",
    )
    decision_ids = fields.One2many("mrp.closure.approval.decision", "approval_id", string="Decisions")
    is_mine = fields.Boolean(
        compute="_compute_is_mine",
        search="_search_is_mine",
        help="Names the user, or somebody for whom the user stands in.",
    )
    is_waiting_for_me = fields.Boolean(compute="_compute_is_waiting_for_me", search="_search_is_waiting_for_me")

    @api.depends_context("lang")
    @api.depends("group_id", "user_ids", "signer_ids")
    def _compute_owner(self):
        # In sudo: who is asked is told to everybody who may read the approval.
        approvals = self.sudo()
        (approvals.user_ids | approvals.signer_ids).mapped("name")
        for approval in approvals:
            names = approval.group_id.mapped("name") + (approval.user_ids | approval.signer_ids).mapped("name")
            approval.owner = ", ".join(names)

    @api.depends("since", "decided_at")
    def _compute_waited_hours(self):
        for approval in self:
            waited = approval.decided_at - approval.since if approval.since and approval.decided_at else timedelta()
            approval.waited_hours = waited.total_seconds() / 3600

    @api.depends_context("uid")
    @api.depends("user_ids", "signer_ids", "group_id")
    def _compute_is_mine(self):
        mine = self.filtered_domain(self._get_mine_domain())
        for approval in self:
            approval.is_mine = approval in mine

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_mine_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_mine_domain(self):
        """Approvals that name the user, or somebody for whom the user stands in."""
        user = self.env.user
        persons = user | user._get_closure_delegators()
        groups = {group_id for person in persons for group_id in person._get_group_ids()}
        return (
            Domain("user_ids", "in", persons.ids)
            | Domain("signer_ids", "in", persons.ids)
            | Domain("group_id", "in", list(groups))
        )

    @api.depends_context("uid")
    @api.depends("state", "is_mine", "decision_ids.user_id")
    def _compute_is_waiting_for_me(self):
        mine = self.filtered_domain(self._get_waiting_for_me_domain())
        for approval in self:
            approval.is_waiting_for_me = approval in mine

    def _search_is_waiting_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_waiting_for_me_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_waiting_for_me_domain(self):
        """Pending approvals that the user is asked for and has not approved yet, but for what they submitted."""
        approved = Domain("user_id", "=", self.env.uid) & Domain("verdict", "=", "approved")
        submitted = Domain("closure_id.submitted_by_id", "=", self.env.uid)
        allowed = Domain("company_id.closure_allow_same_person", "=", True) & Domain("is_forced", "=", False)
        mine = self._get_mine_domain() & ~Domain("decision_ids", "any", approved)
        return Domain("state", "=", "pending") & mine & (allowed | ~submitted)

    @api.depends("name", "closure_id.name")
    def _compute_display_name(self):
        for approval in self.sudo():
            approval.display_name = " / ".join(filter(None, [approval.closure_id.name, approval.name]))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(
            self.env._(
                "To keep the evidence of %(approvals)s, leave it in place: approvals are never deleted.",
                approvals=", ".join(self.sudo().mapped("display_name")),
            )
        )

    # Making approvals

    @api.model
    def _prepare_approval_vals(self, level, closure, state):
        """Values of the approval that puts one level, as plain data, before the deciders of one closure."""
        users = level["user_ids"]
        if level["is_responsible"] and closure.user_id:
            users = [*users, closure.user_id.id]
        return {
            "closure_id": closure.id,
            "round": closure.round,
            "level_id": level["level_id"],
            "level_ref": level["id"],
            "sequence": level["sequence"],
            "state": state,
            "group_id": level["group_id"],
            "user_ids": [fields.Command.set(users)],
            "min_approvals": level["min_approvals"],
            "comment_required": level["comment_required"],
            "signature_required": level["signature_required"],
            "deadline_hours": level["deadline_hours"],
            "reminder_hours": level["reminder_hours"],
            "escalation_group_id": level["escalation_group_id"],
            "waited_hours": 0.0,  # as it is computed while nobody was asked: then it is not written a second time
        }

    @api.model
    def _get_live_levels(self, levels):
        """Levels as plain data, with ``level_id``, without what was deleted or archived since they were recorded."""
        wanted = {
            "mrp.closure.level": {level["id"] for level in levels},
            "res.groups": {level[name] for level in levels for name in ("group_id", "escalation_group_id")} - {False},
            "res.users": {user_id for level in levels for user_id in level["user_ids"]},
        }
        alive = {model: self.env[model].browse(ids).exists() for model, ids in wanted.items()}
        users = set(alive["res.users"].filtered("active").ids)
        groups, references = set(alive["res.groups"].ids), set(alive["mrp.closure.level"].ids)
        return [
            {
                **level,
                "level_id": level["id"] in references and level["id"],
                "group_id": level["group_id"] in groups and level["group_id"],
                "escalation_group_id": level["escalation_group_id"] in groups and level["escalation_group_id"],
                "user_ids": [user_id for user_id in level["user_ids"] if user_id in users],
            }
            for level in levels
        ]

    def _copy_names_of_version(self):
        """Copy the names of the levels in every language, in one statement."""
        if not self:
            return
        self.flush_recordset()
        self.env["mrp.closure"].flush_model(["template_version_id"])
        self.env["mrp.closure.template.version"].flush_model()
        self.env.execute_query(
            SQL(
                """WITH levels AS MATERIALIZED (
                       SELECT v.id AS version_id, (l.value->>'id')::int AS ref, l.value->'name' AS name
                       FROM mrp_closure_template_version v
                       CROSS JOIN LATERAL jsonb_array_elements(v.content->'levels') l(value)
                       WHERE v.id IN %s
                   )
                   UPDATE mrp_closure_approval a SET name = NULLIF(l.name, '{}'::jsonb)
                   FROM mrp_closure k
                   JOIN levels l ON l.version_id = k.template_version_id
                   WHERE k.id = a.closure_id AND l.ref = a.level_ref AND a.id IN %s
                   RETURNING a.id""",
                tuple(self.closure_id.template_version_id.ids),
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["name"])

    def _ask(self, now):
        """It is these levels' turn: from now on their time runs."""
        for (deadline, reminder), approvals in self.grouped(
            lambda approval: (approval.deadline_hours, approval.reminder_hours)
        ).items():
            approvals._write_evidence(
                {
                    "state": "pending",
                    "since": now,
                    "deadline": deadline and now + timedelta(hours=deadline),
                    "remind_at": reminder and now + timedelta(hours=reminder),
                }
            )
        self.closure_id._notify("waiting", self)

    def _is_complete(self):
        """Whether everybody has approved whose approval it takes; each person counts once."""
        self.ensure_one()
        approvals = self.decision_ids.filtered(lambda decision: decision.verdict == "approved")
        persons = approvals.filtered(lambda decision: not decision.is_signer)._get_persons_in_charge()
        enough = len(persons) >= self.min_approvals if self.min_approvals else not self.user_ids - persons
        return enough and not self.signer_ids - approvals._get_persons_in_charge()

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.mrp_closure_baseline import COST_GROUPS
from ..models.requests import check_one

DECISIONS = [
    ("approved", "Approve"),
    ("rejected", "Turn Down"),
    ("sent_back", "Send Back to a Level"),
    ("signer_added", "Ask Another to Sign as Well"),
    ("forwarded", "Forward"),
]


class MrpClosureApprove(models.TransientModel):
    """The dialog that decides: what deviates is on it, everything else is one click away.

    The closure's actions check who may decide what. The password is never a stored field:
    it travels in the context of the one call that verifies it, and is taken out of it
    before anything else runs.
    """

    _name = "mrp.closure.approve"
    _description = "Decide about closures"

    line_ids = fields.One2many("mrp.closure.approve.line", "dialog_id", string="Closures")
    is_single = fields.Boolean(compute="_compute_from_lines")
    is_clean = fields.Boolean(compute="_compute_from_lines")
    signature_required = fields.Boolean(compute="_compute_from_lines")
    comment_required = fields.Boolean(compute="_compute_from_lines")
    headline = fields.Char(compute="_compute_from_lines")
    deviations = fields.Html(compute="_compute_from_lines", sanitize=False)
    all_figures = fields.Html(compute="_compute_from_lines", sanitize=False)
    cost = fields.Char(compute="_compute_from_lines")
    cost_sheet = fields.Html(compute="_compute_cost_sheet", sanitize=False, groups=COST_GROUPS)
    earlier_level_ids = fields.Many2many("mrp.closure.approval", compute="_compute_from_lines")
    note = fields.Text(compute="_compute_from_lines")
    left_out = fields.Text(readonly=True)
    verdict = fields.Selection(DECISIONS, string="Decision", required=True, default="approved")
    level_id = fields.Many2one(
        "mrp.closure.approval",
        domain="[('id', 'in', earlier_level_ids)]",
        help="It decides again, and all levels after it.",
    )
    user_id = fields.Many2one("res.users", string="Person", domain="[('share', '=', False), ('id', '!=', uid)]")
    comment = fields.Char()
    password = fields.Char(store=False, help="Your own password, as your signature.")

    @api.model_create_multi
    def create(self, vals_list):
        """The client takes the password back from here, into the context of the one call that verifies it:
        it is kept for this request, which writing the lines would end."""
        dialogs = super().create(vals_list)
        for dialog, vals in zip(dialogs, vals_list, strict=True):
            dialog.password = vals.get("password")
        return dialogs

    @api.model
    def _get_dialog(self, closures, left_out):
        """Window action of the dialog for closures on which the current user may decide."""
        lines = [
            Command.create({"closure_id": closure.id, "approval_id": closure.my_approval_id.id}) for closure in closures
        ]
        name = closures.name if len(closures) == 1 else self.env._("%(count)s closures", count=len(closures))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide: %(closures)s", closures=name),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_line_ids": lines,
                "default_left_out": "\n".join(left_out),
                "dialog_size": "large" if len(closures) == 1 else "extra-large",
            },
        }

    @api.model
    def _tell_left_out(self, closures):
        """Sentences about closures that were chosen, too, but are not the user's turn."""
        if not closures:
            return []
        return [
            self.env._("Left out, because it is not your turn: %(orders)s", orders=", ".join(closures.mapped("name")))
        ]

    @api.depends_context("uid", "lang")
    @api.depends("line_ids.closure_id", "line_ids.approval_id")
    def _compute_from_lines(self):
        for dialog in self:
            lines = dialog.line_ids
            # Reading what the lines show looks whether the user may read it.
            dialog.is_single = len(lines) == 1
            dialog.is_clean = not any(lines.mapped("deviations"))
            dialog.deviations = lines.deviations if dialog.is_single else False
            dialog.all_figures = lines.all_figures if dialog.is_single else False
            dialog.cost = lines.cost if dialog.is_single else False
            # In sudo from here: after that look, of one's own approvals.
            approvals = lines.approval_id.sudo()
            dialog.signature_required = True in approvals.mapped("signature_required")
            dialog.comment_required = True in approvals.mapped("comment_required")
            dialog.headline = dialog._get_headline(lines.sudo())
            dialog.earlier_level_ids = lines._get_earlier_levels() if dialog.is_single else False
            delegators = self.env.user._get_closure_delegators()
            dialog.note = "\n".join(filter(None, (line._get_note(delegators) for line in lines))) or False

    @api.depends_context("uid", "lang")
    @api.depends("line_ids.closure_id")
    def _compute_cost_sheet(self):
        """The cost of the one closure, for finance; of many the list shows the sentence."""
        for dialog in self:
            closure = dialog.line_ids.closure_id
            closure.check_access("read")
            dialog.cost_sheet = closure.cost_sheet if len(closure) == 1 else False

    def _get_headline(self, lines):
        if len(lines) == 1:
            closure = lines.closure_id
            return self.env._(
                "%(product)s, submitted by %(user)s, waits at “%(level)s”",
                product=closure.product_id.display_name,
                user=closure.submitted_by_id.name,
                level=lines.approval_id.name,
            )
        deviating = len(lines.filtered("has_deviations"))
        if not deviating:
            return self.env._("%(count)s closures, nothing deviates.", count=len(lines))
        return self.env._(
            "%(count)s closures. On %(deviating)s of them something deviates: look at each, and tick it.",
            count=len(lines),
            deviating=deviating,
        )

    def action_decide(self):
        """Take the decision, and sign it with the password in the context where a level asks for that.

        :raises AccessError: when it is somebody else's turn, or duties would not be separate
        :raises UserError: when something is missing, or the password is not the user's
        """
        check_one(self)
        password = self.env.context.get("closure_password")
        context = {key: value for key, value in self.env.context.items() if key != "closure_password"}
        return self.with_env(self.env(context=context))._decide(password)

    def _decide(self, password):
        closures = self.line_ids.closure_id
        closures.check_access("read")
        changes = closures._get_changed_figures_told()
        if changes:
            changed = closures.filtered(lambda closure: closure in changes)
            changed.action_refresh()
            return changed._get_changes_notice(changes)
        self._check_looks()
        closures._decide_signed(
            self.verdict,
            self.comment,
            password=password,
            approval_ids=self.line_ids.approval_id.ids,
            **self._get_target(),
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_looks(self):
        """Approving many at once is for those where nothing deviates; the others are looked at one by one."""
        unseen = self.line_ids.filtered(lambda line: line.has_deviations and not line.is_seen)
        if self.verdict == "approved" and len(self.line_ids) > 1 and unseen:
            raise UserError(
                self.env._(
                    "To approve %(orders)s with the others, look at what deviates there, and tick it.",
                    orders=", ".join(unseen.closure_id.mapped("name")),
                )
            )

    def _get_target(self):
        """Which level or which person the decision is about, for the kinds that have one."""
        if self.verdict == "sent_back":
            if not self.level_id:
                raise UserError(
                    self.env._(
                        "To send %(orders)s back, choose a level that has approved it before. "
                        "To return it to the shop floor, turn it down.",
                        orders=", ".join(self.line_ids.closure_id.mapped("name")),
                    )
                )
            return {"target_sequence": self.level_id.sequence}
        if self.verdict in ("signer_added", "forwarded"):
            if not self.user_id:
                raise UserError(
                    self.env._(
                        "To ask somebody else about %(orders)s, choose a person.",
                        orders=", ".join(self.line_ids.closure_id.mapped("name")),
                    )
                )
            return {"target_user_id": self.user_id.id}
        return {}


class MrpClosureApproveLine(models.TransientModel):
    """One closure in the dialog, with the approval that it asks the user for."""

    _name = "mrp.closure.approve.line"
    _description = "Closure to decide about"

    dialog_id = fields.Many2one("mrp.closure.approve", required=True, index=True, ondelete="cascade")
    closure_id = fields.Many2one("mrp.closure", string="Order", required=True, ondelete="cascade")
    approval_id = fields.Many2one("mrp.closure.approval", required=True, ondelete="cascade")
    product = fields.Char(compute="_compute_deviations")
    level = fields.Char(compute="_compute_deviations")
    cost = fields.Char(compute="_compute_deviations")
    deviations = fields.Html(compute="_compute_deviations", sanitize=False)
    all_figures = fields.Html(compute="_compute_all_figures", sanitize=False)
    has_deviations = fields.Boolean(compute="_compute_deviations")
    is_seen = fields.Boolean(string="Looked at")

    @api.depends_context("uid", "lang")
    @api.depends("closure_id", "approval_id")
    def _compute_deviations(self):
        # What the dialog shows is read in sudo: it is for those who may read the closure and the approval.
        self.closure_id.check_access("read")
        self.approval_id.check_access("read")
        self.closure_id.sudo().mapped("deviations")
        for line in self:
            closure = line.closure_id.sudo()
            line.product = closure.product_id.display_name
            line.level = line.approval_id.name
            line.cost = closure._describe_cost_against_plan() if closure else False
            line.deviations = closure.deviations
            line.has_deviations = bool(closure.deviations)

    @api.depends_context("uid", "lang")
    @api.depends("closure_id")
    def _compute_all_figures(self):
        self.closure_id.check_access("read")
        for line in self:
            # In sudo, after that look: as what deviates.
            line.all_figures = line.closure_id.sudo().all_figures

    def _get_earlier_levels(self):
        """The approvals that a send-back may lead to, one for each number."""
        approval = self.approval_id.sudo()
        if not approval:
            return approval
        sequences = approval._get_earlier_sequences()
        earlier = approval.closure_id._get_current_approvals().filtered(
            lambda other: other.sequence in sequences and other.state == "approved"
        )
        return earlier.browse(same[:1].id for same in earlier.grouped("sequence").values())

    def _get_note(self, delegators):
        """For whom the user stands in, and where the company lets one person have two parts."""
        authority = self.approval_id._get_authority(delegators) if self.approval_id else None
        if not authority or authority.reason:
            return authority and authority.reason
        notes = []
        # In sudo: names only.
        names = {"order": self.closure_id.sudo().name, "person": authority.on_behalf_of and authority.on_behalf_of.name}
        if authority.on_behalf_of:
            notes.append(self.env._("%(order)s: you decide on behalf of %(person)s.", **names))
        if authority.is_override:
            notes.append(
                self.env._(
                    "%(order)s: you have another part in it already. The company allows it; it is logged and marked.",
                    **names,
                )
            )
        return "\n".join(notes)

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

CHECK_TYPE = "mrp_workorder_closure.mail_activity_type_check"
ALERT_TYPE = "mrp_workorder_closure.mail_activity_type_alert"
APPROVAL_TYPE = "mrp_workorder_closure.mail_activity_type_approval"
CLOSURE_TYPES = (CHECK_TYPE, ALERT_TYPE, APPROVAL_TYPE)
DERIVED = frozenset({"closure_group_id", "closure_figures"})


class MailActivity(models.Model):
    """Work of a group: one activity without a user that every member finds in the inbox."""

    _inherit = "mail.activity"

    closure_group_id = fields.Many2one(
        "res.groups", string="Assigned to Group", index="btree_not_null", ondelete="cascade"
    )
    closure_figures = fields.Char(help="Technical: what a closure's activity is about, the same in every language.")
    is_of_my_group = fields.Boolean(compute="_compute_is_of_my_group", search="_search_is_of_my_group")

    @api.depends_context("uid")
    @api.depends("closure_group_id")
    def _compute_is_of_my_group(self):
        groups = self.env.user.all_group_ids
        for activity in self:
            activity.is_of_my_group = activity.sudo().closure_group_id in groups

    @api.depends("res_model", "res_id")
    def _compute_res_name(self):
        """Reads closures together: core would read them one at a time."""
        closures = self.filtered(lambda activity: activity.res_model == "mrp.closure" and activity.res_id)
        self.env["mrp.closure"].browse(closures.mapped("res_id")).mapped("name")
        return super()._compute_res_name()

    def _search_is_of_my_group(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = fields.Domain("closure_group_id", "in", self.env.user.all_group_ids.ids)
        return domain if True in value else ~domain

    @api.model
    def default_get(self, fields):
        return super().default_get([name for name in fields if self.env.su or name not in DERIVED])

    @api.model_create_multi
    def create(self, vals_list):
        self._check_derived(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._check_derived(vals)
        return super().write(vals)

    def _check_derived(self, names):
        """Work of a group follows from its checks: nobody assigns it by hand."""
        if not self.env.su and not DERIVED.isdisjoint(names):
            raise AccessError(
                self.env._(
                    "To assign work of a closure to a group, name the group on the control point of its template."
                )
            )

    def _follow_closure(self, vals):
        """Bring one activity of a closure up to date; writes nothing where it is already."""
        self.ensure_one()
        is_alert = self.activity_type_id.id == self.env["mrp.closure"]._get_known_id(ALERT_TYPE)
        news = self.closure_figures != vals["closure_figures"]
        if is_alert and not news:
            return
        if news or not self.active or self.date_deadline != vals["date_deadline"]:
            names = ("summary", "note", "closure_figures", "date_deadline")
            self.write({"active": True, **{name: vals[name] for name in names if name in vals}})


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    category = fields.Selection(
        selection_add=[("closure_decision", "Decide about a Closure")], ondelete={"closure_decision": "set default"}
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closure_types(self):
        kept = self & self.union(*(self.env.ref(xmlid) for xmlid in CLOSURE_TYPES))
        if kept:
            raise UserError(
                self.env._(
                    "To stop using the activity types %(types)s, uninstall work order closure: closures schedule them.",
                    types=", ".join(kept.mapped("name")),
                )
            )

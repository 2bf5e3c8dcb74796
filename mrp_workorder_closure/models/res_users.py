import logging

from odoo import api, fields, models, modules
from odoo.exceptions import AccessDenied, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    """The inbox of activities counts what waits for one of the user's groups, too."""

    _inherit = "res.users"

    closure_signature_failures = fields.Integer(
        string="Refused Signatures",
        readonly=True,
        groups="mrp_workorder_closure.group_manager",
        help="Signatures with a wrong password, since the last right one.",
    )

    def _sign_closure_answer(self, password):
        """Verify the user's own password, and return the printed name for the record.

        Refused attempts are counted and logged; core's cooldown of logins holds here, too.

        :raises AccessDenied: when the password is not the user's, or they have none
        """
        self.ensure_one()
        credential = {"type": "password", "login": self.login, "password": password}
        try:
            with self._assert_can_auth(user=self.id):
                self._check_credentials(credential, {"interactive": True})
        except AccessDenied:
            count = self._count_refused_signature()
            _logger.warning(
                "Signature refused for user %s (id %s): wrong password, %s in a row", self.login, self.id, count
            )
            raise
        # The counter is kept by the system, not by the user.
        counted = self.sudo()
        if counted.closure_signature_failures:
            counted.closure_signature_failures = 0
        return self.name

    def _sign_closure(self, password):
        """As ``_sign_closure_answer``, with a sentence for the dialog.

        :raises UserError: when the password is not the user's, or they have none
        """
        try:
            return self._sign_closure_answer(password)
        except AccessDenied as error:
            raise UserError(
                self.env._(
                    "To sign as %(user)s, enter the password you log in with. If you log in without one, as with "
                    "single sign-on, have an administrator set one for you. After several wrong ones, wait a minute.",
                    user=self.name,
                )
            ) from error

    def _count_refused_signature(self):
        # In a transaction of its own: the refusal rolls this one back.
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """UPDATE res_users SET closure_signature_failures = COALESCE(closure_signature_failures, 0) + 1
                       WHERE id = %s RETURNING closure_signature_failures""",
                    self.id,
                )
            )
            counted = cr.fetchone()
        # A user made in this very transaction is not there yet for the other one.
        return counted[0] if counted else 1

    @api.model
    def _get_activity_groups(self):
        groups = super()._get_activity_groups()
        closures = self.env["mrp.closure"]
        if not closures.has_access("read"):
            return groups
        # In sudo: core shows activities of groups to those only who may write on the closure, and whoever
        # a level names need not. Closures that the user may not read are left out below.
        activities = (
            self.env["mail.activity"]
            .sudo()
            .search(
                fields.Domain("res_model", "=", closures._name)
                & (fields.Domain("user_id", "=", self.env.uid) | fields.Domain("is_of_my_group", "=", True)),
                order="id desc",
                limit=int(self.env["ir.config_parameter"].sudo().get_param("mail.activity.systray.limit", 1000)),
            )
        )
        readable = set(closures.browse(set(activities.mapped("res_id")))._filtered_access("read").ids)
        activities = activities.filtered(lambda activity: activity.res_id in readable)
        groups = [group for group in groups if group["model"] != closures._name]
        return groups + (self._prepare_closure_activity_group(activities) if activities else [])

    def _prepare_closure_activity_group(self, activities):
        """The entry of the inbox; a closure counts once, by its most urgent activity."""
        counts = dict.fromkeys(("overdue", "today", "planned"), 0)
        for of_closure in activities.grouped("res_id").values():
            states = set(of_closure.mapped("state"))
            counts[next(state for state in counts if state in states)] += 1
        model = self.env["ir.model"]._get("mrp.closure")
        return [
            {
                "id": model.id,
                "name": model.name,
                "model": model.model,
                "type": "activity",
                "icon": modules.module.get_module_icon(self.env["mrp.closure"]._original_module),
                "domain": [],
                "total_count": counts["overdue"] + counts["today"],
                "today_count": counts["today"],
                "overdue_count": counts["overdue"],
                "planned_count": counts["planned"],
                "view_type": "list",
            }
        ]

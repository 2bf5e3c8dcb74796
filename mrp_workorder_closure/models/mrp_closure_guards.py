import logging

from odoo import models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.http import request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .mrp_closure import MANAGER, OPERATOR, REVIEWERS
from .requests import to_text


class MrpClosure(models.Model):
    """What every act on a closure looks at first: lock, rights, reason and state."""

    _inherit = "mrp.closure"

    def _lock(self, wait=True):
        """Make others wait until this transaction ends.

        Each lock leaves a new version of the row: a transaction that waited here, or that
        began before the other one ended, fails with a serialization error, which Odoo
        answers by running the request again. It never decides on answers of before.

        :param wait: False to fail at once where somebody else has locked one of them
        """
        if self.ids:
            # Whoever fails each time is told in a sentence, see ``ir_http.py``.
            if request:
                request.closure_is_locked = True
            self.env.cr.execute(
                SQL(
                    """WITH locked AS (
                           SELECT id FROM mrp_closure WHERE id IN %s ORDER BY id FOR NO KEY UPDATE %s
                       )
                       UPDATE mrp_closure c SET id = c.id FROM locked WHERE c.id = locked.id""",
                    tuple(self.ids),
                    SQL() if wait else SQL("NOWAIT"),
                ),
                log_exceptions=False,
            )

    def _lock_unless_busy(self):
        """Lock those of these closures that nobody else is working on, or has worked on since this transaction began.

        Whoever takes up many would else meet somebody each time the request is run again, and fail in the end.

        :return: the locked ones
        """
        try:
            # Not flushed: what is written otherwise is none of the lock's business.
            with self.env.cr.savepoint(flush=False):
                self._lock(wait=False)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            half = len(self) // 2
            return self[:half]._lock_unless_busy() | self[half:]._lock_unless_busy() if half else self.browse()
        return self

    def _raise_refusal(self, message):
        """Refuse an act on the orders of these closures, and lead there whoever may open them.

        :raises RedirectWarning: for users who may open the closures
        :raises UserError: for all others, and for programs
        """
        # Programs have no screen to be led to: over JSON-2 a redirection would be a failure of the server.
        by_program = bool(request) and request.dispatcher.routing_type == "json2"
        # A subcontract receipt comes here in sudo: what counts is what the user may open.
        if not self or by_program or not self.sudo(False).has_access("read"):
            raise UserError(message)
        refusal = RedirectWarning(message, self._get_refusal_action(), self.env._("Show what is missing"))
        # A refusal is no accident: without a level, the server logs it as an error with its traceback.
        refusal.loglevel = logging.INFO
        raise refusal

    def _get_refusal_action(self):
        """As ``_get_action``, without a look at the stored action: refusing many orders is common, and cheap."""
        action = {"type": "ir.actions.act_window", "name": self.env._("Closures"), "res_model": self._name}
        form = self._get_known_id("mrp_workorder_closure.mrp_closure_view_form")
        if len(self) == 1:
            return {**action, "res_id": self.id, "views": [(form, "form")], "view_mode": "form"}
        views = [(self._get_known_id("mrp_workorder_closure.mrp_closure_view_list"), "list"), (form, "form")]
        return {**action, "domain": [("id", "in", self.ids)], "views": views, "view_mode": "list,form"}

    # Guards

    def _check_is_manager(self, act):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "To %(act)s %(orders)s, ask a manager of work order closure.",
                    act=act,
                    orders=", ".join(self.sudo().mapped("name")),
                )
            )
        self.check_access("read")

    def _check_is_operator(self):
        if not self.env.user.has_group(OPERATOR):
            raise AccessError(
                self.env._(
                    "To submit %(orders)s, ask an operator of work order closure.",
                    orders=", ".join(self.sudo().mapped("name")),
                )
            )
        self.check_access("read")

    def _check_is_participant(self):
        """Everybody with a part in closing may bring closures up to date; who only reads may not."""
        if (
            not self.env.su
            and not any(self.env.user.has_group(group) for group in (OPERATOR, *REVIEWERS))
            and not self._is_named_everywhere()
        ):
            raise AccessError(
                self.env._(
                    "To refresh %(orders)s, ask an operator of work order closure.",
                    orders=", ".join(self.sudo().mapped("name")),
                )
            )
        self.check_access("read")

    def _is_named_everywhere(self):
        """Whether the user has a part in the approval of each closure."""
        return bool(self) and all(self.mapped("is_named"))

    def _check_reason(self, reason, act):
        reason = to_text(reason)
        if not reason:
            raise UserError(
                self.env._(
                    "To %(act)s %(orders)s, give a reason.", act=act, orders=", ".join(self.sudo().mapped("name"))
                )
            )
        return reason

    def _check_state(self, state, act):
        for closure in self:
            if closure.state != state:
                raise UserError(
                    self.env._(
                        "To %(act)s %(order)s, its closure must be %(state)s: it is %(current)s now.",
                        act=act,
                        order=closure.name,
                        state=closure._get_state_label(state),
                        current=closure._get_state_label(closure.state),
                    )
                )

    def _get_state_label(self, state):
        return dict(self._fields["state"]._description_selection(self.env))[state]

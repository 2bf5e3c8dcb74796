from .routes import RouteCase, now


class FreezeCase(RouteCase):
    """One order that is closed, and what may be done to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order()
        cls.pass_checks(cls.order)
        cls.rpc(cls.order.workorder_ids, "button_start")
        cls.rpc(cls.order, "button_mark_done")
        cls.root = cls.env.ref("base.user_root")
        cls.loss_id = cls.env["mrp.workcenter.productivity.loss"].search([("loss_type", "=", "productive")], limit=1).id

    def assertFrozen(self, route, says="reopen"):
        """Refused to the operator, to a manufacturing manager and to the superuser."""
        self.assertEqual((self.order.state, self.order.closure_state), ("done", "closed"))
        for user in (self.operator, self.manager, self.root):
            with self.subTest(user=user.login):
                self.assertRefused(self.order, lambda order, user=user: route(order, user), says=says)

    def reopen(self):
        self.rpc(self.order.closure_id, "action_reopen", "Wrong quantity", user=self.manager)

    def log_time(self, order, user):
        return self.rpc(
            self.env["mrp.workcenter.productivity"],
            "create",
            {
                "workorder_id": order.workorder_ids.id,
                "workcenter_id": self.workcenter.id,
                "date_start": now(),
                "date_end": now(),
                "loss_id": self.loss_id,
            },
            user=user,
        )

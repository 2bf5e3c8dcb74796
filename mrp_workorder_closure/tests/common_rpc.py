from odoo.tests import HttpCase, JsonRpcException

from .routes import RouteCase


class RpcCase(RouteCase, HttpCase):
    """Over HTTP, as a client with the user's own session; ``self.order`` is what must not change."""

    def login(self, user):
        self.authenticate(user.login, user.login)

    def call(self, records, method, *args, **kwargs):
        """Call a method through the web client's endpoint."""
        is_model_method = getattr(getattr(type(records), method, None), "_api_model", False)
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{records._name}/{method}",
            {
                "model": records._name,
                "method": method,
                "args": list(args) if is_model_method else [records.ids, *args],
                "kwargs": kwargs,
            },
            timeout=60,
        )

    def assertDenied(self, records, method, *args, error="odoo.exceptions.AccessError", **kwargs):
        before = self.get_traces(self.order)
        with self.assertRaises(JsonRpcException) as refusal:
            self.call(records, method, *args, **kwargs)
        self.assertIn(error, str(refusal.exception))
        self.env.invalidate_all()
        self.assertEqual(self.get_traces(self.order), before)

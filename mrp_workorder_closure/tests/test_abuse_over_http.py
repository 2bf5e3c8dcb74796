import json
import re

from odoo.tests import HttpCase, tagged

from .common_abuse import ADDON, GENERIC, AbuseCase
from .fuzz import HUGE, Fuzz

SENTENCES = re.compile(r"^odoo\.exceptions\.\w+$")
FRAME = re.compile(r'File "([^"]+)", line \d+, in (\w+)')
CALLS = 40


@tagged("post_install", "-at_install", "mrp_closure")
class TestAbuseOverHttp(AbuseCase, HttpCase):
    """A sample of the calls of the other tests through the web client's own door."""

    def post(self, model, method, args, context=None):
        params = {"model": model, "method": method, "args": args, "kwargs": {"context": context or {}}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}
        # As text: Python's JSON knows numbers that are none, and Odoo reads them.
        headers = {"Content-Type": "application/json"}
        answer = self.url_open(f"/web/dataset/call_kw/{model}/{method}", json.dumps(body), timeout=60, headers=headers)
        self.assertEqual(answer.status_code, 200)
        return answer.json()

    def assertAnswered(self, answer):
        """A result, or a sentence; what Odoo fails on by itself did not fail in our code."""
        if "result" in answer:
            return
        data = answer["error"]["data"]
        frames = FRAME.findall(data["debug"])
        ours = [(path, name) for path, name in frames if path.startswith(str(ADDON)) and "/tests/" not in path]
        crashed_in_ours = bool(ours) and (ours[-1] == frames[-1] or ours[-1][1] not in GENERIC)
        self.assertTrue(SENTENCES.match(data["name"]) or not crashed_in_ours, data["debug"][-2000:])
        if SENTENCES.match(data["name"]):
            self.assertNotIn("Traceback", data["message"])

    def test_the_web_client_is_answered_with_a_result_or_a_sentence(self):
        fuzz = Fuzz(20261201, *self.get_ids())
        methods = self.get_methods()
        for role in ("operator", "auditor", "nobody", "stranger"):
            user = self.roles[role]
            self.authenticate(user.login, user.login)
            for number in range(CALLS):
                model, method = fuzz.random.choice(methods)
                parameters = self.get_parameters(model, method)
                args = [fuzz.any() if number % 2 else self.get_plausible(each) for each in parameters]
                ids = [] if self.is_model_method(model, method) else [fuzz.ids(model)]
                with self.subTest(role=role, model=model, method=method):
                    self.assertAnswered(self.post(model, method, [*ids, *args], fuzz.context(self.env[model])))

    def test_a_text_of_a_million_letters_is_a_reason_like_any_other(self):
        check = self.fresh.closure_id.check_ids[:1]
        self.authenticate(self.operator.login, self.operator.login)
        self.assertIs(self.post(check._name, "action_fail", [check.ids, HUGE])["result"], True)
        self.env.invalidate_all()
        self.assertEqual((check.state, len(check.message)), ("fail", len(HUGE)))

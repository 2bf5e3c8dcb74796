import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common_approval import ApprovalCase

README = Path(__file__).resolve().parents[2] / "README.md"
SECTION = re.compile(r"### From any program, over HTTP\n.*?```sh\n(.*?)```", re.DOTALL)


def get_examples():
    """The commands of the README, by the method that they call."""
    block = SECTION.search(README.read_text())[1]
    commands = re.findall(r"^curl .*?[^\\]$", block, re.MULTILINE | re.DOTALL)
    return {re.search(r'/(\w+)"', command)[1]: command for command in commands}


@tagged("post_install", "-at_install", "mrp_closure")
@unittest.skipUnless(README.exists(), "the README is not beside the addon")
class TestApiOverHttp(ApprovalCase, HttpCase):
    """What the README shows works as it stands there: the commands themselves are run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_levels(cls.named(cls.paula))
        cls.template.point_ids = [
            Command.create({"name": "Weight", "kind": "measure", "min_value": 80, "max_value": 90, "unit": "kg"})
        ]

    def setUp(self):
        super().setUp()
        self.keys = {}

    def get_key(self, user):
        if user not in self.keys:
            # In sudo: a key without an end is for administrators to give.
            self.keys[user] = self.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "Scale", False)
        return self.keys[user]

    def run_example(self, method, user, **variables):
        """What a command of the README answers to somebody who put the variables in."""
        self.assertTrue(shutil.which("curl"), "To run the examples of the README, install curl.")
        self.env.flush_all()
        values = {"ODOO": self.base_url(), "KEY": self.get_key(user), "no_proxy": "*"}
        variables = {name.upper(): str(record.id) for name, record in variables.items()}
        with self.allow_requests(all_requests=True):
            answer = subprocess.run(
                ["sh", "-euc", get_examples()[method]],
                env={**os.environ, **values, **variables},
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
        self.env.invalidate_all()
        return json.loads(answer.stdout)

    def post(self, user, model, method, **body):
        self.env.flush_all()
        headers = {"Authorization": f"bearer {self.get_key(user)}", "Content-Type": "application/json"}
        answer = self.url_open(f"/json/2/{model}/{method}", data=json.dumps(body), headers=headers)
        self.env.invalidate_all()
        return answer.status_code, answer.json()

    def get_check(self, order, name):
        return order.closure_id.check_ids.filtered(lambda check: check.name == name)

    def test_a_program_asks_what_blocks_an_order(self):
        order = self.make_order()
        blockers = self.run_example("get_closure_blockers", self.operator, order=order)
        self.assertEqual(blockers, order.with_user(self.operator).get_closure_blockers())
        self.assertIn("Weight", " ".join(blocker["message"] for blocker in blockers))
        self.assertEqual({blocker["production"] for blocker in blockers}, {order.name})

    def test_a_scale_answers_a_check(self):
        weight = self.get_check(self.make_order(), "Weight")
        scale = new_test_user(self.env, "closure_scale", groups="base.group_user,mrp_workorder_closure.group_operator")
        self.assertIs(self.run_example("action_measure", scale, check=weight), True)
        self.assertEqual((weight.state, weight.value, weight.done_by_id), ("pass", 81.5, scale))

    def test_an_approver_approves(self):
        order = self.make_order()
        self.get_check(order, "Weight").with_user(self.operator).action_measure(85)
        closure = self.submit(order)
        self.assertIs(self.run_example("action_approve", self.paula, closure=closure), True)
        self.assertEqual((closure.state, closure.approval_decision_ids.user_id), ("approved", self.paula))
        self.assertEqual(closure.approval_decision_ids.comment, "As planned")

    def test_who_may_not_do_it_gets_a_sentence(self):
        order = self.make_order()
        weight, tidy = self.get_check(order, "Weight"), self.get_check(order, "Area is tidy")
        for method, record in (
            ("get_closure_blockers", {"order": order}),
            ("action_measure", {"check": weight}),
            ("action_approve", {"closure": order.closure_id}),
        ):
            error = self.run_example(method, self.wanda, **record)
            with self.subTest(method=method):
                self.assertEqual(error["name"], "odoo.exceptions.AccessError")
                self.assertNotIn("Traceback", error["message"])
                self.assertGreater(len(error["message"]), 20)
        self.assertEqual((weight.state, order.closure_id.state), ("todo", "open"))
        refused = self.run_example("action_measure", self.operator, check=tidy)
        self.assertRegex(refused["message"], f'^To answer "Area is tidy" of {order.name}')

    def test_without_a_key_that_counts_nothing_is_done(self):
        weight = self.get_check(self.make_order(), "Weight")
        self.keys[self.operator] = "0" * 40
        status, error = self.post(self.operator, "mrp.closure.check", "action_measure", ids=weight.ids, value=85)
        self.assertEqual((status, weight.state), (401, "todo"))
        self.assertNotIn("Traceback", error["message"])

    def test_refusals_have_a_status_and_a_sentence(self):
        order = self.make_order()
        for model, method, record, arguments, expected in (
            ("mrp.closure", "action_submit", order.closure_id, {}, 422),
            ("mrp.production", "button_mark_done", order, {}, 422),
            ("mrp.closure.check", "action_fail", self.get_check(order, "Weight"), {"reason": ""}, 422),
            ("mrp.closure.check", "action_waive", self.get_check(order, "Weight"), {"reason": "Why not"}, 403),
            ("mrp.closure.check", "action_measure", self.env["mrp.closure.check"].browse(2**30), {"value": 1}, 404),
        ):
            status, error = self.post(self.operator, model, method, ids=record.ids, **arguments)
            with self.subTest(method=method):
                self.assertEqual(status, expected, error["message"])
                if expected != 404:
                    self.assertRegex(error["message"], "^To ")

    def test_wrong_arguments_are_told_before_anything_is_called(self):
        weight = self.get_check(self.make_order(), "Weight")
        for arguments in ({}, {"value": 85, "more": 1}, {"reason": "x"}):
            status, error = self.post(self.operator, "mrp.closure.check", "action_measure", ids=weight.ids, **arguments)
            self.assertEqual(status, 422)
            self.assertIn("argument", error["message"])
        status, error = self.post(self.operator, "mrp.closure.check", "_measure", ids=weight.ids, value=85)
        self.assertEqual((status, weight.state), (403, "todo"))

    def test_a_dialog_is_used_as_a_screen_uses_it(self):
        order = self.make_order()
        tidy = self.get_check(order, "Area is tidy")
        status, action = self.post(self.operator, "mrp.closure.check", "action_open_answer", ids=tidy.ids)
        self.assertEqual((status, action["res_model"]), (200, "mrp.closure.answer"))
        status, _done = self.post(self.operator, action["res_model"], "action_met", ids=[action["res_id"]])
        self.assertEqual((status, tidy.state), (200, "pass"))

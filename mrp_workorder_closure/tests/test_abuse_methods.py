import random
from collections import defaultdict

from odoo.service.model import call_kw
from odoo.tests import tagged

from .abuse_rights import AbuseRights
from .common_abuse import AbuseCase
from .fuzz import Fuzz


@tagged("post_install", "-at_install", "mrp_closure")
class TestAbuseMethods(AbuseRights, AbuseCase):
    """Whatever is called with whatever by whomever: a result or a sentence, and never a right too many."""

    ROUNDS = 4

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fuzz = Fuzz(20261129, *cls.get_ids())

    def attack(self, user, model, method, number):
        """One call: its arguments, records and context are sensible in turns, so that each is tried by itself."""
        parameters = self.get_parameters(model, method)
        sensible = number % 2 == 0
        args = [self.get_plausible(each) if sensible else self.fuzz.any() for each in parameters]
        context = self.fuzz.context(self.env[model]) if sensible else {}
        if self.env[model]._transient and not self.is_model_method(model, method):
            vals = self.fuzz.vals(self.env[model], 0 if number % 4 < 3 else 0.2)

            def act(env):
                made = call_kw(env[model], "create", [vals], {"context": context})
                return call_kw(env[model], method, [[made], *args], {"context": context})

            return self.attempt(user, act, look=True)
        ids = [] if self.is_model_method(model, method) else [self.fuzz.ids(model)]
        return self.call(user, model, method, *ids, *args, look=True, context=context)

    def test_every_public_method_answers_anything_with_a_result_or_a_sentence(self):
        crashes, count = defaultdict(set), 0
        for model, method in self.get_methods():
            for role, user in self.roles.items():
                for number in range(self.ROUNDS):
                    outcome = self.attack(user.id, model, method, number)
                    count += 1
                    if outcome.is_our_crash:
                        crashes[f"{model}.{method}"].add(f"{role}: {outcome.describe()}")
                    self.assertMayChange(role, outcome.changed, f"{model}.{method}")
        self.assertGreater(count, 4000)
        self.assertNoCrash(crashes)

    def test_records_and_contexts_of_no_kind_open_nothing(self):
        """Odoo itself fails on them before or while it looks for the records: nothing may come of it."""
        crashes, chance = defaultdict(set), random.Random(7)
        for model, method in self.get_methods():
            if self.is_model_method(model, method):
                continue
            args = [self.get_plausible(each) for each in self.get_parameters(model, method)]
            for role in chance.sample(sorted(self.roles), 3):
                ids = self.fuzz.malformed_ids(model)
                outcome = self.call(self.roles[role].id, model, method, ids, *args, look=True)
                self.assertMayChange(role, outcome.changed, f"{model}.{method}({ids})")
                ids, context = self.fuzz.ids(model), self.fuzz.malformed_context()
                outcome = self.call(self.roles[role].id, model, method, ids, *args, look=True, context=context)
                if outcome.crash and outcome.frames[-1].is_ours:
                    crashes[f"{model}.{method}"].add(f"{role} {context}: {outcome.describe()}")
                self.assertMayChange(role, outcome.changed, f"{model}.{method}")
        self.assertNoCrash(crashes)

    def test_an_action_on_one_record_says_so_when_it_is_given_none_or_two(self):
        for model, method in self.get_methods():
            if self.env[model]._transient or self.is_model_method(model, method):
                continue
            args = [self.get_plausible(each) for each in self.get_parameters(model, method)]
            for ids in ([], self.fuzz.own.get(model, [])[:2]):
                outcome = self.call(self.manager.id, model, method, ids, *args)
                with self.subTest(model=model, method=method, ids=ids):
                    self.assertFalse(outcome.crash, outcome.crash and outcome.describe())

    def test_who_may_not_read_a_record_learns_nothing_by_opening_its_dialogs(self):
        inspection, problem = self.worked.closure_id.inspection_ids, self.worked.closure_id.nonconformity_ids[:1]
        for role in ("portal", "nobody", "stranger"):
            for record, method, context in (
                (inspection, "action_open_reason", {}),
                (self.worked.closure_id, "action_open_reason", {"closure_act": "force"}),
                (self.worked.closure_id.check_ids, "action_open_reason", {"closure_act": "fail"}),
                (problem, "action_open_disposition", {}),
                (self.template, "action_view_closures", {}),
            ):
                outcome = self.call(self.roles[role].id, record._name, method, record.ids, context=context)
                with self.subTest(role=role, model=record._name, method=method):
                    self.assertTrue(outcome.is_denied, outcome)

    def test_a_reason_loses_the_characters_that_no_database_keeps(self):
        check = self.fresh.closure_id.check_ids[:1]
        self.rpc_as(self.operator, check, "action_fail", "Saw\x00dust \ud800")
        self.assertEqual(check.message, "Sawdust")

    def rpc_as(self, user, record, method, *args):
        return call_kw(self.env(user=user, su=False)[record._name], method, [record.ids, *args], {})

    def test_a_decision_about_goods_that_is_none_is_refused_in_a_sentence(self):
        problem = self.worked.closure_id.nonconformity_ids[:1]
        for dispositions in ("scrap", True, 5, {"a": 1}, [1], [[]], [{"disposition": ["scrap"], "quantity": 1}]):
            outcome = self.call(
                self.roles["inspector"].id, problem._name, "action_disposition", problem.ids, dispositions
            )
            with self.subTest(dispositions=dispositions):
                self.assertRegex(str(outcome.refusal), "^To ")

    def test_leftovers_are_taken_over_by_a_closure_and_by_nothing_else(self):
        leftover = self.left.closure_id.leftover_ids
        for closure in ("x", 1.5, None, [], {}, True, [self.untouched.closure_id.id], 2**40):
            outcome = self.call(self.operator.id, leftover._name, "action_take_over", leftover.ids, closure)
            with self.subTest(closure=closure):
                self.assertRegex(str(outcome.refusal), "^To ")

import inspect
import json

from markupsafe import Markup

from odoo.tests import tagged

from .common_abuse import AbuseCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestPublicMethods(AbuseCase):
    """Every public method can be called by JSON-2: by name, with what JSON carries, for what JSON carries."""

    def test_arguments_have_names_that_json2_leaves_free(self):
        for model, method in self.get_methods():
            for parameter in self.get_parameters(model, method):
                with self.subTest(model=model, method=method, parameter=parameter.name):
                    self.assertIs(parameter.kind, inspect.Parameter.POSITIONAL_OR_KEYWORD)
                    self.assertNotIn(parameter.name, ("ids", "context"))
                    self.assertFalse(parameter.name.startswith("_"))

    def test_every_public_method_says_what_it_promises(self):
        for model, method in self.get_methods():
            docs = [inspect.getdoc(vars(base)[method]) for base in self.registry[model].mro() if method in vars(base)]
            with self.subTest(model=model, method=method):
                self.assertTrue(any(docs) or model not in self.own_models)

    def test_results_are_plain_values(self):
        """No record, no date, no markup: JSON without the help of Odoo, which turns some of them into text."""
        for model, method in self.get_methods():
            is_model = self.is_model_method(model, method)
            if self.env[model]._transient and not is_model:
                continue
            args = [
                self.get_plausible(each) for each in self.get_parameters(model, method) if each.default is each.empty
            ]
            for ids in [[]] if is_model or self.env[model]._abstract else self.get_examples(model)[:6]:
                outcome = self.call(self.manager.id, model, method, *([] if is_model else [ids]), *args)
                with self.subTest(model=model, method=method):
                    self.assertFalse(outcome.crash, outcome.crash and outcome.describe())
                    self.assertFalse(self.find_markup(outcome.result))
                    json.dumps(outcome.result)

    def find_markup(self, value):
        if isinstance(value, dict):
            # The help of a stored action is what Odoo reads from its field.
            value = [item for name, item in value.items() if name != "help"]
        if isinstance(value, list | tuple):
            return any(self.find_markup(item) for item in value)
        return isinstance(value, Markup)

import inspect

from odoo.service.model import call_kw
from odoo.tests import tagged

from .common_abuse import AbuseCase

READERS = ("operator", "manager", "auditor")


@tagged("post_install", "-at_install", "mrp_closure")
class TestReadOnly(AbuseCase):
    """What only reads can be answered by a replica of the database: it works in a READ ONLY transaction."""

    def assertReads(self, role, model, method, *args, **kwargs):
        outcome = self.attempt(
            self.roles[role].id, lambda env: call_kw(env[model], method, list(args), kwargs), read_only=True
        )
        with self.subTest(role=role, model=model, method=method, args=str(args)[:80]):
            self.assertFalse(outcome.crash, outcome.crash and outcome.describe())
        return outcome

    def get_readable_models(self, role):
        for name in self.own_models:
            model = self.env[name].with_user(self.roles[role])
            if not model._abstract and not model._transient and model.has_access("read"):
                yield model

    def get_readonly_methods(self):
        return [each for each in self.get_methods() if self.is_asked_of_the_replica(*each)]

    def is_asked_of_the_replica(self, model, method):
        """As the controllers of Odoo decide: the first class in the order of inheritance that says anything."""
        says = (getattr(getattr(base, method, None), "_readonly", None) for base in self.registry[model].mro())
        return next((readonly for readonly in says if readonly is not None), False)

    def get_made_dialogs(self):
        """Models of dialogs that buttons make, save and open."""
        made = set()
        for model, method in self.get_methods():
            _self, *parameters = inspect.signature(getattr(self.registry[model], method)).parameters.values()
            is_button = method.startswith("action_") and not any(each.default is each.empty for each in parameters)
            if not is_button or self.env[model]._transient or self.is_model_method(model, method):
                continue
            for ids in self.get_examples(model):
                action = self.call(self.manager.id, model, method, ids).result
                if isinstance(action, dict) and action.get("res_id") and self.env[action["res_model"]]._transient:
                    made.add(action["res_model"])
        return made

    def test_the_transaction_of_these_tests_does_refuse_to_write(self):
        outcome = self.attempt(self.manager.id, lambda env: env.user.sudo().write({"name": "Other"}), read_only=True)
        self.assertEqual(type(outcome.crash).__name__, "ReadOnlySqlTransaction")

    def test_boards_and_blockers_are_asked_of_the_replica(self):
        expected = {
            ("mrp.production", "get_closure_blockers"),
            ("mrp.closure.dashboard", "get_dashboard"),
            ("mrp.closure.quality", "get_cards"),
            ("mrp.closure.approval", "get_waiting_count"),
        }
        self.assertLessEqual(expected, set(self.get_readonly_methods()))

    def test_a_dialog_is_read_where_it_was_just_made(self):
        """A replica that is behind does not have it yet."""
        made = self.get_made_dialogs()
        self.assertLessEqual({"mrp.closure.answer", "mrp.closure.return", "mrp.closure.trial"}, made)
        dialogs = made | {"mrp.closure.take.over", "mrp.closure.version.move", "mrp.closure.dossier.check"}
        fields_of_lines = (self.env[model]._fields.get("line_ids") for model in dialogs)
        lines = {field.comodel_name for field in fields_of_lines if field}
        for model in dialogs | lines:
            with self.subTest(model=model):
                self.assertFalse(self.is_asked_of_the_replica(model, "web_read"))

    def test_every_method_that_says_it_only_reads_does(self):
        for model, method in self.get_readonly_methods():
            is_model = self.is_model_method(model, method)
            for role in READERS:
                for ids in [[]] if is_model else [*self.get_examples(model), self.get_ids()[0][model]]:
                    self.assertReads(role, model, method, *([] if is_model else [ids]))

    def test_every_field_of_every_model_is_read_without_writing(self):
        for role in READERS:
            for model in self.get_readable_models(role):
                specification = {name: {} for name in model.fields_get()}
                self.assertReads(role, model._name, "web_search_read", [], specification)
                records = model.with_context(active_test=False).search([], limit=20)
                if records:
                    self.assertReads(role, model._name, "web_read", records.ids, specification)

    def test_every_model_is_grouped_without_writing(self):
        for model in self.get_readable_models("manager"):
            aggregates = ["__count", *(f"{name}:{field.aggregator}" for name, field in self.get_measures(model))]
            for name, description in model.fields_get(attributes=["groupable", "type"]).items():
                if description.get("groupable"):
                    groupby = f"{name}:month" if description["type"] in ("date", "datetime") else name
                    outcome = self.assertReads(
                        "manager", model._name, "formatted_read_group", [], [groupby], aggregates
                    )
                    self.assertFalse(outcome.refusal, (model, name))

    def get_measures(self, model):
        return [
            (name, field)
            for name, field in model._fields.items()
            if field.store
            and field.aggregator
            and field.type in ("integer", "float", "monetary")
            and name in model.fields_get([name])
        ]

    def test_a_closure_is_shown_on_its_order_without_writing(self):
        names = [name for name, field in self.env["mrp.production"]._fields.items() if name.startswith("closure")]
        specification = {name: {} for name in names if name in self.env["mrp.production"].fields_get(names)}
        orders = self.env["mrp.production"].search([("company_id", "=", self.company.id)])
        self.assertReads("operator", "mrp.production", "web_read", orders.ids, specification)
        self.assertReads("operator", "mrp.production", "web_search_read", [], specification)

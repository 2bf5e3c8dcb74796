from collections import defaultdict

from odoo.tests import tagged

from .abuse_rights import AbuseRights
from .common_abuse import AbuseCase
from .fuzz import MAGIC, Fuzz

DOMAINS = ("=", "!=", "in", "not in", "like", "ilike", "=like", "<", ">=", "child_of", "any", "x")


@tagged("post_install", "-at_install", "mrp_closure")
class TestAbuseFields(AbuseRights, AbuseCase):
    """Every field of every model, through every generic door of Odoo, with values of any kind.

    What our code adds to these doors answers in a sentence; what Odoo itself makes of garbage is Odoo's.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fuzz = Fuzz(20261130, *cls.get_ids())

    def setUp(self):
        super().setUp()
        self.crashes = defaultdict(set)

    def attack(self, role, model, method, *args, **kwargs):
        outcome = self.call(self.roles[role].id, model, method, *args, look=True, **kwargs)
        if outcome.is_our_crash:
            self.crashes[f"{model}.{method}"].add(f"{role} {str(args)[:120]}: {outcome.describe()}")
        self.assertMayChange(role, outcome.changed, f"{model}.{method}{str(args)[:80]}")
        return outcome

    def get_fields(self):
        """Fields of ours: of our models, and those that we add to models of Odoo."""
        for name in sorted(self.registry):
            model = self.env[name]
            if model._abstract:
                continue
            for field in model._fields.values():
                if field.name not in MAGIC and (name in self.own_models or "mrp_workorder_closure" in field._modules):
                    yield model, field

    def draw_role(self):
        return self.fuzz.random.choice(sorted(self.roles))

    def test_no_field_is_written_or_created_by_a_value_it_cannot_have(self):
        count = 0
        for model, field in self.get_fields():
            for garbage in (0, 1):
                value = self.fuzz.value(field, garbage)
                ids = self.fuzz.ids(model._name)
                self.attack(self.draw_role(), model._name, "write", ids, {field.name: value})
                self.attack(self.draw_role(), model._name, "web_save", ids[:1], {field.name: value}, {})
                vals = {**self.fuzz.vals(model, 0), field.name: value}
                self.attack(self.draw_role(), model._name, "create", [vals])
                count += 3
        self.assertGreater(count, 3000)
        self.assertNoCrash(self.crashes)

    def test_forms_recompute_anything_that_is_typed(self):
        for model, field in self.get_fields():
            role = self.draw_role()
            specification = {name: {} for name in model.fields_get()}
            for garbage in (0, 1):
                values = {field.name: self.fuzz.value(field, garbage)}
                ids = self.fuzz.own.get(model._name, [])[:1] if garbage else []
                self.attack(role, model._name, "onchange", ids, values, [field.name], specification)
        self.assertNoCrash(self.crashes)

    def test_defaults_of_any_kind_come_from_the_context(self):
        for model in {model._name: model for model, _field in self.get_fields()}.values():
            for role in ("nobody", "operator", "manager"):
                context = self.fuzz.context(model)
                self.attack(role, model._name, "default_get", list(model._fields), context=context)
                self.attack(role, model._name, "create", [self.fuzz.vals(model, 0)], context=context)
        self.assertNoCrash(self.crashes)

    def test_searches_for_anything_find_or_say(self):
        for model, field in self.get_fields():
            if not field._description_searchable:
                continue
            operator = self.fuzz.random.choice(DOMAINS)
            for value in (self.fuzz.value(field, 0), self.fuzz.any()):
                domain = [[field.name, operator, value]]
                self.attack(self.draw_role(), model._name, "search_read", domain, ["id"], 0, 3)
        self.assertNoCrash(self.crashes)

    def test_files_with_anything_in_them_are_imported_or_refused(self):
        for model in {model._name: model for model, _field in self.get_fields()}.values():
            names = [name for name, field in model._fields.items() if name not in MAGIC and not field.compute][:12]
            for role in ("operator", "manager", "auditor"):
                rows = [[str(self.fuzz.value(model._fields[name], 0.5))[:500] for name in names] for _row in range(3)]
                self.attack(role, model._name, "load", names, rows)
        self.assertNoCrash(self.crashes)

import csv
import io
import os
from collections import defaultdict
from pathlib import Path

from odoo.service.model import call_kw
from odoo.tests import tagged

from .common_abuse import AbuseCase

TABLE = Path(__file__).parent / "rights_table.csv"
UPDATE = "CLOSURE_UPDATE_RIGHTS"
COLUMNS = (
    "portal nobody named delegate operator inspector warehouse_controller cost_controller approver force_close manager "
    "auditor"
).split()
OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install", "mrp_closure")
class TestRightsTable(AbuseCase):
    """Who may do what, tried out: the outcome is a file that people read before they agree to a change of it.

    ``yes``: done on a record in the right state. ``state``: refused because of the state of every record here, or
    because more has to be entered. Empty: not theirs to do. Records: r(ead), w(rite), c(reate), u(nlink) by access
    rights alone.
    """

    maxDiff = None

    def test_rights_are_those_that_were_reviewed(self):
        text = self.write_table([*self.get_record_rows(), *self.get_action_rows()])
        if os.environ.get(UPDATE):
            TABLE.write_text(text)
        hint = f"Rights changed. Where that is meant, run this test with {UPDATE}=1 and review the difference."
        self.assertEqual(text, TABLE.read_text(), hint)

    def write_table(self, rows):
        target = io.StringIO()
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["model", "action", *COLUMNS])
        writer.writerows(rows)
        return target.getvalue()

    # Records

    def get_record_rows(self):
        for name in self.own_models:
            model = self.env[name]
            if not model._abstract:
                yield [name, "records", *(self.get_operations(model.with_user(self.roles[role])) for role in COLUMNS)]

    def get_operations(self, model):
        return "".join(operation[0] for operation in OPERATIONS if model.has_access(operation))

    # Actions

    def get_action_rows(self):
        self.openings = defaultdict(dict)
        methods = [
            (model, method)
            for model, method in self.get_methods()
            if model in self.own_models or model in ("mrp.production", "mrp.workorder")
        ]
        stored = [pair for pair in methods if not self.is_dialog(*pair)]
        dialogs = [pair for pair in methods if self.is_dialog(*pair)]
        # Dialogs last: what opens them was found by then.
        rows = [[*pair, *(self.try_action(role, *pair) for role in COLUMNS)] for pair in stored]
        rows += [[*pair, *(self.try_dialog(role, *pair) for role in COLUMNS)] for pair in dialogs]
        return sorted(rows)

    def is_dialog(self, model, method):
        return self.env[model]._transient and not self.is_model_method(model, method)

    def try_action(self, role, model, method):
        args = [self.get_plausible(each) for each in self.get_parameters(model, method) if each.default is each.empty]
        is_model = self.is_model_method(model, method)
        examples = [[]] if is_model or self.env[model]._abstract else self.get_examples(model)
        verdicts = set()
        for ids in examples:
            for context in self.get_contexts(method, model):
                call = [model, method, *([] if is_model else [ids]), *args]
                outcome = self.call(self.roles[role].id, *call, context=context)
                self.assertFalse(outcome.crash, outcome.crash and outcome.describe())
                self.note_opening(outcome, call, context)
                verdicts.add(self.judge(outcome))
                if "yes" in verdicts and method != "action_open_reason":
                    return "yes"
        return self.summarise(verdicts)

    def summarise(self, verdicts):
        """Once is enough for yes; whoever is denied on some records is not told about the state of others."""
        return next((verdict for verdict in ("yes", "", "state") if verdict in verdicts), "")

    def judge(self, outcome):
        return "yes" if outcome.is_done else "" if outcome.is_denied else "state"

    def get_contexts(self, method, model):
        """What the buttons of our screens add to the context."""
        if method != "action_open_reason":
            return [{}]
        acts = self.env["mrp.closure.reason"]._fields["act"].get_values(self.env)
        return [{"closure_act": act} for act in acts]

    def note_opening(self, outcome, call, context):
        """Remember by which call a dialog opens."""
        action = outcome.result
        if isinstance(action, dict) and action.get("res_model") in self.own_models:
            self.openings[action["res_model"]].setdefault(str((call[:3], context)), (call, context))

    def try_dialog(self, role, model, method):
        verdicts = set()
        for call, context in self.openings[model].values() or [(None, {})]:
            outcome = self.attempt(self.roles[role].id, self.get_steps(model, method, call, context))
            self.assertFalse(outcome.is_our_crash, outcome.crash and outcome.describe())
            verdicts.add(self.judge(outcome))
        # Not everybody may come to the dialog on every way.
        return next((verdict for verdict in ("yes", "state") if verdict in verdicts), "")

    def get_steps(self, model, method, call, context):
        """Open the dialog, fill it in, press its button; as the client does. Without a call a menu opens it."""

        def act(env):
            action = call_kw(env[call[0]], call[1], call[2:], {"context": context}) if call else {}
            context_of_dialog = {"context": {**context, **action.get("context", {})}}
            vals = self.get_entries(env[model])
            if action.get("res_id"):
                made = action["res_id"]
                call_kw(env[model], "write", [[made], vals], context_of_dialog)
            else:
                made = call_kw(env[model], "create", [vals], context_of_dialog)
            return call_kw(env[model], method, [[made]], context_of_dialog)

        return act

    def get_entries(self, model):
        """What a person types into a dialog."""
        entries = {"reason": "Because", "comment": "Because", "finding": "Because", "description": "Because"}
        entries |= {"value": 50, "quantity": 1, "disposition": "scrap", "severity": "minor", "text": "Because"}
        return {
            name: value
            for name, value in entries.items()
            if name in model._fields and not model._fields[name].related and not model._fields[name].readonly
        }

import inspect
import json
import traceback
from pathlib import Path
from typing import Any, NamedTuple

from psycopg2 import IntegrityError

from odoo import models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tools import SQL, mute_logger
from odoo.tools.json import json_default

from .common_world import PHOTO, WorldCase

ADDON = Path(__file__).resolve().parent.parent
PACKAGE = "odoo.addons.mrp_workorder_closure"
OTHER_MODELS = (
    "mrp.production",
    "mrp.workorder",
    "mrp.workcenter",
    "stock.scrap",
    "stock.move",
    "stock.lot",
    "stock.location",
    "product.product",
    "res.users",
    "res.groups",
    "res.company",
    "mail.activity",
    "ir.attachment",
)
# What tells records of a model apart, as far as what may be done with them.
SORTS = (
    "state status kind disposition closure_state product_id qty_producing defective_count issued_qty level_ids".split()
)
# What is added to, and never changed.
SEALED = frozenset({"mrp_closure_approval_decision", "mrp_closure_dossier", "mrp_closure_verification"})
# What every model has; the addon web gives them all web_read.
GENERIC = frozenset(name for name in dir(models.BaseModel) if not name.startswith("_")) | {"web_read"}


class Frame(NamedTuple):
    """One frame of a traceback."""

    place: str
    function: str
    is_ours: bool


class Outcome(NamedTuple):
    """How one call ended: with a result, with a sentence (``refusal``), or with a crash and its frames."""

    result: Any = None
    refusal: Exception | None = None
    crash: Exception | None = None
    frames: tuple = ()
    changed: frozenset = frozenset()

    @property
    def is_done(self):
        return not self.refusal and not self.crash

    @property
    def is_denied(self):
        return isinstance(self.refusal, AccessError)

    @property
    def is_our_crash(self):
        """Whether our code crashed; what a generic method hands on to Odoo as it came is Odoo's to judge."""
        ours = [frame for frame in self.frames if frame.is_ours]
        return bool(ours) and (self.frames[-1].is_ours or ours[-1].function not in GENERIC)

    def describe(self):
        places = " < ".join(frame.place for frame in reversed(self.frames[-5:]))
        return f"{type(self.crash).__name__}: {self.crash!s:.200} at {places}"


class _Undo(Exception):
    """Ends a call whose result was looked at."""


class AbuseCase(WorldCase):
    """Calls over RPC as anybody could make them, each of them undone, and judged the same way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own_models = sorted(
            name for name in cls.registry if name.startswith("mrp.closure") and cls.is_ours(cls.registry[name])
        )
        cls.evidence_query = cls.get_evidence_query()
        cls.evidence = cls.read_evidence()

    @classmethod
    def is_ours(cls, model):
        return model._original_module == "mrp_workorder_closure"

    # What there is to call

    @classmethod
    def get_methods(cls):
        """``(model, method)`` for every public method that this addon adds to a model."""
        found = []
        for name in sorted(cls.registry):
            model = cls.registry[name]
            if model._abstract and not cls.get_own_abstract(name):
                continue
            for method in sorted(cls.get_own_names(model) - GENERIC):
                try:
                    get_public_method(cls.env[name], method)
                except (AccessError, AttributeError):
                    continue
                found.append((name, method))
        return found

    @classmethod
    def get_own_abstract(cls, name):
        """Abstract models that are called by themselves, as a dashboard is: nobody inherits from them."""
        return name in cls.own_models and len(cls.registry.descendants([name], "_inherit")) == 1

    @classmethod
    def get_own_names(cls, model):
        return {
            name
            for base in model.mro()
            if base.__module__.startswith(PACKAGE)
            for name, member in vars(base).items()
            if not name.startswith("_") and callable(member)
        }

    @classmethod
    def is_model_method(cls, model, method):
        return getattr(getattr(cls.registry[model], method), "_api_model", False)

    @classmethod
    def get_parameters(cls, model, method):
        """Parameters of a method besides ``self``."""
        return list(inspect.signature(getattr(cls.registry[model], method)).parameters.values())[1:]

    def get_plausible(self, parameter):
        """What a sensible client hands over, known by the name of the parameter."""
        known = {
            "value": 50,
            "quantity": 1,
            "name": "picture.png",
            "data": PHOTO,
            "closure_id": self.untouched.closure_id.id,
            "user": self.roles["nobody"].id,
            "sequence": 10,
            "dispositions": [{"disposition": "use_as_is", "quantity": 1, "reason": "Good enough"}],
            "mistaken": False,
        }
        return known.get(parameter.name, "Because")

    @classmethod
    def get_ids(cls):
        """Records of the own company and of the second one: ``({model: ids}, {model: ids})``."""
        own, foreign = {}, {}
        for name in (*cls.own_models, *OTHER_MODELS):
            model = cls.env[name].with_context(active_test=False)
            if model._abstract or model._transient:
                continue
            records = model.search([], limit=80, order="id")
            theirs = model
            if "company_id" in model._fields:
                theirs = records.filtered(lambda record: record.company_id == cls.elsewhere)
            for ids, found in ((foreign, theirs), (own, records - theirs)):
                if found:
                    ids[name] = found.ids
        return own, foreign

    @classmethod
    def get_examples(cls, model):
        """One record of each sort, of the own company: by its figures, its state and the state of its closure."""
        records = cls.env[model].with_context(active_test=False).search([], limit=80, order="id")
        if "company_id" in records._fields:
            records = records.filtered(lambda record: record.company_id != cls.elsewhere)
        names = [name for name in SORTS if name in records._fields]

        def get_sort(record):
            closure = record.closure_id if "closure_id" in record._fields else record
            approvals = record.approval_ids.mapped("state") if "approval_ids" in record._fields else ()
            return (*(str(record[name]) for name in names), "state" in closure._fields and closure.state, *approvals)

        return [same[:1].id for same in records.grouped(get_sort).values()]

    # Calling

    def call(self, user, model, method, *args, look=False, context=None, **kwargs):
        """Call as a client does, look what it changed, and undo it."""
        args, kwargs = json.loads(json.dumps([args, {**kwargs, "context": context or {}}]))
        return self.attempt(user, lambda env: call_kw(env[model], method, args, kwargs), look)

    def attempt(self, user, act, look=False, read_only=False):
        # As a request begins: with nothing in the cache that somebody else read.
        self.env.invalidate_all(flush=False)
        env = self.env(user=user, su=False, context={})
        outcome = None
        try:
            with mute_logger("odoo.sql_db", "odoo.models"), self.env.cr.savepoint():
                if read_only:
                    # Until the savepoint is undone.
                    env.cr.execute("SET TRANSACTION READ ONLY")
                result = act(env)
                json.dumps(result, default=json_default)
                env.flush_all()
                raise _Undo(Outcome(result=result, changed=self.get_changed() if look else frozenset()))
        except _Undo as undo:
            (outcome,) = undo.args
        except (UserError, RedirectWarning) as error:
            outcome = Outcome(refusal=error)
        except IntegrityError as error:
            # Odoo makes a sentence of what a constraint of the database refuses.
            outcome = Outcome(refusal=error)
        except (Exception, RecursionError) as error:
            frames = traceback.extract_tb(error.__traceback__)
            outcome = Outcome(crash=error, frames=tuple(self.describe_frame(frame) for frame in frames))
        self.forget()
        return outcome

    @staticmethod
    def describe_frame(frame):
        path = Path(frame.filename).resolve()
        is_ours = path.is_relative_to(ADDON) and not path.is_relative_to(ADDON / "tests")
        return Frame(f"{path.name}:{frame.lineno} {frame.name}", frame.name, is_ours)

    def forget(self):
        """Nothing of a call that was undone stays in a cache."""
        self.env.transaction.clear()
        if self.registry.cache_invalidated:
            self.registry.clear_all_caches()
            self.registry.cache_invalidated.clear()

    # Evidence

    @classmethod
    def get_evidence_tables(cls):
        """Tables that keep what happened, those of dialogs left out."""
        tables = {"mrp_production", "mrp_workorder", "stock_move", "stock_scrap", "stock_quant", "ir_attachment"}
        for name in cls.own_models:
            model = cls.env[name]
            if not model._abstract and not model._transient and model._auto:
                tables.add(model._table)
                tables |= {
                    field.relation for field in model._fields.values() if field.type == "many2many" and field.store
                }
        return sorted(tables)

    @classmethod
    def get_evidence_query(cls):
        """What each table holds, as a hash: of the second company, of all others, and what was there before."""
        parts = []
        for table in cls.get_evidence_tables():
            cls.env.cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
            columns = {column for (column,) in cls.env.cr.fetchall()}
            theirs = SQL("company_id = %s", cls.elsewhere.id) if "company_id" in columns else SQL("FALSE")
            kinds = {table: SQL("%s IS NOT TRUE", theirs), f"{table} of others": theirs}
            if table in SEALED:
                cls.env.cr.execute(SQL("SELECT coalesce(max(id), 0) FROM %s", SQL.identifier(table)))
                kinds[f"{table} of before"] = SQL("id <= %s", cls.env.cr.fetchone()[0])
            parts += [
                SQL(
                    "SELECT %s, md5(string_agg(t::text, ';' ORDER BY t::text)) FROM %s t WHERE %s",
                    kind,
                    SQL.identifier(table),
                    condition,
                )
                for kind, condition in kinds.items()
            ]
        return SQL(" UNION ALL ").join(parts)

    @classmethod
    def read_evidence(cls):
        cls.env.flush_all()
        cls.env.cr.execute(cls.evidence_query)
        return dict(cls.env.cr.fetchall())

    def get_changed(self):
        """Tables that are not as they were."""
        now = self.read_evidence()
        return frozenset(table for table, content in self.evidence.items() if now[table] != content)

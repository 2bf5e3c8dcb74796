"""A plugin of pytest for the second look of `core_suites.py`: it puts back what later modules change for a test.

Odoo runs most tests of a module before it loads the modules that depend on it. Here these are loaded, because the addon
depends on them, and some tests meet other rules, keys and rights than they were written for. With that put back they
pass without the addon, and so they can say something about it.
"""

import contextlib
from unittest.mock import patch

import pytest


@contextlib.contextmanager
def _environment():
    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tests.common import get_db_name

    with Registry(get_db_name()).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})


def _let_read(group, *models):
    with _environment() as env:
        for model in models:
            vals = {"model_id": env["ir.model"]._get_id(model), "group_id": env.ref(group).id, "perm_read": True}
            env["ir.model.access"].create({"name": f"{group} reads {model}", **vals})


@contextlib.contextmanager
def receipt_rules():
    """Receipts pull goods from suppliers by a rule of their own, which `mrp` leaves out where products can be made."""
    from odoo.addons.mrp.models.stock_warehouse import StockWarehouse as Later
    from odoo.addons.stock.models.stock_warehouse import StockWarehouse as Own

    later_rules, later_routes = Later.get_rules_dict, Later._get_routes_values

    def get_rules_dict(self):
        own = Own.get_rules_dict(self)
        return {warehouse: {**rules, **own[warehouse]} for warehouse, rules in later_rules(self).items()}

    def _get_routes_values(self):
        return {**later_routes(self), **Own._get_routes_values(self)}

    with patch.multiple(Later, get_rules_dict=get_rules_dict, _get_routes_values=_get_routes_values):
        with _environment() as env:
            for warehouse in env["stock.warehouse"].search([]):
                warehouse._create_or_update_route()
        yield


@contextlib.contextmanager
def delivery_keys():
    """The lines of a delivery slip have the keys of `stock`, to which `mrp` adds the bill of materials."""
    from odoo.addons.mrp.models.stock_move_line import StockMoveLine as Later
    from odoo.addons.stock.models.stock_move_line import StockMoveLine as Own

    later = Later._get_aggregated_properties

    def _get_aggregated_properties(self, move_line=False, move=False):
        own = Own._get_aggregated_properties(self, move_line, move)
        return {**later(self, move_line, move), "line_key": own["line_key"]}

    with patch.object(Later, "_get_aggregated_properties", _get_aggregated_properties):
        yield


@contextlib.contextmanager
def product_rights():
    """Everybody may open a list of products; `stock_account` and `mrp` compute a value in it from what few may read."""
    _let_read("base.group_user", "mrp.bom", "stock.move")
    yield


@contextlib.contextmanager
def account_rights():
    """An operator copies orders and deletes work orders; `mrp_account` adds fields to them that few may read."""
    _let_read("mrp.group_mrp_user", "account.analytic.line", "account.move")
    yield


@contextlib.contextmanager
def no_valuation():
    """Moves are not valued; `stock_account` would read them after `mrp` has put a kit's components in their place."""
    from odoo.addons.stock_account.models.stock_move import StockMove as Later

    def _action_done(self, cancel_backorder=False):
        return super(Later, self)._action_done(cancel_backorder=cancel_backorder)

    with patch.object(Later, "_action_done", _action_done):
        yield


PARTS = {part.__name__: part for part in (receipt_rules, delivery_keys, product_rights, account_rights, no_valuation)}


def pytest_addoption(parser):
    parser.addoption("--put-back", action="append", default=[], choices=PARTS, help="what later modules changed")


@pytest.fixture(scope="session", autouse=True)
def put_back(load_registry, request):
    """For all tests of the run, once the plugin for Odoo has loaded the registry."""
    with contextlib.ExitStack() as stack:
        for name in request.config.getoption("--put-back"):
            stack.enter_context(PARTS[name]())
        yield

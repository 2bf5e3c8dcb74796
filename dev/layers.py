"""Template databases in two layers, built once and copied for each run.

The base layer holds Odoo's own modules and changes with the platform; the addon
layer is a copy of it with the addon installed and changes with the addon's files.
"""

import ast
from dataclasses import dataclass

from cache import digest, digest_of_files
from databases import PREFIX, REPOSITORY

ADDON = "mrp_workorder_closure"
ADDON_FOLDER = REPOSITORY / ADDON
# Read at run time from the files, never from the database.
NOT_IN_THE_DATABASE = ("tests", "static/src", "static/tests", "static/description", "doc")
WIDE_MODULES = (
    "mrp_subcontracting",
    "mrp_subcontracting_account",
    "mrp_subcontracting_purchase",
    "mrp_subcontracting_dropshipping",
    "mrp_product_expiry",
    "stock_picking_batch",
    "base_automation",
    "sale_mrp",
    "purchase_mrp",
    "project_mrp_account",
    "mrp_repair",
    "mrp_landed_costs",
    "cloud_storage_migration",
)
# Two checkouts, or a change and its undoing, share a cache without building anew.
KEPT_LAYERS = 3
DATABASE_GIGABYTES = 1


@dataclass(frozen=True)
class Kind:
    """One sort of database: which modules, and whether with demo data."""

    name: str
    title: str
    extra_modules: tuple = ()
    demo: bool = False


PLAIN = Kind("plain", "without demo data")
DEMO = Kind("demo", "with demo data", demo=True)
WIDE = Kind("wide", "with many more modules", extra_modules=WIDE_MODULES)


def manifest():
    return ast.literal_eval((ADDON_FOLDER / "__manifest__.py").read_text())


def addon_key():
    """What the addon puts into a database, as a short name."""
    return digest_of_files(ADDON_FOLDER, NOT_IN_THE_DATABASE)


class Layers:
    def __init__(self, databases, platform_key):
        self.databases = databases
        self.platform_key = platform_key

    def base(self, kind):
        """A database with Odoo's own modules, built if it is not there yet."""
        modules = [*manifest()["depends"], *kind.extra_modules]
        key = digest(self.platform_key, kind.demo, *modules)
        name = f"{PREFIX}base_{kind.name}_{key}"
        if not self.databases.exists(name):
            self.databases.cache.need_space(DATABASE_GIGABYTES, "build the databases")
            template = self.base(PLAIN) if kind.extra_modules else None
            title = f"Building a database {kind.title} (once, a minute or two)"
            self.databases.build(name, modules, title, template, kind.demo)
            self._drop_others(f"{PREFIX}base_{kind.name}_", newest=name)
        return name

    def addon(self, kind):
        """A database with the addon as it is now, built if it is not there yet."""
        base = self.base(kind)
        name = f"{PREFIX}addon_{kind.name}_{digest(base, addon_key())}"
        if not self.databases.exists(name):
            title = f"Installing the addon in a database {kind.title}"
            self.databases.build(name, [ADDON], title, base, kind.demo)
            self._drop_others(f"{PREFIX}addon_{kind.name}_", newest=name)
        return name

    def _drop_others(self, prefix, newest):
        """Keep the latest few databases of a sort; a higher oid was made later."""
        rows = self.databases.connection.sql(
            "SELECT datname FROM pg_database WHERE datname LIKE "
            f"'{prefix.replace('_', chr(92) + '_')}%' AND datname <> '{newest}' ORDER BY oid DESC"
        )
        for [name] in rows[KEPT_LAYERS - 1 :]:
            self.databases.drop(name)
            self.databases.log_path(name).unlink(missing_ok=True)

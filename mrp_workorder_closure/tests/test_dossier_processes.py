import shutil
import subprocess
import unittest

from odoo.tests import tagged
from odoo.tools import SQL

from .processes import TEMPLATE, ProcessCase

MANY = 100
SINGLES = 7
EACH = 3
FEW = 100
# Bytes by which two runs may differ by themselves.
TOLERATED = 32 * 1024 * 1024


@unittest.skipUnless(TEMPLATE, "./test names the database that is copied for these tests")
@tagged("post_install", "-at_install")
class TestDossierProcesses(ProcessCase):
    """Chains grow without gap, wait or error while many close at once; a crash leaves all or nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = {"many": MANY, "crash": 4, "dump": 2, "export": 1}
        groups |= {f"single {number}": EACH for number in range(SINGLES)}
        made = cls.call("prepare", groups)
        cls.uid, cls.orders = made["uid"], made["orders"]

    def test_one_closer_of_a_hundred_orders_against_seven_of_single_ones(self):
        batches = {"many": [self.orders["many"]]}
        for number in range(SINGLES):
            batches[f"single {number}"] = [[order] for order in self.orders[f"single {number}"]]
        results = self.call("close", self.uid, batches)
        self.assertEqual({name: result["error"] for name, result in results.items()}, dict.fromkeys(batches))
        self.assertEqual(results["many"]["attempts"], [1], "The long transaction is not run again")
        report = self.call("report")
        self.assertEqual(report["findings"], [])
        numbers = report["numbers"]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertGreaterEqual(len(numbers), MANY + SINGLES * EACH)
        first, last = (report["orders"].index(self.orders["many"][place]) for place in (0, -1))
        self.assertEqual(last - first, MANY - 1, "A batch stands together in the chain")
        self.assertGreater(first, 0, "Others were not kept waiting until the long transaction ended")

    def test_a_killed_process_leaves_open_orders_without_dossier(self):
        orders = self.orders["crash"]
        for when in ("before", "after"):
            with self.subTest(when=when):
                process = self.start("hang", self.uid, orders, when)
                self.assertEqual(process.stdout.readline(), "hanging\n")
                process.kill()
                process.wait()
                process.stdout.close()
                states = self.query(
                    SQL(
                        """SELECT o.state, c.state, count(d.id), count(m.id) FROM mrp_production o
                           JOIN mrp_closure c ON c.production_id = o.id
                           LEFT JOIN mrp_closure_dossier d ON d.closure_id = c.id
                           LEFT JOIN stock_move m ON m.production_id = o.id AND m.state = 'done'
                           WHERE o.id = ANY(%s) GROUP BY 1, 2""",
                        orders,
                    )
                )
                self.assertEqual(states, [("confirmed", "open", 0, 0)], "Nothing is left of the transaction")
        results = self.call("close", self.uid, {"crash": [orders]})
        self.assertIsNone(results["crash"]["error"])
        report = self.call("report")
        self.assertEqual(report["findings"], [])
        self.assertEqual(sorted(set(orders) & set(report["orders"])), sorted(orders))

    def test_memory_stays_flat_while_many_are_exported(self):
        """Ten times as many dossiers, the same peak: what a process takes is that of one part."""
        self.call("close", self.uid, {"export": [self.orders["export"]]})
        self.call("fill", self.orders["export"][0], FEW * 10)
        for kind in ("zip", "xlsx", "csv"):
            with self.subTest(kind=kind):
                few, many = (self.call("export", kind, 1, count) for count in (FEW, FEW * 10))
                self.assertEqual((few[:2], many[:2]), (["done", FEW], ["done", FEW * 10]))
                self.assertLess(many[2] - few[2], TOLERATED)

    @unittest.skipUnless(shutil.which("pg_dump") and shutil.which("psql"), "pg_dump and psql are not on the PATH")
    def test_the_archive_is_intact_in_a_restored_dump(self):
        version = subprocess.run(["pg_dump", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
        [(server,)] = self.query(SQL("SHOW server_version_num"))
        if int(version.split()[2].split(".")[0]) < int(server) // 10000:
            self.skipTest(f"{version.strip()} is older than the server: put the server's own pg_dump on the PATH")
        self.call("close", self.uid, {"dump": [self.orders["dump"]]})
        name = f"{self.database}_restored"
        self.create_database(name, "template0")
        self.addCleanup(self.drop_database, name)
        dump = subprocess.run(["pg_dump", "--no-owner", self.database], check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(
            ["psql", "-qX", "-v", "ON_ERROR_STOP=1", name], input=dump, check=True, stdout=subprocess.DEVNULL
        )
        report = self.call("report", database=name)
        self.assertEqual(report["findings"], [])
        self.assertTrue(set(self.orders["dump"]) <= set(report["orders"]))
        self.assertEqual(report, self.call("report"))

import json

from freezegun import freeze_time

from odoo.tests import tagged

from .common_analysis import NOW, AnalysisCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestClosureDashboard(AnalysisCase):
    """One page that a plant manager reads in a minute; each figure and bar opens what it is made of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closures = cls.make_history(seed=7, count=50)

    def get_dashboard(self, user=None, **options):
        dashboard = self.env["mrp.closure.dashboard"].with_user(user or self.controller)
        with freeze_time(NOW):
            return dashboard.get_dashboard(**options)

    def test_smoke(self):
        for user in (self.controller, self.approver, self.auditor, self.inspector, self.keeper, self.manager):
            d = self.get_dashboard(user)
            if user == self.controller:
                print(json.dumps(d, indent=1, default=str)[:30000])
            d = self.get_dashboard(user, category_id=self.chairs.id, workcenter_id=self.second_line.id, days=365)
            for x in d["tiles"]:
                self.env[x["action"]["res_model"]].with_user(user).search(x["action"]["domain"])
            for c in d["charts"]:
                for a in c["actions"]:
                    self.assertTrue(self.env[a["res_model"]].with_user(user).search(a["domain"]))

from datetime import timedelta

from odoo.tests import tagged

from .common_analysis import NOW, AnalysisCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestIndicators(AnalysisCase):
    """Figures of a period that have a name: each is what one would count on paper, and opens what it is made of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closures = cls.make_history(seed=19, count=60)
        cls.indicators = cls.env["mrp.closure.indicator"].with_user(cls.controller)

    def measure(self, days=90, codes=None, **options):
        return self.indicators._measure(
            codes or self.indicators._get_indicators(), self.company, NOW - timedelta(days=days), NOW, **options
        )

    def test_every_figure_opens_records(self):
        for code in self.indicators._get_indicators():
            with self.subTest(code=code):
                action = self.indicators._get_records_action(code, self.company, NOW - timedelta(days=90), NOW)
                self.env[action["res_model"]].with_user(self.controller).search(action["domain"])

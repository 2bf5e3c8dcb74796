from odoo.tests import tagged

from .common_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalQueries(ApprovalCase):
    """Submitting and approving many closures costs a bounded number of queries for each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deciders = cls.paula | cls.peter | cls.quentin | cls.fiona
        cls.set_levels(*(cls.named(user) for user in cls.deciders))
        cls.block = cls.env["product.product"].create({"name": "Block", "is_storable": True})
        cls.template.product_ids += cls.block
        cls.template.point_ids.unlink()

    def make_closures(self, number):
        vals = [{"product_id": self.block.id, "product_qty": 1} for _number in range(number)]
        orders = self.env["mrp.production"].with_user(self.operator).create(vals)
        orders.action_confirm()
        orders.qty_producing = 1
        # As a client names them: read together.
        return self.env["mrp.closure"].browse(orders.closure_id.ids).with_context(tracking_disable=False)

    def count(self, act):
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def count_submission_and_approvals(self, number):
        closures = self.make_closures(number)
        queries = self.count(closures.with_user(self.operator).action_submit)
        self.assertEqual(set(closures.mapped("state")), {"to_approve"})
        for user in self.deciders:
            queries += self.count(closures.with_user(user).action_approve)
        self.assertEqual(set(closures.mapped("state")), {"approved"})
        self.assertEqual(len(closures.approval_decision_ids), 4 * number)
        return queries

    def test_a_submission_and_four_approvals_of_a_hundred_closures_take_few_queries_for_each(self):
        """The community's tier validation needs 21 for four approvals of one order."""
        self.count_submission_and_approvals(2)
        small, large = self.count_submission_and_approvals(10), self.count_submission_and_approvals(100)
        self.assertLessEqual((large - small) / 90, 1, (small, large))
        self.assertLessEqual(small / 10, 23, "few closures do not pay for the batch")
        self.assertLessEqual(large / 100, 4, "altogether, whatever does not depend on how many there are included")

    def test_what_changed_on_many_at_once_is_noted_on_each_as_on_one(self):
        """Changes of many closures are logged in one go; each has the note it would have alone."""
        notes = []
        for number in (1, 3):
            closures = self.make_closures(number)
            self.env.cr.flush()
            closures.with_user(self.operator).action_submit()
            self.env.cr.flush()
            for closure in closures:
                messages = closure.message_ids.filtered("tracking_value_ids")
                values = messages.sudo().tracking_value_ids
                notes.append(
                    [
                        (message.author_id.id, message.message_type, message.subtype_id.id, message.body)
                        for message in messages
                    ]
                    + [(value.field_id.name, value.old_value_char, value.new_value_char) for value in values]
                )
        self.assertEqual(notes[0][0][0], self.operator.partner_id.id)
        self.assertIn(("state", "Open", "To Approve"), notes[0])
        self.assertEqual(notes[1:], [notes[0]] * 3)

    def test_what_waits_for_me_takes_the_same_queries_whatever_waits(self):
        approvals = self.env["mrp.closure.approval"].with_user(self.paula)
        counts = []
        for number in (2, 2, 20):
            self.make_closures(number).with_user(self.operator).action_submit()
            counts.append(self.count(lambda: approvals.search([("is_waiting_for_me", "=", True)]).mapped("owner")))
        self.assertLessEqual(counts[2], counts[1])

    def test_blockers_of_approvals_take_the_same_queries_for_one_order_and_for_many(self):
        closures = self.make_closures(20)
        closures.with_user(self.operator).action_submit()
        orders = self.env["mrp.production"].with_user(self.operator).browse(closures.production_id.ids)
        counts = [self.count(asked.get_closure_blockers) for asked in (orders[0], orders[0], orders)]
        self.assertEqual(counts[1], counts[2])

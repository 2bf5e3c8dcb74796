from odoo.tests import tagged

from .common import ClosureCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestChatterOnce(ClosureCase):
    """A change is logged once, on the record it belongs to."""

    def test_what_a_record_shows_of_another_one_is_not_logged_on_both(self):
        """A related field is tracked where its source is, unless it says otherwise: a message on each line."""
        found = []
        for model in self.registry.values():
            thread = "_track_get_fields" in dir(model)
            for field in model._fields.values() if thread else ():
                if field.related and "mrp_workorder_closure" in field._modules and getattr(field, "tracking", None):
                    found.append(str(field))
        self.assertFalse(found)

    def test_closing_an_order_logs_nothing_on_its_balance_lines(self):
        self.template.point_ids.kind = "material_balance"
        order = self.make_order().with_context(tracking_disable=False)
        order.closure_id.action_refresh()
        lines = order.closure_id.balance_ids
        self.assertTrue(lines)
        messages = self.env["mail.message"].search([("model", "=", lines._name), ("res_id", "in", lines.ids)])
        order.button_mark_done()
        self.env.cr.flush()
        self.assertEqual(order.closure_state, "closed")
        lines.invalidate_recordset(["message_ids"])
        self.assertEqual(lines.message_ids, messages)

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import Form, tagged

from .common_channel import ChannelCase
from .screens import ScreenCase


@tagged("post_install", "-at_install", "mrp_closure")
class TestChannelScreens(ChannelCase, ScreenCase):
    """An administrator sets a channel up in one form; managers and auditors look after the queue."""

    def test_an_administrator_sets_up_a_robot(self):
        form = Form(self.env["mrp.closure.channel"].with_user(self.administrator))
        form.name = "Night Shift"
        form.kind = "feishu"
        form.url = "https://robot.example/hook/abc"
        form.secret = "hush"
        form.on_submitted = False
        channel = form.save()
        self.assertEqual((channel.company_id, channel.lang), (self.administrator.company_id, "en_US"))
        self.assertTrue(channel.on_overdue)
        self.assertFalse(channel.allow_internal)

    def test_an_administrator_sets_up_mail_with_recipients_instead_of_an_address(self):
        form = Form(self.env["mrp.closure.channel"].with_user(self.administrator))
        form.name = "Leads"
        form.kind = "mail"
        with self.assertRaisesRegex(ValidationError, "^To send mail from .*choose who gets it"):
            form.save()
        form.group_ids.add(self.group)
        channel = form.save()
        self.assertEqual(channel._get_recipients(), (self.paula | self.peter).partner_id)

    def test_a_condition_that_makes_no_sense_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "^To restrict .* cannot be evaluated"):
            self.make_channel(condition="[('no_such_field', '=', 1)]")

    def test_managers_and_auditors_open_every_view_and_administrators_as_well(self):
        channel = self.make_channel("mail", url=False, secret=False, group_ids=[Command.set(self.group.ids)])
        self.set_levels(self.named(self.paula))
        closure = self.make_submitted()
        message = self.get_messages(channel).filtered("closure_id")[0]
        message.write({"state": "dead", "error": "The server did not answer in time."})
        for user in (self.manager, self.auditor, self.administrator):
            for records in (channel, message):
                model = records.browse().with_user(user)
                for view_type in ("list", "kanban"):
                    self.assertTrue(self.open_list(model, [("id", "in", records.ids)], view_type))
                values = self.open_form(records.with_user(user))
            self.assertEqual(values["closure_id"]["display_name"], closure.name)
            self.assertEqual(values["title"], f"{closure.name}: Submitted")
            action = channel.with_user(user).action_open_messages()
            self.assertEqual(action["res_model"], "mrp.closure.message")

    def test_the_menus_are_for_those_who_may_open_them(self):
        menus = self.env.ref("mrp_workorder_closure.mrp_closure_channel_menu")
        menus |= self.env.ref("mrp_workorder_closure.mrp_closure_message_menu")
        for user, sees in (
            (self.manager, True),
            (self.auditor, True),
            (self.administrator, True),
            (self.operator, False),
            (self.paula, False),
        ):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(set(menus.ids) <= set(visible), sees, user.login)

    def test_a_copy_of_the_database_tells_nobody(self):
        channel = self.make_channel()
        self.env.flush_all()
        with self.env.cr.savepoint():
            [query] = get_neutralization_queries(["mrp_workorder_closure"])
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual((channel.active, channel.url, channel.secret), (False, False, False))

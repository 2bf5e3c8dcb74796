from collections import defaultdict

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

from .mrp_closure_level import CONDITION_ERRORS
from .requests import check_one

EVENTS = [
    ("submitted", "Submitted"),
    ("waiting", "Waiting for Approval"),
    ("overdue", "Overdue"),
    ("rejected", "Turned Down or Sent Back"),
    ("failed", "Failed Check"),
    ("closed", "Closed"),
    ("forced", "Forced Close"),
]
KINDS = [
    ("dingtalk", "DingTalk Group Robot"),
    ("feishu", "Feishu Group Robot"),
    ("webhook", "Webhook (JSON)"),
    ("mail", "Email"),
]
ADMINISTRATOR = "base.group_system"


class MrpClosureChannel(models.Model):
    """Where closures tell what happens to them: a group robot, a webhook, or persons by mail.

    Addresses of robots hold their access token: they and the secret are read by administrators
    only. A kind of one's own takes a ``selection_add`` and a method ``_send_<kind>(message)``
    that raises ``DeliveryError`` where the message was not taken.
    """

    _name = "mrp.closure.channel"
    _description = "Notification Channel"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, help="A channel that is archived tells nothing.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection(KINDS, required=True, default="dingtalk")
    allow_internal = fields.Boolean(
        string="Allow Internal Addresses",
        copy=False,
        help="Messages may go to addresses of your own network, also without TLS. Otherwise they go to public "
        "addresses only, over https.",
    )
    lang = fields.Selection(
        selection="_selection_languages",
        string="Language",
        required=True,
        default=lambda self: self.env.company.partner_id.lang or "en_US",
        help="Language of the messages. Mails are in the language of whoever gets them.",
    )
    on_submitted = fields.Boolean("Submitted", default=True, help="Figures were submitted to the approval levels.")
    on_waiting = fields.Boolean("Waiting for Approval", default=True, help="A level is asked, or reminded.")
    on_overdue = fields.Boolean("Overdue", default=True, help="A check or an approval is past its deadline.")
    on_rejected = fields.Boolean(
        "Turned Down or Sent Back", default=True, help="A level turned the figures down, or sent them back."
    )
    on_failed = fields.Boolean(
        "Failed Check",
        default=True,
        help="Somebody answered Not OK, a measured value is outside its limits, or the system found a figure wrong.",
    )
    on_closed = fields.Boolean("Closed", default=True, help="The order is closed.")
    on_forced = fields.Boolean("Forced Close", default=True, help="Somebody closes an order by force.")
    template_ids = fields.Many2many(
        "mrp.closure.template",
        "mrp_closure_channel_template_rel",
        "channel_id",
        "template_id",
        string="Templates",
        check_company=True,
        help="Only closures of these templates. Empty: of all.",
    )
    condition = fields.Char(default="[]", help="Only closures that match it when something happens.")
    partner_ids = fields.Many2many(
        "res.partner", "mrp_closure_channel_partner_rel", "channel_id", "partner_id", string="Recipients"
    )
    group_ids = fields.Many2many(
        "res.groups",
        "mrp_closure_channel_group_rel",
        "channel_id",
        "group_id",
        string="Recipient Groups",
        help="Everybody in these groups who works in the company.",
    )
    paused_until = fields.Datetime(
        readonly=True, copy=False, help="The other side asked for a pause: nothing is sent before."
    )
    is_paused = fields.Boolean(string="Paused", compute="_compute_is_paused")
    waiting_count = fields.Integer(string="Waiting", compute="_compute_message_counts")
    dead_count = fields.Integer(string="Given Up", compute="_compute_message_counts")

    @api.model
    def _selection_languages(self):
        return self.env["res.lang"].get_installed()

    @api.depends("paused_until")
    def _compute_is_paused(self):
        now = fields.Datetime.now()
        for channel in self:
            channel.is_paused = bool(channel.paused_until) and channel.paused_until > now

    def _compute_message_counts(self):
        counts = {
            (channel.id, state): count
            for channel, state, count in self.env["mrp.closure.message"]._read_group(
                [("channel_id", "in", self.ids), ("state", "in", ("waiting", "dead")), ("event", "!=", "test")],
                ["channel_id", "state"],
                ["__count"],
            )
        }
        for channel in self:
            channel.waiting_count = counts.get((channel.id, "waiting"), 0)
            channel.dead_count = counts.get((channel.id, "dead"), 0)

    @api.constrains("active", "kind", "url", "allow_internal")
    def _check_address(self):
        # In sudo: the address is an administrator's; here it is looked at, not shown.
        for channel in self.sudo().filtered(lambda channel: channel.active and channel.kind != "mail"):
            schemes = ("https://", "http://") if channel.allow_internal else ("https://",)
            if not (channel.url or "").startswith(schemes):
                raise ValidationError(
                    self.env._(
                        'To send messages to "%(channel)s", enter its address: it begins with https://.',
                        channel=channel.name,
                    )
                )
            if "#" in channel.url:
                raise ValidationError(
                    self.env._(
                        'To send messages to "%(channel)s", enter its address without "#" and what follows: servers '
                        "never see that part.",
                        channel=channel.name,
                    )
                )

    @api.constrains("active", "kind", "partner_ids", "group_ids")
    def _check_recipients(self):
        for channel in self.filtered(lambda channel: channel.active and channel.kind == "mail"):
            if not channel.partner_ids and not channel.group_ids:
                raise ValidationError(
                    self.env._('To send mail from "%(channel)s", choose who gets it.', channel=channel.name)
                )

    @api.constrains("condition")
    def _check_condition(self):
        closures = self.env["mrp.closure"]
        for channel in self:
            try:
                condition = channel._get_condition()
                condition.validate(closures)
                closures.new({}).filtered_domain(condition)
            except CONDITION_ERRORS as error:
                raise ValidationError(
                    self.env._(
                        'To restrict "%(channel)s", choose fields of the closure and plain values: '
                        "this condition cannot be evaluated.",
                        channel=channel.name,
                    )
                ) from error

    def copy_data(self, default=None):
        """A copy is archived until somebody gives it an address."""
        vals_list = super().copy_data({"active": False, **(default or {})})
        if "name" not in (default or {}):
            for channel, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(channel)s (copy)", channel=channel.name)
        return vals_list

    # Which channels listen to what is cached: where nobody listens, an event costs no query.

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        self.env.registry.clear_cache()
        return channels

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"active", "company_id", "sequence"} or any(name.startswith("on_") for name in vals):
            self.env.registry.clear_cache()
        if "active" in vals and not vals["active"]:
            self._drop_waiting()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _drop_waiting(self):
        """What waited is old news by the time the channel is back: it is sent again by hand."""
        # In sudo: the queue belongs to nobody; whoever archives the channel was checked by write().
        waiting = (
            self.env["mrp.closure.message"].sudo().search([("channel_id", "in", self.ids), ("state", "=", "waiting")])
        )
        waiting.write({"state": "dead", "error": self.env._("The channel was archived.")})

    @api.model
    @tools.ormcache()
    def _get_listeners(self):
        """``{company id: {event: channel ids}}`` of all active channels."""
        listeners = defaultdict(lambda: defaultdict(tuple))
        for channel in self.sudo().search([("active", "=", True)]):
            for event, _label in EVENTS:
                if channel[f"on_{event}"]:
                    listeners[channel.company_id.id][event] += (channel.id,)
        return {company_id: dict(by_event) for company_id, by_event in listeners.items()}

    # What is told, and to whom

    def _get_condition(self):
        self.ensure_one()
        return self.env["mrp.closure.level"]._parse_condition(self.condition)

    def _filter_closures(self, closures):
        """The closures that the channel tells about. A condition that can no longer be evaluated holds:
        somebody is told rather than nobody."""
        self.ensure_one()
        if self.template_ids:
            closures = closures.filtered(lambda closure: closure.template_id in self.template_ids)
        try:
            return closures.filtered_domain(self._get_condition())
        except CONDITION_ERRORS:
            return closures

    def _get_languages(self):
        """Languages in which a message is written: the channel's own first; without any that is installed, English."""
        self.ensure_one()
        installed = dict(self._selection_languages())
        wanted = [self.lang, *self._get_recipients().mapped("lang")]
        return list(dict.fromkeys(lang for lang in wanted if lang in installed)) or ["en_US"]

    def _get_recipients(self):
        """Partners that get the channel's mail."""
        self.ensure_one()
        if self.kind != "mail":
            return self.env["res.partner"]
        users = self.group_ids.all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids and not user._is_superuser()
        )
        return self.partner_ids.filtered("active") | users.partner_id

    # Buttons

    def action_open_messages(self):
        """The channel's queue."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_message_action")
        filters = {key: value for key, value in self.env.context.items() if key == "search_default_dead"}
        action.update(domain=[("channel_id", "=", self.id)], context=filters)
        return action

    def _check_is_administrator(self):
        if not self.env.user.has_group(ADMINISTRATOR):
            raise AccessError(
                self.env._(
                    "To send a test message to %(channels)s, ask an administrator.",
                    channels=", ".join(self.sudo().mapped("name")),
                )
            )
        self.check_access("write")

from collections import namedtuple

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from .requests import check_one

MatchRule = namedtuple(
    "MatchRule",
    "template_id products boms categories picking_types subcontracting sequence",
)


class MrpClosureTemplate(models.Model):
    """What must hold before manufacturing orders of some kind may close.

    An order takes the most specific template that matches it (product, then bill of
    materials, category, operation type, none of these), then the lowest sequence,
    then the oldest. Where none matches, the company's default template applies.
    Templates act on orders at their confirmation: a change never touches a closure
    that already runs.
    """

    _name = "mrp.closure.template"
    _description = "Closure template"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10, help="Among equally specific templates the lowest sequence applies.")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, tracking=True
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products",
        help="Orders for one of these products. The most specific criterion.",
        check_company=True,
    )
    product_category_ids = fields.Many2many(
        "product.category",
        string="Product Categories",
        help="Orders for a product of one of these categories or of a category below them.",
    )
    bom_ids = fields.Many2many(
        "mrp.bom",
        string="Bills of Materials",
        help="Orders made with one of these bills of materials.",
        check_company=True,
    )
    picking_type_ids = fields.Many2many(
        "stock.picking.type",
        string="Operation Types",
        domain="[('code', '=', 'mrp_operation')]",
        help="Orders of one of these manufacturing operation types.",
        check_company=True,
    )
    include_subcontracting = fields.Boolean(
        help="Also for subcontracted orders. Their receipt closes them, so it waits until the closure is ready.",
    )
    point_ids = fields.One2many("mrp.closure.point", "template_id", string="Control Points", copy=True)
    point_count = fields.Integer(compute="_compute_point_count")
    closure_count = fields.Integer(compute="_compute_closure_count")

    _name_company_uniq = models.UniqueIndex(
        "(company_id, (name->>'en_US')) WHERE active", "Another active template of this company has this name."
    )

    @api.depends("point_ids")
    def _compute_point_count(self):
        for template in self:
            template.point_count = len(template.point_ids)

    def _compute_closure_count(self):
        counts = dict(
            self.env["mrp.closure"]._read_group([("template_id", "in", self.ids)], ["template_id"], ["__count"])
        )
        for template in self:
            template.closure_count = counts.get(template, 0)

    # What templates say is cached as plain data: confirming orders costs no query for it.

    @api.model_create_multi
    def create(self, vals_list):
        templates = super().create(vals_list)
        self._refresh_matching()
        return templates

    def write(self, vals):
        result = super().write(vals)
        if not self._get_match_fields().isdisjoint(vals):
            self._refresh_matching()
        return result

    def unlink(self):
        # In sudo: orders that never got a closure only follow the template; whoever may delete it lets them go.
        orders = self.env["mrp.production"].sudo()
        followers = [("closure_template_id", "in", self.ids), ("closure_id", "=", False)]
        orders.search([*followers, ("state", "in", ("draft", "cancel"))])._write_gate({"closure_template_id": False})
        result = super().unlink()
        self._refresh_matching()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_unused(self):
        used = self.env["mrp.closure"].sudo().search([("template_id", "in", self.ids)]).template_id
        if used:
            raise UserError(
                self.env._(
                    "To remove %(templates)s, archive it: closures were made from it and still refer to it.",
                    templates=", ".join(used.mapped("name")),
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for template, vals in zip(self, vals_list, strict=True):
                vals["name"] = template._get_copy_name()
        return vals_list

    def copy_translations(self, new, excluded=()):
        # The name of the copy is not a copy of the name: it is free in every language.
        result = super().copy_translations(new, {*excluded, "name"})
        if "name" not in excluded:
            translations = self._keep_installed(self._fields["name"]._get_stored_translations(self))
            names = {lang: self.with_context(lang=lang)._get_copy_name(new) for lang in translations}
            new.update_field_translations("name", names)
        return result

    def _get_copy_name(self, new=None):
        """A name that no other template of the company has."""
        self.ensure_one()
        others = self.sudo().search([("company_id", "=", self.company_id.id)])
        taken = set((others - new if new else others).mapped("name"))
        name = self.env._("%(template)s (copy)", template=self.name)
        number = 1
        while name in taken:
            number += 1
            name = self.env._("%(template)s (copy %(number)s)", template=self.name, number=number)
        return name

    def action_view_closures(self):
        """Open the closures made from this template."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_action")
        action["domain"] = [("template_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_apply_to_open_orders(self):
        """Make closures for the confirmed orders that match this template and have none.

        :return: a notification that says how many were made
        :raises AccessError: when the user may not change templates
        """
        check_one(self)
        self.check_access("write")
        orders = self.env["mrp.production"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("confirmed", "progress", "to_close")),
                ("closure_id", "=", False),
            ]
        )
        templates = orders._get_closure_templates()
        closures = orders.filtered(lambda order: templates[order] == self)._adopt_closures()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if closures else "info",
                "message": self.env._(
                    "%(count)s open orders now have a closure of %(template)s.",
                    count=len(closures),
                    template=self.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_activate(self):
        """Put an archived template to use for orders that are confirmed from now on.

        :raises AccessError: when the user is not a closure manager
        """
        self._check_is_manager(self.env._("activate"))
        self.action_unarchive()

    def _get_form_action(self):
        """Window action that opens the template."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Closure Template"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    @api.model
    def _get_match_fields(self):
        """Fields of a template that decide which orders it covers."""
        return {
            "active",
            "company_id",
            "sequence",
            "product_ids",
            "product_category_ids",
            "bom_ids",
            "picking_type_ids",
            "include_subcontracting",
        }

    @api.model
    def _refresh_matching(self):
        """Forget the cached rules, and derive again what draft orders will be held to."""
        self.env.registry.clear_cache()
        orders = self.env["mrp.production"].sudo().search([("state", "=", "draft")])
        self.env.add_to_compute(orders._fields["closure_template_id"], orders)

    @api.model
    @tools.ormcache("company_id")
    def _get_match_rules(self, company_id):
        """Rules of the company's active templates.

        :return: tuple of MatchRule, in order of sequence and id
        """
        templates = self.sudo().search([("company_id", "=", company_id)])
        return tuple(template._get_match_rule() for template in templates)

    def _get_match_rule(self):
        """The criteria of one template as plain data."""
        self.ensure_one()
        return MatchRule(
            self.id,
            frozenset(self.product_ids.ids),
            frozenset(self.bom_ids.ids),
            frozenset(self.product_category_ids.ids),
            frozenset(self.picking_type_ids.ids),
            self.include_subcontracting,
            self.sequence,
        )

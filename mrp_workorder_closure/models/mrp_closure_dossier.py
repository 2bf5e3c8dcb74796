from odoo import api, fields, models

from ..tools import canonical_json
from .plain_json import PlainJson
from .requests import check_one

KINDS = [("closing", "Closing"), ("addendum", "Addendum"), ("cancel", "Cancelled")]
FORMAT = "mrp_workorder_closure.dossier"
FORMAT_VERSION = 1


class MrpClosureDossier(models.Model):
    """Immutable archive record of a closed order, chained to the one before it in its company.

    ``sha256`` is the hash of the canonical JSON of ``manifest``, which names the hash of the
    previous dossier. Only plain values that never change stand here: what is printed, archived or
    alerted stands in ``mrp.closure.dossier.file`` and ``mrp.closure.verification``.
    """

    _name = "mrp.closure.dossier"
    _description = "Dossier"
    _inherit = ["mrp.closure.sealed"]
    _log_access = False
    _order = "company_id, sequence_number desc"
    _rec_name = "order_name"

    closure_id = fields.Many2one("mrp.closure", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    order_name = fields.Char(string="Order", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True, default="closing")
    revision = fields.Integer(required=True, readonly=True, aggregator=None)
    sequence_number = fields.Integer(
        string="Number", required=True, readonly=True, aggregator=None, help="Gapless within the company."
    )
    manifest = PlainJson(required=True, readonly=True, help="What is archived, as plain data.")
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True, index=True, help="Hash of the manifest.")
    previous_sha256 = fields.Char(
        string="Previous SHA-256", readonly=True, help="Hash of the dossier before it; empty for the first one."
    )
    sealed_at = fields.Datetime(string="Sealed on", required=True, readonly=True)
    sealed_by = fields.Char(string="Sealed by", required=True, readonly=True)
    base_id = fields.Many2one(
        "mrp.closure.dossier",
        string="Adds to",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The dossier that an addendum adds to.",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        relation="mrp_closure_dossier_attachment_rel",
        string="Files",
        readonly=True,
        ondelete="restrict",
        help="Files whose hashes stand in the manifest.",
    )

    _chain_uniq = models.UniqueIndex("(company_id, sequence_number)", "This place in the chain is taken.")

    @api.depends("order_name", "revision", "sequence_number")
    def _compute_display_name(self):
        for dossier in self:
            dossier.display_name = f"{dossier.order_name} / {dossier.revision} (#{dossier.sequence_number})"

    def _get_manifest_text(self):
        """The very text that is hashed."""
        self.ensure_one()
        return canonical_json(self.manifest)

    def action_open_closure(self):
        """Open the closure whose order is archived."""
        check_one(self)
        self.check_access("read")
        return self.closure_id._get_action()


class MrpClosure(models.Model):
    """Dossiers of a closure."""

    _inherit = "mrp.closure"

    dossier_ids = fields.One2many("mrp.closure.dossier", "closure_id", string="Dossiers", readonly=True)
    dossier_count = fields.Integer(compute="_compute_dossier_count")

    def _compute_dossier_count(self):
        counts = dict(
            # In sudo: how many there are is told to whoever may read the closure.
            self.env["mrp.closure.dossier"]
            .sudo()
            ._read_group([("closure_id", "in", self.ids)], ["closure_id"], ["__count"])
        )
        for closure in self:
            closure.dossier_count = counts.get(closure.sudo(), 0)

    def action_open_dossiers(self):
        """Open the dossiers of these closures."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_dossier_action")
        action["domain"] = [("closure_id", "in", self.ids)]
        action["context"] = {}
        return action

    def _check_files_are_free(self, adding=False):
        """Files of the closure itself are free; those that a dossier names are kept by it."""

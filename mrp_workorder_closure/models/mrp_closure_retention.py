from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import split_every

BATCH = 1000


class ResCompany(models.Model):
    _inherit = "res.company"

    closure_archive_years = fields.Integer(
        string="Archive Dossiers after (Years)",
        help="Older dossiers are left out of lists unless somebody asks for archived ones. They stay in the chain, "
        "are verified and exported as all others. 0: never.",
    )

    _closure_archive_years_sound = models.Constraint(
        "CHECK(closure_archive_years >= 0)", "To archive dossiers by their age, enter 0 years or more."
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    closure_archive_years = fields.Integer(related="company_id.closure_archive_years", readonly=False)


class MrpClosureDossier(models.Model):
    """Archived by age: out of sight, not out of the chain."""

    _inherit = "mrp.closure.dossier"

    is_archived = fields.Boolean(string="Archived", compute="_compute_is_archived", search="_search_is_archived")

    def _compute_is_archived(self):
        archived = self.search([("id", "in", self.ids), ("is_archived", "=", True)])
        for dossier in self:
            dossier.is_archived = dossier in archived

    def _search_is_archived(self, operator, value):
        if operator != "in":
            return NotImplemented
        archived = self.env["mrp.closure.dossier.file"]._search([("active", "=", False)])
        ids = archived.subselect("dossier_id")
        return [("id", "in" if True in value else "not in", ids)]


class MrpClosureDossierFile(models.Model):
    _inherit = "mrp.closure.dossier.file"

    @api.model
    def _cron_archive(self):
        """Archive dossiers that are older than their company wants to see."""
        for company in self.env["res.company"].search([("closure_archive_years", ">", 0)]):
            limit = fields.Datetime.now() - relativedelta(years=company.closure_archive_years)
            old = self.search([("company_id", "=", company.id), ("dossier_id.sealed_at", "<", limit)])
            for ids in split_every(BATCH, old.ids):
                self.browse(ids)._write_evidence({"active": False})
                if not self.env["ir.cron"]._commit_progress(len(ids)):
                    return

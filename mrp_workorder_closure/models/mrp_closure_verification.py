import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .mrp_closure import MANAGER

AUDITOR = "mrp_workorder_closure.group_auditor"
KEPT_FINDINGS = 1000
# Findings about files, which are read again every night until there are none.
FILE_CODES = ("file", "lost")
_logger = logging.getLogger(__name__)


class MrpClosureVerification(models.Model):
    """One look through the archive of a company: what it found, and where the chain ended.

    Sealed as the dossiers are. A later verification compares the ends that were seen: dossiers cut
    off the end of the chain leave no other trace.
    """

    _name = "mrp.closure.verification"
    _description = "Verification of the archive"
    _inherit = ["mrp.closure.sealed"]
    _log_access = False
    _order = "verified_at desc, id desc"
    _rec_name = "verified_at"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    verified_at = fields.Datetime(string="Verified on", required=True, readonly=True, index=True)
    verified_by = fields.Char(string="Verified by", required=True, readonly=True)
    result = fields.Selection(
        [("intact", "Intact"), ("lost", "Files Missing"), ("broken", "Manipulated")], required=True, readonly=True
    )
    head_number = fields.Integer(
        string="Last Dossier", readonly=True, aggregator=None, help="Where the chain ended; 0: it was empty."
    )
    head_sha256 = fields.Char(string="SHA-256 of the Last Dossier", readonly=True)
    finding_count = fields.Integer(string="Findings", readonly=True)
    is_complete = fields.Boolean(
        string="All Files Read",
        readonly=True,
        help="Otherwise all dossiers were read, and of their files those that differed when they were last read: "
        "each file is read once a week.",
    )
    findings = fields.Json(string="Findings as Data", readonly=True, prefetch=False)
    message = fields.Text(string="What Was Found", readonly=True)

    def action_verify(self):
        """Look through the archives of the user's companies now, files included.

        :return: window action on what was found
        :raises AccessError: for who is neither auditor nor manager
        """
        if not any(self.env.user.has_group(group) for group in (AUDITOR, MANAGER)):
            raise AccessError(self.env._("To verify the archive, ask an auditor of work order closure."))
        # In sudo: an auditor changes nothing; what was found is recorded by the system.
        made = self.sudo()._verify(self.env.companies)
        action = self.env["ir.actions.act_window"]._for_xml_id("mrp_workorder_closure.mrp_closure_verification_action")
        if len(made) == 1:
            action.update(res_id=made.id, views=[(False, "form")], view_mode="form")
        else:
            action["domain"] = [("id", "in", made.ids)]
        return action

    @api.model
    def _verify(self, companies, files=True):
        dossier_model = self.env["mrp.closure.dossier"].sudo()
        made = self.browse()
        for company in companies.sudo():
            findings = dossier_model._verify_triggers() + dossier_model._verify_company(company, files)
            made |= self._record(company, findings, is_complete=files)
        return made

    @api.model
    def _record(self, company, findings, is_complete=False):
        lost = [finding["dossier_id"] for finding in findings if finding["code"] in FILE_CODES]
        self.env["mrp.closure.dossier.file"]._mark_lost_files(lost)
        number, sha256 = self.env["mrp.closure.dossier"]._read_heads(self.env.cr, company.ids)[company.id]
        return self._create_evidence(
            [
                {
                    "company_id": company.id,
                    "verified_at": fields.Datetime.now(),
                    "verified_by": self.env.user.name,
                    "result": self._get_result(findings),
                    "is_complete": is_complete,
                    "head_number": number,
                    "head_sha256": sha256,
                    "finding_count": len(findings),
                    "findings": findings[:KEPT_FINDINGS],
                    "message": "\n".join(finding["message"] for finding in findings[:KEPT_FINDINGS]),
                }
            ]
        )

    @api.model
    def _get_result(self, findings):
        codes = {finding["code"] for finding in findings}
        return "broken" if codes - {"lost"} else "lost" if codes else "intact"

    @api.model
    def _cron_verify(self):
        """Look through all archives; tell managers and auditors what is wrong, once for each finding.

        All rows are read every night, files in turns: see ``mrp_closure_dossier_reading.py``.
        """
        companies = self.env["mrp.closure.dossier"]._read_group([], ["company_id"])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for [company] in companies:
            before = self._get_latest(company)
            verification = self._verify(company, files=False)
            verification._alert(before)
            if not self.env["ir.cron"]._commit_progress(1):
                return

    @api.model
    def _get_latest(self, company):
        recent = Domain("verified_at", ">", fields.Datetime.now() - timedelta(days=8))
        return self.search(Domain("company_id", "=", company.id) & recent)

    def _alert(self, before):
        """Tell findings that no verification of the last days has found."""
        told = {_get_key(finding) for verification in before for finding in verification.findings or ()}
        new = [finding for finding in self.findings or () if _get_key(finding) not in told]
        if not new:
            return
        for finding in new:
            _logger.error("Archive of closed orders: %s", finding["message"])
        subjects = {
            "lost": self.env._("Files of closed orders cannot be read"),
            "broken": self.env._("The archive of closed orders was manipulated"),
        }
        self._notify(
            self.company_id,
            subjects[self._get_result(new)],
            "\n".join(finding["message"] for finding in new[:20]),
            self,
        )

    @api.model
    def _notify(self, company, subject, body, record):
        """A message to the managers and auditors of a company."""
        groups = self.env.ref(MANAGER) | self.env.ref(AUDITOR)
        users = groups.all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids and not user._is_superuser()
        )
        if users:
            self.env["mail.thread"].message_notify(
                partner_ids=users.partner_id.ids,
                subject=subject,
                body=body,
                model=record._name,
                res_id=record.id,
                email_layout_xmlid="mail.mail_notification_light",
            )


def _get_key(finding):
    return finding["code"], finding["sequence_number"], finding["closure_id"], finding["message"]

import base64
import json
import re

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.requests import check_one
from ..tools import get_fingerprint

SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
SEQUENCE = "sequence_number"
RESULTS = [("genuine", "Genuine"), ("altered", "Altered"), ("unknown", "Unknown")]


class MrpClosureDossierCheck(models.TransientModel):
    """Compare a dossier that somebody holds, as a file or on paper, with the archive."""

    _name = "mrp.closure.dossier.check"
    _description = "Check a dossier"
    _inherit = ["mrp.closure.dialog"]

    text = fields.Text(string="Scanned Code", help="What the code on a printed dossier says, or its SHA-256.")
    file = fields.Binary(string="JSON File", attachment=False)
    file_name = fields.Char()
    result = fields.Selection(RESULTS, readonly=True)
    message = fields.Text(readonly=True)
    dossier_id = fields.Many2one("mrp.closure.dossier", readonly=True)

    def action_check(self):
        """Say whether it is in the archive as it is here.

        :raises UserError: when there is nothing to check, or the file is no dossier
        :raises AccessError: for who may not read dossiers
        """
        check_one(self)
        self.env["mrp.closure.dossier"].check_access("read")
        if self.file:
            self._answer(*self._check_file(self._read_manifest()))
        elif self.text and self.text.strip():
            self._answer(*self._check_text(self.text.strip()))
        else:
            raise UserError(self.env._("To check a dossier, scan its code or choose its JSON file."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check a Dossier"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _answer(self, result, message, dossier):
        self.write({"result": result, "message": message, "dossier_id": dossier.id})

    def _read_manifest(self):
        try:
            manifest = json.loads(base64.b64decode(self.file))
            get_fingerprint(manifest)
        except (ValueError, TypeError, RecursionError):
            manifest = None
        if not isinstance(manifest, dict):
            raise UserError(self.env._("To check a dossier, choose the JSON file of one: this file is none."))
        return manifest

    def _check_file(self, manifest):
        dossier = self._find(get_fingerprint(manifest))
        if dossier:
            return self._describe(dossier)
        number, company = manifest.get(SEQUENCE), manifest.get("company")
        company_id = company.get("id") if isinstance(company, dict) else None
        claimed = dossier
        if _is_integer(number) and _is_integer(company_id):
            claimed = dossier.search([(SEQUENCE, "=", number), ("company_id", "=", company_id)])
        if not claimed:
            return "unknown", self.env._("The archive holds no such dossier."), dossier
        names = [
            name
            for name in {**claimed.manifest, **manifest}
            if claimed.manifest.get(name) != manifest.get(name) and name != "sections"
        ]
        mine, theirs = (data.get("sections") for data in (claimed.manifest, manifest))
        if isinstance(theirs, dict):
            names += [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
        labels = {**claimed._get_entry_labels(), **claimed._get_section_labels()}
        message = self.env._(
            "The file was altered: it is not dossier %(number)s of %(order)s as the archive holds it. "
            "What differs: %(names)s.",
            number=claimed.sequence_number,
            order=claimed.order_name,
            names=", ".join(labels.get(name, name) for name in names),
        )
        return "altered", message, claimed

    def _check_text(self, text):
        found = SHA256.search(text.lower())
        dossier = self._find(found.group()) if found else self.env["mrp.closure.dossier"]
        if not dossier:
            return "unknown", self.env._("The archive holds no dossier with this code."), dossier
        if ";" in text and text != dossier._get_qr_text():
            message = self.env._(
                "The code was altered: with this hash the archive holds revision %(revision)s of %(order)s.",
                revision=dossier.revision,
                order=dossier.order_name,
            )
            return "altered", message, dossier
        return self._describe(dossier)

    def _find(self, sha256):
        return self.env["mrp.closure.dossier"].search([("sha256", "=", sha256)], limit=1)

    def _describe(self, dossier):
        findings = dossier._verify_itself()
        if findings:
            return "altered", "\n".join(finding["message"] for finding in findings), dossier
        message = self.env._(
            "Genuine: dossier %(number)s of %(order)s, revision %(revision)s, as it was sealed.",
            number=dossier.sequence_number,
            order=dossier.order_name,
            revision=dossier.revision,
        )
        # In sudo: that there is a later one is told to whoever may read the earlier one.
        later = dossier.sudo().closure_id.dossier_ids.filtered(
            lambda other: other.sequence_number > dossier.sequence_number
        )
        if later:
            message += "\n" + self.env._(
                "The archive holds later dossiers of this order: %(numbers)s.",
                numbers=", ".join(map(str, later.sorted(SEQUENCE).mapped(SEQUENCE))),
            )
        return "genuine", message, dossier


def _is_integer(value):
    """Whether a database can look for it as an integer: a file may say anything."""
    return isinstance(value, int) and abs(value) < 2**31

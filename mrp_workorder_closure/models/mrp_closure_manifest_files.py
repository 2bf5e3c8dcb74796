import hashlib

from odoo import models
from odoo.fields import Domain
from odoo.tools import split_every

from ..tools import find_files

# Fields of evidence that hold files.
FILE_FIELDS = {"mrp.closure.inspection.line": ("report", "photo")}
# Files looked up at a time; each is read by itself.
BATCH = 20


class MrpClosureEvidence(models.AbstractModel):
    """Files of evidence, as a dossier names them."""

    _inherit = "mrp.closure.evidence"

    def _get_evidence_attachments(self):
        """Attachments of these records, also those that fields hold."""
        names = [False, *FILE_FIELDS.get(self._name, ())]
        domain = Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids)
        # In sudo: the caller may read the record, and its files are part of it.
        return self.env["ir.attachment"].sudo().search(domain & Domain("res_field", "in", names), order="id")

    def _read_manifest_files(self):
        """``{record id: list of files}``, with what the database says of each: no file is read."""
        files = {record_id: [] for record_id in self.ids}
        for attachment in self._get_evidence_attachments() if self else ():
            files[attachment.res_id].append(
                {
                    "id": attachment.id,
                    "name": attachment.name,
                    "bytes": attachment.file_size,
                    "checksum": attachment.checksum or None,
                    "link": attachment.url or None,
                }
            )
        return files


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _read_sha256(self):
        """Read these files, one after the other, and yield ``(id, hash of what it holds)``.

        Memory does not grow with their number. Ids of files that are gone are left out.
        """
        for ids in split_every(BATCH, self.ids):
            for attachment in self.browse(ids).exists():
                yield attachment.id, hashlib.sha256(attachment.raw or b"").hexdigest()
                attachment.invalidate_recordset(["raw", "datas", "db_datas"], flush=False)


class MrpClosure(models.Model):
    _inherit = "mrp.closure"

    def _get_manifest_data(self):
        """What a dossier says: all sections, and of each file the hash of what it holds."""
        manifests = self._get_manifest_outline()
        files = [file for sections in manifests.values() for file in find_files(sections)]
        # In sudo: the files are a part of what the caller seals.
        attachments = self.env["ir.attachment"].sudo().browse(dict.fromkeys(file["id"] for file in files))
        hashes = dict(attachments._read_sha256())
        for file in files:
            file["sha256"] = hashes[file["id"]]
        return manifests

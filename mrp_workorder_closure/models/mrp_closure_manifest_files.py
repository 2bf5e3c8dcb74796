import hashlib

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import find_files, is_link

# Fields of evidence that hold files.
FILE_FIELDS = {"mrp.closure.inspection.line": ("report", "photo")}


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


class MrpClosure(models.Model):
    _inherit = "mrp.closure"

    def _get_manifest_data(self, is_closing=False):
        """What a dossier says: all sections, and of each file the hash of what it holds; None where it has none:
        of a link, and of a file that cannot be read.

        :param is_closing: what is sealed is what was attached: a file that is another one now counts as one that
            cannot be read. At either nothing is closed, unless by force or by a cancellation
        :raises UserError: at such a file, when closing
        """
        manifests = self._get_manifest_outline()
        files = [(closure, file) for closure, data in manifests.items() for file in find_files(data)]
        owners = {file["id"]: closure for closure, file in files if not is_link(file)}
        hashes = self._read_manifest_hashes(owners, is_closing)
        for _closure, file in files:
            file["sha256"] = hashes.get(file["id"])
        return manifests

    def _read_manifest_hashes(self, owners, is_closing):
        """``{file id: hash or None}``; ``owners`` says whose each file is, as ``{file id: closure}``."""
        hashes = {}
        # In sudo: the files are a part of what the caller seals.
        for attachment, content in self.env["ir.attachment"].sudo().browse(owners)._read_contents():
            is_gone = content is None
            if is_closing and (is_gone or not attachment._was_attached_as(content)):
                closure = owners[attachment.id]
                if closure.state == "closed" and not closure._is_forced():
                    closure._raise_file_is_lost(attachment, is_gone)
                content = None
            hashes[attachment.id] = None if content is None else hashlib.sha256(content).hexdigest()
        return hashes

    def _raise_file_is_lost(self, attachment, is_gone):
        names = {
            "order": self.name,
            "file": attachment.name,
            "record": self.env[attachment.res_model].browse(attachment.res_id).display_name,
        }
        if is_gone:
            sentence = self.env._(
                'To close %(order)s, have an administrator bring back the file "%(file)s" of "%(record)s": '
                "it is gone, or the place where files are kept is out of reach.",
                **names,
            )
        else:
            sentence = self.env._(
                'To close %(order)s, have an administrator bring back the file "%(file)s" of "%(record)s" '
                "as it was attached: it was changed where files are kept.",
                **names,
            )
        if self.revision == 1:
            # A reopened order is done already: there is no closing left that could be forced.
            hint = self.env._("Whoever may force a close can close the order without it.")
            sentence = f"{sentence} {hint}"
        raise UserError(sentence)

import base64

from odoo import api, models
from odoo.exceptions import AccessError, UserError

CHECK = "mrp.closure.check"
# Models whose files are evidence; each says in _check_files_are_free when they may change.
EVIDENCE = frozenset(
    {
        CHECK,
        "mrp.closure",
        "mrp.closure.inspection.line",
        "mrp.closure.nonconformity",
        "mrp.closure.leftover",
        "mrp.closure.dossier.file",
    }
)
# What makes a file the evidence it is; access tokens and indexes stay free.
GUARDED = frozenset(
    "res_model res_id res_field name raw datas db_datas store_fname mimetype type url checksum file_size".split()
)
# A link is told as a link; core's cloud storage has a type of its own for files that Odoo does not hold.
TYPES = ("binary", "url")


class IrAttachment(models.Model):
    """Files of a check that is answered, of an inspection that is decided, of a problem that is
    under review and of a leftover are evidence: they stay as they are, for the superuser, too."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        files._check_closure_files_are_free(adding=True)
        files._check_evidence_is_kept_here()
        return files

    def write(self, vals):
        """Write, unless the files are evidence, or would be from now on.

        :raises UserError: when what they belong to is answered or decided, or its closure closed or cancelled,
            or when they would lie where Odoo does not read them
        :raises AccessError: when somebody else answers for the check
        """
        if GUARDED.isdisjoint(vals):
            return super().write(vals)
        changing = self._filter_changing(vals)
        changing._check_closure_files_are_free()
        result = super().write(vals)
        if "res_model" in vals or "res_id" in vals:
            changing._check_closure_files_are_free(adding=True)
        changing._check_evidence_is_kept_here()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_closure_files_are_free(self):
        self._check_closure_files_are_free()

    def _filter_changing(self, vals):
        """Files that the write would change: moving the file store writes what is there already."""
        names = GUARDED.intersection(vals)
        return self.filtered(
            lambda file: (
                EVIDENCE.isdisjoint((file.sudo().res_model, vals.get("res_model")))
                or any(file.sudo()._is_changed_by(name, vals[name]) for name in names)
            )
        )

    def _is_changed_by(self, name, value):
        """Whether a value of a field is another one than there is; what was lost may be brought back as it was."""
        if name not in ("raw", "datas"):
            return self[name] != value
        content = base64.b64decode(value or b"") if name == "datas" else value or b""
        content = content.encode() if isinstance(content, str) else content
        return not self._was_attached_as(content) or self._read_content() not in (None, content)

    def _hand_over(self, record):
        """Attach files to evidence, past the guard: for its own actions, which decide right then."""
        result = super().write({"res_model": record._name, "res_id": record.id})
        self._check_evidence_is_kept_here()
        return result

    @api.model
    def _get_cloud_storage_unsupported_models(self):
        """Where core's cloud storage is installed, uploads to evidence do not go there."""
        known = getattr(super(), "_get_cloud_storage_unsupported_models", list)
        return [*known(), *EVIDENCE]

    def _check_evidence_is_kept_here(self):
        """Refuse evidence that lies where Odoo does not read it: nobody could tell whether it changes there."""
        # In sudo: reading of which type a file is needs no right to the file.
        away = self.sudo().filtered(lambda file: file.res_model in EVIDENCE and file.res_id and file.type not in TYPES)
        if away:
            raise UserError(
                self.env._(
                    "To keep %(files)s as evidence, attach the file itself: what lies in a cloud storage "
                    "can change there unseen.",
                    files=", ".join(away.mapped("name")),
                )
            )

    def _check_closure_files_are_free(self, adding=False):
        # Reading where a file belongs needs no right to the file.
        files = self.sudo().filtered(lambda file: file.res_model in EVIDENCE and file.res_id)
        if files and not adding:
            files._check_not_sealed()
        for model, owned in files.grouped("res_model").items():
            self.env[model].browse(set(owned.mapped("res_id"))).exists()._check_files_are_free(adding=adding)

    def _check_not_sealed(self):
        """Refuse to change what a dossier names, also while its order is reopened."""
        sealed = self.env["mrp.closure.dossier"].search([("attachment_ids", "in", self.ids)], limit=1)
        if sealed:
            raise AccessError(
                self.env._(
                    "To correct the files %(files)s, add another file: these are part of the dossier %(dossier)s.",
                    files=", ".join((self & sealed.attachment_ids).mapped("name")),
                    dossier=sealed.display_name,
                )
            )

import base64

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import is_photo
from .requests import check_one, to_text


class MrpClosureCheck(models.Model):
    """Files of a check: what a document or photo needs, and that evidence stays as it is."""

    _inherit = "mrp.closure.check"

    can_take_photo = fields.Boolean(string="Photo", compute="_compute_can_take_photo")

    @api.depends_context("uid")
    @api.depends("kind", "state", "closure_state", "can_answer")
    def _compute_can_take_photo(self):
        for check in self:
            waits = check.kind == "photo" and check.state in ("todo", "fail")
            check.can_take_photo = waits and check.can_answer and check.closure_state not in ("closed", "cancel")

    def action_photo(self, name, data):
        """Attach a photo and answer with it; the camera button of the check.

        :param name: file name
        :param data: the image, base64
        :return: True, or the window action of the dialog where the answer has to be signed
        :raises AccessError: when somebody else answers for the check
        :raises UserError: when the file is no image or cannot be stored, when the check takes no photo, or when
            the closure is closed or cancelled
        """
        check_one(self)
        self._check_can_answer()
        check = self.sudo()
        check._check_closure_is_open()
        content = check._decode_photo(data)
        # The user may answer, which attaching is a part of; rights on the file follow the check.
        photo = self.env["ir.attachment"].sudo()._keep({"name": to_text(name) or check.name, "raw": content})
        photo._hand_over(check)
        if check.signature_required:
            return self.action_open_answer()
        self._pass()
        return True

    def _check_evidence_files(self):
        """A document needs a file, a photo needs an image: by its content, not by its name."""
        wanting = self.sudo().filtered(lambda check: check.kind in ("document", "photo"))
        files = wanting._get_evidence_files()
        for check in wanting:
            # A link is no file: what it leads to changes unseen.
            found = files.get(check.id, self.env["ir.attachment"]).filtered(
                lambda file: file.type == "binary" and file.file_size
            )
            if check.kind == "photo":
                found = found._filter_photos()
            if not found:
                messages = {
                    "document": self.env._(
                        'To answer "%(check)s" of %(order)s, attach the document first.',
                        check=check.name,
                        order=check.closure_id.name,
                    ),
                    "photo": self.env._(
                        'To answer "%(check)s" of %(order)s, take or attach a photo first.',
                        check=check.name,
                        order=check.closure_id.name,
                    ),
                }
                raise UserError(messages[check.kind])

    def _decode_photo(self, data):
        if self.kind != "photo":
            raise UserError(
                self.env._(
                    'To answer "%(check)s" of %(order)s, use its own buttons: it takes no photo.',
                    check=self.name,
                    order=self.closure_id.name,
                )
            )
        try:
            content = base64.b64decode(data, validate=True)
        except (TypeError, ValueError):
            content = b""
        if not is_photo(content):
            raise UserError(
                self.env._(
                    'To answer "%(check)s" of %(order)s, take a photo or choose an image: this file is none.',
                    check=self.name,
                    order=self.closure_id.name,
                )
            )
        return content

    def _log_files_of_answer(self):
        """Keep in the history which files an answer had that is taken back: they may change now."""
        for check_id, files in self.sudo()._get_evidence_files().items():
            names = ", ".join(f"{file.name} (sha1 {file.checksum})" for file in files)
            self.browse(check_id).sudo()._message_log(
                body=self.env._("Files of the answer that is taken back: %(files)s", files=names)
            )

    def _get_evidence_files(self):
        """Attachments of the checks: ``{check id: attachments}``."""
        domain = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        return self.env["ir.attachment"].sudo().search(domain).grouped("res_id")

    def _is_decided(self):
        """Whether a person has answered, waived or set it aside: its files are evidence now."""
        self.ensure_one()
        return self.state in ("waived", "not_applicable") or (self.state != "todo" and not self._is_automatic())

    def _check_files_are_free(self, adding=False):
        """Refuse to add, change or delete files of answered checks, and those of others."""
        self.sudo()._check_closure_is_open()
        # Whether the check is answered counts for those who may not read it, too.
        for check in self.sudo().filtered(lambda check: check._is_decided()):
            raise UserError(
                self.env._(
                    'To change the files of "%(check)s" of %(order)s, have %(owner)s take the answer back first: '
                    "they are evidence of it.",
                    check=check.name,
                    order=check.closure_id.name,
                    owner=check.owner,
                )
            )
        for check in self if self.env.uid != SUPERUSER_ID else ():
            reason = check.sudo(False)._get_cannot_answer_reason()
            if reason:
                raise AccessError(reason)

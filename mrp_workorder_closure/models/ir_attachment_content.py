import hashlib
import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ..tools import is_photo

# Files looked up at a time; each is read by itself.
BATCH = 20
# A store out of reach takes seconds to say so: after so many failures in a row it is not asked for the rest.
FAILURES = 3
_logger = logging.getLogger(__name__)


class IrAttachment(models.Model):
    """What files hold, read from wherever Odoo keeps them: a folder, the database, a bucket."""

    _inherit = "ir.attachment"

    def _keep(self, vals):
        """Make an attachment.

        :raises UserError: where its content cannot be stored
        """
        try:
            return self.create(vals)
        except (psycopg2.Error, UserError):
            raise
        except Exception as error:
            # Each kind of store has errors of its own.
            _logger.exception("The file %s could not be stored", vals["name"])
            raise UserError(
                self.env._(
                    "To add %(file)s, have an administrator mend the place where files are kept: it takes none.",
                    file=vals["name"],
                )
            ) from error

    def _read_content(self):
        """What this file holds.

        :return: bytes; None where they cannot be had: they are gone, or where they are kept is out of reach
        """
        content, _failed = self._try_to_read()
        return content

    def _try_to_read(self):
        """``(content, failed)``: what ``_read_content`` returns, and whether the store said that something is wrong."""
        self.ensure_one()
        # Read before: an error of the database is none of the store.
        size = self.file_size
        try:
            # By itself: core reads the files of all records that were looked up together. And whole: a client
            # may have asked for sizes.
            content = self.with_context(bin_size=False, bin_size_raw=False).with_prefetch().raw or b""
        except psycopg2.Error:
            raise
        except Exception:
            _logger.warning("The file of attachment %s could not be read", self.id, exc_info=True)
            return None, True
        finally:
            self.invalidate_recordset(["raw", "datas", "db_datas"], flush=False)
        # Core reads a file that is not there as an empty one.
        return (None if size and not content else content), False

    def _read_contents(self):
        """Read these files, one after the other, and yield ``(attachment, what _read_content returns)``.

        Memory does not grow with their number. Files whose records are gone are left out.
        """
        failures = 0
        for ids in split_every(BATCH, self.ids):
            for attachment in self.browse(ids).exists():
                if failures == FAILURES:
                    yield attachment, None
                    continue
                content, failed = attachment._try_to_read()
                failures = failures + 1 if failed else 0
                yield attachment, content

    @api.model
    def _is_store_there(self):
        """Whether anything can be read where files are kept: of a folder whose mount is missing nothing can."""
        sample = self.search([("store_fname", "!=", False), ("file_size", ">", 0)], order="id desc", limit=BATCH)
        return not sample or any(content for _attachment, content in sample._read_contents())

    def _was_attached_as(self, content):
        """Whether this content is what was attached, as the database says."""
        return (self.checksum or self._compute_checksum(b"")) == self._compute_checksum(content)

    def _is_sealed_as(self, file, content):
        """Whether this content is what a manifest names; of what could not be read then, what was attached."""
        if file["sha256"] is None:
            return self._compute_checksum(content) == file["checksum"]
        return hashlib.sha256(content).hexdigest() == file["sha256"]

    def _filter_photos(self):
        """The images among these files, by what they hold.

        :raises UserError: where there is none and a file cannot be read
        """
        photos, unread = self.browse(), self.browse()
        for file, content in self._read_contents():
            if content is None:
                unread |= file
            elif is_photo(content):
                photos |= file
        if unread and not photos:
            raise UserError(
                self.env._(
                    "To use %(files)s, have an administrator bring back what was attached: it is gone, "
                    "or the place where files are kept is out of reach.",
                    files=", ".join(unread.mapped("name")),
                )
            )
        return photos

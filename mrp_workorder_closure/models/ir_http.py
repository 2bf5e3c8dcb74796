import logging

from odoo import models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY


class IrHttp(models.AbstractModel):
    """Odoo runs a request again that met another one; whoever meets somebody each time reads a sentence.

    Only in requests that locked a closure. Nothing of what was asked for is done.
    """

    _inherit = "ir.http"

    @classmethod
    def _handle_error(cls, exception):
        if isinstance(exception, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY) and getattr(request, "closure_is_locked", False):
            # Without a level, the server logs it as an error with its traceback.
            exception.loglevel = logging.WARNING
            exception = UserError(
                request.env._("To go on, try again in a moment: other people are working on the same orders.")
            )
        return super()._handle_error(exception)

from odoo import models


class MrpClosureDialog(models.AbstractModel):
    """A dialog that a button makes and then opens: it is read where it was written.

    A replica that is a moment behind would say that it does not exist.
    """

    _name = "mrp.closure.dialog"
    _description = "Dialog of a closure"

    def web_read(self, specification):
        return super().web_read(specification)

    web_read._readonly = False

from odoo import fields, models


class MrpWorkcenter(models.Model):
    _inherit = "mrp.workcenter"

    equipment_ids = fields.One2many("maintenance.equipment", "workcenter_id", check_company=True)


class MaintenanceEquipment(models.Model):
    _inherit = "maintenance.equipment"

    workcenter_id = fields.Many2one(
        "mrp.workcenter",
        string="Work Center",
        check_company=True,
        index="btree_not_null",
        help="Orders with work orders on this work center can require that the equipment is in good repair.",
    )

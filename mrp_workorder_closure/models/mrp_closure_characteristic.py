from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools import AQLS, get_limits, to_decimal

SCOPES = [
    ("first_article", "First Article"),
    ("sample", "Sample"),
    ("full", "Every Unit"),
    ("operation", "Operation"),
]
# Planned when the order is confirmed; the others once the quantity produced is known.
EARLY_SCOPES = ("first_article", "operation")
SAMPLINGS = [("iso2859", "ISO 2859-1"), ("fixed", "Fixed Number"), ("percent", "Percentage")]
CHARACTERISTIC_KINDS = [("attribute", "Attribute"), ("variable", "Variable")]
LIMITS = [("both", "Both"), ("min", "Lower limit only"), ("max", "Upper limit only")]
# What a version keeps of a characteristic.
PLAIN_FIELDS = (
    *("sequence", "name", "kind", "limits", "target", "min_value", "max_value"),
    *("unit", "instructions", "report_required"),
)


class MrpClosureCharacteristic(models.Model):
    """What an inspection looks at or measures.

    An attribute is counted: so many inspected, so many of them defective. Of a variable
    the readings are entered, and those out of limits count as defective by themselves.
    """

    _name = "mrp.closure.characteristic"
    _description = "Closure inspection characteristic"
    _order = "sequence, id"

    point_id = fields.Many2one("mrp.closure.point", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="point_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Characteristic", required=True, translate=True)
    kind = fields.Selection(
        CHARACTERISTIC_KINDS,
        required=True,
        default="attribute",
        help="Attribute: defective units are counted. Variable: readings are entered and compared with the limits.",
    )
    limits = fields.Selection(LIMITS, string="Limits That Apply", required=True, default="both")
    target = fields.Float(digits=(16, 6))
    min_value = fields.Float(
        string="Lower Limit",
        digits=(16, 6),
        help="0 with a lower upper limit, or 0 for both, means no limit.",
    )
    max_value = fields.Float(
        string="Upper Limit",
        digits=(16, 6),
        help="0 with a higher lower limit, or 0 for both, means no limit.",
    )
    unit = fields.Char(translate=True, help="Unit of the readings, e.g. mm, bar.")
    instructions = fields.Html(translate=True, help="How to inspect. Shown where the results are entered.")
    picture = fields.Image(max_width=1920, max_height=1920, help="What good and bad look like.")
    report_required = fields.Boolean(help="A report has to be uploaded before the inspection is decided.")

    @api.constrains("kind", "limits", "min_value", "max_value")
    def _check_limits(self):
        for characteristic in self.filtered(lambda each: each.kind == "variable" and each.limits == "both"):
            try:
                get_limits(characteristic.min_value, characteristic.max_value)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        'To measure "%(name)s", enter a lower limit that is not above the upper one.',
                        name=characteristic.name,
                    )
                ) from error


class MrpClosurePoint(models.Model):
    """Control points of the kind inspection: what is inspected, and how much of it."""

    _inherit = "mrp.closure.point"

    scope = fields.Selection(
        SCOPES,
        required=True,
        default="sample",
        help="First article and operation are planned when the order is confirmed, sample and every unit once the "
        "quantity produced is known.",
    )
    sampling = fields.Selection(
        SAMPLINGS,
        required=True,
        default="iso2859",
        help="ISO 2859-1: single sampling, level II, with its switching rules. With a fixed number or a percentage "
        "no defective unit is accepted.",
    )
    aql = fields.Float(
        string="AQL",
        default=1.0,
        digits=(16, 2),
        help="Acceptance quality limit: 0.65, 1.0, 1.5, 2.5 or 4.0.",
    )
    sample_value = fields.Float(
        string="Sample", digits=(16, 2), help="Units of a fixed sample, or per cent of the lot."
    )
    per_serial = fields.Boolean(
        string="Each Serial by Itself",
        help="Of products tracked by serial number, each unit gets an inspection of its own.",
    )
    characteristic_ids = fields.One2many(
        "mrp.closure.characteristic",
        "point_id",
        string="Characteristics",
        copy=True,
        help="Empty: one count of defective units.",
    )

    @api.constrains("kind", "scope", "sampling", "aql", "sample_value")
    def _check_sampling(self):
        for point in self.filtered(lambda point: point.kind == "inspection" and point.scope != "full"):
            number, by_table = to_decimal(point.sample_value), point.sampling == "iso2859"
            if by_table and point.scope != "first_article" and round(point.aql, 2) not in AQLS:
                raise ValidationError(
                    self.env._(
                        'To inspect "%(point)s" by ISO 2859-1, enter an AQL of %(values)s.',
                        point=point.name,
                        values=", ".join(map(str, AQLS)),
                    )
                )
            if point.sampling == "fixed" and (number < 1 or number != int(number)):
                raise ValidationError(
                    self.env._(
                        'To inspect a fixed number for "%(point)s", enter a sample of 1 unit or more.',
                        point=point.name,
                    )
                )
            if point.sampling == "percent" and point.scope != "first_article" and not 0 < number <= 100:
                raise ValidationError(
                    self.env._(
                        'To inspect a percentage for "%(point)s", enter more than 0 and at most 100.',
                        point=point.name,
                    )
                )

    @api.constrains("kind", "scope", "operation_ids")
    def _check_inspection_operations(self):
        for point in self:
            if point.kind == "inspection" and point.operation_ids and point.scope not in EARLY_SCOPES:
                raise ValidationError(
                    self.env._(
                        'To inspect "%(point)s" at an operation, choose the scope Operation or First Article: '
                        "the quantity produced is known for the whole order only.",
                        point=point.name,
                    )
                )

    @api.model
    def _get_requirement_fields(self):
        return (
            *super()._get_requirement_fields(),
            "scope",
            "sampling",
            "aql",
            "sample_value",
            "per_serial",
        )

    @api.model
    def _read_requirements(self, templates):
        """Adds the characteristics of inspections, as ``characteristic_ids``: a list of dicts."""
        requirements = super()._read_requirements(templates)
        points = {point["id"]: point for found in requirements.values() for point in found}
        inspected = [ref for ref, point in points.items() if point["kind"] == "inspection"]
        for point in points.values():
            point["characteristic_ids"] = []
        for point_id, characteristic in self._read_characteristics(inspected):
            points[point_id]["characteristic_ids"].append(characteristic)
        return requirements

    @api.model
    def _read_characteristics(self, point_ids):
        """Pairs of point id and characteristic as plain data, in one query."""
        model = self.env["mrp.closure.characteristic"]
        if not point_ids:
            return []
        model.flush_model()
        columns = SQL(", ").join(SQL.identifier("c", name) for name in PLAIN_FIELDS)
        rows = self.env.execute_query(
            SQL(
                """SELECT c.point_id, c.id, %s FROM mrp_closure_characteristic c
                   WHERE c.point_id IN %s ORDER BY c.sequence, c.id""",
                columns,
                tuple(point_ids),
            )
        )
        return [
            (
                point_id,
                {
                    "id": ref,
                    **{
                        name: self._get_plain_value(model._fields[name], value)
                        for name, value in zip(PLAIN_FIELDS, values, strict=True)
                    },
                },
            )
            for point_id, ref, *values in rows
        ]


class MrpClosureTemplateVersion(models.Model):
    """Characteristics of a version, in words."""

    _inherit = "mrp.closure.template.version"

    @api.model
    def _describe_value(self, field, value):
        if field.name != "characteristic_ids":
            return super()._describe_value(field, value)
        model = self.env["mrp.closure.characteristic"]
        texts = []
        for characteristic in value or []:
            details = ", ".join(
                f"{model._fields[name]._description_string(self.env)} {to_decimal(characteristic[name]):f}"
                for name in ("target", "min_value", "max_value")
                if characteristic[name]
            )
            name = self._get_text(characteristic["name"])
            texts.append(f"{name} ({details})" if details else name)
        return ", ".join(texts) or "–"

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import (
    count_outside,
    draw_run_chart,
    get_limits,
    get_statistics,
    parse_readings,
    to_decimal,
)
from .mrp_closure_characteristic import CHARACTERISTIC_KINDS, LIMITS
from .mrp_closure_evidence import _Evidence

COUNTS = ("inspected", "defective")
RESULTS = frozenset({*COUNTS, "readings", "report", "report_name", "photo", "note"})


class MrpClosureInspectionLine(models.Model):
    """Results of one characteristic, with what was asked as it stood when it was planned.

    Operators and inspectors enter results while the inspection is undecided. What was
    entered before stays in the history of the inspection.
    """

    _name = "mrp.closure.inspection.line"
    _description = "Closure inspection result"
    _inherit = ["mrp.closure.evidence"]
    _order = "inspection_id desc, sequence, id"
    _rec_name = "name"

    _free_fields = RESULTS

    active = fields.Boolean(default=True, help="Off when its characteristic is no longer asked for like this.")
    inspection_id = fields.Many2one("mrp.closure.inspection", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="inspection_id.company_id", store=True, precompute=True)
    closure_id = fields.Many2one(related="inspection_id.closure_id", store=True, precompute=True)
    product_id = fields.Many2one(related="inspection_id.product_id", store=True, precompute=True)
    workcenter_name = fields.Char(related="inspection_id.workcenter_name", store=True, precompute=True)
    decided_at = fields.Datetime(related="inspection_id.decided_at", store=True, precompute=True)
    state = fields.Selection(related="inspection_id.state", string="Verdict", store=True, precompute=True)
    sample_size = fields.Integer(related="inspection_id.sample_size")
    characteristic_id = fields.Many2one(
        "mrp.closure.characteristic",
        string="Characteristic Record",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    characteristic_ref = fields.Integer(help="Characteristic in the closure's template version; 0: none.")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Characteristic", translate=True)
    kind = fields.Selection(CHARACTERISTIC_KINDS, required=True, default="attribute")
    limits = fields.Selection(LIMITS, string="Limits That Apply", required=True, default="both")
    target = fields.Float(digits=(16, 6), aggregator=None)
    min_value = fields.Float(string="Lower Limit", digits=(16, 6), aggregator=None)
    max_value = fields.Float(string="Upper Limit", digits=(16, 6), aggregator=None)
    unit = fields.Char(translate=True)
    instructions = fields.Html(translate=True)
    picture = fields.Image(
        compute="_compute_picture",
        compute_sudo=True,
        help="What good and bad look like; of a decided inspection, as it was shown when it was decided.",
    )
    picture_kept = fields.Image(string="Picture When Decided")
    report_required = fields.Boolean()
    limits_text = fields.Char(string="Limits", compute="_compute_limits_text")
    inspected = fields.Integer(help="Units inspected. 0: not yet.")
    defective = fields.Integer(help="Of those inspected.")
    readings = fields.Text(
        help="Measured values, parted by blanks or line breaks. A value that is missing is not entered."
    )
    report = fields.Binary(string="Report File", attachment=True)
    report_name = fields.Char()
    photo = fields.Image(max_width=1920, max_height=1920)
    note = fields.Char()
    entered_by_id = fields.Many2one("res.users", string="Entered by")
    entered_at = fields.Datetime(string="Entered on")
    mean = fields.Float(compute="_compute_statistics", digits=(16, 6))
    spread = fields.Float(string="Spread (s)", compute="_compute_statistics", digits=(16, 6))
    cp = fields.Float(compute="_compute_statistics", digits=(16, 2))
    cpk = fields.Float(compute="_compute_statistics", digits=(16, 2))
    statistics = fields.Text(compute="_compute_statistics")
    chart = fields.Html(compute="_compute_statistics", sanitize=False)

    _counts_sound = models.Constraint(
        "CHECK(inspected >= 0 AND defective >= 0 AND defective <= inspected)",
        "To enter results, count 0 or more defective units, and at most as many as were inspected.",
    )

    @api.depends("state", "picture_kept", "characteristic_id.picture")
    def _compute_picture(self):
        for line in self:
            line.picture = line.characteristic_id.picture if line.state == "todo" else line.picture_kept

    @api.depends("limits", "min_value", "max_value", "unit")
    @api.depends_context("lang")
    def _compute_limits_text(self):
        for line in self:
            low, high = line._get_limits()
            texts = [
                None if limit is None else f"{to_decimal(limit).normalize():f} {line.unit or ''}".strip()
                for limit in (low, high)
            ]
            if low is not None and high is not None:
                line.limits_text = self.env._("%(low)s to %(high)s", low=texts[0], high=texts[1])
            elif low is not None:
                line.limits_text = self.env._("at least %(low)s", low=texts[0])
            else:
                line.limits_text = self.env._("at most %(high)s", high=texts[1]) if high is not None else False

    @api.depends("readings", "limits", "min_value", "max_value", "target", "unit")
    @api.depends_context("lang")
    def _compute_statistics(self):
        for line in self:
            values = line._get_values()
            low, high = line._get_limits()
            result = get_statistics(values, low, high)
            line.mean, line.spread = result.mean or 0.0, result.spread or 0.0
            line.cp, line.cpk = result.cp or 0.0, result.cpk or 0.0
            line.statistics = line._describe_statistics(result)
            target = line.target if low is not None and high is not None and low <= line.target <= high else None
            line.chart = Markup(draw_run_chart(values, low, high, target, f"{line.display_name}: {line.statistics}"))

    @api.onchange("readings")
    def _onchange_readings(self):
        if self.kind == "variable":
            self.update(self._count_readings(self.readings))

    def write(self, vals):
        """Enter results.

        Readings count by themselves: their number is what was inspected, those out of
        limits are defective.

        :raises UserError: when the inspection is decided or its closure is over, when a
            reading is no number, or when readings and counts are mixed up
        """
        results = RESULTS.intersection(vals)
        if not results or isinstance(vals, _Evidence):
            return super().write(vals)
        self._check_can_enter()
        self._check_kinds(results)
        before = {line: line._describe_counts() for line in self if line.inspected}
        super().write(vals)
        lines = self.sudo()
        # In sudo: whoever may write results, checked above, leaves name and time with them.
        lines._write_evidence({"entered_by_id": self.env.uid, "entered_at": fields.Datetime.now()})
        if "readings" in vals:
            for line in lines:
                line._write_evidence(line._count_readings(vals["readings"]))
        lines._check_counts()
        lines._log_changes(before)
        return True

    def action_none_defective(self):
        """Enter that the whole sample was inspected and no unit is defective."""
        self.check_access("write")
        for sample_size, lines in self.grouped(lambda line: line.inspection_id.sample_size).items():
            lines.write({"inspected": sample_size, "defective": 0})
        return True

    def _clear_results(self):
        """The goods are inspected anew; the history keeps what was found before, photos and reports stay."""
        before = {line: line._describe_counts() for line in self if line.inspected}
        if before:
            self._write_evidence(
                {"inspected": 0, "defective": 0, "readings": False, "entered_by_id": False, "entered_at": False}
            )
            self._log_changes(before)

    def _keep_pictures(self):
        """Keep what the characteristics show now, with the verdict that is given in view of it."""
        for characteristic, lines in self.with_context(bin_size=False).grouped("characteristic_id").items():
            if characteristic.picture or any(line.picture_kept for line in lines):
                lines._write_evidence({"picture_kept": characteristic.picture})

    # Figures

    def _get_limits(self):
        """Lower and upper limit, None where there is none."""
        self.ensure_one()
        if self.kind != "variable":
            return None, None
        if self.limits == "both":
            return get_limits(self.min_value, self.max_value)
        return (self.min_value, None) if self.limits == "min" else (None, self.max_value)

    def _get_values(self):
        self.ensure_one()
        try:
            return parse_readings(self.readings) if self.kind == "variable" else []
        except ValueError:
            # Shown while somebody types; what is saved was looked at before.
            return []

    def _count_readings(self, text):
        """What readings say about units inspected and defective."""
        self.ensure_one()
        try:
            values = parse_readings(text)
        except ValueError as error:
            raise UserError(
                self.env._(
                    'To enter readings of "%(line)s" of %(order)s, type numbers parted by blanks: %(part)s is none.',
                    line=self.display_name,
                    order=self.sudo().closure_id.name,
                    part=str(error)[:40],
                )
            ) from error
        return {"inspected": len(values), "defective": count_outside(values, *self._get_limits())}

    def _describe_statistics(self, result):
        """Figures that exist, e.g. "n = 5, mean = 10.02, s = 0.158, Cp = 1.27, Cpk = 1.05"."""
        names = (self.env._("mean"), "s", "Cp", "Cpk")
        parts = [f"n = {result.count}"] if result.count else []
        parts += [
            f"{name} = {figure:.4g}" for name, figure in zip(names, result[1:], strict=True) if figure is not None
        ]
        return ", ".join(parts)

    def _describe_counts(self):
        self.ensure_one()
        text = self.env._(
            "%(defective)s of %(inspected)s defective",
            defective=self.defective,
            inspected=self.inspected,
        )
        return f"{text} ({' '.join(self.readings.split())})" if self.readings else text

    def _log_changes(self, before):
        """Keep what was entered before in the history of the inspection."""
        texts = {}
        for line, old in before.items():
            new = line._describe_counts()
            if new != old:
                texts.setdefault(line.inspection_id.id, []).append(f"{line.display_name}: {old} → {new}")
        if texts:
            inspections = self.env["mrp.closure.inspection"].sudo().browse(texts)
            inspections._message_log_batch(bodies={key: "; ".join(found) for key, found in texts.items()})

    # Guards

    def _check_files_are_free(self, adding=False):
        """Reports and photos may change as long as results may."""
        self._check_can_enter()

    def _check_can_enter(self):
        for inspection in self.sudo().inspection_id:
            if inspection.state != "todo" or inspection.closure_id.state in ("closed", "cancel"):
                raise UserError(
                    self.env._(
                        'To change results of "%(inspection)s" of %(order)s, have a manager withdraw its verdict '
                        "while the closure runs: it is %(state)s.",
                        inspection=inspection.name,
                        order=inspection.closure_id.name,
                        state=inspection._get_state_label(),
                    )
                )

    def _check_kinds(self, results):
        for line in self:
            if line.kind == "variable" and "readings" not in results and not results.isdisjoint(COUNTS):
                raise UserError(
                    self.env._(
                        'To enter results of "%(line)s" of %(order)s, enter the readings: '
                        "they are counted by themselves.",
                        line=line.display_name,
                        order=line.sudo().closure_id.name,
                    )
                )
            if line.kind == "attribute" and "readings" in results:
                raise UserError(
                    self.env._(
                        'To enter results of "%(line)s" of %(order)s, count the units: it has no readings.',
                        line=line.display_name,
                        order=line.sudo().closure_id.name,
                    )
                )

    def _check_counts(self):
        for line in self:
            if line.kind == "attribute" and line.inspected > line.inspection_id.lot_size:
                raise UserError(
                    self.env._(
                        'To enter results of "%(line)s" of %(order)s, count at most the %(lot)s units of the lot.',
                        line=line.display_name,
                        order=line.closure_id.name,
                        lot=line.inspection_id.lot_size,
                    )
                )

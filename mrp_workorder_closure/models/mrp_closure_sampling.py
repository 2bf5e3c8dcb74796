from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools import Switching, resume, switch
from .mrp_closure import MANAGER
from .requests import to_text

# There is no table for reduced inspection here: its lots are sampled as under normal inspection.
STRICTNESS = [("normal", "Normal"), ("tightened", "Tightened"), ("reduced", "Reduced (normal plan)")]
STRICTNESS_STATES = [*STRICTNESS, ("stopped", "Stopped")]


class MrpClosureSampling(models.Model):
    """How strictly the next lot of a product is inspected under a plan: the switching rules of ISO 2859-1.

    One record for each product and plan (control point and AQL). The first verdict on
    each lot moves it along; a lot that is inspected again does not count, and a verdict
    that is withdrawn as a mistake is taken out again.
    """

    _name = "mrp.closure.sampling"
    _description = "Closure sampling state"
    _inherit = ["mrp.closure.evidence", "mail.thread"]
    _order = "product_id, id"
    _mail_post_access = "read"

    company_id = fields.Many2one("res.company", required=True, index=True)
    product_id = fields.Many2one("product.product", required=True, index=True, ondelete="cascade")
    point_id = fields.Many2one("mrp.closure.point", string="Control Point", index="btree_not_null", ondelete="set null")
    point_ref = fields.Integer(required=True)
    aql = fields.Float(string="AQL", digits=(16, 2), required=True)
    state = fields.Selection(STRICTNESS_STATES, string="Inspection", required=True, default="normal", tracking=True)
    recent = fields.Char(help="Latest verdicts under normal inspection, oldest first: A accepted, R rejected.")
    accepted_run = fields.Integer(help="Consecutive lots accepted under tightened inspection.")
    rejected_total = fields.Integer(help="Lots rejected since tightened inspection began.")
    score = fields.Integer(string="Switching Score", help="At 30, inspection is reduced.")
    lot_count = fields.Integer(string="Lots Counted", help="Lots whose first verdict counted so far.")
    resumed_after = fields.Integer(help="Lots that were counted when inspection was resumed.")
    corrective_action = fields.Char(tracking=True, help="What was done about the cause before inspection went on.")
    resumed_by_id = fields.Many2one("res.users", string="Resumed by", tracking=True)
    resumed_at = fields.Datetime(string="Resumed on")

    _plan_uniq = models.Constraint(
        "UNIQUE(company_id, product_id, point_ref, aql)",
        "To decide two first lots of one plan at once, try again.",
    )

    @api.depends("product_id.display_name", "point_id.name", "aql")
    def _compute_display_name(self):
        for sampling in self:
            plan = sampling.point_id.name or self.env._("removed control point")
            sampling.display_name = f"{sampling.product_id.display_name}: {plan}, AQL {sampling.aql}"

    def action_resume(self, corrective_action):
        """Go on with inspection that was stopped, tightened at first.

        :param corrective_action: what was done about the cause, kept here
        :raises AccessError: when the user is not a closure manager
        :raises UserError: without a corrective action, or when inspection is not stopped
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "To resume inspection of %(plans)s, ask a manager of work order closure.",
                    plans=", ".join(self.sudo().mapped("display_name")),
                )
            )
        self.check_access("read")
        action = to_text(corrective_action)
        for sampling in self:
            if not action or sampling.state != "stopped":
                message = (
                    self.env._(
                        "To resume inspection of %(plan)s, record the corrective action.",
                        plan=sampling.display_name,
                    )
                    if not action
                    else self.env._(
                        "To resume inspection of %(plan)s, wait until it is stopped: it goes on.",
                        plan=sampling.display_name,
                    )
                )
                raise UserError(message)
            stamps = {
                "corrective_action": action,
                "resumed_by_id": self.env.uid,
                "resumed_at": fields.Datetime.now(),
                "resumed_after": sampling.lot_count,
            }
            # In sudo: the user is a manager, checked above; nobody may write these fields otherwise.
            sampling.sudo()._set_switching(resume(sampling._get_switching()), **stamps)
        return True

    def action_open_reason(self):
        """Ask for the corrective action, then resume."""
        return self.env["mrp.closure.reason"]._get_dialog(self, "resume")

    # Switching

    def _get_switching(self):
        self.ensure_one()
        recent = tuple(letter == "A" for letter in self.recent or "")
        return Switching(self.state, recent, self.accepted_run, self.rejected_total, self.score)

    def _set_switching(self, switching, **stamps):
        """The only writer of the switching state."""
        self._write_evidence(
            {
                "state": switching.inspection,
                "recent": "".join("A" if accepted else "R" for accepted in switching.recent),
                "accepted_run": switching.accepted_run,
                "rejected_total": switching.rejected_total,
                "score": switching.score,
                **stamps,
            }
        )

    @api.model
    def _get_key(self, vals):
        """What tells one plan from another, of a record or of values."""
        if isinstance(vals, models.BaseModel):
            return vals.company_id.id, vals.product_id.id, vals.point_ref, round(vals.aql, 2)
        return vals["company_id"], vals["product_id"], vals["point_ref"], round(vals["aql"], 2)

    @api.model
    def _get_samplings(self, keys):
        """``{key: record}`` of the plans that have a state already, in one query."""
        if not keys:
            return {}
        found = self.search_fetch(
            [
                ("product_id", "in", list({key[1] for key in keys})),
                ("point_ref", "in", list({key[2] for key in keys})),
            ]
        )
        return {self._get_key(sampling): sampling for sampling in found}

    @api.model
    def _count_verdicts(self, inspections):
        """Move the states along by these inspections, which were just decided for the first time."""
        counted = inspections.filtered(lambda inspection: inspection._is_by_tables())
        samplings = self._get_samplings({self._get_key(inspection) for inspection in counted})
        first = {self._get_key(inspection): inspection for inspection in counted}
        created = self._begin([inspection for key, inspection in first.items() if key not in samplings])
        samplings.update({self._get_key(sampling): sampling for sampling in created})
        for inspection in counted:
            sampling = samplings[self._get_key(inspection)]
            sampling._write_evidence({"lot_count": sampling.lot_count + 1})
            inspection._write_evidence(
                {
                    "sampling_id": sampling.id,
                    "counted_in_id": sampling.id,
                    "counted_number": sampling.lot_count,
                    "counted_defective": inspection.defective_count,
                    "counted_acceptance_number": inspection.acceptance_number,
                }
            )
            sampling._set_switching(self._follow(sampling._get_switching(), inspection))
        # It is found by key: no dependency says that a record came to be.
        inspections.invalidate_model(["sampling_state"])

    @api.model
    def _begin(self, inspections):
        """The states of plans of which these inspections are the first lots."""
        if not inspections:
            return self.browse()
        # Of two first lots decided at once the second fails to serialize on this row, and Odoo runs it again.
        products = tuple({inspection.product_id.id for inspection in inspections})
        self.env.execute_query(
            SQL("UPDATE product_product SET write_date = write_date WHERE id IN %s RETURNING id", products)
        )
        return self._create_evidence(
            [
                {
                    "company_id": inspection.company_id.id,
                    "product_id": inspection.product_id.id,
                    "point_id": inspection.point_id.id,
                    "point_ref": inspection.point_ref,
                    "aql": inspection.aql,
                }
                for inspection in inspections
            ]
        )

    @api.model
    def _follow(self, switching, inspection):
        """The switching state after the verdict that counts of one more lot."""
        if switching.inspection == "stopped":
            return switching
        return switch(
            switching,
            inspection.first_verdict == "accepted",
            inspection.counted_defective,
            inspection.counted_acceptance_number,
        )

    def _recount(self):
        """Find the states anew from the lots that count, since inspection was last resumed."""
        lots = self.env["mrp.closure.inspection"].with_context(active_test=False)
        lots = lots.search([("counted_in_id", "in", self.ids)], order="counted_number")
        by_sampling = lots.grouped("counted_in_id")
        for sampling in self:
            switching = Switching("tightened") if sampling.resumed_at else Switching()
            for lot in by_sampling.get(sampling, lots.browse()):
                if lot.counted_number > sampling.resumed_after:
                    switching = self._follow(switching, lot)
            sampling._set_switching(switching)
        lots.invalidate_model(["sampling_state"])

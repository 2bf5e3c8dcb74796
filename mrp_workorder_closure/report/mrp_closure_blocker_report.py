from odoo import fields, models
from odoo.tools import SQL

from ..models.mrp_closure_point import ANSWERED_KINDS, FINDING_KINDS, KINDS, SEVERITIES
from ..models.requests import check_one
from .mrp_closure_report import hours_between, line_of_order

CAUSES = [("failed", "Failed"), ("unanswered", "Not Done in Time")]
# What is answered or done this soon after the end of the work holds nothing up.
SOON = "15 minutes"


class MrpClosureBlockerReport(models.Model):
    """One row for each time a check stood in the way: it failed, or it was not answered or done although the work was
    finished.

    What came within a quarter of an hour after the end of the work stood in nobody's way. Failures are told by the
    history of the checks, as their chatter shows it: from the change to "Failed" to the next one. The history names
    states in the language of whoever acted, so every translation is looked for. A check that stands as failed with no
    such change counts since it was answered. Automatic checks that only say that something is not done yet (outside
    ``FINDING_KINDS``) fail on every order on its way: of them counts what was left after the end of work. Nothing
    stands in the way of an order that was cancelled: it has no rows.
    """

    _name = "mrp.closure.blocker.report"
    _description = "Blocker analysis"
    _auto = False
    _depends = {
        "mail.message": ["date", "model", "res_id"],
        "mail.tracking.value": ["field_id", "mail_message_id", "new_value_char"],
        "mrp.closure": [
            "closed_at",
            "company_id",
            "labour_closed_at",
            "product_id",
            "production_id",
            "state",
            "template_id",
            "user_id",
        ],
        "mrp.closure.check": ["closure_id", "done_at", "kind", "name", "point_id", "severity", "state", "workorder_id"],
        "mrp.production": ["picking_type_id"],
        "mrp.workorder": ["production_id", "sequence", "state", "workcenter_id"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
    }
    _rec_name = "check_id"
    _order = "began_at desc, id desc"

    check_id = fields.Many2one("mrp.closure.check", readonly=True)
    closure_id = fields.Many2one("mrp.closure", string="Order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    picking_type_id = fields.Many2one("stock.picking.type", string="Operation Type", readonly=True)
    workcenter_id = fields.Many2one(
        "mrp.workcenter",
        string="Work Center",
        readonly=True,
        help="Of the operation that the check is about; of the last operation for what is about the order.",
    )
    template_id = fields.Many2one("mrp.closure.template", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    point_id = fields.Many2one("mrp.closure.point", string="Control Point", readonly=True)
    requirement = fields.Char(readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    cause = fields.Selection(CAUSES, readonly=True)
    began_at = fields.Datetime(string="Since", readonly=True)
    ended_at = fields.Datetime(string="Until", readonly=True)
    is_running = fields.Boolean(string="Still There", readonly=True)
    hours = fields.Float(readonly=True, help="From the beginning until it was settled, or until now.")
    held_hours = fields.Float(
        string="Held Up (Hours)",
        readonly=True,
        help="The part of it after the work was finished: so long the order could not close because of it.",
    )

    @property
    def _table_query(self):
        return SQL("%s %s %s %s", self._with(), self._select(), self._from(), self._where())

    def _with(self):
        """``spells``: which check stood in the way, since when and until when."""
        return SQL(
            "WITH %s, failures AS (%s UNION ALL %s), spells AS (%s UNION ALL %s UNION ALL %s)",
            self._get_changes(),
            SQL("SELECT 4 * id AS id, check_id, began_at, ended_at FROM changes WHERE has_failed"),
            self._get_failures_without_history(),
            self._get_findings(),
            self._get_undone(),
            self._get_unanswered(),
        )

    def _get_changes(self):
        """Changes of state of checks, each until the next one of the same check."""
        return SQL(
            """labels AS (
                   SELECT DISTINCT l.value
                   FROM ir_model_fields_selection s CROSS JOIN LATERAL jsonb_each_text(s.name) l
                   WHERE s.field_id = %(field_id)s AND s.value = 'fail'
               ),
               changes AS (
                   SELECT v.id, m.res_id AS check_id, m.date AS began_at,
                          v.new_value_char IN (SELECT value FROM labels) AS has_failed,
                          LEAD(m.date) OVER (PARTITION BY m.res_id ORDER BY m.date, v.id) AS ended_at
                   FROM mail_tracking_value v
                   JOIN mail_message m ON m.id = v.mail_message_id
                   WHERE v.field_id = %(field_id)s AND m.model = 'mrp.closure.check'
               )""",
            field_id=self.env["ir.model.fields"]._get_ids("mrp.closure.check")["state"],
        )

    def _get_failures_without_history(self):
        return SQL(
            """SELECT 4 * k.id + 1, k.id, COALESCE(k.done_at, k.create_date), NULL
               FROM mrp_closure_check k
               WHERE k.state = 'fail' AND NOT EXISTS (
                   SELECT FROM changes WHERE changes.check_id = k.id AND has_failed AND changes.ended_at IS NULL
               )"""
        )

    def _get_findings(self):
        return SQL(
            """SELECT s.id, s.check_id, 'failed' AS cause, s.began_at, s.ended_at
               FROM failures s JOIN mrp_closure_check k ON k.id = s.check_id
               WHERE k.kind IN %s""",
            tuple(sorted(FINDING_KINDS)),
        )

    def _get_undone(self):
        """What was left to do after the end of work; open work orders are never left by then."""
        return SQL(
            """SELECT id, check_id, 'unanswered', began_at, ended_at FROM (
                   SELECT s.id, s.check_id, GREATEST(s.began_at, c.labour_closed_at) AS began_at, s.ended_at,
                          %s AS until
                   FROM failures s
                   JOIN mrp_closure_check k ON k.id = s.check_id
                   JOIN mrp_closure c ON c.id = k.closure_id
                   WHERE k.kind NOT IN %s AND c.labour_closed_at IS NOT NULL
               ) q
               WHERE until > began_at + %s::interval""",
            self._get_until(),
            (*sorted(FINDING_KINDS), "workorders_finished"),
            SOON,
        )

    def _get_until(self):
        """Until when a spell lasts that nothing has ended yet: the closing, or now."""
        return SQL(
            "COALESCE(s.ended_at, CASE WHEN c.state = 'closed' THEN c.closed_at END, %s::timestamp)",
            fields.Datetime.now(),
        )

    def _get_unanswered(self):
        """Questions to persons, from the end of work to the first answer."""
        return SQL(
            """SELECT id, check_id, 'unanswered', began_at, answered_at FROM (
                   SELECT 4 * k.id + 2 AS id, k.id AS check_id, k.state = 'todo' AS is_todo,
                          GREATEST(c.labour_closed_at, k.create_date) AS began_at,
                          COALESCE((SELECT MIN(changes.began_at) FROM changes WHERE changes.check_id = k.id), k.done_at)
                              AS answered_at
                   FROM mrp_closure_check k JOIN mrp_closure c ON c.id = k.closure_id
                   WHERE k.kind IN %s AND c.labour_closed_at IS NOT NULL
                         AND (k.state != 'todo' OR c.state IN ('open', 'to_approve', 'approved'))
               ) q
               WHERE COALESCE(answered_at, %s::timestamp) > began_at + %s::interval
                     AND (answered_at IS NOT NULL OR is_todo)""",
            tuple(kind for kind, _label in ANSWERED_KINDS),
            fields.Datetime.now(),
            SOON,
        )

    def _select(self):
        return SQL(
            """SELECT s.id, s.check_id, k.closure_id, c.company_id, c.product_id, t.categ_id, o.picking_type_id,
                      COALESCE(w.workcenter_id, %(line)s) AS workcenter_id, c.template_id, c.user_id, k.point_id,
                      COALESCE(k.name->>%(lang)s, k.name->>'en_US') AS requirement, k.kind, k.severity,
                      s.cause, s.began_at, s.ended_at,
                      s.ended_at IS NULL AND c.state != 'closed' AS is_running,
                      %(hours)s AS hours, COALESCE(%(held)s, 0) AS held_hours""",
            line=line_of_order(),
            lang=self.env.lang or "en_US",
            hours=hours_between(SQL("s.began_at"), SQL("n.until")),
            # Before the work is finished, nothing is held up.
            held=hours_between(
                SQL("CASE WHEN c.labour_closed_at IS NOT NULL THEN GREATEST(s.began_at, c.labour_closed_at) END"),
                SQL("n.until"),
            ),
        )

    def _from(self):
        return SQL(
            """FROM spells s
               JOIN mrp_closure_check k ON k.id = s.check_id
               JOIN mrp_closure c ON c.id = k.closure_id
               JOIN mrp_production o ON o.id = c.production_id
               JOIN product_product p ON p.id = c.product_id
               JOIN product_template t ON t.id = p.product_tmpl_id
               LEFT JOIN mrp_workorder w ON w.id = k.workorder_id
               CROSS JOIN LATERAL (SELECT %s AS until) n""",
            self._get_until(),
        )

    def _where(self):
        return SQL("WHERE c.state != 'cancel'")

    def action_open_check(self):
        """Open the check that stood in the way."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "mrp.closure.check",
            "res_id": self.check_id.id,
            "views": [(False, "form")],
        }

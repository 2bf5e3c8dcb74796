"""What is kept of an order when it closes or is reopened, for orders that did so before.

Without it all of an old order's value would read as cost that came after its closing, and it would have no yield.
"""

from odoo.tools import SQL


def migrate(cr, version):
    _fill_from_dossiers(cr)
    _fill_reopened_at(cr)


def _fill_from_dossiers(cr):
    """Value and output as the last dossier of the closing says, which nobody can have changed since."""
    cr.execute(
        SQL(
            """UPDATE mrp_closure c
               SET posted_value = sealed.value,
                   started_qty = sealed.produced,
                   accepted_qty = sealed.produced - sealed.held
               FROM (
                   SELECT DISTINCT ON (d.closure_id) d.closure_id,
                          COALESCE((d.manifest #>> '{sections,order,produced}')::numeric, 0) AS produced,
                          (SELECT COALESCE(SUM((v.entry->>'value')::numeric), 0)
                           FROM jsonb_array_elements(d.manifest #> '{sections,values}') v(entry)
                           JOIN stock_move m ON m.id = (v.entry->>'id')::int AND m.production_id IS NOT NULL) AS value,
                          (SELECT COALESCE(SUM((p.line->>'quantity')::numeric), 0)
                           FROM jsonb_array_elements(d.manifest #> '{sections,nonconformities}') n(entry)
                           CROSS JOIN jsonb_array_elements(n.entry->'dispositions') p(line)
                           WHERE n.entry #> '{product,id}' = d.manifest #> '{sections,order,product,id}'
                                 AND p.line->>'status' <> 'withdrawn' AND p.line->>'is_final' IS DISTINCT FROM 'true'
                                 AND p.line->>'disposition' IN %s) AS held
                   FROM mrp_closure_dossier d
                   WHERE d.kind = 'closing'
                   ORDER BY d.closure_id, d.sequence_number DESC
               ) sealed
               WHERE sealed.closure_id = c.id AND c.started_qty IS NULL""",
            ("quarantine", "scrap", "regrade", "return_to_supplier"),
        )
    )


def _fill_reopened_at(cr):
    """The last reopening, as the history of the closure tells it: by its reason, or by the state that it left."""
    cr.execute(
        SQL(
            """UPDATE mrp_closure c
               SET reopened_at = reopening.date
               FROM (
                   SELECT m.res_id, MAX(m.date) AS date
                   FROM mail_tracking_value t
                   JOIN mail_message m ON m.id = t.mail_message_id AND m.model = 'mrp.closure'
                   JOIN ir_model_fields f ON f.id = t.field_id AND f.model = 'mrp.closure'
                   WHERE f.name = 'reopen_reason'
                         OR f.name = 'state' AND t.old_value_char IN (
                             SELECT label.value
                             FROM ir_model_fields_selection s
                             CROSS JOIN jsonb_each_text(s.name) label
                             WHERE s.field_id = f.id AND s.value = 'closed')
                   GROUP BY m.res_id
               ) reopening
               WHERE reopening.res_id = c.id AND c.revision > 1 AND c.reopened_at IS NULL"""
        )
    )

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools import find_files, get_plain_fingerprint, get_plain_json
from .mrp_closure_dossier import FORMAT, FORMAT_VERSION

# First key of the advisory lock of a chain, the second is the company: any number, for this purpose only.
LOCK = 0x636C6F73
LOCK_TIMEOUT = "10s"


class MrpClosureDossier(models.Model):
    """Finding the end of a chain, and holding it until the transaction ends."""

    _inherit = "mrp.closure.dossier"

    @api.model
    def _lock_heads(self, companies):
        """Hold the chains of these companies; nobody else adds to them until this transaction ends.

        The transaction sees the database as it stood when it began, the end of a chain has moved
        on since. So it is also read by a transaction of its own, which begins once the lock is
        held: of the two, the later end is the true one. Nothing is ever retried for the chain, so
        a long transaction waits its turn among short ones, and no more.

        :return: ``{company id: (sequence number, sha256)}`` of the latest dossiers; ``(0, None)``
            where there is none
        """
        self.env.flush_all()
        for company in companies.sorted("id"):
            self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", LOCK, company.id))
        heads = self._read_heads(self.env.cr, companies.ids)
        if not self._is_table_being_altered():
            # In a transaction of its own, read only, and never kept waiting by an upgrade that waits for us.
            with self.env.registry.cursor() as cr:
                cr.execute(SQL("SET LOCAL lock_timeout = %s", LOCK_TIMEOUT))
                committed = self._read_heads(cr, companies.ids)
            heads = {company_id: max(heads[company_id], committed[company_id]) for company_id in companies.ids}
        return {company_id: (number, sha256 or None) for company_id, (number, sha256) in heads.items()}

    @api.model
    def _read_heads(self, cr, company_ids):
        cr.execute(
            SQL(
                """SELECT DISTINCT ON (company_id) company_id, sequence_number, sha256
                   FROM mrp_closure_dossier WHERE company_id = ANY(%s) ORDER BY company_id, sequence_number DESC""",
                list(company_ids),
            )
        )
        found = {company_id: (number, sha256) for company_id, number, sha256 in cr.fetchall()}
        return {company_id: found.get(company_id, (0, "")) for company_id in company_ids}

    @api.model
    def _is_table_being_altered(self):
        """Whether this very transaction makes or alters the table, as an installation does: nobody else
        can read it, nor have added to it, before it ends."""
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM pg_locks
                       WHERE pid = pg_backend_pid() AND relation = 'mrp_closure_dossier'::regclass
                         AND mode = 'AccessExclusiveLock' AND granted"""
                )
            )
        )

    @api.model
    def _append(self, entries):
        """Add dossiers to the chains of their companies: the last act of a transaction.

        :param entries: list of dicts with ``closure``, ``kind``, ``sections`` and, for addenda,
            ``base`` and ``changes``; the sections as ``get_plain_json`` makes them
        :return: the dossiers
        """
        companies = self.env["res.company"].union(*(entry["closure"].company_id for entry in entries))
        heads = self._lock_heads(companies)
        # Read after the lock was taken, so that times stand in the order of the chain.
        now = fields.Datetime.to_string(fields.Datetime.now())
        vals_list = []
        for entry in entries:
            vals = self._prepare_dossier_vals(entry, heads[entry["closure"].company_id.id], now)
            heads[vals["company_id"]] = vals["sequence_number"], vals["sha256"]
            vals_list.append(vals)
        made = self._create_evidence(vals_list)
        self.env["mrp.closure.dossier.file"]._add(made)
        return made

    @api.model
    def _prepare_dossier_vals(self, entry, head, now):
        closure, base = entry["closure"], entry.get("base")
        number, previous = head[0] + 1, head[1]
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "company": {"id": closure.company_id.id, "name": closure.company_id.name},
            "sequence_number": number,
            "previous_sha256": previous,
            "kind": entry["kind"],
            "closure": closure.id,
            "order": closure.name,
            "revision": closure.revision,
            "sealed_at": now,
            "sealed_by": {"id": self.env.uid, "name": self.env.user.name},
        }
        if base:
            manifest["adds_to"] = {"sequence_number": base.sequence_number, "sha256": base.sha256}
            manifest["changes"] = entry["changes"]
        manifest = {**get_plain_json(manifest), "sections": entry["sections"]}
        return {
            "closure_id": closure.id,
            "company_id": closure.company_id.id,
            "order_name": closure.name,
            "kind": entry["kind"],
            "revision": closure.revision,
            "sequence_number": number,
            "manifest": manifest,
            "sha256": get_plain_fingerprint(manifest),
            "previous_sha256": previous,
            "sealed_at": now,
            "sealed_by": self.env.user.name,
            "base_id": base.id if base else False,
            "attachment_ids": [fields.Command.set(sorted({file["id"] for file in find_files(entry["sections"])}))],
        }


class MrpClosure(models.Model):
    """Sealing: what closes gets its dossier in the same transaction, or does not close."""

    _inherit = "mrp.closure"

    def _close(self):
        result = super()._close()
        self._seal("closing")
        return result

    def _follow_cancelled_orders(self):
        """An order that was cancelled although it had consumed components leaves a dossier, too."""
        cancelling = self.filtered(lambda closure: closure.state != "cancel" and closure.cancel_reason)
        result = super()._follow_cancelled_orders()
        cancelling.filtered(lambda closure: closure.state == "cancel")._seal("cancel")
        return result

    def _seal(self, kind):
        """Write the dossiers of these closures: called last, when nothing of the order changes any more."""
        if not self:
            return self.env["mrp.closure.dossier"]
        # In sudo: whoever closes an order writes its dossier, with no right to write any.
        closures = self.sudo().sorted("id")
        self.env.flush_all()
        sections = closures._get_manifest_data(is_closing=True)
        return (
            self.env["mrp.closure.dossier"]
            .sudo()
            ._append([{"closure": closure, "kind": kind, "sections": sections[closure]} for closure in closures])
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_if_no_dossier(self):
        # In sudo: the dossier keeps its order whoever may read it.
        kept = self.sudo().filtered("dossier_ids")
        if kept:
            raise AccessError(
                self.env._(
                    "To keep the dossiers of %(orders)s, leave the closure in place: what is archived is not deleted.",
                    orders=", ".join(kept.mapped("name")),
                )
            )

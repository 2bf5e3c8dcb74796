import itertools
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..tools import find_files, get_fingerprint, is_link

BATCH = 500
# Columns beside the manifest, and where the manifest says the same.
COLUMNS = {
    "company_id": lambda manifest: manifest["company"]["id"],
    "closure_id": lambda manifest: manifest["closure"],
    "order_name": lambda manifest: manifest["order"],
    "kind": lambda manifest: manifest["kind"],
    "revision": lambda manifest: manifest["revision"],
    "sequence_number": lambda manifest: manifest["sequence_number"],
    "previous_sha256": lambda manifest: manifest["previous_sha256"],
    "sealed_by": lambda manifest: manifest["sealed_by"]["name"],
    "sealed_at": lambda manifest: manifest["sealed_at"],
}


class MrpClosureDossier(models.Model):
    """Looking for manipulations: of the rows, of the chain, of the files, of what protects them."""

    _inherit = "mrp.closure.dossier"

    def verify_chain(self, files=True):
        """Look through the chains of the dossiers' companies; without records, of the user's companies.

        :param files: also read every file that is named by a dossier and compare its hash; otherwise only
            those that differed when they were last read
        :return: list of findings, empty if everything is intact: dicts with ``code``, ``company_id``,
            ``sequence_number``, ``dossier_id``, ``closure_id``, ``order`` and ``message``; codes are
            ``hash``, ``link``, ``gap``, ``column``, ``head`` (the end of the chain was cut off),
            ``missing`` (a closed order without its dossier), ``file`` (one was changed or deleted), ``lost``
            (a file cannot be read) and ``trigger``
        :raises AccessError: when the user may not read dossiers
        """
        self.check_access("read")
        companies = self.sudo().company_id or self.env.companies
        # In sudo: what is compared belongs to many models; the right to read dossiers was checked.
        verifier = self.env["mrp.closure.dossier"].sudo()
        self.env.flush_all()
        findings = verifier._verify_triggers()
        for company in companies.sudo():
            findings += verifier._verify_company(company, files)
        return findings

    def _verify_itself(self):
        """Findings about these very dossiers: their rows and their places among their neighbours."""
        findings = []
        for dossier in self.sudo():
            place = [("company_id", "=", dossier.company_id.id)]
            number = dossier.sequence_number
            before = self.sudo().search([*place, ("sequence_number", "=", number - 1)])
            rows = self._read_rows(dossier.company_id, number)[:2]
            findings += self._verify_row(rows[0], number, before.sha256 or None)
            for after in rows[1:]:
                findings += self._verify_row(after, number + 1, rows[0]["sha256"])
        return findings

    @api.model
    def _verify_company(self, company, files):
        """Findings of one chain, read in batches: memory does not grow with it."""
        findings, expected, previous, known = [], 1, None, self._get_recorded_heads(company)
        while rows := self._read_rows(company, expected):
            for row in rows:
                findings += self._verify_row(row, expected, previous)
                recorded = known.pop(row["sequence_number"], row["sha256"])
                if recorded != row["sha256"]:
                    message = self.env._("is not the dossier that an earlier verification saw here")
                    findings.append(self._make_finding("head", company, row, message))
                expected, previous = row["sequence_number"] + 1, row["sha256"]
            findings += self._verify_files(company, rows if files else self._filter_lost_files(rows))
        for number in known:
            message = self.env._("is gone: an earlier verification saw it")
            findings.append(self._make_finding("head", company, {"sequence_number": number}, message))
        return findings + self._verify_closures(company)

    @api.model
    def _read_rows(self, company, number):
        """The next rows of a chain, past the cache."""
        self.env.cr.execute(
            SQL(
                """SELECT id, manifest, sha256, closure_id, company_id, order_name, kind, revision, sequence_number,
                          previous_sha256, sealed_by, to_char(sealed_at, 'YYYY-MM-DD HH24:MI:SS') AS sealed_at
                   FROM mrp_closure_dossier WHERE company_id = %s AND sequence_number >= %s
                   ORDER BY sequence_number LIMIT %s""",
                company.id,
                number,
                BATCH,
            )
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _verify_row(self, row, expected, previous):
        company = self.env["res.company"].browse(row["company_id"])
        findings = []
        if row["sequence_number"] != expected:
            missing = {"sequence_number": expected}
            findings.append(self._make_finding("gap", company, missing, self.env._("is missing")))
        elif (row["previous_sha256"] or None) != previous:
            message = self.env._("does not continue the dossier before it")
            findings.append(self._make_finding("link", company, row, message))
        if not _has_hash(row["manifest"], row["sha256"]):
            message = self.env._("was changed: its content does not give its hash")
            findings.append(self._make_finding("hash", company, row, message))
            return findings
        differing = _get_differing_columns(row)
        if differing:
            message = self.env._("was changed beside its content: %(columns)s", columns=", ".join(differing))
            findings.append(self._make_finding("column", company, row, message))
        return findings

    @api.model
    def _verify_files(self, company, rows):
        """Files are compared where they are named; one that is there no more is a finding, too.

        Of links, what they are is compared with the rest of an order: see ``mrp_closure_drift.py``.
        """
        named = defaultdict(list)
        for row in rows:
            for file in {file["id"]: file for file in find_files(row["manifest"])}.values():
                named[file["id"]].append((row, file))
        findings = []

        def find(code, row, message, file):
            findings.append(self._make_finding(code, company, row, message % {"file": file["name"]}))

        # Together: a store that is out of reach is not asked again for each dossier.
        for attachment, content in self.env["ir.attachment"].browse(named)._read_contents():
            for row, file in named.pop(attachment.id):
                if is_link(file):
                    continue
                if content is None:
                    find("lost", row, self.env._('names the file "%(file)s", which cannot be read now'), file)
                elif not attachment._is_sealed_as(file, content):
                    find("file", row, self.env._('names the file "%(file)s", which was changed'), file)
        for row, file in itertools.chain.from_iterable(named.values()):
            find("file", row, self.env._('names the file "%(file)s", which was deleted'), file)
        return sorted(findings, key=lambda finding: finding["sequence_number"])

    @api.model
    def _filter_lost_files(self, rows):
        """Rows of dossiers whose files differed when they were last read."""
        lost = self.env["mrp.closure.dossier.file"].with_context(active_test=False)
        domain = [("has_lost_files", "=", True), ("dossier_id", "in", [row["id"] for row in rows])]
        ids = set(lost.search(domain).dossier_id.ids)
        return [row for row in rows if row["id"] in ids]

    @api.model
    def _verify_closures(self, company):
        """Closed orders have a dossier of their revision, but for those closed before dossiers existed."""
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id, c.name FROM mrp_closure c
                   WHERE c.company_id = %(company)s AND c.state = 'closed'
                     AND c.closed_at >= COALESCE(
                         (SELECT min(sealed_at) FROM mrp_closure_dossier WHERE company_id = %(company)s), '-infinity')
                     AND NOT EXISTS (
                         SELECT 1 FROM mrp_closure_dossier d
                         WHERE d.closure_id = c.id AND d.revision = c.revision AND d.kind = 'closing')""",
                company=company.id,
            )
        )
        message = self.env._("has no dossier although it is closed")
        return [
            self._make_finding("missing", company, {"closure_id": closure_id, "order_name": name}, message)
            for closure_id, name in rows
        ]

    @api.model
    def _verify_triggers(self):
        findings = []
        for name in ("mrp.closure.dossier", "mrp.closure.verification"):
            for trigger in self.env[name]._get_missing_triggers():
                message = self.env._(
                    "The protection %(trigger)s of the archive is off: "
                    "an administrator of the database switched it off or removed it.",
                    trigger=trigger,
                )
                findings.append(
                    self._make_finding("trigger", self.env["res.company"], {}, message) | {"message": message}
                )
        return findings

    @api.model
    def _get_recorded_heads(self, company):
        """What earlier verifications saw at the end of the chain: ``{sequence number: sha256}``."""
        return dict(
            self.env["mrp.closure.verification"]._read_group(
                [("company_id", "=", company.id), ("head_number", ">", 0)], ["head_number", "head_sha256"]
            )
        )

    @api.model
    def _make_finding(self, code, company, row, message):
        number, order = row.get("sequence_number"), row.get("order_name")
        subject = (
            self.env._("Dossier %(number)s of %(order)s", number=number, order=order)
            if number and order
            else self.env._("Dossier %(number)s", number=number)
            if number
            else order or ""
        )
        return {
            "code": code,
            "company_id": company.id,
            "sequence_number": number or False,
            "dossier_id": row.get("id", False),
            "closure_id": row.get("closure_id", False),
            "order": order or False,
            "message": f"{company.name}: {subject} {message}.",
        }


def _has_hash(manifest, sha256):
    try:
        return get_fingerprint(manifest) == sha256
    except TypeError:
        # A dossier never holds what cannot be written canonically.
        return False


def _get_differing_columns(row):
    """Names of columns that do not say what the manifest says."""
    try:
        return [name for name, read in COLUMNS.items() if (row[name] or None) != (read(row["manifest"]) or None)]
    except (KeyError, TypeError):
        return ["manifest"]

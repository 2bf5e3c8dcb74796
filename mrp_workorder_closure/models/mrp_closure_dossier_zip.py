import csv
import hashlib
import io
import zipfile
from collections import defaultdict

from openpyxl import Workbook

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ..tools import find_files, is_link
from .mrp_closure_dossier_codes import spell_out
from .mrp_closure_dossier_content import HIDDEN, _is_nested, _Order, _tell, _tell_all

# Dossiers in memory at a time.
BATCH = 50
FOLDER = "dossiers/"
FILES = "files/"
# A sheet of Excel holds 1,048,576 rows, a name of a sheet 31 characters.
SHEET_NAME = 31


class MrpClosureDossier(models.Model):
    """Dossiers as files, written batch by batch: memory does not grow with their number."""

    _inherit = "mrp.closure.dossier"

    def _write_zip(self, target):
        """Write JSON, print and files of these dossiers; files stand under their hashes, each once.

        ``tools/check_dossiers.py`` checks what is written here.

        :param target: path or file to write to
        :return: ``{dossier: names}`` of files that are left out: they are gone, or are not what was sealed
        :raises UserError: when files are kept where nothing can be read now
        """
        written, left_out = set(), {}
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for dossier in self._iterate():
                name = FOLDER + dossier._get_file_name()
                archive.writestr(f"{name}.json", dossier._get_manifest_text())
                names = dossier._write_files(archive, written)
                if dossier.print_state == "done" and not dossier._write_print(archive, f"{name}.pdf"):
                    names.append(dossier.pdf_name)
                if names:
                    left_out[dossier] = names
        return left_out

    def _take_bytes(self, limit):
        """The first of these dossiers, as many as fit with their files into so many bytes; at least one."""
        size = 0
        for count, dossier in enumerate(self._iterate()):
            size += sum(file["bytes"] for file in find_files(dossier.manifest))
            if count and size > limit:
                return self[:count]
        return self

    def _write_print(self, archive, name):
        """Write the print of this dossier; return whether it could be read."""
        # In sudo: the print is a part of the dossier, which the caller may read.
        content = self.sudo().file_ids._read_pdf()
        if content:
            archive.writestr(name, content)
        return bool(content)

    def _write_files(self, archive, written):
        """Write the files of this dossier that are not written yet; return the names of those left out.

        :raises UserError: when files are kept where nothing can be read now
        """
        missing = {}
        for file in find_files(self.manifest):
            if file["sha256"] in written or (is_link(file) and not file["sha256"]):
                continue
            # In sudo: the files are a part of the dossier, which the caller may read.
            attachment = self.env["ir.attachment"].sudo().browse(file["id"]).exists()
            content, failed = attachment._try_to_read() if attachment else (None, False)
            if failed:
                self._raise_store_is_out_of_reach()
            if content is None or not attachment._is_sealed_as(file, content):
                missing[file["id"]] = file["name"]
                continue
            sha256 = hashlib.sha256(content).hexdigest()
            # What could not be read when it was sealed has no hash to be known by.
            if sha256 not in written:
                archive.writestr(FILES + sha256, content)
                written.add(sha256)
        return list(missing.values())

    def _raise_store_is_out_of_reach(self):
        raise UserError(
            self.env._(
                "To copy dossiers with their files, have an administrator mend the place where files are kept: "
                "it is out of reach."
            )
        )

    def _write_xlsx(self, target):
        """Write one sheet for each section."""
        labels, titles, columns = self._get_entry_labels(), self._get_section_labels(), self._get_sheet_columns()
        codes = self._get_code_labels()
        book = Workbook(write_only=True)
        sheets = {}
        for section in sorted(columns, key=_Order(titles)):
            sheets[section] = book.create_sheet(titles.get(section, section)[:SHEET_NAME])
            sheets[section].append(self._get_sheet_header(columns[section], labels))
        for dossier in self._iterate():
            for section, row in dossier._get_sheet_rows(columns, labels, codes):
                sheets[section].append(row)
        book.save(target)

    def _write_csv(self, target):
        """Write a ZIP with one CSV for each section, in UTF-8 with a mark by which Excel knows it."""
        labels, columns, codes = self._get_entry_labels(), self._get_sheet_columns(), self._get_code_labels()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for section in sorted(columns, key=_Order(self._get_section_labels())):
                with (
                    archive.open(f"{section}.csv", "w") as member,
                    io.TextIOWrapper(member, encoding="utf-8-sig", newline="") as text,
                ):
                    writer = csv.writer(text)
                    writer.writerow(self._get_sheet_header(columns[section], labels))
                    for dossier in self._iterate():
                        writer.writerows(
                            row for _name, row in dossier._get_sheet_rows({section: columns[section]}, labels, codes)
                        )

    def _iterate(self):
        for ids in split_every(BATCH, self.ids):
            yield from self.browse(ids)
            self.env.invalidate_all()

    def _get_sheet_columns(self):
        """``{section: keys}`` of all entries that these dossiers hold, in the order in which they are read."""
        found = defaultdict(set)
        for dossier in self._iterate():
            for section, entry in dossier._get_entries():
                found[section].update(entry)
        labels = self._get_entry_labels()
        return {section: sorted(names - HIDDEN, key=_Order(labels)) for section, names in found.items()}

    def _get_sheet_header(self, columns, labels):
        own = (
            self._fields[name]._description_string(self.env) for name in ("sequence_number", "order_name", "revision")
        )
        return [*own, *(labels.get(name, name) for name in columns)]

    def _get_sheet_rows(self, columns, labels, codes):
        self.ensure_one()
        own = [self.sequence_number, self.order_name, self.revision]
        for section, plain in self._get_entries():
            if section in columns:
                entry = spell_out(section, plain, codes)
                yield section, [*own, *(_escape(_tell_cell(entry.get(name), labels)) for name in columns[section])]

    def _get_entries(self):
        for section, data in self.manifest["sections"].items():
            for entry in data if isinstance(data, list) else [data]:
                yield section, entry


def _tell_cell(value, labels):
    """The text of a cell; entries inside an entry stand in one cell, one to a line."""
    if _is_nested(value):
        return "\n".join(_tell_all(item, [name for name in item if _tell(item[name])], labels) for item in value)
    return _tell(value)


def _escape(text):
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "@", "\t", "\r") else text

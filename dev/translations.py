"""Translations: every language has every term, and the list of terms is that of the code.

`translations.py FOLDER [FRESH.pot]` checks the i18n folder of an addon; a freshly
exported template, where given, must hold the same terms as the committed one.
"""

import re
import sys
from pathlib import Path

import polib

LANGUAGES = ("zh_CN", "zh_TW")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdfg]")


def terms(catalogue):
    return {entry.msgid for entry in catalogue if not entry.obsolete}


def findings(folder):
    """What is incomplete in a folder of translations."""
    templates = sorted(folder.glob("*.pot"))
    if not templates:
        return [f"{folder}: no template (.pot)"]
    wanted = terms(polib.pofile(str(templates[0])))
    found = [f"{folder}: no {language}.po" for language in LANGUAGES if not (folder / f"{language}.po").exists()]
    for path in sorted(folder.glob("*.po")):
        catalogue = polib.pofile(str(path))
        for entry in catalogue:
            if not entry.obsolete and (problem := _problem(entry)):
                found.append(f"{path}: {problem}: {entry.msgid!r}")
        found += [f"{path}: missing: {term!r}" for term in sorted(wanted - terms(catalogue))]
        found += [f"{path}: not in the code: {term!r}" for term in sorted(terms(catalogue) - wanted)]
    return found


def _problem(entry):
    if not entry.msgstr:
        return "not translated"
    if entry.fuzzy:
        return "fuzzy"
    if sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr)):
        return "other placeholders than the original"
    return None


def differences(folder, fresh):
    """How the committed template differs from what the code holds now."""
    committed = set().union(*(terms(polib.pofile(str(path))) for path in folder.glob("*.pot")))
    exported = terms(polib.pofile(str(fresh)))
    return [
        *(f"new in the code, export the template again: {t!r}" for t in sorted(exported - committed)),
        *(f"no longer in the code: {term!r}" for term in sorted(committed - exported)),
    ]


def main(folder, fresh=None):
    found = differences(Path(folder), fresh) if fresh else findings(Path(folder))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Check dossiers of closed orders without Odoo: nothing is needed but Python.

    python3 check_dossiers.py PATH...
    python3 check_dossiers.py --code "WH/MO/00042;1;4f5c…" PATH...

PATH is a dossier (.json), a ZIP of an export or a folder of both. Each dossier is compared with its
hash as the next one names it, numbers have to be gapless, and files in a ZIP have to be those
that their dossier names. With the code of a print, the dossier that it stands for has to be there.
Ends with 0 when all is well, with 1 otherwise.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from collections import namedtuple
from pathlib import Path

FORMAT = "mrp_workorder_closure.dossier"
# Where a ZIP keeps the files that dossiers name: under their hashes.
FILES = "files/"

# What is kept of a dossier: memory does not grow with what it says.
Dossier = namedtuple("Dossier", "company number order revision sha256 previous origin")


def get_sha256(manifest):
    """The hash of a manifest, the same as Odoo's.

    >>> get_sha256({"b": "\u00e9", "a": 1})[:8]
    '09ad9fd2'
    """
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_dossier(content, origin):
    """A dossier from its JSON.

    :raises ValueError: when it is none
    """
    manifest = json.loads(content)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError("no dossier")
    return Dossier(
        manifest["company"]["id"],
        manifest["sequence_number"],
        manifest["order"],
        manifest["revision"],
        get_sha256(manifest),
        manifest["previous_sha256"],
        origin,
    ), find_files(manifest)


def find_files(data):
    """Hashes of the files that a manifest names; links, and what could not be read when it was sealed, have none.

    >>> sorted(find_files({"checks": [{"files": [{"sha256": "a"}]}], "files": [{"sha256": "b"}, {"sha256": None}]}))
    ['a', 'b']
    """
    if isinstance(data, list):
        return set().union(*map(find_files, data))
    if not isinstance(data, dict):
        return set()
    found = {file["sha256"] for file in data.get("files", ()) if file["sha256"]}
    return found.union(*(find_files(value) for name, value in data.items() if name != "files"))


def read_path(path, findings):
    """The dossiers below a path; what cannot be read or was altered is a finding."""
    if path.is_dir():
        for below in sorted([*path.rglob("*.json"), *path.rglob("*.zip")]):
            yield from read_path(below, findings)
    elif path.suffix == ".zip":
        yield from read_zip(path, findings)
    else:
        yield from read_content(path.read_bytes(), str(path), findings, None)


def read_zip(path, findings):
    try:
        with zipfile.ZipFile(path) as archive:
            kept = {name.removeprefix(FILES) for name in archive.namelist() if name.startswith(FILES)}
            for sha256 in kept:
                if hash_member(archive, FILES + sha256) != sha256:
                    findings.append(f"{path}: the file {sha256} was altered")
            for name in archive.namelist():
                if name.endswith(".json"):
                    yield from read_content(archive.read(name), f"{path}: {name}", findings, kept)
    except (zipfile.BadZipFile, OSError) as error:
        findings.append(f"{path}: cannot be read: {error}")


def hash_member(archive, name):
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while part := member.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def read_content(content, origin, findings, kept):
    try:
        dossier, files = read_dossier(content, origin)
    except (ValueError, KeyError, TypeError):
        findings.append(f"{origin}: is no dossier, or was damaged")
        return
    for sha256 in sorted(files - kept) if kept is not None else ():
        findings.append(f"{origin}: its file {sha256} is missing")
    yield dossier


def check_chain(dossiers):
    """What is wrong with the dossiers of one company.

    >>> first = Dossier(1, 1, "A", 1, "aa", None, "1.json")
    >>> check_chain([first, Dossier(1, 2, "B", 1, "bb", "aa", "2.json")])
    []
    >>> check_chain([first, Dossier(1, 2, "B", 1, "bb", "xx", "2.json")])
    ['1.json: dossier 1 of A was altered: dossier 2 names another hash']
    >>> check_chain([first, Dossier(1, 4, "B", 1, "bb", "aa", "4.json")])
    ['dossiers 2 to 3 of company 1 are missing']
    """
    findings, last = [], None
    for dossier in sorted(dossiers, key=lambda dossier: (dossier.number, dossier.sha256)):
        if last and dossier.number == last.number:
            if dossier.sha256 != last.sha256:
                findings.append(f"{dossier.origin}: there is another dossier {dossier.number} in {last.origin}")
            continue
        expected = last.number + 1 if last else 1
        if dossier.number != expected:
            missing = f"dossier {expected} of company {dossier.company} is missing"
            if dossier.number - 1 > expected:
                missing = f"dossiers {expected} to {dossier.number - 1} of company {dossier.company} are missing"
            findings.append(missing)
        elif last and dossier.previous != last.sha256:
            findings.append(
                f"{last.origin}: dossier {last.number} of {last.order} was altered: "
                f"dossier {dossier.number} names another hash"
            )
        last = dossier
    return findings


def check_code(code, dossiers):
    """What is wrong with the code of a print: order, revision and hash.

    >>> first = Dossier(1, 1, "A", 1, "aa", None, "1.json")
    >>> check_code("A;1;aa", [first]), check_code("aa", [first])
    ([], [])
    >>> check_code("A;2;aa", [first])
    ['the code was altered: its hash is that of revision 1 of A']
    >>> check_code("A;1;bb", [first])
    ['no dossier has the code A;1;bb']
    """
    code = code.strip()
    found = [dossier for dossier in dossiers if dossier.sha256 == code.rsplit(";", 1)[-1].lower()]
    if not found:
        return [f"no dossier has the code {code}"]
    if ";" in code and not any(code == f"{item.order};{item.revision};{item.sha256}" for item in found):
        return [f"the code was altered: its hash is that of revision {found[0].revision} of {found[0].order}"]
    return []


def check(paths, code=None):
    """``(number of dossiers, last dossier of each company, findings)``"""
    findings, chains = [], {}
    for path in paths:
        for dossier in read_path(path, findings):
            chains.setdefault(dossier.company, []).append(dossier)
    heads = {}
    for company, dossiers in sorted(chains.items()):
        findings += check_chain(dossiers)
        heads[company] = max(dossiers, key=lambda dossier: dossier.number)
    if code:
        findings += check_code(code, [dossier for dossiers in chains.values() for dossier in dossiers])
    return sum(map(len, chains.values())), heads, findings


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--code", help="what the code on a print says, or its hash")
    options = parser.parse_args(arguments)
    count, heads, findings = check(options.paths, options.code)
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    for company, head in heads.items():
        sys.stdout.write(f"Company {company} ends with dossier {head.number} of {head.order}: {head.sha256}\n")
    sys.stdout.write(f"{count} dossiers, {len(findings)} findings\n")
    return 1 if findings or not count else 0


if __name__ == "__main__":
    sys.exit(main())

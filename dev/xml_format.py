"""The layout of XML files: well-formed, four spaces for each level, no stray blanks."""

import re
import sys
import xml.sax
from pathlib import Path

INDENT = 4


class _Depths(xml.sax.ContentHandler):
    """Notes how deep the first tag of each line lies."""

    def __init__(self):
        super().__init__()
        self.depth = 0
        self.of_line = {}

    def setDocumentLocator(self, locator):
        self.locator = locator

    def startElement(self, _name, _attributes):
        self.of_line.setdefault(("open", self.locator.getLineNumber()), self.depth)
        self.depth += 1

    def endElement(self, _name):
        self.depth -= 1
        self.of_line.setdefault(("close", self.locator.getLineNumber()), self.depth)


def findings(path):
    """What is wrong with a file, as (line number, sentence)."""
    text = path.read_text(encoding="utf-8")
    depths = _Depths()
    try:
        xml.sax.parseString(text.encode(), depths)
    except xml.sax.SAXParseException as error:
        return [(error.getLineNumber(), f"not well-formed: {error.getMessage()}")]
    found = []
    if not text.endswith("\n") or text.endswith("\n\n"):
        found.append((text.count("\n") + 1, "does not end with exactly one line break"))
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            found.append((number, "blanks at the end of the line"))
        if "\t" in line:
            found.append((number, "a tab"))
        tag = re.match(r"( *)<(/?)\w", line)
        depth = depths.of_line.get(("close" if tag and tag[2] else "open", number))
        if tag and depth is not None and len(tag[1]) != depth * INDENT:
            found.append((number, f"indented by {len(tag[1])} spaces instead of {depth * INDENT}"))
    return sorted(found)


def main(folders):
    bad = False
    for path in sorted(path for folder in folders for path in Path(folder).rglob("*.xml")):
        for number, sentence in findings(path):
            print(f"{path}:{number}: {sentence}")
            bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

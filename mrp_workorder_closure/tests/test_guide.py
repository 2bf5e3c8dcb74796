import re
from pathlib import Path

import polib

from odoo.tests import BaseCase, tagged
from odoo.tools.misc import file_path

FOLDER = Path(__file__).parents[1]
GUIDES = {"en_US": FOLDER / "doc" / "guide_en.md", "zh_CN": FOLDER / "doc" / "guide_zh_CN.md"}
CORE = ("mrp", "web")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
PICTURE = re.compile(r"!\[[^]]+\]\(([^)]+)\)")


@tagged("post_install", "-at_install", "mrp_closure")
class TestGuide(BaseCase):
    """What the user guide calls by name is written on the screen, in the language of the guide."""

    def get_terms(self, language):
        """All terms of ours and of the applications that a guide speaks of, as its readers see them."""
        terms = set()
        for addon in ("mrp_workorder_closure", *CORE):
            name = f"{addon}.pot" if language == "en_US" else f"{language}.po"
            for entry in polib.pofile(file_path(f"{addon}/i18n/{name}")):
                terms.add(entry.msgid if language == "en_US" else entry.msgstr)
        return terms

    def test_every_name_in_bold_is_a_term_of_the_addon_or_of_core(self):
        for language, guide in GUIDES.items():
            text = re.sub(r"\s*\n\s*", " ", guide.read_text())
            names = {name for path in BOLD.findall(text) for name in path.split(" → ")}
            with self.subTest(language=language):
                self.assertGreater(len(names), 50)
                self.assertFalse(names - self.get_terms(language))

    def test_both_guides_show_the_same_pictures_in_their_own_language(self):
        english, chinese = (PICTURE.findall(guide.read_text()) for guide in GUIDES.values())
        self.assertEqual([path.replace("en_US", "zh_CN") for path in english], chinese)
        self.assertTrue(all(path.startswith("pictures/en_US/") for path in english))

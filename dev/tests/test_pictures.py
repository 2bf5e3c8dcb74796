"""Pictures that are shown exist, those that exist are shown, and together they stay small."""

import json
import re

import pytest
from helpers import REPOSITORY
from layers import ADDON_FOLDER, manifest

DOC = ADDON_FOLDER / "doc"
DESCRIPTION = ADDON_FOLDER / "static" / "description"
PAGES = [REPOSITORY / "README.md", *sorted(DOC.glob("*.md")), DESCRIPTION / "index.html"]
# [text](file) and ![text](file) of Markdown, src="file" and href="file" of HTML.
TARGET = re.compile(r"\]\(([^)#]+)\)|(?:src|href)=\"([^\"#]+)\"")
MEGABYTE = 1_000_000


def targets(page):
    """The files of the repository that a page shows or leads to."""
    names = (markdown or html for markdown, html in TARGET.findall(page.read_text()))
    return {(page.parent / name).resolve() for name in names if "://" not in name}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_everything_that_a_page_shows_exists(page):
    assert [str(path) for path in targets(page) if not path.exists()] == []


def test_no_picture_is_unused():
    shown = set().union(*map(targets, PAGES))
    shown |= {ADDON_FOLDER / image for image in manifest()["images"]}
    kept = {*DOC.rglob("*.png"), *DESCRIPTION.glob("*.png")} - {DESCRIPTION / "icon.png"}
    assert sorted(map(str, kept - shown)) == []


def test_every_picture_of_the_guide_can_be_taken_anew():
    names = {shot["name"] for shot in json.loads((REPOSITORY / "dev" / "pictures.json").read_text())}
    for folder in (DOC / "pictures").iterdir():
        assert {picture.stem for picture in folder.glob("*.png")} == names


def test_the_pictures_stay_small():
    assert sum(picture.stat().st_size for picture in DOC.rglob("*.png")) < 3 * MEGABYTE
    assert sum(picture.stat().st_size for picture in DESCRIPTION.glob("*.png")) < MEGABYTE


def test_the_page_of_the_shop_window_loads_nothing_from_elsewhere():
    text = (DESCRIPTION / "index.html").read_text()
    assert not re.search(r"<(script|link|iframe)|src=\"(https?:)?//|url\(", text)

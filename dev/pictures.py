"""Takes the pictures of the README, the guide and the shop window anew, from the demo factory.

    python3 dev/pictures.py [--lang zh_CN ...] [--only NAME ...]

Pictures are committed; run this after a screen has changed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys

import processes
from cache import Cache, digest
from console import Failure, run_main, say, step
from databases import PREFIX, REPOSITORY
from ground import VARIABLES, add_options, ground
from layers import ADDON_FOLDER, DEMO
from serve import DemoDatabase, WebServer

SHOTS = REPOSITORY / "dev" / "pictures.json"
CAMERA = REPOSITORY / "dev" / "camera.py"
BANNER = REPOSITORY / "dev" / "banner.html"
PICTURES = ADDON_FOLDER / "doc" / "pictures"
# What the list of apps shows has to lie here.
SHOP_WINDOW = ADDON_FOLDER / "static" / "description"
# Not among the packages of the tests: it wants another version of one that Odoo uses.
PACKAGES = ("playwright==1.65.2", "Pillow==12.1.1")
LANGUAGES = ("en_US", "zh_CN")


def parse_options():
    parser = argparse.ArgumentParser(
        prog="dev/pictures.py",
        description="Take the pictures of the guide and the shop window anew.",
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument("--port", type=int, default=8269)
    parser.add_argument("--interface", default="127.0.0.1", help=argparse.SUPPRESS)
    parser.add_argument("--lang", action="append", metavar="CODE", help=f"language (default: {', '.join(LANGUAGES)})")
    parser.add_argument("--only", action="append", metavar="NAME", help="only the pictures of these names")
    return parser.parse_args()


class PictureDatabase(DemoDatabase):
    """A demo factory of its own, made anew for each language: pictures show nobody's clicks of before."""

    def __init__(self, databases, layers, language):
        super().__init__(databases, layers)
        self.name = f"{PREFIX}pictures_{digest(REPOSITORY, language)}"
        self.state = databases.cache.folder("state") / self.name


def provide_camera(cache):
    """The folder with Playwright; it drives the browser of the system."""
    folder = cache.folder("tools") / f"camera-{digest(*PACKAGES)}"
    if not folder.exists():
        with cache.build(f"tools/{folder.name}") as unfinished:
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", unfinished, *PACKAGES]
            with step("Installing what takes pictures"):
                processes.run(command, cache.folder("log") / "camera.log", "install what takes pictures")
    return folder


def photograph(databases, camera, name, job):
    """Give the camera its job, in a process that has Playwright."""
    path = databases.cache.folder("log") / f"pictures-{name}.json"
    path.write_text(json.dumps(job))
    environment = {**os.environ, "PYTHONPATH": str(camera)}
    code = subprocess.run([sys.executable, CAMERA, path], env=environment, check=False).returncode
    path.unlink()
    if code:
        raise Failure(f"To take the pictures ({name}), read above what was not taken, and why.")


def take(options, databases, layers, language, camera):
    shots = json.loads(SHOTS.read_text())
    if options.only:
        shots = [shot for shot in shots if shot["name"] in options.only]
    database = PictureDatabase(databases, layers, language)
    with databases.cache.lock():
        layers.base(DEMO)
        database.bring_up_to_date(fresh=True, language=None if language == "en_US" else language)
    folder = PICTURES / language
    job = {"base": f"http://127.0.0.1:{options.port}", "folder": str(folder), "shots": shots}
    try:
        with WebServer(databases, database.name, options).running():
            photograph(databases, camera, language, job)
    finally:
        databases.drop(database.name)
        database.state.unlink(missing_ok=True)
    for shot in shots:
        if language in shot.get("shop_window", ()):
            shutil.copy(folder / f"{shot['name']}.png", SHOP_WINDOW / f"{shot['name']}_{language}.png")
    say(f"Pictures are in {folder.relative_to(REPOSITORY)}")


def take_banner(databases, camera):
    """The picture of the list of apps is a page of its own around one of the others."""
    page = {"name": "banner", "url": BANNER.as_uri(), "width": 1120, "height": 560}
    photograph(databases, camera, "banner", {"folder": str(SHOP_WINDOW), "pages": [page]})


def main():
    options = parse_options()
    cache = Cache()
    with ground(options, cache) as (databases, layers):
        camera = provide_camera(cache)
        for language in options.lang or LANGUAGES:
            take(options, databases, layers, language, camera)
        take_banner(databases, camera)


if __name__ == "__main__":
    run_main(main)

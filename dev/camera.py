"""Takes pictures of a running web client in a real browser; started by pictures.py with Playwright on its path.

    camera.py JOB.json

The job names the server, where pictures go, and the pictures: who looks, where, and what is clicked first.
"""

import io
import json
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-quic")
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# OdooBot greets everybody once, on a phone with a window over the whole page.
HIDE_GREETING = """
addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = ".o-mail-ChatHub { display: none }";
    document.head.append(style);
});
"""
MILLISECONDS = 90_000
MILLISECONDS_TO_CLICK = 15_000


def log_in(browser, base, login, size):
    context = browser.new_context(viewport=size, locale="en-US")
    context.add_init_script(HIDE_GREETING)
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.goto(f"{base}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", login)
    page.click("form.oe_login_form button[type=submit]")
    page.wait_for_selector(".o_main_navbar")
    return page


def take(page, base, shot, target):
    """Go where the picture is taken, click what has to be open, and take it."""
    page.goto(base + shot["path"])
    page.wait_for_selector(".o_action_manager > *:not(:empty)")
    _settle(page)
    for selector in shot.get("click", ()):
        page.locator(selector).first.click(timeout=MILLISECONDS_TO_CLICK)
        _settle(page)
    if shot.get("scroll"):
        page.locator(shot["scroll"]).first.scroll_into_view_if_needed()
    # Where the mouse was left, a tooltip would be in the picture.
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    _keep(page.screenshot(), target)


def _settle(page):
    """Wait until the client asks the server for nothing, and what moves has come to rest."""
    page.wait_for_timeout(1000)
    page.wait_for_function("() => !document.querySelector('.o_loading_indicator, .o_blockUI')")
    page.wait_for_timeout(500)


def take_page(browser, wanted, target):
    """A page of the repository, as large as it is wanted."""
    page = browser.new_page(viewport={"width": wanted["width"], "height": wanted["height"]})
    page.goto(wanted["url"])
    _keep(page.screenshot(), target)
    page.close()


def _keep(picture, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_shrink(picture))
    print(f"- {target.name}", flush=True)


def _shrink(picture):
    """The same picture with a palette: a screen has few colours."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(96, dither=Image.Dither.NONE).save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()


def main(path):
    job = json.loads(Path(path).read_text())
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    pages = {}
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(QUIET), env=dict(os.environ))
        for page in job.get("pages", ()):
            take_page(browser, page, Path(job["folder"]) / f"{page['name']}.png")
        for shot in job.get("shots", ()):
            who = (shot["login"], shot.get("phone", False))
            if who not in pages:
                pages[who] = log_in(browser, job["base"], shot["login"], PHONE if who[1] else DESKTOP)
            try:
                take(pages[who], job["base"], shot, Path(job["folder"]) / f"{shot['name']}.png")
            except Error as error:
                failed += 1
                print(f"- {shot['name']} was not taken: {error}")
        browser.close()
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Takes the picture of the console in the README: `python -m tests.browser.screenshots`."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.browser import chromium, stack
from tests.browser.person import Person
from tests.browser.pictures import scenery
from tests.browser.settling import settle
from tests.browser.watching import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.stack import Stack

TARGET = Path(__file__).parents[2] / "docs/console.webp"
_SIZE = {"width": 1120, "height": 760}
_PICTURES = 24
_NAMES = ("ridge", "valley", "lake-view", "pass", "summit", "meadow", "shoreline", "plateau")


def main() -> int:
    """Take it; return the exit code."""
    with sync_playwright() as playwright:
        browser = chromium.launched(playwright)
        if browser is None:
            sys.stderr.write(f"no picture was taken: {chromium.MISSING}\n")
            return 1
        with browser, stack.running() as served:
            fill(served)
            gallery, review = (taken(browser, served, place) for place in ("#/", "#/review"))
            both = beside(gallery, review)
    both.save(TARGET, quality=82, method=6)
    return 0


def fill(served: Stack) -> None:
    """Upload what the pictures show."""
    for number in range(_PICTURES):
        name = f"{_NAMES[number % len(_NAMES)]}-{number + 1}.jpg"
        served.await_status(served.put(f"uploads/{name}", scenery(number)), "approved")
    served.reviewable("uploads/harbor-at-night.jpg", scenery(101), "Alcoholic Beverages=71.4")
    served.reviewable("uploads/terrace.jpg", scenery(102), "Drinking=64.2, Smoking=58.9")


def taken(browser: Browser, served: Stack, place: str) -> Image.Image:
    """Take a screenshot of a view."""
    context = browser.new_context(
        viewport={"width": _SIZE["width"], "height": _SIZE["height"]},
        device_scale_factor=1.5,
        reduced_motion="reduce",
        locale="en-US",
    )
    watch = Watch(context, served.origins)
    person = Person(context.new_page(), watch, served).sign_in("vera")
    person.open(place)
    settle(person.page)
    if place == "#/review":
        expect(person.page.locator(".counts dd").first).not_to_have_text("–")
        person.page.keyboard.down(" ")  # reveals the picture
        expect(person.page.locator(".guarded img").first).to_be_visible()
        settle(person.page)
    shot = Image.open(io.BytesIO(person.page.screenshot(caret="initial")))
    shot.load()
    context.close()
    assert watch.faults == [], watch.faults
    return shot


def beside(left: Image.Image, right: Image.Image, gap: int = 24) -> Image.Image:
    """Put two pictures side by side."""
    both = Image.new("RGBA", (left.width + gap + right.width, max(left.height, right.height)))
    both.paste(left, (0, 0))
    both.paste(right, (left.width + gap, 0))
    return both


if __name__ == "__main__":
    sys.exit(main())

"""A person who sees nothing uploads, reviews and goes through the gallery by keyboard."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.person import Person
from tests.browser.pictures import blotches
from tests.browser.settling import settle, until
from tests.browser.transcript import Transcript
from tests.browser.watching import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

FILE = Path(__file__).parents[2] / ".build/browser/transcript.txt"
UNNAMED = re.compile("(?:button|link|textbox|checkbox|radio|combobox) “”")


def assert_said(lines: list[str], *wanted: str) -> None:
    """Assert that lines hold some words, in this order."""
    place = 0
    for words in wanted:
        found = next((at for at in range(place, len(lines)) if words in lines[at]), None)
        assert found is not None, f"nothing says {words!r} after line {place}:\n" + "\n".join(lines)
        place = found + 1


def test_screen_reader_tells_of_upload_review_and_gallery(browser: Browser, served: Stack) -> None:
    for image in served.ask("GET", "/images?status=review&limit=100")["images"]:
        served.decide(image["image_id"], "approve")
    served.reviewable("uploads/spoken-terrace.jpg", blotches(981))
    context = browser.new_context(locale="en-US", timezone_id="UTC")
    watch = Watch(context, served.origins)
    heard = Transcript(context)
    page = context.new_page()
    person = Person(page, watch, served).sign_in("vera")
    try:
        person.open("#/upload")
        heard.focus(page)
        heard.press(page, "Tab")
        files = {"spoken-coast.jpg": blotches(982), "spoken-torn.jpg": blotches(983)[:3000]}
        page.get_by_label("Files", exact=True).set_input_files(
            [
                FilePayload(name=name, mimeType="image/jpeg", buffer=data)
                for name, data in files.items()
            ]
        )
        expect(page.get_by_role("log")).to_contain_text("2 files are done.")
        heard.press(page, "Tab", "Tab", "Tab")

        person.open("#/review")
        workplace = page.get_by_role("region", name="The picture to decide about")
        title = workplace.get_by_role("heading", level=2)
        expect(title).to_be_focused()
        heard.focus(page)
        heard.press(page, "r")
        heard.press(page, "Escape")
        heard.press(page, "a")
        expect(workplace.get_by_text("Nothing waits for review.")).to_be_visible()
        until(page, "document.activeElement !== document.body")
        heard.focus(page)
        heard.press(page, "u")
        expect(title).to_be_focused()
        heard.focus(page)
        heard.press(page, "a")
        expect(workplace.get_by_text("Nothing waits for review.")).to_be_visible()

        person.open("#/")
        settle(page)
        heard.focus(page)
        page.get_by_role("grid").get_by_role("link").first.focus()
        heard.focus(page)
        opened = heard.press(page, "ArrowRight").split("“")[1].split(",")[0]
        heard.press(page, " ")
        heard.press(page, "Escape")
        heard.press(page, "Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(opened)
        expect(page.get_by_role("log")).to_contain_text(f"{opened} is ")
        heard.focus(page)
    finally:
        heard.save(FILE)
        context.close()
    assert watch.faults == []
    said = heard.lines
    assert_said(said, "Uploading 2 files.", "spoken-coast.jpg is approved.")
    assert_said(said, "Uploading 2 files.", "spoken-torn.jpg is rejected. The file is damaged")
    decision = ("Approved spoken-terrace.jpg. Undo with U within ten", "Nothing waits for review.")
    undone = ("Took back the decision about spoken-terrace.jpg.", "heading “spoken-terrace.jpg”")
    assert_said(said, "All 2 files are done.", *decision, *undone, *decision)
    assert_said(said, "1 selected.", "None selected.", f"{opened} is ", f"heading “{opened}”")
    assert [line for line in said if UNNAMED.match(line)] == []
    told = [line for line in said if line.startswith("(")]
    assert [one for one, other in pairwise(told) if one == other] == []

"""What others have written is text: no name, note or camera makes the page do anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.pictures import picture_of
from tests.browser.settling import settle
from tests.support.exif_blocks import ascii_text, exif_block
from tests.support.pictures import file_of

if TYPE_CHECKING:
    from tests.browser.person import Person
    from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
NAMES = {
    "markup": f"{MARKUP}.jpg".replace("/", "\u2215"),
    "quotes": "\"'`--><svg onload=alert(3)>${7*7}.jpg",
    "reversed": "invoice\u202egpj.exe",
    "marks": "a\u2066b\u2069\u200f\u0000c.jpg".replace("\u0000", ""),
    "arabic": "صورة العطلة 12.jpg",
    "long": f"{'w' * 990}.jpg",
    "spaces": f"{'a ' * 480}.jpg",
    "emoji": "🏔️ ñandú ½.jpg",
    "formula": "=HYPERLINK(1)+cmd.jpg",
}
# Nothing that the page has not written itself.
_FOREIGN = """() => [...document.querySelectorAll("script, svg[onload], [onerror], iframe, object")]
    .filter(each => !(each.src ?? "").startsWith(location.origin)).map(each => each.outerHTML)"""
_NOT_ISOLATED = """name => {
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode;
        const isolated = text.parentElement.closest("bdi, textarea, pre, code, option");
        if (text.data.includes(name) && !isolated)
            found.push(text.parentElement.outerHTML.slice(0, 300));
    }
    return found;
}"""


@pytest.fixture(scope="module")
def hostile(served: Stack) -> dict[str, str]:
    """Images with hostile names, notes and cameras: their ids by the kind of name."""
    camera = {0x010F: ascii_text(MARKUP), 0x0110: ascii_text(f"{MARKUP} model")}
    exif = exif_block(camera, {0x9003: ascii_text("2024:06:01 10:30:00")})
    ids = {}
    for number, (kind, name) in enumerate(NAMES.items()):
        data = file_of(picture_of(800 + number), exif=exif)
        ids[kind] = served.put(f"uploads/{name}", data)
    for each in ids.values():
        served.await_status(each, "approved")
    return ids


@pytest.mark.parametrize("width", [320, 1440])
def test_gallery_shows_names_as_text(person: Person, hostile: dict[str, str], width: int) -> None:
    person.page.set_viewport_size({"width": width, "height": 900})
    person.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page = person.sign_in("vera").page
    person.open("#/")
    settle(page)
    for name in NAMES.values():
        assert page.evaluate(_NOT_ISOLATED, name) == []
    expect(page.get_by_text(NAMES["arabic"]).first).to_be_attached()
    assert page.evaluate(_FOREIGN) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("kind", NAMES)
def test_picture_shows_everything_as_text(
    person: Person, hostile: dict[str, str], kind: str
) -> None:
    person.page.set_viewport_size({"width": 320, "height": 700})
    person.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page = person.sign_in("vera").page
    person.open(f"#/images/{hostile[kind]}")
    settle(page)
    expect(page.get_by_text(MARKUP).first).to_be_visible()
    assert page.evaluate(_NOT_ISOLATED, NAMES[kind]) == []
    assert page.evaluate(_NOT_ISOLATED, MARKUP) == []
    assert page.evaluate(_FOREIGN) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

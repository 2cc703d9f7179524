"""The gallery stays fast with ten thousand pictures, and is used with the keyboard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import many
from tests.browser.pictures import blotches
from tests.browser.settling import settle, until
from tests.browser.watching import layout_shift
from tests.support.waiting import await_condition

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.person import Person
    from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

NUMBER = 10_000
MOST_ELEMENTS = 3000
LARGEST_SHIFT = 0.1


def cell(page: Page, name: str) -> Locator:
    return page.get_by_role("gridcell").filter(has=page.get_by_role("link", name=name))


@pytest.fixture(scope="module")
def model(served: Stack) -> dict[str, object]:
    image = served.put("uploads/model.jpg", blotches(600))
    served.await_status(image, "approved")
    return dict(served.ask("GET", f"/images/{image}"))


def test_ten_thousand_pictures_are_scrolled_through(
    person: Person, model: dict[str, object]
) -> None:
    page = person.page
    page.set_viewport_size({"width": 1440, "height": 900})
    many.show(page, model, NUMBER)
    person.sign_in("vera").open("#/")
    last = f"{NUMBER - 1:05}.jpg"
    while not cell(page, last).count():
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(20)
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    expect(cell(page, "00000.jpg")).to_be_visible()
    total, shifts = layout_shift(page)
    assert total < LARGEST_SHIFT, shifts


def test_arrows_move_and_select(person: Person, model: dict[str, object]) -> None:
    page = person.page
    many.show(page, model, 200)
    person.sign_in("vera").open("#/")
    page.get_by_role("link", name="00000.jpg").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="00001.jpg")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("gridcell", selected=True)).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("gridcell", selected=True)).to_have_count(0)
    page.keyboard.press("End")
    until(page, "document.activeElement.matches('[role=grid] a')")
    page.keyboard.press("Home")
    expect(page.get_by_role("link", name="00000.jpg")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/images/"))


def test_filters_find_and_selected_pictures_are_deleted(person: Person, served: Stack) -> None:
    names = [f"harvest-{number}.jpg" for number in range(3)]
    images = [
        served.put(f"uploads/{name}", blotches(620 + number)) for number, name in enumerate(names)
    ]
    for image in images:
        served.await_status(image, "approved")
    await_condition(lambda: len(served.ask("GET", "/images?q=harvest")["images"]) == len(names))
    page = person.sign_in("vera").page
    person.open("#/")
    page.get_by_label("Search").fill("harvest")
    expect(page.get_by_role("gridcell")).to_have_count(3)
    for name in names[:2]:
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("gridcell")).to_have_count(1)
    settle(page)
    for image in images[:2]:
        served.await_status(image, "deleted")
    assert served.record(images[2])["status"] == "approved"

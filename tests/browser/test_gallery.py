"""The gallery stays fast with ten thousand pictures, and is used with the keyboard."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser import many
from tests.browser.pictures import blotches
from tests.browser.settling import settle, until, until_true
from tests.browser.watching import layout_shift
from tests.support.waiting import await_condition

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page, Route

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


def test_hundreds_are_deleted_in_batches(person: Person, model: dict[str, object]) -> None:
    page = person.page
    many.show(page, model, 250)
    batches: list[list[str]] = []

    def delete(route: Route) -> None:
        batches.append(json.loads(route.request.post_data or "")["image_ids"])
        results = [{"image_id": each, "status": "deleted"} for each in batches[-1]]
        if len(batches) == 2:
            kept = {"image_id": batches[-1][0], "code": "conflict", "detail": "It kept changing."}
            results[0] = kept
        route.fulfill(status=202, json={"results": results})

    page.route("**/images/bulk-delete", delete)
    person.sign_in("vera").open("#/")
    while not cell(page, "00249.jpg").count():
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(20)
    cell(page, "00249.jpg").get_by_role("link").focus()
    page.keyboard.press("Control+a")
    expect(page.get_by_text("250 selected", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 250 pictures?")
    dialog.get_by_role("button", name="Delete").click()
    left = page.get_by_role("group", name="Selected pictures")
    expect(left.get_by_text("1 selected", exact=True)).to_be_visible()
    expect(left.get_by_role("alert")).to_contain_text("00100.jpg: It kept changing.")
    expect(page.get_by_role("gridcell")).to_have_count(1)
    assert [len(each) for each in batches] == [100, 100, 50]
    assert len({each for batch in batches for each in batch}) == 250


def test_selected_pictures_are_processed_again(person: Person, served: Stack) -> None:
    names = [f"orchard-{number}.jpg" for number in range(2)]
    images = [served.put(f"uploads/{name}", blotches(630 + at)) for at, name in enumerate(names)]
    before = [served.await_status(image, "approved")["processed_at"] for image in images]
    await_condition(lambda: len(served.ask("GET", "/images?q=orchard")["images"]) == len(names))
    page = person.sign_in("vera").page
    page.get_by_label("Search").fill("orchard")
    expect(page.get_by_role("gridcell")).to_have_count(2)
    for name in names:
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Process again").click()
    expect(page.get_by_role("log")).to_contain_text("Processing again: 2 pictures.")
    expect(page.get_by_role("group", name="Selected pictures")).to_have_count(0)
    await_condition(
        lambda: all(
            served.await_status(image, "approved")["processed_at"] > earlier
            for image, earlier in zip(images, before, strict=True)
        )
    )


def test_slow_list_is_asked_once_and_given_up_for_another(
    person: Person, model: dict[str, object]
) -> None:
    page = person.page
    many.show(page, model, 30)
    person.sign_in("vera").open("#/")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    held: list[Route] = []
    given_up: list[str] = []
    page.on("requestfailed", lambda request: given_up.append(request.url))
    page.route("**/images?*q=slow*", lambda route: held.append(route))
    page.get_by_label("Search").fill("slow")
    until_true(page, lambda: bool(held))
    expect(page.get_by_text("Loading …")).to_be_visible()
    expect(page.get_by_role("gridcell")).to_have_count(0)
    page.get_by_label("Status").select_option("approved")
    until_true(page, lambda: len(held) == 2)
    page.get_by_label("Search").fill("fast")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    asked = [each.request.url for each in held]
    assert [each for each in given_up if "/images?" in each] == asked


def test_search_field_follows_the_address(person: Person, model: dict[str, object]) -> None:
    page = person.page
    many.show(page, model, 30)
    person.sign_in("vera").open("#/")
    search = page.get_by_label("Search")
    page.evaluate("location.hash = '#/?q=red+car'")
    expect(search).to_have_value("red car")
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Pictures").click()
    expect(search).to_have_value("")
    search.fill("blue ")
    expect(page).to_have_url(re.compile(r"q=blue$"))
    search.press("End")
    search.press_sequentially("sea")
    expect(page).to_have_url(re.compile(r"q=blue\+sea$"))
    expect(search).to_have_value("blue sea")


def test_dates_are_days_of_the_reader(
    people: Callable[..., Person], model: dict[str, object]
) -> None:
    person = people(timezone_id="Asia/Tokyo")
    page = person.page
    many.show(page, model, 30)
    person.sign_in("vera").open("#/")
    page.get_by_label("From").fill("2026-11-27")
    with page.expect_request(re.compile("[?&]to=")) as asked:
        page.get_by_label("To", exact=True).fill("2026-11-27")
    query = parse_qs(urlsplit(asked.value.url).query)
    assert query["from"] == ["2026-11-26T15:00:00.000Z"]
    assert query["to"] == ["2026-11-27T14:59:59.999Z"]

"""The dashboard shows the API's own numbers, in words, in charts and in tables."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.pictures import blotches
from tests.browser.settling import settle, until_true
from tests.support.waiting import await_condition

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

    from tests.browser.person import Person
    from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

NAMES = {"review": "In review", "pending": "Waiting"}
"""Words for statuses that are not called what they are."""
UNITS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400}
FAULT = '{"detail": "The API is at fault."}'


@pytest.fixture(scope="module")
def counted(served: Stack) -> None:
    """Pictures with several outcomes, once they are counted."""
    approved = [
        served.put(f"uploads/numbers/{number}.jpg", blotches(650 + number)) for number in range(3)
    ]
    torn = served.put("uploads/numbers/torn.jpg", blotches(655)[:3000])
    served.reviewable("uploads/numbers/waiting.jpg", blotches(656))
    for image in approved:
        served.await_status(image, "approved")
    served.await_status(torn, "rejected")

    def known() -> bool:
        totals = served.ask("GET", "/stats")["totals"]
        found = {each["status"]: each for each in totals if "median_seconds" in each}
        return {"approved", "review", "rejected"} <= set(found)

    await_condition(known)


def tile(page: Page, name: str) -> str:
    """The value of a figure."""
    box = page.locator(".tiles > div").filter(has=page.get_by_text(name, exact=True))
    return box.get_by_role("definition").inner_text()


def seconds(words: str) -> float:
    """The length of time that words tell."""
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+) (\w+)", words))


def amount(words: str) -> float:
    return float(words.removeprefix("$").replace(",", ""))


def rows(page: Page, title: str) -> dict[str, int]:
    """The rows of a table of bars, by their names."""
    table = page.get_by_role("table", name=title)
    cells = {
        each.get_by_role("rowheader").inner_text(): each.get_by_role("cell").inner_text()
        for each in table.get_by_role("row").filter(has=page.get_by_role("rowheader")).all()
    }
    return {name: int(words.split("(")[0].replace(",", "")) for name, words in cells.items()}


def chart(page: Page, title: str) -> Locator:
    return page.get_by_role("figure").filter(has=page.get_by_role("heading", name=title))


def test_numbers_are_those_of_the_api(person: Person, counted: None) -> None:
    page = person.sign_in("vera").page
    with page.expect_response("**/stats?*") as answer, page.expect_response("**/reviews") as line:
        person.open("#/numbers")
    stats, queue = answer.value.json(), line.value.json()
    settle(page)
    overall: dict[str, Any] = stats["overall"]
    assert int(tile(page, "Pictures").replace(",", "")) == overall["images"]
    told = tile(page, "Median from upload to outcome")
    assert seconds(told) == pytest.approx(overall["median_seconds"], rel=0.1)
    told = tile(page, "95th percentile")
    assert seconds(told) == pytest.approx(overall["p95_seconds"], rel=0.1)
    assert int(tile(page, "Waiting for review")) == queue["images"]
    assert seconds(tile(page, "Oldest in the queue")) > 0
    priced = [each for each in stats["totals"] if "cost_usd" in each]
    cost = sum(each["cost_usd"] for each in priced)
    images = sum(each["images"] for each in priced)
    told = tile(page, "Cost per 1,000 pictures")
    assert amount(told) == pytest.approx(1000 * cost / images, rel=0.01)
    assert amount(tile(page, "Cost of the period")) == pytest.approx(overall["cost_usd"], rel=0.01)

    statuses, reasons = Counter[str](), Counter[str]()
    for each in stats["totals"]:
        statuses[NAMES.get(each["status"], each["status"].capitalize())] += each["images"]
        reasons[each.get("reason", "")] += each["images"]
    del reasons[""]
    assert rows(page, "By status") == statuses
    assert rows(page, "By reason")["Damaged or truncated"] == reasons["corrupt"]
    assert sorted(rows(page, "By reason").values()) == sorted(reasons.values())


def test_charts_have_words_and_a_table(person: Person, counted: None) -> None:
    page = person.sign_in("vera").page
    with page.expect_response("**/stats?*") as answer:
        person.open("#/numbers")
    stats = answer.value.json()
    settle(page)
    counts = chart(page, "Pictures per hour")
    total = stats["overall"]["images"]
    spoken = counts.get_by_role("img").get_attribute("aria-label") or ""
    assert re.match(rf"Pictures per hour\. {total:,} pictures in 24 hours\. Most in one", spoken)
    counts.get_by_text("as a table").click()
    cells = counts.get_by_role("table").get_by_role("cell").all_inner_texts()
    assert sum(int(each.replace(",", "")) for each in cells if each != "–") == total
    expect(counts.get_by_role("rowheader")).to_have_count(24)
    times = chart(page, "From upload to outcome")
    expect(times.get_by_role("img")).to_have_attribute("aria-label", re.compile("95% took at most"))
    times.get_by_text("as a table").click()
    expect(times.get_by_role("columnheader", name="95th percentile")).to_be_visible()


def test_period_is_never_shown_with_the_numbers_of_another(person: Person, counted: None) -> None:
    page = person.sign_in("vera").page
    person.open("#/numbers")
    settle(page)
    held: list[Route] = []
    page.route("**/stats?*per=day", lambda route: held.append(route))
    page.get_by_label("Period").select_option("month")
    until_true(page, lambda: bool(held))
    expect(page.get_by_text("Counting …")).to_be_visible()
    expect(page.get_by_role("figure")).to_have_count(0)
    held.pop().continue_()
    expect(chart(page, "Pictures per day").get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("in 30 days")
    )
    page.get_by_label("Period").select_option("day")
    expect(chart(page, "Pictures per hour")).to_be_visible()


def test_empty_period_is_told(person: Person) -> None:
    page = person.page
    empty = {"counts": [], "totals": [], "overall": {"images": 0}}

    def nothing(route: Route) -> None:
        found = route.fetch()
        route.fulfill(response=found, json={**found.json(), **empty})

    page.route("**/stats?*", nothing)
    person.sign_in("vera").open("#/numbers")
    expect(page.get_by_text("No picture became known in this period.")).to_be_visible()
    assert tile(page, "Pictures") == "0"
    assert tile(page, "Cost per 1,000 pictures") == "–"


def test_failing_api_is_told_and_asked_again(person: Person, counted: None) -> None:
    person.watch.expect("status of 500")
    page = person.sign_in("vera").page
    page.route("**/stats?*", lambda route: route.fulfill(status=500, body=FAULT))
    person.open("#/numbers")
    expect(page.get_by_role("alert").get_by_text("The API is at fault.")).to_be_visible()
    expect(page.get_by_text("Counting …")).to_have_count(0)
    page.unroute_all()
    page.route("**/reviews", lambda route: route.fulfill(status=500, body=FAULT))
    page.get_by_role("button", name="Try again").click()
    # The counts are worth seeing without the queue, which is told to be missing.
    expect(chart(page, "Pictures per hour")).to_be_visible()
    expect(page.get_by_role("alert").get_by_text("The API is at fault.")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    assert tile(page, "Waiting for review").isdecimal()

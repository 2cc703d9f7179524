"""The page is light: how much is sent, and how long it keeps the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.settling import settle

if TYPE_CHECKING:
    from tests.browser.person import Person
    from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

LARGEST = 60 * 1024
"""Bytes of the page and everything it loads from `/console/`, as they are sent."""
LONGEST = 1.0
"""Seconds of the processor until the first view is shown."""


def test_page_and_its_assets_are_small(person: Person, served: Stack) -> None:
    page = person.sign_in("vera").page
    for place in ("#/", "#/upload"):
        person.open(place)
        settle(page)
    own = {
        each.url: each.sizes()["responseBodySize"]
        for each in person.watch.requests
        if urlsplit(each.url).path.startswith("/console/") and each.method == "GET"
    }
    assert len(own) > 3
    assert sum(own.values()) <= LARGEST, own


def test_first_view_takes_less_than_a_second_of_cpu(person: Person, served: Stack) -> None:
    person.sign_in("vera")
    session = person.page.context.new_cdp_session(person.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    person.page.reload()
    settle(person.page)
    measured = session.send("Performance.getMetrics")["metrics"]
    taken = {each["name"]: each["value"] for each in measured}
    assert taken["TaskDuration"] < LONGEST, taken

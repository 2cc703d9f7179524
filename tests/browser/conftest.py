"""`serve` and a browser, opened once for the tests in this folder; watched pages for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import chromium, stack
from tests.browser.person import Person
from tests.browser.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.browser.stack import Stack


# Scoped to the package: while Playwright runs, this thread has an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = chromium.launched(playwright)
        if found is None:
            pytest.skip(chromium.MISSING)
        with found:
            yield found


@pytest.fixture(scope="package")
def served(browser: Browser) -> Iterator[Stack]:
    """`serve --auth jwt`; needs the browser only so that nothing is started without one."""
    with stack.running() as found:
        yield found


@pytest.fixture
def people(browser: Browser, served: Stack) -> Iterator[Callable[..., Person]]:
    """Function that opens the console for a person, in a context of their own.

    Its arguments are those of `Browser.new_context`. At the end no page may have had a fault.
    """
    opened: list[Person] = []

    def person(**options: Any) -> Person:
        context = browser.new_context(**{"locale": "en-US", "timezone_id": "UTC", **options})
        watch = Watch(context, served.origins)
        opened.append(Person(context.new_page(), watch, served))
        return opened[-1]

    yield person
    for each in opened:
        each.page.context.close()
    assert [fault for each in opened for fault in each.watch.faults] == []


@pytest.fixture
def person(people: Callable[..., Person]) -> Person:
    """One person."""
    return people()

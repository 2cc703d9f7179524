"""Waits until a page is complete."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

_PAUSE = 50  # ms


def settle(page: Page) -> None:
    """Wait until nothing loads."""
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    until(page, "[...document.images].every(each => each.complete || !each.src)")


def until(page: Page, expression: str) -> None:
    """Wait until an expression is true; without the eval() that the page's policy forbids.

    Raises:
        AssertionError: it is not, for as long as `PATIENCE`.
    """
    until_true(page, lambda: page.evaluate(f"Boolean({expression})"), expression)


def until_true(page: Page, condition: Callable[[], bool], what: str = "") -> None:
    """Wait until a condition is true, while the page and its routes go on.

    Raises:
        AssertionError: it is not, for as long as `PATIENCE`.
    """
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        page.wait_for_timeout(_PAUSE)

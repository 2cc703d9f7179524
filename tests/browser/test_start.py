"""The page starts, under its policy, from the stack alone; a part of `make test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser import axe

if TYPE_CHECKING:
    from tests.browser.person import Person


def test_page_starts_without_a_fault(person: Person) -> None:
    person.page.goto(person.served.console)
    expect(person.page.get_by_role("heading", level=1)).to_be_visible()
    assert axe.violations(person.page) == []

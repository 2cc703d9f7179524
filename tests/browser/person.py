"""A person in front of the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from playwright.sync_api import expect

from tests.browser.settling import until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.stack import Stack
    from tests.browser.watching import Watch

VIEWS = {"gallery": "#/", "upload": "#/upload", "review": "#/review", "numbers": "#/numbers"}
"""The views that need no image, with their places."""
_SECONDS = 60
expect.set_options(timeout=_SECONDS * 1000)


@dataclass(frozen=True)
class Person:
    """A person's page, its watch, and the stack that it belongs to."""

    page: Page
    watch: Watch
    served: Stack

    def sign_in(self, name: str, *scopes: str) -> Self:
        """Open the console, and sign in with the stand-in.

        Args:
            name: the subject of the tokens.
            scopes: those to ask for; all if there are none.
        """
        self.page.goto(f"{self.served.console}/")
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        self.give_name(self.page, name, *scopes)
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        return self

    def give_name(self, page: Page, name: str, *scopes: str) -> None:
        """Fill in the stand-in for signing in, which a page shows."""
        page.get_by_label("Name").fill(name)
        for box in page.get_by_role("checkbox").all():
            box.set_checked(not scopes or box.get_attribute("value") in scopes)
        page.get_by_role("button", name="Sign in").click()

    def open(self, place: str) -> Locator:
        """Go to a view by its place, the part of the URL after the page; return its heading."""
        self.page.evaluate(
            """place => {
                const before = document.querySelector("h1");
                if (before && (location.hash || "#/") !== place) before.isOld = true;
                location.hash = place;
            }""",
            place,
        )
        until(self.page, "(at => at.tagName === 'H1' && !at.isOld)(document.activeElement)")
        return self.page.locator("main h1")

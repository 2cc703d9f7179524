"""A person in front of the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from playwright.sync_api import expect

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

    def sign_in(self, name: str, scopes: str = "") -> Self:
        """Open the console, and sign in with the stand-in.

        Args:
            name: the subject of the tokens.
            scopes: the only ones to ask for; all if empty.
        """
        self.page.goto(f"{self.served.console}/")
        return self

    def open(self, place: str) -> Locator:
        """Go to a view by its place, the part of the URL after the page; return its heading."""
        self.page.evaluate("place => { location.hash = place; }", place)
        heading = self.page.get_by_role("heading", level=1)
        expect(heading).to_be_focused()
        return heading

"""A person in front of the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.stack import Stack
    from tests.browser.watching import Watch


@dataclass(frozen=True)
class Person:
    """A person's page, its watch, and the stack that it belongs to."""

    page: Page
    watch: Watch
    served: Stack

"""Watches what a page does, for faults that no test expects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

# `about:` and `blob:` ask nobody; `data:` neither, but the page's policy does not allow it.
_LOCAL = {"about", "blob", "data"}
_OBSERVERS = """
addEventListener("securitypolicyviolation", event => violated(
    `${event.violatedDirective} ${event.blockedURI} ${event.sample} (${event.documentURI})`));
globalThis.shifts = [];
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
        if (!entry.hadRecentInput) {
            shifts.push([entry.value, entry.sources.map(each =>
                `${each.node?.nodeName}.${each.node?.className} ${JSON.stringify(each.previousRect)
                } ${JSON.stringify(each.currentRect)}`)]);
        }
    }
}).observe({type: "layout-shift", buffered: true});
"""


class Watch:
    """Faults of the pages of a context: violations of the Content-Security-Policy, errors, and
    requests to anybody but the stack.

    Args:
        context: without pages yet.
        origins: of the stack.
    """

    def __init__(self, context: BrowserContext, origins: Collection[str]) -> None:
        self._origins = origins
        self._found: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self.requests: list[Request] = []
        context.expose_function("violated", self._violated)
        context.add_init_script(_OBSERVERS)
        context.on("request", self._requested)
        context.on("weberror", self._failed)
        context.on("console", self._said)

    def expect(self, pattern: str) -> None:
        """Accept faults that match, because the test provokes them."""
        self._expected.append(re.compile(pattern))

    @property
    def faults(self) -> list[str]:
        """The faults that were not expected."""
        return [
            each for each in self._found if not any(known.search(each) for known in self._expected)
        ]

    def _violated(self, what: str) -> None:
        self._found.append(f"CSP: {what}")

    def _requested(self, request: Request) -> None:
        self.requests.append(request)
        parts = urlsplit(request.url)
        if parts.scheme not in _LOCAL and f"{parts.scheme}://{parts.netloc}" not in self._origins:
            self._found.append(f"foreign request: {request.method} {request.url}")

    def _failed(self, error: WebError) -> None:
        self._found.append(f"error: {error.error.stack or error.error.message}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            where = message.location.get("url", "")
            self._found.append(f"console {message.type}: {message.text} ({where})")


def layout_shift(page: Page) -> tuple[float, list[Any]]:
    """Return how much the page has shifted without a person's doing, and what did."""
    shifts: list[Any] = page.evaluate("shifts")
    return sum(value for value, _ in shifts), shifts

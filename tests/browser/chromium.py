"""Finds the Chromium for these tests; as a command, says loudly if there is none.

Debian's, Chrome, or one that `python -m playwright install chromium` has installed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "there is no Chromium here. Install one: apt install chromium, "
    "or .venv/bin/python -m playwright install chromium"
)
"""Why the tests are skipped without a browser."""


def executable(playwright: Playwright) -> str | None:
    """Return the path of the browser; None if there is none."""
    installed = filter(None, map(shutil.which, _NAMES))
    own = playwright.chromium.executable_path
    return next(installed, own if Path(own).exists() else None)


def launched(playwright: Playwright) -> Browser | None:
    """Start the browser, headless; return None if there is none."""
    path = executable(playwright)
    # Without its services it asks nobody for updates, translations and the like.
    quiet = ["--disable-background-networking", "--disable-component-update"]
    camera = "--use-fake-device-for-media-stream"
    return playwright.chromium.launch(executable_path=path, args=[*quiet, camera]) if path else None


def main() -> None:
    """Print a notice if there is no browser."""
    with sync_playwright() as playwright:
        found = executable(playwright)
    if found is None:
        stars = "*" * 79
        sys.stderr.write(f"{stars}\nSKIPPED: the console was not tested: {MISSING}.\n{stars}\n")


if __name__ == "__main__":
    main()

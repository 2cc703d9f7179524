"""Every view at the widths of a phone, a tablet and a desktop, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import axe
from tests.browser.person import VIEWS
from tests.browser.pictures import blotches
from tests.browser.settling import settle
from tests.browser.watching import layout_shift

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.person import Person
    from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

ARTIFACTS = Path(__file__).parents[2] / ".build/browser"
WIDTHS = {360: 740, 768: 1024, 1440: 900}
"""Widths, with the height that goes with each."""
LARGEST_SHIFT = 0.1
"""Of a good page: web.dev/articles/cls."""

# Elements that are wider than the page, unless an ancestor scrolls.
_OVERFLOWING = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")].filter(each => {
        for (let at = each.parentElement; at; at = at.parentElement) {
            if (getComputedStyle(at).overflowX !== "visible") return false;
        }
        return each.getBoundingClientRect().right > innerWidth + 1;
    }).map(each => each.outerHTML.slice(0, 200))"""
# Targets of less than 24 × 24 CSS pixels, without links in text (WCAG 2.5.8).
_SMALL = """() => [...document.querySelectorAll("button, select, summary, input, a")]
    .filter(each => each.checkVisibility() && !each.closest("p, li, dd, td, th, label, h1, h2, h3"))
    .map(each => [each.getBoundingClientRect(), each])
    .filter(([box]) => box.width > 1 && (box.width < 24 || box.height < 24))
    .map(([, each]) => each.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def contents(served: Stack) -> dict[str, str]:
    """Images in several states, by status."""
    approved = served.put("uploads/views/approved.jpg", blotches(901))
    served.put("uploads/views/broken.jpg", b"not a picture")
    served.await_status(approved, "approved")
    waiting = served.reviewable("uploads/views/waiting.jpg", blotches(902))
    return {"approved": approved, "review": waiting}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", [*VIEWS, "picture"])
def test_view_is_accessible_and_fits(
    people: Callable[..., Person], contents: dict[str, str], view: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": WIDTHS[width]}
    person = people(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = person.sign_in("vera").page
    person.open(VIEWS.get(view, f"#/images/{contents['approved']}"))
    settle(page)
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    name = f"{view}-{width}-{scheme}.png"
    page.screenshot(path=ARTIFACTS / name, full_page=True, caret="initial")
    assert axe.violations(page) == []
    assert page.evaluate(_OVERFLOWING) == []
    assert page.evaluate(_SMALL) == []
    total, shifts = layout_shift(page)
    assert total < LARGEST_SHIFT, shifts

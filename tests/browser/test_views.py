"""Every view from the narrowest phone to 4K, in light and dark, and as people have set it."""

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
WIDTHS = {320: 640, 360: 740, 768: 1024, 1440: 900, 3840: 2160}
"""Widths, with the height that goes with each."""
WIDEST_PHONE = 480
SCREENS = [
    (320, "dark"),
    *((width, scheme) for width in (360, 768, 1440) for scheme in ("light", "dark")),
    (3840, "light"),
]
"""Widths with the color scheme, of which the usual widths are tested with both."""
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
# What moves or fades.
_MOVING = """() => [...document.querySelectorAll("*")].filter(each => {
    const style = getComputedStyle(each);
    return style.animationName !== "none" || style.transitionDuration !== "0s";
}).map(each => each.outerHTML.slice(0, 200))"""
# The focused element without a ring, unless it is a heading, which cannot be operated.
_RINGLESS = """() => [document.activeElement].filter(at => !at.matches("body, main, h1, h2"))
    .filter(at => {
        const style = getComputedStyle(at);
        const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        return !ring || style.outlineColor === getComputedStyle(document.body).backgroundColor;
    }).map(at => at.outerHTML.slice(0, 200))"""
_STATUSES = """() => [...document.querySelectorAll(".status, .tile-status")]
    .filter(each => each.checkVisibility())
    .map(each => [each.textContent, getComputedStyle(each).color])"""
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"
STOPS = 12
"""Elements that the Tab key is followed to, in each view."""


@pytest.fixture(scope="module")
def contents(served: Stack) -> dict[str, str]:
    """Images in several states, by status."""
    approved = served.put("uploads/views/approved.jpg", blotches(901))
    served.put("uploads/views/broken.jpg", b"not a picture")
    served.await_status(approved, "approved")
    waiting = served.reviewable("uploads/views/waiting.jpg", blotches(902))
    return {"approved": approved, "review": waiting}


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
@pytest.mark.parametrize("view", [*VIEWS, "picture"])
def test_view_is_accessible_and_fits(
    people: Callable[..., Person], contents: dict[str, str], view: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": WIDTHS[width]}
    phone = {"has_touch": True, "is_mobile": True} if width <= WIDEST_PHONE else {}
    person = people(viewport=size, color_scheme=scheme, reduced_motion="reduce", **phone)
    page = person.sign_in("vera").page
    person.open(VIEWS.get(view, f"#/images/{contents['approved']}"))
    settle(page)
    total, shifts = layout_shift(page)  # a picture of the whole page lets it shift
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    name = f"{view}-{width}-{scheme}.png"
    page.screenshot(path=ARTIFACTS / name, full_page=True, caret="initial")
    assert axe.violations(page) == []
    assert page.evaluate(_OVERFLOWING) == []
    assert page.evaluate(_SMALL) == []
    assert page.evaluate(_MOVING) == []
    assert total < LARGEST_SHIFT, shifts


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colors_keep_focus_and_status_visible(
    people: Callable[..., Person], contents: dict[str, str], scheme: str
) -> None:
    person = people(color_scheme=scheme, forced_colors="active").sign_in("vera")
    page = person.page
    background = page.evaluate(_BACKGROUND)
    statuses = []
    for place in [*VIEWS.values(), f"#/images/{contents['approved']}"]:
        person.open(place)
        settle(page)
        for _ in range(STOPS):
            page.keyboard.press("Tab")
            assert page.evaluate(_RINGLESS) == []
        statuses += page.evaluate(_STATUSES)
    assert "approved" in {text.lower() for text, _ in statuses}
    assert all(color != background for _, color in statuses)


def test_text_at_twice_its_size_fits(
    people: Callable[..., Person], contents: dict[str, str]
) -> None:
    person = people(viewport={"width": 640, "height": 900}).sign_in("vera")
    for place in [*VIEWS.values(), f"#/images/{contents['approved']}"]:
        person.open(place)
        person.page.evaluate("document.documentElement.style.fontSize = '200%'")
        settle(person.page)
        assert person.page.evaluate(_OVERFLOWING) == []

"""Every view has the structure that its reference says, on a phone and on a desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import stack, structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.stack import Stack


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[tuple[Stack, dict[str, str]]]:
    """`serve --auth none`, with what the views show."""
    with stack.running("none") as served:
        yield served, structure.fill(served)


@pytest.mark.browser
@pytest.mark.parametrize("width", structure.WIDTHS)
@pytest.mark.parametrize("view", structure.PLACES)
def test_view_has_the_structure_of_its_reference(
    browser: Browser, opened: tuple[Stack, dict[str, str]], view: str, width: str
) -> None:
    with structure.shown(browser, *opened, view, width) as person:
        found = structure.structure(person.page)
    if changes := structure.difference(view, width, found):
        pytest.fail(changes, pytrace=False)


@pytest.mark.browser
@pytest.mark.parametrize("width", structure.WIDTHS)
def test_page_without_a_sign_in_says_that_everybody_may_do_everything(
    browser: Browser, opened: tuple[Stack, dict[str, str]], width: str
) -> None:
    with structure.shown(browser, *opened, "gallery", width) as person:
        notices = person.page.get_by_role("region", name="Notices")
        expect(notices.get_by_text("This page has no sign-in.")).to_be_in_viewport()
        expect(notices).to_contain_text("may see, upload, decide and delete everything")
        expect(person.page.get_by_role("button", name="Sign out")).to_have_count(0)
        links = person.page.get_by_role("navigation", name="Views").get_by_role("link")
        assert links.all_inner_texts() == ["Pictures", "Upload", "Review", "Numbers"]


BEFORE = """
- navigation:
  - list:
    - listitem:
      - link "Upload"
    - listitem:
      - link "Review"
- main:
  - heading "ridge-1.jpg" [level=1]
  - list:
    - listitem:
      - paragraph: Uploaded
      - time: 10:18:00 PM
    - listitem:
      - paragraph: Checked
      - time: 10:18:01 PM
  - text: 18 pictures, 1 h 5 min, $0.0013, Nov 27, 2026, 10:18 PM
"""


def test_structure_says_nothing_of_numbers_times_and_names_of_files() -> None:
    other = BEFORE.replace("ridge-1.jpg", "pass-22.jpg").replace("18 pictures", "4,000 pictures")
    other = other.replace("1 h 5 min", "38 s").replace("Nov 27, 2026, 10:18 PM", "Jan 1, 1:05 AM")
    assert other != BEFORE
    assert structure.normal(other) == structure.normal(BEFORE)


def test_structure_is_the_same_for_a_longer_list() -> None:
    item = "    - listitem:\n      - paragraph: Moderated\n      - time: 10:18:02 PM\n"
    other = BEFORE.replace("  - text: 18", f"{item}  - text: 18")
    assert structure.normal(other) == structure.normal(BEFORE)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('      - link "Review"\n', ""),
        ('link "Upload"', 'button "Upload"'),
        ('link "Upload"', 'link "Send"'),
        ("[level=1]", "[level=2]"),
        ("      - time: 10:18:00 PM\n", ""),
    ],
)
def test_structure_says_what_is_gone_or_has_become_something_else(was: str, becomes: str) -> None:
    other = BEFORE.replace(was, becomes)
    assert other != BEFORE
    assert structure.normal(other) != structure.normal(BEFORE)


@pytest.mark.browser
def test_structure_says_what_is_side_by_side(browser: Browser) -> None:
    def arranged(style: str) -> str:
        page = browser.new_page()
        page.set_content(
            f'<div id="app"><main style="{style}"><section>one</section><nav>two</nav></main></div>'
        )
        found = structure.structure(page)
        page.close()
        return found

    assert "section | nav" in arranged("display: flex")
    assert "nav | section" in arranged("display: flex; flex-direction: row-reverse")
    assert "  section\n  nav" in arranged("")

"""The structure of the views, and the references that it is compared with.

A reference says what assistive technology finds on a view and in which order, and how its blocks
are arranged. `python -m tests.browser.structure` writes the references anew.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.sync_api import expect, sync_playwright

from tests.browser import chromium, stack
from tests.browser.person import VIEWS, Person
from tests.browser.pictures import blotches
from tests.browser.settling import settle, until
from tests.browser.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.stack import Stack

FOLDER = Path(__file__).parent / "structures"
WIDTHS = {"phone": 360, "desktop": 1440}
PLACES = {**VIEWS, "picture": "#/images/{approved}", "nothing-found": "#/?q=nothing"}
"""The views with their places, in which names of images stand for their ids."""
_PHONE: dict[str, Any] = {"has_touch": True, "is_mobile": True}
_HEIGHT = 900
_READY = {
    "gallery": "[role=gridcell]",
    "upload": ".drop",
    "review": ".review-item",
    "numbers": ".bars",
    "picture": ".timeline",
    "nothing-found": ".grid-end > p:not([aria-busy])",
}
"""What each view shows once it has what it asks for."""
_COUNTED = "![...document.querySelectorAll('dd')].some(each => each.textContent === '–')"
_COMMAND = ".venv/bin/python -m tests.browser.structure"

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_SPAN = r"#(?:,#)? (?:ms|s|min|h|d)\b"
# What differs from one run to the next, in this order.
_VARIABLE = (
    (re.compile(r"\b[a-z2-7]{26}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"[\w-]+\.(?:jpg|dng|txt)\b"), "FILE"),
    (re.compile(r"(?<!level=)\d+(?:[.,:]\d+)*"), "#"),
    (re.compile(rf"{_MONTH} #(?:, #)?(?! [AP]M)"), "DAY"),
    (re.compile(r"# [AP]M\b"), "TIME"),
    (re.compile(r"(?:DAY, )?TIME|DAY"), "TIME"),
    (re.compile(rf"{_SPAN}(?: {_SPAN})*"), "SPAN"),
    (re.compile(r" ?SPAN later"), ""),
)
_LINE = re.compile(r"( *)- (.*)")
_REPEATED = {"listitem", "row", "gridcell"}
_KEPT = "navigation"
_FLEETING = "log"
# The names of rows and cells are what is in them; what is in a picture is what its name says.
_ROW = re.compile(r"'?(row|gridcell) .*")
_PICTURE = re.compile(r"('img \".*\"'|img \"[^\"]*\"): .*")

# Blocks, row by row: those that share most of their height are side by side. What is repeated is
# said once; in a row, with its number.
_ARRANGEMENT = """() => {
    const inline = "a, button, input, select, textarea, span, kbd, time, code, strong, bdi, br";
    const whole = "table, svg, p, h1, h2, h3, dl > div, summary, progress, pre"
        + ", .buttons, .labels, .counts";
    const shown = at => at.checkVisibility({visibilityProperty: true})
        && at.getBoundingClientRect().width > 1 && !at.matches(inline);
    const name = at => [at.tagName.toLowerCase(), ...at.classList].join(".");
    const below = at => at.matches(whole) ? [] : [...at.children].filter(shown);
    const rows = blocks => {
        const found = [];
        const boxes = blocks.map(at => [at, at.getBoundingClientRect()]);
        boxes.sort(([, one], [, other]) => one.top - other.top);
        for (const [at, box] of boxes) {
            const row = found.at(-1);
            const middle = box.top + Math.min(box.height, row?.height ?? 0) / 2;
            if (row && middle < row.top + row.height) row.blocks.push([at, box.left]);
            else found.push({top: box.top, height: box.height, blocks: [[at, box.left]]});
        }
        return found.map(({blocks}) => blocks.sort((one, other) => one[1] - other[1])
            .map(([at]) => at));
    };
    const once = lines => lines.filter((line, place) => line !== lines[place - 1]);
    const inside = at => once(rows(below(at)).map(row => described(row))).join("\\n");
    const indented = text => text.replaceAll(/^/gm, "  ");
    const described = row => {
        const all = row.map(at => {
            const text = inside(at);
            return text ? `${name(at)}\\n${indented(text)}` : name(at);
        });
        if (all.length === 1) return all[0];
        const each = once(all);
        const number = text => all.filter(other => other === text).length;
        const times = text => number(text) > 1 ? ` × ${number(text)}` : "";
        const heads = each.map(text => text.split("\\n")[0] + times(text)).join(" | ");
        const deep = each.filter(text => text.includes("\\n"));
        return [heads, ...deep.map(indented)].join("\\n");
    };
    const stuck = [...document.querySelectorAll("#app *")]
        .filter(at => getComputedStyle(at).position === "sticky");
    stuck.forEach(at => at.style.setProperty("position", "static"));
    const found = inside(document.getElementById("app"));
    stuck.forEach(at => at.style.removeProperty("position"));
    return found;
}"""


class _Node(NamedTuple):
    text: str
    below: list[_Node]

    def shape(self) -> tuple[Any, ...]:
        """The roles, without names."""
        role = re.split(r"[ :]", self.text)[0]
        return (role, *(each.shape() for each in self.below))


def structure(page: Page) -> str:
    """Return what a page consists of, as its reference has it."""
    tree = normal(page.locator("body").aria_snapshot())
    return f"{tree}\n\n{page.evaluate(_ARRANGEMENT)}\n"


def normal(snapshot: str) -> str:
    """Return an accessibility tree without what differs from one run to the next.

    That is numbers, times and names of files; and of items of one kind in a list or table, all but
    the first.
    """
    lines = [line for line in snapshot.splitlines() if not line.lstrip().startswith("- /")]
    text = "\n".join(lines)
    for pattern, word in _VARIABLE:
        text = pattern.sub(word, text)
    return "\n".join(_written(_tree(text.splitlines()), 0))


def _tree(lines: list[str]) -> list[_Node]:
    root: list[_Node] = []
    levels = [root]
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        depth = len(found[1]) // 2
        own = _PICTURE.sub(r"\1", _ROW.sub(r"\1", found[2])).rstrip(": ")
        if own == "text":
            continue
        node = _Node(own, [])
        levels = levels[: depth + 1]
        levels[-1].append(node)
        levels.append(node.below)
    return root


def _written(nodes: list[_Node], depth: int, whole: bool = False) -> Iterator[str]:
    before: tuple[Any, ...] | None = None
    for node in nodes:
        shape = node.shape()
        repeated = shape == before and shape[0] in _REPEATED and not whole
        before = shape
        if repeated:
            continue
        yield f"{'  ' * depth}- {node.text}"
        if node.text.startswith(_FLEETING):
            continue
        yield from _written(node.below, depth + 1, whole or node.text.startswith(_KEPT))


def reference(view: str, width: str) -> Path:
    """Return the file with the reference of a view."""
    return FOLDER / f"{view}-{width}.txt"


def difference(view: str, width: str, found: str) -> str:
    """Return how a structure differs from its reference; "" if it does not."""
    path = reference(view, width)
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = unified_diff(
        known.splitlines(), found.splitlines(), path.name, "the page", lineterm="", n=4
    )
    changes = "\n".join(lines)
    return changes and f"{changes}\n\nIf that is meant: {_COMMAND}"


def fill(served: Stack) -> dict[str, str]:
    """Upload what the views show; return ids by name."""
    approved = served.put("uploads/approved.jpg", blotches(951))
    served.await_status(approved, "approved")
    served.await_status(served.put("uploads/broken.jpg", b"not a picture"), "rejected")
    return {
        "approved": approved,
        "waiting": served.reviewable("uploads/waiting.jpg", blotches(952)),
    }


@contextmanager
def shown(
    browser: Browser, served: Stack, images: dict[str, str], view: str, width: str
) -> Iterator[Person]:
    """Context manager that opens a view of a stack without a sign-in.

    Raises:
        AssertionError: the page had a fault.
    """
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": _HEIGHT},
        locale="en-US",
        timezone_id="UTC",
        reduced_motion="reduce",
        **(_PHONE if width == "phone" else {}),
    )
    watch = Watch(context, served.origins)
    person = Person(context.new_page(), watch, served)
    person.page.goto(f"{served.console}/{PLACES[view].format(**images)}")
    expect(person.page.locator(_READY[view]).first).to_be_visible()
    until(person.page, _COUNTED)
    settle(person.page)
    yield person
    if view == "review":  # gives the picture back
        with person.page.expect_response(lambda answer: answer.request.method == "DELETE"):
            person.page.evaluate("location.hash = '#/upload'")
    context.close()
    assert watch.faults == []


def main() -> int:
    """Write every reference; return the exit code."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = chromium.launched(playwright)
        if browser is None:
            sys.stderr.write(f"no reference was written: {chromium.MISSING}\n")
            return 1
        with browser, stack.running("none") as served:
            images = fill(served)
            for view in PLACES:
                for width in WIDTHS:
                    with shown(browser, served, images, view, width) as person:
                        text = structure(person.page)
                    reference(view, width).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Reviewers decide with the keyboard, and never about the same picture twice."""

from __future__ import annotations

import csv
import io
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from image_pipeline.identity import lease_id
from tests.browser.pictures import blotches
from tests.browser.settling import settle
from tests.support.waiting import await_condition

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.person import Person
    from tests.browser.stack import Stack

    Waiting = Callable[[int], dict[str, str]]

pytestmark = pytest.mark.browser

_NUMBERS = count(1)
UNDO_MILLISECONDS = 11_000
RENEWAL_MILLISECONDS = 51_000


@pytest.fixture
def waiting(served: Stack) -> Waiting:
    """Function that puts pictures into the empty queue, and returns their ids by file name."""
    for image in served.ask("GET", "/images?status=review&limit=100")["images"]:
        served.decide(image["image_id"], "approve")

    def queue(pictures: int) -> dict[str, str]:
        numbers = [next(_NUMBERS) for _ in range(pictures)]
        names = {number: f"queued-{number}.jpg" for number in numbers}
        return {
            name: served.reviewable(f"uploads/{name}", blotches(number))
            for number, name in names.items()
        }

    return queue


def workplace(person: Person) -> Locator:
    return person.page.get_by_role("region", name="The picture to decide about")


def nothing(person: Person) -> Locator:
    """What says that the queue is empty."""
    return workplace(person).get_by_text("Nothing waits for review.")


def title(person: Person) -> Locator:
    """The name of the picture that is open."""
    return workplace(person).get_by_role("heading", level=2)


def decision_in(record: dict[str, Any]) -> dict[str, Any]:
    """Return the event of a person's decision."""
    (found,) = (each for each in record["history"] if each["type"] == "decided")
    return dict(found)


def reviewing(person: Person, name: str) -> Person:
    person.sign_in(name).open("#/review")
    return person


def test_ten_pictures_are_reviewed_by_keyboard_alone(
    person: Person, served: Stack, waiting: Waiting
) -> None:
    images = waiting(10)
    keys = reviewing(person, "vera").page.keyboard
    decided = {}
    for turn in range(10):
        expect(title(person)).to_be_focused()
        name = title(person).inner_text()
        decided[name] = "approved" if turn % 2 else "rejected"
        if turn % 2:
            keys.press("a")
        else:
            keys.press("r")
            keys.press("1")
        expect(title(person).filter(has_text=name)).to_have_count(0)
    expect(nothing(person)).to_be_visible()
    assert set(decided) == set(images)
    for name, status in decided.items():
        record = served.await_status(images[name], status)
        assert decision_in(record)["by"] == "vera"


def test_undone_decision_is_never_sent(person: Person, served: Stack, waiting: Waiting) -> None:
    ((name, image),) = waiting(1).items()
    person.page.clock.install()
    page = reviewing(person, "vera").page
    expect(title(person)).to_have_text(name)
    page.keyboard.press("a")
    expect(nothing(person)).to_be_visible()
    page.keyboard.press("u")
    expect(title(person)).to_have_text(name)
    page.clock.fast_forward(UNDO_MILLISECONDS)
    expect(title(person)).to_have_text(name)
    posted = [each.url for each in person.watch.requests if each.method == "POST"]
    assert not any(f"/images/{image}/review" in url for url in posted)
    assert served.record(image)["status"] == "review"


def test_decision_is_sent_once_it_cannot_be_undone(
    person: Person, served: Stack, waiting: Waiting
) -> None:
    ((name, image),) = waiting(1).items()
    person.page.clock.install()
    page = reviewing(person, "vera").page
    expect(title(person)).to_have_text(name)
    page.keyboard.press("r")
    page.keyboard.press("6")
    expect(nothing(person)).to_be_visible()
    assert served.record(image)["status"] == "review"
    page.clock.fast_forward(UNDO_MILLISECONDS)
    record = served.await_status(image, "rejected")
    assert decision_in(record)["why"] == "Spam or advertising"


def test_decisions_are_saved_as_csv_that_no_spreadsheet_runs(
    person: Person, served: Stack, waiting: Waiting
) -> None:
    ((name, image),) = waiting(1).items()
    etag = served.ask("GET", f"/reviews/{image}")["etag"]
    body = {"decision": "reject", "reason": "=1+1", "note": 'He said "no",\nand left.'}
    served.ask("POST", f"/images/{image}/review", body, **{"if-match": etag})
    await_condition(
        lambda: served.ask("GET", "/decisions?limit=1")["decisions"][0]["image_id"] == image
    )
    page = reviewing(person, "vera").page
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    text = saved.value.path().read_text(encoding="utf-8-sig")
    first = next(csv.DictReader(io.StringIO(text, newline="")))
    assert first["key"] == f"uploads/{name}"
    assert (first["decision"], first["reason"], first["note"]) == ("reject", "'=1+1", body["note"])


def test_skipped_picture_goes_to_somebody_else(
    people: Callable[..., Person], waiting: Waiting
) -> None:
    ((name, _),) = waiting(1).items()
    vera = reviewing(people(), "vera")
    expect(title(vera)).to_have_text(name)
    vera.page.keyboard.press("s")
    expect(nothing(vera)).to_be_visible()
    expect(title(reviewing(people(), "ravi"))).to_have_text(name)


def shown(person: Person) -> str | None:
    """The name of the picture that is open; None if nothing waits."""
    expect(title(person).or_(nothing(person))).to_be_visible()
    expect(workplace(person).locator("[aria-busy=true]")).to_have_count(0)
    return title(person).inner_text() if title(person).is_visible() else None


def test_two_reviewers_get_different_pictures(
    people: Callable[..., Person], served: Stack, waiting: Waiting
) -> None:
    images = waiting(6)
    both = [reviewing(people(), name) for name in ("vera", "ravi")]
    seen: list[str] = []
    while len(seen) < len(images):
        for each in both:
            if name := shown(each):
                seen.append(name)
                each.page.keyboard.press("a")
                expect(title(each).filter(has_text=name)).to_have_count(0)
    assert sorted(seen) == sorted(images)
    for each in both:
        each.page.goto("about:blank")  # leaving sends what waits
    for image in images.values():
        assert served.await_status(image, "approved")["status"] == "approved"


def test_next_picture_is_there_before_the_open_one_is_decided(
    person: Person, waiting: Waiting
) -> None:
    first, second = waiting(2).items()
    person.watch.expect("ERR_INTERNET_DISCONNECTED")
    with person.page.expect_response(f"**/reviews/{second[1]}") as answered:
        page = reviewing(person, "vera").page
    answered.value.finished()
    expect(title(person)).to_have_text(first[0])
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(title(person)).to_have_text(second[0])
    page.keyboard.press("u")
    expect(title(person)).to_have_text(first[0])
    page.keyboard.press("s")
    expect(title(person)).to_have_text(second[0])


def test_reviewer_is_told_of_a_lost_hold_and_of_the_decision_of_somebody_else(
    person: Person, served: Stack, waiting: Waiting
) -> None:
    (first, image), (second, other) = waiting(2).items()
    person.watch.expect("status of 4(09|12)")
    person.page.clock.install()
    with person.page.expect_response(f"**/reviews/{other}"):
        page = reviewing(person, "vera").page
    expect(title(person)).to_have_text(first)
    served.client("dynamodb").update_item(
        TableName=served.names["IdempotencyTable"],
        Key={"id": {"S": lease_id(image)}},
        UpdateExpression="SET holder = :other",
        ExpressionAttributeValues={":other": {"S": "somebody"}},
    )
    page.clock.fast_forward(RENEWAL_MILLISECONDS)
    expect(workplace(person).get_by_text(f"Your hold on {first} has ended")).to_be_visible()
    expect(title(person)).to_have_text(second)
    served.decide(other, "approve")
    page.keyboard.press("r")
    page.keyboard.press("1")
    page.clock.fast_forward(UNDO_MILLISECONDS)
    told = workplace(person).get_by_role("alert")
    expect(told).to_contain_text("Somebody else has decided about it")
    assert served.record(other)["status"] == "approved"


def test_note_is_text_and_no_shortcut(person: Person, served: Stack, waiting: Waiting) -> None:
    ((name, image),) = waiting(1).items()
    page = reviewing(person, "vera").page
    expect(title(person)).to_be_focused()
    page.keyboard.press("n")
    page.keyboard.type("s u b g a r")
    expect(title(person)).to_have_text(name)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.goto("about:blank")
    assert served.await_status(image, "approved")["decision"]["note"] == "s u b g a r"


def test_no_pixel_is_asked_for_before_the_picture_is_revealed(
    person: Person, served: Stack, waiting: Waiting
) -> None:
    waiting(0)
    number = next(_NUMBERS)
    images = [
        served.reviewable(f"uploads/unseen-{side}.jpg", blotches(number, (side, 480)))
        for side in (640, 600)
    ]
    page = reviewing(person, "vera").page
    pixels, placeholders = page.locator(".guarded img"), page.locator(".guarded canvas")
    bucket = served.names["RenditionsBucket"]

    def asked() -> int:
        urls = [each.url for each in person.watch.requests if bucket in each.url]
        return sum(any(image in url for image in images) for url in urls)

    expect(placeholders).to_have_count(2)  # of the picture and its near-duplicate
    person.open("#/")
    expect(page.get_by_text("unseen-640.jpg").first).to_be_visible()
    person.open(f"#/images/{images[0]}")
    expect(placeholders).to_be_visible()
    person.open("#/review")
    expect(placeholders).to_have_count(2)
    assert asked() == 0
    expect(title(person)).to_be_focused()
    page.keyboard.down(" ")
    expect(pixels).to_have_count(2)
    page.keyboard.up(" ")
    expect(pixels).to_have_count(0)
    page.locator(".guarded").first.hover()
    page.mouse.down()
    expect(pixels).to_have_count(2)
    page.mouse.up()
    expect(pixels).to_have_count(0)
    before = asked()
    assert before >= 1
    title(person).focus()
    page.keyboard.press("b")
    expect(pixels).to_have_count(2)
    person.open(f"#/images/{images[0]}")
    expect(pixels).to_be_visible()
    assert asked() > before


def test_grayscale_takes_the_color_from_picture_and_placeholder(
    person: Person, served: Stack, waiting: Waiting
) -> None:
    waiting(1)
    page = reviewing(person, "vera").page
    expect(title(person)).to_be_focused()
    frame = page.locator(".guarded")

    def colors() -> int:
        """The largest difference between the channels of a pixel that is shown."""
        settle(page)
        shown = np.asarray(Image.open(io.BytesIO(frame.screenshot())).convert("RGB"))
        return int(np.ptp(shown, axis=2).max())

    assert colors() > 30
    page.keyboard.press("g")
    expect(page.get_by_role("checkbox", name="Grayscale")).to_be_checked()
    assert colors() <= 2
    page.keyboard.press("b")
    expect(page.locator(".guarded img.loaded")).to_be_visible()
    assert colors() <= 2
    page.keyboard.press("g")
    assert colors() > 30
    page.keyboard.press("g")
    page.reload()
    expect(page.get_by_role("checkbox", name="Grayscale")).to_be_checked()
    page.get_by_role("checkbox", name="Grayscale").uncheck()


def test_shortcuts_are_turned_off_and_changed(
    person: Person, served: Stack, waiting: Waiting
) -> None:
    ((name, image),) = waiting(1).items()
    page = reviewing(person, "vera").page
    expect(title(person)).to_be_focused()
    page.get_by_text("Shortcuts", exact=True).last.click()
    page.get_by_role("button", name="change the key for “Approve”").click()
    page.keyboard.press("y")
    title(person).focus()
    page.keyboard.press("a")
    expect(title(person)).to_have_text(name)
    page.get_by_label("Use single keys as shortcuts").uncheck()
    expect(workplace(person).locator("kbd")).to_have_count(0)
    title(person).focus()
    page.keyboard.press("y")
    expect(title(person)).to_have_text(name)
    page.get_by_label("Use single keys as shortcuts").check()
    title(person).focus()
    page.keyboard.press("y")
    expect(nothing(person)).to_be_visible()
    page.goto("about:blank")
    served.await_status(image, "approved")


def test_near_duplicates_are_decided_once(person: Person, served: Stack, waiting: Waiting) -> None:
    waiting(0)
    number = next(_NUMBERS)
    one, other = (
        served.reviewable(f"uploads/twin-{side}.jpg", blotches(number, (side, 480)))
        for side in (640, 600)
    )
    page = reviewing(person, "vera").page
    expect(page.get_by_text("A near-duplicate, decided along with it")).to_be_visible()
    page.keyboard.press("a")
    page.goto("about:blank")
    for image in (one, other):
        served.await_status(image, "approved")


def test_lost_network_keeps_the_decision(person: Person, served: Stack, waiting: Waiting) -> None:
    ((name, image),) = waiting(1).items()
    person.watch.expect("ERR_INTERNET_DISCONNECTED")
    person.page.clock.install()
    page = reviewing(person, "vera").page
    expect(title(person)).to_have_text(name)
    page.context.set_offline(True)
    page.keyboard.press("a")
    page.clock.fast_forward(UNDO_MILLISECONDS)
    expect(page.get_by_text("not sent yet")).to_be_visible()
    assert served.record(image)["status"] == "review"
    page.context.set_offline(False)
    await_condition(lambda: served.record(image)["status"] == "approved")

"""People drop pictures on the page and follow each to its outcome."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.dropping import drop
from tests.browser.pictures import blotches, picture_of
from tests.browser.settling import until_true
from tests.browser.test_sign_in import expire, sign_in_again
from tests.support.exif_blocks import ascii_text, exif_block, short
from tests.support.pictures import file_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Dialog, Locator, Page, Route

    from tests.browser.person import Person

pytestmark = pytest.mark.browser

LARGE = (2450, 2450)
"""Width and height of a picture that takes two parts."""
LARGEST = 4_000_000
"""Bytes that the page accepts of a photo."""


def uploading(person: Person) -> Page:
    person.sign_in("ulla", "images:read", "images:write").open("#/upload")
    return person.page


def row(page: Page, name: str) -> Locator:
    """The upload with a name."""
    return page.get_by_role("list", name="Uploads").get_by_role("listitem", name=name, exact=True)


def choose_large(page: Page, folder: Path, name: str) -> None:
    """Choose a file of two parts."""
    path = folder / name
    picture = Image.frombytes("RGB", LARGE, random.Random(1).randbytes(3 * LARGE[0] * LARGE[1]))
    picture.save(path, compress_level=0)
    page.get_by_label("Files", exact=True).set_input_files(path)


def torn() -> bytes:
    """A picture that ends too early."""
    return blotches(330)[:3000]


def choose(page: Page, files: dict[str, bytes]) -> None:
    given = [
        {"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in files.items()
    ]
    page.get_by_label("Files", exact=True).set_input_files(given)  # type: ignore[arg-type]


def limit(person: Person, largest: int) -> None:
    """Let the page accept files of at most so many bytes."""

    def settings(route: Route) -> None:
        found = route.fetch()
        body = json.dumps({**found.json(), "max_upload_bytes": largest})
        route.fulfill(response=found, body=body)

    person.page.route("**/config.json", settings)


def test_a_file_whose_metadata_was_read_was_checked(person: Person) -> None:
    page = uploading(person)
    times = {"uploaded": 0, "claimed": 1, "described": 2}
    events = [
        {"type": kind, "at": f"2026-05-01T12:00:0{second}Z", "by": "pipeline"}
        for kind, second in times.items()
    ]
    body = json.dumps({"events": events})
    page.route("**/events", lambda route: route.fulfill(body=body, content_type="application/json"))
    choose(page, {"steps.jpg": blotches(331)})
    steps = row(page, "steps.jpg").get_by_role("list", name="Steps")
    expect(steps.get_by_role("listitem").filter(has_text="done at")).to_contain_text(
        ["Sent", "Checked", "Metadata"]
    )


def test_twenty_photos_dropped_at_once_are_all_accounted_for(person: Person) -> None:
    # A request that the network loses may be in progress when it is repeated.
    person.watch.expect("ERR_INTERNET_DISCONNECTED|status of 409")
    limit(person, LARGEST)
    page = uploading(person)
    exif = exif_block({0x010F: ascii_text("Maker"), 0x0112: short(6)})
    files = {
        f"photo-{number}.jpg": file_of(picture_of(300 + number, size), exif=exif)
        for number, size in enumerate([*[(640, 480)] * 12, *[(1600, 1200)] * 5, (4000, 3000)])
    }
    drop(page.locator("body"), {**files, "torn.jpg": torn(), "large.jpg": bytes(LARGEST + 1)})
    said = page.get_by_role("log", name="Announcements")
    expect(said).to_contain_text("Uploading 19 files. large.jpg is not sent.")
    page.context.set_offline(True)
    expect(page.get_by_text("There is no connection.").first).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("19 of 19 files done, 1 not sent")).to_be_visible(timeout=240_000)
    for name in files:
        expect(row(page, name).get_by_text("Approved", exact=True)).to_be_visible()
    expect(row(page, "torn.jpg").get_by_text("Rejected", exact=True)).to_be_visible()
    expect(row(page, "torn.jpg")).to_contain_text("Copy the file again")
    expect(row(page, "large.jpg").get_by_text("Not sent", exact=True)).to_be_visible()
    expect(said).to_contain_text("All 19 files are done.")
    expect(row(page, "photo-7.jpg").locator(".upload-picture img")).to_be_visible()
    assert "photo" not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    row(page, "photo-7.jpg").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("photo-7.jpg")


def test_hopeless_files_are_never_sent(person: Person) -> None:
    limit(person, 9000)
    page = uploading(person)
    drop(page.locator("body"), {"big.jpg": bytes(9001), "none.jpg": b"", "paper.jpg": b"%PDF-1.7"})
    drop(page.locator("body"), {"notes.txt": b"notes"}, "text/plain")
    expect(row(page, "big.jpg")).to_contain_text("at most 9 kB are accepted")
    expect(row(page, "none.jpg")).to_contain_text("The file is empty.")
    expect(row(page, "paper.jpg")).to_contain_text("a PDF document")
    expect(row(page, "notes.txt")).to_contain_text("Files of this type are not accepted.")
    sent = [each for each in person.watch.requests if each.method == "POST"]
    assert not any(each.url.endswith("/images") for each in sent)


def test_paused_and_cancelled_uploads(person: Person) -> None:
    page = uploading(person)
    held: list[Route] = []
    page.route(f"{person.served.s3_url}/**", lambda route: held.append(route))
    choose(page, {"slow.jpg": blotches(340), "gone.jpg": blotches(341)})
    row(page, "slow.jpg").get_by_role("button", name="Pause").click()
    row(page, "gone.jpg").get_by_role("button", name="Cancel").click()
    expect(row(page, "slow.jpg").get_by_text("Paused", exact=True)).to_be_visible()
    expect(row(page, "gone.jpg")).to_have_count(0)
    page.unroute_all(behavior="ignoreErrors")
    row(page, "slow.jpg").get_by_role("button", name="Resume").click()
    expect(row(page, "slow.jpg").get_by_text("Approved", exact=True)).to_be_visible()


def test_upload_outlives_a_lost_network(person: Person) -> None:
    person.watch.expect("ERR_INTERNET_DISCONNECTED")
    page = uploading(person)
    page.context.set_offline(True)
    choose(page, {"tunnel.jpg": blotches(350)})
    expect(page.get_by_text("There is no connection.").first).to_be_visible()
    expect(row(page, "tunnel.jpg")).to_be_visible()
    page.context.set_offline(False)
    expect(row(page, "tunnel.jpg").get_by_text("Approved", exact=True)).to_be_visible()


def test_upload_outlives_an_expired_sign_in(person: Person) -> None:
    page = uploading(person)
    expire(person)
    choose(page, {"late.jpg": blotches(360)})
    expect(page.get_by_text("Your sign-in has expired.")).to_be_visible()
    sign_in_again(person, "ulla")
    expect(row(page, "late.jpg").get_by_text("Approved", exact=True)).to_be_visible()


def test_large_file_is_sent_in_parts_that_are_kept(person: Person, tmp_path: Path) -> None:
    person.watch.expect("ERR_FAILED")
    page = uploading(person)
    sent: list[str] = []
    held: list[Route] = []

    def part(route: Route) -> None:
        number = parse_qs(urlsplit(route.request.url).query)["partNumber"][0]
        sent.append(number)
        if sent.count("2") > 2 or number == "1":
            route.continue_()
        elif sent.count("2") == 1:
            route.abort()
        else:
            held.append(route)

    page.route("**partNumber=**", part)
    choose_large(page, tmp_path, "panorama.png")
    # The second part is lost, and sent again by itself; that is paused.
    large = row(page, "panorama.png")
    until_true(page, lambda: bool(held))
    large.get_by_role("button", name="Pause").click()
    expect(large.get_by_text("Paused", exact=True)).to_be_visible()
    large.get_by_role("button", name="Resume").click()
    expect(large.get_by_text("Processing", exact=True)).to_be_visible()
    assert sorted(sent) == ["1", "2", "2", "2"]


def test_canceled_file_in_parts_is_deleted(person: Person, tmp_path: Path) -> None:
    page = uploading(person)
    held: list[Route] = []
    page.route("**partNumber=**", lambda route: held.append(route))
    with page.expect_response("**/images?multipart") as announced:
        choose_large(page, tmp_path, "wrong.png")
    image = announced.value.json()["image_id"]
    until_true(page, lambda: len(held) == 2)
    row(page, "wrong.png").get_by_role("button", name="Cancel").click()
    expect(row(page, "wrong.png")).to_have_count(0)
    person.served.await_status(image, "deleted")


def test_refused_file_is_sent_again_with_fresh_forms(person: Person) -> None:
    """A form expires; a fresh one that is refused as well is told, until the person retries."""
    person.watch.expect("status of 403")
    page = uploading(person)
    body = "<Error><Code>AccessDenied</Code></Error>"
    origin = {"access-control-allow-origin": person.served.api_url}
    page.route(
        f"{person.served.s3_url}/**",
        lambda route: route.fulfill(status=403, headers=origin, body=body),
    )
    choose(page, {"stale.jpg": blotches(390)})
    expect(row(page, "stale.jpg")).to_contain_text("The storage refused the file (AccessDenied).")
    page.unroute_all()
    row(page, "stale.jpg").get_by_role("button", name="Retry").click()
    expect(row(page, "stale.jpg").get_by_text("Approved", exact=True)).to_be_visible()


def test_file_that_changes_while_it_waits_is_told(person: Person, tmp_path: Path) -> None:
    person.watch.expect("ERR_UPLOAD_FILE_CHANGED|ERR_FILE_NOT_FOUND")
    page = uploading(person)
    held: list[Route] = []
    page.route(f"{person.served.s3_url}/**", lambda route: held.append(route))
    path = tmp_path / "moved.jpg"
    path.write_bytes(blotches(391))
    page.get_by_label("Files", exact=True).set_input_files(path)
    until_true(page, lambda: bool(held))
    row(page, "moved.jpg").get_by_role("button", name="Pause").click()
    path.unlink()
    page.unroute_all(behavior="ignoreErrors")
    row(page, "moved.jpg").get_by_role("button", name="Resume").click()
    expect(row(page, "moved.jpg").get_by_text("Not sent", exact=True)).to_be_visible()
    expect(row(page, "moved.jpg")).to_contain_text("The file cannot be read.")


def test_leaving_asks_while_files_are_unsent(person: Person) -> None:
    page = uploading(person)
    asked: list[str] = []
    answers = iter([False, False, True])

    def ask(dialog: Dialog) -> None:
        asked.append(dialog.type)
        (dialog.accept if next(answers) else dialog.dismiss)()

    page.on("dialog", ask)
    held: list[Route] = []
    page.route(f"{person.served.s3_url}/**", lambda route: held.append(route))
    choose(page, {"unsent.jpg": blotches(392)})
    row(page, "unsent.jpg").get_by_role("button", name="Pause").click()
    page.close(run_before_unload=True)
    until_true(page, lambda: asked == ["beforeunload"])
    page.get_by_role("button", name="Sign out").click()
    expect(row(page, "unsent.jpg")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("main").get_by_role("button", name="Sign in")).to_be_visible()
    assert asked == ["beforeunload", "confirm", "confirm"]
    assert page.evaluate("sessionStorage.length") == 0

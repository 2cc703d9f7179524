"""People drop pictures on the page and follow each to its outcome."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.dropping import drop
from tests.browser.pictures import blotches
from tests.browser.test_sign_in import expire, sign_in_again

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

    from tests.browser.person import Person

pytestmark = pytest.mark.browser


def uploading(person: Person) -> Page:
    person.sign_in("ulla", "images:read", "images:write").open("#/upload")
    return person.page


def row(page: Page, name: str) -> Locator:
    """The upload with a name."""
    return page.get_by_role("list", name="Uploads").get_by_role("listitem", name=name, exact=True)


def choose(page: Page, files: dict[str, bytes]) -> None:
    given = [
        {"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in files.items()
    ]
    page.get_by_label("Files", exact=True).set_input_files(given)  # type: ignore[arg-type]


def test_twenty_pictures_dropped_at_once_are_approved(person: Person) -> None:
    page = uploading(person)
    files = {f"dropped-{number}.jpg": blotches(300 + number) for number in range(20)}
    drop(page.locator("body"), files)
    expect(page.get_by_text("20 of 20 files done")).to_be_visible(timeout=180_000)
    for name in files:
        expect(row(page, name).get_by_text("Approved", exact=True)).to_be_visible()
    expect(row(page, "dropped-7.jpg").locator(".upload-picture img")).to_be_visible()
    said = page.get_by_role("log", name="Announcements")
    expect(said).to_contain_text("Uploading 20 files.")
    row(page, "dropped-7.jpg").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("dropped-7.jpg")


def test_rejection_says_what_to_do(person: Person) -> None:
    page = uploading(person)
    choose(page, {"torn.jpg": blotches(330)[:3000]})
    refused = row(page, "torn.jpg")
    expect(refused.get_by_text("Rejected", exact=True)).to_be_visible()
    expect(refused).to_contain_text("Copy the file again")


def test_hopeless_files_are_never_sent(person: Person) -> None:
    def settings(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=json.dumps({**answer.json(), "max_upload_bytes": 9000}))

    person.page.route("**/config.json", settings)
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


def test_nothing_of_a_picture_is_kept_in_local_storage(person: Person) -> None:
    page = uploading(person)
    choose(page, {"private.jpg": blotches(370)})
    expect(row(page, "private.jpg").get_by_text("Approved", exact=True)).to_be_visible()
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "private" not in kept

"""Every way to add pictures: folders, the camera, the clipboard; nothing is left out silently."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.dropping import drop_paths, paste
from tests.browser.pictures import blotches
from tests.browser.test_upload import row, uploading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.person import Person

pytestmark = pytest.mark.browser

_SENT = re.compile("^(Processing|Approved)$")

# Files and folders whose names begin with "locked" cannot be read.
_UNREADABLE = """
const refuse = (_, reject) => setTimeout(() => reject(new DOMException("", "NotReadableError")));
const shown = entry => {
    const {name, isFile} = entry;
    if (name.startsWith("locked"))
        return {name, isFile, file: refuse, createReader: () => ({readEntries: refuse})};
    if (isFile) return entry;
    const reader = entry.createReader();
    const readEntries = (resolve, reject) =>
        reader.readEntries(found => resolve(found.map(shown)), reject);
    return {name, isFile, createReader: () => ({readEntries})};
};
const original = DataTransferItem.prototype.webkitGetAsEntry;
DataTransferItem.prototype.webkitGetAsEntry = function () {
    return shown(original.call(this));
};
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two pictures, one deeper, and what systems put into folders."""
    found = tmp_path / "Holiday"
    (found / "Beach").mkdir(parents=True)
    (found / ".git").mkdir()
    (found / "Beach/sand.jpg").write_bytes(blotches(380))
    (found / "road.jpg").write_bytes(blotches(381))
    (found / ".DS_Store").write_bytes(b"x")
    (found / ".git/config").write_bytes(b"x")
    return found


def are_sent(page: Page, *names: str) -> None:
    for name in names:
        expect(row(page, name).get_by_text(_SENT)).to_be_visible()


def test_dropped_folder_is_sent_but_for_its_hidden_files(person: Person, folder: Path) -> None:
    page = uploading(person)
    drop_paths(page, folder)
    expect(page.get_by_text("2 hidden items were left out.").first).to_be_visible()
    are_sent(page, "sand.jpg", "road.jpg")


def test_chosen_folder_is_sent_but_for_its_hidden_files(person: Person, folder: Path) -> None:
    page = uploading(person)
    page.get_by_label("Folder", exact=True).set_input_files(folder)
    expect(page.get_by_text("2 hidden items were left out.").first).to_be_visible()
    are_sent(page, "sand.jpg", "road.jpg")


def test_what_cannot_be_read_is_told(person: Person, folder: Path) -> None:
    person.page.add_init_script(_UNREADABLE)
    (folder / "locked.jpg").write_bytes(blotches(382))
    (folder / "locked too").mkdir()
    page = uploading(person)
    drop_paths(page, folder)
    expect(row(page, "locked.jpg")).to_contain_text("The file cannot be read.")
    expect(row(page, "locked.jpg")).to_contain_text("choose it again")
    expect(row(page, "locked too")).to_contain_text("Not everything in this folder can be read.")
    expect(page.get_by_text("2 not sent")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("locked.jpg is not sent.")
    are_sent(page, "sand.jpg", "road.jpg")


def test_empty_folder_is_told(person: Person, tmp_path: Path) -> None:
    page = uploading(person)
    (tmp_path / "Empty").mkdir()
    drop_paths(page, tmp_path / "Empty")
    expect(page.get_by_text("There is no file in it.").first).to_be_visible()


def test_hidden_file_that_a_person_chose_is_not_left_out(person: Person, tmp_path: Path) -> None:
    page = uploading(person)
    (tmp_path / ".cover.jpg").write_bytes(blotches(383))
    page.get_by_label("Files", exact=True).set_input_files(tmp_path / ".cover.jpg")
    are_sent(page, ".cover.jpg")


def test_pasted_picture_is_sent_from_any_view(person: Person) -> None:
    page = uploading(person)
    person.open("#/")
    paste(page.locator("body"), {"image.jpg": blotches(384)})
    are_sent(page, "image.jpg")


def test_picture_is_taken_with_the_camera(people: Callable[..., Person]) -> None:
    page = uploading(people(permissions=["camera"]))
    page.get_by_role("button", name="Take a picture").click()
    page.get_by_role("button", name="Take it").click()
    taken = page.get_by_role("listitem", name=re.compile("^camera-.*jpg$"))
    expect(taken.get_by_text("Approved", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_camera_that_may_not_be_used_is_told(person: Person) -> None:
    page = uploading(person)
    page.get_by_role("button", name="Take a picture").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("may not use the camera. Allow it")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Take a picture")).to_be_focused()

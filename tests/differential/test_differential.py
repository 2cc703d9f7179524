"""The comparison with other readers reports what it is there to find."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.differential import __main__ as command
from tests.differential.comparison import Finding, finding
from tests.differential.readers import OURS, Library, Program, Reading, readers
from tests.support.pictures import file_of, quarters

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = quarters().convert("RGBA")
SHOWN = Reading("", PICTURE, PICTURE.size)
REFUSED = Reading("", note="corrupt: damaged")
TURNED = replace(SHOWN, picture=PICTURE.transpose(Image.Transpose.ROTATE_180))
ON_ITS_SIDE = Reading("", PICTURE.transpose(Image.Transpose.ROTATE_90), (64, 96))
LARGER = replace(SHOWN, sides=(192, 128))
GRAY = replace(SHOWN, picture=PICTURE.convert("L").convert("RGBA"))
TRANSPARENT = replace(SHOWN, picture=PICTURE.copy())
assert TRANSPARENT.picture
TRANSPARENT.picture.putalpha(0)


def found(ours: Reading, *others: Reading) -> Finding:
    named = [replace(each, reader=f"other {number}") for number, each in enumerate(others)]
    return finding(replace(ours, reader=OURS), named)


@pytest.mark.parametrize(
    ("ours", "kind"),
    [
        (SHOWN, "same"),
        (REFUSED, "refused"),
        (replace(REFUSED, failed=True), "failed"),
        (TURNED, "orientation"),
        (ON_ITS_SIDE, "orientation"),
        (LARGER, "sides"),
        (GRAY, "color"),
        (TRANSPARENT, "alpha"),
    ],
)
def test_a_difference_from_two_readers_that_agree_is_found(ours: Reading, kind: str) -> None:
    assert found(ours, SHOWN, REFUSED, SHOWN).kind == kind


def test_one_wrong_part_of_a_picture_is_a_difference() -> None:
    spotted = PICTURE.copy()
    spotted.paste((0, 0, 0, 255), (84, 4, 92, 12))
    assert found(replace(SHOWN, picture=spotted), SHOWN, SHOWN).kind == "color"


def test_readers_that_disagree_prove_nothing() -> None:
    assert found(SHOWN, TURNED, GRAY).kind == ""
    assert found(SHOWN, TURNED, REFUSED).kind == ""


def test_a_refused_file_that_one_other_opens_is_noted() -> None:
    assert found(REFUSED, SHOWN, REFUSED).kind == "alone"
    assert found(REFUSED, REFUSED, REFUSED).kind == ""


def test_who_shows_the_same_as_this_project_is_noted() -> None:
    assert found(TURNED, SHOWN, SHOWN, TURNED).like == ("other 2",)


def program(folder: Path, name: str, script: str) -> Program:
    """A reader that is a script of Python, and reads with Pillow."""
    path = folder / name
    start = f"#!{sys.executable}\nimport sys\nfrom PIL import Image\n"
    path.write_text(f"{start}file, out = sys.argv[1:]\n{script}\n")
    path.chmod(0o755)
    return Program(name, (str(path),), "{file} {out}")


def compared(monkeypatch: pytest.MonkeyPatch, folder: Path, *others: Program) -> dict[str, str]:
    """Compare the files below `folder / "in"`; return the row of the file `picture.png`."""
    monkeypatch.setattr(command, "readers", lambda: [Library(OURS), *others])
    assert command.main([str(folder / "in"), "--out", str(folder / "out"), "--jobs", "1"]) == 0
    with (folder / "out" / "results.csv").open(newline="") as file:
        return next(row for row in csv.DictReader(file) if row["file"] == "picture.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "picture.png").write_bytes(file_of(quarters(), "PNG"))
    return tmp_path


def test_a_seeded_difference_is_reported_with_its_pictures(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    script = "Image.open(file).rotate(180).save(out, 'PNG')"
    others = [program(folder, name, script) for name in ("first", "second")]
    row = compared(monkeypatch, folder, *others)
    assert (row["kind"], row["agreeing"], row["format"]) == ("orientation", "first second", "PNG")
    page = (folder / "out" / "index.html").read_text()
    assert "orientation: picture.png" in page
    with Image.open(folder / "out" / "sheets" / "1.png") as sheet:
        ours, theirs = (sheet.getpixel((x, 20)) for x in (10, 270))
    assert ours == (220, 30, 30)
    assert theirs == (240, 240, 240)


def test_a_seeded_refusal_is_reported_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "in" / "picture.png").write_bytes(b"not a picture")
    script = "Image.new('RGB', (9, 9)).save(out, 'PNG')"
    others = [program(folder, name, script) for name in ("first", "second")]
    row = compared(monkeypatch, folder, *others)
    assert row["kind"] == "refused"
    assert row["ours"].startswith("unsupported_format: ")


def test_it_says_so_if_there_is_no_other_reader(
    monkeypatch: pytest.MonkeyPatch, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = Program("absent", ("a-program-that-does-not-exist",), "{file} {out}")
    assert compared(monkeypatch, folder, absent)["kind"] == ""
    assert "other readers: none" in capsys.readouterr().out


def test_a_program_of_the_same_name_is_not_used(folder: Path) -> None:
    other = program(folder, "convert", "print('a converter of currencies')")
    assert other.is_installed()
    assert not replace(other, version="ImageMagick").is_installed()


def test_a_reader_that_takes_too_long_is_killed(folder: Path) -> None:
    picture = folder / "in" / "picture.png"
    slow = program(folder, "slow", "import time; time.sleep(600)")
    assert slow.read(picture, folder, 0.01).note.startswith("killed")
    library = Library(OURS)
    assert library.read(picture, folder, 0).note.startswith("killed")
    reading = library.read(picture, folder, 60)  # in a new process
    library.close()
    assert reading.sides == (96, 64)


def test_an_interrupted_run_keeps_its_results(
    monkeypatch: pytest.MonkeyPatch, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "in" / "second.png").write_bytes(file_of(quarters(), "PNG"))
    seen: list[Reading] = []

    def interrupted(ours: Reading, _: object) -> Finding:
        if seen:
            raise KeyboardInterrupt
        seen.append(ours)
        return Finding("")

    monkeypatch.setattr(command, "finding", interrupted)
    assert compared(monkeypatch, folder)["ours"] == "96x64"
    assert "interrupted" in capsys.readouterr().out


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_all_readers_that_are_installed_agree_on_an_ordinary_picture(
    tmp_path: Path, format_name: str
) -> None:
    picture = tmp_path / f"picture.{format_name.lower()}"
    picture.write_bytes(file_of(quarters((600, 400)), format_name))
    ours, *others = (reader for reader in readers() if reader.is_installed())
    readings = [reader.read(picture, tmp_path, 60) for reader in (ours, *others)]
    for reader in (ours, *others):
        reader.close()
    assert readings[0].sides == (600, 400)
    opened = [each for each in readings[1:] if each.picture]
    assert finding(readings[0], opened).kind == ("same" if len(opened) > 1 else "")

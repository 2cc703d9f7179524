"""The output of `python -m local`: complete at every width, and a line of progress in a log."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import pytest

from local.display import Display
from local.file_outcome import FileOutcome
from local.table import print_table

IMAGE_ID = "63of56l3l6f6b7kbvpesitgfp7"
LONG_NAME = "a very long name of a picture that somebody took in the summer of 2024.jpg"
STYLE = re.compile(r"\x1b\[[0-9;]*m")


def image(**further: Any) -> dict[str, Any]:
    source = {"width": 12_000, "height": 10_000, "format": "JPEG2000"}
    return {"image_id": IMAGE_ID, "source": source, **further}


OUTCOMES = [
    FileOutcome(LONG_NAME, "approved", 12.3, ("StoreResults",), image(), saved=("a",)),
    FileOutcome(
        "b.txt", "rejected", 1.0, ("RejectImage",), image(reason="corrupt", message="Cut.")
    ),
    FileOutcome("folder/pipe", "skipped", explanation="this is a pipe"),
    FileOutcome("dangling.jpg", "unreadable", explanation="No such file or directory"),
    FileOutcome("[bold]later.jpg", "not done"),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, columns: int | None) -> list[str]:
    """Return the lines of the table on a terminal of that width, or in a pipe."""
    out = io.StringIO() if columns is None else Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("TERM", "xterm")
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", str(columns))
    print_table(OUTCOMES, "out")
    return STYLE.sub("", out.getvalue()).splitlines()


@pytest.mark.parametrize("columns", [30, 40, 60, 75, 80, 100, 200])
def test_a_terminal_of_any_width_shows_every_file_and_every_id(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    lines = printed(monkeypatch, columns)
    assert max(map(len, lines)) <= columns
    assert sum(IMAGE_ID in line for line in lines) == 2
    unfolded = "".join("".join(lines).split())
    for outcome in OUTCOMES:
        assert outcome.file.split("/")[-1].split()[0] in unfolded
        assert "".join(outcome.status.split()) in unfolded
        assert "".join(outcome.explanation.split()) in unfolded
    if columns >= 100:
        assert lines[0].split()[:2] == ["file", "status"]
    else:
        assert "".join(LONG_NAME.split()) in unfolded


def test_a_log_has_one_line_for_each_file_and_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(monkeypatch, None)
    heading, *rows = lines[: len(OUTCOMES) + 1]
    assert heading.split() == ["file", "status", "picture", "seconds", "image", "id"]
    for outcome, row in zip(OUTCOMES, rows, strict=True):
        assert row.startswith(f"{outcome.file} ")
        assert outcome.status in row
    assert lines[len(rows) + 1 :][:3] == [
        "b.txt: corrupt – Cut.",
        "folder/pipe: this is a pipe",
        "dangling.jpg: No such file or directory",
    ]


def test_a_log_is_told_of_the_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(3) as display:
        assert not display.live
        for failed in (False, True):
            display.started("a.jpg").close()
            display.finished(failed=failed)
        display.report()
        display.report()  # nothing has changed
    assert capsys.readouterr().err.splitlines() == [
        "processing 3 files …",
        "2 of 3 files are done, 1 failed",
    ]


def test_one_file_needs_no_plural(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(1):
        pass
    assert capsys.readouterr().err.splitlines() == ["processing 1 file …"]

"""Writes what was found: `results.csv`, and a contact sheet of the differences, `index.html`."""

from __future__ import annotations

import csv
import html
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from tests.differential.worker import SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

    from tests.differential.comparison import Finding
    from tests.differential.readers import Reading

_FIGURES = ("mean", "worst", "alpha")
_COLUMNS = ("file", "kind", "format", "agreeing", "like", *_FIGURES, "ours", "others")
_QUIET = {"", "same", "alone"}
_LABEL = 14
_LIGHT, _DARK = (255, 255, 255), (190, 190, 190)


class Report:
    """A folder that fills while files are compared: an interrupted run keeps its results."""

    def __init__(self, folder: Path) -> None:
        self._sheets = folder / "sheets"
        self._sheets.mkdir(parents=True, exist_ok=True)
        self._folder, self._rows = folder, list[dict[str, str]]()
        self._file: TextIO = (folder / "results.csv").open("w", newline="")
        self._csv = csv.DictWriter(self._file, _COLUMNS)
        self._csv.writeheader()

    def add(self, name: str, found: Finding, readings: Sequence[Reading]) -> None:
        """Write the row of a file, and a strip of its pictures if they differ."""
        ours, *others = readings
        row = {
            "file": name,
            "kind": found.kind,
            "format": ours.format,
            "agreeing": " ".join(found.agreeing),
            "like": " ".join(found.like),
            **{name: f"{getattr(found.difference, name):.1f}" for name in _FIGURES},
            "ours": _said(ours),
            "others": "; ".join(f"{each.reader}: {_said(each)}" for each in others),
        }
        self._csv.writerow(row)
        self._file.flush()
        self._rows.append(row)
        if found.kind not in _QUIET:
            strip(readings).save(self._sheets / f"{len(self._rows)}.png")
            row["strip"] = f"sheets/{len(self._rows)}.png"

    def close(self) -> dict[str, int]:
        """Write the contact sheet; return how many files there are of each kind."""
        self._file.close()
        shown = sorted((row for row in self._rows if "strip" in row), key=_order)
        body = "".join(
            f"<h2>{html.escape(row['kind'])}: {html.escape(row['file'])}</h2>"
            f"<p>{html.escape(row['ours'])}. Others that agree: {row['agreeing']}. Mean ΔE"
            f" {row['mean']}, worst part {row['worst']}, alpha {row['alpha']}.</p>"
            f'<img src="{row["strip"]}">'
            for row in shown
        )
        page = f'<!doctype html><meta charset="utf-8"><title>Differences</title>{body}'
        (self._folder / "index.html").write_text(page, encoding="utf-8")
        kinds = [row["kind"] or "not compared" for row in self._rows]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _order(row: dict[str, str]) -> tuple[str, str, float]:
    return row["kind"], row["format"], -float(row["mean"])


def _said(reading: Reading) -> str:
    if reading.sides and reading.picture:
        return "{}x{}".format(*reading.sides)
    return " ".join(reading.note.split())[:200]


def strip(readings: Sequence[Reading]) -> Image.Image:
    """Return the pictures of all readers side by side, on a chessboard."""
    width, height = SIDE + 4, SIDE + _LABEL + 4
    sheet = Image.new("RGB", (width * len(readings), height), _LIGHT)
    draw = ImageDraw.Draw(sheet)
    for index, reading in enumerate(readings):
        draw.text((index * width + 2, 1), f"{reading.reader} {_said(reading)}"[:42], fill="black")
        if reading.picture:
            board = _chessboard(reading.picture.size)
            board.paste(reading.picture, mask=reading.picture)
            sheet.paste(board, (index * width + 2, _LABEL + 2))
    return sheet


def _chessboard(size: tuple[int, int]) -> Image.Image:
    tiles = Image.new("RGB", (2, 2), _LIGHT)
    tiles.putpixel((0, 1), _DARK)
    tiles.putpixel((1, 0), _DARK)
    columns, rows = (side // 16 + 2 for side in size)
    board = Image.new("RGB", (columns * 2, rows * 2))
    for x in range(0, board.width, 2):
        for y in range(0, board.height, 2):
            board.paste(tiles, (x, y))
    return board.resize((board.width * 8, board.height * 8), 0).crop((0, 0, *size))

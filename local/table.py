"""The outcomes on stdout: a table, or a few lines for each file where a table does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.file_outcome import FileOutcome

_WIDTH_OF_A_FILE = 160  # columns, for output that is not a terminal
_FILE_AT_LEAST = 20  # columns of the file's name, below which a table is of no use
_GAP = 2
_NOTHING = "–"
_COLORS = {"approved": "green", "review": "yellow", "rejected": "magenta", "skipped": "dim"}
_HEADINGS = ("file", "status", "picture", "seconds", "image id")
NOTICE = (
    "Moderation was a stand-in that looks at no picture: it finds only what --moderation names."
)


def print_table(outcomes: Iterable[FileOutcome], folder: str) -> None:
    """Print the outcome of each file, then the remarks.

    Args:
        outcomes: of the files.
        folder: where pictures were saved, as it is to be printed.
    """
    outcomes = list(outcomes)
    rows = [_cells(outcome) for outcome in outcomes]
    remarks = [_remark(outcome) for outcome in outcomes]
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    if _needed(rows) <= console.width:
        console.print(_table(rows), crop=False)
        named = zip(outcomes, remarks, strict=True)
        notes = [f"{printable(each.file)}: {remark}" for each, remark in named if remark]
    else:
        for row, remark in zip(rows, remarks, strict=True):
            _print_stacked(console, row, remark)
        notes = []
    if any(outcome.saved for outcome in outcomes):
        notes.append(f"Renditions and moderated pictures are in {folder}/<image id>/")
    for note in [*notes, NOTICE]:
        # A line of a log stays one line; on a terminal it is wrapped between words.
        console.print(Text(note, style="dim"), soft_wrap=not console.is_terminal)


def _cells(outcome: FileOutcome) -> list[Text]:
    source = (outcome.image or {}).get("source", {})
    size = f"{source['width']}×{source['height']} " if "width" in source else ""
    return [
        Text(printable(outcome.file)),
        Text(outcome.status, style=_COLORS.get(outcome.status, "red")),
        Text(size + source.get("format", "") or _NOTHING),
        Text(f"{outcome.seconds:.1f}" if outcome.states else _NOTHING),
        Text(outcome.image_id or _NOTHING),
    ]


def _needed(rows: list[list[Text]]) -> int:
    """The columns that a table takes in which only the files' names are folded."""
    widths = [
        max(len(heading), *(row[at].cell_len for row in rows))
        for at, heading in enumerate(_HEADINGS)
    ]
    return min(widths[0], _FILE_AT_LEAST) + sum(widths[1:]) + _GAP * (len(widths) - 1)


def _table(rows: list[list[Text]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    table.add_column(_HEADINGS[0], overflow="fold")
    for heading in _HEADINGS[1:]:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _print_stacked(console: Console, row: list[Text], remark: str) -> None:
    """Print a row as lines: the file, its outcome, the image id and the remark."""
    file, status, picture, seconds, image_id = row
    parts = [status, picture, Text.assemble(seconds, " s")]
    outcome = Text("  ").join(part for part in parts if not part.plain.startswith(_NOTHING))
    console.print(file, overflow="fold", crop=False)
    for line in (outcome, image_id, Text(remark, style="dim")):
        if line.plain not in {"", _NOTHING}:
            console.print(Padding(line, (0, 0, 0, 2)), overflow="fold", crop=False)


def _remark(outcome: FileOutcome) -> str:
    """The reason why an image was not approved, as far as it is known."""
    message = (outcome.image or {}).get("message", "")
    parts = [outcome.reason or "", printable(message), printable(outcome.explanation)]
    return " – ".join(part for part in parts if part)

"""What people see: the progress on stderr while it lasts, the table on stdout at the end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.outcome import Outcome

_WIDTH_OF_A_FILE = 160  # columns, where no terminal tells
_COLOURS = {"approved": "green", "review": "yellow", "rejected": "magenta"}
NOTICE = (
    "Moderation was a stand-in that looks at no picture: it flags only what --moderation asks for."
)


class Display:
    """A live display of what happens to each file; silent when stderr is not a terminal.

    Args:
        total: how many files there are. With more than one there is a bar for all of them.
    """

    def __init__(self, total: int) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._all = self._progress.add_task("all files", total=total, visible=total > 1)

    @property
    def live(self) -> bool:
        """Whether anybody sees it."""
        return not self._progress.disable

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def note(self, line: str) -> None:
        """Write a line above the display."""
        self._progress.console.print(Text(line), soft_wrap=True)

    def started(self, file: str) -> FileDisplay:
        """Show another file."""
        return FileDisplay(self._progress, file)

    def finished(self) -> None:
        """Count a file as done."""
        self._progress.advance(self._all)


class FileDisplay:
    """One file's line: the states of its execution as it enters them."""

    def __init__(self, progress: Progress, file: str) -> None:
        self._progress = progress
        self._name = printable(os.path.basename(file))  # noqa: PTH119 - of a text, not of a path
        self._states: list[str] = []
        self._task = progress.add_task(self._text(), total=None)

    def entered(self, state: str) -> None:
        """Show that the execution entered a state."""
        self._states.append(state)
        self._progress.update(self._task, description=self._text())

    def close(self) -> None:
        """Take the line away."""
        self._progress.remove_task(self._task)

    def _text(self) -> str:
        escaped = self._name.replace("[", "\\[")
        return f"{escaped}  [dim]{' → '.join(self._states) or 'uploading'}[/dim]"


def print_table(outcomes: Iterable[Outcome], folder: str) -> None:
    """Print what became of each file."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("file", "status", "picture", "renditions", "seconds", "saved in"):
        table.add_column(heading, overflow="fold")
    remarks = []
    for outcome in outcomes:
        source = (outcome.image or {}).get("source", {})
        size = f"{source['width']}×{source['height']} " if "width" in source else ""
        file = printable(outcome.file)
        table.add_row(
            Text(file),
            Text(outcome.status, style=_COLOURS.get(outcome.status, "red")),
            Text(size + source.get("format", "")),
            str(len(outcome.saved)),
            f"{outcome.seconds:.1f}",
            Text(f"{folder}/{outcome.image_id}" if outcome.saved else "–"),
        )
        remark = _remark(outcome)
        if remark:
            remarks.append(f"{file}: {remark}")
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    console.print(table)
    for line in [*remarks, NOTICE]:
        console.print(Text(line, style="dim"))


def _remark(outcome: Outcome) -> str:
    """Why an image was not approved, as far as anybody knows."""
    message = (outcome.image or {}).get("message", "")
    parts = [outcome.reason or "", printable(message), printable(outcome.explanation)]
    return " – ".join(part for part in parts if part)

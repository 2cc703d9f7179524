"""What people see: the progress on stderr while it lasts, the table on stdout at the end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
)
from rich.table import Table
from rich.text import Text

from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType
    from rich.progress import Task

    from local.outcome import Outcome

_WIDTH_OF_A_FILE = 160  # columns, where no terminal tells
_STATES_SHOWN = 3  # as many as run side by side
_COLOURS = {"approved": "green", "review": "yellow", "rejected": "magenta"}
NOTICE = (
    "Moderation was a stand-in that looks at no picture: it flags only what --moderation asks for."
)


class _OfAll(ProgressColumn):
    """A column for what can be counted, all the files; a single file has nothing in it."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__()
        self._column = column

    def render(self, task: Task) -> RenderableType:
        return self._column(task) if task.total else Text()


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
            _OfAll(BarColumn()),
            _OfAll(MofNCompleteColumn()),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._starting = self._progress.add_task("starting the offline AWS", total=None)
        self._all = self._progress.add_task("all files", total=total, visible=False)
        self._several = total > 1

    @property
    def live(self) -> bool:
        """Whether anybody sees it."""
        return not self._progress.disable

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def started(self, file: str) -> FileDisplay:
        """Show another file."""
        self._progress.update(self._starting, visible=False)
        self._progress.update(self._all, visible=self._several)
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
        latest = " → ".join(self._states[-_STATES_SHOWN:])
        return f"{escaped}  [dim]{latest or 'uploading'}[/dim]"


def print_table(outcomes: Iterable[Outcome], folder: str) -> None:
    """Print what became of each file."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    for heading in ("status", "picture", "seconds", "image id"):
        table.add_column(heading, no_wrap=True)
    remarks, saved = [], False
    for outcome in outcomes:
        source = (outcome.image or {}).get("source", {})
        size = f"{source['width']}×{source['height']} " if "width" in source else ""
        file, remark = printable(outcome.file), _remark(outcome)
        table.add_row(
            Text(file),
            Text(outcome.status, style=_COLOURS.get(outcome.status, "red")),
            Text(size + source.get("format", "")),
            f"{outcome.seconds:.1f}",
            Text(outcome.image_id or "–"),
        )
        remarks += [f"{file}: {remark}"] if remark else []
        saved = saved or bool(outcome.saved)
    if saved:
        remarks.append(f"Renditions are in {folder}/<image id>/")
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

"""The progress on stderr while files are processed."""

from __future__ import annotations

import os
import sys
import threading
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
from rich.table import Column
from rich.text import Text

from local.uploads import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Task

_STATES_SHOWN = 3  # the most that run side by side
_SECONDS_BETWEEN_LINES = 10.0
_LONGEST_NAME = 24


class Display:
    """The progress of every file: live on a terminal, otherwise a line every ten seconds.

    Args:
        total: the number of files. With more than one there is a bar for all of them.
    """

    def __init__(self, total: int) -> None:
        console = Console(stderr=True)
        one_line = Column(no_wrap=True, overflow="ellipsis")
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", table_column=one_line),
            _OfAll(BarColumn(bar_width=20)),
            _OfAll(MofNCompleteColumn()),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._starting = self._progress.add_task("starting the offline AWS", total=None)
        self._all = self._progress.add_task("all files", total=total, visible=False)
        self._several = total > 1
        self._lines = _Lines(total)

    @property
    def live(self) -> bool:
        """Whether it shows each state that an execution enters."""
        return not self._progress.disable

    def __enter__(self) -> Self:
        self._progress.start()
        if not self.live:
            self._lines.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        self._lines.stop()

    def started(self, file: str) -> FileDisplay:
        """Show another file."""
        self._progress.update(self._starting, visible=False)
        self._progress.update(self._all, visible=self._several)
        return FileDisplay(self._progress, file)

    def finished(self, *, failed: bool) -> None:
        """Count a file as done."""
        self._progress.advance(self._all)
        self._lines.count(failed=failed)

    def report(self) -> None:
        """Print a line of progress for a log if anything has changed since the last one."""
        self._lines.tell()


class FileDisplay:
    """One file's line: the states of its execution as it enters them."""

    def __init__(self, progress: Progress, file: str) -> None:
        self._progress = progress
        name = printable(os.path.basename(file))  # noqa: PTH119 - of a text, not of a path
        # On a narrow terminal, a long name would leave no room for the states.
        half = _LONGEST_NAME // 2
        self._name = name if len(name) <= _LONGEST_NAME else f"{name[:half]}…{name[-half:]}"
        self._states: list[str] = []
        self._task = progress.add_task(self._text(), total=None)

    def entered(self, state: str) -> None:
        """Show that the execution entered a state."""
        self._states.append(state)
        self._progress.update(self._task, description=self._text())

    def close(self) -> None:
        """Remove the line."""
        self._progress.remove_task(self._task)

    def _text(self) -> str:
        escaped = self._name.replace("[", "\\[")
        latest = " → ".join(self._states[-_STATES_SHOWN:])
        return f"{escaped}  [dim]{latest or 'uploading'}[/dim]"


class _OfAll(ProgressColumn):
    """A column for the count of all files, empty in the line of a single file."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__()
        self._column = column

    def render(self, task: Task) -> RenderableType:
        return self._column(task) if task.total else Text()


class _Lines:
    """Progress for a log: a line when the processing starts, then one now and then."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._failed = self._told = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._tell_until_stopped, daemon=True)

    def start(self) -> None:
        plural = "s" if self._total != 1 else ""
        print(f"processing {self._total} file{plural} …", file=sys.stderr, flush=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def count(self, *, failed: bool) -> None:
        self._done += 1
        self._failed += failed

    def tell(self) -> None:
        """Print a line if files were finished since the last one."""
        if self._done > self._told:
            self._told = self._done
            failed = f", {self._failed} failed" if self._failed else ""
            line = f"{self._done} of {self._total} files are done{failed}"
            print(line, file=sys.stderr, flush=True)

    def _tell_until_stopped(self) -> None:
        while not self._stopping.wait(_SECONDS_BETWEEN_LINES):
            self.tell()

"""The tables of a smoke test: what became of each picture, and what each stage took."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.smoke.stages import in_order

_WIDTH_OF_A_FILE = 160  # columns, for output that is not a terminal
_NOTHING = "–"
ANNOUNCED = "until announced"


@dataclass
class Row:
    """An outcome.

    Args:
        label: a word for it.
        name: of the file.
        expected: the outcome that was expected.
        seconds: from the upload or deletion to the message.
        stages: seconds by the name of the state.
        problems: what is wrong, in words.
    """

    label: str
    name: str
    expected: str
    seconds: float = 0.0
    image_id: str = ""
    execution: str = ""
    stages: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """A line for the log."""
        result = "; ".join(self.problems) or self.expected
        return f"{self.label}: {result}, {self.seconds:.1f} s"


def print_tables(rows: list[Row]) -> None:
    """Print both tables to standard output."""
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    console.print(_outcomes(rows))
    console.print(_stages(rows))
    for row in rows:
        for problem in row.problems:
            console.print(Text(f"{row.label}: {problem}", style="red"), soft_wrap=True)


def _outcomes(rows: list[Row]) -> Table:
    table = _table("", "file", "expected", "result", "image id")
    for row in rows:
        result = Text("wrong", style="red") if row.problems else Text("ok", style="green")
        cells = (row.label, row.name, row.expected, result, row.image_id or _NOTHING)
        table.add_row(*cells)
    return table


def _stages(rows: list[Row]) -> Table:
    table = _table("seconds", *(row.label for row in rows))
    for name in in_order(row.stages for row in rows):
        table.add_row(name, *(_seconds(row.stages.get(name)) for row in rows))
    table.add_row(ANNOUNCED, *(_seconds(row.seconds) for row in rows))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _seconds(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"

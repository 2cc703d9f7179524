"""Counts what becomes of the selected records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

STARTED, ALREADY, BEFORE, FAILED, WOULD = (
    "started",
    "already started",
    "rerun before",
    "not started",
    "would start",
)


@dataclass
class Counts:
    """What became of the records, by their status and reason."""

    by_kind: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def add(self, record: dict[str, Any], outcome: str) -> None:
        """Count a record."""
        kind = record["status"], record.get("reason") or "–"
        self.by_kind.setdefault(kind, Counter())[outcome] += 1

    def of(self, outcome: str) -> int:
        """Return the number of records with an outcome."""
        return sum(counts[outcome] for counts in self.by_kind.values())

    def print_table(self) -> None:
        """Print a line for each status and reason, and the sums."""
        shown = [name for name in (STARTED, WOULD, ALREADY, BEFORE, FAILED) if self.of(name)]
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for heading in ("status", "reason", "found", *shown):
            table.add_column(heading, no_wrap=True)
        for (status, reason), counts in sorted(self.by_kind.items()):
            cells = (str(counts.total()), *(str(counts[name]) for name in shown))
            table.add_row(status, reason, *cells)
        if len(self.by_kind) > 1:
            found = sum(counts.total() for counts in self.by_kind.values())
            table.add_row("all", "", str(found), *(str(self.of(name)) for name in shown))
        Console().print(table)

"""What the documentation pages say, in a form that tests can compare."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/*.txt"),
        *ROOT.glob("benchmarks/*.md"),
    ]
)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """The text below a heading, up to the next one of any level."""
    _, found, rest = page(name).partition(f"\n{heading}\n")
    assert found, f"{name} has no heading {heading!r}"
    # A comment in a code block also starts with #, so blocks are skipped over.
    inside = False
    lines = []
    for line in rest.splitlines():
        inside ^= line.startswith("```")
        if not inside and re.match(r"#+ ", line):
            break
        lines.append(line)
    return "\n".join(lines)


def table(name: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    lines = section(name, heading).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("|"))
    rows = takewhile(lambda line: line.startswith("|"), lines[start + 2 :])
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def code(cell: str) -> list[str]:
    """Everything in a cell that is set as code."""
    return re.findall(r"`([^`]+)`", cell)

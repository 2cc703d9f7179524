"""Reads docs/runbook.md: its sections, and the commands in them."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.docs.pages import ROOT

_SECTION = re.compile(r"^(#{2,3}) (.+)$")
_FENCE = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SETUP = "Before you begin"
USER = "A user asks about a picture"


class Section(NamedTuple):
    """A section: its heading, its text, and its blocks of commands."""

    heading: str
    text: str
    blocks: tuple[str, ...]


def sections() -> dict[str, Section]:
    """Return the sections of the runbook by their headings."""
    found: dict[str, list[str]] = {}
    heading, is_code = "", False
    for line in (ROOT / "docs" / "runbook.md").read_text().splitlines():
        is_code ^= line.startswith("```")
        match = None if is_code else _SECTION.match(line)
        if match:
            heading = match[2]
        found.setdefault(heading, []).append(line)
    texts = {name: "\n".join(lines) + "\n" for name, lines in found.items() if name}
    return {name: Section(name, text, tuple(_FENCE.findall(text))) for name, text in texts.items()}


def alarms() -> list[Section]:
    """Return the sections that are about an alarm."""
    return [each for each in sections().values() if each.heading.endswith("Alarm")]

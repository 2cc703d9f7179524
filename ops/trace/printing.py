"""Prints the life of an image for a terminal of any width, or as JSON."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.uploads import printable
from ops.trace.timeline import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.trace.advice import Advice
    from ops.trace.timeline import Entry

_NARROWEST = 20
# Below this width the source is not a column of its own.
_NARROW = 70
_WIDEST = 120


@dataclass(frozen=True)
class Life:
    """All that is told about an image; `record` is None if there is none."""

    image_id: str
    key: str
    record: dict[str, Any] | None
    entries: Sequence[Entry]
    missing: Sequence[str]
    advice: Advice

    def lines(self, width: int) -> Iterator[str]:
        """Write it in lines of at most a width."""
        width = min(max(width, _NARROWEST), _WIDEST)
        yield from _wrapped(printable(self.key), width)
        yield from _wrapped(self._summary(), width)
        day = ""
        for entry in self.entries:
            if entry.at[:10] != day:
                day = entry.at[:10]
                yield ""
                yield day
            yield from _entry(entry, width)
        if self.missing:
            yield ""
            yield "Not shown:"
            for each in self.missing:
                yield from _wrapped(each, width, "- ")
        yield ""
        yield from _wrapped(self.advice.state, width)
        end = "" if self.advice.next.endswith((".", "`")) else "."
        yield from _wrapped(f"Next: {self.advice.next}{end}", width)

    def as_json(self) -> str:
        """Write it as JSON, on one line."""
        record = self.record or {}
        told = {
            "image_id": self.image_id,
            "key": self.key,
            "status": record.get("status"),
            "reason": record.get("reason"),
            "timeline": [
                {"at": each.at, "source": each.source, "what": each.what} for each in self.entries
            ],
            "missing": list(self.missing),
            "state": self.advice.state,
            "next": self.advice.next,
        }
        return json.dumps(told)

    def _summary(self) -> str:
        if self.record is None:
            return f"{self.image_id}: no record"
        record = self.record
        source = record.get("source", {})
        facts = [str(record["status"]), record.get("reason", ""), source.get("format", "")]
        if "width" in source:
            facts.append(f"{source['width']} × {source['height']}")
        if "bytes" in source:
            facts.append(f"{int(source['bytes']):,} bytes")
        if "version_id" in source:
            facts.append(f"version {source['version_id']}")
        told = ", ".join(str(each) for each in facts if each)
        return without_secrets(f"{self.image_id}: {told}")


def _entry(entry: Entry, width: int) -> Iterator[str]:
    # S3 knows whole seconds only.
    moment = entry.at[11:19] if entry.source == "S3" else entry.at[11:23]
    if width < _NARROW:
        yield f"{moment} {entry.source}"
        yield from _wrapped(entry.what, width, "  ", "  ")
        return
    yield from _wrapped(entry.what, width, f"{moment:<12}  {entry.source:<9}  ", " " * 25)


def _wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    indent = " " * len(first) if rest is None else rest
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=True,
        break_on_hyphens=False,
    )

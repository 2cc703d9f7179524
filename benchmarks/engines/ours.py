"""The engine of the thumbnail function, with one thread."""

from __future__ import annotations

from benchmarks.engines.worker import RENDITIONS, serve
from thumbnail.renditions import parse_specs, render

SPECS = parse_specs(
    ",".join(
        f"{it.name}={it.width}x{it.height}:{it.fit}:{it.encoding}:{it.quality}" for it in RENDITIONS
    )
)


def renditions(data: bytes) -> dict[str, bytes]:
    """The renditions by name."""
    return {made.name: made.data for made in render(data, SPECS)}


if __name__ == "__main__":
    serve(renditions)

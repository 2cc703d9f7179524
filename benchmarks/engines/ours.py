"""The engine of the thumbnail function, with one thread."""

from __future__ import annotations

from benchmarks.engines.worker import renditions_to_make, serve
from thumbnail.renditions import parse_specs, render

SPECS = parse_specs(
    ",".join(
        f"{each.name}={each.width}x{each.height}:{each.fit}:{each.encoding}:{each.quality}"
        for each in renditions_to_make()
    )
)


def renditions(data: bytes) -> dict[str, bytes]:
    """Make the renditions, by name."""
    return {made.name: made.data for made in render(data, SPECS)}


if __name__ == "__main__":
    serve(renditions)

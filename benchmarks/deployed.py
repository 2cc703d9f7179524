"""What the template deploys beyond the manifest, as far as the benchmarks need it."""

from __future__ import annotations

from functools import cache

from benchmarks.engines.worker import Rendition
from local.manifest import template
from tests.template.documents import properties
from thumbnail.specs import RenditionSpec, parse_specs


def variables(function: str) -> dict[str, str]:
    """Return the environment of a function; a reference reads like `ImagesTable`."""
    found = properties(function)["Environment"]["Variables"]
    return {name: str(value) for name, value in found.items()}


def triggers(function: str) -> set[str]:
    """Return the types of events that invoke a function, besides the workflow."""
    events = template()["Resources"][function]["Properties"].get("Events", {})
    return {event["Type"] for event in events.values()}


@cache
def specs() -> tuple[RenditionSpec, ...]:
    """Return the renditions that are made by default."""
    return parse_specs(template()["Parameters"]["Renditions"]["Default"])


def renditions() -> tuple[Rendition, ...]:
    """Return the same, in the form that every engine reads."""
    return tuple(
        Rendition(each.name, each.width, each.height, each.fit, each.format, each.quality)
        for each in specs()
    )

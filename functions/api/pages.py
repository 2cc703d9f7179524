"""One page of a list: images in order, as many as fit, and where the next page begins; pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.merging import Merge

_LOOKUPS = 8
_LOOKUP = 100  # what BatchGetItem takes


class Page(NamedTuple):
    """Images, and the position after which the next page begins; None on the last page."""

    images: list[dict[str, Any]]
    next: str | None


def page(
    merge: Merge,
    limit: int,
    look: Callable[[Sequence[str]], list[Any]],
    show: Callable[[Any], dict[str, Any]],
    room: int,
) -> Page:
    """Build a page.

    Whoever pages through a list sees few empty pages even where nearly everything is filtered
    out: one page passes over hundreds of images that are not shown.

    Args:
        merge: the positions.
        limit: how many images to show at most.
        look: returns the record at each position; None where there is none to be shown.
        show: returns what is shown of a record.
        room: how many bytes all may take as JSON; the first image is shown in any case.
    """
    found: list[tuple[str, Any]] = []
    for lookup in range(_LOOKUPS):
        positions = merge.take(_LOOKUP if lookup else limit)
        records = zip(positions, look(positions) if positions else (), strict=True)
        found += [(position, record) for position, record in records if record is not None]
        if not positions or len(found) >= limit:
            break
    images: list[dict[str, Any]] = []
    for _, record in found[:limit]:
        image = show(record)
        room -= len(json.dumps(image))
        if room < 0 and images:
            break
        images.append(image)
    if len(images) < len(found):
        return Page(images, found[len(images) - 1][0])
    reached = merge.reached
    # Whether anything is left may take another call to tell.
    return Page(images, reached if merge.take(1) or merge.reached is not None else None)

"""Answers a request for a page of a list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from api.cursors import Cursors
from api.merging import Merge
from api.pages import page
from api.routing import Answer
from image_pipeline import stack_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.merging import Source
    from api.reads import Reads
    from api.routing import Request

    Record = dict[str, Any]

_CALLS = 40
# Lambda answers with 6 MB at most.
_ROOM = 4_000_000


class Listing(NamedTuple):
    """A list, as one request wants it.

    Args:
        name: of the list in the answer.
        fixed: what stays the same from page to page.
        until: the position up to which.
        sources: of its positions.
        size: how many positions the first call to a source may examine.
        look: returns the record at each position; None where there is none to be shown.
        show: returns what is shown of a record.
    """

    name: str
    fixed: tuple[str | None, ...]
    until: str
    sources: Sequence[Source]
    size: int
    look: Callable[[Sequence[str]], list[Record | None]]
    show: Callable[[Record], Record]


def answer(reads: Reads, request: Request, listing: Listing) -> Answer:
    """Show the page that a request asks for.

    Raises:
        BadRequestError: `next` belongs to another request.
    """
    limit, following = request.arguments["limit"], request.arguments.get("next")
    cursors = Cursors(partial(stack_secrets.read, reads.cursor_secret_arn), listing.fixed)
    below = listing.until if following is None else cursors.position(following)
    merge = Merge(listing.sources, below, listing.size, _CALLS)
    shown = page(merge, limit, listing.look, listing.show, _ROOM)
    following = None if shown.next is None else cursors.sign(shown.next)
    return Answer(body={listing.name: shown.images, "next": following})

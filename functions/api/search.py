"""Finds images by words, as sources that `api.merging` merges into a page.

All rows of an image are in one shard of the read model, so each shard is searched by itself. Of
several words, the rows of up to three are joined: the smallest position to which the rows of all
of them are known is a bound, and what lies below is skipped down to the next row of the rarest.
Further words are compared with those that the read model keeps of an image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.merging import OLDEST, Chunk
from image_pipeline import aws
from image_pipeline.attribute_values import encode
from image_pipeline.read_model.projection import Projection
from image_pipeline.read_model.rows import (
    WORD_SHARDS,
    decision_partition,
    id_of,
    word_partition,
)
from image_pipeline.read_model.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.merging import Source

_JOINED = 3
# Sorts after everything that it is added to, and before everything else.
_INCLUSIVE = "!"


def sources(
    table_name: str, query: str, owner: str | None = None, since: str = OLDEST
) -> list[Source]:
    """Return the sources of the images that a query finds: those with all of its words.

    Args:
        table_name: of the read model.
        query: any text; one without words finds nothing.
        owner: whose images alone are searched; None for everybody's.
        since: the position from which on.
    """
    wanted = words(query)
    if not wanted:
        return []
    # Longer words are rarer.
    by_length = sorted(wanted, key=len, reverse=True)
    joining, others = by_length[:_JOINED], by_length[_JOINED:]
    return [
        _source(table_name, [word_partition(each, shard, owner) for each in joining], others, since)
        for shard in range(WORD_SHARDS)
    ]


def decisions(table_name: str, since: str) -> list[Source]:
    """Return the sources of the images that a person has decided about, by the time of that.

    Args:
        table_name: of the read model.
        since: the time from which on.
    """
    return [
        _source(table_name, [decision_partition(shard)], (), since) for shard in range(WORD_SHARDS)
    ]


def _source(
    table_name: str, partitions: Sequence[str], others: Sequence[str], since: str
) -> Source:
    def find(below: str, size: int) -> Chunk:
        if below <= since:
            return Chunk((), None)
        pages = [_page(table_name, each, since, below, size) for each in partitions]
        found, examined = joined(pages)
        if others and found:
            rows = Projection(table_name).rows(id_of(each) for each in found)
            wanted = set(others)
            found = [
                each
                for each in found
                if (row := rows.get(id_of(each)))
                and row.contribution
                and wanted <= set(row.contribution.terms)
            ]
        return Chunk(found, examined)

    return find


def joined(pages: Sequence[tuple[Sequence[str], bool]]) -> tuple[list[str], str | None]:
    """Return the positions that all pages have, and how far down that is known.

    Args:
        pages: positions of the rows of each word, descending, and whether they are the last ones.

    Returns:
        The positions, descending. All above the second value are known; None if all are.
    """
    floors = [page[-1] for page, is_last in pages if not is_last]
    floor = max(floors, default="")
    common = set.intersection(*({each for each in page if each >= floor} for page, _ in pages))
    if not floors:
        return sorted(common, reverse=True), None
    # Below the floor nothing is common before a row of every word: the next known one of each.
    following = []
    for page, is_last in pages:
        below = [each for each in page if each < floor]
        if below:
            following.append(below[0] + _INCLUSIVE)
        elif is_last:
            return sorted(common, reverse=True), None
    return sorted(common, reverse=True), min(following, default=floor)


def _page(
    table_name: str, partition: str, since: str, below: str, size: int
) -> tuple[list[str], bool]:
    """Return the positions of the rows of a word, newest first, and whether there are no more."""
    answer: Any = aws.dynamodb().query(
        TableName=table_name,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :since AND :below",
        ExpressionAttributeValues={
            ":pk": encode(partition),
            ":since": encode(since),
            ":below": encode(below),
        },
        ProjectionExpression="sk",
        ScanIndexForward=False,
        Limit=size + 1,
    )
    found = [each["sk"]["S"] for each in answer["Items"]]
    # BETWEEN includes its bounds, and there is no other way to give two.
    return [each for each in found if each < below], len(found) <= size

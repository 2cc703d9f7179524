"""The rows of the read model's table, and what a change of a contribution does to them; pure.

    pk                           sk                  attributes
    image#<image id>             contribution        order, writes, and the contribution
    count#<shard>                hour#2026-11-27T05  <status>#<reason>#images, #timed,
                                                     #milliseconds, #t<bucket>, #nanodollars
    count#<shard>                day#2026-11-27      likewise
    word#<shard>#<word>          <position>          none: a row is an image with this word
    word#<shard>#<word>#<owner>  <position>          likewise, of the images of one owner
    decision#<shard>             <time>#<image id>   none: then a person has decided about the image

A partition of DynamoDB takes 1,000 write units a second. A word that every image has (`jpg`, the
year) gets one row of two units for each image, so `WORD_SHARDS` partitions take 1,000 new images a
second at 500 units each. Counts change once for each transaction and not for each image: at 1,000
writes of records a second in batches of a hundred, some 100 transactions write two rows of two
units, 25 units a second for each of `COUNT_SHARDS`. Those shards exist because transactions that
write the same row at the same time are refused; which one a transaction adds to does not matter.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline.attribute_values import encode, encode_item
from image_pipeline.read_model.contribution import Contribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Action = dict[str, Any]

WORD_SHARDS = 4
COUNT_SHARDS = 16
IMAGE = "contribution"
"""The sort key of an image's row."""

HOUR, DAY = "hour#", "day#"
_OWNER_DIGITS = 32
# The parts of a count, and the lengths of a time that name an hour and a day.
IMAGES, TIMED, MILLISECONDS, NANODOLLARS = "images", "timed", "milliseconds", "nanodollars"
BUCKET = "t"
"""What the names of buckets of the histogram begin with: `t88`."""
_PERIODS = {HOUR: 13, DAY: 10}


class Row(NamedTuple):
    """What the table knows of an image.

    Args:
        order: of the state that was applied last.
        writes: how often the row was written, so that a writer notices another one.
        contribution: what was added for it; None once the image is gone.
    """

    order: str
    writes: int
    contribution: Contribution | None


def image_key(image_id: str) -> dict[str, Any]:
    """Return the key of the row of an image."""
    return encode_item({"pk": f"image#{image_id}", "sk": IMAGE})


def count_partition(shard: int) -> str:
    """Return the partition of a shard of the counts."""
    return f"count#{shard}"


def word_partition(word: str, shard: int, owner: str | None) -> str:
    """Return the partition of a shard of a word: of everybody's images, or of an owner's."""
    return f"word#{shard}#{word}" + (f"#{_digest(owner)}" if owner is not None else "")


def decision_partition(shard: int) -> str:
    """Return the partition of a shard of the decisions."""
    return f"decision#{shard}"


def id_of(position: str) -> str:
    """Return the id of the image at a position."""
    return position.rpartition("#")[2]


def row_item(image_id: str, row: Row, expires: int | None = None) -> dict[str, Any]:
    """Return the item of an image's row; `expires` in seconds since 1970."""
    facts = row.contribution._asdict() if row.contribution else {}
    known = {name: fact for name, fact in facts.items() if fact is not None}
    ending = {"expires": expires} if expires is not None else {}
    fixed = {"order": row.order, "writes": row.writes}
    return image_key(image_id) | encode_item(known | fixed | ending)


def row_of(item: dict[str, Any]) -> Row:
    """Return the row that an item, already decoded, is."""
    found = None
    if "position" in item:
        facts = {name: item.get(name) for name in Contribution._fields}
        found = Contribution(**facts | {"terms": tuple(item["terms"])})
    return Row(item["order"], item["writes"], found)


def word_actions(
    table: str, before: Contribution | None, after: Contribution | None
) -> Iterator[Action]:
    """Yield the actions of a transaction that make the words of an image those of a state."""
    old, new = _word_keys(before), _word_keys(after)
    for pk, sk in sorted(old - new):
        yield {"Delete": {"TableName": table, "Key": encode_item({"pk": pk, "sk": sk})}}
    for pk, sk in sorted(new - old):
        yield {"Put": {"TableName": table, "Item": encode_item({"pk": pk, "sk": sk})}}


def _word_keys(known: Contribution | None) -> set[tuple[str, str]]:
    if known is None:
        return set()
    shard = zlib.crc32(known.position.encode()) % WORD_SHARDS
    scopes = {None, known.owner}
    found = {
        (word_partition(term, shard, owner), known.position)
        for term in known.terms
        for owner in scopes
    }
    return found | ({(decision_partition(shard), known.decided)} if known.decided else set())


def count_changes(
    changes: Iterable[tuple[Contribution | None, Contribution | None]],
) -> dict[str, dict[str, int]]:
    """Add up what changes of contributions add to the counts: names and amounts by sort key."""
    added: dict[str, Counter[str]] = defaultdict(Counter)
    for before, after in changes:
        for known, sign in ((before, -1), (after, 1)):
            for sort_key in _periods(known):
                added[sort_key].update({name: sign * value for name, value in _counts(known)})
    changed = {key: {name: n for name, n in each.items() if n} for key, each in added.items()}
    return {key: each for key, each in changed.items() if each}


def count_actions(table: str, shard: int, changes: dict[str, dict[str, int]]) -> Iterator[Action]:
    """Yield the actions of a transaction that add to the counts."""
    for sort_key, amounts in sorted(changes.items()):
        names = {f"#{at}": name for at, name in enumerate(amounts)}
        yield {
            "Update": {
                "TableName": table,
                "Key": encode_item({"pk": count_partition(shard), "sk": sort_key}),
                "UpdateExpression": "ADD "
                + ", ".join(f"#{at} :{at}" for at in range(len(amounts))),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {
                    f":{at}": encode(amount) for at, amount in enumerate(amounts.values())
                },
            }
        }


def _periods(known: Contribution | None) -> list[str]:
    if known is None:
        return []
    return [f"{period}{known.position[:length]}" for period, length in _PERIODS.items()]


def _counts(known: Contribution | None) -> Iterator[tuple[str, int]]:
    if known is None:
        return
    kind = f"{known.status}#{known.reason}"
    yield f"{kind}#{IMAGES}", 1
    if known.milliseconds is not None:
        yield f"{kind}#{TIMED}", 1
        yield f"{kind}#{MILLISECONDS}", known.milliseconds
    if known.bucket is not None:
        yield f"{kind}#{BUCKET}{known.bucket}", 1
    if known.nanodollars is not None:
        yield f"{kind}#{NANODOLLARS}", known.nanodollars


def _digest(owner: str) -> str:
    """Return a short text without separators for the subject of a token, which may be any text."""
    return hashlib.sha256(owner.encode(errors="surrogatepass")).hexdigest()[:_OWNER_DIGITS]

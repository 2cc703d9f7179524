"""Reads and adds up the counts of the read model."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode
from image_pipeline.read_model.contribution import NO_REASON
from image_pipeline.read_model.rows import COUNT_SHARDS, DAY, HOUR, count_partition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PERIODS = {"hour": HOUR, "day": DAY}
_SUFFIXES = {"hour": ":00:00Z", "day": "T00:00:00Z"}
_IMAGES, _TIMED, _MILLISECONDS = "images", "timed", "milliseconds"


def read_counts(table_name: str, per: str, first: str, last: str) -> dict[tuple[str, str], int]:
    """Read the counts of some periods, and add up their shards.

    Args:
        table_name: of the read model.
        per: `hour` or `day`.
        first: the first period, such as `2026-11-27T05` or `2026-11-27`.
        last: the last one.

    Returns:
        Amounts by period and name, `<status>#<reason>#<what>`.
    """
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for shard in range(COUNT_SHARDS):
        for row in _rows(table_name, count_partition(shard), PERIODS[per], first, last):
            period = row["sk"].partition("#")[2]
            for name, amount in row.items():
                if "#" in name:
                    sums[period, name] += amount
    return sums


def _rows(
    table_name: str, partition: str, prefix: str, first: str, last: str
) -> Iterator[dict[str, Any]]:
    following: Any = {}
    while True:
        answer: Any = aws.dynamodb().query(
            TableName=table_name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": encode(partition),
                ":first": encode(f"{prefix}{first}"),
                ":last": encode(f"{prefix}{last}"),
            },
            **following,
        )
        yield from map(decode_item, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        following = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def described(per: str, sums: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Return counts as the API answers them: `{"counts", "totals"}`, the oldest first; pure."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for (_, name), amount in sums.items():
        totals["", name] += amount
    start = _SUFFIXES[per]
    return {
        "counts": [{"start": period + start, **fact} for period, fact in _facts(sums)],
        "totals": [fact for _, fact in _facts(totals)],
    }


def _facts(sums: Mapping[tuple[str, str], int]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the counts of each period, status and reason, in this order."""
    kinds: Iterable[tuple[str, str]] = {(period, name.rpartition("#")[0]) for period, name in sums}
    for period, kind in sorted(kinds):
        images, timed, milliseconds = (
            sums.get((period, f"{kind}#{what}"), 0) for what in (_IMAGES, _TIMED, _MILLISECONDS)
        )
        status, _, reason = kind.partition("#")
        if images > 0:
            yield (
                period,
                {
                    "status": status,
                    **({"reason": reason} if reason != NO_REASON else {}),
                    "images": images,
                    **({"mean_seconds": round(milliseconds / timed / 1000, 3)} if timed else {}),
                },
            )

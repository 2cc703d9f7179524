"""Reads and adds up the counts, times and costs of the read model."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode
from image_pipeline.read_model.contribution import NO_REASON
from image_pipeline.read_model.histogram import quantile
from image_pipeline.read_model.rows import (
    BUCKET,
    COUNT_SHARDS,
    DAY,
    HOUR,
    IMAGES,
    MILLISECONDS,
    NANODOLLARS,
    TIMED,
    count_partition,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PERIODS = {"hour": HOUR, "day": DAY}
_SUFFIXES = {"hour": ":00:00Z", "day": "T00:00:00Z"}
_QUANTILES = {"median_seconds": 0.5, "p95_seconds": 0.95}


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
    """Return counts as the API answers them: `{"counts", "totals", "overall"}`; pure."""
    by_kind: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    totals: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    overall: dict[str, int] = defaultdict(int)
    for (period, name), amount in sums.items():
        kind, _, what = name.rpartition("#")
        for counted in (by_kind[period, kind], totals[kind], overall):
            counted[what] += amount
    start = _SUFFIXES[per]
    return {
        "counts": [
            {"start": period + start, **_of_kind(kind), **_facts(counted)}
            for (period, kind), counted in sorted(by_kind.items())
            if counted[IMAGES] > 0
        ],
        "totals": [
            {**_of_kind(kind), **_facts(counted)}
            for kind, counted in sorted(totals.items())
            if counted[IMAGES] > 0
        ],
        "overall": {IMAGES: 0} | _facts(overall),
    }


def _of_kind(kind: str) -> dict[str, str]:
    status, _, reason = kind.partition("#")
    return {"status": status, **({"reason": reason} if reason != NO_REASON else {})}


def _facts(counted: Mapping[str, int]) -> dict[str, Any]:
    """Return the number of images, and what is known of their times and their cost."""
    timed, cost = counted.get(TIMED, 0), counted.get(NANODOLLARS)
    found: dict[str, Any] = {IMAGES: max(counted.get(IMAGES, 0), 0)}
    if timed > 0:
        found["mean_seconds"] = round(counted.get(MILLISECONDS, 0) / timed / 1000, 3)
        # Counts of releases without histograms tell the mean alone.
        for name, share in _QUANTILES.items():
            time = quantile(_buckets(counted), share)
            found |= {} if time is None else {name: round(time / 1000, 3)}
    return found if cost is None else found | {"cost_usd": round(cost / 1_000_000_000, 9)}


def _buckets(counted: Mapping[str, int]) -> dict[int, int]:
    return {
        int(what.removeprefix(BUCKET)): count
        for what, count in counted.items()
        if what.startswith(BUCKET) and what != TIMED
    }

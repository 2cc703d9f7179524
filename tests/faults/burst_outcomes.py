"""What became of the uploads of an emulated burst, found where it is kept."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from moto.sns.models import sns_backends

    from image_pipeline.attribute_values import decode_item
    from local.aws.environment import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.aws.offline import OfflineAws

PREFIX = "uploads/burst/"
"""Before the names of the uploads in their keys."""


def outcomes(aws: OfflineAws, names: Sequence[str]) -> dict[str, str]:
    """Return the status of each upload with its reason."""
    records = _records(aws)
    found = (records.get(f"{PREFIX}{name}", {"status": "no record"}) for name in names)
    return {
        name: " ".join(filter(None, (record.get("status"), record.get("reason"))))
        for name, record in zip(names, found, strict=True)
    }


def _records(aws: OfflineAws) -> dict[str, Any]:
    pages = aws.client("dynamodb").get_paginator("scan")
    found = [
        decode_item(item)
        for page in pages.paginate(TableName=aws.deployment.ref("ImagesTable"))
        for item in page["Items"]
    ]
    return {record["key"]: record for record in found if "key" in record}


def lost(aws: OfflineAws, names: Sequence[str]) -> list[str]:
    """Return uploads without a verdict, with missing renditions, or without exactly one message."""
    records = _records(aws)
    pages = aws.client("s3").get_paginator("list_objects_v2")
    bucket = aws.deployment.ref("RenditionsBucket")
    kept = {
        item["Key"] for page in pages.paginate(Bucket=bucket) for item in page.get("Contents", [])
    }
    topic = sns_backends[ACCOUNT][REGION].topics[aws.deployment.ref("OutcomesTopic")]
    messages = Counter(_key_of(sent[1]) for sent in topic.sent_notifications)
    found = []
    for name in names:
        record = records.get(f"{PREFIX}{name}", {})
        named = {rendition["key"] for rendition in record.get("renditions", [])}
        complete = record.get("status") in {"approved", "review"}
        if not (complete and messages[f"{PREFIX}{name}"] == 1 and named and named <= kept):
            found.append(name)
    return found


def _key_of(message: str) -> str:
    return str(json.loads(json.loads(message)["default"])["key"])


def transitions(aws: OfflineAws) -> Counter[str]:
    """Count, for each upload, the states that it entered and their retries.

    Of an Express execution there is no history, so that its retries are not counted.
    """
    client = aws.client("stepfunctions")
    counts = Counter[str]()
    for started in aws.delivery.started:
        if ":express:" in started.arn:
            counts[started.key.removeprefix(PREFIX)] += len(aws.progress.states(started.arn))
            continue
        events = Counter(
            event["type"]
            for event in client.get_execution_history(executionArn=started.arn)["events"]
        )
        entered = sum(number for kind, number in events.items() if kind.endswith("StateEntered"))
        retries = events["TaskScheduled"] - events["TaskStateEntered"]
        counts[started.key.removeprefix(PREFIX)] += entered + retries
    return counts

"""Records, their stream, and the read model that follows from them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from image_pipeline.attribute_values import decode_item, encode_item
from image_pipeline.identity import image_id
from image_pipeline.list_index import list_attributes
from image_pipeline.read_model.rows import row_of

from .conftest import READ_MODEL

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from .conftest import Context

Record = dict[str, Any]
_numbers = count(1)


def record(
    name: str,
    status: str = "approved",
    revision: int = 1,
    created_at: str = "2026-11-27T05:00:00.000Z",
    **attributes: Any,
) -> Record:
    """Return the record of the image at `uploads/<name>`."""
    key = f"uploads/{name}"
    made = {
        "image_id": image_id(key),
        "key": key,
        "status": status,
        "created_at": created_at,
        "revision": revision,
        "uploaded_at": "2026-11-27T05:00:00Z",
        "processed_at": "2026-11-27T05:00:02Z",
        **attributes,
    }
    return made | list_attributes(made)


def change(old: Record | None, new: Record | None) -> Record:
    """Return a record of the stream, as Lambda passes it on."""
    known = new or old
    assert known
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventID": "e",
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_777_636_800,
            "Keys": {"image_id": {"S": known["image_id"]}},
            "SequenceNumber": str(next(_numbers)),
            **{name: encode_item(image) for name, image in images.items() if image},
        },
    }


def project(context: Context, *changes: Record) -> list[str]:
    """Invoke the projector, and return the sequence numbers that it names as failed."""
    from projector.handler import handler

    answer = handler({"Records": list(changes)}, context)  # type: ignore[arg-type]
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def put(context: Context, *records: Record) -> None:
    """Let the projector know of new records."""
    assert project(context, *(change(None, each) for each in records)) == []


def read_model(dynamodb: DynamoDBClient, table: str = READ_MODEL) -> dict[str, Any]:
    """Return what the read model says: contributions, words, and counts that are not zero."""
    found: dict[str, Any] = {"images": {}, "words": set(), "counts": {}}
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    for item in (decode_item(each) for page in pages for each in page["Items"]):
        kind = item["pk"].partition("#")[0]
        if kind == "image":
            if contribution := row_of(item).contribution:
                found["images"][item["pk"].partition("#")[2]] = contribution
        elif kind in {"word", "decision"}:
            found["words"].add((item["pk"], item["sk"]))
        else:
            counts = found["counts"]
            for name, amount in item.items():
                if "#" in name:
                    counts[item["sk"], name] = counts.get((item["sk"], name), 0) + amount
    found["counts"] = {name: amount for name, amount in found["counts"].items() if amount}
    return found

"""Reads the items of a Distributed Map from S3, and groups them.

Source: docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html and
…/input-output-itembatcher.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEFAULT_BATCH_BYTES = 262_144


class ItemReaderError(Exception):
    """The items cannot be read."""


def read_items(s3: Any, action: str, parameters: dict[str, Any], config: Any) -> list[Any]:
    """Read all items.

    Args:
        s3: a client.
        action: `listObjectsV2` or `getObject`.
        parameters: of the action.
        config: the `ReaderConfig`; may be empty.
    """
    kind = config.get("InputType")
    if action == "listObjectsV2":
        listed = list(_listed(s3, parameters))
        if config.get("Transformation", "NONE") == "NONE":
            return listed
        named = [{"Bucket": parameters["Bucket"], "Key": each["Key"]} for each in listed]
        return [item for each in named for item in _parsed(_content(s3, each), kind)]
    content = _content(s3, parameters)
    if kind == "MANIFEST":
        return list(_inventory(s3, json.loads(content)))
    return list(_parsed(content, kind))


def _listed(s3: Any, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(**parameters):
        for each in page.get("Contents", []):
            modified = int(each["LastModified"].timestamp())
            yield {**each, "LastModified": modified}


def _content(s3: Any, where: dict[str, Any]) -> bytes:
    body: bytes = s3.get_object(**where)["Body"].read()
    return body


def _parsed(content: bytes, kind: str | None) -> Iterator[Any]:
    match kind:
        case "JSONL":
            yield from (json.loads(line) for line in content.splitlines() if line.strip())
        case "JSON":
            yield from json.loads(content)
        case _:
            message = f"the offline AWS reads no items of the type {kind}"
            raise ItemReaderError(message)


def _inventory(s3: Any, manifest: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield a row of an S3 Inventory in CSV for each object."""
    if manifest.get("fileFormat") != "CSV":
        message = "the offline AWS reads inventories in CSV only"
        raise ItemReaderError(message)
    names = [name.strip() for name in manifest["fileSchema"].split(",")]
    bucket = manifest["destinationBucket"].rpartition(":")[2]
    for file in manifest["files"]:
        content = gzip.decompress(_content(s3, {"Bucket": bucket, "Key": file["key"]}))
        for row in csv.reader(io.StringIO(content.decode())):
            yield dict(zip(names, row, strict=True))


def batched(
    items: list[Any], batcher: dict[str, Any], resolve: Callable[[str], Any]
) -> list[tuple[Any, int]]:
    """Group items into the inputs of children, each with the number of its items.

    Args:
        items: all of them, as the `ItemSelector` has made them.
        batcher: the `ItemBatcher`; without one, each item is an input.
        resolve: returns the value at a path of the state's input or of the context object.
    """
    if not batcher:
        return [(item, 1) for item in items]
    most = _number(batcher, "MaxItemsPerBatch", resolve) or len(items)
    size = _number(batcher, "MaxInputBytesPerBatch", resolve) or _DEFAULT_BATCH_BYTES
    common = {
        name.removesuffix(".$"): resolve(value) if name.endswith(".$") else value
        for name, value in batcher.get("BatchInput", {}).items()
    }
    around = {"BatchInput": common} if common else {}
    inputs: list[tuple[Any, int]] = []
    batch: list[Any] = []
    left = size - len(json.dumps(around))
    for item in items:
        length = len(json.dumps(item, separators=(",", ":"))) + 1
        if batch and (len(batch) >= most or length > left):
            inputs.append(({**around, "Items": batch}, len(batch)))
            batch, left = [], size - len(json.dumps(around))
        batch.append(item)
        left -= length
    return [*inputs, ({**around, "Items": batch}, len(batch))] if batch else inputs


def _number(batcher: dict[str, Any], name: str, resolve: Callable[[str], Any]) -> int:
    value = resolve(batcher[f"{name}Path"]) if f"{name}Path" in batcher else batcher.get(name, 0)
    return int(value)
